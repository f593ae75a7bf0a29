use std::collections::BTreeSet;
use std::sync::Barrier;

use bytes::Bytes;
use proptest::prelude::*;

use super::{Message, Outcome, Partition, StreamingOptions};

fn partition() -> Partition {
    Partition::open(None, 1 << 20, 1).unwrap()
}

fn messages(values: impl IntoIterator<Item = String>) -> Vec<Message> {
    values.into_iter().map(|value| Message { key: None, value: Bytes::from(value) }).collect()
}

fn unlimited() -> StreamingOptions {
    StreamingOptions::default().unlimited()
}

fn offsets(outcomes: &[Outcome]) -> Vec<Option<u64>> {
    let offset = |outcome: &Outcome| match outcome {
        Outcome::Stored { offset, .. } => Some(*offset),
        _ => None,
    };
    outcomes.iter().map(offset).collect()
}

#[test]
fn messages_above_a_limit_fail_with_a_wait_and_none_overtakes_them() {
    let partition = partition();
    let limits = StreamingOptions { write_bytes_per_second: Some(1000), ..StreamingOptions::default() };
    let put = |lengths: &[usize], now| {
        let outcomes =
            partition.put(&messages(lengths.iter().map(|length| "v".repeat(*length))), &limits, now, 0);
        let wait = outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Throttled(throttled) => Some(throttled.wait_milliseconds),
            _ => None,
        });
        (offsets(&outcomes), wait)
    };
    assert_eq!(put(&[400, 500, 200, 10], 0), (vec![Some(0), Some(1), None, None], Some(100)));
    assert_eq!(put(&[200], 99), (vec![None], Some(1)));
    assert_eq!(put(&[200], 100), (vec![Some(2)], None));
    let load = partition.load(100);
    assert_eq!((load.messages_in, load.bytes_in, load.throttled_messages), (3, 1100, 3));
}

#[test]
fn messages_are_limited_in_addition_to_bytes() {
    let partition = partition();
    let limits = StreamingOptions::default();
    let outcomes = partition.put(&messages((0..1001).map(|_| String::new())), &limits, 0, 0);
    assert_eq!(offsets(&outcomes).iter().flatten().count(), 1000);
    let Outcome::Throttled(throttled) = outcomes[1000].clone() else { panic!("{outcomes:?}") };
    assert_eq!((throttled.limit, throttled.wait_milliseconds), ("messages written a second", 1));
}

#[test]
fn reads_are_limited_per_group_and_their_bytes_for_all() {
    let partition = partition();
    let limits = StreamingOptions { read_bytes_per_second: Some(1000), ..unlimited() };
    let limits = StreamingOptions { reads_per_second: Some(5), ..limits };
    partition.put(&messages((0..10).map(|_| "v".repeat(300))), &limits, 0, 0);
    assert!((0..5).all(|_| partition.may_read("a", &limits, 0).is_ok()));
    assert_eq!(partition.may_read("a", &limits, 0).unwrap_err().wait_milliseconds, 200);
    partition.may_read("b", &limits, 0).unwrap();
    assert_eq!(partition.get(0, 100, 1 << 20, &limits, 0).unwrap().len(), 3);
    assert_eq!(partition.get(3, 100, 1 << 20, &limits, 0).unwrap().len(), 1, "one message is always given");
    let refused = partition.may_read("b", &limits, 0).unwrap_err();
    assert_eq!((refused.limit, refused.wait_milliseconds), ("bytes read a second", 201));
    assert_eq!(partition.load(0).throttled_reads, 2);
}

#[test]
fn concurrent_puts_get_distinct_offsets_and_keep_each_producers_order() {
    const PRODUCERS: usize = 4;
    let (partition, barrier) = (&partition(), &Barrier::new(PRODUCERS));
    let given: Vec<Vec<u64>> = std::thread::scope(|scope| {
        let produce = |producer: usize| {
            barrier.wait();
            let mut given = Vec::new();
            for batch in 0..50 {
                let values = (0..5).map(|number| format!("{producer} {}", batch * 5 + number));
                given.extend(
                    offsets(&partition.put(&messages(values), &unlimited(), 0, 0)).into_iter().flatten(),
                );
            }
            given
        };
        let threads: Vec<_> = (0..PRODUCERS).map(|producer| scope.spawn(move || produce(producer))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(given.iter().all(|offsets| offsets.is_sorted()));
    let all: BTreeSet<u64> = given.iter().flatten().copied().collect();
    assert_eq!((all.len(), all.last()), (PRODUCERS * 250, Some(&(PRODUCERS as u64 * 250 - 1))));
    let records = partition.read(0, usize::MAX, u64::MAX).unwrap();
    for (producer, offsets) in given.iter().enumerate() {
        for (number, offset) in offsets.iter().enumerate() {
            assert_eq!(records[*offset as usize].value, format!("{producer} {number}"));
        }
    }
}

proptest! {
    #[test]
    fn under_any_schedule_at_most_the_rate_and_one_saved_second_get_through(
        puts in prop::collection::vec((0..400_i64, 1..700_usize), 1..100)
    ) {
        let partition = partition();
        let limits = StreamingOptions { write_bytes_per_second: Some(1000), ..unlimited() };
        let (mut now, mut through, mut retry_at) = (0, 0, None);
        for (later, length) in puts {
            now += later;
            match partition.put(&messages(["v".repeat(length)]), &limits, now, 0).remove(0) {
                Outcome::Stored { .. } => through += length as i64,
                Outcome::Throttled(throttled) => {
                    prop_assert!(throttled.wait_milliseconds > 0);
                    retry_at = Some((now + throttled.wait_milliseconds as i64, length));
                }
                Outcome::Failed(message) => prop_assert!(false, "{}", message),
            }
            prop_assert!(through <= 1000 + now, "{} in {} ms", through, now);
        }
        // The hint is correct if nothing else has been written in between.
        if let Some((at, length)) = retry_at.filter(|(at, _)| *at >= now) {
            let outcome = partition.put(&messages(["v".repeat(length)]), &limits, at.max(now) + 1000, 0).remove(0);
            let stored = matches!(outcome, Outcome::Stored { .. });
            prop_assert!(stored);
        }
    }
}
