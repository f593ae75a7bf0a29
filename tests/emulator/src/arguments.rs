//! The command line.

use std::fs::File;
use std::io::BufReader;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Parser;
use emulator::{ApplicationDefinition, Options, Rule, StreamSpec, StreamingOptions};

/// OCI Object Storage, Streaming, Functions and API Gateway on this machine, for tests and trials.
#[derive(Debug, Parser)]
#[command(name = "emulator")]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// Address that API Gateway's deployments are called at [default: 127.0.0.1:8421, or a free port where --listen takes one]
    #[arg(long, value_name = "ADDRESS")]
    gateway_listen: Option<SocketAddr>,
    /// Folder that keeps objects, streams and credentials from one start to the next [default: in memory]
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Empty the state folder first
    #[arg(long, requires = "state")]
    fresh: bool,
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
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    stream_offset_gap: u64,
    /// Applications and their functions, a JSON array [default: those of the state folder]
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,
    /// Megabytes of functions that may be at work at once
    #[arg(long, value_name = "MB", default_value_t = Options::default().concurrency_mb)]
    concurrency_mb: u64,
}

/// The one after the services' own.
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
        Ok(Options {
            listen: self.listen,
            gateway_listen: self.gateway_listen(),
            state: self.state,
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

fn rules(path: &PathBuf) -> Result<Vec<Rule>, Box<dyn std::error::Error>> {
    Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
}

fn applications(path: &PathBuf) -> Result<Vec<ApplicationDefinition>, Box<dyn std::error::Error>> {
    Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
}
