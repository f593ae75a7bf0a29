//! The command line.

use std::fs::File;
use std::io::BufReader;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use emulator::{ApplicationDefinition, EventsOptions, Options, Pipeline, Rule, StreamSpec, StreamingOptions};
use tracing::level_filters::LevelFilter;

/// OCI's data plane on this machine: Object Storage, Streaming, Connector Hub, Events, Functions and API Gateway.
#[derive(Debug, Parser)]
#[command(name = "emulator")]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// Address that API Gateway's deployments are called at [default: 127.0.0.1:8421, or a free port where --listen takes one]
    #[arg(long, value_name = "ADDRESS")]
    gateway_listen: Option<SocketAddr>,
    /// Folder that keeps everything from one start to the next
    #[arg(long, value_name = "FOLDER", default_value = "cloud")]
    state: PathBuf,
    /// Empty the state folder first
    #[arg(long)]
    fresh: bool,
    /// Keep everything in memory, and credentials in a temporary folder
    #[arg(long, conflicts_with_all = ["state", "fresh"])]
    in_memory: bool,
    /// What faults with a probability are drawn from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rules of faults, a JSON array
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Object Storage namespace
    #[arg(long, default_value = "bronzeworks")]
    namespace: String,
    /// Region identifier
    #[arg(long, default_value = "eu-frankfurt-1")]
    region: String,
    /// Bucket that exists from the start; may be given several times
    #[arg(long = "bucket", value_name = "NAME", default_values = ["bronze", "lake"])]
    buckets: Vec<String>,
    /// Stream that exists from the start, with its partitions if not one; may be given several times
    #[arg(long = "stream", value_name = "NAME[:PARTITIONS]", default_values = ["ledger:2"])]
    streams: Vec<StreamSpec>,
    /// Lift every limit on Streaming's rates; those that are given besides hold
    #[arg(long)]
    stream_unlimited: bool,
    /// Bytes written to a partition in a second; 0 lifts the limit [default: 1000000]
    #[arg(long, value_name = "BYTES")]
    stream_write_bytes: Option<u64>,
    /// Messages written to a partition in a second; 0 lifts the limit [default: 1000]
    #[arg(long, value_name = "COUNT")]
    stream_write_messages: Option<u64>,
    /// Reads of a partition in a second by a consumer group; 0 lifts the limit [default: 5]
    #[arg(long, value_name = "COUNT")]
    stream_reads: Option<u64>,
    /// Bytes read from a partition in a second; 0 lifts the limit [default: 2000000]
    #[arg(long, value_name = "BYTES")]
    stream_read_bytes: Option<u64>,
    /// Calls of each operation of Streaming's control plane in a second, where the service has 5 [default: no limit]
    #[arg(long, value_name = "COUNT")]
    stream_control_requests: Option<u64>,
    /// Partitions of all streams; 0 lifts the limit [default: 200]
    #[arg(long, value_name = "COUNT")]
    stream_partitions: Option<u64>,
    /// Leave out up to so many offsets between a partition's messages
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    stream_offset_gap: u64,
    /// Leave out the pipeline: the gateway's deployment, the connector from the first stream, the rule, our functions
    #[arg(long)]
    bare: bool,
    /// Megabytes after gzip that end an object of the pipeline's connector
    #[arg(long, value_name = "MB", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    rollover_mb: u64,
    /// Milliseconds that end an object of the pipeline's connector; the service's default is 420000
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    rollover_ms: u64,
    /// Folder of the programs that functions name without a slash [default: this program's own]
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Applications and their functions, a JSON array [default: those of the state folder]
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,
    /// The least important lines to log on standard error: error, warn, info, debug, or off for none
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(crate) log_level: LevelFilter,
    /// Megabytes of functions that may be at work at once
    #[arg(long, value_name = "MB", default_value_t = Options::default().concurrency_mb)]
    concurrency_mb: u64,
    /// Time to the next attempt after a delivery of an event that failed; it doubles with each further one
    #[arg(long, value_name = "MILLISECONDS", default_value = "1000", value_parser = milliseconds)]
    event_retry_delay: Duration,
    /// What the time between those attempts grows to
    #[arg(long, value_name = "MILLISECONDS", default_value = "60000", value_parser = milliseconds)]
    event_retry_ceiling: Duration,
    /// Deliveries of events under way at once
    #[arg(long, value_name = "COUNT", default_value_t = EventsOptions::default().concurrency)]
    event_concurrency: usize,
}

/// The port after the services' own.
const GATEWAY_PORT: u16 = 8421;

impl Arguments {
    pub(crate) fn options(self) -> Result<Options, String> {
        let faults = match &self.faults {
            Some(path) => rules(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => Vec::new(),
        };
        let streaming = self.streaming();
        let functions = match &self.functions {
            Some(path) => applications(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => Vec::new(),
        };
        let pipeline = streaming.streams.first().filter(|_| !self.bare).map(|stream| Pipeline {
            stream: stream.name.clone(),
            rollover_megabytes: self.rollover_mb,
            rollover_milliseconds: self.rollover_ms,
        });
        Ok(Options {
            listen: self.listen,
            gateway_listen: self.gateway_listen(),
            state: (!self.in_memory).then_some(self.state),
            fresh: self.fresh,
            seed: self.seed,
            faults,
            namespace: self.namespace,
            region: self.region,
            buckets: self.buckets,
            streaming,
            functions,
            concurrency_mb: self.concurrency_mb,
            echo_functions: true,
            pipeline,
            programs: self.programs,
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
        // Whoever takes free ports has several emulators at once.
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

fn rules(path: &PathBuf) -> Result<Vec<Rule>, Box<dyn std::error::Error>> {
    Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
}

fn applications(path: &PathBuf) -> Result<Vec<ApplicationDefinition>, Box<dyn std::error::Error>> {
    Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
}
