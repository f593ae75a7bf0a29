/// Counters of what a sender has done, and gauges of what it holds now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendCounts {
    /// Requests started.
    pub requests: u64,
    /// Records in those requests.
    pub records: u64,
    /// Bytes of keys and values in those requests.
    pub bytes: u64,
    /// How many of those records had been sent before.
    pub retries: u64,
    /// How often the stream had no room for a record.
    pub throttled: u64,
    /// Requests that ended without a response about their records.
    pub unanswered: u64,
    /// Requests in flight now.
    pub in_flight: u64,
    /// Records held now, waiting or in flight.
    pub held_records: u64,
    /// Bytes of the keys and values of the held records.
    pub held_bytes: u64,
}
