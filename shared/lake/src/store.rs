//! The I/O of a run: uploads to any store, and a local store that a killed process leaves clean.

pub(crate) mod local_store;
pub(crate) mod local_upload;
pub(crate) mod staging;
pub(crate) mod uploads;
