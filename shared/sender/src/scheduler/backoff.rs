use std::time::Duration;

/// Computes how long to wait before the next attempt.
///
/// The pauses double from 50 ms to 3 s. Half of each is fixed and half is random, so that senders that failed together do not come back
/// together. (The published load generator starts at 30 ms and has the same maximum.)
#[derive(Debug)]
pub(super) struct Backoff {
    random: fastrand::Rng,
}

const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(3);

/// Maximum random addition to the stream's own hint, as a part of it. The hint is the same for every sender.
const SPREAD: f64 = 0.1;

/// Maximum length of a hint; longer ones are cut. No batch waits that long, and adding it to a time cannot overflow.
const LONGEST_HINT: Duration = Duration::from_secs(24 * 3600);

impl Backoff {
    pub(super) fn new(seed: u64) -> Self {
        Backoff { random: fastrand::Rng::with_seed(seed) }
    }

    /// Returns the wait after this many failures in a row, counted from 1. The stream's hint takes precedence if there is one.
    pub(super) fn after(&mut self, failures: u32, hint: Option<Duration>) -> Duration {
        let random = self.random.f64();
        if let Some(hint) = hint {
            return hint.min(LONGEST_HINT).mul_f64(1.0 + SPREAD * random);
        }
        let doublings = failures.saturating_sub(1).min(10);
        let whole = FIRST.saturating_mul(1 << doublings).min(LONGEST);
        whole / 2 + (whole / 2).mul_f64(random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_maximum_and_half_of_each_is_random() {
        let mut backoff = Backoff::new(1);
        for (failures, whole) in [(1, 50), (2, 100), (3, 200), (6, 1600), (7, 3000), (u32::MAX, 3000)] {
            let whole = Duration::from_millis(whole);
            let pauses: Vec<_> = (0..100).map(|_| backoff.after(failures, None)).collect();
            assert!(pauses.iter().all(|pause| (whole / 2..=whole).contains(pause)), "{failures}");
            assert!(pauses.iter().max() > pauses.iter().min(), "{failures}");
        }
    }

    #[test]
    fn a_hint_is_honored_in_full() {
        let mut backoff = Backoff::new(1);
        let hint = Duration::from_millis(700);
        assert!((0..100).all(|_| (hint..=hint.mul_f64(1.1)).contains(&backoff.after(9, Some(hint)))));
        assert!(backoff.after(1, Some(Duration::MAX)) < Duration::from_secs(48 * 3600));
    }
}
