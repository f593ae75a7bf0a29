use crate::handler::Handler;
use crate::publisher::{PublishOptions, Publisher};
use crate::start::read;
use crate::stream::Stream;
use fdk::Contract;
use fdk::chain;
use std::ffi::OsString;
use std::process::ExitCode;

/// Serves as a function, until the process is told to end: exit code 1 when a setting is wrong, all of which are told, or the socket cannot
/// be made.
///
/// No request is sent before the first call.
pub async fn run_function(contract: Contract, environment: Vec<(OsString, OsString)>) -> ExitCode {
    let (config, stream) = match read(environment, Vec::new()) {
        Ok(read) => read,
        Err(problem) => {
            eprintln!("ingest: {problem}");
            return ExitCode::FAILURE;
        }
    };
    fdk::log::init(config.log_level);
    let limits = stream.limits();
    let publisher = Publisher::function(stream, PublishOptions::function(config.order));
    match fdk::serve(contract, Handler::new(config.admission, limits, publisher)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{}", chain(&error));
            ExitCode::FAILURE
        }
    }
}
