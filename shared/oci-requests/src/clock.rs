use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// The clock that requests are signed by: this machine's, until a service refuses a signature for its date.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// The service's clock less ours, in seconds.
    ahead: AtomicI64,
}

/// Services refuse dates that are further off: <https://docs.oracle.com/en-us/iaas/Content/API/References/apierrors.htm>.
const TOLERANCE: i64 = 5 * 60;

impl Clock {
    /// The time to sign with.
    pub(crate) fn now(&self) -> SystemTime {
        let (now, ahead) = (SystemTime::now(), self.ahead());
        let by = Duration::from_secs(ahead.unsigned_abs());
        let moved = if ahead >= 0 { now.checked_add(by) } else { now.checked_sub(by) };
        moved.unwrap_or(now)
    }

    /// How far ahead of ours the service's clock is, in seconds.
    pub(crate) fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    /// Adopts the service's clock after a signature was refused, if ours is so far off that this may be why.
    ///
    /// `signed_ahead` is what [`ahead`](Self::ahead) was when the refused request was signed. Returns whether requests are signed by another
    /// clock now than that one was.
    pub(crate) fn adopt(&self, service: Option<SystemTime>, signed_ahead: i64) -> bool {
        if self.ahead() != signed_ahead {
            return true; // Another refused request has done it.
        }
        let Some(service) = service else { return false };
        let now = SystemTime::now();
        let seconds = |late: SystemTime, early| late.duration_since(early).map(|by| by.as_secs() as i64);
        let ahead = seconds(service, now).unwrap_or_else(|_| -seconds(now, service).unwrap_or(0));
        // Half of the tolerance, because the response was under way for a while.
        if (ahead - signed_ahead).abs() < TOLERANCE / 2 {
            return false;
        }
        tracing::warn!(
            seconds_ahead = ahead,
            "this machine's clock is wrong; requests are signed by the service's clock"
        );
        self.ahead.store(ahead, Ordering::Relaxed);
        true
    }
}
