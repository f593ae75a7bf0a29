use crate::admission::Admission;
use crate::envelope::Envelope;
use crate::key::KeyRules;
use crate::publisher::Order;
use crate::schema_file;
use settings::{Problems, Setting, Settings, parse};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;
use tracing::level_filters::LevelFilter;

/// Every setting: what the function gets as its configuration, and the service as options or variables.
pub const SETTINGS: &[Setting] = &[
    Setting { name: "STREAM_ID", flag: "--stream", default: None, about: "the stream's OCID" },
    Setting {
        name: "STREAM_ENDPOINT",
        flag: "--stream-endpoint",
        default: Some(LOOK_UP),
        about: "the stream's messages endpoint, a URL; look-up asks the service for it, by GetStream, before the first record is put",
    },
    Setting {
        name: "KEY",
        flag: "--key",
        default: None,
        about: "where a record's key is: header:NAME, query:NAME, pointer:/PATH in the record as it was sent, subject of a CloudEvent, or \
                none; several are tried in turn, with commas between, and none at the end lets a record do without",
    },
    Setting {
        name: "ENVELOPE",
        flag: "--envelope",
        default: Some("none"),
        about: "what is put around each record: none, or journal, which is {uuid, run_id, scenario, timestamp, data}",
    },
    Setting {
        name: "TABLE_SCHEMA",
        flag: "--schema",
        default: Some(schema_file::NONE),
        about: "the table whose rows the records have to be, so that curate puts none into quarantine: the name of a built-in schema, the path of \
                a schema file, or its JSON; none for no such check",
    },
    Setting {
        name: "ORDER",
        flag: "--order",
        default: Some("key"),
        about: "key: a record never overtakes an earlier one of its key, also when some are sent again; none: it may, and is on the stream \
                sooner",
    },
    Setting {
        name: "MAX_BODY",
        flag: "--max-body",
        default: Some("6MiB"),
        about: "the longest body, on its way and gunzipped; the gateway and OCI Functions let 6 MiB through",
    },
    Setting {
        name: "LISTEN",
        flag: "--listen",
        default: Some("0.0.0.0:8080"),
        about: "for the service: the address to listen on, with the port",
    },
    Setting {
        name: "MAX_SECONDS",
        flag: "--max-seconds",
        default: Some("30"),
        about: "for the service: how long a request's records have to get to the stream, in seconds; a function has what its call has",
    },
    Setting {
        name: "MAX_HELD",
        flag: "--max-held",
        default: Some("64MB"),
        about: "for the service: bytes of bodies, their records and answers held at once; more is answered with 429",
    },
    Setting {
        name: "PARTITION_RATE",
        flag: "--partition-rate",
        default: Some("1MB"),
        about: "what a partition takes in a second, which is not gone beyond; none for no such limit",
    },
    Setting {
        name: "LOG_LEVEL",
        flag: "--log-level",
        default: Some("info"),
        about: "the least important lines that are logged: error, warn, info, debug, trace, or off for none",
    },
];

/// Beginnings of variables that are ours: what else begins with them is misspelt.
pub const PREFIXES: &[&str] = &["STREAM_", "TABLE_", "PARTITION_", "INGEST_", "MAX_BODY", "ENVELOPE"];

/// The endpoint is asked for.
const LOOK_UP: &str = "look-up";

/// Longest body that can be set: one is held whole, with its records.
const MOST_BODY: u64 = 64 << 20;

/// Partitions take what comes.
const NO_RATE: &str = "none";

/// What a function has at most, too.
const MOST_SECONDS: u64 = 300;

/// Everything the work depends on, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The stream's OCID.
    pub stream_id: String,
    /// The URL of the stream's messages endpoint; `None` to ask for it.
    pub stream_endpoint: Option<String>,
    /// Whether records of one key stay in order.
    pub order: Order,
    /// How requests are taken apart.
    pub admission: Admission,
    /// Bytes a second that a partition takes; `None` for no limit.
    pub partition_rate: Option<u64>,
    /// The least important lines that are logged.
    pub log_level: LevelFilter,
    /// What only the service needs.
    pub service: ServiceConfig,
}

/// What only the service needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How long a request's records have.
    pub patience: Duration,
    /// Bytes of bodies held at once, and of records.
    pub max_held: usize,
}

impl Config {
    /// Reads the settings of the command line, given by `flags` (option and value), else by `environment`.
    ///
    /// # Errors
    ///
    /// All problems, if there are any.
    pub fn read(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<Self, Problems> {
        let mut settings = Settings::new(SETTINGS, PREFIXES, environment, flags);
        let config = take(&mut settings);
        settings.finish()?;
        Ok(config.expect("what is missing or wrong was told"))
    }
}

/// Takes every setting; `None` where there is a problem with any.
fn take(settings: &mut Settings) -> Option<Config> {
    let stream_id = settings.take("STREAM_ID", stream_id);
    let stream_endpoint = settings.take("STREAM_ENDPOINT", endpoint);
    let key = settings.take("KEY", KeyRules::parse);
    let envelope = settings.take("ENVELOPE", Envelope::parse);
    let schema = settings.take("TABLE_SCHEMA", schema_file::read);
    let order = settings.take("ORDER", order);
    let max_body = settings.take("MAX_BODY", max_body);
    let log_level = settings.take("LOG_LEVEL", log_level);
    let partition_rate = settings.take("PARTITION_RATE", partition_rate);
    let service = service(settings, max_body);
    let admission =
        (|| Some(Admission { key: key?, envelope: envelope?, schema: schema?, max_body: max_body? }))();
    Some(Config {
        stream_id: stream_id?,
        stream_endpoint: stream_endpoint?,
        order: order?,
        admission: admission?,
        partition_rate: partition_rate?,
        log_level: log_level?,
        service: service?,
    })
}

fn service(settings: &mut Settings, max_body: Option<usize>) -> Option<ServiceConfig> {
    let listen = settings.take("LISTEN", |address| {
        address.parse().map_err(|_| "expected an IP address and a port, such as 0.0.0.0:8080".into())
    });
    let patience = settings.take("MAX_SECONDS", |seconds| match parse::count(seconds)? {
        seconds if seconds as u64 > MOST_SECONDS => Err(format!("nobody waits for more than {MOST_SECONDS}")),
        seconds => Ok(Duration::from_secs(seconds as u64)),
    });
    let max_held = settings.take("MAX_HELD", |size| {
        usize::try_from(parse::size(size)?).map_err(|_| "is more than there can be".into())
    });
    if max_held? < max_body?.saturating_mul(2) {
        settings.wrong("MAX_HELD", "has no room for a body of MAX_BODY bytes and its text, gunzipped".into());
        return None;
    }
    Some(ServiceConfig { listen: listen?, patience: patience?, max_held: max_held? })
}

fn stream_id(id: &str) -> Result<String, String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    match id.starts_with("ocid1.stream.") && id.chars().all(is_part) {
        true => Ok(id.into()),
        false => Err("is no stream's OCID: those begin with ocid1.stream., and have only letters, digits, '.', '_' and '-'".into()),
    }
}

fn endpoint(url: &str) -> Result<Option<String>, String> {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        _ if url == LOOK_UP => Ok(None),
        Some(host) if !host.is_empty() => Ok(Some(url.into())),
        _ => Err(format!("expected a URL, or {LOOK_UP}")),
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
        0 => Err("no record is that short".into()),
        size if size > MOST_BODY => Err(format!("more than {MOST_BODY} bytes are not held whole")),
        size => Ok(size as usize),
    }
}

fn partition_rate(rate: &str) -> Result<Option<u64>, String> {
    if rate == NO_RATE {
        return Ok(None);
    }
    match parse::size(rate)? {
        0 => Err("nothing would pass".into()),
        rate => Ok(Some(rate)),
    }
}

fn log_level(level: &str) -> Result<LevelFilter, String> {
    // Numbers are levels to the parser, too: nobody knows which.
    let known = level.parse().ok().filter(|_| !level.starts_with(char::is_numeric));
    known.ok_or_else(|| "expected error, warn, info, debug, trace or off".into())
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
