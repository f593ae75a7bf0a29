//! The program `curate`: the function.

use curate::PROCESS;
use std::process::ExitCode;

fn main() -> ExitCode {
    curate::use_one_heap();
    let start = match PROCESS.start() {
        Ok(start) => start,
        Err(code) => return code,
    };
    match start.contract {
        Some(contract) => PROCESS.block_on(curate::run_function(contract, start.environment)),
        None => PROCESS.needs_listener("to curate objects from the command line, run `bronzeworks curate`"),
    }
}
