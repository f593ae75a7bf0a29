//! Turns the bytes of an object into its text. Each format has a file with one type: `gzip`, `zstd`.

mod compression;
mod gzip;
mod zstd;

pub use compression::Compression;
pub use gzip::Gunzip;

use crate::damage::{Damage, DamageKind};
use zstd::Unzstd;

/// Text smaller than this is never considered a bomb, whatever its ratio, because it is cheap to read.
pub const RATIO_FLOOR: u64 = 64 << 20;

/// Turns an object's bytes into its text: all gzip members or all zstd frames one after another, or plain text unchanged.
///
/// The format is recognized by the first bytes, not by a name or a header. An object whose name promises a compression must begin like gzip,
/// zstd or JSON; anything else is damage.
///
/// Memory: one window (gzip: 32 KiB and tables; zstd: up to 8.6 MiB). After a [`Damage`] the inflater must not be used again. The text
/// produced before it stays valid, except that a checksum failure at the end of a member or frame casts doubt on that part's text.
#[derive(Debug)]
pub struct Inflater {
    format: Format,
    named: Option<Compression>,
    max_ratio: u64,
}

#[derive(Debug)]
enum Format {
    /// Not recognized yet.
    Unknown(Head),
    /// Plain text, with the first bytes that have not been output yet.
    Plain(Head),
    Gzip(Box<Gunzip>),
    Zstd(Box<Unzstd>),
}

/// The first bytes of an object, at most as many as the longest magic.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    bytes: [u8; zstd::MAGIC_LENGTH],
    length: usize,
}

impl Inflater {
    /// Creates an inflater for one object. `named` is the compression that the object's name promises ([`Compression::of_name`]).
    /// `max_ratio` is the number of bytes of text allowed per byte of the object, once the text exceeds [`RATIO_FLOOR`].
    pub fn new(named: Option<Compression>, max_ratio: u64) -> Self {
        Inflater { format: Format::Unknown(Head::default()), named, max_ratio }
    }

    /// Reads from `input` until it is consumed or `out` has no spare capacity left (`out` never grows). Returns the number of bytes
    /// consumed. With empty input it outputs what it still holds: at the end of the object, call it until it no longer fills `out`.
    pub fn inflate(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Damage> {
        let mut used = 0;
        if let Format::Unknown(head) = self.format {
            used = self.recognize(head, input)?;
        }
        let rest = &input[used..];
        let more = match &mut self.format {
            Format::Unknown(_) => 0,
            Format::Plain(head) => {
                head.pour(out);
                let count = rest.len().min(out.capacity() - out.len());
                out.extend_from_slice(&rest[..count]);
                count
            }
            Format::Gzip(gunzip) => gunzip.inflate(rest, out)?,
            Format::Zstd(unzstd) => unzstd.inflate(rest, out)?,
        };
        Ok(used + more)
    }

    /// Checks the ratio of the text's size to the object's. Call it at positions that the text alone determines, such as the end of a
    /// chunk, so that the result doesn't depend on how the object's bytes arrived.
    pub fn check_ratio(&self) -> Result<(), Damage> {
        let (compression, (text, bytes), start) = match &self.format {
            Format::Unknown(_) | Format::Plain(_) => return Ok(()),
            Format::Gzip(gunzip) => (Compression::Gzip, gunzip.sizes(), gunzip.start()),
            Format::Zstd(unzstd) => (Compression::Zstd, unzstd.sizes(), unzstd.start()),
        };
        if text <= RATIO_FLOOR || text <= self.max_ratio.saturating_mul(bytes) {
            return Ok(());
        }
        let (ratio, name) = (self.max_ratio, compression.name());
        let message = format!("at least {text} bytes of text, more than {ratio} times the bytes of {name}");
        Err(Damage { kind: DamageKind::DecompressionBomb, byte: start, message })
    }

    /// Checks that the object may end here.
    pub fn finish(&self) -> Result<(), Damage> {
        match (&self.format, self.named) {
            (Format::Gzip(gunzip), _) => gunzip.finish(),
            (Format::Zstd(unzstd), _) => unzstd.finish(),
            (Format::Unknown(Head { length: 0, .. }), Some(named)) => Err(named.empty()),
            (Format::Unknown(head), Some(named)) => {
                let begun = if gzip::is_magic(head.bytes()) { Compression::Gzip } else { Compression::Zstd };
                Err(if begun == named { begun.truncated(0, head.length as u64) } else { named.missing() })
            }
            (Format::Unknown(_) | Format::Plain(_), _) => Ok(()),
        }
    }

    /// Reads first bytes until they tell the format, and returns how many it has read.
    fn recognize(&mut self, mut head: Head, input: &[u8]) -> Result<usize, Damage> {
        // Part of a magic is valid text in an object that needn't be compressed.
        if input.is_empty() && head.length > 0 && self.named.is_none() {
            self.format = Format::Plain(head);
            return Ok(0);
        }
        for (at, byte) in input.iter().enumerate() {
            head.push(*byte);
            // A magic has no text, but nothing is read without room for text.
            let mut nothing = Vec::with_capacity(1);
            if gzip::is_magic(head.bytes()) && head.length == gzip::MAGIC.len() {
                let mut gunzip = Box::<Gunzip>::default();
                gunzip.inflate(head.bytes(), &mut nothing)?;
                self.format = Format::Gzip(gunzip);
            } else if zstd::is_magic(head.bytes()) && head.length == zstd::MAGIC_LENGTH {
                let mut unzstd = Box::<Unzstd>::default();
                unzstd.inflate(head.bytes(), &mut nothing)?;
                self.format = Format::Zstd(unzstd);
            } else if gzip::is_magic(head.bytes()) || zstd::is_magic(head.bytes()) {
                continue;
            } else {
                let text_start = matches!(head.bytes[0], b'{' | b'[' | b' ' | b'\t' | b'\r' | b'\n');
                if let Some(named) = self.named.filter(|_| !text_start) {
                    return Err(named.missing());
                }
                self.format = Format::Plain(head);
            }
            return Ok(at + 1);
        }
        self.format = Format::Unknown(head);
        Ok(input.len())
    }
}

impl Head {
    fn push(&mut self, byte: u8) {
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Moves as many bytes into the free capacity of `out` as it can hold.
    fn pour(&mut self, out: &mut Vec<u8>) {
        let count = self.length.min(out.capacity() - out.len());
        out.extend_from_slice(&self.bytes[..count]);
        self.bytes.copy_within(count..self.length, 0);
        self.length -= count;
    }
}
