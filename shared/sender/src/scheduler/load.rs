/// A quantity of records, in bytes and in number.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Load {
    pub(super) bytes: f64,
    pub(super) records: f64,
}

impl Load {
    pub(super) const INFINITE: Load = Load { bytes: f64::INFINITY, records: f64::INFINITY };
    pub(super) const FINITE: Load = Load { bytes: f64::MAX, records: f64::MAX };

    /// Returns the load of one record of this size in bytes.
    pub(super) fn of(size: usize) -> Self {
        Load { bytes: size as f64, records: 1.0 }
    }

    pub(super) fn add(&mut self, other: Load) {
        self.bytes += other.bytes;
        self.records += other.records;
    }

    pub(super) fn subtract(&mut self, other: Load) {
        self.bytes -= other.bytes;
        self.records -= other.records;
    }

    pub(super) fn times(self, factor: f64) -> Self {
        Load { bytes: self.bytes * factor, records: self.records * factor }
    }

    pub(super) fn covers(self, other: Load) -> bool {
        self.bytes >= other.bytes && self.records >= other.records
    }

    pub(super) fn min(self, other: Load) -> Self {
        Load { bytes: self.bytes.min(other.bytes), records: self.records.min(other.records) }
    }

    pub(super) fn max(self, other: Load) -> Self {
        Load { bytes: self.bytes.max(other.bytes), records: self.records.max(other.records) }
    }
}
