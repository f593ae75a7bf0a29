//! What the scheduler's parts call each other's things.

/// Names a batch, even after its slot was given to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchId {
    pub(super) slot: u32,
    pub(super) serial: u64,
}

/// Names a record of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EntryId {
    /// The batch's slot.
    pub(super) batch: u32,
    pub(super) index: u32,
}

/// Names a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LaneId(u16);

/// Names a request until its response arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(pub(super) u64);

/// The lane of records whose partition nobody knows.
pub(super) const ANYWHERE: LaneId = LaneId(0);

impl LaneId {
    pub(super) const fn new(index: usize) -> Self {
        LaneId(index as u16)
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}
