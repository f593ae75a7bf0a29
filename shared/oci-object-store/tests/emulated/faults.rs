//! Runs every operation under every fault, and checks its outcome, the number of attempts, and the contents of the bucket afterwards.

use crate::case::{CASES, Outcome};
use crate::cloud::{ATTEMPTS, Cloud};
use emulator::{Fault, Rule};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode};

#[tokio::test]
async fn a_fault_that_passes_costs_one_more_attempt_and_nothing_else() {
    let cloud = Cloud::start().await;
    let passing = [
        Fault::Throttle { retry_after_seconds: None },
        Fault::InternalError,
        Fault::BadGateway,
        Fault::Unavailable { retry_after_seconds: None },
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::ExpiredToken,
    ];
    for case in CASES {
        for fault in &passing {
            let ran = case.under(&cloud, |rule| rule.first(1), fault.clone()).await;
            // The number of polls of a copy depends on time.
            let enough = if case.struck == "GetWorkRequest" { ran.1 >= 2 } else { ran.1 == 2 };
            assert!(ran.0 == Outcome::Done && enough, "{} under {fault:?}: {ran:?}", case.name);
        }
    }
}

#[tokio::test]
async fn a_response_body_that_breaks_or_stalls_is_read_again() {
    let cloud = Cloud::start().await;
    // The emulator rejects these faults for operations whose responses have no body.
    for case in CASES.iter().filter(|case| case.has_body) {
        for fault in [Fault::TruncatedBody { after_bytes: 1 }, Fault::Stall { after_bytes: 1 }] {
            let ran = case.under(&cloud, |rule| rule.first(1), fault.clone()).await;
            let enough = if case.struck == "GetWorkRequest" { ran.1 >= 2 } else { ran.1 == 2 };
            assert!(ran.0 == Outcome::Done && enough, "{} under {fault:?}: {ran:?}", case.name);
        }
        let slow = Fault::SlowBody { bytes_per_second: 2_000 };
        let ran = case.under(&cloud, |rule| rule, slow).await;
        assert_eq!(ran.0, Outcome::Done, "{} with a slow body: {ran:?}", case.name);
    }
}

#[tokio::test]
async fn a_fault_that_stays_ends_after_the_attempts_allowed() {
    let cloud = Cloud::start().await;
    let staying = [
        Fault::Throttle { retry_after_seconds: None },
        Fault::InternalError,
        Fault::BadGateway,
        Fault::Unavailable { retry_after_seconds: None },
        Fault::ResetBefore,
        Fault::ResetAfter,
    ];
    for case in CASES {
        for fault in &staying {
            let ran = case.under(&cloud, |rule| rule, fault.clone()).await;
            // The first reset of a connection that has served a request looks like a dead pooled connection, and does not count as an
            // attempt.
            let reset = matches!(fault, Fault::ResetBefore | Fault::ResetAfter);
            let attempts = if reset && !case.on_fresh_connection { ATTEMPTS + 1 } else { ATTEMPTS };
            assert_eq!(ran, (Outcome::Failed, attempts), "{} under {fault:?}", case.name);
        }
        let ran = case.under(&cloud, |rule| rule, Fault::ExpiredToken).await;
        assert_eq!(ran, (Outcome::Unauthenticated, 2), "{} with an expired token", case.name);
    }
}

#[tokio::test]
async fn a_bucket_that_is_falsely_reported_missing_is_tried_once_more() {
    let cloud = Cloud::start().await;
    for case in CASES {
        let once = case.under(&cloud, |rule| rule.first(1), Fault::FalseNotFound).await;
        let always = case.under(&cloud, |rule| rule, Fault::FalseNotFound).await;
        match case.struck {
            // The response to HEAD has no body. The object is in the list, so the bucket is not missing.
            "HeadObject" => assert_eq!((once, always), ((Outcome::Done, 2), (Outcome::Denied, 2))),
            "GetWorkRequest" => assert_eq!((once.0, always), (Outcome::Done, (Outcome::Failed, 2))),
            _ => assert_eq!((once, always), ((Outcome::Done, 2), (Outcome::Failed, 2)), "{}", case.name),
        }
    }
}

#[tokio::test]
async fn requests_are_signed_with_the_services_clock_once_the_local_one_proves_wrong() {
    let cloud = Cloud::start().await;
    for seconds in [3600, -3600] {
        for case in CASES {
            let ran = case
                .under(&cloud, |rule| Rule { operation: "*".into(), ..rule }, Fault::ClockSkew { seconds })
                .await;
            assert_eq!(ran.0, Outcome::Done, "{}", case.name);
            let refused =
                cloud.emulator.requests().iter().filter(|request| request.status == Some(401)).count();
            assert_eq!(refused, 1, "{}: the first request alone", case.name);
        }
    }
}

#[tokio::test]
async fn a_user_whose_key_is_refused_gets_the_error_at_once() {
    let cloud = Cloud::start().await;
    cloud.emulator.faults().set(vec![Rule::new("*", Fault::ExpiredToken)]);
    let error = cloud.store().get(&Path::from("x")).await.unwrap_err();
    assert!(matches!(error, Error::Unauthenticated { .. }), "{error}");
    assert_eq!(cloud.count("GetObject"), 1, "there is no other key to try");
}

#[tokio::test]
async fn a_requested_wait_is_honored_or_ends_the_attempts() {
    let cloud = Cloud::start().await;
    let (store, path) = (cloud.store(), Path::from("x"));
    store.put(&path, "x".into()).await.unwrap();
    // An hour is too long to wait. Without the requested wait, the next attempt would succeed.
    let asked = Fault::Throttle { retry_after_seconds: Some(3600) };
    cloud.emulator.faults().set(vec![Rule::new("GetObject", asked).first(1)]);
    let error = store.get(&path).await.unwrap_err();
    let Error::Generic { source, .. } = &error else { panic!("{error:?}") };
    let told = source.downcast_ref::<oci_requests::Error>().unwrap();
    assert_eq!(told.service().unwrap().retry_after, Some(std::time::Duration::from_secs(3600)));
    assert_eq!((told.attempts, cloud.count("GetObject")), (1, 1));
    // A short wait is honored.
    let asked = Fault::Throttle { retry_after_seconds: Some(1) };
    cloud.emulator.faults().set(vec![Rule::new("GetObject", asked).first(1)]);
    store.get(&path).await.unwrap();
}

#[tokio::test]
async fn many_objects_survive_a_service_that_fails_one_request_in_four() {
    let cloud = Cloud::start().await;
    cloud.emulator.faults().set(vec![
        Rule::new("*", Fault::ResetAfter).probability(0.08),
        Rule::new("*", Fault::InternalError).probability(0.08),
        Rule::new("GetObject", Fault::TruncatedBody { after_bytes: 3 }).probability(0.08),
    ]);
    let store = cloud.function_store();
    let names: Vec<Path> = (0..60).map(|number| Path::from(format!("many/{number:03}"))).collect();
    let (store, mut tries) = (&store, 0);
    // At this fault rate three attempts often fail. The test repeats failed writes, and must not fail because of its own earlier write.
    for name in &names {
        while let Err(error) = store.put_opts(name, name.to_string().into(), PutMode::Create.into()).await {
            tries += 1;
            assert!(tries < 100, "{error}");
            if matches!(error, Error::AlreadyExists { .. }) {
                break; // An earlier call wrote it, and all three of its responses were lost.
            }
        }
    }
    cloud.emulator.faults().clear();
    let listed: Vec<Path> = store.list(None).map_ok(|meta| meta.location).try_collect().await.unwrap();
    assert_eq!(listed, names);
    let read = futures::stream::iter(&names)
        .map(|name| async move { store.get(name).await.unwrap().bytes().await.unwrap() });
    let read: Vec<_> = read.buffered(8).collect().await;
    assert!(read.iter().zip(&names).all(|(bytes, name)| bytes == name.as_ref().as_bytes()));
}
