use bronze::{Chunk, ChunkKind, Chunker, Compression, Damage, Framing, Pushed};
use std::ops::ControlFlow;

/// Size of a chunk's text.
const CHUNK: usize = 256 << 10;

/// The longest entry that is held in memory as a whole: four times the line that `curate` accepts by default.
const MAX_ENTRY: usize = 16 << 20;

/// How much is kept of the beginning and of the end of a longer entry. Its error, which is at its end, is much shorter.
const KEPT: usize = 64 << 10;

/// A line of a quarantine object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Whole(&'a [u8]),
    /// The beginning and the end of a line that is too long to be held in memory.
    Long(&'a [u8], &'a [u8]),
}

/// Turns the bytes of a quarantine object into its lines, without I/O.
///
/// Memory: the longest line, or two buffers of 16 MiB if it is longer.
pub(crate) struct LineSplitter {
    chunker: Chunker,
    long: (Vec<u8>, Vec<u8>),
    max_entry: usize,
}

/// What to do with a line. Returns whether to go on.
pub(crate) type Each<'a> = &'a mut dyn FnMut(Line<'_>) -> ControlFlow<()>;

/// Whether to go on reading, or why that is impossible.
pub(crate) type Reading = Result<ControlFlow<()>, Damage>;

impl LineSplitter {
    pub(crate) fn new() -> Self {
        LineSplitter::with_sizes(CHUNK, MAX_ENTRY)
    }

    fn with_sizes(chunk: usize, max_entry: usize) -> Self {
        LineSplitter {
            // The lake itself wrote the object, so its ratio says nothing, and no text is held.
            chunker: Chunker::new(Some(Compression::Gzip), u64::MAX, Framing::Lines, chunk, max_entry),
            long: Default::default(),
            max_entry,
        }
    }

    /// Takes the object's next bytes. After damage, the lines before it have been passed on, and the object ends.
    pub(crate) fn push(&mut self, mut bytes: &[u8], each: Each<'_>) -> Reading {
        while !bytes.is_empty() {
            let Pushed { used, chunk } = self.chunker.push(bytes, &mut Vec::new());
            bytes = &bytes[used..];
            if self.chunker.is_over() {
                return self.finish(each);
            }
            if chunk.is_some_and(|chunk| self.pass_on(&chunk, each).is_break()) {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Passes on what is left at the object's end.
    pub(crate) fn finish(&mut self, each: Each<'_>) -> Reading {
        while let Some(chunk) = self.chunker.finish(&mut Vec::new()) {
            if self.pass_on(&chunk, each).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        match self.chunker.damage() {
            Some(damage) => Err(damage.clone()),
            None => Ok(ControlFlow::Continue(())),
        }
    }

    fn pass_on(&mut self, chunk: &Chunk, each: Each<'_>) -> ControlFlow<()> {
        if let ChunkKind::LongLine { first, last } = chunk.kind {
            return self.add_long(&chunk.bytes, first, last, each);
        }
        for line in chunk.bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            if line.len() > self.max_entry {
                each(Line::Long(&line[..line.len().min(KEPT)], &line[line.len().saturating_sub(KEPT)..]))?;
            } else {
                each(Line::Whole(line))?;
            }
        }
        ControlFlow::Continue(())
    }

    fn add_long(&mut self, piece: &[u8], first: bool, last: bool, each: Each<'_>) -> ControlFlow<()> {
        let (beginning, end) = &mut self.long;
        if first {
            beginning.clear();
            beginning.extend_from_slice(&piece[..piece.len().min(KEPT)]);
            end.clear();
        }
        end.extend_from_slice(&piece[piece.len().saturating_sub(KEPT)..]);
        end.drain(..end.len().saturating_sub(KEPT));
        if last { each(Line::Long(beginning, end)) } else { ControlFlow::Continue(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the lines of an object of plain text that arrives in pieces, each long one with `…` in front.
    fn lines(text: &[u8], piece: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut splitter = LineSplitter::with_sizes(16, 32);
        let mut each = |line: Line<'_>| {
            found.push(match line {
                Line::Whole(line) => String::from_utf8(line.to_vec()).unwrap(),
                Line::Long(_, end) => format!("…{}", str::from_utf8(&end[end.len() - 4..]).unwrap()),
            });
            ControlFlow::Continue(())
        };
        for bytes in text.chunks(piece) {
            assert!(splitter.push(bytes, &mut each).unwrap().is_continue());
        }
        assert!(splitter.finish(&mut each).unwrap().is_continue());
        found
    }

    #[test]
    fn lines_do_not_depend_on_how_bytes_arrive_and_long_ones_keep_their_end() {
        let text = format!("{{1}}\n\n{}\n{{{}tail\n{{3}}", "{234567890}".repeat(2), "x".repeat(100));
        for piece in 1..text.len() {
            let expected = ["{1}", "{234567890}{234567890}", "…tail", "{3}"];
            assert_eq!(lines(text.as_bytes(), piece), expected, "{piece}");
        }
    }

    #[test]
    fn what_is_no_gzip_is_damage() {
        let mut splitter = LineSplitter::new();
        splitter.push(b"no gzip", &mut |_| panic!("there is no line")).unwrap_err();
    }

    #[test]
    fn reading_stops_when_there_is_enough() {
        let (mut splitter, mut count) = (LineSplitter::with_sizes(16, 32), 0);
        let mut each = |_: Line<'_>| {
            count += 1;
            ControlFlow::Break(())
        };
        assert!(splitter.push(&b"{}\n".repeat(100), &mut each).unwrap().is_break());
        assert_eq!(count, 1);
    }
}
