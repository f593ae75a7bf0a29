//! The counters of the service, under the names of its metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Counts since the process started, under the names of the metrics in the namespace `oci_cloudevents` ("Events Metrics" in the Events
/// documentation). How the service counts attempts is not documented.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventsMetrics {
    /// Number of events published.
    pub published_events: u64,
    /// Number of events matched, counted once per matching rule.
    pub matched_events: u64,
    /// Number of successful delivery attempts.
    pub delivery_succeed_events: u64,
    /// Number of failed delivery attempts.
    pub delivery_failed_events: u64,
}

/// The counters behind [`EventsMetrics`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) published: AtomicU64,
    pub(crate) matched: AtomicU64,
    pub(crate) succeeded: AtomicU64,
    pub(crate) failed: AtomicU64,
}

impl Counters {
    pub(crate) fn read(&self) -> EventsMetrics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        EventsMetrics {
            published_events: read(&self.published),
            matched_events: read(&self.matched),
            delivery_succeed_events: read(&self.succeeded),
            delivery_failed_events: read(&self.failed),
        }
    }
}
