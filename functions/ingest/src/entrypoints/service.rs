//! The always-on service: the function's handler behind its own HTTP server, for many concurrent requests.
//!
//! Modules, lowest first: `room` (memory for what is held), `body` (reading within limits), `metrics`, `measured` (a sender that measures
//! time), `front` (from a request to its response), `server` (connections and shutdown).

mod body;
mod front;
mod measured;
mod metrics;
mod open_request;
mod room;
mod server;
mod unserved;

use super::start::{PROCESS, start};
use crate::config::{Config, PROGRAM};
use crate::streams::OciStream;
use clap::{ArgMatches, Command};
use fn_kit::entry::{fail, usage};
use front::Front;
use sender::{SendOptions, Sender, Stream};
use server::Server;
use settings::arguments;
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

const ABOUT: &str = "Put the records of HTTP requests on a stream, as an always-on service";

const LONG_ABOUT: &str = "\
Put the records of HTTP requests on a stream, as an always-on service.

Producers POST JSON, JSON Lines or CloudEvents to any path. A record gets a 2xx only after the stream has confirmed it, and the response reports \
every record by its index. GET /healthz reports whether the service accepts records; GET /metrics returns metrics in the Prometheus text format.

Each option can also be given as the environment variable shown with it.";

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

/// Adds the service's options and help to a command that users start as `name`.
pub fn command(command: Command, name: &str) -> Command {
    command.about(ABOUT).long_about(LONG_ABOUT).args(arguments::options(&PROGRAM)).after_help(format!(
        "\
Examples:
  {name} --stream ocid1.stream.oc1..aaaa… --key pointer:/account,none
  {name} --stream ocid1.stream.oc1..aaaa… --key none --listen 127.0.0.1:8080
  curl http://127.0.0.1:8080/ -H 'Content-Type: application/json' -d '{{\"account\":\"A315\"}}'

Exit codes:
  0  success: all accepted requests were finished
  1  failure: cannot listen on the address
  2  usage or configuration error"
    ))
}

/// Runs the service until SIGTERM or SIGINT, then finishes what it has accepted. The exit codes are listed in the [`command`]'s help.
///
/// Sends nothing before the first request.
pub fn run_service(matches: &ArgMatches, environment: Vec<(OsString, OsString)>) -> ExitCode {
    let (config, stream) = match start(environment, arguments::given(&PROGRAM, matches)) {
        Ok(started) => started,
        Err(problem) => return usage(&problem),
    };
    PROCESS.block_on(async {
        match serve(config, stream).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error),
        }
    })
}

async fn serve(config: Config, stream: OciStream) -> Result<(), ListenError> {
    let (limits, service) = (stream.limits(), config.service);
    let options = SendOptions { bytes: service.max_held, ..SendOptions::service(config.order) };
    let sender = Sender::service(stream, options);
    let front = Front::new(config.admission, limits, sender, service.max_held, service.patience);
    let failed = |source| ListenError { address: service.listen, source };
    let server = Server::bind(service.listen, front).await.map_err(failed)?;
    let address = server.address().map_err(failed)?;
    // If the service was started with port 0, this line tells the port.
    tracing::info!(%address, "listening");
    server.serve().await;
    Ok(())
}
