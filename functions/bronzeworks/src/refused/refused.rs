use super::reader::Line;
use bronze::{Connector, Content, LineReader, Position, Quarantined, decode_base64};
use serde::Deserialize;

/// The code of an entry that can't be read, because it has no error or isn't JSON.
pub(crate) const UNREADABLE: &str = "unreadable_entry";

/// A refused record, or a remark about a whole object: what an entry of a quarantine object says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) error: EntryError,
    /// The record's position on a stream, if it is known.
    pub(crate) position: Option<Position<'static>>,
    /// What was refused, or `None` for a remark about a whole object.
    pub(crate) content: Option<Refusable>,
}

/// What was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusable {
    /// The record's value, or the line in which no record could be read.
    pub(crate) bytes: Vec<u8>,
    /// Whether `bytes` is a line in which no record could be read.
    pub(crate) is_line: bool,
    /// Whether `bytes` is only the beginning, because the entry is too long to be held in memory.
    pub(crate) is_cut: bool,
}

/// The `error` member of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct EntryError {
    pub(crate) code: String,
    pub(crate) field: Option<String>,
    #[serde(default)]
    pub(crate) message: String,
    /// Line number in the source object.
    pub(crate) line: Option<u64>,
    /// Offset of the line in the source object's text. For damage, the offset in the object as stored.
    pub(crate) byte: Option<u64>,
}

impl Refused {
    /// Reads one line of a quarantine object.
    pub(crate) fn read(line: Line<'_>) -> Self {
        match line {
            Line::Whole(line) => Refused::read_whole(line),
            Line::Long(beginning, end) => Refused::read_long(beginning, end),
        }
    }

    fn read_whole(entry: &[u8]) -> Self {
        let (content, error) = Quarantined::read_with_error(entry);
        let Some(error) = error.and_then(|error| serde_json::from_str(error).ok()) else {
            return Refused::unreadable(entry.to_vec(), "it is not an entry with an error at its end", false);
        };
        match content {
            Quarantined::Line(line) => Refused::of_line(line, error),
            Quarantined::Value(value) => {
                let partition = value.partition.map(Into::into);
                let position = Position { stream: value.stream.into(), partition, offset: value.offset };
                let content = Refusable { bytes: value.value, is_line: false, is_cut: false };
                Refused { error, position: Some(position), content: Some(content) }
            }
            Quarantined::Remark => Refused { error, position: None, content: None },
            Quarantined::Undecodable(entry) => Refused::unreadable(entry, "its base64 is invalid", false),
        }
    }

    fn of_line(line: Vec<u8>, error: EntryError) -> Self {
        let mut connector = Connector::default();
        let (value, position) = match connector.read(&line).content {
            Content::Record(record) => (Some(record.value.to_vec()), record.position.map(owned)),
            Content::Unreadable(unreadable) => (None, unreadable.position.map(owned)),
            Content::Remark => (None, None),
        };
        let content = Refusable { is_line: value.is_none(), bytes: value.unwrap_or(line), is_cut: false };
        Refused { error, position, content: Some(content) }
    }

    /// Reads an entry of which only the beginning and the end are known.
    fn read_long(beginning: &[u8], end: &[u8]) -> Self {
        const ERROR: &[u8] = b"\"error\":{\"code\":";
        let at = end.windows(ERROR.len()).rposition(|window| window == ERROR);
        let error = at.and_then(|at| {
            let object = &end[at + b"\"error\":".len()..];
            EntryError::deserialize(&mut serde_json::Deserializer::from_slice(object)).ok()
        });
        let Some(error) = error else {
            return Refused::unreadable(beginning.to_vec(), "it has no error at its end", true);
        };
        let decoded = |begin: &[u8]| decoded_beginning(beginning, begin);
        let (bytes, is_line) = match (decoded(b"{\"raw\":\""), decoded(b",\"value\":\"")) {
            (Some(line), _) => (line, true),
            (None, Some(value)) => (value, false),
            (None, None) => (beginning.to_vec(), true),
        };
        Refused { error, position: None, content: Some(Refusable { bytes, is_line, is_cut: true }) }
    }

    fn unreadable(entry: Vec<u8>, problem: &str, is_cut: bool) -> Self {
        let message = format!("the entry can't be read: {problem}");
        let error = EntryError { code: UNREADABLE.into(), field: None, message, line: None, byte: None };
        Refused { error, position: None, content: Some(Refusable { bytes: entry, is_line: true, is_cut }) }
    }
}

fn owned(position: Position<'_>) -> Position<'static> {
    let Position { stream, partition, offset } = position;
    let partition = partition.map(|partition| partition.into_owned().into());
    Position { stream: stream.into_owned().into(), partition, offset }
}

/// Decodes the base64 that follows `begin` in the beginning of an entry.
fn decoded_beginning(entry: &[u8], begin: &[u8]) -> Option<Vec<u8>> {
    let at = entry.windows(begin.len()).position(|window| window == begin)? + begin.len();
    let rest = &entry[at..];
    let base64 = &rest[..rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len() / 4 * 4)];
    let mut decoded = Vec::new();
    decode_base64(base64, &mut decoded).ok().map(|()| decoded)
}

#[cfg(test)]
#[path = "refused_tests.rs"]
mod tests;
