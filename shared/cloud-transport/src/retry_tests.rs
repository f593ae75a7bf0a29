use super::*;
use proptest::prelude::*;

const TROUBLE: Failure = Failure { retryable: true, effect_unknown: false, dead: false, retry_after: None };
const BROKEN: Failure = Failure { effect_unknown: true, ..TROUBLE };
const DEAD: Failure = Failure { dead: true, ..BROKEN };

#[test]
fn pauses_double_up_to_the_cap_and_attempts_end() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, true);
    let mut pauses = Vec::new();
    loop {
        attempts.begin();
        match attempts.after(TROUBLE, Duration::ZERO, 1.0) {
            Next::After(pause) => pauses.push(pause.as_millis()),
            next => break assert_eq!(next, Next::GiveUp),
        }
    }
    assert_eq!(pauses, [200, 400, 800, 1600, 3200, 6400, 10_000]);
    assert_eq!(attempts.count(), 8);
}

#[test]
fn a_requested_wait_is_honored_if_there_is_time_for_it() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let after = |wait: Duration| {
        let failure = Failure { retry_after: Some(wait), ..TROUBLE };
        Attempts::new(&policy, &budget, true).after(failure, Duration::from_secs(100), 0.0)
    };
    assert_eq!(after(Duration::from_secs(20)), Next::After(Duration::from_secs(20)));
    assert_eq!(after(Duration::from_secs(21)), Next::GiveUp);
    assert_eq!(after(Duration::MAX), Next::GiveUp);
}

#[test]
fn a_dead_pooled_connection_is_replaced_at_once_and_does_not_count() {
    let (policy, budget) = (RetryPolicy::none(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, true);
    for _ in 0..MAX_DEAD {
        attempts.begin();
        assert_eq!(attempts.after(DEAD, Duration::ZERO, 0.5), Next::AtOnce);
    }
    attempts.begin();
    assert_eq!(attempts.after(DEAD, Duration::ZERO, 0.5), Next::GiveUp);
}

#[test]
fn a_request_that_must_not_be_repeated_is_not_sent_again_once_it_may_have_taken_effect() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, false);
    attempts.begin();
    assert!(matches!(attempts.after(TROUBLE, Duration::ZERO, 0.5), Next::After(_)));
    assert!(!attempts.effect_unknown());
    for failure in [BROKEN, DEAD] {
        let mut attempts = Attempts::new(&policy, &budget, false);
        assert_eq!(attempts.after(failure, Duration::ZERO, 0.5), Next::GiveUp);
        assert!(attempts.effect_unknown());
    }
}

#[test]
fn a_single_attempt_and_a_limit_of_its_own_override_the_policy() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut once = Attempts::new(&policy, &budget, true).once();
    once.begin();
    assert_eq!(once.after(TROUBLE, Duration::ZERO, 0.5), Next::GiveUp);
    let mut short = Attempts::new(&policy, &budget, true).within(Duration::from_millis(50));
    short.begin();
    assert_eq!(short.after(TROUBLE, Duration::ZERO, 0.5), Next::GiveUp, "the pause is 100 ms");
}

#[test]
fn when_everything_fails_the_budget_ends_the_retries_and_success_refills_it() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let attempts = || Attempts::new(&policy, &budget, true);
    let failed = || attempts().after(TROUBLE, Duration::ZERO, 0.5);
    for _ in 0..BUDGET / RETRY_COST {
        assert!(matches!(failed(), Next::After(_)));
    }
    assert_eq!(failed(), Next::GiveUp);
    (0..RETRY_COST).for_each(|_| attempts().succeeded());
    assert!(matches!(failed(), Next::After(_)));
    assert_eq!(failed(), Next::GiveUp);
    (0..BUDGET * 2).for_each(|_| attempts().succeeded());
    assert_eq!(budget.0.load(Ordering::Relaxed), BUDGET);
}

#[test]
fn a_service_that_fails_one_request_in_four_is_retried_forever() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    for request in 0..10_000 {
        let mut attempts = Attempts::new(&policy, &budget, true);
        if request % 4 == 0 {
            let next = attempts.after(TROUBLE, Duration::ZERO, 0.5);
            assert!(matches!(next, Next::After(_)), "request {request}");
        }
        attempts.succeeded();
    }
}

proptest! {
    #[test]
    fn whatever_fails_attempts_are_bounded(failures in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 100), random in 0.0..=1.0f64) {
        let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
        let mut attempts = Attempts::new(&policy, &budget, true);
        for (retryable, effect_unknown, dead) in failures {
            attempts.begin();
            match attempts.after(Failure { retryable, effect_unknown, dead, retry_after: None }, Duration::ZERO, random) {
                Next::GiveUp => break,
                Next::After(pause) => prop_assert!(pause <= policy.cap),
                Next::AtOnce => {}
            }
        }
        prop_assert!(attempts.count() <= policy.attempts + MAX_DEAD);
    }
}
