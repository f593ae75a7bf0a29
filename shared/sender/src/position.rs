use std::fmt;
use std::sync::Arc;

/// Where a record is stored, in the stream's own terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The partition that holds the record.
    pub partition: PartitionId,
    /// The record's place within that partition.
    pub sequence: Sequence,
}

/// A partition's name: a number in OCI Streaming and Kafka, text in Kinesis.
///
/// Clones share the text, because most records of a large batch are in the same few partitions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PartitionId(Arc<str>);

/// A record's place within its partition. It increases from record to record, possibly with gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sequence {
    /// An offset, as in OCI Streaming and Kafka.
    Number(u64),
    /// A number too large for 64 bits, as text. Kinesis sequence numbers have up to 56 digits.
    Text(Arc<str>),
}

impl PartitionId {
    /// Returns the partition's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<Arc<str>>> From<T> for PartitionId {
    fn from(name: T) -> Self {
        PartitionId(name.into())
    }
}

impl fmt::Display for PartitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
