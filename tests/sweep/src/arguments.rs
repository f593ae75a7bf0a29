use crate::client::Client;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Repeat published measurements against the local cloud, and write a report with plots.
#[derive(Debug, Clone, Parser)]
#[command(name = "sweep", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) measurement: Measurement,
}

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Measurement {
    /// Measure throughput for every combination of partitions, clients and workers, then the pipeline
    Grid(Box<GridArguments>),
    /// Measure only the pipeline: how long records take from the stream to the lake, and what that costs
    Pipeline(Box<PipelineArguments>),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CloudArguments {
    /// The program bronzeworks, whose local cloud is measured
    #[arg(long, value_name = "PROGRAM", env = "BRONZEWORKS_BIN", default_value = "target/dist/bronzeworks")]
    pub(crate) bronzeworks: PathBuf,
    /// Folder of the programs curate and ingest [default: the folder of bronzeworks]
    #[arg(long, value_name = "FOLDER", env = "PROGRAMS")]
    pub(crate) programs: Option<PathBuf>,
    /// Seed of the records
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Folder of the report and its plots
    #[arg(long, value_name = "FOLDER", default_value = "tests/sweep")]
    pub(crate) report: PathBuf,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct GridArguments {
    #[command(flatten)]
    pub(crate) cloud: CloudArguments,
    /// Numbers of partitions of the streams
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [2, 4, 8])]
    pub(crate) partitions: Vec<u32>,
    /// Numbers of workers
    #[arg(long, visible_alias = "threads", value_name = "N,…", value_delimiter = ',', default_values_t = [1, 2, 4, 8, 64])]
    pub(crate) workers: Vec<u32>,
    /// Clients to measure
    #[arg(long, value_enum, value_name = "CLIENT,…", value_delimiter = ',', default_values_t = Client::ALL)]
    pub(crate) clients: Vec<Client>,
    /// Seconds to measure each combination
    #[arg(short, long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(crate) duration: f64,
    /// Seconds of load before each measurement, which use up the second of saved capacity that partitions start with
    #[arg(long, value_name = "SECONDS", default_value = "2.5", value_parser = seconds)]
    pub(crate) warm_up: f64,
    /// Bytes per second that a worker of the published client generates and encodes
    #[arg(long, value_name = "BYTES", default_value = "2000000", value_parser = positive)]
    pub(crate) client_rate: f64,
    /// Retries of the published client
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) retries: u32,
    /// Don't measure the pipeline
    #[arg(long)]
    pub(crate) no_pipeline: bool,
    /// Rollovers of the connector in the pipeline, in milliseconds
    #[arg(long, value_name = "MS,…", value_delimiter = ',', default_values_t = [1_000, 4_000, 10_000])]
    pub(crate) rollovers: Vec<u64>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct PipelineArguments {
    #[command(flatten)]
    pub(crate) cloud: CloudArguments,
    /// Rollovers of the connector, in milliseconds
    #[arg(long, value_name = "MS,…", value_delimiter = ',', default_values_t = [1_000, 4_000, 10_000])]
    pub(crate) rollovers: Vec<u64>,
    /// Records per second
    #[arg(long, value_name = "RECORDS", default_value = "1000", value_parser = positive)]
    pub(crate) rate: f64,
    /// Partitions of the stream
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) partitions: u32,
    /// Duration of each measurement, in rollovers
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
}

impl CloudArguments {
    /// Returns the absolute path of the tool's program.
    ///
    /// # Errors
    ///
    /// Returns an error if the program does not exist.
    pub(crate) fn bronzeworks(&self) -> Result<PathBuf, String> {
        std::path::absolute(&self.bronzeworks).ok().filter(|path| path.is_file()).ok_or_else(|| {
            format!(
                "{} does not exist: build it, or give its path with --bronzeworks",
                self.bronzeworks.display()
            )
        })
    }

    /// Returns the folder of the functions' programs.
    pub(crate) fn programs(&self) -> PathBuf {
        let beside = self.bronzeworks.parent().unwrap_or(&self.bronzeworks).to_owned();
        let folder = self.programs.clone().unwrap_or(beside);
        std::path::absolute(&folder).unwrap_or(folder)
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let good = |seconds: &f64| (0.0..=86_400.0).contains(seconds);
    text.parse().ok().filter(good).ok_or_else(|| "expected a number of seconds, at most a day".into())
}

fn positive(text: &str) -> Result<f64, String> {
    let good = |number: &f64| number.is_finite() && *number > 0.0;
    text.parse().ok().filter(good).ok_or_else(|| "expected a number above 0".into())
}
