use clap::{ArgMatches, Command};
use std::ffi::OsString;
use std::process::ExitCode;

/// The environment of the process, as a value.
pub(crate) type Environment = Vec<(OsString, OsString)>;

/// One thing the tool can do.
pub(crate) struct Verb {
    /// What people type.
    pub(crate) name: &'static str,
    /// Adds arguments and help to a command of that name.
    pub(crate) command: fn(Command) -> Command,
    /// Runs it to its exit code.
    pub(crate) run: fn(&ArgMatches, Environment) -> ExitCode,
}
