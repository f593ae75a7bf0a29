use super::*;
use crate::limits::Limits;
use crate::outcome::Failure;
use crate::position::{Position, Sequence};
use crate::put_error::PutError;
use crate::send_options::Order;
use crate::stream::{PutResponse, Stored};
use bytes::Bytes;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// Stores records after a delay, and records what was sent.
#[derive(Debug)]
struct Slow {
    takes: Duration,
    sent: Mutex<Vec<Vec<Record>>>,
    in_flight: AtomicUsize,
    panics: bool,
}

impl Slow {
    fn new(milliseconds: u64) -> Self {
        let takes = Duration::from_millis(milliseconds);
        Slow { takes, sent: Mutex::default(), in_flight: AtomicUsize::new(0), panics: false }
    }
}

/// Counts a request for as long as its future lives.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Stream for Slow {
    fn limits(&self) -> Limits {
        Limits {
            key: 256,
            record: 1000,
            request: 1000,
            request_records: 100,
            partition_bytes_per_second: None,
            partition_records_per_second: None,
        }
    }

    async fn put(&self, records: &[Record], _within: Duration) -> Result<PutResponse, PutError> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        let _in_flight = InFlight(&self.in_flight);
        let number = {
            let mut sent = self.sent.lock().unwrap();
            sent.push(records.to_vec());
            sent.len()
        };
        sleep(self.takes).await;
        assert!(!self.panics || number > 1, "the first request panics");
        let stored = |offset| Stored {
            position: Position { partition: "0".into(), sequence: Sequence::Number(offset) },
            timestamp: None,
        };
        Ok((0..records.len() as u64).map(|offset| Ok(stored(offset))).collect())
    }
}

fn records(values: &[&str]) -> Vec<Record> {
    values.iter().map(|value| Record { key: None, value: Bytes::from(value.to_string()) }).collect()
}

fn in_seconds(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

fn function(stream: Slow) -> Sender<Slow> {
    Sender::function(stream, SendOptions::function(Order::Key))
}

fn service(stream: Slow) -> Sender<Slow> {
    Sender::service(stream, SendOptions::service(Order::Key))
}

fn failures(outcomes: &[Outcome]) -> Vec<Option<Failure>> {
    let failure = |outcome: &Outcome| match outcome {
        Outcome::Stored(_) => None,
        Outcome::Failed { failure, .. } => Some(*failure),
    };
    outcomes.iter().map(failure).collect()
}

#[tokio::test(start_paused = true)]
async fn a_functions_call_returns_when_all_its_records_are_stored() {
    let sender = function(Slow::new(30));
    let outcomes = sender.send(records(&["a", "b"]), in_seconds(5)).await.unwrap();
    assert_eq!(failures(&outcomes), [None, None]);
    let outcomes = sender.send(Vec::new(), in_seconds(5)).await.unwrap();
    assert!(outcomes.is_empty());
    assert_eq!((sender.counts().requests, sender.counts().held_records), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_in_flight_when_a_functions_call_returns() {
    let sender = function(Slow::new(60_000));
    let begun = Instant::now();
    let outcomes = sender.send(records(&["a", "b"]), in_seconds(5)).await.unwrap();
    assert_eq!(failures(&outcomes), [Some(Failure::Unknown); 2]);
    assert_eq!(begun.elapsed().as_millis(), 5000);
    tokio::task::yield_now().await;
    assert_eq!(sender.shared.stream.in_flight.load(Ordering::Relaxed), 0);
    assert_eq!(sender.counts().held_records, 0);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_functions_call_cuts_it_off_and_others_go_on() {
    let sender = function(Slow::new(100));
    let mut first = Box::pin(sender.send(records(&["a"]), in_seconds(5)));
    tokio::select! {
        _ = &mut first => panic!("it takes longer"),
        () = sleep(Duration::from_millis(50)) => {}
    }
    // The first call's driver would send the second call's records as well.
    let second = sender.send(records(&["b"]), in_seconds(5));
    let dropping = async {
        sleep(Duration::from_millis(10)).await;
        drop(first);
    };
    let (second, ()) = tokio::join!(second, dropping);
    assert_eq!(failures(&second.unwrap()), [None]);
    assert_eq!(sender.counts().held_records, 0);
}

#[tokio::test(start_paused = true)]
async fn many_calls_to_a_service_share_requests() {
    let sender = service(Slow::new(20));
    let calls = (0..50).map(|_| sender.send(records(&["a", "b"]), in_seconds(5)));
    let mut waiting: Vec<_> = calls.map(Box::pin).collect();
    for call in &mut waiting {
        assert_eq!(failures(&call.await.unwrap()), [None, None]);
    }
    let all = async || {
        let mut tasks = tokio::task::JoinSet::new();
        let sender = Arc::new(service(Slow::new(20)));
        for _ in 0..50 {
            let sender = Arc::clone(&sender);
            tasks.spawn(async move { sender.send(records(&["a", "b"]), in_seconds(5)).await.unwrap() });
        }
        let outcomes = tasks.join_all().await;
        assert!(outcomes.iter().all(|outcomes| failures(outcomes) == [None, None]));
        sender.counts().requests
    };
    assert!(all().await <= 3);
}

#[tokio::test(start_paused = true)]
async fn a_service_accounts_for_records_in_flight_of_a_dropped_call() {
    let sender = service(Slow::new(100));
    let mut call = Box::pin(sender.send(records(&["a"]), in_seconds(5)));
    tokio::select! {
        _ = &mut call => panic!("it takes longer"),
        () = sleep(Duration::from_millis(50)) => {}
    }
    drop(call);
    assert_eq!(sender.counts().held_records, 1);
    sleep(Duration::from_millis(60)).await;
    assert_eq!((sender.counts().held_records, sender.counts().in_flight), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn the_outcome_of_a_request_that_panics_is_unknown() {
    for sender in
        [function(Slow { panics: true, ..Slow::new(10) }), service(Slow { panics: true, ..Slow::new(10) })]
    {
        let outcomes = sender.send(records(&["a"]), in_seconds(5)).await.unwrap();
        assert_eq!(failures(&outcomes), [None], "it was sent again");
        assert_eq!((sender.counts().requests, sender.counts().unanswered), (2, 1));
    }
}
