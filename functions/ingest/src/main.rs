//! `ingest`: a function where the platform says so, by `FN_LISTENER`, and else a service.

use clap::Parser;
use std::ffi::OsString;
use std::future::Future;
use std::process::ExitCode;

/// Threads: one for the stream, one for who calls. More find nothing to do: signing and encoding take a tenth of one.
const THREADS: usize = 2;

/// Threads that may block: they take long bodies apart. Some 50 threads are all a function may have.
const BLOCKING_THREADS: usize = 4;

fn main() -> ExitCode {
    let environment: Vec<(OsString, OsString)> = std::env::vars_os().collect();
    let contract = match fdk::Contract::from_environment(&environment) {
        Ok(contract) => contract,
        Err(error) => return fail(&error),
    };
    match contract {
        Some(_) if std::env::args_os().len() > 1 => {
            fail(&"FN_LISTENER is set, so this is the function, which takes no arguments")
        }
        Some(contract) => block_on(ingest::run_function(contract, environment)),
        None => block_on(ingest::run(ingest::Arguments::parse(), environment)),
    }
}

fn block_on(program: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(program),
        Err(error) => fail(&format_args!("cannot start: {error}")),
    }
}

fn fail(problem: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("ingest: {problem}");
    ExitCode::FAILURE
}
