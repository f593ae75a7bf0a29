use std::fmt;

/// Damage that makes an object unreadable from `byte` on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {byte}: {message}")]
pub struct Damage {
    /// The kind of damage.
    pub kind: DamageKind,
    /// Offset in the stored (compressed) object, counted from 0, at which the damage was noticed. For a bomb, the start of its gzip member.
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
    /// Something other than a gzip member follows a complete gzip member.
    TrailingGarbage,
    /// The object is named `.gz` but is neither gzip nor JSON Lines.
    NotGzip,
    /// The text is far too large in relation to the object.
    DecompressionBomb,
}

impl DamageKind {
    /// All kinds, in the order of the documentation's table.
    pub const ALL: [DamageKind; 5] = [
        DamageKind::TruncatedGzip,
        DamageKind::CorruptGzip,
        DamageKind::TrailingGarbage,
        DamageKind::NotGzip,
        DamageKind::DecompressionBomb,
    ];

    /// Returns the code used in quarantine entries and receipts.
    pub fn code(self) -> &'static str {
        match self {
            DamageKind::TruncatedGzip => "truncated_gzip",
            DamageKind::CorruptGzip => "corrupt_gzip",
            DamageKind::TrailingGarbage => "trailing_garbage",
            DamageKind::NotGzip => "not_gzip",
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
            DamageKind::TrailingGarbage => "Something other than gzip follows the last gzip member.",
            DamageKind::NotGzip => "The object is named `.gz` but is neither gzip nor JSON Lines.",
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
