//! The load generator behind `bronzeworks load`. It sends general-ledger journals to a stream, an HTTP endpoint or bronze objects,
//! measures how much the target accepts, and reads a stream back to find lost, duplicated and reordered records.
//!
//! Modules, lowest layer first:
//!
//! - without I/O: `batch`, `journal`, `template` and `records` (what is sent); `outcome`, `retry` and `schedule` (how a client sends it);
//!   `tally` (rates and latencies); `audit` (loss, duplicates, order); `http_response`; `json_line` and `summary` (the output);
//! - targets: `target`, `stream_target`, `http_target`, `bronze_target`;
//! - a load: `worker`, `load`, `progress` (the terminal), `read_back`;
//! - the command: `arguments`, `load_error`, `run`.

mod arguments;
mod audit;
mod batch;
mod bronze_target;
mod http_response;
mod http_target;
mod journal;
mod json_line;
mod load;
mod load_error;
mod outcome;
mod progress;
mod read_back;
mod records;
mod retry;
mod run;
mod schedule;
mod stream_target;
mod summary;
mod tally;
mod target;
mod template;
mod worker;

pub use arguments::{Arguments, RetryPolicy};
pub use audit::{Audit, Verdict};
pub use batch::Batch;
pub use bronze_target::{BronzeTarget, Rollover};
pub use http_target::{HttpForm, HttpTarget};
pub use journal::{Journals, run_id};
pub use load::{Load, Loaded};
pub use load_error::LoadError;
pub use outcome::Outcome;
pub use read_back::read_back;
pub use records::{Lines, Records};
pub use retry::{Next, Pending, Retry};
pub use run::run;
pub use schedule::{Pace, Schedule};
pub use stream_target::StreamTarget;
pub use summary::Summary;
pub use tally::{Tally, Window};
pub use target::Target;
pub use template::Template;
