use std::time::{Duration, Instant};

/// What others leave of a limit, as far as the stream's refusals tell: a part from nearly nothing to all.
///
/// Nobody tells how many functions put records on the same stream. Where some records of a request are refused, less is sent, by half of the
/// refused part; where none is, a little more, until it is all again. So many come to share a limit, and one alone has it whole.
#[derive(Debug)]
pub(super) struct Share {
    part: f64,
    /// When it was last judged.
    since: Instant,
}

/// With this part of 8 MB/s a record of a kilobyte goes every 30 ms.
const LEAST: f64 = 1.0 / 256.0;

/// What comes back in a second without refusals: a part of what there is, so that a few share fairly soon, ...
const GROWTH: f64 = 0.1;

/// ... and of the whole, so that the smallest are not the last.
const GIFT: f64 = 0.001;

/// Between two calls a function stands still, and learns nothing.
const LONGEST: Duration = Duration::from_secs(2);

impl Share {
    pub(super) fn new(now: Instant) -> Self {
        Share { part: 1.0, since: now }
    }

    pub(super) fn value(&self) -> f64 {
        self.part
    }

    /// Learns from an answer; says whether there is a difference.
    pub(super) fn learn(&mut self, sent: u32, refused: u32, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.since).min(LONGEST).as_secs_f64();
        self.since = now;
        let before = self.part;
        self.part = match refused {
            0 => before + (before * GROWTH + GIFT) * passed,
            _ => before * (1.0 - f64::from(refused) / f64::from(sent.max(1)) / 2.0),
        };
        self.part = self.part.clamp(LEAST, 1.0);
        self.part != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_make_it_smaller_and_their_absence_makes_it_whole_again() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut share = Share::new(start);
        assert!(!share.learn(100, 0, at(100)), "it is whole");
        assert!(share.learn(100, 50, at(200)));
        assert_eq!(share.value(), 0.75);
        share.learn(100, 100, at(300));
        assert_eq!(share.value(), 0.375);
        let mut now = 300;
        while share.value() < 1.0 {
            now += 100;
            share.learn(100, 0, at(now));
        }
        assert!((5_000..15_000).contains(&now), "{now}");
        for _ in 0..100 {
            share.learn(1, 1, at(now));
        }
        assert_eq!(share.value(), LEAST);
        share.learn(1, 0, at(now + 3_600_000));
        assert!(share.value() < 2.0 * LEAST, "time in which nothing was sent says nothing");
    }
}
