use std::time::{Duration, Instant};

/// Limits an amount per second with a token bucket.
///
/// An amount passes when the bucket holds that much. An amount larger than the bucket passes when the bucket is full, and leaves a debt.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// Inflow per second; `None` means no limit.
    rate: Option<f64>,
    capacity: f64,
    level: f64,
    at: Instant,
}

/// The part of the stream's limit that is used. It is just under the whole, so that records wait here instead of being throttled there.
const UNDER: f64 = 0.99;

/// The largest burst. A limit per second lets a second's worth pass at once. A tenth less leaves room for requests that take unequal time
/// on their way and arrive closer together than they left.
const BURST: Duration = Duration::from_millis(900);

/// The smallest amount worth a request, as a part of a second's worth. A partition at its limit always has room for one more record.
/// Waiting for this much keeps requests from becoming small: each costs a signature.
pub(super) const QUANTUM: Duration = Duration::from_millis(20);

impl Pace {
    /// Creates a full bucket.
    pub(super) fn new(limit: Option<f64>, now: Instant) -> Self {
        let mut pace = Pace { rate: None, capacity: f64::INFINITY, level: f64::INFINITY, at: now };
        pace.limit(limit, 1.0, now);
        pace.level = pace.capacity;
        pace
    }

    /// Changes the inflow and the capacity to a share of a limit.
    pub(super) fn limit(&mut self, limit: Option<f64>, share: f64, now: Instant) {
        let before = self.level(now);
        let full = limit.map(|limit| limit.max(1.0) * UNDER);
        self.rate = full.map(|full| full * share);
        self.capacity = full.map_or(f64::INFINITY, |full| {
            (full * share * BURST.as_secs_f64()).max(full * QUANTUM.as_secs_f64())
        });
        self.set(before.min(self.capacity), now);
    }

    /// Returns how much may pass now. A negative value is a debt. Without a limit the level is infinite.
    pub(super) fn level(&self, now: Instant) -> f64 {
        let Some(rate) = self.rate else { return f64::INFINITY };
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        (self.level + passed * rate).min(self.capacity)
    }

    /// Returns the most that the bucket holds.
    pub(super) fn capacity(&self) -> f64 {
        self.capacity
    }

    /// Returns the inflow per second.
    pub(super) fn rate(&self) -> f64 {
        self.rate.unwrap_or(f64::INFINITY)
    }

    /// Removes an amount, whether or not the bucket holds it.
    pub(super) fn take(&mut self, amount: f64, now: Instant) {
        self.set(self.level(now) - amount, now);
    }

    /// Puts back an amount that did not pass after all.
    pub(super) fn put_back(&mut self, amount: f64, now: Instant) {
        self.set((self.level(now) + amount).min(self.capacity), now);
    }

    /// Empties the bucket, because the stream says that there is no room.
    pub(super) fn empty(&mut self, now: Instant) {
        self.set(self.level(now).min(0.0), now);
    }

    /// Returns when an amount may pass.
    pub(super) fn when(&self, amount: f64, now: Instant) -> Instant {
        let missing = amount.min(self.capacity) - self.level(now);
        match self.rate {
            Some(rate) if missing > 0.0 => {
                now + Duration::from_secs_f64((missing / rate).min(LONGEST)) + ROUNDING
            }
            _ => now,
        }
    }

    fn set(&mut self, level: f64, now: Instant) {
        (self.level, self.at) = (level, now);
    }
}

/// Added to each wait, so that the amount is there afterwards whichever way fractions were rounded.
const ROUNDING: Duration = Duration::from_micros(1);

/// The longest wait in seconds. Whoever waits longer checks again after this.
const LONGEST: f64 = 60.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_long_run_slightly_less_than_the_limit_passes() {
        for share in [1.0, 0.25] {
            let start = Instant::now();
            let (mut pace, mut now, mut passed) = (Pace::new(Some(1_000_000.0), start), start, 0.0);
            pace.limit(Some(1_000_000.0), share, start);
            while now - start < Duration::from_secs(100) {
                now = pace.when(1357.0, now);
                assert!(pace.level(now) >= 1357.0, "the amount is there after the wait");
                pace.take(1357.0, now);
                passed += 1357.0;
            }
            let expected = 1_000_000.0 * UNDER * share * 100.9;
            assert!((expected - 3000.0..=expected + 3000.0).contains(&passed), "{passed}");
        }
    }

    #[test]
    fn an_amount_larger_than_the_bucket_passes_when_it_is_full_and_leaves_a_debt() {
        let now = Instant::now();
        let mut pace = Pace::new(Some(1000.0), now);
        assert_eq!(pace.when(5000.0, now), now);
        pace.take(5000.0, now);
        assert!(pace.level(now) < -4000.0);
        let again = pace.when(5000.0, now);
        assert!(again > now + Duration::from_secs(5) && again < now + Duration::from_millis(5100));
        pace.put_back(5000.0, now);
        assert_eq!(pace.when(5000.0, now), now);
    }

    #[test]
    fn without_a_limit_amounts_pass_immediately() {
        let now = Instant::now();
        let mut pace = Pace::new(None, now);
        pace.take(1e12, now);
        pace.empty(now);
        assert_eq!(pace.when(1e12, now), now);
        pace.limit(None, 0.1, now);
        assert_eq!((pace.level(now), pace.rate()), (f64::INFINITY, f64::INFINITY));
    }
}
