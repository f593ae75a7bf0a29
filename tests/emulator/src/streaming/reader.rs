//! What other services of the emulator, and tests in its process, do with a stream: read it without limits, wait for more, and see
//! what goes through it.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::group::GroupPartition;
use super::partition_load::PartitionLoad;
use super::service::Streaming;
use super::stream::Stream;
use crate::state_folder::StateError;

/// A stream, to be read in this process.
#[derive(Debug, Clone)]
pub struct StreamReader {
    service: Arc<Streaming>,
    stream: Arc<Stream>,
}

/// A message of a partition.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamMessage {
    /// Its place in the partition.
    pub offset: u64,
    /// When it was stored, in milliseconds since 1970.
    pub timestamp: i64,
    /// The key, decoded; `None` is null.
    pub key: Option<Bytes>,
    /// The value, decoded.
    pub value: Bytes,
}

/// A partition cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream has no partition of this number.
    #[error("the stream {stream} has no partition {number}")]
    NoPartition {
        /// The stream's name.
        stream: String,
        /// The number.
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

    /// The stream's OCID.
    pub fn id(&self) -> String {
        self.stream.record().id.clone()
    }

    /// The stream's name.
    pub fn name(&self) -> String {
        self.stream.record().name.clone()
    }

    /// How many partitions there are; they are numbered from 0.
    pub fn partitions(&self) -> usize {
        self.stream.partitions.len()
    }

    /// The offsets of a partition: the oldest that retention leaves, and one above every message's.
    pub fn bounds(&self, partition: usize) -> Result<(u64, u64), ReadError> {
        let cutoff = self.stream.cutoff(self.service.clock.now());
        let bounds = self.partition(partition)?.bounds(cutoff)?;
        Ok((bounds.horizon, bounds.end))
    }

    /// Up to so many messages at and after an offset, of which all but the first fit into so many bytes of key and value. What is
    /// out of retention is passed over.
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
        // The sender is the partition, which this value keeps.
        let _ = end.wait_for(|end| *end > offset || !there()).await;
        self.partition(partition).map(drop)
    }

    /// The service's clock, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.service.clock.now()
    }

    /// Tells whoever waits for a time that the clock was moved.
    pub(crate) fn clock_moved(&self) -> watch::Receiver<i64> {
        self.service.clock.moved()
    }

    /// What goes through each partition, and what is in it.
    pub fn load(&self) -> Vec<PartitionLoad> {
        let now = self.service.clock.now();
        self.stream.partitions.iter().map(|partition| partition.load(now)).collect()
    }

    /// The consumer groups in the order of their names, with every partition.
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
    /// Streams that are there, in the order of their names.
    pub(crate) fn readers(self: &Arc<Self>) -> Vec<StreamReader> {
        let mut readers: Vec<StreamReader> = self
            .registry()
            .present()
            .map(|stream| StreamReader::new(Arc::clone(self), Arc::clone(stream)))
            .collect();
        readers.sort_by_key(StreamReader::name);
        readers
    }

    /// The stream of an OCID, if it is there.
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
