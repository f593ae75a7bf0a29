//! The service's settings.

use std::path::PathBuf;

#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) region: String,
    pub(crate) compartment: String,
    /// The emulator's URL for functions.
    pub(crate) url: String,
    /// The folder with the resource principal's files.
    pub(crate) credentials: PathBuf,
    /// Maximum memory, in MB, of all functions that may run at the same time.
    pub(crate) concurrency_mb: u64,
    /// The folder of programs whose command has no slash; `None` means the folder of the running program.
    pub(crate) programs: Option<PathBuf>,
}
