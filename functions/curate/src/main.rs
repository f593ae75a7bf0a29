//! The `curate` command.

mod allocator;

use clap::Parser;
use std::process::ExitCode;

/// Threads for requests: they wait, the pool's threads work.
const IO_THREADS: usize = 2;

/// Threads that may block: one drives each object, the others write files. Some 50 threads are all a function may have.
const BLOCKING_THREADS: usize = 32;

fn main() -> ExitCode {
    allocator::use_one_heap();
    let arguments = curate::Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(IO_THREADS)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(curate::run(arguments, std::env::vars_os().collect())),
        Err(error) => {
            eprintln!("curate: cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
