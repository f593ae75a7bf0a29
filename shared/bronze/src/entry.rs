use crate::envelope_fields::EnvelopeProblem;
use crate::record::{Position, Record};
use std::ops::Range;

/// One line, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What it holds.
    pub content: Content<'a>,
    /// How a quarantine keeps it, should it not become a row.
    pub kept: Kept<'a>,
}

/// What a line holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// A record.
    Record(Record<'a>),
    /// Something that was meant to be a record.
    Unreadable(Unreadable<'a>),
    /// From a quarantine object: a remark about a whole object, without a record.
    Remark,
}

/// Why a line holds no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable<'a> {
    /// The kind of problem.
    pub problem: EnvelopeProblem,
    /// The field it is about, if any.
    pub field: Option<&'static str>,
    /// Details for a person.
    pub message: String,
    /// The record's position, if that much could be read.
    pub position: Option<Position<'a>>,
}

/// How a quarantine keeps a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept<'a> {
    /// As the JSON object it is, with an error as its last member.
    Object {
        /// The line.
        line: &'a [u8],
        /// Where in the line the `error` member of an earlier quarantine is, including the comma in front of it.
        old_error: Option<Range<usize>>,
    },
    /// In base64, because it isn't an object that an error could be added to.
    Raw(&'a [u8]),
    /// As the text that an earlier quarantine should have had as base64.
    BadRaw(&'a str),
}
