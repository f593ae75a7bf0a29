use std::ops::Range;

/// Records that are sent together. All their bytes are in one buffer, which the next batch reuses.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    records: Vec<Span>,
}

/// The position of a record's bytes in the buffer. Records may share the bytes of a key.
#[derive(Debug, Clone)]
struct Span {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

impl Batch {
    /// Removes all records but keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
    }

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Returns whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Returns the key of a record, if it has one.
    pub fn key(&self, index: usize) -> Option<&[u8]> {
        self.records[index].key.clone().map(|key| &self.bytes[key])
    }

    /// Returns the value of a record.
    pub fn value(&self, index: usize) -> &[u8] {
        &self.bytes[self.records[index].value.clone()]
    }

    /// Returns the number of bytes of a record's key and value, which is what the service counts.
    pub fn size(&self, index: usize) -> usize {
        let Span { key, value } = &self.records[index];
        key.as_ref().map_or(0, Range::len) + value.len()
    }

    /// Returns the number of bytes of all keys and values.
    pub fn total_size(&self) -> usize {
        (0..self.len()).map(|index| self.size(index)).sum()
    }

    /// Appends bytes that records will refer to, and returns their range.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// Returns the buffer, so that a value can be written into it; [`Batch::end`] turns the value into a record.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends a record whose value begins at `start`.
    pub(crate) fn end(&mut self, key: Option<Range<usize>>, start: usize) {
        self.records.push(Span { key, value: start..self.bytes.len() });
    }

    /// Adds a record with a key of its own.
    pub fn push(&mut self, key: Option<&[u8]>, value: &[u8]) {
        let key = key.map(|key| self.append(key));
        let start = self.append(value).start;
        self.end(key, start);
    }
}
