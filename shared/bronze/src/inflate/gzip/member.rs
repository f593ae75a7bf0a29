//! Reads what surrounds the compressed data of a gzip member ([RFC 1952](https://www.rfc-editor.org/rfc/rfc1952)), byte by byte.
//!
//! zlib can do this as well, but its checksum of the text takes five times as long as that of `crc32fast`: 7 % of the time spent curating.

use crc32fast::Hasher;

pub(crate) const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Bits of the header's flag byte.
const HAS_CHECKSUM: u8 = 1 << 1;
const HAS_EXTRA: u8 = 1 << 2;
const HAS_NAME: u8 = 1 << 3;
const HAS_COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0b1110_0000;

/// The only compression method defined.
const DEFLATE: u8 = 8;

/// A member's header, after the magic bytes.
#[derive(Debug, Clone)]
pub(crate) struct Header {
    part: Part,
    flags: u8,
    checksum: Hasher,
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Method,
    Flags,
    /// Time, extra flags and operating system, with the number of bytes left to read.
    Fixed(u8),
    ExtraLength(Option<u8>),
    Extra(u16),
    Name,
    Comment,
    Checksum(Option<u8>),
}

impl Header {
    pub(crate) fn new() -> Self {
        let mut checksum = Hasher::new();
        checksum.update(&MAGIC);
        Header { part: Part::Method, flags: 0, checksum }
    }

    /// Reads the next byte and returns whether it ends the header.
    pub(crate) fn push(&mut self, byte: u8) -> Result<bool, &'static str> {
        let expected = (self.checksum.clone().finalize() & 0xffff) as u16;
        self.checksum.update(&[byte]);
        let next = match self.part {
            Part::Method if byte == DEFLATE => Some(Part::Flags),
            Part::Method => return Err("unknown compression method"),
            Part::Flags if byte & RESERVED != 0 => return Err("unknown header flags"),
            Part::Flags => {
                self.flags = byte;
                Some(Part::Fixed(6))
            }
            Part::Fixed(1) => self.after(0),
            Part::Fixed(left) => Some(Part::Fixed(left - 1)),
            Part::ExtraLength(None) => Some(Part::ExtraLength(Some(byte))),
            Part::ExtraLength(Some(low)) => match u16::from_le_bytes([low, byte]) {
                0 => self.after(HAS_EXTRA),
                length => Some(Part::Extra(length)),
            },
            Part::Extra(1) => self.after(HAS_EXTRA),
            Part::Extra(left) => Some(Part::Extra(left - 1)),
            Part::Name if byte == 0 => self.after(HAS_NAME),
            Part::Comment if byte == 0 => self.after(HAS_COMMENT),
            part @ (Part::Name | Part::Comment) => Some(part),
            // The checksum covers everything before its own first byte.
            Part::Checksum(None) if expected as u8 == byte => {
                Some(Part::Checksum(Some((expected >> 8) as u8)))
            }
            Part::Checksum(Some(high)) if high == byte => None,
            Part::Checksum(_) => return Err("incorrect header checksum"),
        };
        match next {
            Some(part) => {
                self.part = part;
                Ok(false)
            }
            None => Ok(true),
        }
    }

    /// Returns the part after the one with this flag (0 means the fixed part), or `None` at the end of the header.
    fn after(&self, flag: u8) -> Option<Part> {
        let parts = [
            (HAS_EXTRA, Part::ExtraLength(None)),
            (HAS_NAME, Part::Name),
            (HAS_COMMENT, Part::Comment),
            (HAS_CHECKSUM, Part::Checksum(None)),
        ];
        let done = parts.iter().position(|(part, _)| *part == flag).map_or(0, |at| at + 1);
        parts[done..].iter().find(|(part, _)| self.flags & part != 0).map(|(_, part)| *part)
    }
}

/// A member's last eight bytes, and the checksum and length of its text, which they must match.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trailer {
    text: Hasher,
    length: u32,
    bytes: [u8; 8],
    count: usize,
}

impl Trailer {
    /// Adds text of the member to the checksum and the length.
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.text.update(text);
        self.length = self.length.wrapping_add(text.len() as u32); // modulo 2^32, as the format says
    }

    /// Reads the next byte and returns whether it ends the member.
    pub(crate) fn push(&mut self, byte: u8) -> Result<bool, &'static str> {
        self.bytes[self.count] = byte;
        self.count += 1;
        if self.count < self.bytes.len() {
            return Ok(false);
        }
        let [c1, c2, c3, c4, l1, l2, l3, l4] = self.bytes;
        if u32::from_le_bytes([c1, c2, c3, c4]) != self.text.clone().finalize() {
            return Err("incorrect checksum");
        }
        if u32::from_le_bytes([l1, l2, l3, l4]) != self.length {
            return Err("incorrect length");
        }
        Ok(true)
    }
}
