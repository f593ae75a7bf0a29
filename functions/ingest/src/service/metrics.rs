use crate::answer::Counts;
use crate::publisher::PublishCounts;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the service has done, told in Prometheus's text format.
///
/// The figures of one page belong together: a request and its records are counted in one step, when its answer is there.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<State>);

#[derive(Debug, Default, Clone)]
struct State {
    /// Requests with records, by the status of their answers.
    answered: BTreeMap<u16, u64>,
    records: Counts,
    /// Whose clients went away before they were answered.
    abandoned: u64,
    open: u64,
    /// How many publish calls took no longer than each of [`BOUNDS`], and longer than the one before.
    took: [u64; BOUNDS.len() + 1],
    took_seconds: f64,
}

/// What is so now, and is counted elsewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gauges {
    pub(super) publisher: PublishCounts,
    pub(super) body_bytes: usize,
    pub(super) connections: usize,
}

/// Bounds of the histogram, in seconds: from an answer at once to the time a request has at most.
const BOUNDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

impl Metrics {
    pub(super) fn begun(&self) {
        self.lock().open += 1;
    }

    /// Notes a request's end: its answer, or that nobody was there to be answered. Says how many are open now.
    pub(super) fn ended(&self, answer: Option<(u16, Counts)>) -> u64 {
        let mut state = self.lock();
        match answer {
            Some((status, counts)) => {
                *state.answered.entry(status).or_default() += 1;
                state.records.add(counts);
            }
            None => state.abandoned += 1,
        }
        state.open -= 1;
        state.open
    }

    pub(super) fn open(&self) -> u64 {
        self.lock().open
    }

    pub(super) fn published(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        let mut state = self.lock();
        state.took[bucket] += 1;
        state.took_seconds += seconds;
    }

    /// The page.
    pub(super) fn page(&self, gauges: Gauges) -> String {
        let state = self.lock().clone();
        let Gauges { publisher, body_bytes, connections } = gauges;
        let mut page = Page::default();
        page.head("ingest_requests_total", "counter", "Requests with records, by the status of the answer");
        for (status, count) in &state.answered {
            page.line("ingest_requests_total", &format!("status=\"{status}\""), count);
        }
        page.one(
            "ingest_requests_abandoned_total",
            "counter",
            "Requests whose client was gone before the answer",
            state.abandoned,
        );
        page.one("ingest_requests_open", "gauge", "Requests that are not answered yet", state.open);
        page.head(
            "ingest_records_total",
            "counter",
            "Records that were answered for, by what was said of them",
        );
        let Counts { stored, refused, failed, unknown, .. } = state.records;
        for (outcome, count) in
            [("stored", stored), ("refused", refused), ("failed", failed), ("unknown", unknown)]
        {
            page.line("ingest_records_total", &format!("outcome=\"{outcome}\""), count);
        }
        for (name, about, count) in [
            ("ingest_put_requests_total", "Requests to the stream", publisher.requests),
            (
                "ingest_put_requests_unanswered_total",
                "Those that ended without an answer about their records",
                publisher.unanswered,
            ),
            ("ingest_put_records_total", "Records in them", publisher.records),
            ("ingest_put_records_retried_total", "Those that had been sent before", publisher.retries),
            (
                "ingest_put_records_throttled_total",
                "How often the stream had no room for a record",
                publisher.throttled,
            ),
            ("ingest_put_bytes_total", "Bytes of keys and values in them", publisher.bytes),
        ] {
            page.one(name, "counter", about, count);
        }
        for (name, about, value) in [
            ("ingest_put_requests_in_flight", "Requests to the stream under way", publisher.in_flight),
            ("ingest_queue_records", "Records that wait or are under way", publisher.held_records),
            ("ingest_queue_bytes", "Bytes of their keys and values", publisher.held_bytes),
            ("ingest_body_bytes", "Bytes of bodies, records and answers that are held", body_bytes as u64),
            ("ingest_connections", "Connections", connections as u64),
        ] {
            page.one(name, "gauge", about, value);
        }
        page.histogram(
            "ingest_publish_seconds",
            "How long it took until all records of a request had their outcomes",
            &state,
        );
        page.text
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn head(&mut self, name: &str, kind: &str, about: &str) {
        self.write(format_args!("# HELP {name} {about}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        self.write(format_args!("{name}{{{labels}}} {value}\n"));
    }

    fn one(&mut self, name: &str, kind: &str, about: &str, value: u64) {
        self.head(name, kind, about);
        self.write(format_args!("{name} {value}\n"));
    }

    fn histogram(&mut self, name: &str, about: &str, state: &State) {
        self.head(name, "histogram", about);
        let mut count = 0;
        let bounds = BOUNDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for (bound, more) in bounds.zip(state.took) {
            count += more;
            self.line(&format!("{name}_bucket"), &format!("le=\"{bound}\""), count);
        }
        self.write(format_args!("{name}_sum {}\n{name}_count {count}\n", state.took_seconds));
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.text.write_fmt(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_figure_with_its_type_and_the_sums_are_right() {
        let metrics = Metrics::default();
        let counts =
            |stored, failed| Counts { records: stored + failed, stored, failed, ..Counts::default() };
        for _ in 0..4 {
            metrics.begun();
        }
        metrics.ended(Some((200, counts(5, 0))));
        metrics.ended(Some((207, counts(2, 1))));
        assert_eq!(metrics.ended(None), 1);
        for milliseconds in [3, 5, 400, 60_000] {
            metrics.published(Duration::from_millis(milliseconds));
        }
        let publisher = PublishCounts { requests: 9, retries: 3, held_bytes: 77, ..PublishCounts::default() };
        let page = metrics.page(Gauges { publisher, body_bytes: 12, connections: 2 });
        for line in [
            "ingest_requests_total{status=\"200\"} 1",
            "ingest_requests_total{status=\"207\"} 1",
            "ingest_requests_abandoned_total 1",
            "ingest_requests_open 1",
            "ingest_records_total{outcome=\"stored\"} 7",
            "ingest_records_total{outcome=\"failed\"} 1",
            "ingest_records_total{outcome=\"unknown\"} 0",
            "ingest_put_requests_total 9",
            "ingest_put_records_retried_total 3",
            "ingest_queue_bytes 77",
            "ingest_body_bytes 12",
            "ingest_connections 2",
            "ingest_publish_seconds_bucket{le=\"0.005\"} 2",
            "ingest_publish_seconds_bucket{le=\"0.5\"} 3",
            "ingest_publish_seconds_bucket{le=\"30\"} 3",
            "ingest_publish_seconds_bucket{le=\"+Inf\"} 4",
            "ingest_publish_seconds_count 4",
        ] {
            assert!(page.lines().any(|there| there == line), "{line} is not in\n{page}");
        }
        let names: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        assert!(
            page.lines()
                .filter(|line| !line.starts_with('#'))
                .all(|line| { names.iter().any(|name| line.starts_with(name.split(' ').next().unwrap())) })
        );
    }
}
