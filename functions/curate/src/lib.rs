//! `curate`: turns the stream connector's bronze objects into exact, typed Parquet, with a receipt for each.
//!
//! The command line of today; the function of tomorrow runs the same [`Curator`].
//!
//! Modules, lowest first: `error`, `location` (paths and URLs → stores), `config` (settings), `gate` and `pool` (memory
//! and threads that all objects share), `fetch`, `pipeline` (one object's bytes → the lake), `curator` (one object, from
//! receipt to receipt), `walk` (folders → objects), `report`, `cli`.

mod cli;
mod clouds;
mod config;
mod curator;
mod error;
mod fetch;
mod gate;
mod location;
mod pipeline;
mod pool;
mod report;
mod walk;

pub use cli::{Arguments, run};
pub use clouds::OCI_VARIABLES;
pub use config::{Config, PREFIXES, SETTINGS};
pub use curator::{Curator, Outcome};
pub use error::CurateError;
pub use location::Location;
