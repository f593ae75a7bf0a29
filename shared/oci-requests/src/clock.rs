use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// The clock that requests are signed with: the local one, until a service refuses a signature for its date.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// How far the service's clock is ahead of the local one, in seconds.
    ahead: AtomicI64,
}

/// Services refuse dates that are off by more than this, in seconds:
/// <https://docs.oracle.com/en-us/iaas/Content/API/References/apierrors.htm>.
const TOLERANCE: i64 = 5 * 60;

impl Clock {
    /// Returns the time to sign with.
    pub(crate) fn now(&self) -> SystemTime {
        let (now, ahead) = (SystemTime::now(), self.ahead());
        let by = Duration::from_secs(ahead.unsigned_abs());
        let moved = if ahead >= 0 { now.checked_add(by) } else { now.checked_sub(by) };
        moved.unwrap_or(now)
    }

    /// Returns how far the service's clock is ahead of the local one, in seconds.
    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    /// Adopts the service's clock after a refused signature, if the local clock is so far off that this may be the reason.
    ///
    /// `signed_ahead` is what [`ahead`](Self::ahead) returned when the refused request was signed. Returns whether the clock has changed
    /// since then.
    pub(crate) fn adopt(&self, service: Option<SystemTime>, signed_ahead: i64) -> bool {
        if self.ahead() != signed_ahead {
            return true; // Another refused request has already done it.
        }
        let Some(service) = service else { return false };
        let now = SystemTime::now();
        let seconds = |late: SystemTime, early| late.duration_since(early).map(|by| by.as_secs() as i64);
        let ahead = seconds(service, now).unwrap_or_else(|_| -seconds(now, service).unwrap_or(0));
        // Half of the tolerance, because the response took time to arrive.
        if (ahead - signed_ahead).abs() < TOLERANCE / 2 {
            return false;
        }
        tracing::warn!(
            seconds_ahead = ahead,
            "this machine's clock is wrong; signing requests by the service's clock"
        );
        self.ahead.store(ahead, Ordering::Relaxed);
        true
    }
}
