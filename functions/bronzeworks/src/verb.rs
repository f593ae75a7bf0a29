use clap::{ArgMatches, Command};
use std::ffi::OsString;
use std::process::ExitCode;

/// The environment of the process, as a value.
pub(crate) type Environment = Vec<(OsString, OsString)>;

/// A verb of the tool.
pub(crate) struct Verb {
    /// The name of the verb on the command line.
    pub(crate) name: &'static str,
    /// Adds the verb's arguments and help to a command with its name.
    pub(crate) command: fn(Command) -> Command,
    /// Runs the verb and returns its exit code.
    pub(crate) run: fn(&ArgMatches, Environment) -> ExitCode,
}
