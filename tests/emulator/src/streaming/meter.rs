//! The throughput of a partition, for the status page and tests.

/// Counts amounts over the last ten seconds, and in total.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meter {
    /// The second that the newest slot is for.
    newest: i64,
    seconds: [u64; SECONDS],
    total: u64,
}

/// Number of slots: long enough to be steady, short enough to follow changes.
const SECONDS: usize = 10;

impl Meter {
    pub(crate) fn add(&mut self, amount: u64, now: i64) {
        self.turn(now);
        self.seconds[place(self.newest)] += amount;
        self.total += amount;
    }

    /// Returns the mean per second over the last ten seconds.
    pub(crate) fn per_second(&mut self, now: i64) -> f64 {
        self.turn(now);
        self.seconds.iter().sum::<u64>() as f64 / SECONDS as f64
    }

    /// Returns the total since startup.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Clears the slots of seconds that have passed.
    fn turn(&mut self, now: i64) {
        let second = now.div_euclid(1000);
        // A jump this large means that the clock was set back; a smaller one, that another thread was faster.
        if (second - self.newest).abs() >= SECONDS as i64 {
            self.seconds = [0; SECONDS];
            self.newest = second;
        }
        for over in self.newest + 1..=second {
            self.seconds[place(over)] = 0;
        }
        self.newest = self.newest.max(second);
    }
}

fn place(second: i64) -> usize {
    second.rem_euclid(SECONDS as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::Meter;

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let mut meter = Meter::default();
        for second in 100..105 {
            meter.add(20, second * 1000);
        }
        assert_eq!(meter.per_second(104_999), 10.0);
        assert_eq!(meter.per_second(112_000), 4.0);
        assert_eq!(meter.per_second(500_000), 0.0);
        assert_eq!(meter.total(), 100);
    }

    #[test]
    fn the_rate_continues_when_the_clock_is_set_back() {
        let mut meter = Meter::default();
        meter.add(1000, 3_600_000);
        meter.add(20, 5_000);
        assert_eq!(meter.per_second(6_000), 2.0);
        assert_eq!(meter.per_second(16_000), 0.0);
        assert_eq!(meter.total(), 1020);
    }
}
