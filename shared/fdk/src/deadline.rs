use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// When the agent gives up on a call.
///
/// The agent's own deadline is up to a second later: it tells whole seconds, cut off. Counted on the monotonic clock from the moment the call
/// came in, so that a clock that is set meanwhile does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

/// What fdk-python takes where there is no deadline; it is also the default timeout of a function.
const UNTOLD: Duration = Duration::from_secs(30);

/// Longer than any call may take (an hour, detached, on OCI), short enough for any clock.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Deadline {
    /// The deadline that is so far away.
    pub fn after(time: Duration) -> Self {
        Deadline(Instant::now() + time.min(LONGEST))
    }

    /// Reads `Fn-Deadline`, RFC 3339 with any offset; `None` where it is not that.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let deadline: Timestamp = text.trim().parse().ok()?;
        let remaining = deadline.duration_since(Timestamp::now());
        // One that is past has nothing left.
        Some(Deadline::after(Duration::try_from(remaining).unwrap_or_default()))
    }

    /// The deadline of a call that brought none.
    pub(crate) fn untold() -> Self {
        Deadline::after(UNTOLD)
    }

    /// The time that is left; zero where it is past.
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// As a point of time, for `tokio::time::timeout_at`.
    pub fn instant(&self) -> Instant {
        self.0
    }
}

#[cfg(test)]
#[path = "deadline_tests.rs"]
mod tests;
