use std::time::{Duration, Instant};

/// Determines when the batches of a worker are due.
#[derive(Debug, Clone)]
pub struct Schedule {
    begin: Instant,
    pace: Pace,
    /// Number of records in all batches so far.
    records: u64,
}

/// The kind of schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// Closed loop, paced by the target: a batch is due when the previous one is done.
    Closed {
        /// Bytes per second at which the worker generates and encodes records; `None` for as fast as it can.
        client_rate: Option<f64>,
    },
    /// Open loop, paced by the clock. A late batch is sent immediately, and its latency counts from when it was due.
    Open {
        /// Records per second of this worker.
        rate: f64,
    },
}

impl Schedule {
    /// Creates a schedule whose first batch is due at `begin`.
    pub fn new(begin: Instant, pace: Pace) -> Self {
        Schedule { begin, pace, records: 0 }
    }

    /// Returns when the next batch is due, given its number of records and bytes. The previous batch was done at `now`.
    pub fn next(&mut self, records: usize, bytes: usize, now: Instant) -> Instant {
        let before = self.records;
        self.records += records as u64;
        match self.pace {
            Pace::Closed { client_rate: None } => now,
            Pace::Closed { client_rate: Some(rate) } => now + Duration::from_secs_f64(bytes as f64 / rate),
            Pace::Open { rate } => self.begin + Duration::from_secs_f64(before as f64 / rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    #[test]
    fn an_open_loop_does_not_wait_for_the_target() {
        let begin = Instant::now();
        let mut schedule = Schedule::new(begin, Pace::Open { rate: 1000.0 });
        // However late it is, 80 records take 80 milliseconds.
        let late = begin + 5000 * MILLISECOND;
        let intended = [80, 60, 100, 80].map(|records| schedule.next(records, 1, late) - begin);
        assert_eq!(intended, [0, 80, 140, 240].map(|milliseconds| milliseconds * MILLISECOND));
    }

    #[test]
    fn a_closed_loop_sends_when_the_last_batch_is_done_and_the_next_is_made() {
        let begin = Instant::now();
        let mut schedule = Schedule::new(begin, Pace::Closed { client_rate: None });
        assert_eq!(schedule.next(80, 90_000, begin + MILLISECOND), begin + MILLISECOND);
        let mut slow = Schedule::new(begin, Pace::Closed { client_rate: Some(2e6) });
        assert_eq!(slow.next(80, 90_000, begin + MILLISECOND), begin + 46 * MILLISECOND);
    }
}
