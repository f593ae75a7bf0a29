/// Counts things that occur any number of times in a record, and remembers the most in one record.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PerRecord {
    record: u64,
    in_record: u64,
    pub(crate) most: u64,
}

impl PerRecord {
    /// Counts one in the record with this number.
    #[inline]
    pub(crate) fn count(&mut self, record: u64) {
        if self.record != record {
            (self.record, self.in_record) = (record, 0);
        }
        self.in_record += 1;
        self.most = self.most.max(self.in_record);
    }

    pub(crate) fn merge(&mut self, other: PerRecord) {
        self.most = self.most.max(other.most);
    }

    /// Forgets which record is the current one.
    pub(crate) fn settle(&mut self) {
        self.record = 0;
    }
}
