use crate::outcome::Outcome;
use fastrand::Rng;
use std::time::Duration;

/// A policy for retrying records that are not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Maximum number of attempts after the first.
    pub retries: u32,
    /// The first wait, which doubles with each retry.
    pub base: Duration,
    /// The maximum wait.
    pub cap: Duration,
    /// Whether to wait at least as long as the service asks for.
    pub honors_hints: bool,
}

/// The records of a batch that remain to be sent, and the number of retries so far.
#[derive(Debug)]
pub struct Pending {
    retry: Retry,
    indices: Vec<usize>,
    retried: u32,
}

/// What the client must do after an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing, because no record remains.
    Done,
    /// Send the remaining records again after this wait.
    RetryAfter(Duration),
    /// Abandon the remaining records.
    Abandoned,
}

impl Retry {
    /// Returns the policy of the published client: waits of 30 ms, doubling up to 3 s, of which half is fixed and half is random. It
    /// ignores the service's hints.
    ///
    /// That client is configured for 8 retries (`p_max_retries=8`) but compares with `<=`, so it sends a record up to ten times. This
    /// policy does the same.
    pub const fn published(retries: u32) -> Self {
        Retry {
            retries: retries.saturating_add(1),
            base: Duration::from_millis(30),
            cap: Duration::from_secs(3),
            honors_hints: false,
        }
    }

    /// Returns the policy of a producer behind `ingest`: the same waits, but never shorter than the service asks for.
    pub const fn hinted(retries: u32) -> Self {
        Retry { retries, base: Duration::from_millis(30), cap: Duration::from_secs(3), honors_hints: true }
    }

    /// Returns the wait before the next retry, after `retried` retries.
    pub fn wait(&self, retried: u32, random: &mut Rng) -> Duration {
        let whole = self.base.saturating_mul(1 << retried.min(20)).min(self.cap);
        whole / 2 + (whole / 2).mul_f64(random.f64())
    }
}

impl Pending {
    /// Creates the state of a batch of which all `count` records remain.
    pub fn new(retry: Retry, count: usize) -> Self {
        Pending { retry, indices: (0..count).collect(), retried: 0 }
    }

    /// Returns the indices of the records to send now, in the order of the batch.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// Returns the number of retries so far.
    pub fn retried(&self) -> u32 {
        self.retried
    }

    /// Removes the records that are stored or refused, given the outcomes of [`Pending::indices`]. A record without an outcome remains.
    pub fn update(&mut self, outcomes: &[Outcome], random: &mut Rng) -> Next {
        let mut outcomes = outcomes.iter();
        let mut hint = Duration::ZERO;
        self.indices.retain(|_| {
            let outcome = outcomes.next();
            if let Some(Outcome::Throttled { retry_after: Some(asked) }) = outcome {
                hint = hint.max(*asked);
            }
            !matches!(outcome, Some(Outcome::Stored { .. } | Outcome::Refused(_)))
        });
        if self.indices.is_empty() {
            return Next::Done;
        }
        if self.retried >= self.retry.retries {
            return Next::Abandoned;
        }
        let wait = self.retry.wait(self.retried, random);
        self.retried += 1;
        Next::RetryAfter(if self.retry.honors_hints { wait.max(hint) } else { wait })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;
    use proptest::prelude::*;

    fn stored() -> Outcome {
        Outcome::Stored { partition: "0".into(), offset: 1 }
    }

    fn throttled(milliseconds: Option<u64>) -> Outcome {
        Outcome::Throttled { retry_after: milliseconds.map(Duration::from_millis) }
    }

    #[test]
    fn only_failed_records_are_retried_and_in_their_order() {
        let mut random = Rng::with_seed(1);
        let mut pending = Pending::new(Retry::published(8), 5);
        let failed = Outcome::Failed("500".into());
        let first = [stored(), throttled(None), failed, stored(), throttled(Some(900))];
        assert!(matches!(pending.update(&first, &mut random), Next::RetryAfter(_)));
        assert_eq!(pending.indices(), [1, 2, 4]);
        let second = [throttled(None), Outcome::Refused("too large".into()), stored()];
        assert!(matches!(pending.update(&second, &mut random), Next::RetryAfter(_)));
        assert_eq!((pending.indices(), pending.retried()), (&[1][..], 2));
        assert_eq!(pending.update(&[stored()], &mut random), Next::Done);
    }

    #[test]
    fn the_published_client_sends_ten_times_before_it_abandons_a_record() {
        let mut random = Rng::with_seed(2);
        let mut pending = Pending::new(Retry::published(8), 1);
        let mut waits = Vec::new();
        while let Next::RetryAfter(wait) = pending.update(&[throttled(Some(60_000))], &mut random) {
            waits.push(wait);
        }
        assert_eq!((waits.len(), pending.indices()), (9, &[0][..]));
        let whole = [30, 60, 120, 240, 480, 960, 1920, 3000, 3000].map(Duration::from_millis);
        for (wait, whole) in waits.iter().zip(whole) {
            assert!((whole / 2..=whole).contains(wait), "{wait:?} of {whole:?}");
        }
    }

    #[test]
    fn a_client_that_honors_hints_waits_for_the_longest() {
        let mut random = Rng::with_seed(3);
        let mut pending = Pending::new(Retry::hinted(4), 3);
        let outcomes = [throttled(Some(70)), throttled(Some(250)), throttled(None)];
        assert_eq!(pending.update(&outcomes, &mut random), Next::RetryAfter(Duration::from_millis(250)));
    }

    #[test]
    fn a_record_without_an_outcome_is_retried() {
        let mut pending = Pending::new(Retry::hinted(4), 3);
        assert!(matches!(pending.update(&[stored()], &mut Rng::with_seed(4)), Next::RetryAfter(_)));
        assert_eq!(pending.indices(), [1, 2]);
    }

    proptest! {
        #[test]
        fn a_record_is_stored_refused_or_retried(outcomes in prop::collection::vec(0_u8..5, 1..60), retries in 0_u32..4) {
            let of = |kind: &u8| match kind {
                0 => stored(),
                1 => throttled(None),
                2 => Outcome::Failed(String::new()),
                3 => Outcome::Refused(String::new()),
                _ => Outcome::Unknown(String::new()),
            };
            let given: Vec<Outcome> = outcomes.iter().map(of).collect();
            let mut pending = Pending::new(Retry::published(retries), given.len());
            let next = pending.update(&given, &mut Rng::with_seed(5));
            let left: Vec<usize> = (0..given.len()).filter(|index| !matches!(outcomes[*index], 0 | 3)).collect();
            prop_assert_eq!(pending.indices(), &left[..]);
            prop_assert_eq!(next == Next::Done, left.is_empty());
        }
    }
}
