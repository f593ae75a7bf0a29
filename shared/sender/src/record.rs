use bytes::Bytes;

/// A record on its way to the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Records with the same key stay in order, on one partition. A record without a key may go to any partition.
    pub key: Option<Bytes>,
    /// The record's content, sent unchanged.
    pub value: Bytes,
}

impl Record {
    /// Returns the bytes of key and value together, which is what a stream's limits count.
    pub fn size(&self) -> usize {
        self.value.len() + self.key.as_ref().map_or(0, Bytes::len)
    }
}
