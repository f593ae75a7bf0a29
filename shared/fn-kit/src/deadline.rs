use chrono::{DateTime, Utc};
use std::time::Duration;
use tokio::time::Instant;

/// The time at which the agent gives up on a call.
///
/// The agent's own deadline is up to a second later, because it sends whole seconds, rounded down. This one is measured on the monotonic
/// clock from the moment the call arrived, so setting the system clock in the meantime does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

/// Time limit of a call without a deadline, as in fdk-python. It is also the default timeout of a function.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest time to a deadline. It is longer than any call may take (an hour, detached, on OCI), and short enough for any clock.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

impl Deadline {
    /// Returns the deadline that is this far from now.
    pub fn after(time: Duration) -> Self {
        Deadline(Instant::now() + time.min(MAX_TIMEOUT))
    }

    /// Parses `Fn-Deadline`: RFC 3339 with any offset. Returns `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let deadline = DateTime::parse_from_rfc3339(text.trim()).ok()?;
        let remaining = deadline.signed_duration_since(Utc::now()).to_std();
        // An error means that the deadline has passed.
        Some(Deadline::after(remaining.unwrap_or_default()))
    }

    /// Returns the deadline for a call that has none.
    pub(crate) fn default_timeout() -> Self {
        Deadline::after(DEFAULT_TIMEOUT)
    }

    /// Returns the time left until the deadline, or zero if it has passed.
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Returns the deadline as an instant, for `tokio::time::timeout_at`.
    pub fn instant(&self) -> Instant {
        self.0
    }
}

#[cfg(test)]
#[path = "deadline_tests.rs"]
mod tests;
