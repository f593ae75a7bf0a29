use crate::outcome::Outcome;
use fastrand::Rng;
use std::time::Duration;

/// How a client goes on about records that are not on the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Attempts after the first.
    pub retries: u32,
    /// The first wait, which doubles from retry to retry.
    pub base: Duration,
    /// What it grows to.
    pub cap: Duration,
    /// Whether a wait that the service asks for is waited at least.
    pub heeds_hints: bool,
}

/// The records of a batch that are still to be sent, by their places, and how often they were.
#[derive(Debug)]
pub struct Pending {
    retry: Retry,
    places: Vec<usize>,
    retried: u32,
}

/// What comes after an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing is left to send.
    Done,
    /// What is left is sent again after so long.
    Again(Duration),
    /// What is left is given up.
    Lost,
}

impl Retry {
    /// The published client's: 30 ms, doubling up to 3 s, half of it fixed and half of it random, whatever the service says.
    ///
    /// It was told to retry 8 times (`p_max_retries=8`) and compares by `<=`, so that a record is sent up to ten times. This is as it ran.
    pub const fn published(retries: u32) -> Self {
        Retry {
            retries: retries.saturating_add(1),
            base: Duration::from_millis(30),
            cap: Duration::from_secs(3),
            heeds_hints: false,
        }
    }

    /// A producer of `ingest`, which has waited and tried already: the same waits, but never less than it is asked for.
    pub const fn heeding(retries: u32) -> Self {
        Retry { retries, base: Duration::from_millis(30), cap: Duration::from_secs(3), heeds_hints: true }
    }

    /// The wait before a retry, counted from 0.
    pub fn wait(&self, retried: u32, random: &mut Rng) -> Duration {
        let whole = self.base.saturating_mul(1 << retried.min(20)).min(self.cap);
        whole / 2 + (whole / 2).mul_f64(random.f64())
    }
}

impl Pending {
    /// All records of a batch of so many.
    pub fn new(retry: Retry, count: usize) -> Self {
        Pending { retry, places: (0..count).collect(), retried: 0 }
    }

    /// The places of the records to send now, in the batch's order.
    pub fn places(&self) -> &[usize] {
        &self.places
    }

    /// How often was sent again.
    pub fn retried(&self) -> u32 {
        self.retried
    }

    /// Takes what became of [`Pending::places`]; of those without an outcome nobody knows. What is neither stored nor refused for good is
    /// left.
    pub fn took(&mut self, outcomes: &[Outcome], random: &mut Rng) -> Next {
        let mut place = 0;
        let mut hint = Duration::ZERO;
        self.places.retain(|_| {
            let outcome = outcomes.get(place);
            place += 1;
            if let Some(Outcome::Throttled { retry_after: Some(asked) }) = outcome {
                hint = hint.max(*asked);
            }
            !matches!(outcome, Some(Outcome::Stored { .. } | Outcome::Refused(_)))
        });
        if self.places.is_empty() {
            return Next::Done;
        }
        if self.retried >= self.retry.retries {
            return Next::Lost;
        }
        let wait = self.retry.wait(self.retried, random);
        self.retried += 1;
        Next::Again(if self.retry.heeds_hints { wait.max(hint) } else { wait })
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
    fn only_what_failed_is_sent_again_in_its_order() {
        let mut random = Rng::with_seed(1);
        let mut pending = Pending::new(Retry::published(8), 5);
        let failed = Outcome::Failed("500".into());
        let first = [stored(), throttled(None), failed, stored(), throttled(Some(900))];
        assert!(matches!(pending.took(&first, &mut random), Next::Again(_)));
        assert_eq!(pending.places(), [1, 2, 4]);
        let second = [throttled(None), Outcome::Refused("too large".into()), stored()];
        assert!(matches!(pending.took(&second, &mut random), Next::Again(_)));
        assert_eq!((pending.places(), pending.retried()), (&[1][..], 2));
        assert_eq!(pending.took(&[stored()], &mut random), Next::Done);
    }

    #[test]
    fn the_published_client_sends_ten_times_and_gives_up() {
        let mut random = Rng::with_seed(2);
        let mut pending = Pending::new(Retry::published(8), 1);
        let mut waits = Vec::new();
        while let Next::Again(wait) = pending.took(&[throttled(Some(60_000))], &mut random) {
            waits.push(wait);
        }
        assert_eq!((waits.len(), pending.places()), (9, &[0][..]));
        let whole = [30, 60, 120, 240, 480, 960, 1920, 3000, 3000].map(Duration::from_millis);
        for (wait, whole) in waits.iter().zip(whole) {
            assert!((whole / 2..=whole).contains(wait), "{wait:?} of {whole:?}");
        }
    }

    #[test]
    fn who_heeds_hints_waits_as_long_as_the_longest_of_them() {
        let mut random = Rng::with_seed(3);
        let mut pending = Pending::new(Retry::heeding(4), 3);
        let outcomes = [throttled(Some(70)), throttled(Some(250)), throttled(None)];
        assert_eq!(pending.took(&outcomes, &mut random), Next::Again(Duration::from_millis(250)));
    }

    #[test]
    fn an_answer_about_too_few_records_says_nothing_of_the_others() {
        let mut pending = Pending::new(Retry::heeding(4), 3);
        assert!(matches!(pending.took(&[stored()], &mut Rng::with_seed(4)), Next::Again(_)));
        assert_eq!(pending.places(), [1, 2]);
    }

    proptest! {
        #[test]
        fn a_record_is_stored_refused_or_left(outcomes in prop::collection::vec(0_u8..5, 1..60), retries in 0_u32..4) {
            let of = |kind: &u8| match kind {
                0 => stored(),
                1 => throttled(None),
                2 => Outcome::Failed(String::new()),
                3 => Outcome::Refused(String::new()),
                _ => Outcome::Unknown(String::new()),
            };
            let given: Vec<Outcome> = outcomes.iter().map(of).collect();
            let mut pending = Pending::new(Retry::published(retries), given.len());
            let next = pending.took(&given, &mut Rng::with_seed(5));
            let left: Vec<usize> = (0..given.len()).filter(|place| !matches!(outcomes[*place], 0 | 3)).collect();
            prop_assert_eq!(pending.places(), &left[..]);
            prop_assert_eq!(next == Next::Done, left.is_empty());
        }
    }
}
