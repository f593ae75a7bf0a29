/// What a stream promises about the records of one request, beyond what its response says about each.
///
/// A sender that puts several records with the same key in one request relies on these. The scheduler puts one at a time, which is safe
/// with any stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promises {
    /// Whether a partition appends records in the order of the request.
    pub append_order: bool,
    /// Which records of a partition can fail while others of the same request are stored.
    pub entry_failures: EntryFailures,
}

/// How the records of one request that go to the same partition can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFailures {
    /// All fail or none, as in a Kafka record batch.
    Together,
    /// Each can fail by itself, as in a Kinesis PutRecords request.
    OneByOne,
}

impl Promises {
    /// Promises nothing, which is the least that any stream offers.
    pub const NONE: Promises = Promises { append_order: false, entry_failures: EntryFailures::OneByOne };
}
