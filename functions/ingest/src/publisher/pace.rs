use std::time::{Duration, Instant};

/// How much may pass in a second: a bucket that fills at a rate and holds what [`BURST`] brings.
///
/// An amount passes when the bucket holds it; one that is larger than the bucket passes when that is full, and leaves a debt.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    /// A second; `None` is no limit.
    rate: Option<f64>,
    level: f64,
    at: Instant,
}

/// Just under the stream's limit, so that it is the wait here that is felt, and not the refusal there.
const UNDER: f64 = 0.99;

/// A limit "a second" lets a second's worth pass at once. A tenth less leaves room for requests that take unequal times on their way:
/// they come closer together there than they left here.
const BURST: Duration = Duration::from_millis(900);

impl Pace {
    /// A full bucket.
    pub(super) fn new(limit: Option<u64>, now: Instant) -> Self {
        let rate = limit.map(|limit| limit.max(1) as f64 * UNDER);
        let mut pace = Pace { rate, level: 0.0, at: now };
        pace.level = pace.capacity();
        pace
    }

    /// What may pass now; below zero is a debt, and without a limit it is infinite.
    pub(super) fn level(&self, now: Instant) -> f64 {
        let Some(rate) = self.rate else { return f64::INFINITY };
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        (self.level + passed * rate).min(self.capacity())
    }

    /// What the level has to be for an amount to pass.
    pub(super) fn needed(&self, amount: f64) -> f64 {
        amount.min(self.capacity())
    }

    /// Lets an amount pass, whether or not the bucket holds it.
    pub(super) fn take(&mut self, amount: f64, now: Instant) {
        self.set(self.level(now) - amount, now);
    }

    /// Takes back what did not pass after all.
    pub(super) fn put_back(&mut self, amount: f64, now: Instant) {
        self.set((self.level(now) + amount).min(self.capacity()), now);
    }

    /// Leaves nothing: the stream has said that there is no room.
    pub(super) fn empty(&mut self, now: Instant) {
        self.set(self.level(now).min(0.0), now);
    }

    /// When an amount may pass.
    pub(super) fn when(&self, amount: f64, now: Instant) -> Instant {
        let missing = self.needed(amount) - self.level(now);
        match self.rate {
            Some(rate) if missing > 0.0 => now + Duration::from_secs_f64(missing / rate) + ROUNDING,
            _ => now,
        }
    }

    /// What comes in some time.
    pub(super) fn within(&self, time: Duration) -> f64 {
        self.rate.map_or(f64::INFINITY, |rate| rate * time.as_secs_f64())
    }

    /// The most that it holds.
    pub(super) fn capacity(&self) -> f64 {
        self.within(BURST)
    }

    fn set(&mut self, level: f64, now: Instant) {
        if self.rate.is_some() {
            (self.level, self.at) = (level, now);
        }
    }
}

/// So that what was waited for is there, whichever way fractions were rounded.
const ROUNDING: Duration = Duration::from_micros(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_long_run_just_less_than_the_limit_passes() {
        let start = Instant::now();
        let (mut pace, mut now, mut passed) = (Pace::new(Some(1_000_000), start), start, 0.0);
        while now - start < Duration::from_secs(100) {
            now = pace.when(1357.0, now);
            assert!(pace.level(now) >= 1357.0, "what was waited for is there");
            pace.take(1357.0, now);
            passed += 1357.0;
        }
        let expected = 1_000_000.0 * UNDER * 100.9;
        assert!((expected - 3000.0..=expected + 3000.0).contains(&passed), "{passed}");
    }

    #[test]
    fn more_than_the_bucket_holds_passes_when_it_is_full_and_leaves_a_debt() {
        let now = Instant::now();
        let mut pace = Pace::new(Some(1000), now);
        assert_eq!(pace.when(5000.0, now), now);
        pace.take(5000.0, now);
        assert!(pace.level(now) < -4000.0);
        let again = pace.when(5000.0, now);
        assert!(again > now + Duration::from_secs(5) && again < now + Duration::from_millis(5100));
        pace.put_back(5000.0, now);
        assert_eq!(pace.when(5000.0, now), now);
    }

    #[test]
    fn without_a_limit_nothing_waits() {
        let now = Instant::now();
        let mut pace = Pace::new(None, now);
        pace.take(1e12, now);
        pace.empty(now);
        assert_eq!((pace.when(1e12, now), pace.level(now)), (now, f64::INFINITY));
    }
}
