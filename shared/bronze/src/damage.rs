use std::fmt;

/// Damage to an object as a whole: from `byte` on it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {byte}: {message}")]
pub struct Damage {
    /// What happened.
    pub kind: DamageKind,
    /// Position in the object as stored (compressed), from 0: where it was noticed; of a bomb, where its gzip member starts.
    pub byte: u64,
    /// The particulars, for a person.
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
    /// After a whole gzip member comes something that is not another one.
    TrailingGarbage,
    /// The object is named `.gz` but is neither gzip nor JSON Lines.
    NotGzip,
    /// The text grows out of all proportion to the object.
    DecompressionBomb,
}

impl DamageKind {
    /// Every kind, in the order of the README's table.
    pub const ALL: [DamageKind; 5] = [
        DamageKind::TruncatedGzip,
        DamageKind::CorruptGzip,
        DamageKind::TrailingGarbage,
        DamageKind::NotGzip,
        DamageKind::DecompressionBomb,
    ];

    /// The code in quarantine and receipts.
    pub fn code(self) -> &'static str {
        match self {
            DamageKind::TruncatedGzip => "truncated_gzip",
            DamageKind::CorruptGzip => "corrupt_gzip",
            DamageKind::TrailingGarbage => "trailing_garbage",
            DamageKind::NotGzip => "not_gzip",
            DamageKind::DecompressionBomb => "decompression_bomb",
        }
    }
}

impl fmt::Display for DamageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
