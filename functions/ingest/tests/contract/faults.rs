//! Checks the outcome of every record under each fault of the stream.

use crate::cloud::Cloud;
use crate::entry_point::{BOTH, EntryPoint, Response};
use bytes::Bytes;
use emulator::{Fault, Rule};

/// Returns six records with three different keys or none. The first request has all of them except the second and third of `a`.
fn lines() -> Vec<String> {
    let line = |(key, number): (&str, u8)| match key {
        "" => format!(r#"{{"number":{number}}}"#),
        key => format!(r#"{{"key":"{key}","number":{number}}}"#),
    };
    [("a", 1), ("b", 1), ("a", 2), ("", 1), ("c", 1), ("a", 3)].map(line).into()
}

const SETTINGS: &[(&str, &str)] = &[("KEY", "pointer:/key,none")];

const STORED: [&str; 6] = ["stored"; 6];

/// Number of copies of each record if the first request has no effect.
const ONCE: [usize; 6] = [1; 6];

/// Number of copies of each record if the response to the first request is lost.
const TWICE: [usize; 6] = [2, 2, 1, 2, 2, 1];

const NEVER: [usize; 6] = [0; 6];

/// Posts the lines through both entry points while the fault rule applies.
async fn expect(
    rule: Rule,
    seconds: u64,
    status: u16,
    results: [&str; 6],
    copies: [usize; 6],
) -> Vec<Response> {
    let mut responses = Vec::new();
    for kind in BOTH {
        let cloud = Cloud::unlimited(3).await;
        let entry = EntryPoint::open(kind, &cloud, seconds, SETTINGS).await;
        cloud.emulator.faults().add(rule.clone());
        let (lines, fault) = (lines(), rule.fault.name());
        let response = entry.lines(&lines).await;
        assert_eq!(response.results(), results, "{fault}, {kind:?}: {response:?}");
        assert_eq!(response.status, status, "{fault}, {kind:?}");
        assert_eq!(response.header("retry-after").is_some(), status == 429, "{fault}, {kind:?}");
        response.is_true_of(&lines, &cloud);
        let there = cloud.copies();
        let there: Vec<usize> =
            lines.iter().map(|line| there.get(line.as_bytes()).copied().unwrap_or_default()).collect();
        assert_eq!(there, copies, "{fault}, {kind:?}");
        // The records of a key are in order, with copies next to each other.
        let of_a = cloud.stored().into_iter().filter(|stored| stored.key == Some(Bytes::from_static(b"a")));
        let values: Vec<Bytes> = of_a.map(|stored| stored.value).collect();
        assert!(values.is_sorted(), "{fault}, {kind:?}: {values:?}");
        responses.push(response);
    }
    responses
}

fn first(fault: Fault) -> Rule {
    Rule::new("PutMessages", fault).first(1)
}

fn always(fault: Fault) -> Rule {
    Rule::new("PutMessages", fault)
}

#[tokio::test(flavor = "multi_thread")]
async fn some_throttled() {
    expect(first(Fault::ThrottleEntries { every: 2, wait_milliseconds: 50 }), 30, 200, STORED, ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_throttled() {
    expect(first(Fault::ThrottleEntries { every: 1, wait_milliseconds: 50 }), 30, 200, STORED, ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_throttled() {
    expect(first(Fault::Throttle { retry_after_seconds: Some(1) }), 30, 200, STORED, ONCE).await;
    expect(first(Fault::Throttle { retry_after_seconds: None }), 30, 200, STORED, ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_throttled_forever() {
    let results = ["throttled", "throttled", "not_sent", "throttled", "throttled", "not_sent"];
    let rule = always(Fault::ThrottleEntries { every: 1, wait_milliseconds: 100 });
    expect(rule, 4, 429, results, NEVER).await;
    expect(always(Fault::Throttle { retry_after_seconds: None }), 4, 429, results, NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn some_throttled_forever() {
    let results = ["stored", "throttled", "stored", "stored", "throttled", "stored"];
    let rule = always(Fault::ThrottleEntries { every: 2, wait_milliseconds: 10_000 });
    expect(rule, 4, 207, results, [1, 0, 1, 1, 0, 1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn some_failed() {
    expect(first(Fault::FailEntries { every: 2 }), 30, 200, STORED, ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn internal_server_error() {
    expect(first(Fault::InternalError), 30, 200, STORED, ONCE).await;
    let results = ["unknown", "unknown", "not_sent", "unknown", "unknown", "not_sent"];
    expect(always(Fault::InternalError), 4, 503, results, NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_before_the_effect() {
    expect(first(Fault::ResetBefore), 30, 200, STORED, ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reset_after_the_effect() {
    expect(first(Fault::ResetAfter), 30, 200, STORED, TWICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_response() {
    expect(first(Fault::SlowBody { bytes_per_second: 1000 }), 30, 200, STORED, ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_never_comes() {
    let results = ["unknown", "unknown", "not_sent", "unknown", "unknown", "not_sent"];
    expect(first(Fault::Stall { after_bytes: 20 }), 4, 503, results, [1, 1, 0, 1, 1, 0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_response() {
    expect(first(Fault::GarbageAnswer), 30, 200, STORED, TWICE).await;
    expect(first(Fault::TruncatedBody { after_bytes: 20 }), 30, 200, STORED, TWICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_response() {
    expect(first(Fault::ShortAnswer), 30, 200, STORED, TWICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_found_makes_records_unavailable_and_refuses_none() {
    let results = ["unavailable", "unavailable", "not_sent", "unavailable", "unavailable", "not_sent"];
    expect(always(Fault::FalseNotFound), 4, 503, results, NEVER).await;
}
