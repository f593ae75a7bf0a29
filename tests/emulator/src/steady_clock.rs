//! A clock that never goes back.

use std::sync::Mutex;
use std::time::Instant;

use crate::clock;
use crate::lock::lock;

/// A clock that follows this machine's as long as that advances. If the machine's clock is set back, this clock counts on from its last
/// value. Otherwise, rate limits would wait until the machine's clock had caught up.
#[derive(Debug)]
pub(crate) struct SteadyClock {
    reading: Mutex<Reading>,
}

/// The last value that was taken from the machine's clock, and when.
#[derive(Debug, Clone, Copy)]
struct Reading {
    milliseconds: i64,
    taken: Instant,
}

impl SteadyClock {
    /// Returns the time in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        let mut reading = lock(&self.reading);
        reading.next(clock::milliseconds(), Instant::now())
    }
}

impl Default for SteadyClock {
    fn default() -> Self {
        let reading = Reading { milliseconds: clock::milliseconds(), taken: Instant::now() };
        Self { reading: Mutex::new(reading) }
    }
}

impl Reading {
    /// Returns the time to show. After the machine has slept, its time is ahead of the counted one, and is used.
    fn next(&mut self, machine: i64, now: Instant) -> i64 {
        let passed = i64::try_from(now.saturating_duration_since(self.taken).as_millis()).unwrap_or(i64::MAX);
        let counted = self.milliseconds.saturating_add(passed);
        if machine > counted {
            *self = Self { milliseconds: machine, taken: now };
        }
        machine.max(counted)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Reading;

    #[test]
    fn a_clock_that_is_set_back_keeps_counting_and_one_that_is_set_ahead_is_followed() {
        let start = Instant::now();
        let mut reading = Reading { milliseconds: 5_000_000, taken: start };
        let mut shows = |machine, passed| reading.next(machine, start + Duration::from_millis(passed));
        assert_eq!(shows(5_000_010, 10), 5_000_010);
        // The clock is set an hour back.
        assert_eq!(shows(1_400_020, 20), 5_000_020);
        assert_eq!(shows(1_401_010, 1_010), 5_001_010);
        // The clock is set a day ahead, and back again.
        assert_eq!(shows(91_400_000, 1_020), 91_400_000);
        assert_eq!(shows(5_001_030, 1_030), 91_400_010);
    }
}
