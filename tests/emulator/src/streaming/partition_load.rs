//! What people who watch a partition see.

use serde::Serialize;

/// What goes through a partition, and what is in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartitionLoad {
    /// Messages a second that were stored, the mean of the last ten seconds.
    pub messages_in_per_second: f64,
    /// The bytes of their keys and values.
    pub bytes_in_per_second: f64,
    /// Messages a second that GetMessages gave out.
    pub messages_out_per_second: f64,
    /// The bytes of their keys and values.
    pub bytes_out_per_second: f64,
    /// Messages stored since the start.
    pub messages_in: u64,
    /// The bytes of their keys and values.
    pub bytes_in: u64,
    /// Messages that GetMessages gave out since the start.
    pub messages_out: u64,
    /// Messages that failed with 429 since the start.
    pub throttled_messages: u64,
    /// Reads that were refused, or skipped this partition, since the start.
    pub throttled_reads: u64,
    /// The same a second, the mean of the last ten.
    pub throttled_messages_per_second: f64,
    /// The oldest offset that retention leaves; `end` when there is none.
    pub horizon: u64,
    /// An offset above every message's.
    pub end: u64,
    /// Bytes on disk or in memory, with what retention has not yet deleted.
    pub stored_bytes: u64,
}
