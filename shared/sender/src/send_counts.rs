/// What a sender has done so far, and what it holds now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SendCounts {
    /// Requests started.
    pub requests: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of keys and values in them.
    pub bytes: u64,
    /// How many of the records had been sent before.
    pub retries: u64,
    /// How often the stream had no room for a record.
    pub throttled: u64,
    /// Requests that ended without a response about their records.
    pub unanswered: u64,
    /// Requests in flight now.
    pub in_flight: u64,
    /// Records held now, waiting or in flight.
    pub held_records: u64,
    /// Bytes of their keys and values.
    pub held_bytes: u64,
}
