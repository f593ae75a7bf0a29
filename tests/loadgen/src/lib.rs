//! Traffic, and what comes of it: journals as the public load generator makes them, to a stream, to an HTTP endpoint or into bronze objects.
//!
//! Modules, lowest first:
//!
//! - without I/O: `batch`, `journal`, `template` and `records` (what is sent), `outcome`, `retry` and `schedule` (how clients go about it), `tally`
//!   (rates and latencies), `audit` (loss, duplicates, order), `http_answer`, `stations` (where the time goes), `line` (the output);
//! - targets: `target`, `stream_target`, `http_target`, `bronze_target`;
//! - a load: `worker`, `load`, `live` (the terminal), `read_back`;
//! - measurements: `local_cloud` (programs under test), `sweep`, `pipeline`, `chart`, `report`;
//! - `arguments`, `command`: the program.

mod arguments;
mod audit;
mod batch;
mod bronze_target;
mod chart;
mod command;
mod http_answer;
mod http_target;
mod journal;
mod line;
mod live;
mod load;
mod local_cloud;
mod outcome;
mod pipeline;
mod read_back;
mod records;
mod report;
mod retry;
mod schedule;
mod stations;
mod stream_target;
mod sweep;
mod tally;
mod target;
mod template;
mod worker;

pub use arguments::{
    Arguments, ClientName, CloudArguments, Command, PipelineArguments, StreamArguments, SweepArguments,
};
pub use audit::{Audit, Verdict};
pub use batch::Batch;
pub use bronze_target::{BronzeTarget, Rollover};
pub use chart::{Chart, Curve, Panel};
pub use command::{grid, passages, stream};
pub use http_target::{HttpForm, HttpTarget};
pub use journal::{Journals, run_id};
pub use load::{Load, Loaded};
pub use outcome::Outcome;
pub use read_back::read_back;
pub use records::{Lines, Records};
pub use retry::{Next, Pending, Retry};
pub use schedule::{Pace, Schedule};
pub use stream_target::StreamTarget;
pub use sweep::{Cell, Client};
pub use tally::{Tally, Window};
pub use target::Target;
pub use template::Template;
