use std::time::{Duration, Instant};

/// What others leave of a limit, as far as the stream's refusals tell: a part from nearly nothing to all.
///
/// Nobody tells how many functions put records on the same stream. Where some records of a request are refused, less is sent, by half of the
/// refused part; where none is, a little more, and ever more, until it is all again. So many come to share a limit, and one alone has it
/// whole.
#[derive(Debug)]
pub(super) struct Share {
    part: f64,
    /// When it last grew, or was cut.
    since: Instant,
    /// When it was last cut.
    cut: Option<Instant>,
}

/// With this part of 8 MB/s a record of a kilobyte goes every 30 ms.
const LEAST: f64 = 1.0 / 256.0;

/// What comes back in the first second after a cut, and twice as much in the next, and so on: a part of what there is, ...
const GROWTH: f64 = 0.1;

/// ... and of the whole, so that the smallest are not the last.
const GIFT: f64 = 0.004;

/// Between two calls a function stands still, and learns nothing.
const LONGEST: Duration = Duration::from_secs(2);

impl Share {
    pub(super) fn new(now: Instant) -> Self {
        Share { part: 1.0, since: now, cut: None }
    }

    pub(super) fn value(&self) -> f64 {
        self.part
    }

    /// Learns from the answer to a request that was sent at some time; says whether there is a difference.
    pub(super) fn learn(&mut self, sent: u32, refused: u32, sent_at: Instant, now: Instant) -> bool {
        let before = self.part;
        if refused == 0 {
            let passed = now.saturating_duration_since(self.since).min(LONGEST).as_secs_f64();
            let calm = self.cut.map_or(0.0, |cut| now.saturating_duration_since(cut).as_secs_f64());
            self.part += (before * GROWTH * calm.clamp(1.0, 10.0) + GIFT) * passed;
            self.since = now;
        } else if self.cut.is_none_or(|cut| sent_at >= cut) {
            // What was sent before a cut could not know of it.
            self.part *= 1.0 - f64::from(refused) / f64::from(sent.max(1)) / 2.0;
            (self.since, self.cut) = (now, Some(now));
        }
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
        assert!(!share.learn(100, 0, at(80), at(100)), "it is whole");
        assert!(share.learn(100, 50, at(180), at(200)));
        assert_eq!(share.value(), 0.75);
        assert!(!share.learn(100, 50, at(190), at(210)), "that was sent before the cut");
        share.learn(100, 100, at(280), at(300));
        assert_eq!(share.value(), 0.375);
        let mut now = 300;
        while share.value() < 1.0 {
            now += 100;
            share.learn(100, 0, at(now - 20), at(now));
        }
        assert!((2_000..10_000).contains(&now), "{now}");
        for _ in 0..100 {
            now += 1;
            share.learn(1, 1, at(now), at(now));
        }
        assert_eq!(share.value(), LEAST);
        share.learn(1, 0, at(now), at(now + 3_600_000));
        assert!(share.value() < 8.0 * LEAST, "time in which nothing was sent says nothing");
    }
}
