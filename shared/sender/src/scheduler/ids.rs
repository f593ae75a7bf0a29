//! Identifiers that the scheduler's parts use for one another's items.

/// Identifies a batch, and stays distinct after the slot has been reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchId {
    pub(super) slot: u32,
    pub(super) serial: u64,
}

/// Identifies a record of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryId {
    /// The batch's slot.
    pub(super) batch: u32,
    pub(super) index: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(u16);

/// Identifies a request until its response arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(pub(super) u64);

/// The lane of records whose partition is unknown.
pub(super) const ANYWHERE: LaneId = LaneId(0);

impl LaneId {
    pub(super) const fn new(index: usize) -> Self {
        LaneId(index as u16)
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}
