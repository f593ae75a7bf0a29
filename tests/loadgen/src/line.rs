use crate::audit::Verdict;
use crate::tally::Tally;
use serde::Serialize;
use std::collections::BTreeMap;

/// A line of the output: `detail` for each worker, and `sum` for all of them, with the published generator's fields in their order, and ours
/// behind them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    asked: &'a Asked,
    thread: u32,
    run_id: String,
    elapsed_sec_total: f64,
    total_iteration_count: u64,
    /// Records that are stored.
    total_data_count: u64,
    /// Records that were given up.
    total_failure_count: u64,
    /// Bytes of all records that were made, keys and values.
    total_data_size: u64,
    /// The same in base64.
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

/// What was asked for, which each line repeats.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Asked {
    /// The published generator knows others.
    pub scenario: &'static str,
    /// A database's; none here.
    pub table: Option<String>,
    /// The stream's OCID, if that is the target.
    pub topic: Option<String>,
    /// What the target is.
    pub target: String,
    /// Whatever the user calls the stream's size.
    pub size: Option<String>,
    /// Workers.
    pub threads: u32,
    /// Lines of a journal.
    pub minrec: u32,
    /// See `minrec`.
    pub maxrec: u32,
    /// Journals of a batch.
    pub iterations: u32,
    /// Seconds between batches.
    pub sleep: f64,
    /// Seconds of the window.
    pub max_run_seconds: f64,
    /// Records a second that were to be sent.
    pub rate: Option<f64>,
    /// What records are made from.
    pub seed: u64,
    /// When the load began and ended, in the published form.
    pub load_start_datetime: String,
    /// See `load_start_datetime`.
    pub load_end_datetime: String,
}

/// The quantiles that are told.
const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("max", 1.0)];

impl<'a> Line<'a> {
    /// A worker's line, by its number from 1.
    pub(crate) fn detail(asked: &'a Asked, thread: u32, tally: &Tally, elapsed: f64) -> Self {
        Line::new("detail", asked, thread, crate::journal::run_id(thread), tally, elapsed)
    }

    /// The line of all workers, with what reading the stream back has shown.
    pub(crate) fn sum(asked: &'a Asked, tally: &Tally, elapsed: f64, verified: Option<Verdict>) -> Self {
        let run_id = crate::journal::run_id(0);
        let run_id = run_id.trim_end_matches("_0").to_owned();
        Line { verified, ..Line::new("sum", asked, 0, run_id, tally, elapsed) }
    }

    fn new(
        kind: &'static str,
        asked: &'a Asked,
        thread: u32,
        run_id: String,
        tally: &Tally,
        elapsed: f64,
    ) -> Self {
        let latency =
            |(name, quantile): &(&'static str, f64)| Some((*name, tally.latency_milliseconds(*quantile)?));
        Line {
            kind,
            asked,
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
    use std::time::{Duration, Instant};

    #[test]
    fn a_line_has_the_published_fields() {
        let asked = Asked {
            scenario: "stream",
            table: None,
            topic: Some("ocid1.stream.x".into()),
            target: "stream".into(),
            size: None,
            threads: 2,
            minrec: 60,
            maxrec: 100,
            iterations: 1,
            sleep: 0.0,
            max_run_seconds: 10.0,
            rate: None,
            seed: 1,
            load_start_datetime: String::new(),
            load_end_datetime: String::new(),
        };
        let begin = Instant::now();
        let tally = Tally::new(begin..begin + Duration::from_secs(10));
        let detail = serde_json::to_value(Line::detail(&asked, 2, &tally, 10.5)).unwrap();
        // As `run_one_thread` of run-gen.py puts them together.
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
        let sum = serde_json::to_value(Line::sum(&asked, &tally, 10.5, Some(Verdict::default()))).unwrap();
        assert_eq!(
            (&sum["type"], &sum["thread"], &sum["run_id"]),
            (&"sum".into(), &0.into(), &"20240628_082842".into())
        );
        assert_eq!(sum["verified"]["lost"], 0);
    }
}
