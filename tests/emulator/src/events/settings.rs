//! The options for the delivery of events, and the surroundings of the service.

use std::time::Duration;

use crate::random;
use crate::region::region_key;

/// The options of the Events service.
///
/// The documentation says that a function that is too busy (503) is invoked again until it succeeds. It does not mention other failures
/// or the time between attempts.
#[derive(Debug, Clone)]
pub struct EventsOptions {
    /// Wait after the first failure; it doubles with each further failure.
    pub retry_delay: Duration,
    /// Maximum wait between attempts.
    pub retry_ceiling: Duration,
    /// How long after its event a failing delivery is retried. If the last response was a 503, there is no limit.
    pub retry_for: Duration,
    /// Maximum number of concurrent deliveries. Deliveries start in the order of events; with a maximum of one, they also end in that
    /// order.
    pub concurrency: usize,
    /// Maximum number of deliveries held in memory. Above it, events stay in Object Storage, which rejects changes with a 503 while it
    /// has 10,000 of them.
    pub queue: usize,
}

/// What the service needs to know about the cloud around it.
#[derive(Debug, Clone)]
pub(crate) struct EventsContext {
    pub(crate) region: String,
    pub(crate) tenancy: String,
    pub(crate) namespace: String,
    /// The availability domain that events name.
    pub(crate) availability_domain: String,
}

impl Default for EventsOptions {
    fn default() -> Self {
        Self {
            retry_delay: Duration::from_secs(1),
            retry_ceiling: Duration::from_secs(60),
            retry_for: Duration::from_secs(24 * 3600),
            // The number of processes of a function that one machine may reasonably run in parallel.
            concurrency: 8,
            // A delivery takes about 700 bytes, plus the name of the object.
            queue: 100_000,
        }
    }
}

impl EventsOptions {
    /// Returns the wait before the next attempt after a number of failures.
    pub(crate) fn backoff(&self, failed: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
        self.retry_delay.saturating_mul(doubled).min(self.retry_ceiling)
    }
}

impl EventsContext {
    pub(crate) fn new(region: &str, tenancy: &str, namespace: &str) -> Self {
        Self {
            region: region.to_owned(),
            tenancy: tenancy.to_owned(),
            namespace: namespace.to_owned(),
            availability_domain: format!("{}-AD-1", region_key(region).to_uppercase()),
        }
    }

    /// Creates an OCID of this kind in this region.
    pub(crate) fn new_id(&self, kind: &str) -> String {
        random::ocid(kind, &self.region)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::EventsOptions;

    #[test]
    fn the_wait_doubles_up_to_its_maximum() {
        let options = EventsOptions::default();
        let seconds = |failed| options.backoff(failed).as_secs();
        assert_eq!([1, 2, 3, 4, 6, 7, 40, u32::MAX].map(seconds), [1, 2, 4, 8, 32, 60, 60, 60]);
        let none = EventsOptions { retry_delay: Duration::ZERO, ..options };
        assert_eq!(none.backoff(9), Duration::ZERO);
    }
}
