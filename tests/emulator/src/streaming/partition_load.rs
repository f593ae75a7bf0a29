//! The load of a partition, for the status page and tests.

use serde::Serialize;

/// Throughput and content of a partition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartitionLoad {
    /// Messages stored per second, the mean of the last ten seconds.
    pub messages_in_per_second: f64,
    /// Bytes of their keys and values.
    pub bytes_in_per_second: f64,
    /// Messages returned by GetMessages per second.
    pub messages_out_per_second: f64,
    /// Bytes of their keys and values.
    pub bytes_out_per_second: f64,
    /// Messages stored since the start.
    pub messages_in: u64,
    /// Bytes of their keys and values.
    pub bytes_in: u64,
    /// Messages returned by GetMessages since the start.
    pub messages_out: u64,
    /// Messages that failed with 429 since the start.
    pub throttled_messages: u64,
    /// Reads that were rejected, or skipped this partition, since the start.
    pub throttled_reads: u64,
    /// The same per second, the mean of the last ten seconds.
    pub throttled_messages_per_second: f64,
    /// The oldest offset within retention; `end` without messages.
    pub horizon: u64,
    /// An offset above that of every message.
    pub end: u64,
    /// Bytes on disk or in memory, including those that retention has not deleted yet.
    pub stored_bytes: u64,
}
