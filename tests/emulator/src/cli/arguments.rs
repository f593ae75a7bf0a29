//! The command-line arguments, and the options that they set.

use std::fs::File;
use std::io::BufReader;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Command, ValueEnum};
use serde::de::DeserializeOwned;
use tracing::level_filters::LevelFilter;

use super::error::CliError;
use crate::events::EventsOptions;
use crate::options::Options;
use crate::pipeline::Pipeline;
use crate::streaming::{StreamSpec, StreamingOptions};

/// What the local cloud is started with.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// Address of the services; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8420", help_heading = ADDRESSES)]
    listen: SocketAddr,
    /// Address of the API gateway's deployments [default: 127.0.0.1:8421, or a free port if --listen has port 0]
    #[arg(long, value_name = "ADDRESS", help_heading = ADDRESSES)]
    gateway_listen: Option<SocketAddr>,

    /// Folder that keeps all state between runs
    #[arg(long, value_name = "FOLDER", default_value = "cloud", help_heading = STATE)]
    state: PathBuf,
    /// Empty the state folder first
    #[arg(long, help_heading = STATE)]
    fresh: bool,
    /// Keep all state in memory, and the credentials in a temporary folder
    #[arg(long, conflicts_with_all = ["state", "fresh"], help_heading = STATE)]
    in_memory: bool,

    /// Object Storage namespace
    #[arg(long, value_name = "NAME", default_value = "bronzeworks", help_heading = RESOURCES)]
    namespace: String,
    /// Region identifier
    #[arg(long, value_name = "REGION", default_value = "eu-frankfurt-1", help_heading = RESOURCES)]
    region: String,
    /// Bucket to create; repeatable
    #[arg(long = "bucket", value_name = "NAME", default_values = ["bronze", "lake"], help_heading = RESOURCES)]
    buckets: Vec<String>,
    /// Stream to create, with one partition unless stated; repeatable
    #[arg(long = "stream", value_name = "NAME[:PARTITIONS]", default_values = ["ledger:2"], help_heading = RESOURCES)]
    streams: Vec<StreamSpec>,
    /// Applications and functions to deploy: a JSON file [default: those in the state folder]
    #[arg(long, value_name = "FILE", help_heading = RESOURCES)]
    functions: Option<PathBuf>,
    /// Folder with the programs of functions whose command has no slash; if set, curate and ingest are also run from it
    #[arg(long, value_name = "FOLDER", help_heading = RESOURCES)]
    programs: Option<PathBuf>,
    /// Total memory of the functions that may run at the same time, in MB
    #[arg(long, value_name = "MB", default_value_t = Options::default().concurrency_mb, value_parser = clap::value_parser!(u64).range(MEMORY_FLOOR_MB..), help_heading = RESOURCES)]
    concurrency_mb: u64,

    /// Do not create the pipeline: the gateway's deployment, the connector, the rule and the functions
    #[arg(long, help_heading = PIPELINE)]
    bare: bool,
    /// Schema file of your own table, for both functions; ingest then refuses what curate would quarantine [default: the ledger's]
    #[arg(long, value_name = "FILE", conflicts_with = "bare", help_heading = PIPELINE)]
    schema: Option<PathBuf>,
    /// Where to find a record's key, in the form of ingest's setting KEY [default: the journal's reference, or none]
    #[arg(long, value_name = "RULES", conflicts_with = "bare", help_heading = PIPELINE)]
    key: Option<String>,
    /// Compressed size at which the pipeline's connector closes an object, in MB
    #[arg(long, value_name = "MB", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..), help_heading = PIPELINE)]
    rollover_mb: u64,
    /// Age at which the pipeline's connector closes an object; the service's default is 420000
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..), help_heading = PIPELINE)]
    rollover_ms: u64,

    /// Fault rules that apply from the start: a JSON array
    #[arg(long, value_name = "FILE", help_heading = FAULTS)]
    faults: Option<PathBuf>,
    /// Seed for faults that have a probability
    #[arg(long, value_name = "NUMBER", default_value_t = 1, help_heading = FAULTS)]
    seed: u64,
    /// Skip up to this many offsets between consecutive messages of a partition
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=1_000_000), help_heading = FAULTS)]
    stream_offset_gap: u64,

    /// Lift all of Streaming's limits, except those set by the options below
    #[arg(long, help_heading = LIMITS)]
    stream_unlimited: bool,
    /// Bytes per second written to a partition; 0 lifts the limit [default: 1000000]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    stream_write_bytes: Option<u64>,
    /// Messages per second written to a partition; 0 lifts the limit [default: 1000]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    stream_write_messages: Option<u64>,
    /// Reads per second of a partition by one consumer group; 0 lifts the limit [default: 5]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    stream_reads: Option<u64>,
    /// Bytes per second read from a partition; 0 lifts the limit [default: 2000000]
    #[arg(long, value_name = "BYTES", help_heading = LIMITS)]
    stream_read_bytes: Option<u64>,
    /// Requests per second for each operation of Streaming's control plane; the service allows 5 [default: no limit]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    stream_control_requests: Option<u64>,
    /// Partitions of all streams together; 0 lifts the limit [default: 200]
    #[arg(long, value_name = "COUNT", help_heading = LIMITS)]
    stream_partitions: Option<u64>,

    /// Delay before a failed delivery is retried; doubles with each further attempt
    #[arg(long, value_name = "MILLISECONDS", default_value = "1000", value_parser = milliseconds, help_heading = EVENTS)]
    event_retry_delay: Duration,
    /// Maximum delay between attempts
    #[arg(long, value_name = "MILLISECONDS", default_value = "60000", value_parser = milliseconds, help_heading = EVENTS)]
    event_retry_ceiling: Duration,
    /// Deliveries in progress at the same time
    #[arg(long, value_name = "COUNT", default_value_t = EventsOptions::default().concurrency, help_heading = EVENTS)]
    event_concurrency: usize,

    /// Print all resources and more commands to try
    #[arg(long, short, help_heading = OUTPUT)]
    pub(super) verbose: bool,
    /// Least severe level to log: error, warn, info, debug, trace or off
    #[arg(long, value_name = "LEVEL", default_value = "info", help_heading = OUTPUT)]
    pub(super) log_level: LevelFilter,
    /// Format of log lines on stderr [default: text on a terminal, json elsewhere]
    #[arg(long, value_name = "FORMAT", help_heading = OUTPUT)]
    pub(super) log_format: Option<LogFormat>,
}

/// How log messages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// One line of text per message
    Text,
    /// One JSON object per line
    Json,
}

const ADDRESSES: &str = "Addresses";
const STATE: &str = "State";
const RESOURCES: &str = "Resources";
const PIPELINE: &str = "Pipeline";
const FAULTS: &str = "Faults";
const LIMITS: &str = "Limits of Streaming";
const EVENTS: &str = "Events";
const OUTPUT: &str = "Output";

/// The smallest memory of a function in MB. With less in total, every invocation would be rejected.
const MEMORY_FLOOR_MB: u64 = 128;

/// The default port of the gateway's deployments: the one after the services' port.
const GATEWAY_PORT: u16 = 8421;

const ABOUT: &str =
    "Run a local cloud: OCI Object Storage, Streaming, Connector Hub, Events, Functions and API Gateway";

const EXAMPLES: &str = "\
Examples:
  bronzeworks local
      Start the whole pipeline and keep its state in ./cloud
  bronzeworks local --listen 127.0.0.1:8430 --gateway-listen 127.0.0.1:8431
      Use other ports
  bronzeworks local --fresh --schema orders.json --key pointer:/order_id
      Use a table of your own
  bronzeworks local --in-memory --bare --bucket data --listen 127.0.0.1:0
      Start an empty cloud with one bucket on a free port
  bronzeworks local --faults faults.json --seed 7
      Inject failures; the file holds, for example,
      [{\"operation\": \"PutObject\", \"every\": 10, \"fault\": \"reset_after\"}]

Exit codes:
  0  stopped by Ctrl-C or SIGTERM
  1  failure, for example a port that is in use
  2  usage or configuration error";

/// Adds the arguments and the help to a command.
pub fn command(command: Command) -> Command {
    Arguments::augment_args(command)
        .about(ABOUT)
        // The arguments' documentation is for readers of the code.
        .long_about(None)
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(EXAMPLES)
        .max_term_width(100)
}

impl Arguments {
    /// Returns the options that the arguments set. `function_command` is the command line that runs a function of the pipeline when the
    /// function's name is appended; it is not used with `--programs`.
    pub(super) fn options(&self, function_command: Vec<String>) -> Result<Options, CliError> {
        let streaming = self.streaming();
        let function_command = if self.programs.is_some() { Vec::new() } else { function_command };
        // The functions may run in another working directory.
        let schema = self.schema.as_deref().map(absolute).transpose()?;
        let pipeline = streaming.streams.first().filter(|_| !self.bare).map(|stream| Pipeline {
            stream: stream.name.clone(),
            rollover_megabytes: self.rollover_mb,
            rollover_milliseconds: self.rollover_ms,
            function_command,
            schema: schema.clone(),
            key: self.key.clone(),
        });
        Ok(Options {
            listen: self.listen,
            gateway_listen: self.gateway_listen(),
            state: (!self.in_memory).then(|| self.state.clone()),
            fresh: self.fresh,
            seed: self.seed,
            faults: self.faults.as_deref().map(read_json).transpose()?.unwrap_or_default(),
            namespace: self.namespace.clone(),
            region: self.region.clone(),
            buckets: self.buckets.clone(),
            streaming,
            functions: self.functions.as_deref().map(read_json).transpose()?.unwrap_or_default(),
            concurrency_mb: self.concurrency_mb,
            pipeline,
            programs: self.programs.clone(),
            events: EventsOptions {
                retry_delay: self.event_retry_delay,
                retry_ceiling: self.event_retry_ceiling,
                concurrency: self.event_concurrency,
                ..EventsOptions::default()
            },
            ..Options::default()
        })
    }

    fn gateway_listen(&self) -> SocketAddr {
        // A free port for the services means that several emulators may run at the same time.
        let port = if self.listen.port() == 0 { 0 } else { GATEWAY_PORT };
        self.gateway_listen.unwrap_or(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port))
    }

    fn streaming(&self) -> StreamingOptions {
        let limits = StreamingOptions::default();
        let mut limits = if self.stream_unlimited { limits.unlimited() } else { limits };
        for (limit, given) in [
            (&mut limits.write_bytes_per_second, self.stream_write_bytes),
            (&mut limits.write_messages_per_second, self.stream_write_messages),
            (&mut limits.reads_per_second, self.stream_reads),
            (&mut limits.read_bytes_per_second, self.stream_read_bytes),
            (&mut limits.control_requests_per_second, self.stream_control_requests),
            (&mut limits.partitions, self.stream_partitions),
        ] {
            if let Some(given) = given {
                *limit = Some(given).filter(|given| *given > 0);
            }
        }
        StreamingOptions { streams: self.streams.clone(), offset_gap: self.stream_offset_gap, ..limits }
    }
}

fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}

fn absolute(path: &Path) -> Result<PathBuf, CliError> {
    path.canonicalize().map_err(|source| CliError::Unreadable { path: path.to_owned(), source })
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, CliError> {
    let file = File::open(path).map_err(|source| CliError::Unreadable { path: path.to_owned(), source })?;
    serde_json::from_reader(BufReader::new(file))
        .map_err(|source| CliError::Malformed { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command(clap::Command::new("emulator")).debug_assert();
    }
}
