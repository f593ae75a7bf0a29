use crate::outcome::Failure;
use std::time::{Duration, Instant};

/// An outage of the stream as a whole: requests ended without a response about their records.
#[derive(Debug)]
pub(super) struct Trouble {
    failures: u32,
    /// Nothing is sent until this time.
    pub(super) until: Instant,
    failure: Failure,
    pub(super) message: String,
}

impl Trouble {
    /// Returns the trouble after another failed request. `pause` returns the wait after this many failures in a row.
    ///
    /// A request that fails while sending is paused counts as part of the same failure, and can only extend the pause by its own hint,
    /// `wait`.
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

    /// Returns the failure of a record that was not sent because of this trouble.
    pub(super) fn failure(&self) -> Failure {
        if self.failure == Failure::Throttled { Failure::Throttled } else { Failure::Unavailable }
    }
}
