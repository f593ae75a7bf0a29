use super::*;
use crate::outcome::Failure;
use crate::stream::{Limits, Placed, PutError, Refused};
use bytes::Bytes;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// Stores what comes after so long; says what it was sent.
#[derive(Debug)]
struct Slow {
    takes: Duration,
    sent: Mutex<Vec<Vec<Record>>>,
    under_way: AtomicUsize,
    panics: bool,
}

impl Slow {
    fn new(milliseconds: u64) -> Self {
        let takes = Duration::from_millis(milliseconds);
        Slow { takes, sent: Mutex::default(), under_way: AtomicUsize::new(0), panics: false }
    }
}

/// Counts a request as long as its future lives.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
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

    async fn put(
        &self,
        records: &[Record],
        _within: Duration,
    ) -> Result<Vec<Result<Placed, Refused>>, PutError> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let _under_way = UnderWay(&self.under_way);
        let number = {
            let mut sent = self.sent.lock().unwrap();
            sent.push(records.to_vec());
            sent.len()
        };
        sleep(self.takes).await;
        assert!(!self.panics || number > 1, "the first request panics");
        let placed = |offset| Placed { partition: "0".into(), offset, timestamp: "".into() };
        Ok((0..records.len() as u64).map(|offset| Ok(placed(offset))).collect())
    }
}

fn records(values: &[&str]) -> Vec<Record> {
    values.iter().map(|value| Record { key: None, value: Bytes::from(value.to_string()) }).collect()
}

fn in_seconds(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

fn function(stream: Slow) -> Publisher<Slow> {
    Publisher::function(stream, PublishOptions::function(Order::Key))
}

fn service(stream: Slow) -> Publisher<Slow> {
    Publisher::service(stream, PublishOptions::service(Order::Key))
}

fn failures(outcomes: &[Outcome]) -> Vec<Option<Failure>> {
    let failure = |outcome: &Outcome| match outcome {
        Outcome::Stored(_) => None,
        Outcome::Failed { failure, .. } => Some(*failure),
    };
    outcomes.iter().map(failure).collect()
}

#[tokio::test(start_paused = true)]
async fn a_call_of_a_function_returns_when_all_of_it_is_stored() {
    let publisher = function(Slow::new(30));
    let outcomes = publisher.publish(records(&["a", "b"]), in_seconds(5)).await.unwrap();
    assert_eq!(failures(&outcomes), [None, None]);
    let outcomes = publisher.publish(Vec::new(), in_seconds(5)).await.unwrap();
    assert!(outcomes.is_empty());
    assert_eq!((publisher.counts().requests, publisher.counts().held_records), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn nothing_of_a_function_is_under_way_when_its_call_returns() {
    let publisher = function(Slow::new(60_000));
    let begun = Instant::now();
    let outcomes = publisher.publish(records(&["a", "b"]), in_seconds(5)).await.unwrap();
    assert_eq!(failures(&outcomes), [Some(Failure::Unknown); 2]);
    assert_eq!(begun.elapsed().as_millis(), 5000);
    tokio::task::yield_now().await;
    assert_eq!(publisher.shared.stream.under_way.load(Ordering::Relaxed), 0);
    assert_eq!(publisher.counts().held_records, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_is_cut_off_in_a_function_and_others_go_on() {
    let publisher = function(Slow::new(100));
    let mut first = Box::pin(publisher.publish(records(&["a"]), in_seconds(5)));
    tokio::select! {
        _ = &mut first => panic!("it takes longer"),
        () = sleep(Duration::from_millis(50)) => {}
    }
    // Its driver would send the second's records, too.
    let second = publisher.publish(records(&["b"]), in_seconds(5));
    let dropping = async {
        sleep(Duration::from_millis(10)).await;
        drop(first);
    };
    let (second, ()) = tokio::join!(second, dropping);
    assert_eq!(failures(&second.unwrap()), [None]);
    assert_eq!(publisher.counts().held_records, 0);
}

#[tokio::test(start_paused = true)]
async fn many_calls_of_a_service_share_requests() {
    let publisher = service(Slow::new(20));
    let calls = (0..50).map(|_| publisher.publish(records(&["a", "b"]), in_seconds(5)));
    let mut waiting: Vec<_> = calls.map(Box::pin).collect();
    for call in &mut waiting {
        assert_eq!(failures(&call.await.unwrap()), [None, None]);
    }
    let all = async || {
        let mut tasks = tokio::task::JoinSet::new();
        let publisher = Arc::new(service(Slow::new(20)));
        for _ in 0..50 {
            let publisher = Arc::clone(&publisher);
            tasks.spawn(async move { publisher.publish(records(&["a", "b"]), in_seconds(5)).await.unwrap() });
        }
        let outcomes = tasks.join_all().await;
        assert!(outcomes.iter().all(|outcomes| failures(outcomes) == [None, None]));
        publisher.counts().requests
    };
    assert!(all().await <= 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_of_a_dropped_call_is_accounted_for_in_a_service() {
    let publisher = service(Slow::new(100));
    let mut call = Box::pin(publisher.publish(records(&["a"]), in_seconds(5)));
    tokio::select! {
        _ = &mut call => panic!("it takes longer"),
        () = sleep(Duration::from_millis(50)) => {}
    }
    drop(call);
    assert_eq!(publisher.counts().held_records, 1);
    sleep(Duration::from_millis(60)).await;
    assert_eq!((publisher.counts().held_records, publisher.counts().in_flight), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_panics_is_one_that_nobody_knows_the_end_of() {
    for publisher in
        [function(Slow { panics: true, ..Slow::new(10) }), service(Slow { panics: true, ..Slow::new(10) })]
    {
        let outcomes = publisher.publish(records(&["a"]), in_seconds(5)).await.unwrap();
        assert_eq!(failures(&outcomes), [None], "it was sent again");
        assert_eq!((publisher.counts().requests, publisher.counts().unanswered), (2, 1));
    }
}
