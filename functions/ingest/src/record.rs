use bytes::Bytes;

/// A record on its way to the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Records of one key stay in order, on one partition; `None` goes anywhere.
    pub key: Option<Bytes>,
    /// The record's bytes, as they came.
    pub value: Bytes,
}

impl Record {
    /// What the stream's limits count: key and value.
    pub fn size(&self) -> usize {
        self.value.len() + self.key.as_ref().map_or(0, Bytes::len)
    }
}
