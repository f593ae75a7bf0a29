use crate::publisher::{PublishOptions, Publisher};
use crate::service::{Front, Server};
use crate::start::read;
use crate::stream::Stream;
use clap::Parser;
use fdk::chain;
use std::ffi::OsString;
use std::process::ExitCode;

/// Take records by HTTP and put them on a stream, as an always-on service.
///
/// Each option can also be given as an environment variable, named in brackets.
#[derive(Debug, Clone, Parser)]
#[allow(rustdoc::broken_intra_doc_links, reason = "the help's brackets are not links")]
#[command(name = "ingest", bin_name = "ingest", version, max_term_width = 100)]
#[command(
    after_help = "With FN_LISTENER in its environment it is a function of OCI or Fn instead, configured by the variables \
                        above. The README tells of both."
)]
pub struct Arguments {
    /// The address to listen on, by default 0.0.0.0:8080 [LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// The stream's OCID; required [STREAM_ID]
    #[arg(long, value_name = "OCID")]
    pub stream: Option<String>,
    /// The stream's messages endpoint, by default look-up: the service is asked for it [STREAM_ENDPOINT]
    #[arg(long, value_name = "URL")]
    pub stream_endpoint: Option<String>,
    /// Where a record's key is: header:NAME, query:NAME, pointer:/PATH, subject or none; required [KEY]
    #[arg(long, value_name = "RULES")]
    pub key: Option<String>,
    /// What is put around each record: none (the default) or journal [ENVELOPE]
    #[arg(long, value_name = "NAME")]
    pub envelope: Option<String>,
    /// The table whose rows the records have to be, by default none [TABLE_SCHEMA]
    #[arg(long, value_name = "NAME|PATH|JSON")]
    pub schema: Option<String>,
    /// What stays in order: key (the default) or none [ORDER]
    #[arg(long, value_name = "WHAT")]
    pub order: Option<String>,
    /// The longest body, by default 6MB [MAX_BODY]
    #[arg(long, value_name = "SIZE")]
    pub max_body: Option<String>,
    /// How long a request's records have to get to the stream, by default 30 [MAX_SECONDS]
    #[arg(long, value_name = "N")]
    pub max_seconds: Option<String>,
    /// Bytes of bodies, records and answers held at once, by default 64MB [MAX_HELD]
    #[arg(long, value_name = "SIZE")]
    pub max_held: Option<String>,
    /// What a partition takes in a second, by default 1MB; or none [PARTITION_RATE]
    #[arg(long, value_name = "SIZE")]
    pub partition_rate: Option<String>,
    /// The least important lines that are logged, by default info [LOG_LEVEL]
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

impl Arguments {
    fn settings(&self) -> Vec<(&'static str, String)> {
        let options = [
            ("listen", &self.listen),
            ("stream", &self.stream),
            ("stream-endpoint", &self.stream_endpoint),
            ("key", &self.key),
            ("envelope", &self.envelope),
            ("schema", &self.schema),
            ("order", &self.order),
            ("max-body", &self.max_body),
            ("max-seconds", &self.max_seconds),
            ("max-held", &self.max_held),
            ("partition-rate", &self.partition_rate),
            ("log-level", &self.log_level),
        ];
        options.into_iter().filter_map(|(flag, value)| Some((flag, value.clone()?))).collect()
    }
}

/// Wrong usage.
const USAGE: u8 = 2;

/// Runs the service until SIGTERM or SIGINT, and finishes what it accepted: exit code 0. 1 when it cannot listen, 2 for wrong usage.
///
/// No request is sent before the first one came.
pub async fn run(arguments: Arguments, environment: Vec<(OsString, OsString)>) -> ExitCode {
    let (config, stream) = match read(environment, arguments.settings()) {
        Ok(read) => read,
        Err(problem) => {
            eprintln!("ingest: {problem}");
            return ExitCode::from(USAGE);
        }
    };
    fdk::log::init(config.log_level);
    let (limits, service) = (stream.limits(), config.service);
    let options = PublishOptions { bytes: service.max_held, ..PublishOptions::service(config.order) };
    let publisher = Publisher::service(stream, options);
    let front = Front::new(config.admission, limits, publisher, service.max_held, service.patience);
    let listening = match Server::bind(service.listen, front).await {
        Ok(server) => server.address().map(|address| (server, address)),
        Err(error) => Err(error),
    };
    match listening {
        Ok((server, address)) => {
            // Whoever started it with port 0 learns it from this line.
            tracing::info!(%address, "listening");
            server.serve().await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("cannot listen on {}: {}", service.listen, chain(&error));
            ExitCode::FAILURE
        }
    }
}
