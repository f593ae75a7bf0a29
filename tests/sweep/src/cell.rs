use crate::client::Client;
use loadgen::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// One measurement of the grid: a combination of client, partitions and workers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cell {
    /// The client that sent the records.
    pub(crate) client: Client,
    /// Number of partitions of the stream.
    pub(crate) partitions: u32,
    /// Number of workers.
    pub(crate) workers: u32,
    /// Megabytes per second that arrived on the stream in the window, by the stream's own count.
    pub(crate) mb_per_second: f64,
    /// Messages per second that the stream throttled over the whole run, by its own count.
    pub(crate) throttled_per_second: f64,
    /// Median latency: milliseconds from when a record was due until it was confirmed.
    pub(crate) p50: Option<f64>,
    /// 99th percentile of the latency in milliseconds.
    pub(crate) p99: Option<f64>,
    /// The result of reading the stream back, for the whole run.
    pub(crate) verdict: Verdict,
    /// Other reasons for failures, and how often each occurred.
    pub(crate) reasons: BTreeMap<String, u64>,
}

/// The service's limit per partition, in MB/s.
pub(crate) const LIMIT_MB: f64 = oci_streaming::PARTITION_BYTES_PER_SECOND as f64 / 1e6;

impl Cell {
    /// Returns the throughput as a share of the limit.
    pub(crate) fn share(&self) -> f64 {
        self.mb_per_second / (LIMIT_MB * f64::from(self.partitions))
    }
}
