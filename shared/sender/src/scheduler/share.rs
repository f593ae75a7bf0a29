use std::time::{Duration, Instant};

/// The part of a limit that other senders leave, as estimated from throttling: between nearly nothing and all of it.
///
/// A sender does not know how many others put records on the same stream. When records of a request are throttled, the share shrinks by
/// half of the throttled part. When none are, it grows, faster and faster, until it is whole again. That way many senders come to share a
/// limit, and a single one gets all of it.
#[derive(Debug)]
pub(super) struct Share {
    part: f64,
    /// When the share last grew or was cut.
    since: Instant,
    /// When the share was last cut.
    cut: Option<Instant>,
}

/// The minimum share. Of 8 MB/s, it lets one record of 1 KB pass about every 30 ms.
const MIN: f64 = 1.0 / 256.0;

/// Growth in the first second after a cut, relative to the current share. It is twice this in the next second, three times in the one
/// after, and so on up to ten times ...
const GROWTH: f64 = 0.1;

/// ... plus this much of the whole per second, so that the smallest shares do not lag behind.
const GIFT: f64 = 0.004;

/// The longest time that counts as growth at once. Between two invocations a function is frozen and learns nothing.
const LONGEST: Duration = Duration::from_secs(2);

impl Share {
    pub(super) fn new(now: Instant) -> Self {
        Share { part: 1.0, since: now, cut: None }
    }

    pub(super) fn value(&self) -> f64 {
        self.part
    }

    /// Updates the share from the response to a request that was sent at `sent_at`. Returns whether the share changed.
    pub(super) fn learn(&mut self, sent: u32, refused: u32, sent_at: Instant, now: Instant) -> bool {
        let before = self.part;
        if refused == 0 {
            let passed = now.saturating_duration_since(self.since).min(LONGEST).as_secs_f64();
            let calm = self.cut.map_or(0.0, |cut| now.saturating_duration_since(cut).as_secs_f64());
            self.part += (before * GROWTH * calm.clamp(1.0, 10.0) + GIFT) * passed;
            self.since = now;
        } else if self.cut.is_none_or(|cut| sent_at >= cut) {
            // Skipped for a request sent before the last cut, which could not know of it.
            self.part *= 1.0 - f64::from(refused) / f64::from(sent.max(1)) / 2.0;
            (self.since, self.cut) = (now, Some(now));
        }
        self.part = self.part.clamp(MIN, 1.0);
        self.part != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttling_shrinks_the_share_and_its_absence_makes_it_whole_again() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut share = Share::new(start);
        assert!(!share.learn(100, 0, at(80), at(100)), "it is whole");
        assert!(share.learn(100, 50, at(180), at(200)));
        assert_eq!(share.value(), 0.75);
        assert!(!share.learn(100, 50, at(190), at(210)), "it was sent before the cut");
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
        assert_eq!(share.value(), MIN);
        share.learn(1, 0, at(now), at(now + 3_600_000));
        assert!(share.value() < 8.0 * MIN, "time without requests does not count");
    }
}
