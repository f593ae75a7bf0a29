//! How events are delivered, and where the service is.

use std::time::Duration;

use crate::random;
use crate::region::region_key;

/// How the Events service is to be.
///
/// The documentation says of a function that is too busy (503) that it is called again until it succeeds, and of other failures
/// nothing; neither are the times between attempts documented.
#[derive(Debug, Clone)]
pub struct EventsOptions {
    /// The time after a first failure; it doubles with each further one.
    pub retry_delay: Duration,
    /// What the time between attempts grows to.
    pub retry_ceiling: Duration,
    /// How long after its event a delivery that fails is tried again. One whose last answer was 503 has no end.
    pub retry_for: Duration,
    /// Deliveries under way at once. They begin in the order of the events; with one at a time they also end in it.
    pub concurrency: usize,
    /// Deliveries that wait in memory. Above it events stay with Object Storage, which refuses changes (503) when it has 10,000.
    pub queue: usize,
}

/// Where the service is.
#[derive(Debug, Clone)]
pub(crate) struct EventsContext {
    pub(crate) region: String,
    pub(crate) tenancy: String,
    pub(crate) namespace: String,
    /// The one that events name.
    pub(crate) availability_domain: String,
}

impl Default for EventsOptions {
    fn default() -> Self {
        Self {
            retry_delay: Duration::from_secs(1),
            retry_ceiling: Duration::from_secs(60),
            retry_for: Duration::from_secs(24 * 3600),
            // As many processes of a function start side by side on one machine.
            concurrency: 8,
            // Of some 700 bytes each, and an object's name.
            queue: 100_000,
        }
    }
}

impl EventsOptions {
    /// The time to the next attempt after so many that failed.
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

    /// An OCID of a kind in this region.
    pub(crate) fn new_id(&self, kind: &str) -> String {
        random::ocid(kind, &self.region)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::EventsOptions;

    #[test]
    fn the_time_between_attempts_doubles_up_to_its_ceiling() {
        let options = EventsOptions::default();
        let seconds = |failed| options.backoff(failed).as_secs();
        assert_eq!([1, 2, 3, 4, 6, 7, 40, u32::MAX].map(seconds), [1, 2, 4, 8, 32, 60, 60, 60]);
        let none = EventsOptions { retry_delay: Duration::ZERO, ..options };
        assert_eq!(none.backoff(9), Duration::ZERO);
    }
}
