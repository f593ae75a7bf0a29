//! `bronzeworks local`: runs a local cloud with the whole pipeline.

use crate::verb::{Environment, Verb};
use clap::ArgMatches;
use std::env;
use std::process::ExitCode;

pub(crate) const VERB: Verb = Verb { name: "local", command: emulator::cli::command, run };

/// Runs the local cloud. The pipeline's functions are this same program, so that an installed tool needs nothing else.
fn run(matches: &ArgMatches, _: Environment) -> ExitCode {
    let own = env::current_exe().ok().and_then(|path| path.into_os_string().into_string().ok());
    let function_command = own.map(|own| vec![own, super::function::VERB.name.to_owned()]);
    emulator::cli::run(matches, function_command.unwrap_or_default())
}
