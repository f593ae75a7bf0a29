use std::ops::Range;

/// Records that are sent together: all their bytes in one buffer, which is used again for the next.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    records: Vec<Place>,
}

/// Where a record is in the buffer. Records may share a key's bytes.
#[derive(Debug, Clone)]
struct Place {
    key: Option<Range<usize>>,
    value: Range<usize>,
}

impl Batch {
    /// Forgets the records and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.records.clear();
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// A record's key, if it has one.
    pub fn key(&self, place: usize) -> Option<&[u8]> {
        self.records[place].key.clone().map(|key| &self.bytes[key])
    }

    /// A record's value.
    pub fn value(&self, place: usize) -> &[u8] {
        &self.bytes[self.records[place].value.clone()]
    }

    /// Bytes of a record's key and value, as the service counts them.
    pub fn size(&self, place: usize) -> usize {
        let Place { key, value } = &self.records[place];
        key.as_ref().map_or(0, Range::len) + value.len()
    }

    /// Bytes of all keys and values.
    pub fn total_size(&self) -> usize {
        (0..self.len()).map(|place| self.size(place)).sum()
    }

    /// Appends bytes that records are going to be made of, and tells where they are.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    /// The buffer, to write a value into; [`Batch::end`] makes a record of what was written.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends a record whose value begins at `start`.
    pub(crate) fn end(&mut self, key: Option<Range<usize>>, start: usize) {
        self.records.push(Place { key, value: start..self.bytes.len() });
    }

    /// Adds a record.
    pub fn push(&mut self, key: Option<&[u8]>, value: &[u8]) {
        let key = key.map(|key| self.append(key));
        let start = self.append(value).start;
        self.end(key, start);
    }
}
