use crate::response::Counts;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, prometheus_text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use sender::SendCounts;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts what the service has done, for Prometheus.
///
/// The numbers on one page are consistent: a request and its records are counted in one step, once there is a response.
#[derive(Debug)]
pub(super) struct Metrics {
    state: Mutex<State>,
    /// How long it took to send the records of each request, in seconds.
    sent: Histogram,
}

#[derive(Debug, Default, Clone)]
struct State {
    /// Number of requests with records, by the status of the response.
    responses: BTreeMap<u16, u64>,
    records: Counts,
    /// Number of requests whose clients disconnected before the response.
    abandoned: u64,
    open: u64,
}

/// Current values that are counted elsewhere.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gauges {
    pub(super) sender: SendCounts,
    pub(super) body_bytes: usize,
    pub(super) connections: usize,
}

/// Bounds of the histogram in seconds, from an immediate response to the longest time that a request can have.
const BOUNDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The content type of the page: Prometheus's text format, which is always in UTF-8.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

impl Default for Metrics {
    fn default() -> Self {
        Metrics { state: Mutex::default(), sent: Histogram::new(BOUNDS) }
    }
}

impl Metrics {
    pub(super) fn begun(&self) {
        self.lock().open += 1;
    }

    /// Counts a request that has ended, by its response or as abandoned. Returns how many are still open.
    pub(super) fn ended(&self, response: Option<(u16, Counts)>) -> u64 {
        let mut state = self.lock();
        match response {
            Some((status, counts)) => {
                *state.responses.entry(status).or_default() += 1;
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

    /// Records how long it took to send the records of a request.
    pub(super) fn sent(&self, took: Duration) {
        self.sent.observe(took.as_secs_f64());
    }

    /// Returns the page in Prometheus's text format.
    pub(super) fn page(&self, gauges: Gauges) -> String {
        let mut registry = Registry::default();
        let (state, sent) = (self.lock().clone(), self.sent.clone());
        registry.register_collector(Box::new(Page { state, sent, gauges }));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry).expect("writing to memory does not fail");
        text
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The numbers of one page.
#[derive(Debug)]
struct Page {
    state: State,
    sent: Histogram,
    gauges: Gauges,
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let State { responses, records, abandoned, open } = &self.state;
        let Gauges { sender, body_bytes, connections } = self.gauges;
        let Counts { stored, refused, failed, unknown, .. } = *records;
        let out = &mut encoder;
        let requests = responses.iter().map(|(status, count)| (status.to_string(), *count));
        let outcomes = [("stored", stored), ("refused", refused), ("failed", failed), ("unknown", unknown)];
        counters(
            out,
            "ingest_requests",
            "Requests with records, by the status of the response",
            "status",
            requests,
        )?;
        counter(
            out,
            "ingest_requests_abandoned",
            "Requests whose client disconnected before the response",
            *abandoned,
        )?;
        gauge(out, "ingest_requests_open", "Requests that have not been answered yet", *open)?;
        let outcomes = outcomes.map(|(outcome, count)| (outcome.to_owned(), count)).into_iter();
        counters(out, "ingest_records", "Records in responses, by outcome", "outcome", outcomes)?;
        counter(out, "ingest_put_requests", "Requests to the stream", sender.requests)?;
        let unanswered = "Requests to the stream that ended without a result for their records";
        counter(out, "ingest_put_requests_unanswered", unanswered, sender.unanswered)?;
        counter(out, "ingest_put_records", "Records in requests to the stream", sender.records)?;
        counter(out, "ingest_put_records_retried", "Records sent to the stream again", sender.retries)?;
        let throttled = "How often the stream throttled a record";
        counter(out, "ingest_put_records_throttled", throttled, sender.throttled)?;
        counter(out, "ingest_put_bytes", "Bytes of keys and values in requests to the stream", sender.bytes)?;
        gauge(out, "ingest_put_requests_in_flight", "Requests to the stream in flight", sender.in_flight)?;
        gauge(out, "ingest_queue_records", "Records waiting or in flight", sender.held_records)?;
        gauge(
            out,
            "ingest_queue_bytes",
            "Bytes of keys and values of records waiting or in flight",
            sender.held_bytes,
        )?;
        gauge(out, "ingest_body_bytes", "Bytes held for bodies, records and responses", body_bytes as u64)?;
        gauge(out, "ingest_connections", "Open connections", connections as u64)?;
        let took = "Seconds until all records of a request have their outcomes";
        metric(out, "ingest_publish_seconds", took, &self.sent)
    }
}

fn counter(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    metric(out, name, help, &ConstCounter::new(value))
}

fn gauge(out: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    metric(out, name, help, &ConstGauge::new(value))
}

fn metric(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    metric.encode(out.encode_descriptor(name, help, None, metric.metric_type())?)
}

/// Writes a counter for each value of a label.
fn counters(
    out: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &str,
    values: impl Iterator<Item = (String, u64)>,
) -> fmt::Result {
    let mut family = out.encode_descriptor(name, help, None, ConstCounter::new(0_u64).metric_type())?;
    for (value, count) in values {
        ConstCounter::new(count).encode(family.encode_family(&[(label, value)])?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_metric_with_its_type_and_the_sums_are_right() {
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
            metrics.sent(Duration::from_millis(milliseconds));
        }
        let sender = SendCounts { requests: 9, retries: 3, held_bytes: 77, ..SendCounts::default() };
        let page = metrics.page(Gauges { sender, body_bytes: 12, connections: 2 });
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

    #[test]
    fn names_types_and_labels_are_those_that_dashboards_depend_on() {
        let metrics = Metrics::default();
        metrics.begun();
        metrics.ended(Some((200, Counts::default())));
        let page = metrics.page(Gauges { sender: SendCounts::default(), body_bytes: 0, connections: 0 });
        let types: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
        let expected = [
            "ingest_requests_total counter",
            "ingest_requests_abandoned_total counter",
            "ingest_requests_open gauge",
            "ingest_records_total counter",
            "ingest_put_requests_total counter",
            "ingest_put_requests_unanswered_total counter",
            "ingest_put_records_total counter",
            "ingest_put_records_retried_total counter",
            "ingest_put_records_throttled_total counter",
            "ingest_put_bytes_total counter",
            "ingest_put_requests_in_flight gauge",
            "ingest_queue_records gauge",
            "ingest_queue_bytes gauge",
            "ingest_body_bytes gauge",
            "ingest_connections gauge",
            "ingest_publish_seconds histogram",
        ];
        assert_eq!(types, expected);
        let labels: Vec<&str> = page
            .lines()
            .filter_map(|line| line.split_once('{')?.1.split_once('=').map(|label| label.0))
            .collect();
        let expected = [&["status"][..], &["outcome"; 4], &["le"; BOUNDS.len() + 1]].concat();
        assert_eq!(labels, expected);
        assert_eq!(page.matches("# HELP ").count(), types.len());
    }
}
