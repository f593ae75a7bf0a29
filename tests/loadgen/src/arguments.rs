use crate::http_target::HttpForm;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Load streams, HTTP endpoints and lakes with journals, and measure what they take.
#[derive(Debug, Clone, Parser)]
#[command(name = "loadgen", version, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What there is to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Put records on a stream, by OCI Streaming or through an HTTP endpoint, or into bronze objects
    Stream(Box<StreamArguments>),
    /// Run the published grid against an emulator, and write a report with plots
    Sweep(Box<SweepArguments>),
    /// Measure how long records take from the stream to the lake, and what that costs
    Pipeline(Box<PipelineArguments>),
}

/// One load. Options that the published load generator has are called as there.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("to").required(true).multiple(true).args(["topic", "url", "bronze"]))]
pub struct StreamArguments {
    /// The stream's OCID. Who signs is read as the OCI command line does; OCI_STREAMING_ENDPOINT is an emulator's URL
    #[arg(short = 'o', long, value_name = "OCID")]
    pub topic: Option<String>,
    /// An HTTP endpoint: ingest, by a gateway or as a service; --topic besides says what is verified
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A folder for bronze objects, as the connector writes them
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["topic", "url"])]
    pub bronze: Option<PathBuf>,
    /// Workers
    #[arg(short = 't', long, visible_alias = "workers", value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub threads: u32,
    /// Seconds that are measured
    #[arg(short, long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub duration: f64,
    /// Seconds before those
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub warm_up: f64,
    /// The fewest lines of a journal
    #[arg(short = 'x', long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub minrec: u32,
    /// The most lines of a journal
    #[arg(short = 'y', long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub maxrec: u32,
    /// Journals in a request
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub iterations: u32,
    /// Seconds between a worker's requests
    #[arg(short = 'e', long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub sleep: f64,
    /// What to call the size of what is measured, in the output
    #[arg(short = 'z', long, value_name = "TEXT")]
    pub size: Option<String>,
    /// Records a second, of all workers: requests go by the clock, and latency counts from when they were to go
    #[arg(long, value_name = "RECORDS", value_parser = positive, conflicts_with = "client_rate")]
    pub rate: Option<f64>,
    /// Bytes a second that a worker makes and encodes, where it is to be slow
    #[arg(long, value_name = "BYTES", value_parser = positive)]
    pub client_rate: Option<f64>,
    /// Attempts after the first, of a record that failed
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub retries: u32,
    /// How records are sent again: as the published client, or heeding what the service says [default: published for --topic, heeding for --url]
    #[arg(long, value_name = "CLIENT")]
    pub client: Option<ClientName>,
    /// Partitions of the stream, if it may not be asked; for bronze objects, how many there are to be [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub partitions: Option<u32>,
    /// How records are put into an HTTP body
    #[arg(long, value_enum, default_value_t = HttpForm::Ndjson)]
    pub form: HttpForm,
    /// Records from a file, one a line, over and over
    #[arg(long, value_name = "FILE", conflicts_with = "template")]
    pub file: Option<PathBuf>,
    /// Where their keys are: a JSON pointer
    #[arg(long, value_name = "POINTER", requires = "file")]
    pub key: Option<String>,
    /// Records by a template: a text with {{uuid}}, {{number}}, {{key}}, {{integer:1-9}}, {{letters:10-80}}, {{choice:A|B}}
    #[arg(long, value_name = "TEXT")]
    pub template: Option<String>,
    /// A template of the keys, one for each request
    #[arg(long, value_name = "TEXT", requires = "template")]
    pub key_template: Option<String>,
    /// What records are made from: the same seed, the same records
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Megabytes after gzip that end a bronze object
    #[arg(long, value_name = "MB", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub rollover_mb: u64,
    /// Milliseconds that end a bronze object
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 420_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub rollover_ms: u64,
    /// Read the stream back, and count what is lost, there twice, or out of order
    #[arg(long, requires = "topic", conflicts_with = "bronze")]
    pub verify: bool,
    /// One JSON object for each worker and one for all, and nothing else
    #[arg(long)]
    pub json: bool,
}

/// How a client goes about what failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ClientName {
    /// 30 ms, doubling up to 3 s, whatever the service says; then it is lost.
    Published,
    /// The same waits, but never less than the service asks for.
    Heeding,
}

/// The programs that a local cloud is made of.
#[derive(Debug, Clone, Args)]
pub struct CloudArguments {
    /// The emulator
    #[arg(long, value_name = "PROGRAM", env = "EMULATOR", default_value = "target/release/emulator")]
    pub emulator: PathBuf,
    /// The folder of curate and ingest [default: the emulator's]
    #[arg(long, value_name = "FOLDER", env = "PROGRAMS")]
    pub programs: Option<PathBuf>,
    /// What records are made from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Where the report and its plots go
    #[arg(long, value_name = "FOLDER", default_value = "tests/loadgen")]
    pub report: PathBuf,
}

/// The published grid.
#[derive(Debug, Clone, Args)]
pub struct SweepArguments {
    /// Where the programs are.
    #[command(flatten)]
    pub cloud: CloudArguments,
    /// Partitions of the streams
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_values_t = [2, 4, 8])]
    pub partitions: Vec<u32>,
    /// Workers
    #[arg(long, visible_alias = "threads", value_name = "N,…", value_delimiter = ',', default_values_t = [1, 2, 4, 8, 64])]
    pub workers: Vec<u32>,
    /// Who sends
    #[arg(long, value_enum, value_name = "CLIENT,…", value_delimiter = ',', default_values_t = crate::sweep::Client::ALL)]
    pub clients: Vec<crate::sweep::Client>,
    /// Seconds of each window
    #[arg(short, long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub duration: f64,
    /// Seconds before it: partitions have a second's room to begin with, which has to be used up
    #[arg(long, value_name = "SECONDS", default_value = "2.5", value_parser = seconds)]
    pub warm_up: f64,
    /// Bytes a second that a worker of the published client makes and encodes
    #[arg(long, value_name = "BYTES", default_value = "2000000", value_parser = positive)]
    pub client_rate: f64,
    /// The published client's retries
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub retries: u32,
    /// Leave out the pipeline's part of the report
    #[arg(long)]
    pub no_pipeline: bool,
    /// The pipeline's rollovers in milliseconds
    #[arg(long, value_name = "MS,…", value_delimiter = ',', default_values_t = [1_000, 4_000, 10_000])]
    pub rollovers: Vec<u64>,
}

/// The pipeline's figures.
#[derive(Debug, Clone, Args)]
pub struct PipelineArguments {
    /// Where the programs are.
    #[command(flatten)]
    pub cloud: CloudArguments,
    /// Rollovers of the connector in milliseconds
    #[arg(long, value_name = "MS,…", value_delimiter = ',', default_values_t = [1_000, 4_000, 10_000])]
    pub rollovers: Vec<u64>,
    /// Records a second
    #[arg(long, value_name = "RECORDS", default_value = "1000", value_parser = positive)]
    pub rate: f64,
    /// Partitions of the stream
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub partitions: u32,
    /// Rollovers that each measurement goes on for
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
}

fn seconds(text: &str) -> Result<f64, String> {
    let good = |seconds: &f64| (0.0..=86_400.0).contains(seconds);
    text.parse().ok().filter(good).ok_or_else(|| "expected seconds, a day at most".into())
}

fn positive(text: &str) -> Result<f64, String> {
    let good = |number: &f64| number.is_finite() && *number > 0.0;
    text.parse().ok().filter(good).ok_or_else(|| "expected a number above 0".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_verified_is_a_stream_also_where_an_endpoint_is_loaded() {
        let parse = |arguments: &str| {
            Arguments::try_parse_from(["loadgen", "stream"].into_iter().chain(arguments.split(' ')))
        };
        for good in ["-o x", "-o x --verify", "--url http://x", "--url http://x -o x --verify", "--bronze b"]
        {
            parse(good).unwrap_or_else(|error| panic!("{good}: {error}"));
        }
        for bad in ["--url http://x --verify", "--bronze b --verify", "--bronze b -o x", "-d 1"] {
            parse(bad).unwrap_err();
        }
    }
}
