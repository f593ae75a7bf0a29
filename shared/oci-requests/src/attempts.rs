use crate::error::Cause;
use cloud_transport::{Failure, RetryBudget, RetryPolicy};
use std::time::Duration;

/// The attempts at one request, with two retries specific to OCI: after a refused signature and after a bucket that was falsely not found.
#[derive(Debug)]
pub(crate) struct Attempts<'a> {
    attempts: cloud_transport::Attempts<'a>,
    refused: bool,
    not_found: bool,
}

/// What to do after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Try again without a pause.
    AtOnce,
    /// Try again without a pause, with new credentials if there are any, and with the service's clock.
    SignAnew,
    /// Try again after a pause.
    After(Duration),
    /// Stop, and return the failure.
    GiveUp,
}

/// Pause after `BucketNotFound`. Object Storage has been seen to return it for buckets that exist; one more request settles the question.
const NOT_FOUND_PAUSE: Duration = Duration::from_millis(100);

impl<'a> Attempts<'a> {
    /// Creates the state before the first attempt at a request with these properties.
    pub(crate) fn new(
        policy: &'a RetryPolicy,
        budget: &'a RetryBudget,
        repeatable: bool,
        once: bool,
        limit: Duration,
    ) -> Self {
        let attempts = cloud_transport::Attempts::new(policy, budget, repeatable).within(limit);
        let attempts = if once { attempts.once() } else { attempts };
        Attempts { attempts, refused: false, not_found: false }
    }

    pub(crate) fn begin(&mut self) {
        self.attempts.begin();
    }

    pub(crate) fn count(&self) -> u32 {
        self.attempts.count()
    }

    pub(crate) fn effect_unknown(&self) -> bool {
        self.attempts.effect_unknown()
    }

    pub(crate) fn succeeded(&self) {
        self.attempts.succeeded();
    }

    /// Decides what to do after a failure, `elapsed` after the first attempt began. `reused` must be true if the attempt was on a
    /// connection that had served a request before. `random` is between 0 and 1.
    pub(crate) fn after(&mut self, cause: &Cause, reused: bool, elapsed: Duration, random: f64) -> Next {
        if let Cause::Service(error) = cause
            && self.attempts.may_repeat()
        {
            if error.status == 401 && !self.refused {
                self.refused = true;
                return Next::SignAnew;
            }
            if error.status == 404 && error.code == "BucketNotFound" && !self.not_found {
                self.not_found = true;
                return Next::After(NOT_FOUND_PAUSE);
            }
        }
        let failure = Failure {
            retryable: cause.is_retryable(),
            effect_unknown: cause.leaves_effect_unknown(),
            dead: reused && matches!(cause, Cause::Transport(cloud_transport::Error::Connection(_))),
            retry_after: match cause {
                Cause::Service(error) => error.retry_after,
                _ => None,
            },
        };
        match self.attempts.after(failure, elapsed, random) {
            cloud_transport::Next::AtOnce => Next::AtOnce,
            cloud_transport::Next::After(pause) => Next::After(pause),
            cloud_transport::Next::GiveUp => Next::GiveUp,
        }
    }
}

#[cfg(test)]
#[path = "attempts_tests.rs"]
mod tests;
