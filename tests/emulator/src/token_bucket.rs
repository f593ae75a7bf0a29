//! A rate limit as a token bucket.

/// A bucket that fills at a given rate and holds the amount of one second.
///
/// An amount passes if the bucket holds it. An amount larger than one second's worth passes if the bucket is full, and leaves a debt. In
/// the long run, exactly the rate passes.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenBucket {
    /// The number of tokens, and the time at which there were that many; `None` means a full bucket.
    level: Option<(f64, i64)>,
}

/// Minimum step back, in milliseconds, that means the clock was set back. Smaller ones occur when threads that read the clock one after
/// the other arrive here in reverse order.
const SET_BACK_MILLISECONDS: i64 = 1000;

impl TokenBucket {
    /// Returns the milliseconds until the amount may pass; 0 means that it may pass now, or that there is no rate.
    pub(crate) fn wait(&mut self, rate: Option<u64>, amount: u64, now: i64) -> u64 {
        let Some(rate) = rate.map(|rate| rate.max(1) as f64) else { return 0 };
        let missing = (amount as f64).min(rate) - self.tokens(rate, now);
        // A tiny amount is a rounding error, not a debt.
        if missing <= 1e-6 { 0 } else { (missing / rate * 1000.0).ceil() as u64 }
    }

    /// Lets the amount pass, even if the bucket does not hold it.
    pub(crate) fn take(&mut self, rate: Option<u64>, amount: u64, now: i64) {
        if let Some(rate) = rate.map(|rate| rate.max(1) as f64) {
            let left = self.tokens(rate, now) - amount as f64;
            self.level = Some((left, self.level.map_or(now, |(_, then)| then.max(now))));
        }
    }

    /// Returns the amount that may pass now.
    pub(crate) fn left(&mut self, rate: Option<u64>, now: i64) -> u64 {
        rate.map_or(u64::MAX, |rate| self.tokens(rate.max(1) as f64, now).max(0.0) as u64)
    }

    fn tokens(&mut self, rate: f64, now: i64) -> f64 {
        let Some((tokens, then)) = &mut self.level else { return rate };
        if *then - now > SET_BACK_MILLISECONDS {
            *then = now;
        }
        let passed = (now - *then).max(0) as f64;
        (*tokens + passed * rate / 1000.0).min(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::TokenBucket;

    #[test]
    fn an_amount_that_does_not_fit_has_a_wait() {
        let (mut bucket, rate) = (TokenBucket::default(), Some(1000));
        assert_eq!(bucket.wait(rate, 600, 0), 0);
        bucket.take(rate, 600, 0);
        assert_eq!(bucket.wait(rate, 600, 0), 200);
        assert_eq!(bucket.wait(rate, 600, 199), 1);
        assert_eq!(bucket.wait(rate, 600, 200), 0);
    }

    #[test]
    fn more_than_one_seconds_worth_passes_a_full_bucket_and_leaves_a_debt() {
        let (mut bucket, rate) = (TokenBucket::default(), Some(1000));
        assert_eq!(bucket.wait(rate, 3000, 0), 0);
        bucket.take(rate, 3000, 0);
        assert_eq!(bucket.wait(rate, 1, 0), 2001);
        assert_eq!(bucket.wait(rate, 3000, 0), 3000);
        assert_eq!(bucket.left(rate, 2500), 500);
    }

    #[test]
    fn in_the_long_run_exactly_the_rate_passes() {
        let (mut bucket, rate, mut through) = (TokenBucket::default(), Some(1_000_000), 0);
        bucket.take(rate, 1_000_000, 0);
        for now in 0..60_000 {
            if bucket.wait(rate, 1_357, now) == 0 {
                bucket.take(rate, 1_357, now);
                through += 1_357;
            }
        }
        assert!((59_900_000..=60_000_000).contains(&through), "{through}");
    }

    #[test]
    fn a_bucket_keeps_filling_when_the_clock_is_set_back() {
        let (mut bucket, rate) = (TokenBucket::default(), Some(1000));
        bucket.take(rate, 1000, 3_600_000);
        assert_eq!(bucket.wait(rate, 500, 0), 500);
        assert_eq!(bucket.wait(rate, 500, 500), 0);
        assert_eq!(bucket.left(rate, 500), 500);
    }

    #[test]
    fn clock_readings_out_of_order_fill_nothing_twice() {
        let (mut bucket, rate) = (TokenBucket::default(), Some(1000));
        bucket.take(rate, 900, 100);
        bucket.take(rate, 100, 50);
        assert_eq!(bucket.left(rate, 100), 0);
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut bucket = TokenBucket::default();
        bucket.take(None, u64::MAX, 0);
        assert_eq!((bucket.wait(None, u64::MAX, 0), bucket.left(None, 0)), (0, u64::MAX));
    }
}
