use crate::client::Client;
use loadgen::Verdict;
use serde::Serialize;
use std::collections::BTreeMap;

/// One measurement of the grid.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cell {
    /// The client that sent the records.
    pub(crate) client: Client,
    /// Partitions of the stream.
    pub(crate) partitions: u32,
    /// Workers.
    pub(crate) workers: u32,
    /// What arrived on the stream in the window, by the stream's own count.
    pub(crate) mb_per_second: f64,
    /// Messages that the stream throttled over the whole run, by its own count.
    pub(crate) throttled_per_second: f64,
    /// Median of the milliseconds from when a record was due until it was confirmed.
    pub(crate) p50: Option<f64>,
    /// Their 99th percentile.
    pub(crate) p99: Option<f64>,
    /// What the content of the stream shows about the whole run.
    pub(crate) verdict: Verdict,
    /// Other reasons for failure, and how often they occurred.
    pub(crate) reasons: BTreeMap<String, u64>,
}

/// The service's limit per partition, in MB/s.
pub(crate) const LIMIT_MB: f64 = oci_streaming::PARTITION_BYTES_PER_SECOND as f64 / 1e6;

impl Cell {
    /// The throughput as a share of the limit.
    pub(crate) fn share(&self) -> f64 {
        self.mb_per_second / (LIMIT_MB * f64::from(self.partitions))
    }
}
