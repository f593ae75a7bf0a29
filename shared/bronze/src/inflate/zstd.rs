mod frame;

use super::compression::Compression;
use crate::damage::{Damage, DamageKind};
use frame::{
    BLOCK_HEADER, Block, CHECKSUM, FrameHeader, FrameKind, MAX_HEADER, MAX_WINDOW, SKIPPABLE_SIZE,
    little_endian,
};
use std::fmt;
use zstd_safe::{DCtx, InBuffer, OutBuffer, WriteBuf};

pub(super) use frame::MAGIC_LENGTH;

/// Turns zstd into its text: all frames, one after another. Skippable frames have none.
///
/// The library gets one block at a time, so that the text it returns before it fails does not depend on how the bytes arrive.
///
/// Memory: one window of at most [`MAX_WINDOW`] bytes, and 0.6 MiB for a block and tables. After a [`Damage`] it must not be used again. The
/// text produced before it stays valid, except that a checksum failure at the end of a frame casts doubt on that frame's text.
pub(super) struct Unzstd {
    context: DCtx<'static>,
    state: State,
    /// What has been read of the field that `state` names.
    field: Field,
    frame: Frame,
    /// Where the current part of the frame begins: its header, a block or its checksum.
    part_start: u64,
    /// Number of complete frames read.
    frames: u64,
    consumed: u64,
    produced: u64,
    /// Whether the library may hold text for which there was no room.
    holds_text: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Magic,
    Header,
    BlockHeader,
    Block(Block),
    Checksum,
    SkippableSize,
    /// Inside a skippable frame, with the number of bytes left.
    Skippable(u64),
}

#[derive(Debug, Clone, Copy, Default)]
struct Field {
    bytes: [u8; MAX_HEADER],
    length: usize,
}

/// The frame being read.
#[derive(Debug, Clone, Copy, Default)]
struct Frame {
    start: u64,
    /// Bytes of text produced.
    text: u64,
    /// Bytes of text that the header announces.
    content: Option<u64>,
    has_checksum: bool,
}

/// The library's verdict that its input is invalid.
struct Invalid;

/// Returns whether a frame may begin with these bytes, which are not more than a magic.
pub(super) fn is_magic(head: &[u8]) -> bool {
    FrameKind::of_magic(head).is_some()
}

impl Default for Unzstd {
    fn default() -> Self {
        Unzstd {
            context: DCtx::create(),
            state: State::Magic,
            field: Field::default(),
            frame: Frame::default(),
            part_start: 0,
            frames: 0,
            consumed: 0,
            produced: 0,
            holds_text: false,
        }
    }
}

impl Unzstd {
    /// Reads from `input` until it is consumed or `out` has no spare capacity left (`out` never grows). Returns the number of bytes
    /// consumed. With empty input it outputs what it still holds.
    pub(super) fn inflate(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Damage> {
        // First, because the library returns no text together with an error in what follows.
        if self.holds_text && out.len() < out.capacity() {
            self.decode(&[], out).map_err(|Invalid| self.corrupt("invalid compressed data"))?;
        }
        let mut rest = input;
        while !rest.is_empty() && out.len() < out.capacity() {
            let used = match self.state {
                State::Block(block) => self.block(block, rest, out)?,
                State::Skippable(left) => self.skip(left, rest.len()),
                _ => self.byte(rest[0])?,
            };
            self.consumed += used as u64;
            rest = &rest[used..];
        }
        Ok(input.len() - rest.len())
    }

    /// Checks that the zstd may end here.
    pub(super) fn finish(&self) -> Result<(), Damage> {
        match (self.state, self.field.length) {
            (State::Magic, 0) if self.frames > 0 => Ok(()),
            (State::Magic, 0) => Err(Compression::Zstd.empty()),
            (State::Magic, _) if self.frames > 0 => Err(Compression::Zstd.garbage(self.frame.start)),
            _ => Err(Compression::Zstd.truncated(self.frame.start, self.consumed)),
        }
    }

    /// Returns the bytes of text produced, and those of the object up to the end of the block that it is from.
    pub(super) fn sizes(&self) -> (u64, u64) {
        let left = if let State::Block(block) = self.state { block.left } else { 0 };
        (self.produced, self.consumed + left as u64)
    }

    /// Returns where the frame begins.
    pub(super) fn start(&self) -> u64 {
        self.frame.start
    }

    /// Reads one byte of a field, and what the field says once it is complete.
    fn byte(&mut self, byte: u8) -> Result<usize, Damage> {
        if self.field.length == 0 {
            self.part_start = self.consumed;
        }
        self.field.bytes[self.field.length] = byte;
        self.field.length += 1;
        let field = self.field;
        let field = &field.bytes[..field.length];
        match self.state {
            State::Magic => self.magic(field)?,
            State::Header => self.header(field)?,
            State::BlockHeader if field.len() == BLOCK_HEADER => {
                self.feed(field).map_err(|Invalid| self.corrupt("invalid block header"))?;
                self.enter(State::Block(Block::of_header(field)));
                self.end_block()?;
            }
            State::Checksum if field.len() == CHECKSUM => {
                self.feed(field).map_err(|Invalid| self.corrupt("incorrect checksum"))?;
                self.end_frame()?;
            }
            State::SkippableSize if field.len() == SKIPPABLE_SIZE => {
                self.enter(State::Skippable(little_endian(field)));
                self.skip(little_endian(field), 0);
            }
            _ => {}
        }
        Ok(1)
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.field = Field::default();
    }

    fn magic(&mut self, field: &[u8]) -> Result<(), Damage> {
        if field.len() == 1 {
            self.frame = Frame { start: self.consumed, ..Frame::default() };
        }
        match FrameKind::of_magic(field) {
            None if self.frames == 0 => return Err(Compression::Zstd.missing()),
            None => return Err(Compression::Zstd.garbage(self.frame.start)),
            Some(_) if field.len() < MAGIC_LENGTH => {}
            // The library reads the magic together with the header.
            Some(FrameKind::Compressed) => self.state = State::Header,
            Some(FrameKind::Skippable) => self.enter(State::SkippableSize),
        }
        Ok(())
    }

    fn header(&mut self, field: &[u8]) -> Result<(), Damage> {
        let header = FrameHeader::read(field).map_err(|problem| self.corrupt(problem))?;
        let Some(header) = header else { return Ok(()) };
        if header.window > MAX_WINDOW {
            let needs = format!("a window of {} bytes; the limit is {MAX_WINDOW}", header.window);
            return Err(self.unsupported(&needs, "without --long and --ultra"));
        }
        if header.dictionary != 0 {
            return Err(
                self.unsupported(&format!("dictionary {}", header.dictionary), "without a dictionary")
            );
        }
        let fed = self.feed(field);
        assert!(fed.is_ok(), "the header was checked, so memory for the window is lacking");
        self.frame.content = header.content;
        self.frame.has_checksum = header.has_checksum;
        self.enter(State::BlockHeader);
        Ok(())
    }

    fn block(&mut self, block: Block, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Damage> {
        // The library passes on the text of a raw block as it arrives, and checks the frame's length with the last byte. That one goes in
        // alone, so that a failure always costs one byte of text.
        let limit = if block.is_raw && block.left > 1 { block.left - 1 } else { block.left };
        let piece = &input[..input.len().min(limit)];
        let used = self.decode(piece, out).map_err(|Invalid| self.corrupt("invalid compressed data"))?;
        self.state = State::Block(Block { left: block.left - used, ..block });
        self.end_block()?;
        Ok(used)
    }

    fn skip(&mut self, left: u64, available: usize) -> usize {
        let used = left.min(available as u64);
        if used == left {
            self.frames += 1;
            self.enter(State::Magic);
        } else {
            self.state = State::Skippable(left - used);
        }
        used as usize
    }

    /// Goes on to what follows the block, if all of it has been read.
    fn end_block(&mut self) -> Result<(), Damage> {
        match self.state {
            State::Block(Block { left: 0, is_last: false, .. }) => self.enter(State::BlockHeader),
            State::Block(Block { left: 0, .. }) if self.frame.has_checksum => self.enter(State::Checksum),
            State::Block(Block { left: 0, .. }) => self.end_frame()?,
            _ => {}
        }
        Ok(())
    }

    /// All text of the frame has come out: the library keeps the last byte of a frame back until then.
    fn end_frame(&mut self) -> Result<(), Damage> {
        // The library does not check it if the last block is empty.
        if self.frame.content.is_some_and(|content| content != self.frame.text) {
            return Err(self.corrupt("incorrect length"));
        }
        self.frames += 1;
        self.enter(State::Magic);
        Ok(())
    }

    /// Gives the library bytes that have no text.
    fn feed(&mut self, bytes: &[u8]) -> Result<(), Invalid> {
        self.run(bytes, &mut [][..]).map(|_| ())
    }

    /// Gives the library bytes of a block, and returns how many it has consumed.
    fn decode(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<usize, Invalid> {
        let before = out.len();
        let (used, at_frame_end) = self.run(bytes, out)?;
        let text = (out.len() - before) as u64;
        self.produced += text;
        self.frame.text += text;
        self.holds_text = !at_frame_end && out.len() == out.capacity();
        Ok(used)
    }

    /// Returns the number of bytes consumed, and whether the frame is complete.
    fn run<B: WriteBuf + ?Sized>(&mut self, bytes: &[u8], out: &mut B) -> Result<(usize, bool), Invalid> {
        let end = out.as_slice().len();
        let (mut input, mut output) = (InBuffer::around(bytes), OutBuffer::around_pos(out, end));
        let hint = self.context.decompress_stream(&mut output, &mut input).map_err(|_| Invalid)?;
        Ok((input.pos(), hint == 0))
    }

    fn corrupt(&self, problem: &str) -> Damage {
        Compression::Zstd.corrupt(problem, self.frame.start, self.part_start)
    }

    fn unsupported(&self, needs: &str, how: &str) -> Damage {
        let start = self.frame.start;
        let message = format!("the zstd frame that starts at byte {start} needs {needs}; compress it {how}");
        Damage { kind: DamageKind::UnsupportedZstd, byte: start, message }
    }
}

/// Omits the library's context.
impl fmt::Debug for Unzstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unzstd")
            .field("state", &self.state)
            .field("frame", &self.frame)
            .finish_non_exhaustive()
    }
}
