use thiserror::Error;

/// Why a text isn't the expected JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{problem} at byte {at}")]
pub struct Error {
    /// Offset of the offending byte, counted from 0. If the text ended too early, this is its length.
    pub at: usize,
    /// What is wrong at that byte.
    pub problem: Problem,
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Problem {
    /// The text stops in the middle of a value.
    #[error("unexpected end")]
    UnexpectedEnd,
    /// Something other than the named token was found.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A string contains an unescaped control character (U+0000 to U+001F).
    #[error("raw control character in a string")]
    ControlCharacter,
    /// A backslash is followed by something that RFC 8259 doesn't define.
    #[error("invalid escape")]
    InvalidEscape,
    /// A `\uD800` to `\uDFFF` escape without the other half of its surrogate pair.
    #[error("lone surrogate")]
    LoneSurrogate,
    /// A number breaks the grammar: `007`, `7.`, `+1`, `.5`.
    #[error("invalid number")]
    InvalidNumber,
    /// Something other than white space follows the value.
    #[error("more text after the value")]
    TrailingText,
    /// Arrays and objects are nested deeper than [`MAX_DEPTH`](crate::MAX_DEPTH).
    #[error("nested deeper than {} levels", crate::MAX_DEPTH)]
    TooDeep,
}
