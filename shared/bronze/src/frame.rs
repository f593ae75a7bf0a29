use crate::values::boundary::{Boundary, last_boundary};

/// Cuts text into [`Chunk`]s of whole lines or values.
///
/// The caller fills [`space`](Self::space) and calls [`cut`](Self::cut) once it is full. The positions of the cuts depend only on the text
/// and the two sizes, never on how the text arrived. A line or value longer than `max_line` is split into pieces up to the next newline, so none needs more
/// memory than the longest one allowed.
///
/// Memory: one buffer of `chunk_size`, which grows toward `max_line` only for a line that long.
#[derive(Debug)]
pub struct Framer {
    framing: Framing,
    buffer: Vec<u8>,
    /// Whether the buffer starts between the elements of an array at the top level.
    in_array: bool,
    chunk_size: usize,
    max_line: usize,
    /// The offset at which the current line began, if it is too long.
    long_line: Option<u64>,
    line: u64,
    byte: u64,
}

/// The unit into which text is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Lines, each ending with a newline.
    Lines,
    /// JSON values, with white space, U+001E or nothing between them.
    Values,
}

/// A piece of text, with its position in the object's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The piece of text.
    pub bytes: Vec<u8>,
    /// Number of the first line, counted from 1.
    pub line: u64,
    /// Offset of the first byte in the object's text, counted from 0. For a piece of a long line, the offset of the line.
    pub byte: u64,
    /// Whether the text is whole or a piece of something too long.
    pub kind: ChunkKind,
}

/// The kind of text in a [`Chunk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChunkKind {
    /// Complete lines, each with its newline. Only the object's last line may lack one.
    Lines,
    /// Complete values, with whatever is between them. Only those that aren't valid JSON may be incomplete.
    Values {
        /// Whether the text starts between the elements of an array at the top level.
        in_array: bool,
    },
    /// A piece of a line or value longer than the limit, without its newline. The length of every piece except the last is a multiple of three
    /// bytes, so that their base64 can be joined.
    LongLine {
        /// Whether this is the line's first piece.
        first: bool,
        /// Whether this is the line's last piece, which can be empty.
        last: bool,
    },
}

impl Framer {
    /// Creates a framer at the start of an object's text.
    pub fn new(framing: Framing, chunk_size: usize, max_line: usize) -> Self {
        Framer {
            framing,
            in_array: false,
            buffer: Vec::with_capacity(chunk_size),
            chunk_size,
            max_line,
            long_line: None,
            line: 1,
            byte: 0,
        }
    }

    /// Returns the buffer to which to append text, within its spare capacity.
    pub fn space(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Returns whether the buffer is full, so that it is time to cut.
    pub fn is_full(&self) -> bool {
        self.buffer.len() == self.buffer.capacity()
    }

    /// Returns a chunk from the full buffer, or `None` if the buffer had to grow first because of a long line. `spare` is a used buffer to
    /// continue with, or an empty `Vec`.
    pub fn cut(&mut self, spare: Vec<u8>) -> Option<Chunk> {
        if self.long_line.is_some() {
            return Some(self.cut_long_line(spare));
        }
        match self.boundary() {
            Some(boundary) => Some(self.take_whole(boundary, spare)),
            None if self.buffer.len() > self.max_line => {
                self.long_line = Some(self.byte);
                let whole = self.buffer.len() / 3 * 3;
                Some(self.take(whole, 0, ChunkKind::LongLine { first: true, last: false }, spare))
            }
            None => {
                // One byte more than the limit is enough to distinguish a line at the limit from a longer one.
                let wanted = (self.buffer.len() * 2).min(self.max_line + 1).max(self.buffer.len() + 1);
                self.buffer.reserve_exact(wanted - self.buffer.len());
                None
            }
        }
    }

    /// Returns what is left at the end of the text. Call it until it returns `None`.
    pub fn finish(&mut self) -> Option<Chunk> {
        if self.long_line.is_some() {
            return Some(self.cut_long_line(Vec::new()));
        }
        match self.boundary() {
            _ if self.buffer.is_empty() => None,
            // A last line without a newline may itself be too long, so it gets its own chunk.
            Some(boundary) => Some(self.take_whole(boundary, Vec::new())),
            None => {
                let rest = Boundary { end: self.buffer.len(), in_array: false };
                Some(self.take_whole(rest, Vec::new()))
            }
        }
    }

    /// Returns the last position in the buffer at which it can be cut.
    fn boundary(&self) -> Option<Boundary> {
        match self.framing {
            Framing::Lines => {
                let newline = memchr::memrchr(b'\n', &self.buffer)?;
                Some(Boundary { end: newline + 1, in_array: false })
            }
            Framing::Values => last_boundary(&self.buffer, self.in_array),
        }
    }

    fn take_whole(&mut self, boundary: Boundary, spare: Vec<u8>) -> Chunk {
        let kind = match self.framing {
            Framing::Lines => ChunkKind::Lines,
            Framing::Values => ChunkKind::Values { in_array: self.in_array },
        };
        self.in_array = boundary.in_array;
        self.take(boundary.end, 0, kind, spare)
    }

    fn cut_long_line(&mut self, spare: Vec<u8>) -> Chunk {
        let end = memchr::memchr(b'\n', &self.buffer);
        let at_end_of_text = !self.is_full();
        match end {
            Some(newline) => self.take(newline, 1, ChunkKind::LongLine { first: false, last: true }, spare),
            None if at_end_of_text => {
                self.take(self.buffer.len(), 0, ChunkKind::LongLine { first: false, last: true }, spare)
            }
            None => {
                let whole = self.buffer.len() / 3 * 3;
                self.take(whole, 0, ChunkKind::LongLine { first: false, last: false }, spare)
            }
        }
    }

    /// Returns the first `count` bytes as a chunk and drops the next `skip` bytes.
    fn take(&mut self, count: usize, skip: usize, kind: ChunkKind, mut spare: Vec<u8>) -> Chunk {
        let rest = &self.buffer[count + skip..];
        spare.clear();
        // A buffer that grew for a long line is shrunk again.
        spare.shrink_to(self.chunk_size.max(rest.len()));
        spare.reserve_exact(self.chunk_size.max(rest.len() + 1) - spare.len());
        spare.extend_from_slice(rest);
        let mut bytes = std::mem::replace(&mut self.buffer, spare);
        let newlines = memchr::memchr_iter(b'\n', &bytes[..count + skip]).count() as u64;
        bytes.truncate(count);
        let chunk = Chunk { bytes, line: self.line, byte: self.long_line.unwrap_or(self.byte), kind };
        if matches!(kind, ChunkKind::LongLine { last: true, .. }) {
            self.long_line = None;
        }
        self.line += newlines;
        self.byte += (count + skip) as u64;
        chunk
    }
}
