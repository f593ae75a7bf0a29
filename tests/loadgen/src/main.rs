//! `loadgen`: traffic, and what comes of it.

use clap::Parser;
use loadgen::{Arguments, Command, grid, passages, stream};
use std::process::ExitCode;

/// The load could not be run, or a report not be written.
const FAILURE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        // Records that are lost are for a script to see.
        Command::Stream(arguments) => stream(&arguments).await,
        Command::Sweep(arguments) => grid(&arguments).await.map(|()| true),
        Command::Pipeline(arguments) => passages(&arguments).await.map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("loadgen: {problem}");
            ExitCode::from(FAILURE)
        }
    }
}
