/// The most a stream accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a key.
    pub key: usize,
    /// Bytes of a record's key and value.
    pub record: usize,
    /// Bytes of the keys and values in a request. A request with a single record may exceed it.
    pub request: usize,
    /// Records in a request.
    pub request_records: usize,
    /// Bytes per second that a partition accepts; `None` if unknown or unlimited.
    pub partition_bytes_per_second: Option<u64>,
    /// Records per second that a partition accepts; `None` if unknown or unlimited.
    pub partition_records_per_second: Option<u64>,
}
