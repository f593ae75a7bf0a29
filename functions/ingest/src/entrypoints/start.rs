use crate::config::Config;
use crate::streams::OciStream;
use fn_kit::causes;
use fn_kit::entry::Program;
use fn_kit::log::{LogLines, init_lines};
use oci_requests::{Endpoint, Environment};
use oci_streaming::Connection;
use settings::Warning;
use std::ffi::OsString;

/// The process in which the function or the service runs.
pub const PROCESS: Program = Program {
    name: "ingest",
    version: env!("CARGO_PKG_VERSION"),
    help: "Put the records of HTTP requests on a stream",
    // One for the stream and one for the producers. More would be idle: signing and encoding take a tenth of one.
    workers: 2,
    // These threads split long bodies.
    blocking: 4,
};

/// Reads the settings, starts the log and prepares the stream. Sends nothing.
///
/// # Errors
///
/// Returns a message for the user who starts the program: all invalid settings, or else why OCI cannot be reached with this environment.
pub(crate) fn start(
    environment: Vec<(OsString, OsString)>,
    options: Vec<(&'static str, String)>,
) -> Result<(Config, OciStream), String> {
    let variables: Environment = environment.iter().cloned().collect();
    let (config, warnings) = Config::read(environment, options).map_err(|problems| {
        warn(&problems.warnings);
        problems.to_string()
    })?;
    warn(&warnings);
    let connection = Connection::from_environment(&variables).map_err(|error| {
        let causes = causes(&error).join("\n  ");
        format!("cannot set up access to OCI with these OCI_ variables\n  {causes}")
    })?;
    let mut client = connection.stream(&config.stream_id);
    if let Some(endpoint) = &config.stream_endpoint {
        let endpoint: Endpoint =
            endpoint.parse().map_err(|problem| format!("STREAM_ENDPOINT {endpoint:?}: {problem}"))?;
        client = client.messages_endpoint(endpoint);
    }
    init_lines(config.log_level, LogLines::to_stderr(config.log_format));
    let stream = OciStream::new(client).partition_rate(config.partition_rate);
    Ok((config, stream))
}

fn warn(warnings: &[Warning]) {
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
}
