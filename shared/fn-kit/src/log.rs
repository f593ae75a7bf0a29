//! Writes the log: one line per event on stderr, each in one write. By default a line is a JSON object.
//!
//! ```json
//! {"timestamp":"2026-11-22T05:05:04.123456Z","level":"ERROR","target":"fn_kit","message":"the call failed","status":502,
//!  "error":"the bucket 'b' cannot be read: connection refused","ms":17,"call_id":"01H…","opc_request_id":"/A1B2/C3D4"}
//! ```
//!
//! (This is a single line.) The fields of an event are at the top level, and so are those of the spans around it. Every line written during
//! a call has `call_id` and, if they exist, `opc_request_id`, `trace_id` and `span_id`. A task or thread that the handler starts has them
//! if it runs in the span (`tracing::Instrument::in_current_span`). OCI Logging splits JSON lines into fields.

mod format;
mod json_line;
mod json_value;
mod log_lines;
mod text_line;

pub use format::Format;
pub use log_lines::LogLines;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

/// HTTP and TLS crates, which log every byte at `DEBUG`.
const CHATTER: [&str; 8] =
    ["h2", "hickory_proto", "hickory_resolver", "hyper", "hyper_rustls", "hyper_util", "mio", "rustls"];

/// Crates that log every retry at `INFO`. A retry is of interest only next to other details, or if the request finally fails.
const RETRYING: [&str; 1] = ["object_store"];

/// Installs the log for the whole process: events at or above this level, and panics, are written to stderr as lines of JSON.
///
/// Accepts a [`tracing::Level`] or a [`LevelFilter`]. Except at `TRACE`, HTTP and TLS libraries log only warnings and errors. A subscriber
/// that is already installed stays and also receives the panics, so a second call does nothing.
///
/// To add your own filters or layers, install [`LogLines`] yourself. Events of the `log` crate are not included.
pub fn init(level: impl Into<LevelFilter>) {
    init_lines(level, LogLines::to_stderr(Format::Json));
}

/// Does the same as [`init`] with other lines: as text, or not written to stderr directly.
pub fn init_lines(level: impl Into<LevelFilter>, lines: LogLines) {
    let lines = tracing_subscriber::registry().with(filter(level.into())).with(lines);
    // Fails if a subscriber is already installed, which then stays, as documented.
    let _ = tracing::subscriber::set_global_default(lines);
    crate::panics::install();
}

fn filter(level: LevelFilter) -> Targets {
    let targets = Targets::new().with_default(level);
    if level == LevelFilter::TRACE {
        return targets;
    }
    let retrying = if level < LevelFilter::DEBUG { level.min(LevelFilter::WARN) } else { level };
    targets
        .with_targets(CHATTER.map(|target| (target, level.min(LevelFilter::WARN))))
        .with_targets(RETRYING.map(|target| (target, retrying)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing::Level;

    #[test]
    fn retries_are_logged_together_with_other_details() {
        let heard = |level| filter(level).would_enable("object_store::client::retry", &Level::INFO);
        assert!(!heard(LevelFilter::INFO));
        assert!(heard(LevelFilter::DEBUG));
    }

    #[test]
    fn http_libraries_log_only_warnings_except_at_trace() {
        for (level, own, theirs) in [
            (LevelFilter::OFF, None, None),
            (LevelFilter::ERROR, Some(Level::ERROR), Some(Level::ERROR)),
            (LevelFilter::INFO, Some(Level::INFO), Some(Level::WARN)),
            (LevelFilter::DEBUG, Some(Level::DEBUG), Some(Level::WARN)),
            (LevelFilter::TRACE, Some(Level::TRACE), Some(Level::TRACE)),
        ] {
            for (target, most) in [("curate", own), ("hyper_util::client", theirs), ("rustls", theirs)] {
                for asked in [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE] {
                    let expected = most.is_some_and(|most| asked <= most);
                    assert_eq!(
                        filter(level).would_enable(target, &asked),
                        expected,
                        "{target} at {asked} of {level}"
                    );
                }
            }
        }
    }
}
