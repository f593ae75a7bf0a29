//! The program of the function.

use curate::PROGRAM;
use std::process::ExitCode;

fn main() -> ExitCode {
    curate::use_one_heap();
    let start = match PROGRAM.start() {
        Ok(start) => start,
        Err(code) => return code,
    };
    match start.contract {
        Some(contract) => PROGRAM.block_on(curate::run_function(contract, start.environment)),
        None => PROGRAM.needs_listener("to curate objects from the command line, run `bronzeworks curate`"),
    }
}
