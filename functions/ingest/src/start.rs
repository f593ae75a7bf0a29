use crate::config::Config;
use crate::oci::OciStream;
use fdk::chain;
use oci_client::{Endpoint, Environment};
use oci_streaming::Connection;
use std::ffi::OsString;

/// What both doors start with: the settings and the stream. Asks nobody.
///
/// # Errors
///
/// What is wrong, as a text for whoever starts the program: all settings that are, or else why OCI cannot be reached as the environment says.
pub(crate) fn read(
    environment: Vec<(OsString, OsString)>,
    flags: Vec<(&'static str, String)>,
) -> Result<(Config, OciStream), String> {
    let variables: Environment = environment.iter().cloned().collect();
    let (config, warnings) = Config::read(environment, flags).map_err(|problems| problems.to_string())?;
    for warning in warnings {
        eprintln!("ingest: {warning}");
    }
    let connection = Connection::from_environment(&variables)
        .map_err(|error| format!("OCI cannot be reached with these OCI_ variables: {}", chain(&error)))?;
    let mut client = connection.stream(&config.stream_id);
    if let Some(endpoint) = &config.stream_endpoint {
        let endpoint: Endpoint =
            endpoint.parse().map_err(|problem| format!("STREAM_ENDPOINT={endpoint}: {problem}"))?;
        client = client.messages_endpoint(endpoint);
    }
    let stream = OciStream::new(client).partition_rate(config.partition_rate);
    Ok((config, stream))
}
