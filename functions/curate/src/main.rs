//! `curate`: a function where the platform says so, by `FN_LISTENER`, and else a command.

mod allocator;

use clap::Parser;
use std::ffi::OsString;
use std::future::Future;
use std::process::ExitCode;

/// Threads for requests: they wait, the pool's threads work.
const IO_THREADS: usize = 2;

/// Threads that may block: they write files, and a lake in a cloud has none. Some 50 threads are all a function may have.
const BLOCKING_THREADS: usize = 32;

fn main() -> ExitCode {
    allocator::use_one_heap();
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let contract = match fdk::Contract::from_environment(&environment) {
        Ok(contract) => contract,
        Err(error) => return fail(&error),
    };
    match contract {
        Some(_) if std::env::args_os().len() > 1 => {
            fail(&"FN_LISTENER is set, so this is the function, which takes no arguments")
        }
        Some(contract) => block_on(curate::run_function(contract, environment)),
        None => block_on(curate::run(curate::Arguments::parse(), environment)),
    }
}

fn block_on(program: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(IO_THREADS)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(program),
        Err(error) => fail(&format_args!("cannot start: {error}")),
    }
}

fn fail(problem: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("curate: {problem}");
    ExitCode::FAILURE
}
