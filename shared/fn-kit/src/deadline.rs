use chrono::{DateTime, Utc};
use std::time::Duration;
use tokio::time::Instant;

/// When the agent gives up on a call.
///
/// The agent's own deadline is up to a second later, because it sends whole seconds, rounded down. This one is measured on the monotonic clock
/// from the moment the call arrived, so that setting the clock in the meantime does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

/// What fdk-python uses if there is no deadline. It is also the default timeout of a function.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Longer than any call may take (an hour, detached, on OCI), and short enough for any clock.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

impl Deadline {
    /// The deadline that is this far away.
    pub fn after(time: Duration) -> Self {
        Deadline(Instant::now() + time.min(MAX_TIMEOUT))
    }

    /// Parses `Fn-Deadline`: RFC 3339 with any offset. `None` if it is anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let deadline = DateTime::parse_from_rfc3339(text.trim()).ok()?;
        let remaining = deadline.signed_duration_since(Utc::now()).to_std();
        // The error means that the deadline has passed.
        Some(Deadline::after(remaining.unwrap_or_default()))
    }

    /// The deadline of a call without one.
    pub(crate) fn default_timeout() -> Self {
        Deadline::after(DEFAULT_TIMEOUT)
    }

    /// The time that is left; zero if it has passed.
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The deadline as a point in time, for `tokio::time::timeout_at`.
    pub fn instant(&self) -> Instant {
        self.0
    }
}

#[cfg(test)]
#[path = "deadline_tests.rs"]
mod tests;
