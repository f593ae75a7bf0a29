//! The load of a partition, for the status page and tests.

use serde::Serialize;

/// The throughput and content of a partition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartitionLoad {
    /// Messages stored per second, averaged over the last ten seconds.
    pub messages_in_per_second: f64,
    /// Bytes of their keys and values per second.
    pub bytes_in_per_second: f64,
    /// Messages returned by GetMessages per second, averaged over the last ten seconds.
    pub messages_out_per_second: f64,
    /// Bytes of their keys and values per second.
    pub bytes_out_per_second: f64,
    /// Messages stored since startup.
    pub messages_in: u64,
    /// Bytes of their keys and values.
    pub bytes_in: u64,
    /// Messages returned by GetMessages since startup.
    pub messages_out: u64,
    /// Messages that failed with a 429 since startup.
    pub throttled_messages: u64,
    /// Reads that were rejected, or that skipped this partition, since startup.
    pub throttled_reads: u64,
    /// Messages that failed with a 429 per second, averaged over the last ten seconds.
    pub throttled_messages_per_second: f64,
    /// The oldest offset within retention; `end` without messages.
    pub horizon: u64,
    /// An offset above that of every message.
    pub end: u64,
    /// Bytes on disk or in memory, including expired messages that have not been deleted yet.
    pub stored_bytes: u64,
}
