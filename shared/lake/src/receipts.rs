//! Receipts: their format, and how they are read, listed, committed and replaced.

mod listing;
pub(crate) mod offset_range;
pub(crate) mod partition_counts;
pub(crate) mod receipt;
pub(crate) mod store;
