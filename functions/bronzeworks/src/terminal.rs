//! What users see on stderr (messages, logs and progress) and the exit codes. All verbs share it.

mod log;
mod message;
mod output;
mod progress;
pub(crate) mod units;
mod visible;

pub(crate) use log::{init_log, init_warnings, log_format};
pub(crate) use message::Terminal;
pub(crate) use output::Output;
pub(crate) use progress::Progress;
pub(crate) use visible::{visible, visible_json};

/// The exit codes of the tool, as listed by `--help`.
pub(crate) mod exit {
    /// The list of exit codes for the help.
    pub(crate) const HELP: &str = "\
Exit codes:
  0  success
  1  failure: something could not be read, written or sent
  2  usage or configuration error; nothing was created
  3  lines are quarantined or objects are damaged (only with --fail-on)";

    /// Something could not be read, written or sent.
    pub(crate) const FAILURE: u8 = 1;
    /// Wrong usage or invalid configuration. Nothing was created.
    pub(crate) const USAGE: u8 = 2;
    /// The data has problems that count as a failure because of `--fail-on`.
    pub(crate) const DATA: u8 = 3;
}
