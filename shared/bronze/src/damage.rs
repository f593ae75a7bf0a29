use std::fmt;

/// Damage that makes an object unreadable from `byte` on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {byte}: {message}")]
pub struct Damage {
    /// The kind of damage.
    pub kind: DamageKind,
    /// Offset in the stored (compressed) object, counted from 0, at which the damage was noticed. For corrupt zstd, the start of the block;
    /// for a bomb, the start of its gzip member or zstd frame.
    pub byte: u64,
    /// Details for the operator.
    pub message: String,
}

/// The kinds of [`Damage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DamageKind {
    /// The object ends inside a gzip member.
    TruncatedGzip,
    /// A gzip member breaks the format or fails its checksum.
    CorruptGzip,
    /// The object ends inside a zstd frame.
    TruncatedZstd,
    /// A zstd frame breaks the format or fails its checksum.
    CorruptZstd,
    /// A zstd frame needs too much memory, or a dictionary.
    UnsupportedZstd,
    /// Something other than a gzip member follows a complete gzip member, or something other than a zstd frame a complete frame.
    TrailingGarbage,
    /// The object is named `.gz` but is neither compressed nor JSON.
    NotGzip,
    /// The object is named `.zst` but is neither compressed nor JSON.
    NotZstd,
    /// The text is far too large in relation to the object.
    DecompressionBomb,
}

impl DamageKind {
    /// All kinds, in the order of the documentation's table.
    pub const ALL: [DamageKind; 9] = [
        DamageKind::TruncatedGzip,
        DamageKind::CorruptGzip,
        DamageKind::TruncatedZstd,
        DamageKind::CorruptZstd,
        DamageKind::UnsupportedZstd,
        DamageKind::TrailingGarbage,
        DamageKind::NotGzip,
        DamageKind::NotZstd,
        DamageKind::DecompressionBomb,
    ];

    /// Returns the code used in quarantine entries and receipts.
    pub fn code(self) -> &'static str {
        match self {
            DamageKind::TruncatedGzip => "truncated_gzip",
            DamageKind::CorruptGzip => "corrupt_gzip",
            DamageKind::TruncatedZstd => "truncated_zstd",
            DamageKind::CorruptZstd => "corrupt_zstd",
            DamageKind::UnsupportedZstd => "unsupported_zstd",
            DamageKind::TrailingGarbage => "trailing_garbage",
            DamageKind::NotGzip => "not_gzip",
            DamageKind::NotZstd => "not_zstd",
            DamageKind::DecompressionBomb => "decompression_bomb",
        }
    }

    /// Returns one sentence for the reference documentation, in Markdown.
    pub fn description(self) -> &'static str {
        match self {
            DamageKind::TruncatedGzip => "The object ends inside a gzip member, or is named `.gz` and empty.",
            DamageKind::CorruptGzip => {
                "A gzip member breaks the format or fails its checksum. In the latter case a row of that member may be wrong although \
                 it was read without an error."
            }
            DamageKind::TruncatedZstd => "The object ends inside a zstd frame, or is named `.zst` and empty.",
            DamageKind::CorruptZstd => {
                "A zstd frame breaks the format or fails its checksum. In the latter case a row of that frame may be wrong although it \
                 was read without an error."
            }
            DamageKind::UnsupportedZstd => "A zstd frame needs a window of more than 8 MiB, or a dictionary.",
            DamageKind::TrailingGarbage => {
                "Something other than gzip follows the last gzip member, or something other than zstd the last zstd frame."
            }
            DamageKind::NotGzip => "The object is named `.gz` but is neither gzip, zstd nor JSON.",
            DamageKind::NotZstd => "The object is named `.zst` but is neither gzip, zstd nor JSON.",
            DamageKind::DecompressionBomb => {
                "The text is larger than 64 MiB and more than `MAX_RATIO` times the size of the object."
            }
        }
    }
}

impl fmt::Display for DamageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
