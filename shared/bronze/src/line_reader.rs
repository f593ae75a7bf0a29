use crate::entry::Entry;
use std::fmt::Debug;

/// Reads the lines of one input format.
///
/// A reader serves one thread and keeps its buffers between lines.
pub trait LineReader: Debug + Send {
    /// Reads one line without its newline. White space around it is allowed; a line of white space alone is not passed in.
    fn read<'a>(&'a mut self, line: &'a [u8]) -> Entry<'a>;

    /// Gives back the memory of buffers that have grown beyond `capacity` bytes.
    fn shrink_to(&mut self, capacity: usize);
}
