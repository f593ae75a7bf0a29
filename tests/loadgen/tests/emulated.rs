//! Tests loads against an emulator in this process, and their counters.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use emulator::{Emulator, Fault, Options, Rule, StreamSpec, StreamingOptions};
use loadgen::{Journals, Load, Loaded, Pace, Records, Retry, StreamTarget, Verdict, read_back};
use oci_requests::Environment;
use oci_streaming::{Connection, StreamClient};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

const PARTITIONS: u32 = 3;

/// A time before that of every record.
const EVER: &str = "2020-01-01T00:00:00Z";

struct Cloud {
    emulator: Emulator,
    stream: StreamClient,
}

impl Cloud {
    async fn start(streaming: StreamingOptions) -> Self {
        let streams = vec![StreamSpec { name: "ledger".into(), partitions: PARTITIONS }];
        let streaming = StreamingOptions { streams, ..streaming };
        let emulator = Emulator::start(Options { streaming, ..Options::default() }).await.unwrap();
        let config = emulator.folder().join("config");
        let variables =
            [("OCI_CLI_CONFIG_FILE", config.to_str().unwrap()), ("OCI_STREAMING_ENDPOINT", emulator.url())];
        let environment: Environment = variables.into_iter().collect();
        let connection = Connection::from_environment(&environment).unwrap();
        let stream = connection.stream(emulator.stream("ledger").unwrap().id());
        Cloud { emulator, stream }
    }

    async fn load(&self, load: &Load) -> (Loaded, Verdict) {
        let target = Arc::new(StreamTarget::new(self.stream.clone()));
        let records = |worker| Records::Journals(Journals::new(1, worker, 5, 9));
        let (_go_on, stop) = watch::channel(false);
        let loaded = load.run(target, records, stop, false).await.unwrap();
        let audit = read_back(&self.stream, PARTITIONS, EVER, loaded.audit.clone().unwrap()).await.unwrap();
        let verdict = audit.verdict();
        (loaded, verdict)
    }
}

/// Returns a short load.
fn load(workers: u32, retry: Retry) -> Load {
    Load {
        workers,
        warm_up: Duration::ZERO,
        duration: Duration::from_millis(300),
        iterations: 1,
        sleep: Duration::ZERO,
        pace: Pace::Closed { client_rate: None },
        retry,
        audited: true,
        seed: 1,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_limits_every_record_is_stored_once_and_in_order() {
    let cloud = Cloud::start(StreamingOptions::default().unlimited()).await;
    let (loaded, verdict) = cloud.load(&load(3, Retry::published(8))).await;
    let sum = loaded.sum();
    assert_eq!(loaded.tallies.len(), 3);
    assert!(sum.records > 0);
    assert_eq!((sum.stored, sum.lost, sum.in_flight), (sum.records, 0, 0));
    let expected = Verdict { records: sum.records, found: sum.records, ..Verdict::default() };
    assert_eq!(verdict, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_published_client_loses_records_above_the_limit_and_reports_them() {
    // Four messages pass at once and another one every quarter of a second, which is fewer than a batch contains.
    let limits =
        StreamingOptions { write_bytes_per_second: Some(5_000), ..StreamingOptions::default().unlimited() };
    let cloud = Cloud::start(limits).await;
    let (loaded, verdict) = cloud.load(&load(4, Retry::published(1))).await;
    let sum = loaded.sum();
    assert!(sum.throttled > 0 && sum.lost > 0, "{sum:?}");
    assert_eq!(sum.stored + sum.lost, sum.records);
    assert_eq!((verdict.records, verdict.found, verdict.lost), (sum.records, sum.stored, sum.lost));
    assert_eq!((verdict.duplicated, verdict.confirmed_but_lost, verdict.stored_unconfirmed), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_whose_response_is_lost_is_stored_twice_and_found() {
    let cloud = Cloud::start(StreamingOptions::default().unlimited()).await;
    cloud.emulator.faults().add(Rule::new("PutMessages", Fault::ResetAfter).first(1));
    let (loaded, verdict) = cloud.load(&load(1, Retry::published(8))).await;
    let sum = loaded.sum();
    assert!((5..=9).contains(&sum.unknown), "{sum:?}");
    assert_eq!((verdict.duplicated, verdict.lost), (sum.unknown, 0));
}
