//! The command line.

use std::fs::File;
use std::io::BufReader;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use emulator::{ApplicationDefinition, Options, Rule};

/// OCI Object Storage on this machine, for tests and trials.
#[derive(Debug, Parser)]
#[command(name = "emulator")]
pub(crate) struct Arguments {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8420")]
    listen: SocketAddr,
    /// Folder that keeps objects and credentials from one start to the next [default: in memory]
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
    /// Applications and their functions, a JSON array [default: those of the state folder]
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,
    /// Megabytes of functions that may be at work at once
    #[arg(long, value_name = "MB", default_value_t = Options::default().concurrency_mb)]
    concurrency_mb: u64,
}

impl Arguments {
    pub(crate) fn options(self) -> Result<Options, String> {
        let faults = match &self.faults {
            Some(path) => rules(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => Vec::new(),
        };
        let functions = match &self.functions {
            Some(path) => applications(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => Vec::new(),
        };
        Ok(Options {
            listen: self.listen,
            state: self.state,
            fresh: self.fresh,
            seed: self.seed,
            faults,
            namespace: self.namespace,
            region: self.region,
            buckets: self.buckets,
            functions,
            concurrency_mb: self.concurrency_mb,
            echo_functions: true,
            ..Options::default()
        })
    }
}

fn rules(path: &PathBuf) -> Result<Vec<Rule>, Box<dyn std::error::Error>> {
    Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
}

fn applications(path: &PathBuf) -> Result<Vec<ApplicationDefinition>, Box<dyn std::error::Error>> {
    Ok(serde_json::from_reader(BufReader::new(File::open(path)?))?)
}
