use crate::http_target::HttpForm;
use clap::{ArgGroup, Args, ValueEnum, value_parser};
use std::path::PathBuf;

/// The arguments of a load.
///
/// Options that the published load generator also has keep its names: `-t`, `-d`, `-x`, `-y`, `-i`, `-e`, `-z` and `-o`.
#[derive(Debug, Clone, Args)]
#[command(group = ArgGroup::new("to").required(true).multiple(true).args(["topic", "url", "bronze"]))]
pub struct Arguments {
    /// Put records on the stream with this OCID
    #[arg(short = 'o', long, value_name = "OCID", help_heading = "Target")]
    pub topic: Option<String>,
    /// Post records to this HTTP endpoint, such as ingest; add --topic to verify the stream behind it
    #[arg(long, value_name = "URL", help_heading = "Target")]
    pub url: Option<String>,
    /// Write bronze objects into this folder, as the connector would
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["topic", "url"], help_heading = "Target")]
    pub bronze: Option<PathBuf>,
    /// How --url encodes the records of a request
    #[arg(long, value_enum, default_value_t = HttpForm::Ndjson, requires = "url", conflicts_with = "bronze", help_heading = "Target")]
    pub form: HttpForm,
    /// Number of partitions: of the stream, for --verify without permission for GetStream; of the bronze objects [default: 4]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..), help_heading = "Target")]
    pub partitions: Option<u32>,

    /// Concurrent workers; each sends one request at a time
    #[arg(short = 't', long, visible_alias = "workers", value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..=4096), help_heading = "Traffic")]
    pub threads: u32,
    /// Seconds to measure
    #[arg(short, long, value_name = "SECONDS", default_value = "10", value_parser = some_seconds, help_heading = "Traffic")]
    pub duration: f64,
    /// Seconds of load before the measurement
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds, help_heading = "Traffic")]
    pub warm_up: f64,
    /// Records per second of all workers: requests are sent on schedule, and latency counts from when each was due
    #[arg(long, value_name = "RECORDS", value_parser = positive, conflicts_with = "client_rate", help_heading = "Traffic")]
    pub rate: Option<f64>,
    /// Slow each worker down to this many bytes per second
    #[arg(long, value_name = "BYTES", value_parser = positive, help_heading = "Traffic")]
    pub client_rate: Option<f64>,
    /// Seconds a worker pauses between requests
    #[arg(short = 'e', long, value_name = "SECONDS", default_value = "0", value_parser = seconds, help_heading = "Traffic")]
    pub sleep: f64,
    /// Retries of a failed record before it is abandoned
    #[arg(long, value_name = "N", default_value_t = 8, help_heading = "Traffic")]
    pub retries: u32,
    /// How failed records are retried [default: published for --topic, hinted for --url]
    #[arg(long, value_name = "POLICY", help_heading = "Traffic")]
    pub client: Option<RetryPolicy>,

    /// Journals per request; a journal is a group of general-ledger records with the same key
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..), help_heading = "Records")]
    pub iterations: u32,
    /// Minimum number of lines in a journal
    #[arg(short = 'x', long, value_name = "N", default_value_t = 60, value_parser = value_parser!(u32).range(1..), help_heading = "Records")]
    pub minrec: u32,
    /// Maximum number of lines in a journal
    #[arg(short = 'y', long, value_name = "N", default_value_t = 100, value_parser = value_parser!(u32).range(1..), help_heading = "Records")]
    pub maxrec: u32,
    /// Seed of the generator: the same seed gives the same records
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Records")]
    pub seed: u64,
    /// Send the lines of this file, repeatedly, instead of journals
    #[arg(long, value_name = "FILE", conflicts_with = "template", help_heading = "Records")]
    pub file: Option<PathBuf>,
    /// JSON pointer to the key in each line of --file
    #[arg(long, value_name = "POINTER", requires = "file", help_heading = "Records")]
    pub key: Option<String>,
    /// Send records made from this template, which may contain {{uuid}}, {{number}}, {{key}}, {{integer:1-9}}, {{letters:10-80}} and {{choice:A|B}}
    #[arg(long, value_name = "TEXT", help_heading = "Records")]
    pub template: Option<String>,
    /// Template of the key that the records of a request share
    #[arg(long, value_name = "TEXT", requires = "template", help_heading = "Records")]
    pub key_template: Option<String>,

    /// Close a bronze object at this many megabytes, compressed
    #[arg(long, value_name = "MB", default_value_t = 100, value_parser = value_parser!(u64).range(1..), help_heading = "Bronze objects")]
    pub rollover_mb: u64,
    /// Close a bronze object at this age
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 420_000, value_parser = value_parser!(u64).range(1..), help_heading = "Bronze objects")]
    pub rollover_ms: u64,

    /// Read the stream back and count records that are lost, duplicated or out of order
    #[arg(long, requires = "topic", conflicts_with = "bronze", help_heading = "Result")]
    pub verify: bool,
    /// Print one JSON object per worker and one for the total
    #[arg(long, help_heading = "Result")]
    pub json: bool,
    /// Label for the size of the system under test, repeated in the JSON
    #[arg(short = 'z', long, value_name = "TEXT", help_heading = "Result")]
    pub size: Option<String>,
}

/// How a client retries failed records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RetryPolicy {
    /// Wait 30 ms, doubling up to 3 s, whatever the service asks for
    Published,
    /// As published, but wait at least as long as the service asks for
    #[value(alias = "heeding")]
    Hinted,
}

fn seconds(text: &str) -> Result<f64, String> {
    let good = |seconds: &f64| (0.0..=86_400.0).contains(seconds);
    text.parse().ok().filter(good).ok_or_else(|| "expected a number of seconds, at most a day".into())
}

fn some_seconds(text: &str) -> Result<f64, String> {
    seconds(text)
        .and_then(|seconds| if seconds > 0.0 { Ok(seconds) } else { Err("expected more than 0".into()) })
}

fn positive(text: &str) -> Result<f64, String> {
    let good = |number: &f64| number.is_finite() && *number > 0.0;
    text.parse().ok().filter(good).ok_or_else(|| "expected a number above 0".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    fn parse(arguments: &str) -> Result<clap::ArgMatches, clap::Error> {
        let command = Arguments::augment_args(Command::new("load"));
        command.try_get_matches_from(["load"].into_iter().chain(arguments.split(' ')))
    }

    #[test]
    fn only_a_stream_can_be_verified() {
        for good in ["-o x", "-o x --verify", "--url http://x", "--url http://x -o x --verify", "--bronze b"]
        {
            parse(good).unwrap_or_else(|error| panic!("{good}: {error}"));
        }
        for bad in [
            "--url http://x --verify",
            "--bronze b --verify",
            "--bronze b -o x",
            "-d 1",
            "-o x -d 0",
            "--bronze b --form json",
        ] {
            parse(bad).unwrap_err();
        }
    }
}
