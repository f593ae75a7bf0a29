use crate::error::Cause;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How often, how long and how far apart a request is tried.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Attempts in all.
    pub attempts: u32,
    /// The first pause is a random part of this, each further one of twice as much.
    pub base: Duration,
    /// No pause is longer, unless the service asks for it.
    pub cap: Duration,
    /// After this long no further attempt begins; a `Retry-After` that leads beyond it is not waited for.
    pub total: Duration,
}

impl Default for RetryPolicy {
    /// 8 attempts, as Oracle's SDKs. Theirs pause from a second up and go on for ten minutes; a function has seconds: the pauses
    /// begin with 200 ms and stay below 10 s, and two minutes are the end.
    fn default() -> Self {
        RetryPolicy {
            attempts: 8,
            base: Duration::from_millis(200),
            cap: Duration::from_secs(10),
            total: Duration::from_secs(120),
        }
    }
}

impl RetryPolicy {
    /// One attempt, and no other.
    pub fn none() -> Self {
        RetryPolicy { attempts: 1, ..Self::default() }
    }
}

/// What all requests of a client may spend on attempts beyond their first: when everything fails, the load does not multiply.
///
/// A retry costs; one that succeeds gives back what it cost, and a success without one a little. So a service that fails one request in
/// four goes on being asked, and one that fails all is soon asked once each. The figures are those of the AWS SDKs' standard mode, which has stood
/// its test (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicI64);

const BUDGET: i64 = 500;
const RETRY_COSTS: i64 = 5;
const SUCCESS_GIVES: i64 = 1;

impl Default for RetryBudget {
    fn default() -> Self {
        RetryBudget(AtomicI64::new(BUDGET))
    }
}

impl RetryBudget {
    fn take(&self) -> bool {
        let take = |left: i64| (left >= RETRY_COSTS).then_some(left - RETRY_COSTS);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    fn give(&self, units: i64) {
        let give = |left: i64| (left < BUDGET).then_some(BUDGET.min(left + units));
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give); // full is full
    }
}

/// The attempts at one request: what has been tried, and what to do after the next failure. Knows no clock and sends nothing.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    repeatable: bool,
    /// How many are allowed, and for how long.
    allowed: u32,
    total: Duration,
    pub(crate) count: u32,
    pub(crate) effect_unknown: bool,
    /// What the last retry took from the budget.
    taken: i64,
    dead: u32,
    refused: bool,
    not_found: bool,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try again at once.
    AtOnce,
    /// Try again at once, with other credentials, if there are any, and by the service's clock.
    SignAnew,
    /// Try again after a pause.
    After(Duration),
    /// The failure is the result.
    GiveUp,
}

/// Connections found dead one after the other: a whole pool of them after a freeze, but not for ever.
const DEAD: u32 = 32;

/// Object Storage was seen to say `BucketNotFound` of buckets that were there; one more question tells.
const NOT_FOUND_PAUSE: Duration = Duration::from_millis(100);

impl<'a> Attempts<'a> {
    pub(crate) fn new(policy: &'a RetryPolicy, budget: &'a RetryBudget, repeatable: bool) -> Self {
        Attempts {
            policy,
            budget,
            repeatable,
            allowed: policy.attempts,
            total: policy.total,
            count: 0,
            effect_unknown: false,
            taken: 0,
            dead: 0,
            refused: false,
            not_found: false,
        }
    }

    /// The same for a request that is sent once, or has a time of its own.
    pub(crate) fn of(mut self, once: bool, limit: Duration) -> Self {
        self.allowed = if once { 1 } else { self.allowed };
        self.total = self.total.min(limit);
        self
    }

    /// Judges a failure, `elapsed` after the first attempt began; `dead` says that it was on a connection that had served before,
    /// `random` is from 0 to 1.
    pub(crate) fn after(&mut self, cause: &Cause, dead: bool, elapsed: Duration, random: f64) -> Next {
        self.effect_unknown |= cause.leaves_effect_unknown();
        let may_repeat = self.repeatable || !self.effect_unknown;
        if !may_repeat {
            return Next::GiveUp;
        }
        if dead && matches!(cause, Cause::Connection(_)) && self.dead < DEAD {
            self.dead += 1;
            return Next::AtOnce;
        }
        if let Cause::Service(error) = cause {
            if error.status == 401 && !self.refused {
                self.refused = true;
                return Next::SignAnew;
            }
            if error.status == 404 && error.code == "BucketNotFound" && !self.not_found {
                self.not_found = true;
                return Next::After(NOT_FOUND_PAUSE);
            }
        }
        if !cause.is_retryable() || self.count - self.dead >= self.allowed {
            return Next::GiveUp;
        }
        let pause = match cause {
            Cause::Service(error) => error.retry_after.unwrap_or_default().max(self.pause(random)),
            _ => self.pause(random),
        };
        if elapsed.saturating_add(pause) > self.total || !self.budget.take() {
            return Next::GiveUp;
        }
        self.taken = RETRY_COSTS;
        Next::After(pause)
    }

    /// Notes that the last attempt succeeded.
    pub(crate) fn succeeded(&self) {
        self.budget.give(if self.taken > 0 { self.taken } else { SUCCESS_GIVES });
    }

    /// "Full jitter": anything up to an exponentially growing limit, so that clients which failed together do not come together.
    fn pause(&self, random: f64) -> Duration {
        let doublings = (self.count - self.dead).saturating_sub(1).min(20);
        let limit = self.policy.base.saturating_mul(1 << doublings).min(self.policy.cap);
        limit.mul_f64(random)
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
