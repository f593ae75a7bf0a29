use crate::arguments::Arguments;
use crate::audit::Verdict;
use crate::journal::run_id;
use crate::tally::Tally;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;

/// A line of the output of `--json`: `detail` for each worker, and `sum` for all of them. The published generator's fields come first, in
/// its order, followed by the fields that only this generator has.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct JsonLine<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    parameters: &'a Parameters,
    thread: u32,
    run_id: String,
    elapsed_sec_total: f64,
    total_iteration_count: u64,
    /// Number of records stored.
    total_data_count: u64,
    /// Number of records abandoned.
    total_failure_count: u64,
    /// Bytes of keys and values of all records generated.
    total_data_size: u64,
    /// The same bytes encoded in base64.
    total_encoded_size: u64,
    total_success_size: u64,
    total_retry_count: u64,
    total_throttled_count: u64,
    total_failed_count: u64,
    total_refused_count: u64,
    total_unknown_count: u64,
    window_seconds: f64,
    records_per_second: f64,
    mb_per_second: f64,
    throttled_per_second: f64,
    latency_ms: BTreeMap<&'static str, f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    reasons: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<Verdict>,
}

/// The parameters of a load, which each line repeats.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Parameters {
    /// The published generator has other scenarios, too.
    scenario: &'static str,
    /// The published generator can also load a database table.
    table: Option<String>,
    topic: Option<String>,
    target: String,
    size: Option<String>,
    threads: u32,
    minrec: u32,
    maxrec: u32,
    iterations: u32,
    sleep: f64,
    max_run_seconds: f64,
    rate: Option<f64>,
    seed: u64,
    load_start_datetime: String,
    load_end_datetime: String,
}

/// The format in which the published generator writes times.
const TIME: &str = "%Y/%m/%d %H:%M:%S,%6f";

/// The latency quantiles in the output.
const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)];

impl Parameters {
    /// Collects the parameters of a load that took place in a span of time.
    pub(crate) fn new(arguments: &Arguments, time: Range<DateTime<Utc>>) -> Self {
        let bronze = arguments.bronze.as_ref().map(|folder| folder.display().to_string());
        Parameters {
            scenario: "stream",
            table: None,
            topic: arguments.topic.clone(),
            target: arguments.url.clone().or(bronze).unwrap_or_else(|| "stream".to_owned()),
            size: arguments.size.clone(),
            threads: arguments.threads,
            minrec: arguments.minrec,
            maxrec: arguments.maxrec,
            iterations: arguments.iterations,
            sleep: arguments.sleep,
            max_run_seconds: arguments.duration,
            rate: arguments.rate,
            seed: arguments.seed,
            load_start_datetime: time.start.format(TIME).to_string(),
            load_end_datetime: time.end.format(TIME).to_string(),
        }
    }
}

impl<'a> JsonLine<'a> {
    /// Creates the line of a worker, whose number counts from 1.
    pub(crate) fn detail(parameters: &'a Parameters, thread: u32, tally: &Tally, elapsed: f64) -> Self {
        JsonLine::new("detail", parameters, thread, run_id(thread), tally, elapsed)
    }

    /// Creates the line for all workers, with the result of reading the stream back.
    pub(crate) fn sum(
        parameters: &'a Parameters,
        tally: &Tally,
        elapsed: f64,
        verified: Option<Verdict>,
    ) -> Self {
        let run_id = run_id(0).trim_end_matches("_0").to_owned();
        JsonLine { verified, ..JsonLine::new("sum", parameters, 0, run_id, tally, elapsed) }
    }

    fn new(
        kind: &'static str,
        parameters: &'a Parameters,
        thread: u32,
        run_id: String,
        tally: &Tally,
        elapsed: f64,
    ) -> Self {
        let latency =
            |(name, quantile): &(&'static str, f64)| Some((*name, tally.latency_milliseconds(*quantile)?));
        JsonLine {
            kind,
            parameters,
            thread,
            run_id,
            elapsed_sec_total: elapsed,
            total_iteration_count: tally.iterations,
            total_data_count: tally.stored,
            total_failure_count: tally.lost,
            total_data_size: tally.bytes,
            total_encoded_size: tally.encoded_bytes,
            total_success_size: tally.stored_bytes,
            total_retry_count: tally.retries,
            total_throttled_count: tally.throttled,
            total_failed_count: tally.failed,
            total_refused_count: tally.refused,
            total_unknown_count: tally.unknown,
            window_seconds: tally.window_length().as_secs_f64(),
            records_per_second: tally.per_second(tally.window.stored),
            mb_per_second: tally.per_second(tally.window.bytes) / 1e6,
            throttled_per_second: tally.per_second(tally.window.throttled),
            latency_ms: QUANTILES.iter().filter_map(latency).collect(),
            reasons: tally.reasons.clone(),
            verified: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};
    use std::time::{Duration, Instant};

    #[test]
    fn a_line_has_the_published_fields() {
        let command = Arguments::augment_args(Command::new("load"));
        let matches = command.get_matches_from(["load", "-o", "ocid1.stream.x", "-t", "2"]);
        let arguments = Arguments::from_arg_matches(&matches).unwrap();
        let time: DateTime<Utc> = "2024-06-28T08:28:44.000779Z".parse().unwrap();
        let parameters = Parameters::new(&arguments, time..time);
        let begin = Instant::now();
        let tally = Tally::new(begin..begin + Duration::from_secs(10));
        let detail = serde_json::to_value(JsonLine::detail(&parameters, 2, &tally, 10.5)).unwrap();
        // The fields that `run_one_thread` of run-gen.py writes.
        for name in [
            "type",
            "scenario",
            "table",
            "topic",
            "size",
            "threads",
            "thread",
            "minrec",
            "maxrec",
            "iterations",
            "sleep",
            "run_id",
            "max_run_seconds",
            "load_start_datetime",
            "load_end_datetime",
            "elapsed_sec_total",
            "total_iteration_count",
            "total_data_count",
            "total_failure_count",
            "total_data_size",
            "total_encoded_size",
        ] {
            assert!(detail.get(name).is_some(), "{name}");
        }
        assert_eq!((&detail["type"], &detail["run_id"]), (&"detail".into(), &"20240628_082842_2".into()));
        assert_eq!(detail["load_start_datetime"], "2024/06/28 08:28:44,000779");
        let sum = JsonLine::sum(&parameters, &tally, 10.5, Some(Verdict::default()));
        let sum = serde_json::to_value(sum).unwrap();
        assert_eq!(
            (&sum["type"], &sum["thread"], &sum["run_id"]),
            (&"sum".into(), &0.into(), &"20240628_082842".into())
        );
        assert_eq!(sum["verified"]["lost"], 0);
    }
}
