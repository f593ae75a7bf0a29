//! Reads what surrounds the compressed data of a zstd frame ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878#section-3.1)).

/// Length of the magic of a frame of either kind.
pub(in crate::inflate) const MAGIC_LENGTH: usize = 4;

/// The magic of a frame with compressed data.
const MAGIC: [u8; MAGIC_LENGTH] = [0x28, 0xb5, 0x2f, 0xfd];

/// The magic of a frame to skip. The low four bits of its first byte are the writer's.
const SKIPPABLE: [u8; MAGIC_LENGTH] = [0x50, 0x2a, 0x4d, 0x18];

/// Maximum size of a frame's window in bytes: what a decoder should support (RFC 8878, 3.1.1.1.2), and what `zstd -19` uses. `--ultra` and
/// `--long` use more. The window takes memory, and the smallest function has only 128 MB.
pub(super) const MAX_WINDOW: u64 = 8 << 20;

/// Length of the header of a block, of a skippable frame's size, and of the checksum at the end of a frame.
pub(super) const BLOCK_HEADER: usize = 3;
pub(super) const SKIPPABLE_SIZE: usize = 4;
pub(super) const CHECKSUM: usize = 4;

/// Maximum length of a frame's magic and header.
pub(super) const MAX_HEADER: usize = MAGIC_LENGTH + 14;

/// The kind of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    Compressed,
    Skippable,
}

/// A frame's header, with the magic before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Size of the text, if the header says it.
    pub(super) content: Option<u64>,
    pub(super) window: u64,
    pub(super) dictionary: u32,
    pub(super) has_checksum: bool,
}

/// The header of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Bytes of the block that have not been read.
    pub(super) left: usize,
    /// Whether the bytes are the text itself.
    pub(super) is_raw: bool,
    pub(super) is_last: bool,
}

impl FrameKind {
    /// Returns the kind of frame that begins with these bytes, at most the length of a magic and perhaps fewer.
    pub(super) fn of_magic(head: &[u8]) -> Option<Self> {
        let first = head.first().map(|byte| byte & 0xf0);
        if MAGIC.starts_with(head) {
            Some(FrameKind::Compressed)
        } else if first == Some(SKIPPABLE[0]) && SKIPPABLE[1..].starts_with(&head[1..]) {
            Some(FrameKind::Skippable)
        } else {
            None
        }
    }
}

impl FrameHeader {
    /// Reads a magic and a header. Returns `None` if more bytes are needed.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, &'static str> {
        const RESERVED: u8 = 1 << 3;
        let Some((&descriptor, fields)) = bytes.get(MAGIC_LENGTH..).and_then(<[u8]>::split_first) else {
            return Ok(None);
        };
        if descriptor & RESERVED != 0 {
            return Err("unknown header flags");
        }
        let one_segment = descriptor & (1 << 5) != 0;
        let window_length = usize::from(!one_segment);
        let dictionary_length = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let content_length = match descriptor >> 6 {
            0 => usize::from(one_segment),
            power => 1 << power,
        };
        if fields.len() < window_length + dictionary_length + content_length {
            return Ok(None);
        }
        let (window, fields) = fields.split_at(window_length);
        let (dictionary, content) = fields.split_at(dictionary_length);
        let content = match content.len() {
            0 => None,
            2 => Some(little_endian(content) + 256),
            _ => Some(little_endian(content)),
        };
        let window = match (window, content) {
            ([descriptor], _) => {
                let base = 1 << (10 + (descriptor >> 3));
                base + base / 8 * u64::from(descriptor & 7)
            }
            // The text is the window.
            (_, content) => content.unwrap_or_default(),
        };
        Ok(Some(FrameHeader {
            content,
            window,
            dictionary: little_endian(dictionary) as u32,
            has_checksum: descriptor & (1 << 2) != 0,
        }))
    }
}

impl Block {
    pub(super) fn of_header(bytes: &[u8]) -> Self {
        const RAW: u64 = 0;
        const RUN: u64 = 1;
        let header = little_endian(bytes);
        let (kind, size) = (header >> 1 & 3, (header >> 3) as usize);
        // The size of a run is that of its text.
        Block { left: if kind == RUN { 1 } else { size }, is_raw: kind == RAW, is_last: header & 1 == 1 }
    }
}

/// Returns the number that at most eight bytes contain.
pub(super) fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
