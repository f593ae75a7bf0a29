//! The I/O of a run: uploads to any store, and a local store that stays clean when a process is killed.

pub(crate) mod local_store;
pub(crate) mod local_upload;
pub(crate) mod staging;
pub(crate) mod uploads;
