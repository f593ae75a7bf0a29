use crate::entry::{Entry, Kept};
use std::fmt::Debug;

/// Reads the lines of one input format.
///
/// A reader serves one thread and keeps its buffers from line to line.
pub trait LineReader: Debug + Send {
    /// Reads one line, given without its newline. White space around it is allowed. A line that is only white space is never passed in.
    fn read<'a>(&'a mut self, line: &'a [u8]) -> Entry<'a>;

    /// Returns the form in which a quarantine keeps a line that is not read, because it is too long.
    fn unread<'a>(&self, line: &'a [u8]) -> Kept<'a>;

    /// Frees the memory of buffers that have grown beyond `capacity` bytes.
    fn shrink_to(&mut self, capacity: usize);
}
