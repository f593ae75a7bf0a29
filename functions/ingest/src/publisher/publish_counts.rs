/// What a publisher has done so far, and holds now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PublishCounts {
    /// Requests begun.
    pub requests: u64,
    /// Records in them.
    pub records: u64,
    /// Bytes of keys and values in them.
    pub bytes: u64,
    /// How many of the records had been sent before.
    pub retries: u64,
    /// How often the stream had no room for a record.
    pub throttled: u64,
    /// Requests that came to an end without an answer about their records.
    pub unanswered: u64,
    /// Requests under way now.
    pub in_flight: u64,
    /// Records held now: waiting, or under way.
    pub held_records: u64,
    /// Bytes of their keys and values.
    pub held_bytes: u64,
}
