//! The status of connectors, for the status page and tests.

use serde::Serialize;

use super::connector::ConnectorRecord;
use super::lane::Progress;
use super::run::Run;
use super::service::ConnectorHub;
use crate::lock::lock;
use crate::streaming::StreamReader;

/// The status of a connector that is neither being deleted nor deleted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorStatus {
    /// OCID of the connector.
    pub id: String,
    /// Display name.
    pub name: String,
    /// The API's name for the state.
    pub state: &'static str,
    /// OCID of the stream.
    pub stream_id: String,
    /// Name of the stream; `None` if it is gone.
    pub stream: Option<String>,
    /// Name of the bucket.
    pub bucket: String,
    /// Its progress in every partition, by partition number.
    pub partitions: Vec<ConnectorPartition>,
}

/// The progress of a connector in one partition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConnectorPartition {
    /// The offset at which a restart would begin; everything before it is in the bucket.
    pub position: u64,
    /// An offset above that of every message; equal to `position` if the stream is gone.
    pub end: u64,
    /// The number of offsets from `position` to `end`. If the stream skips offsets, there are fewer messages.
    pub lag: u64,
    /// The window that will become the next object.
    pub open: Option<OpenWindow>,
    /// Objects written since the start or the last change of the connector.
    pub objects: u64,
    /// Number of messages in these objects.
    pub messages: u64,
    /// Compressed size of these objects in bytes.
    pub bytes: u64,
    /// Name of the last object.
    pub last_object: Option<String>,
    /// Number of failures since the last success.
    pub failures: u32,
    /// The last error.
    pub last_error: Option<String>,
}

/// Messages that have been read and will become an object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpenWindow {
    /// Offset of the first message.
    pub first_offset: u64,
    /// The number of messages.
    pub messages: u64,
    /// Size of their lines in bytes.
    pub bytes: u64,
    /// Compressed size in bytes, as far as it has been written.
    pub compressed_bytes: u64,
    /// Milliseconds since the first message was read.
    pub age_milliseconds: i64,
}

impl ConnectorHub {
    /// Returns the status of every existing connector, sorted by name.
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
