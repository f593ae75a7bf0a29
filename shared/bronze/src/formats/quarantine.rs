use super::connector::Connector;
use crate::base64::NotBase64;
use crate::entry::{Content, Entry, Kept, Unreadable};
use crate::envelope_fields::EnvelopeProblem;
use crate::firehose::undelivered;
use crate::line_reader::LineReader;
use crate::quarantined::{Quarantined, QuarantinedValue};
use crate::record::{Position, Record};

/// Reads quarantine objects, whatever format their lines had before.
#[derive(Debug)]
pub struct Quarantine {
    connector: Connector,
    quarantined: Quarantined,
    /// What Firehose could not deliver, decoded.
    undelivered: Vec<u8>,
}

impl Default for Quarantine {
    fn default() -> Self {
        Quarantine {
            connector: Connector::default(),
            quarantined: Quarantined::Remark,
            undelivered: Vec::new(),
        }
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
            Quarantined::Value(value) => of_value(value, &mut self.undelivered),
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
        self.undelivered.clear();
        self.undelivered.shrink_to(capacity);
        self.connector.shrink_to(capacity);
    }
}

/// Returns the entry of a value, whose record may be inside what Firehose reports about it.
fn of_value<'a>(quarantined: &'a QuarantinedValue, buffer: &'a mut Vec<u8>) -> Entry<'a> {
    let QuarantinedValue { value, stream, partition, offset } = quarantined;
    let record = if undelivered(value, buffer) { buffer } else { value };
    let position =
        Position { stream: stream.into(), partition: partition.as_deref().map(Into::into), offset: *offset };
    let record = Record {
        value: record,
        key: None,
        position: Some(position.clone()),
        enqueued_at: None,
        headers: None,
    };
    Entry { content: Content::Record(record), kept: Kept::Value(value, position) }
}
