//! `bronzeworks function NAME`: runs one of the functions as its own program would. The local cloud starts its functions this way.

use crate::terminal::{Terminal, exit};
use crate::verb::{Environment, Verb};
use clap::{Arg, ArgMatches, Command};
use fn_kit::Contract;
use std::process::ExitCode;

pub(crate) const VERB: Verb = Verb { name: "function", command, run };

fn command(command: Command) -> Command {
    let name = Arg::new("name").value_name("NAME").value_parser(["curate", "ingest"]).required(true);
    command.about("Run as a function: serve the Fn contract on FN_LISTENER").hide(true).arg(name)
}

fn run(matches: &ArgMatches, environment: Environment) -> ExitCode {
    let terminal = Terminal::new(&environment);
    let contract = match Contract::from_environment(&environment) {
        Ok(Some(contract)) => contract,
        Ok(None) => {
            terminal.error_text(&"a function needs FN_LISTENER, which is not set");
            terminal.hint(&"to run the whole pipeline on this machine, run `bronzeworks local`");
            return ExitCode::from(exit::USAGE);
        }
        Err(error) => {
            terminal.error(&error);
            return ExitCode::from(exit::USAGE);
        }
    };
    match matches.get_one::<String>("name").map(String::as_str) {
        Some("curate") => {
            curate::use_one_heap();
            curate::PROCESS.block_on(curate::run_function(contract, environment))
        }
        _ => ingest::PROCESS.block_on(ingest::run_function(contract, environment)),
    }
}
