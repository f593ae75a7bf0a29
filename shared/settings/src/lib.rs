//! Settings that are declared once and read from the environment and the command line.
//!
//! A program declares each [`Setting`] as a constant: variable, option, default, parser and help. Everything else is derived from the
//! declaration: reading and checking ([`Reader`]), command-line options ([`arguments`], with the feature of that name) and reference tables
//! ([`mod@reference`]).
//!
//! The environment is passed in as a value. This crate never reads the process's own environment, so tests need not change it.
//!
//! ```
//! use settings::{Program, Reader, Setting, parse};
//!
//! const LAKE_URL: Setting<String> =
//!     Setting::required("LAKE_URL", "PATH|URL", parse::text, "Location of the lake").option("lake");
//! const MEMORY: Setting<u64> =
//!     Setting::new("MEMORY", "SIZE", "512MB", parse::size, "Memory limit of the process").option("memory");
//! const PROGRAM: Program = Program {
//!     name: "curate",
//!     settings: &[LAKE_URL.declaration(), MEMORY.declaration()],
//!     variables: &[],
//!     prefixes: &["CURATE_"],
//! };
//!
//! let environment = [("LAKE_ULR".into(), "/lake".into()), ("MEMORY".into(), "plenty".into())];
//! let mut reader = Reader::new(&PROGRAM, environment, []);
//! let read = reader.take(&LAKE_URL).zip(reader.take(&MEMORY));
//! // A missing, an invalid and a misspelled setting are reported together.
//! assert_eq!(reader.finish(read).unwrap_err().problems.len(), 3);
//! ```

#[cfg(feature = "arguments")]
pub mod arguments;
mod log_level;
pub mod parse;
mod problem;
mod reader;
pub mod reference;
mod setting;
mod spelling;

pub use log_level::LOG_LEVEL;
pub use problem::{Problem, Problems, Warning};
pub use reader::Reader;
pub use setting::{Declaration, Program, Setting, Variable};
