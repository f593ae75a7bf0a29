//! The emulator as a program: see `emulator --help`.

mod arguments;
mod open_files;
mod programs;
mod welcome;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use emulator::Emulator;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use crate::arguments::Arguments;
use crate::programs::Missing;
use crate::welcome::Asked;

/// How long the end waits for what does not let itself be interrupted, such as a start that opens many files.
const GRACE: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let ran = Runtime::new().map_err(Into::into).and_then(|runtime| {
        let ran = runtime.block_on(run());
        runtime.shutdown_timeout(GRACE);
        ran
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_max_level(arguments.log_level)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    open_files::raise_limit();
    let options = arguments.options()?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let pipeline = options.pipeline.as_ref();
    let missing = pipeline.and_then(|pipeline| Missing::of(pipeline, options.programs.as_deref()));
    let asked = Asked {
        namespace: options.namespace.clone(),
        region: options.region.clone(),
        bucket: options.buckets.first().cloned().unwrap_or_else(|| "BUCKET".to_owned()),
        state: options.state.as_ref().map(|folder| folder.display().to_string()),
        pipeline: pipeline.is_some(),
        notice: missing.as_ref().map(Missing::notice),
    };
    let cloud = tokio::select! {
        started = Emulator::start(options) => started?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    welcome::print(&cloud, &asked)?;
    let compiling = missing.map(|missing| tokio::spawn(missing.compile()));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    // Cargo goes with the task.
    compiling.inspect(JoinHandle::abort);
    cloud.stop().await;
    Ok(())
}
