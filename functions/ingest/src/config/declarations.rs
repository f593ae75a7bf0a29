//! Declarations of the settings.

use crate::request::{KeyRules, Wrapper};
use crate::schema_file;
use fn_kit::log::Format;
use sender::Order;
use settings::{Program, Setting, Variable, parse};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use table::Schema;
use tracing::level_filters::LevelFilter;

pub(super) const STREAM_ID: Setting<String> =
    Setting::required("STREAM_ID", "OCID", stream_id, "The stream's OCID").option("stream").group(STREAM);

pub(super) const STREAM_ENDPOINT: Setting<Option<String>> = Setting::new(
    "STREAM_ENDPOINT",
    "URL",
    LOOK_UP,
    endpoint,
    "URL of the stream's messages endpoint; with look-up, ingest asks the service for it (GetStream) before it sends the first record",
)
.option("stream-endpoint")
.group(STREAM);

pub(super) const KEY: Setting<KeyRules> = Setting::required(
    "KEY",
    "RULES",
    KeyRules::parse,
    "Where to find a record's key: header:NAME, query:NAME, pointer:/PATH in the record as sent, subject of a CloudEvent, or none. Several rules, \
     separated by commas, are tried in turn; none as the last rule allows records without a key",
)
.option("key")
.group(RECORDS);

pub(super) const ENVELOPE: Setting<Wrapper> = Setting::new(
    "ENVELOPE",
    "NAME",
    "none",
    Wrapper::parse,
    "Wrapper around each record: none, or journal, which is {uuid, run_id, scenario, timestamp, data}",
)
.option("envelope")
.group(RECORDS);

pub(super) const TABLE_SCHEMA: Setting<Option<Arc<Schema>>> = Setting::new(
    "TABLE_SCHEMA",
    "NAME|PATH|JSON",
    schema_file::NONE,
    schema_file::read,
    "Schema that records must match, so that curate quarantines none of them: the name of a built-in schema, the path of a schema file, \
     or its JSON; none for no check",
)
.option("schema")
.group(RECORDS);

pub(super) const ORDER: Setting<Order> = Setting::new(
    "ORDER",
    "WHAT",
    "key",
    order,
    "What stays in order: key, so that a record never overtakes an earlier one with the same key, even when some are retried; or none, \
     which is faster",
)
.option("order")
.group(STREAM);

pub(super) const MAX_BODY: Setting<usize> = Setting::new(
    "MAX_BODY",
    "SIZE",
    "6MiB",
    max_body,
    "Maximum size of a request body, both as received and decompressed; the gateway and OCI Functions accept 6 MiB",
)
.option("max-body")
.group(LIMITS);

pub(super) const LISTEN: Setting<SocketAddr> = Setting::new(
    "LISTEN",
    "ADDRESS:PORT",
    "0.0.0.0:8080",
    listen,
    "Service only: address and port to listen on",
)
.option("listen");

pub(super) const MAX_SECONDS: Setting<Duration> = Setting::new(
    "MAX_SECONDS",
    "N",
    "30",
    max_seconds,
    "Service only: seconds in which a request's records must reach the stream; a function's limit is that of its invocation",
)
.option("max-seconds")
.group(LIMITS);

pub(super) const MAX_HELD: Setting<usize> = Setting::new(
    "MAX_HELD",
    "SIZE",
    "64MB",
    max_held,
    "Service only: maximum bytes of bodies, records and responses held at once; requests beyond that get 429",
)
.option("max-held")
.group(LIMITS);

pub(super) const PARTITION_RATE: Setting<Option<u64>> = Setting::new(
    "PARTITION_RATE",
    "SIZE",
    "1MB",
    partition_rate,
    "Maximum bytes per second that ingest sends to a partition of the stream, which accepts 1 MB; none for no limit",
)
.option("partition-rate")
.group(STREAM);

pub(super) const LOG_LEVEL: Setting<LevelFilter> = settings::LOG_LEVEL.group(LOGGING);

pub(super) const LOG_FORMAT: Setting<Format> = Setting::new(
    "LOG_FORMAT",
    "FORMAT",
    AUTOMATIC,
    log_format,
    "Format of log lines on stderr: text, json, or auto for text on a terminal and json elsewhere",
)
.option("log-format")
.group(LOGGING);

/// Headings of the options in the help.
const STREAM: &str = "Stream";
const RECORDS: &str = "Records";
const LIMITS: &str = "Limits";
const LOGGING: &str = "Logging";

/// The variables that configure access to OCI. All are optional.
const OCI_VARIABLES: &[Variable] = &Variable::of_libraries::<
    { oci_requests::VARIABLES.len() + oci_streaming::VARIABLES.len() },
>(&[oci_requests::VARIABLES, oci_streaming::VARIABLES]);

/// The settings of the function and the service.
pub const PROGRAM: Program = Program {
    name: "ingest",
    settings: &[
        STREAM_ID.declaration(),
        STREAM_ENDPOINT.declaration(),
        KEY.declaration(),
        ENVELOPE.declaration(),
        TABLE_SCHEMA.declaration(),
        ORDER.declaration(),
        MAX_BODY.declaration(),
        LISTEN.declaration(),
        MAX_SECONDS.declaration(),
        MAX_HELD.declaration(),
        PARTITION_RATE.declaration(),
        LOG_LEVEL.declaration(),
        LOG_FORMAT.declaration(),
    ],
    variables: OCI_VARIABLES,
    prefixes: &["BRONZEWORKS_", "INGEST_"],
};

/// The value that has the endpoint looked up.
const LOOK_UP: &str = "look-up";

/// Maximum of `MAX_BODY` in bytes. A body is held in memory as a whole, with its records.
const MAX_MAX_BODY: u64 = 64 << 20;

/// The value for no limit.
const NO_RATE: &str = "none";

/// The value that makes the format depend on where the log goes.
const AUTOMATIC: &str = "auto";

/// Maximum of `MAX_SECONDS`, the same as for a function.
const MAX_MAX_SECONDS: u64 = 300;

fn listen(address: &str) -> Result<SocketAddr, String> {
    address.parse().map_err(|_| "expected an IP address and a port, such as 0.0.0.0:8080".into())
}

fn max_seconds(seconds: &str) -> Result<Duration, String> {
    match parse::count(seconds)? as u64 {
        seconds if seconds > MAX_MAX_SECONDS => Err(format!("expected at most {MAX_MAX_SECONDS}")),
        seconds => Ok(Duration::from_secs(seconds)),
    }
}

fn max_held(size: &str) -> Result<usize, String> {
    usize::try_from(parse::size(size)?).map_err(|_| "is too large for this machine".into())
}

fn stream_id(id: &str) -> Result<String, String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    match id.starts_with("ocid1.stream.") && id.chars().all(is_part) {
        true => Ok(id.into()),
        false => Err("is not a stream's OCID, which starts with ocid1.stream. and has only letters, digits, '.', '_' and '-'".into()),
    }
}

fn endpoint(url: &str) -> Result<Option<String>, String> {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        _ if url == LOOK_UP => Ok(None),
        Some(host) if !host.is_empty() => Ok(Some(url.into())),
        _ => Err(format!("expected a URL or {LOOK_UP}")),
    }
}

fn order(order: &str) -> Result<Order, String> {
    match order {
        "key" => Ok(Order::Key),
        "none" => Ok(Order::None),
        _ => Err("expected key or none".into()),
    }
}

fn max_body(size: &str) -> Result<usize, String> {
    match parse::size(size)? {
        0 => Err("expected more than 0 bytes".into()),
        size if size > MAX_MAX_BODY => Err(format!("expected at most {MAX_MAX_BODY} bytes")),
        size => Ok(size as usize),
    }
}

fn partition_rate(rate: &str) -> Result<Option<u64>, String> {
    if rate == NO_RATE {
        return Ok(None);
    }
    match parse::size(rate)? {
        0 => Err("expected more than 0 bytes".into()),
        rate => Ok(Some(rate)),
    }
}

fn log_format(format: &str) -> Result<Format, String> {
    match format {
        AUTOMATIC => Ok(Format::of_stderr()),
        format => format.parse().map_err(|_| format!("expected text, json or {AUTOMATIC}")),
    }
}
