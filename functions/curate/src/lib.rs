//! `curate`: turns the stream connector's bronze objects into exact, typed Parquet, with a receipt for each.
//!
//! One program with two doors: [`run_function`] serves OCI Functions, which calls it for each object that is created; [`run`] is the
//! command line. Behind both, the same [`Curator`].
//!
//! Modules, lowest first: `error`, `s3_http` and `clouds` (how to reach stores), `location` (paths and URLs → stores),
//! `schema_file`, `config` (settings), `gate` and `pool` (memory and threads that all objects share), `fetch`, `pipeline` (one object's
//! bytes → the lake), `curator` (one object, from receipt to receipt), `walk` (folders → objects). The command line:
//! `console_log`, `report`, `cli`. The function: `event`, `summary` (what it answers), `handler`, `function`.

mod cli;
mod clouds;
mod config;
mod console_log;
mod curator;
mod error;
mod event;
mod fetch;
mod function;
mod gate;
mod handler;
mod location;
mod pipeline;
mod pool;
mod report;
mod s3_http;
mod schema_file;
mod summary;
mod walk;

pub use cli::{Arguments, run};
pub use clouds::OCI_VARIABLES;
pub use config::{COMMAND, Config, FUNCTION};
pub use curator::{Curator, Outcome};
pub use error::CurateError;
pub use function::run_function;
pub use location::Location;
