/// The largest keys, records, requests and rates that a stream accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Maximum bytes of a key.
    pub key: usize,
    /// Maximum bytes of a record: key and value together.
    pub record: usize,
    /// Maximum bytes of the keys and values in a request. A request with a single record may exceed it.
    pub request: usize,
    /// Maximum records in a request.
    pub request_records: usize,
    /// Bytes per second that a partition accepts; `None` if unknown or unlimited.
    pub partition_bytes_per_second: Option<u64>,
    /// Records per second that a partition accepts; `None` if unknown or unlimited.
    pub partition_records_per_second: Option<u64>,
}
