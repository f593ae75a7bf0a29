use crate::setting::Setting;
use tracing::level_filters::LevelFilter;

/// How much a program logs. Every program has this setting, under a heading of its own.
pub const LOG_LEVEL: Setting<LevelFilter> = Setting::new(
    "LOG_LEVEL",
    "LEVEL",
    "info",
    log_level,
    "Least severe level to log: error, warn, info, debug, trace or off",
)
.option("log-level");

fn log_level(level: &str) -> Result<LevelFilter, String> {
    // The parser also accepts numbers, but nobody knows which level a number is.
    let known = level.parse().ok().filter(|_| !level.starts_with(char::is_numeric));
    known.ok_or_else(|| "expected error, warn, info, debug, trace or off".into())
}
