use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How often, for how long and how far apart a request is tried.
#[derive(Debug, Clone)]
pub struct RetryPolicy {
    /// Maximum number of attempts, including the first.
    pub attempts: u32,
    /// Upper bound of the first pause, which is a random part of it. The bound doubles with each further pause.
    pub base: Duration,
    /// Longest pause, unless the service asks for a longer one.
    pub cap: Duration,
    /// No attempt begins later than this after the first. A `Retry-After` that ends later is not waited for.
    pub total: Duration,
}

impl Default for RetryPolicy {
    /// Allows 8 attempts, like Oracle's SDKs. Those pause for a second and more, and go on for ten minutes. A function has only seconds, so
    /// the pauses here start below 200 ms, stay below 10 s, and end after two minutes.
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
    /// Allows one attempt and no retry.
    pub fn none() -> Self {
        RetryPolicy { attempts: 1, ..Self::default() }
    }
}

/// The budget that all requests of a client share for retries, so that the load does not multiply when everything fails.
///
/// A retry costs 5 of 500 units. If it succeeds, it gives them back; any other success gives back 1. A service that fails one request in
/// four is therefore retried indefinitely, and one that fails all requests soon gets only one attempt for each. These are the figures of
/// the AWS SDKs' standard mode (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
#[derive(Debug)]
pub struct RetryBudget(AtomicI64);

const BUDGET: i64 = 500;
const RETRY_COST: i64 = 5;
const SUCCESS_REFUND: i64 = 1;

impl Default for RetryBudget {
    fn default() -> Self {
        RetryBudget(AtomicI64::new(BUDGET))
    }
}

impl RetryBudget {
    fn take(&self) -> bool {
        let take = |left: i64| (left >= RETRY_COST).then_some(left - RETRY_COST);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    fn give(&self, units: i64) {
        let give = |left: i64| (left < BUDGET).then_some(BUDGET.min(left + units));
        // The update fails if the budget is full, which is fine.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
    }
}

/// The attempts at one request: what has been tried, and what to do after the next failure. It reads no clock and sends nothing.
#[derive(Debug)]
pub struct Attempts<'a> {
    policy: &'a RetryPolicy,
    budget: &'a RetryBudget,
    repeatable: bool,
    allowed: u32,
    total: Duration,
    count: u32,
    effect_unknown: bool,
    retried: bool,
    dead: u32,
}

/// A failed attempt, reduced to what matters for retries.
#[derive(Debug, Clone, Copy, Default)]
pub struct Failure {
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// Whether the attempt may have taken effect.
    pub effect_unknown: bool,
    /// Whether a connection from the pool turned out to be dead.
    pub dead: bool,
    /// How long the service asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again without a pause.
    AtOnce,
    /// Try again after a pause.
    After(Duration),
    /// Stop, and return the failure.
    GiveUp,
}

/// Maximum number of dead connections in a row. A whole pool may have died during a freeze, but a pool is finite.
const MAX_DEAD: u32 = 32;

impl<'a> Attempts<'a> {
    /// Creates the state before the first attempt. `repeatable` tells whether the request may be sent again after it may have taken effect.
    pub fn new(policy: &'a RetryPolicy, budget: &'a RetryBudget, repeatable: bool) -> Self {
        Attempts {
            policy,
            budget,
            repeatable,
            allowed: policy.attempts,
            total: policy.total,
            count: 0,
            effect_unknown: false,
            retried: false,
            dead: 0,
        }
    }

    /// Allows only one attempt, whatever the policy says.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.allowed = 1;
        self
    }

    /// Limits the time in which attempts may begin, if the policy's own limit is not shorter.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.total = self.total.min(limit);
        self
    }

    /// Notes that an attempt begins.
    pub fn begin(&mut self) {
        self.count += 1;
    }

    /// Returns how many attempts have begun.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Returns whether a failed attempt may have taken effect.
    pub fn effect_unknown(&self) -> bool {
        self.effect_unknown
    }

    /// Returns whether the request may be sent again as far as its effect is concerned.
    pub fn may_repeat(&self) -> bool {
        self.repeatable || !self.effect_unknown
    }

    /// Decides what to do after a failure, `elapsed` after the first attempt began. `random` is between 0 and 1.
    pub fn after(&mut self, failure: Failure, elapsed: Duration, random: f64) -> Next {
        self.effect_unknown |= failure.effect_unknown;
        if !self.may_repeat() {
            return Next::GiveUp;
        }
        if failure.dead && self.dead < MAX_DEAD {
            self.dead += 1;
            return Next::AtOnce;
        }
        if !failure.retryable || self.count - self.dead >= self.allowed {
            return Next::GiveUp;
        }
        let pause = failure.retry_after.unwrap_or_default().max(self.pause(random));
        if elapsed.saturating_add(pause) > self.total || !self.budget.take() {
            return Next::GiveUp;
        }
        self.retried = true;
        Next::After(pause)
    }

    /// Notes that the last attempt succeeded.
    pub fn succeeded(&self) {
        self.budget.give(if self.retried { RETRY_COST } else { SUCCESS_REFUND });
    }

    /// Returns a pause with "full jitter": a random time below a limit that doubles, so that clients that failed together do not return
    /// together.
    fn pause(&self, random: f64) -> Duration {
        let doublings = (self.count - self.dead).saturating_sub(1).min(20);
        let limit = self.policy.base.saturating_mul(1 << doublings).min(self.policy.cap);
        limit.mul_f64(random)
    }
}

#[cfg(test)]
#[path = "retry_tests.rs"]
mod tests;
