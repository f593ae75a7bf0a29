use crate::damage::{Damage, DamageKind};
use crate::gzip::{Header, MAGIC, Trailer};
use flate2::{Decompress, FlushDecompress, Status};

/// Text smaller than this is never considered a bomb, whatever its ratio, because it is cheap to read.
pub const RATIO_FLOOR: u64 = 64 << 20;

/// Turns an object's bytes into its text: all gzip members one after another, or plain text unchanged.
///
/// Gzip is recognized by its magic bytes, not by a name or a header. An object named `.gz` must begin like gzip or like JSON Lines;
/// anything else is damage.
///
/// Memory: one inflate window (32 KiB and tables). After a [`Damage`] the inflater must not be used again. The text produced before it
/// stays valid, except that a checksum failure at the end of a member casts doubt on that member's text.
#[derive(Debug)]
pub struct Inflater {
    decompress: Decompress,
    state: State,
    header: Header,
    trailer: Trailer,
    named_gz: bool,
    max_ratio: u64,
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
    Plain,
}

impl Inflater {
    /// Creates an inflater for one object. `named_gz` tells whether the object's name ends in `.gz`. `max_ratio` is the number of bytes of
    /// text allowed per byte of the object, once the text exceeds [`RATIO_FLOOR`].
    pub fn new(named_gz: bool, max_ratio: u64) -> Self {
        Inflater {
            decompress: Decompress::new(false),
            state: State::Magic(0),
            header: Header::new(),
            trailer: Trailer::default(),
            named_gz,
            max_ratio,
            members: 0,
            member_start: 0,
            consumed: 0,
            produced: 0,
        }
    }

    /// Reads from `input` until it is consumed or `out` has no spare capacity left (`out` never grows). Returns the number of bytes
    /// consumed. With empty input it outputs what it still holds: at the end of the object, call it until it no longer fills `out`.
    pub fn inflate(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Damage> {
        let mut rest = input;
        match self.state {
            _ if !rest.is_empty() => {}
            State::Text => {
                self.text(rest, out)?;
            }
            // Half of the magic isn't gzip, but it is valid text in an object that needn't be gzip.
            State::Magic(1) if self.members == 0 && !self.named_gz && out.len() < out.capacity() => {
                out.push(MAGIC[0]);
                self.state = State::Plain;
            }
            _ => {}
        }
        while !rest.is_empty() && out.len() < out.capacity() {
            let used = match self.state {
                State::Magic(seen) => self.magic(rest[0], seen, out)?,
                State::Header => self.header(rest[0])?,
                State::Text => self.text(rest, out)?,
                State::Trailer => self.trailer(rest[0])?,
                State::Plain => {
                    let count = rest.len().min(out.capacity() - out.len());
                    out.extend_from_slice(&rest[..count]);
                    count
                }
            };
            self.consumed += used as u64;
            rest = &rest[used..];
        }
        Ok(input.len() - rest.len())
    }

    /// Checks the ratio of the text's size to the object's. Call it at positions that the text alone determines, such as the end of a
    /// chunk, so that the result doesn't depend on how the object's bytes arrived.
    pub fn check_ratio(&self) -> Result<(), Damage> {
        if self.produced <= RATIO_FLOOR || self.produced <= self.max_ratio.saturating_mul(self.consumed) {
            return Ok(());
        }
        let message = format!(
            "at least {} bytes of text, more than {} times the bytes of gzip",
            self.produced, self.max_ratio
        );
        Err(Damage { kind: DamageKind::DecompressionBomb, byte: self.member_start, message })
    }

    /// Checks that the object may end here.
    pub fn finish(&self) -> Result<(), Damage> {
        match self.state {
            State::Plain => Ok(()),
            State::Magic(0) if self.members > 0 || !self.named_gz => Ok(()),
            State::Magic(0) => Err(self.damage(DamageKind::TruncatedGzip, "the object is empty".into())),
            State::Magic(_) if self.members > 0 => Err(self.garbage()),
            State::Magic(_) | State::Header | State::Text | State::Trailer => {
                let start = self.member_start;
                let message = format!("the object ends inside the gzip member that starts at byte {start}");
                Err(self.damage(DamageKind::TruncatedGzip, message))
            }
        }
    }

    /// Reads one byte where a member must start. Consumes nothing if the object turns out to be plain text.
    fn magic(&mut self, byte: u8, seen: usize, out: &mut Vec<u8>) -> Result<usize, Damage> {
        if seen == 0 {
            self.member_start = self.consumed;
        }
        if byte == MAGIC[seen] {
            self.state = if seen == 0 { State::Magic(1) } else { State::Header };
            return Ok(1);
        }
        if self.members > 0 {
            return Err(self.garbage());
        }
        // 0x1f is a control character with which no text begins, so the first byte is enough.
        let text_start = seen == 0 && matches!(byte, b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n');
        if self.named_gz && !text_start {
            let message = "the object is named .gz, but is neither gzip nor JSON Lines".into();
            return Err(Damage { kind: DamageKind::NotGzip, byte: 0, message });
        }
        self.state = State::Plain;
        out.extend_from_slice(&MAGIC[..seen]);
        Ok(0)
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

    fn garbage(&self) -> Damage {
        let message = "the data after the last gzip member is not gzip".into();
        Damage { kind: DamageKind::TrailingGarbage, byte: self.member_start, message }
    }

    /// Returns the damage of a corrupt member, `ahead` bytes after the end of the last call.
    fn corrupt(&self, problem: &str, ahead: usize) -> Damage {
        let message = format!("{problem} in the gzip member that starts at byte {}", self.member_start);
        Damage { kind: DamageKind::CorruptGzip, byte: self.consumed + ahead as u64, message }
    }

    fn damage(&self, kind: DamageKind, message: String) -> Damage {
        Damage { kind, byte: self.consumed, message }
    }
}
