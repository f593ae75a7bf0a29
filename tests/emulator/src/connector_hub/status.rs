//! What people who watch a connector see.

use serde::Serialize;

use super::connector::ConnectorRecord;
use super::lane::Progress;
use super::run::Run;
use super::service::ConnectorHub;
use crate::lock::lock;
use crate::streaming::StreamReader;

/// A connector that was not deleted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorStatus {
    /// Its OCID.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// The API's name of its state.
    pub state: &'static str,
    /// The stream's OCID.
    pub stream_id: String,
    /// The stream's name; `None` of one that is gone.
    pub stream: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// In the order of their numbers.
    pub partitions: Vec<ConnectorPartition>,
}

/// How far a connector is with a partition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorPartition {
    /// The offset that a restart would begin with: all before it is in the bucket.
    pub position: u64,
    /// An offset above every message's; the position of a stream that is gone.
    pub end: u64,
    /// From the position to the end, in offsets; a stream that leaves out some has fewer messages.
    pub lag: u64,
    /// What is on its way into the next object.
    pub open: Option<OpenWindow>,
    /// Objects written since the start, or since the connector was changed last.
    pub objects: u64,
    /// Messages in them.
    pub messages: u64,
    /// The objects' bytes.
    pub bytes: u64,
    /// The name of the last of them.
    pub last_object: Option<String>,
    /// Failures since the last success.
    pub failures: u32,
    /// What went wrong the last time.
    pub last_error: Option<String>,
}

/// Messages on their way into an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenWindow {
    /// The first message's offset.
    pub first_offset: u64,
    /// How many messages there are.
    pub messages: u64,
    /// Their bytes as lines.
    pub bytes: u64,
    /// The same after gzip, as far as it is written.
    pub compressed_bytes: u64,
    /// Milliseconds since the first of them came in.
    pub age_milliseconds: i64,
}

impl ConnectorHub {
    /// Every connector that is there, in the order of their names.
    pub(crate) fn statuses(&self) -> Vec<ConnectorStatus> {
        let runs = lock(&self.runs);
        let records: Vec<ConnectorRecord> = self.registry().present().cloned().collect();
        let mut statuses: Vec<ConnectorStatus> =
            records.iter().map(|record| self.status(record, runs.get(&record.id))).collect();
        statuses.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        statuses
    }

    fn status(&self, record: &ConnectorRecord, run: Option<&Run>) -> ConnectorStatus {
        let now = self.streaming.clock.now();
        let stream = self.streaming.reader(&record.source.stream_id);
        let partition = |(number, position): (usize, &super::connector::Position)| {
            let progress = run.and_then(|run| run.progress(number));
            let progress = progress.unwrap_or_else(|| Progress::new(position.next));
            ConnectorPartition::new(progress, stream.as_ref(), number, now)
        };
        let failure = run.and_then(Run::failure);
        ConnectorStatus {
            id: record.id.clone(),
            name: record.name.clone(),
            state: record.state(now, failure.is_some()),
            stream_id: record.source.stream_id.clone(),
            stream: stream.as_ref().map(StreamReader::name),
            bucket: record.target.bucket.clone(),
            partitions: record.positions.iter().enumerate().map(partition).collect(),
        }
    }
}

impl ConnectorPartition {
    fn new(progress: Progress, stream: Option<&StreamReader>, number: usize, now: i64) -> Self {
        let bounds = stream.and_then(|stream| stream.bounds(number).ok());
        let end = bounds.map_or(progress.position, |(_, end)| end);
        let open = progress.window.map(|window| OpenWindow {
            first_offset: window.first_offset,
            messages: window.messages,
            bytes: window.bytes,
            compressed_bytes: window.compressed_bytes,
            age_milliseconds: now - window.opened,
        });
        Self {
            position: progress.position,
            end,
            lag: end.saturating_sub(progress.position),
            open,
            objects: progress.objects,
            messages: progress.messages,
            bytes: progress.bytes,
            last_object: progress.last_object,
            failures: progress.failures,
            last_error: progress.last_error,
        }
    }
}
