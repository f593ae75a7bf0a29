use crate::outcome::Failure;
use std::time::{Duration, Instant};

/// The stream as a whole does not work: requests ended without a response about their records.
#[derive(Debug)]
pub(super) struct Trouble {
    failures: u32,
    /// Nothing is sent until then.
    pub(super) until: Instant,
    failure: Failure,
    pub(super) message: String,
}

impl Trouble {
    /// The trouble after another failed request; `pause` is asked for the wait after so many failures in a row.
    ///
    /// Requests that fail while nothing is sent anyway count as the same failure, and can only extend it by their own hint, `wait`.
    pub(super) fn after(
        before: Option<Trouble>,
        (failure, message): (Failure, &str),
        wait: Option<Duration>,
        now: Instant,
        pause: impl FnOnce(u32) -> Duration,
    ) -> Self {
        let message = message.to_owned();
        match before {
            Some(Trouble { failures, until, .. }) if until > now => {
                Trouble { failures, until: until.max(now + wait.unwrap_or_default()), failure, message }
            }
            before => {
                let failures = before.map_or(0, |trouble| trouble.failures) + 1;
                Trouble { failures, until: now + pause(failures), failure, message }
            }
        }
    }

    /// What it means for a record that was not sent because of it.
    pub(super) fn failure(&self) -> Failure {
        if self.failure == Failure::Throttled { Failure::Throttled } else { Failure::Unavailable }
    }
}
