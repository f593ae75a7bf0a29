mod member;

use super::compression::Compression;
use crate::damage::Damage;
use flate2::{Decompress, FlushDecompress, Status};
use member::{Header, Trailer};

pub(super) use member::MAGIC;

/// Turns gzip into its text: all members, one after another.
///
/// Memory: one window (32 KiB and tables). After a [`Damage`] it must not be used again. The text produced before it stays valid, except that
/// a checksum failure at the end of a member casts doubt on that member's text.
#[derive(Debug)]
pub struct Gunzip {
    decompress: Decompress,
    state: State,
    header: Header,
    trailer: Trailer,
    /// Number of complete members read.
    members: u64,
    member_start: u64,
    consumed: u64,
    produced: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the start of a member, with the number of magic bytes read.
    Magic(usize),
    Header,
    Text,
    Trailer,
}

/// Returns whether these are first bytes of a member, as far as they go, which is not beyond the magic.
pub(super) fn is_magic(head: &[u8]) -> bool {
    MAGIC.starts_with(head)
}

impl Default for Gunzip {
    fn default() -> Self {
        Gunzip {
            decompress: Decompress::new(false),
            state: State::Magic(0),
            header: Header::new(),
            trailer: Trailer::default(),
            members: 0,
            member_start: 0,
            consumed: 0,
            produced: 0,
        }
    }
}

impl Gunzip {
    /// Reads from `input` until it is consumed or `out` has no spare capacity left (`out` never grows). Returns the number of bytes
    /// consumed. With empty input it outputs what it still holds: at the end of the object, call it until it no longer fills `out`.
    pub fn inflate(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Damage> {
        let mut rest = input;
        if rest.is_empty() && self.state == State::Text {
            self.text(rest, out)?;
        }
        while !rest.is_empty() && out.len() < out.capacity() {
            let used = match self.state {
                State::Magic(seen) => self.magic(rest[0], seen)?,
                State::Header => self.header(rest[0])?,
                State::Text => self.text(rest, out)?,
                State::Trailer => self.trailer(rest[0])?,
            };
            self.consumed += used as u64;
            rest = &rest[used..];
        }
        Ok(input.len() - rest.len())
    }

    /// Checks that the gzip may end here.
    pub fn finish(&self) -> Result<(), Damage> {
        match self.state {
            State::Magic(0) if self.members > 0 => Ok(()),
            State::Magic(0) => Err(Compression::Gzip.empty()),
            State::Magic(_) if self.members > 0 => Err(Compression::Gzip.garbage(self.member_start)),
            State::Magic(_) | State::Header | State::Text | State::Trailer => {
                Err(Compression::Gzip.truncated(self.member_start, self.consumed))
            }
        }
    }

    /// Returns the bytes of text produced and the bytes consumed for them.
    pub(super) fn sizes(&self) -> (u64, u64) {
        (self.produced, self.consumed)
    }

    /// Returns where the member begins.
    pub(super) fn start(&self) -> u64 {
        self.member_start
    }

    /// Reads one byte where a member must start.
    fn magic(&mut self, byte: u8, seen: usize) -> Result<usize, Damage> {
        if seen == 0 {
            self.member_start = self.consumed;
        }
        if byte == MAGIC[seen] {
            self.state = if seen == 0 { State::Magic(1) } else { State::Header };
            return Ok(1);
        }
        match self.members {
            0 => Err(Compression::Gzip.missing()),
            _ => Err(Compression::Gzip.garbage(self.member_start)),
        }
    }

    fn header(&mut self, byte: u8) -> Result<usize, Damage> {
        if self.header.push(byte).map_err(|problem| self.corrupt(problem, 0))? {
            self.header = Header::new();
            self.decompress.reset(false);
            self.state = State::Text;
        }
        Ok(1)
    }

    fn text(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Damage> {
        let (in_before, len_before) = (self.decompress.total_in(), out.len());
        let result = self.decompress.decompress_vec(input, out, FlushDecompress::None);
        let used = (self.decompress.total_in() - in_before) as usize;
        let text = &out[len_before..];
        self.produced += text.len() as u64;
        self.trailer.text(text);
        match result {
            Ok(Status::StreamEnd) => self.state = State::Trailer,
            Ok(Status::Ok | Status::BufError) => {}
            // The message is this program's own: zlib's depends on whether there was room for the text before the error.
            Err(_) => return Err(self.corrupt("invalid compressed data", used)),
        }
        Ok(used)
    }

    fn trailer(&mut self, byte: u8) -> Result<usize, Damage> {
        if self.trailer.push(byte).map_err(|problem| self.corrupt(problem, 0))? {
            self.trailer = Trailer::default();
            self.members += 1;
            self.state = State::Magic(0);
        }
        Ok(1)
    }

    /// Returns the damage of a corrupt member, `ahead` bytes after the end of the last call.
    fn corrupt(&self, problem: &str, ahead: usize) -> Damage {
        Compression::Gzip.corrupt(problem, self.member_start, self.consumed + ahead as u64)
    }
}
