use super::connector::Connector;
use crate::base64::NotBase64;
use crate::entry::{Content, Entry, Kept, Unreadable};
use crate::envelope_fields::EnvelopeProblem;
use crate::line_reader::LineReader;
use crate::quarantined::{Quarantined, QuarantinedValue};
use crate::record::{Position, Record};

/// Reads quarantine objects, whatever format their lines had before.
#[derive(Debug)]
pub struct Quarantine {
    connector: Connector,
    quarantined: Quarantined,
}

impl Default for Quarantine {
    fn default() -> Self {
        Quarantine { connector: Connector::default(), quarantined: Quarantined::Remark }
    }
}

impl LineReader for Quarantine {
    fn read<'a>(&'a mut self, line: &'a [u8]) -> Entry<'a> {
        self.quarantined = Quarantined::read(line);
        match &self.quarantined {
            Quarantined::Line(line) => {
                let Entry { content, kept } = self.connector.read(line);
                // A line kept in base64 may contain line ends, if it was a value that was too long.
                let kept = match kept {
                    Kept::Object(line) if line.contains(&b'\n') => Kept::Raw(line),
                    kept => kept,
                };
                Entry { content, kept }
            }
            Quarantined::Value(value) => of_value(value),
            Quarantined::Remark => Entry { content: Content::Remark, kept: Kept::Entry(line) },
            Quarantined::Undecodable(entry) => {
                let unreadable = Unreadable {
                    problem: EnvelopeProblem::BadBase64,
                    field: Some("raw"),
                    message: NotBase64.to_string(),
                    position: None,
                };
                Entry { content: Content::Unreadable(unreadable), kept: Kept::Entry(entry) }
            }
        }
    }

    fn unread<'a>(&self, line: &'a [u8]) -> Kept<'a> {
        Kept::Entry(line)
    }

    fn shrink_to(&mut self, capacity: usize) {
        self.quarantined = Quarantined::Remark;
        self.connector.shrink_to(capacity);
    }
}

fn of_value(quarantined: &QuarantinedValue) -> Entry<'_> {
    let QuarantinedValue { value, stream, partition, offset } = quarantined;
    let position =
        Position { stream: stream.into(), partition: partition.as_deref().map(Into::into), offset: *offset };
    let record =
        Record { value, key: None, position: Some(position.clone()), enqueued_at: None, headers: None };
    Entry { content: Content::Record(record), kept: Kept::Value(value, position) }
}
