/// What a stream promises about the records of one request, beyond what its response says about each.
///
/// Whoever sends several records of a key in one request relies on these. The scheduler sends one at a time, which is safe with any stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promises {
    /// Whether a partition appends records in the order of the request.
    pub append_order: bool,
    /// Which records of a partition can fail while others of the same request are stored.
    pub entry_failures: EntryFailures,
}

/// How the records that one request has for one partition fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFailures {
    /// All of them or none, as in a Kafka record batch.
    Together,
    /// Each by itself, as in a Kinesis PutRecords request.
    OneByOne,
}

impl Promises {
    /// Nothing: the least that any stream promises.
    pub const NONE: Promises = Promises { append_order: false, entry_failures: EntryFailures::OneByOne };
}
