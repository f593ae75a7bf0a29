use std::borrow::Cow;

/// One message, as the stream had it.
///
/// It says nothing about the format that it was read from. An input without an envelope may not know where on a stream a
/// record was, or when the stream accepted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// The value's bytes.
    pub value: &'a [u8],
    /// The key's bytes, if the record has a key.
    pub key: Option<&'a [u8]>,
    /// Where on a stream it is.
    pub position: Option<Position<'a>>,
    /// When the stream accepted it: microseconds since 1970, UTC.
    pub enqueued_at: Option<i64>,
}

/// What identifies a record for all time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position<'a> {
    /// The stream's name.
    pub stream: Cow<'a, str>,
    /// The stream partition: digits.
    pub partition: Cow<'a, str>,
    /// Unique in the partition, increasing, not dense.
    pub offset: i64,
}
