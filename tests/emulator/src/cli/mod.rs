//! The command line, which `bronzeworks local` runs.

mod arguments;
mod error;
mod greeting;
mod log;
mod open_files;
mod run;

pub use arguments::{Arguments, command};
pub use run::run;
