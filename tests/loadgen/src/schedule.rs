use std::time::{Duration, Instant};

/// When batches are to be sent.
#[derive(Debug, Clone)]
pub struct Schedule {
    begin: Instant,
    pace: Pace,
    /// Records of the batches so far.
    records: u64,
}

/// What decides when the next batch goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// The target: a batch goes when the one before it is done, and its maker has made it, at so many bytes a second if it is slow.
    Closed {
        /// Bytes a second that the worker makes and encodes.
        client_rate: Option<f64>,
    },
    /// The clock: so many records a second. A batch that is late goes at once, and counts from when it was to go.
    Open {
        /// Records a second of this worker.
        rate: f64,
    },
}

impl Schedule {
    /// Batches from this time on.
    pub fn new(begin: Instant, pace: Pace) -> Self {
        Schedule { begin, pace, records: 0 }
    }

    /// When the next batch, of so many records and bytes, is to be sent; `now` its predecessor is done.
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
        // Whatever the time is: 80 records are 80 milliseconds.
        let late = begin + 5000 * MILLISECOND;
        let intended = [80, 60, 100, 80].map(|records| schedule.next(records, 1, late) - begin);
        assert_eq!(intended, [0, 80, 140, 240].map(|milliseconds| milliseconds * MILLISECOND));
    }

    #[test]
    fn a_closed_loop_goes_on_when_the_last_batch_is_done_and_the_next_is_made() {
        let begin = Instant::now();
        let mut schedule = Schedule::new(begin, Pace::Closed { client_rate: None });
        assert_eq!(schedule.next(80, 90_000, begin + MILLISECOND), begin + MILLISECOND);
        let mut slow = Schedule::new(begin, Pace::Closed { client_rate: Some(2e6) });
        assert_eq!(slow.next(80, 90_000, begin + MILLISECOND), begin + 46 * MILLISECOND);
    }
}
