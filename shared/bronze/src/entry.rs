use crate::envelope_fields::EnvelopeProblem;
use crate::record::{Position, Record};

/// The result of reading one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The line's content.
    pub content: Content<'a>,
    /// The form in which a quarantine keeps the line if it does not become a row.
    pub kept: Kept<'a>,
}

/// The content of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// A record.
    Record(Record<'a>),
    /// A line that should hold a record but can't be read.
    Unreadable(Unreadable<'a>),
    /// A remark about a whole object, from a quarantine object. It holds no record.
    Remark,
}

/// Why a line holds no readable record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable<'a> {
    /// The kind of problem.
    pub problem: EnvelopeProblem,
    /// The envelope's field that has the problem, if it is a single one.
    pub field: Option<&'static str>,
    /// Details for the operator.
    pub message: String,
    /// The record's position, if it could be read.
    pub position: Option<Position<'a>>,
}

/// The form in which a quarantine keeps a line. [`Quarantined`](crate::Quarantined) reads it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept<'a> {
    /// The line's own JSON object, to which an error is added as its last member.
    Object(&'a [u8]),
    /// Base64 of the line, because it isn't an object to which an error could be added: `{"raw":…,"error":…}`.
    Raw(&'a [u8]),
    /// Base64 of a value and the record's position, because the object has no envelope: `{"raw":…,"record":…,"error":…}`.
    Value(&'a [u8], Position<'a>),
    /// Base64 of a quarantine entry that can't be read: `{"entry":…,"error":…}`.
    Entry(&'a [u8]),
}
