//! Each fault of the stream, with the outcome of every record.

use crate::cloud::Cloud;
use crate::door::{Answer, BOTH, Door};
use bytes::Bytes;
use emulator::{Fault, Rule};

/// Six records of three keys and none; the first request has all but the second and third of `a`.
fn lines() -> Vec<String> {
    let line = |(key, number): (&str, u8)| match key {
        "" => format!(r#"{{"number":{number}}}"#),
        key => format!(r#"{{"key":"{key}","number":{number}}}"#),
    };
    [("a", 1), ("b", 1), ("a", 2), ("", 1), ("c", 1), ("a", 3)].map(line).into()
}

const SETTINGS: &[(&str, &str)] = &[("KEY", "pointer:/key,none")];

const STORED: [&str; 6] = ["stored"; 6];

/// Where the first request comes to nothing.
const ONCE: [usize; 6] = [1; 6];

/// Where the answer to the first request is lost.
const TWICE: [usize; 6] = [2, 2, 1, 2, 2, 1];

const NEVER: [usize; 6] = [0; 6];

/// Posts the lines through both doors while the rule is in force.
async fn expect(rule: Rule, seconds: u64, status: u16, told: [&str; 6], copies: [usize; 6]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for kind in BOTH {
        let cloud = Cloud::unlimited(3).await;
        let door = Door::open(kind, &cloud, seconds, SETTINGS).await;
        cloud.emulator.faults().add(rule.clone());
        let (lines, fault) = (lines(), rule.fault.name());
        let answer = door.lines(&lines).await;
        assert_eq!(answer.told(), told, "{fault}, {kind:?}: {answer:?}");
        assert_eq!(answer.status, status, "{fault}, {kind:?}");
        assert_eq!(answer.header("retry-after").is_some(), status == 429, "{fault}, {kind:?}");
        answer.is_true_of(&lines, &cloud);
        let there = cloud.copies();
        let there: Vec<usize> =
            lines.iter().map(|line| there.get(line.as_bytes()).copied().unwrap_or_default()).collect();
        assert_eq!(there, copies, "{fault}, {kind:?}");
        // Of a key, in order, with copies next to each other.
        let of_a = cloud.stored().into_iter().filter(|stored| stored.key == Some(Bytes::from_static(b"a")));
        let values: Vec<Bytes> = of_a.map(|stored| stored.value).collect();
        assert!(values.is_sorted(), "{fault}, {kind:?}: {values:?}");
        answers.push(answer);
    }
    answers
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
async fn all_throttled_for_ever() {
    let told = ["throttled", "throttled", "not_sent", "throttled", "throttled", "not_sent"];
    let rule = always(Fault::ThrottleEntries { every: 1, wait_milliseconds: 100 });
    expect(rule, 4, 429, told, NEVER).await;
    expect(always(Fault::Throttle { retry_after_seconds: None }), 4, 429, told, NEVER).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn some_throttled_for_ever() {
    let told = ["stored", "throttled", "stored", "stored", "throttled", "stored"];
    let rule = always(Fault::ThrottleEntries { every: 2, wait_milliseconds: 10_000 });
    expect(rule, 4, 207, told, [1, 0, 1, 1, 0, 1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn some_failed() {
    expect(first(Fault::FailEntries { every: 2 }), 30, 200, STORED, ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn internal_server_error() {
    expect(first(Fault::InternalError), 30, 200, STORED, ONCE).await;
    let told = ["unknown", "unknown", "not_sent", "unknown", "unknown", "not_sent"];
    expect(always(Fault::InternalError), 4, 503, told, NEVER).await;
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
async fn a_slow_answer() {
    expect(first(Fault::SlowBody { bytes_per_second: 1000 }), 30, 200, STORED, ONCE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_never_comes() {
    let told = ["unknown", "unknown", "not_sent", "unknown", "unknown", "not_sent"];
    expect(first(Fault::Stall { after_bytes: 20 }), 4, 503, told, [1, 1, 0, 1, 1, 0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_garbage_answer() {
    expect(first(Fault::GarbageAnswer), 30, 200, STORED, TWICE).await;
    expect(first(Fault::TruncatedBody { after_bytes: 20 }), 30, 200, STORED, TWICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_answer() {
    expect(first(Fault::ShortAnswer), 30, 200, STORED, TWICE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_not_found_takes_no_record_and_blames_none() {
    let told = ["unavailable", "unavailable", "not_sent", "unavailable", "unavailable", "not_sent"];
    expect(always(Fault::FalseNotFound), 4, 503, told, NEVER).await;
}
