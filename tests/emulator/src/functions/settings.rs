//! What the service is told at the start.

use std::path::PathBuf;

/// What the service is told at the start.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) region: String,
    pub(crate) compartment: String,
    /// Where this emulator is, as functions reach it.
    pub(crate) url: String,
    /// The folder with the resource principal's files.
    pub(crate) credentials: PathBuf,
    /// Megabytes that may be at work at once.
    pub(crate) concurrency_mb: u64,
    /// Where programs are that have no slash in their names; `None` is beside the emulator's own.
    pub(crate) programs: Option<PathBuf>,
}
