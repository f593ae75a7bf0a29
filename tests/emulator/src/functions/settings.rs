//! The service's settings.

use std::path::PathBuf;

/// The service's settings.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) region: String,
    pub(crate) compartment: String,
    /// The emulator's URL, as functions reach it.
    pub(crate) url: String,
    /// The folder with the resource principal's files.
    pub(crate) credentials: PathBuf,
    /// The memory of all functions that may run at the same time.
    pub(crate) concurrency_mb: u64,
    /// The folder of programs without a slash; `None` means next to the running program.
    pub(crate) programs: Option<PathBuf>,
}
