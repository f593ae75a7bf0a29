//! What people see: messages, logs and progress on stderr, and exit codes. Shared by the verbs.

mod log;
mod message;
mod progress;
pub(crate) mod units;

pub(crate) use log::{init_log, log_format};
pub(crate) use message::Terminal;
pub(crate) use progress::Progress;

/// The exit codes of the tool, as `--help` lists them.
pub(crate) mod exit {
    /// The list.
    pub(crate) const HELP: &str = "\
Exit codes:
  0  success
  1  failure: something could not be read, written or sent
  2  usage or configuration error; nothing was created
  3  the data is not all right (see --fail-on)";

    /// Something could not be read, written or sent.
    pub(crate) const FAILURE: u8 = 1;
    /// Wrong usage or invalid configuration. Nothing was created.
    pub(crate) const USAGE: u8 = 2;
    /// The data is not all right, and `--fail-on` asked for that to count.
    pub(crate) const DATA: u8 = 3;
}
