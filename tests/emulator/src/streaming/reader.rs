//! Access to a stream for other services of the emulator and for tests in its process: reading without limits, waiting for messages, and
//! measuring throughput.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::group::GroupPartition;
use super::partition_load::PartitionLoad;
use super::service::Streaming;
use super::stream::Stream;
use crate::state_folder::StateError;

/// A handle through which this process reads a stream.
#[derive(Debug, Clone)]
pub struct StreamReader {
    service: Arc<Streaming>,
    stream: Arc<Stream>,
}

/// A message of a partition.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamMessage {
    /// Offset in the partition.
    pub offset: u64,
    /// When it was stored, in milliseconds since 1970.
    pub timestamp: i64,
    /// The decoded key; `None` for a null key.
    pub key: Option<Bytes>,
    /// The decoded value.
    pub value: Bytes,
}

/// The reason why a partition cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream has no partition with this number.
    #[error("the stream {stream} has no partition {number}")]
    NoPartition {
        /// Name of the stream.
        stream: String,
        /// Number of the partition.
        number: usize,
    },
    /// The stream was deleted.
    #[error("the stream {0} was deleted")]
    Deleted(String),
    /// The log cannot be read.
    #[error(transparent)]
    State(#[from] StateError),
}

impl StreamReader {
    pub(crate) fn new(service: Arc<Streaming>, stream: Arc<Stream>) -> Self {
        Self { service, stream }
    }

    /// Returns the OCID of the stream.
    pub fn id(&self) -> String {
        self.stream.record().id.clone()
    }

    /// Returns the name of the stream.
    pub fn name(&self) -> String {
        self.stream.record().name.clone()
    }

    /// Returns the number of partitions, which are numbered from 0.
    pub fn partitions(&self) -> usize {
        self.stream.partitions.len()
    }

    /// Returns the offsets of a partition: the oldest within retention, and one above that of every message.
    pub fn bounds(&self, partition: usize) -> Result<(u64, u64), ReadError> {
        let cutoff = self.stream.cutoff(self.service.clock.now());
        let bounds = self.partition(partition)?.bounds(cutoff)?;
        Ok((bounds.horizon, bounds.end))
    }

    /// Reads messages, starting at an offset: at most `most`, and at least one but otherwise no more than fit into the given number of
    /// bytes of keys and values. Messages out of retention are skipped.
    pub fn read(
        &self,
        partition: usize,
        from: u64,
        most: usize,
        most_bytes: u64,
    ) -> Result<Vec<StreamMessage>, ReadError> {
        self.bounds(partition)?;
        let records = self.partition(partition)?.read(from, most, most_bytes)?;
        let message = |record: super::record::Record| StreamMessage {
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key,
            value: record.value,
        };
        Ok(records.into_iter().map(message).collect())
    }

    /// Waits until a partition has a message at or after an offset.
    pub async fn wait_for(&self, partition: usize, offset: u64) -> Result<(), ReadError> {
        let mut end = self.partition(partition)?.watch_end();
        let there = || self.stream.record().life.is_there();
        // The partition owns the sender, and `self` keeps the partition alive, so the channel is not closed.
        let _ = end.wait_for(|end| *end > offset || !there()).await;
        self.partition(partition).map(drop)
    }

    /// Returns the time of the service's clock, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.service.clock.now()
    }

    /// Returns a receiver that reports when the clock is moved.
    pub(crate) fn clock_moved(&self) -> watch::Receiver<i64> {
        self.service.clock.moved()
    }

    /// Returns the throughput and content of each partition.
    pub fn load(&self) -> Vec<PartitionLoad> {
        let now = self.service.clock.now();
        self.stream.partitions.iter().map(|partition| partition.load(now)).collect()
    }

    /// Returns the consumer groups with their partitions, ordered by name.
    pub fn groups(&self) -> Vec<(String, Vec<GroupPartition>)> {
        let now = self.service.clock.now();
        self.stream.groups.shown(self.stream.cutoff(now), now)
    }

    fn partition(&self, number: usize) -> Result<&super::partition::Partition, ReadError> {
        let record = self.stream.record();
        if !record.life.is_there() {
            return Err(ReadError::Deleted(record.name.clone()));
        }
        let missing = || ReadError::NoPartition { stream: record.name.clone(), number };
        self.stream.partitions.get(number).ok_or_else(missing)
    }
}

impl Streaming {
    /// Returns the existing streams, ordered by name.
    pub(crate) fn readers(self: &Arc<Self>) -> Vec<StreamReader> {
        let mut readers: Vec<StreamReader> = self
            .registry()
            .present()
            .map(|stream| StreamReader::new(Arc::clone(self), Arc::clone(stream)))
            .collect();
        readers.sort_by_key(StreamReader::name);
        readers
    }

    /// Returns the stream with this OCID, if it exists.
    pub(crate) fn reader(self: &Arc<Self>, id: &str) -> Option<StreamReader> {
        let stream = self.registry().streams.get(id).cloned();
        let stream = stream.filter(|stream| stream.record().life.is_there())?;
        Some(StreamReader::new(Arc::clone(self), stream))
    }
}

#[cfg(test)]
impl StreamReader {
    /// Stores messages in a partition, without limits.
    pub(crate) fn put(&self, partition: usize, messages: &[super::partition::Message]) {
        let limits = self.service.options.clone().unlimited();
        let outcomes = self.stream.partitions[partition].put(messages, &limits, self.now(), 0);
        assert!(outcomes.iter().all(|outcome| outcome.timestamp().is_some()), "{outcomes:?}");
    }
}
