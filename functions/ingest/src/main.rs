//! The program `ingest`: a function if the platform sets `FN_LISTENER`, otherwise a service.

use clap::Command;
use fn_kit::entry::usage;
use ingest::PROCESS;
use std::ffi::OsString;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = Command::new(PROCESS.name).version(PROCESS.version).max_term_width(100);
    let matches = ingest::command(command, PROCESS.name).get_matches();
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    match fn_kit::Contract::from_environment(&environment) {
        Ok(Some(_)) if std::env::args_os().len() > 1 => {
            usage(&"FN_LISTENER is set, so this program runs as a function, which accepts no arguments")
        }
        Ok(Some(contract)) => PROCESS.block_on(ingest::run_function(contract, environment)),
        Ok(None) => ingest::run_service(&matches, environment),
        Err(error) => usage(&fn_kit::causes(&error).join("\n  ")),
    }
}
