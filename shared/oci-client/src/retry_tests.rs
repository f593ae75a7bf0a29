use super::*;
use crate::error::ServiceError;
use http::StatusCode;
use proptest::prelude::*;

fn service(status: u16, code: &str) -> Cause {
    let status = StatusCode::from_u16(status).unwrap();
    let message = String::new();
    Cause::Service(ServiceError {
        status,
        code: code.into(),
        message,
        opc_request_id: None,
        retry_after: None,
    })
}

fn broken() -> Cause {
    Cause::Connection("reset".into())
}

/// What follows from one failure of a first attempt.
fn first(cause: &Cause) -> Next {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, true);
    attempts.count = 1;
    attempts.after(cause, false, Duration::ZERO, 0.5)
}

#[test]
fn throttling_trouble_and_passing_conflicts_are_tried_again_after_a_pause_and_nothing_else() {
    let pause = Next::After(Duration::from_millis(100));
    for (status, code) in [
        (429, "TooManyRequests"),
        (500, ""),
        (502, ""),
        (503, ""),
        (504, ""),
        (409, "IncorrectState"),
        (409, "LockConflict"),
        (409, "ConcurrentObjectUpdate"),
    ] {
        assert_eq!(first(&service(status, code)), pause, "{status} {code}");
    }
    for (status, code) in [
        (400, ""),
        (403, ""),
        (404, "ObjectNotFound"),
        (409, "BucketNotEmpty"),
        (412, "IfMatchFailed"),
        (416, ""),
        (501, ""),
    ] {
        assert_eq!(first(&service(status, code)), Next::GiveUp, "{status} {code}");
    }
    assert_eq!(first(&broken()), pause);
    assert_eq!(first(&Cause::Timeout(Duration::ZERO)), pause);
    assert_eq!(first(&Cause::Connect("refused".into())), pause);
    assert_eq!(first(&Cause::Unexpected("?".into())), Next::GiveUp);
}

#[test]
fn pauses_double_up_to_the_cap_and_attempts_end() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, true);
    let mut pauses = Vec::new();
    loop {
        attempts.count += 1;
        match attempts.after(&service(500, ""), false, Duration::ZERO, 1.0) {
            Next::After(pause) => pauses.push(pause.as_millis()),
            next => break assert_eq!(next, Next::GiveUp),
        }
    }
    assert_eq!(pauses, [200, 400, 800, 1600, 3200, 6400, 10_000]);
    assert_eq!(attempts.count, 8);
}

#[test]
fn the_service_is_taken_at_its_word_about_when_to_come_back() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let Cause::Service(mut error) = service(429, "TooManyRequests") else { unreachable!() };
    let mut after = |seconds| {
        error.retry_after = Some(Duration::from_secs(seconds));
        Attempts::new(&policy, &budget, true).after(
            &Cause::Service(error.clone()),
            false,
            Duration::from_secs(100),
            0.0,
        )
    };
    assert_eq!(after(20), Next::After(Duration::from_secs(20)));
    assert_eq!(after(21), Next::GiveUp, "beyond the time there is");
}

#[test]
fn a_connection_dead_in_the_pool_is_replaced_at_once_and_does_not_count() {
    let (policy, budget) = (RetryPolicy::none(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, true);
    for _ in 0..DEAD {
        attempts.count += 1;
        assert_eq!(attempts.after(&broken(), true, Duration::ZERO, 0.5), Next::AtOnce);
    }
    attempts.count += 1;
    assert_eq!(attempts.after(&broken(), true, Duration::ZERO, 0.5), Next::GiveUp);
}

#[test]
fn a_401_is_signed_anew_once_and_a_missing_bucket_asked_for_once_more() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, true);
    let mut after = |cause: &Cause| attempts.after(cause, false, Duration::ZERO, 0.5);
    assert_eq!(after(&service(401, "NotAuthenticated")), Next::SignAnew);
    assert_eq!(after(&service(404, "BucketNotFound")), Next::After(NOT_FOUND_PAUSE));
    assert_eq!(after(&service(401, "NotAuthenticated")), Next::GiveUp);
    assert_eq!(after(&service(404, "BucketNotFound")), Next::GiveUp);
}

#[test]
fn what_may_have_taken_effect_is_not_repeated_unless_it_may_be() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut once = Attempts::new(&policy, &budget, false);
    once.count = 1;
    assert!(matches!(
        once.after(&Cause::Connect("refused".into()), false, Duration::ZERO, 0.5),
        Next::After(_)
    ));
    assert!(matches!(once.after(&service(429, ""), false, Duration::ZERO, 0.5), Next::After(_)));
    assert!(!once.effect_unknown);
    for cause in [broken(), service(500, ""), Cause::Timeout(Duration::ZERO)] {
        let mut once = Attempts::new(&policy, &budget, false);
        assert_eq!(once.after(&cause, true, Duration::ZERO, 0.5), Next::GiveUp);
        assert!(once.effect_unknown);
    }
}

#[test]
fn when_everything_fails_the_budget_ends_the_retries_and_success_fills_it_again() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let attempts = || Attempts::new(&policy, &budget, true);
    let failed = || attempts().after(&broken(), false, Duration::ZERO, 0.5);
    for _ in 0..BUDGET / RETRY_COSTS {
        assert!(matches!(failed(), Next::After(_)));
    }
    assert_eq!(failed(), Next::GiveUp);
    (0..RETRY_COSTS).for_each(|_| attempts().succeeded());
    assert!(matches!(failed(), Next::After(_)));
    assert_eq!(failed(), Next::GiveUp);
    (0..BUDGET * 2).for_each(|_| attempts().succeeded());
    assert_eq!(budget.0.load(Ordering::Relaxed), BUDGET);
}

#[test]
fn a_service_that_fails_one_request_in_four_is_asked_for_ever() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    for request in 0..10_000 {
        let mut attempts = Attempts::new(&policy, &budget, true);
        if request % 4 == 0 {
            let next = attempts.after(&service(429, "TooManyRequests"), false, Duration::ZERO, 0.5);
            assert!(matches!(next, Next::After(_)), "request {request}");
        }
        attempts.succeeded();
    }
}

#[test]
fn a_wait_that_no_clock_can_hold_is_not_waited_for() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let Cause::Service(error) = service(429, "") else { unreachable!() };
    let for_ever = Cause::Service(ServiceError { retry_after: Some(Duration::MAX), ..error });
    let mut attempts = Attempts::new(&policy, &budget, true);
    assert_eq!(attempts.after(&for_ever, false, Duration::from_secs(1), 0.5), Next::GiveUp);
}

proptest! {
    #[test]
    fn whatever_fails_attempts_are_bounded(causes in prop::collection::vec((0..9usize, any::<bool>()), 100), random in 0.0..=1.0f64) {
        let kinds = [
            service(429, ""), service(500, ""), service(401, ""), service(404, "BucketNotFound"), service(412, ""),
            broken(), Cause::Timeout(Duration::ZERO), Cause::Connect("".into()), service(409, "LockConflict"),
        ];
        let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
        let mut attempts = Attempts::new(&policy, &budget, true);
        for (kind, dead) in causes {
            attempts.count += 1;
            match attempts.after(&kinds[kind], dead, Duration::ZERO, random) {
                Next::GiveUp => break,
                Next::After(pause) => prop_assert!(pause <= policy.cap),
                Next::AtOnce | Next::SignAnew => {}
            }
        }
        prop_assert!(attempts.count <= policy.attempts + DEAD + 2);
    }
}
