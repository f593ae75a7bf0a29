//! Runs PutMessages under every fault, and checks the result, the number of requests, and what is on the stream.

use crate::cloud::{Cloud, LONG, encoded, put};
use emulator::{Fault, Rule, StreamingOptions};
use oci_streaming::{Entry, PutError};
use std::time::Duration;

#[derive(Debug, PartialEq)]
enum Told {
    Stored,
    NotSent,
    Refused(u16),
    Unknown,
}

/// Returns the outcome of one message under a fault: the result, the number of requests, and whether it is on the stream.
async fn under(cloud: &Cloud, fault: Fault) -> (Told, usize, bool) {
    // Signs as a function, which reads its token again after a refusal.
    let stream = cloud.function_stream();
    stream.id().await.unwrap();
    let before = cloud.values().len();
    cloud.emulator.clear_requests();
    cloud.emulator.faults().set(vec![Rule::new("PutMessages", fault).first(1)]);
    let told = match put(&stream, &[(None, "x")]).await {
        Ok(result) if matches!(result.entries[..], [Entry::Stored(_)]) => Told::Stored,
        Ok(result) => panic!("{result:?}"),
        Err(PutError::NotSent(_)) => Told::NotSent,
        Err(error @ PutError::Refused(_)) => Told::Refused(error.status().unwrap().as_u16()),
        Err(PutError::Unknown(_)) => Told::Unknown,
    };
    cloud.emulator.faults().clear();
    (told, cloud.count("PutMessages"), cloud.values().len() > before)
}

#[tokio::test]
async fn a_request_is_sent_once_and_the_result_says_what_is_known() {
    let cloud = Cloud::start(1).await;
    for (fault, expected) in [
        (Fault::Throttle { retry_after_seconds: None }, (Told::Refused(429), 1, false)),
        (Fault::FalseNotFound, (Told::Refused(404), 1, false)),
        (Fault::InternalError, (Told::Unknown, 1, false)),
        (Fault::BadGateway, (Told::Unknown, 1, false)),
        (Fault::Unavailable { retry_after_seconds: None }, (Told::Unknown, 1, false)),
        (Fault::ResetBefore, (Told::Unknown, 1, false)),
        (Fault::ResetAfter, (Told::Unknown, 1, true)),
        (Fault::TruncatedBody { after_bytes: 10 }, (Told::Unknown, 1, true)),
        (Fault::GarbageAnswer, (Told::Unknown, 1, true)),
        (Fault::ShortAnswer, (Told::Unknown, 1, true)),
        (Fault::SlowBody { bytes_per_second: 2000 }, (Told::Stored, 1, true)),
        // The request had no effect, so signing it again is not a second attempt.
        (Fault::ExpiredToken, (Told::Stored, 2, true)),
    ] {
        assert_eq!(under(&cloud, fault.clone()).await, expected, "{fault:?}");
    }
}

#[tokio::test]
async fn a_wrong_clock_costs_another_signature_and_puts_nothing_twice() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream().messages_endpoint(cloud.emulator.url().parse().unwrap());
    cloud.emulator.faults().set(vec![Rule::new("*", Fault::ClockSkew { seconds: 3600 })]);
    put(&stream, &[(None, "x")]).await.unwrap();
    assert_eq!((cloud.count("PutMessages"), cloud.values()), (2, vec!["x".to_owned()]));
}

#[tokio::test]
async fn a_response_that_is_late_leaves_the_effect_unknown() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    stream.id().await.unwrap();
    for (fault, stored) in [(Fault::Stall { after_bytes: 0 }, 1), (Fault::Stall { after_bytes: 20 }, 2)] {
        cloud.emulator.faults().set(vec![Rule::new("PutMessages", fault)]);
        let messages = encoded(&[(None, "x")]);
        let error = stream.put_messages(&messages, Duration::from_millis(300)).await.unwrap_err();
        assert!(matches!(error, PutError::Unknown(_)), "{error:?}");
        assert_eq!(cloud.values().len(), stored);
    }
}

#[tokio::test]
async fn a_connection_that_was_closed_in_the_pool_is_replaced() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    put(&stream, &[(None, "first")]).await.unwrap();
    // Each reset closes the pooled connection that it affects. The next request uses another one.
    for _ in 0..3 {
        cloud.emulator.faults().set(vec![Rule::new("GetGroup", Fault::ResetBefore).first(1)]);
        stream.get_group("absent").await.unwrap_err();
        cloud.emulator.faults().clear();
        put(&stream, &[(None, "next")]).await.unwrap();
    }
    assert_eq!(cloud.values(), ["first", "next", "next", "next"]);
}

#[tokio::test]
async fn the_requested_wait_is_passed_on() {
    let cloud = Cloud::start(1).await;
    cloud.emulator.faults().add(Rule::new("PutMessages", Fault::Throttle { retry_after_seconds: Some(7) }));
    let error = put(&cloud.stream(), &[(None, "x")]).await.unwrap_err();
    assert_eq!((error.code(), error.retry_after()), (Some("TooManyRequests"), Some(Duration::from_secs(7))));
    assert!(error.is_retryable());
    cloud
        .emulator
        .faults()
        .set(vec![Rule::new("PutMessages", Fault::Unavailable { retry_after_seconds: Some(3) })]);
    let error = put(&cloud.stream(), &[(None, "x")]).await.unwrap_err();
    assert!(matches!(error, PutError::Unknown(_)), "{error:?}");
    assert_eq!((error.status().unwrap().as_u16(), error.retry_after()), (503, Some(Duration::from_secs(3))));
}

#[tokio::test]
async fn a_throttled_partition_fails_some_messages_of_a_successful_request() {
    let limits = StreamingOptions { write_messages_per_second: Some(3), ..StreamingOptions::default() };
    let cloud = Cloud::with(1, limits).await;
    let result =
        put(&cloud.stream(), &[(None, "a"), (None, "b"), (None, "c"), (None, "d"), (None, "e")]).await;
    let entries = result.unwrap().entries;
    let stored = entries.iter().filter(|entry| matches!(entry, Entry::Stored(_))).count();
    assert_eq!((entries.len(), stored), (5, 3));
    for entry in &entries[3..] {
        let Entry::Failed(failed) = entry else { panic!("{entry:?}") };
        assert!(failed.is_throttled(), "{failed:?}");
        let wait = failed.retry_after.unwrap();
        assert!(wait > Duration::ZERO && wait <= Duration::from_secs(1), "{wait:?}");
    }
    assert_eq!(cloud.values(), ["a", "b", "c"]);
}

#[tokio::test]
async fn messages_are_judged_one_by_one() {
    let cloud = Cloud::start(1).await;
    let stream = cloud.stream();
    for (fault, throttled, wait) in [
        (Fault::ThrottleEntries { every: 2, wait_milliseconds: 30 }, true, Some(Duration::from_millis(30))),
        (Fault::FailEntries { every: 2 }, false, None),
    ] {
        cloud.emulator.faults().set(vec![Rule::new("PutMessages", fault)]);
        let entries = put(&stream, &[(None, "a"), (None, "b"), (None, "c")]).await.unwrap().entries;
        let [Entry::Stored(_), Entry::Failed(failed), Entry::Stored(_)] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert_eq!((failed.is_throttled(), failed.retry_after), (throttled, wait), "{failed:?}");
    }
    assert_eq!(cloud.values(), ["a", "c", "a", "c"]);
}

#[tokio::test]
async fn concurrent_requests_share_a_client() {
    let cloud = Cloud::start(4).await;
    let stream = cloud.stream();
    let puts = (0..40).map(|number| {
        let (stream, text) = (stream.clone(), format!("message {number}"));
        async move { stream.put_messages(&encoded(&[(None, &text)]), LONG).await.unwrap() }
    });
    let results = futures::future::join_all(puts).await;
    assert!(results.iter().all(|result| matches!(result.entries[..], [Entry::Stored(_)])));
    assert_eq!((cloud.values().len(), cloud.count("GetStream")), (40, 1));
}
