//! Runs the local cloud until a signal stops it.

use std::io;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgMatches, FromArgMatches};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

use super::arguments::Arguments;
use super::error::CliError;
use super::{greeting, log, open_files};
use crate::emulator::Emulator;

/// How long shutdown waits for work that cannot be interrupted, such as a start that opens many files.
const GRACE: Duration = Duration::from_secs(2);

/// Runs the local cloud until SIGINT or SIGTERM, prints the error if there is one, and returns the exit code.
///
/// `matches` come from [`command`](super::command). `function_command` is the command line that runs `curate` or `ingest` as a
/// function when its name is appended; if it is empty, the programs of these names are used.
pub fn run(matches: &ArgMatches, function_command: Vec<String>) -> ExitCode {
    let arguments = Arguments::from_arg_matches(matches).unwrap_or_else(|error| error.exit());
    log::init(arguments.log_level, arguments.log_format);
    let ran = Runtime::new().map_err(CliError::from).and_then(|runtime| {
        let ran = runtime.block_on(serve(&arguments, function_command));
        runtime.shutdown_timeout(GRACE);
        ran
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.print();
            error.exit_code().into()
        }
    }
}

async fn serve(arguments: &Arguments, function_command: Vec<String>) -> Result<(), CliError> {
    open_files::raise_limit();
    let options = arguments.options(function_command)?;
    let greeting = greeting::Context::new(&options, arguments.verbose);
    let mut stop = Box::pin(stop_signal()?);
    let cloud = tokio::select! {
        started = Emulator::start(options) => started?,
        () = &mut stop => return Ok(()),
    };
    greeting.print(&cloud)?;
    stop.await;
    cloud.stop().await;
    Ok(greeting.print_end()?)
}

/// Returns a future that ends with the first SIGINT or SIGTERM.
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
