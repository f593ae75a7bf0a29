//! Turns the stream connector's bronze objects into exact, typed Parquet, with a receipt for each.
//!
//! ```text
//! entrypoints/   how events arrive: the function, one file per platform
//! deliveries/    what is done with events, and how it is reported
//! events/        a parser per cloud: a delivery → events
//! curator/       one object, from receipt to receipt
//! config/        settings, read and checked
//! open_lake      which schema a run uses, and whether it fits the lake's table
//! schema_file    the table's schema, built in or from a file
//! locations/     addresses → stores → objects
//! error          why an object was not curated
//! ```
//!
//! Each module uses only those below it. [`run_function`] serves the function. The command line, `bronzeworks curate`, uses [`Curator`]
//! directly.

mod allocator;
mod config;
mod curator;
mod deliveries;
mod entrypoints;
mod error;
mod events;
mod locations;
mod open_lake;
mod schema_file;

pub use allocator::use_one_heap;
pub use config::{CHECK, COMMAND, CheckConfig, CommandConfig, Config, FUNCTION, SAMPLE, SampleConfig};
pub use curator::{Checked, Checker, Consumed, Curator, Job, Outcome};
pub use entrypoints::run_function;
pub use error::CurateError;
pub use locations::{Address, Beginning, Found, Ignored, Location, Names, OCI_VARIABLES, Search, Source};
pub use open_lake::{OpenLake, SchemaOrigin};
pub use schema_file::{SchemaFileError, read_schema};

use fn_kit::entry::Program;

/// The process in which the function runs.
pub const PROCESS: Program = Program {
    name: "curate",
    version: env!("CARGO_PKG_VERSION"),
    help: HELP,
    workers: IO_THREADS,
    blocking: BLOCKING_THREADS,
};

/// Number of threads for requests, which mostly wait. The CPU work is done by the curator's threads.
const IO_THREADS: usize = 2;

/// Number of threads that may block. They write files, which a lake in a cloud does not need. Fn allows a container about 50 threads in
/// total.
const BLOCKING_THREADS: usize = 32;

const HELP: &str = "\
Turns bronze objects into exact, typed Parquet, as a function of OCI Functions or the Fn Project.

The platform starts this program with FN_LISTENER in its environment. Its settings are environment variables; the required ones are:
  SOURCE_URL  the bucket whose objects the function curates: oci://bucket@namespace/folder
  LAKE_URL    the location of the lake: an oci:// or s3:// URL

Examples:
  bronzeworks local                                          # run the function on this machine, with a local cloud
  bronzeworks curate bronze/ --lake ./lake                   # curate objects from the command line

`bronzeworks settings curate-function` lists all settings. To curate objects from the command line, run `bronzeworks curate`.

Options:
  -h, --help     Print help
  -V, --version  Print version";
