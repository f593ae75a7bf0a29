use crate::arguments::Arguments;
use crate::audit::Verdict;
use crate::json_line::{JsonLine, Parameters};
use crate::load::Loaded;
use crate::tally::Tally;
use chrono::{DateTime, Utc};
use std::ops::Range;

/// The result of a load.
#[derive(Debug)]
pub struct Summary {
    parameters: Parameters,
    workers: Vec<Tally>,
    total: Tally,
    elapsed: f64,
    verdict: Option<Verdict>,
}

impl Summary {
    /// Summarizes a load that took place in a span of time, and the result of reading the stream back.
    pub(crate) fn new(
        arguments: &Arguments,
        time: Range<DateTime<Utc>>,
        loaded: &Loaded,
        verdict: Option<Verdict>,
    ) -> Self {
        Summary {
            parameters: Parameters::new(arguments, time),
            workers: loaded.tallies.clone(),
            total: loaded.sum(),
            elapsed: loaded.elapsed.as_secs_f64(),
            verdict,
        }
    }

    /// Returns the counters of each worker.
    pub fn workers(&self) -> &[Tally] {
        &self.workers
    }

    /// Returns the counters of all workers together.
    pub fn total(&self) -> &Tally {
        &self.total
    }

    /// Returns the result of reading the stream back, if that was requested.
    pub fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// Returns whether every record is stored and, if the stream was read back, was found there exactly once.
    pub fn is_clean(&self) -> bool {
        let verified = self.verdict.is_none_or(|verdict| verdict.lost == 0 && verdict.duplicated == 0);
        self.total.lost == 0 && verified
    }

    /// Returns a JSON object for each worker (`"type":"detail"`), followed by one for all of them (`"type":"sum"`), one per line.
    pub fn json_lines(&self) -> String {
        let detail = |(thread, tally)| JsonLine::detail(&self.parameters, thread, tally, self.elapsed);
        let sum = JsonLine::sum(&self.parameters, &self.total, self.elapsed, self.verdict);
        let lines = (1..).zip(&self.workers).map(detail).chain([sum]);
        lines.map(|line| serde_json::to_string(&line).expect("numbers and text are JSON") + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};
    use std::time::{Duration, Instant};

    fn summary(workers: usize, verdict: Option<Verdict>) -> Summary {
        let command = Arguments::augment_args(Command::new("load"));
        let matches = command.get_matches_from(["load", "-o", "ocid1.stream.x"]);
        let begin = Instant::now();
        let tallies = vec![Tally::new(begin..begin + Duration::from_secs(1)); workers];
        let loaded = Loaded { tallies, audit: None, elapsed: Duration::from_secs(1) };
        let time = DateTime::UNIX_EPOCH..DateTime::UNIX_EPOCH;
        Summary::new(&Arguments::from_arg_matches(&matches).unwrap(), time, &loaded, verdict)
    }

    #[test]
    fn a_load_is_clean_if_every_record_is_stored_and_found_once() {
        assert!(summary(1, None).is_clean());
        assert!(summary(1, Some(Verdict { found: 1, ..Verdict::default() })).is_clean());
        assert!(!summary(1, Some(Verdict { lost: 1, ..Verdict::default() })).is_clean());
        assert!(!summary(1, Some(Verdict { duplicated: 1, ..Verdict::default() })).is_clean());
        let mut lossy = summary(1, None);
        lossy.total.lost = 1;
        assert!(!lossy.is_clean());
    }

    #[test]
    fn json_has_a_line_per_worker_and_one_for_the_total() {
        let text = summary(2, None).json_lines();
        let kind = |line| serde_json::from_str::<serde_json::Value>(line).unwrap()["type"].clone();
        assert_eq!(text.lines().map(kind).collect::<Vec<_>>(), ["detail", "detail", "sum"]);
    }
}
