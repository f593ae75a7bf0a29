use std::borrow::Cow;

/// A record of a stream.
///
/// It does not depend on the format from which it was read. An input without an envelope may not know a record's position on a stream, or
/// when the stream accepted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// The record's value.
    pub value: &'a [u8],
    /// The record's key, if it has one.
    pub key: Option<&'a [u8]>,
    /// The record's position on a stream, if known.
    pub position: Option<Position<'a>>,
    /// When the stream accepted the record, in microseconds since 1970, UTC, if known.
    pub enqueued_at: Option<i64>,
    /// What else the envelope says about the record: a JSON object, or `None` if there is nothing else.
    pub headers: Option<&'a str>,
}

/// The position of a record on a stream, which identifies it permanently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position<'a> {
    /// The stream's name. For an input without an envelope, this is the object's URL.
    pub stream: Cow<'a, str>,
    /// The stream partition in digits, or `None` for an input that doesn't have any.
    pub partition: Option<Cow<'a, str>>,
    /// The offset, which is unique in the partition and increases with gaps.
    pub offset: i64,
}
