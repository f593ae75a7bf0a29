//! The settings of the function and the service, read and checked.

mod declarations;

pub use declarations::PROGRAM;

use crate::request::Admission;
use declarations::{
    ENVELOPE, KEY, LISTEN, LOG_FORMAT, LOG_LEVEL, MAX_BODY, MAX_HELD, MAX_SECONDS, ORDER, PARTITION_RATE,
    STREAM_ENDPOINT, STREAM_ID, TABLE_SCHEMA,
};
use fn_kit::log::Format;
use sender::Order;
use settings::{Problems, Reader, Warning};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::Duration;
use tracing::level_filters::LevelFilter;

/// The checked settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// The stream's OCID.
    pub stream_id: String,
    /// The URL of the stream's messages endpoint, or `None` to look it up.
    pub stream_endpoint: Option<String>,
    /// Which records stay in order.
    pub order: Order,
    /// How requests are split into records.
    pub admission: Admission,
    /// Bytes per second that a partition accepts, or `None` for no limit.
    pub partition_rate: Option<u64>,
    /// The least severe level that is logged.
    pub log_level: LevelFilter,
    /// The format of log lines.
    pub log_format: Format,
    /// The settings that only the service has.
    pub service: ServiceConfig,
}

/// The settings that only the service has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceConfig {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// How long a request's records may take to reach the stream.
    pub patience: Duration,
    /// Maximum bytes of bodies, records and responses held at once.
    pub max_held: usize,
}

impl Config {
    /// Reads the settings from `options` (name without dashes, value) and from `environment`. Options take precedence.
    ///
    /// # Errors
    ///
    /// Reports all problems together.
    pub fn read(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        options: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<(Self, Vec<Warning>), Problems> {
        let mut reader = Reader::new(&PROGRAM, environment, options);
        let config = take(&mut reader);
        reader.finish(config)
    }
}

/// Reads every setting. Returns `None` if there is a problem with any of them.
fn take(reader: &mut Reader) -> Option<Config> {
    let stream_id = reader.take(&STREAM_ID);
    let stream_endpoint = reader.take(&STREAM_ENDPOINT);
    let key = reader.take(&KEY);
    let wrapper = reader.take(&ENVELOPE);
    let schema = reader.take(&TABLE_SCHEMA);
    let order = reader.take(&ORDER);
    let max_body = reader.take(&MAX_BODY);
    let log_level = reader.take(&LOG_LEVEL);
    let log_format = reader.take(&LOG_FORMAT);
    let partition_rate = reader.take(&PARTITION_RATE);
    let service = service(reader, max_body);
    let admission =
        (|| Some(Admission { key: key?, wrapper: wrapper?, schema: schema?, max_body: max_body? }))();
    Some(Config {
        stream_id: stream_id?,
        stream_endpoint: stream_endpoint?,
        order: order?,
        admission: admission?,
        partition_rate: partition_rate?,
        log_level: log_level?,
        log_format: log_format?,
        service: service?,
    })
}

fn service(reader: &mut Reader, max_body: Option<usize>) -> Option<ServiceConfig> {
    let listen = reader.take(&LISTEN);
    let patience = reader.take(&MAX_SECONDS);
    let max_held = reader.take(&MAX_HELD);
    if max_held? < max_body?.saturating_mul(2) {
        let problem = "is less than twice MAX_BODY: it must hold a body both compressed and decompressed";
        reader.invalid(&MAX_HELD, problem.into());
        return None;
    }
    Some(ServiceConfig { listen: listen?, patience: patience?, max_held: max_held? })
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
