//! Tests large requests, requests at the limits, and the order among many producers.

use crate::cloud::Cloud;
use crate::entry_point::{BOTH, EntryPoint, Kind};
use emulator::{Fault, Rule, StreamingOptions};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_six_megabytes_makes_full_requests() {
    for kind in BOTH {
        let cloud = Cloud::unlimited(4).await;
        let entry =
            EntryPoint::open(kind, &cloud, 60, &[("KEY", "pointer:/id"), ("PARTITION_RATE", "none")]).await;
        let lines: Vec<String> =
            (0..5000).map(|number| format!(r#"{{"id":"{number}","text":"{:x<1150}"}}"#, "")).collect();
        let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
        assert!((5_800_000..6_000_000).contains(&bytes), "{bytes}");
        let response = entry.lines(&lines).await;
        assert_eq!((response.status, response.results().len()), (200, 5000), "{kind:?}");
        assert!(cloud.copies().values().all(|copies| *copies == 1) && cloud.copies().len() == 5000);
        assert_eq!(cloud.puts(), 6, "{kind:?}");
        let stored = cloud.stored();
        assert!(stored.iter().all(|stored| {
            let key = format!(r#"{{"id":"{}","#, std::str::from_utf8(stored.key.as_ref().unwrap()).unwrap());
            stored.value.starts_with(key.as_bytes())
        }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_at_the_limit_passes_and_one_byte_more_is_refused_alone() {
    for kind in BOTH {
        let cloud = Cloud::unlimited(2).await;
        let entry = EntryPoint::open(kind, &cloud, 30, &[("KEY", "pointer:/k")]).await;
        let line = |key: &str, length: usize| {
            let rest = length - format!(r#"{{"k":"{key}","x":""}}"#).len();
            format!(r#"{{"k":"{key}","x":"{}"}}"#, "y".repeat(rest))
        };
        let limit = 1 << 20;
        let lines = vec![line("a", limit - 1), line("b", limit), line("c", 100), line("d", limit - 1)];
        let response = entry.lines(&lines).await;
        assert_eq!(response.results(), ["stored", "record_too_large", "stored", "stored"], "{kind:?}");
        assert_eq!((response.status, cloud.copies().len()), (207, 3));
        response.is_true_of(&lines, &cloud);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_is_looked_up_where_its_endpoint_is_not_given() {
    for kind in BOTH {
        let cloud = Cloud::unlimited(1).await;
        let entry = EntryPoint::open(kind, &cloud, 30, &[("KEY", "none"), ("STREAM_ENDPOINT", "")]).await;
        assert!(cloud.emulator.requests().is_empty(), "nothing is sent before the first record");
        let response = entry.lines(&[r#"{"a":1}"#.to_owned()]).await;
        assert_eq!(response.results(), ["stored"]);
        let operations: Vec<_> =
            cloud.emulator.requests().into_iter().map(|request| request.operation).collect();
        assert_eq!(operations, ["GetStream", "PutMessages"]);
    }
}

/// Returns the number in a line of [`many_producers`].
fn number(value: &[u8]) -> u64 {
    serde_json::from_slice::<serde_json::Value>(value).unwrap()["number"].as_u64().unwrap()
}

/// Lets sixteen producers, each with its own keys, send one request after another.
async fn many_producers(cloud: &Arc<Cloud>, entry: &Arc<EntryPoint>) {
    let mut producers = JoinSet::new();
    for producer in 0..16 {
        let (cloud, entry) = (Arc::clone(cloud), Arc::clone(entry));
        producers.spawn(async move {
            for request in 0..10 {
                let line = |number: u64| {
                    let number = request * 60 + number;
                    format!(r#"{{"key":"{producer}-{}","number":{number}}}"#, number % 7)
                };
                let lines: Vec<String> = (0..60).map(line).collect();
                let response = entry.lines(&lines).await;
                assert_eq!((response.status, response.results()), (200, vec!["stored".to_owned(); 60]));
                response.is_true_of(&lines, &cloud);
            }
        });
    }
    producers.join_all().await;
}

fn in_order(cloud: &Cloud) {
    let mut last: BTreeMap<_, u64> = BTreeMap::new();
    for stored in cloud.stored() {
        let number = number(&stored.value);
        let before = last.insert(stored.key.unwrap(), number);
        assert!(before.is_none_or(|before| before <= number), "{before:?} before {number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_keep_their_order_among_many_producers_whatever_fails() {
    let cloud = Arc::new(Cloud::unlimited(4).await);
    let entry = Arc::new(EntryPoint::open(Kind::Service, &cloud, 60, &[("KEY", "pointer:/key")]).await);
    let faults = cloud.emulator.faults();
    faults.add(
        Rule::new("PutMessages", Fault::ThrottleEntries { every: 3, wait_milliseconds: 20 }).probability(0.3),
    );
    faults.add(Rule::new("PutMessages", Fault::FailEntries { every: 2 }).probability(0.1));
    faults.add(Rule::new("PutMessages", Fault::ResetBefore).probability(0.05));
    faults.add(Rule::new("PutMessages", Fault::InternalError).probability(0.05));
    many_producers(&cloud, &entry).await;
    in_order(&cloud);
    // No response was lost after its request had taken effect.
    assert!(cloud.copies().values().all(|copies| *copies == 1));
    assert_eq!(cloud.copies().len(), 16 * 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_duplicates_records_but_keeps_their_order() {
    let cloud = Arc::new(Cloud::unlimited(4).await);
    let entry = Arc::new(EntryPoint::open(Kind::Service, &cloud, 60, &[("KEY", "pointer:/key")]).await);
    cloud.emulator.faults().add(Rule::new("PutMessages", Fault::ResetAfter).every(9));
    many_producers(&cloud, &entry).await;
    in_order(&cloud);
    assert_eq!(cloud.copies().len(), 16 * 600);
    assert!(cloud.copies().values().any(|copies| *copies > 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn above_a_partitions_limit_the_service_waits_and_nothing_fails() {
    let limits = StreamingOptions { write_bytes_per_second: Some(100_000), ..StreamingOptions::default() };
    let cloud = Arc::new(Cloud::start(2, limits).await);
    let entry = EntryPoint::open(Kind::Service, &cloud, 60, &[("KEY", "pointer:/key")]).await;
    // Twice the amount that passes at once.
    let line = |number: u64| format!(r#"{{"key":"{}","number":{number},"x":"{:z<950}"}}"#, number % 50, "");
    let lines: Vec<String> = (0..400).map(line).collect();
    let response = entry.lines(&lines).await;
    assert_eq!(response.results(), vec!["stored"; 400]);
    assert!(cloud.copies().values().all(|copies| *copies == 1));
    in_order(&cloud);
}
