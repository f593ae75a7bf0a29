use super::*;
use crate::service_error::ServiceError;
use cloud_transport::Error;
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
    Error::Connection("reset".into()).into()
}

/// Returns the decision after one failure of a first attempt, and whether the effect is unknown.
fn first(cause: &Cause, repeatable: bool) -> (Next, bool) {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, repeatable, false, Duration::MAX);
    attempts.begin();
    (attempts.after(cause, false, Duration::ZERO, 0.5), attempts.effect_unknown())
}

#[test]
fn only_throttling_failures_and_temporary_conflicts_are_retried() {
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
        assert_eq!(first(&service(status, code), true).0, pause, "{status} {code}");
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
        assert_eq!(first(&service(status, code), true).0, Next::GiveUp, "{status} {code}");
    }
    assert_eq!(first(&broken(), true).0, pause);
    assert_eq!(first(&Error::Timeout(Duration::ZERO).into(), true).0, pause);
    assert_eq!(first(&Error::Connect("refused".into()).into(), true).0, pause);
    assert_eq!(first(&Error::UnknownHost("nowhere".into()).into(), true).0, Next::GiveUp);
    assert_eq!(first(&Error::Certificate("expired".into()).into(), true).0, Next::GiveUp);
    assert_eq!(first(&Cause::Unexpected("?".into()), true).0, Next::GiveUp);
}

#[test]
fn a_refused_signature_and_a_missing_bucket_are_each_tried_once_more() {
    let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
    let mut attempts = Attempts::new(&policy, &budget, true, false, Duration::MAX);
    let mut after = |cause: &Cause| attempts.after(cause, false, Duration::ZERO, 0.5);
    assert_eq!(after(&service(401, "NotAuthenticated")), Next::SignAnew);
    assert_eq!(after(&service(404, "BucketNotFound")), Next::After(NOT_FOUND_PAUSE));
    assert_eq!(after(&service(401, "NotAuthenticated")), Next::GiveUp);
    assert_eq!(after(&service(404, "BucketNotFound")), Next::GiveUp);
}

#[test]
fn a_request_that_must_not_be_repeated_is_retried_only_if_it_had_no_effect() {
    for cause in [Error::Connect("refused".into()).into(), service(429, "")] {
        let (next, effect_unknown) = first(&cause, false);
        assert!(matches!(next, Next::After(_)) && !effect_unknown, "{cause}");
    }
    for cause in [broken(), service(500, ""), Error::Timeout(Duration::ZERO).into()] {
        assert_eq!(first(&cause, false), (Next::GiveUp, true), "{cause}");
    }
}

#[test]
fn a_requested_wait_that_no_clock_can_hold_is_not_waited_for() {
    let Cause::Service(error) = service(429, "") else { unreachable!() };
    let forever = Cause::Service(ServiceError { retry_after: Some(Duration::MAX), ..error });
    assert_eq!(first(&forever, true).0, Next::GiveUp);
}

proptest! {
    #[test]
    fn whatever_fails_attempts_are_bounded(causes in prop::collection::vec((0..9usize, any::<bool>()), 100), random in 0.0..=1.0f64) {
        let kinds = [
            service(429, ""), service(500, ""), service(401, ""), service(404, "BucketNotFound"), service(412, ""),
            broken(), Error::Timeout(Duration::ZERO).into(), Error::Connect("".into()).into(), service(409, "LockConflict"),
        ];
        let (policy, budget) = (RetryPolicy::default(), RetryBudget::default());
        let mut attempts = Attempts::new(&policy, &budget, true, false, Duration::MAX);
        for (kind, reused) in causes {
            attempts.begin();
            match attempts.after(&kinds[kind], reused, Duration::ZERO, random) {
                Next::GiveUp => break,
                Next::After(pause) => prop_assert!(pause <= policy.cap),
                Next::AtOnce | Next::SignAnew => {}
            }
        }
        // Dead connections in the pool do not count as attempts, up to 32 of them.
        prop_assert!(attempts.count() <= policy.attempts + 32 + 2);
    }
}
