use super::ends::NO_TURN;
use super::model::{Fault, Knowledge, World, partition_of};
use super::*;
use crate::outcome::Failure;
use crate::position::Sequence;
use crate::put_error::Cause;
use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeMap;

const LIMITS: Limits = Limits {
    key: 8,
    record: 400,
    request: 1000,
    request_records: 12,
    partition_bytes_per_second: None,
    partition_records_per_second: None,
};

fn options(order: Order) -> SendOptions {
    SendOptions { in_flight: 4, ..SendOptions::service(order) }
}

fn record(key: Option<&str>, value: &str) -> Record {
    Record { key: key.map(|key| Bytes::from(key.to_owned())), value: Bytes::from(value.to_owned()) }
}

fn world(faults: Vec<Option<Fault>>) -> World {
    let mut world = World::new(3, LIMITS, options(Order::Key), 10);
    world.faults = faults;
    world
}

/// Returns the outcomes of a batch as words: `stored`, or the failure.
fn outcomes(world: &World, batch: usize) -> Vec<String> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Stored(_) => "stored".to_owned(),
        Outcome::Failed { failure, .. } => format!("{failure:?}").to_lowercase(),
    };
    world.outcomes[&batch].1.iter().map(word).collect()
}

#[test]
fn one_record_of_a_key_is_in_flight_at_a_time() {
    let mut world = world(Vec::new());
    let batch =
        world.submit(0, 5000, vec![record(Some("a"), "1"), record(Some("b"), "2"), record(Some("a"), "3")]);
    world.run();
    assert_eq!(outcomes(&world, batch), ["stored"; 3]);
    assert_eq!(
        world.sent.iter().map(|(at, value)| (*at, &value[..])).collect::<Vec<_>>(),
        [(0, &b"1"[..]), (0, b"2"), (10, b"3")]
    );
}

#[test]
fn without_order_all_records_are_sent_at_once() {
    let mut world = World::new(3, LIMITS, options(Order::None), 10);
    let batch =
        world.submit(0, 5000, vec![record(Some("a"), "1"), record(Some("a"), "2"), record(None, "3")]);
    world.run();
    assert_eq!((outcomes(&world, batch), world.requests), (vec!["stored".to_owned(); 3], 1));
}

#[test]
fn requests_are_filled_to_the_last_byte() {
    let mut world = world(Vec::new());
    let value = |number: usize| format!("{number:0250}");
    let batch = world.submit(0, 5000, (0..8).map(|number| record(None, &value(number))).collect());
    world.run();
    assert_eq!((outcomes(&world, batch), world.requests), (vec!["stored".to_owned(); 8], 2));
}

#[test]
fn a_record_at_the_limit_passes_and_one_above_it_is_refused_alone() {
    let mut world = world(Vec::new());
    let records = vec![
        record(Some("12345678"), &"x".repeat(392)),
        record(Some("12345678"), &"x".repeat(393)),
        record(Some("123456789"), "x"),
        record(None, &"x".repeat(400)),
    ];
    let batch = world.submit(0, 5000, records);
    world.run();
    assert_eq!(outcomes(&world, batch), ["stored", "refused", "refused", "stored"]);
    let Outcome::Failed { message, .. } = &world.outcomes[&batch].1[1] else { panic!() };
    assert_eq!(message, "the record is 401 bytes with its key; the stream accepts 400");
}

#[test]
fn records_after_a_failed_one_of_their_key_in_their_batch_are_not_sent() {
    let permanent = Fault::Entries { mask: 0b1, cause: Cause::Permanent, hint: None };
    let mut world = world(vec![Some(permanent)]);
    let batch = world.submit(
        0,
        5000,
        vec![record(Some("a"), "1"), record(Some("a"), "2"), record(Some("b"), "3"), record(Some("a"), "4")],
    );
    let other = world.submit(1, 5000, vec![record(Some("a"), "5")]);
    world.run();
    assert_eq!(outcomes(&world, batch), ["refused", "notsent", "stored", "notsent"]);
    assert_eq!(outcomes(&world, other), ["stored"]);
    assert_eq!(world.sent.len(), 3);
}

#[test]
fn only_the_failed_record_is_sent_again_after_the_hint() {
    let some = Fault::Entries { mask: 0b10, cause: Cause::Throttled, hint: Some(300) };
    let mut world = world(vec![Some(some)]);
    let batch = world.submit(0, 5000, vec![record(None, "1"), record(None, "2"), record(None, "3")]);
    world.run();
    assert_eq!(outcomes(&world, batch), ["stored"; 3]);
    assert_eq!(world.sent[3].1, "2");
    assert!((310..=345).contains(&world.sent[3].0), "{}", world.sent[3].0);
    let counts = world.scheduler.counts();
    assert_eq!((counts.requests, counts.records, counts.retries, counts.throttled), (2, 4, 1, 1));
}

#[test]
fn a_hint_is_honored_even_when_the_outcome_is_unknown() {
    let mut world = world(vec![Some(Fault::Lost { stored: false, hint: Some(1000) })]);
    let batch = world.submit(0, 5000, vec![record(None, "1")]);
    world.run();
    assert_eq!(outcomes(&world, batch), ["stored"]);
    assert!((1010..=1115).contains(&world.sent[1].0), "{}", world.sent[1].0);
}

#[test]
fn a_hint_beyond_the_end_fails_the_record_at_once() {
    let all = Fault::Entries { mask: u64::MAX, cause: Cause::Throttled, hint: Some(60_000) };
    let mut world = world(vec![Some(all)]);
    let batch = world.submit(0, 5000, vec![record(None, "1")]);
    world.run();
    assert_eq!((outcomes(&world, batch), world.outcomes[&batch].0), (vec!["throttled".to_owned()], 10));
}

#[test]
fn a_partition_without_room_holds_up_its_own_keys_only() {
    let mut world = world(Vec::new());
    let keys: Vec<String> = (0..12).map(|number| format!("k{number}")).collect();
    let all = |prefix: &str| {
        keys.iter().map(|key| record(Some(key), &format!("{prefix}{key}"))).collect::<Vec<_>>()
    };
    world.submit(0, 5000, all("first "));
    world.run();
    // The first record of the second round is throttled: the keys of its partition wait, the others go.
    world.faults = vec![None, Some(Fault::Entries { mask: 0b1, cause: Cause::Throttled, hint: Some(1000) })];
    let at = world.now;
    let second = world.submit(at, 5000, all("second "));
    let third = world.submit(at + 20, 5000, all("third "));
    world.run();
    assert_eq!(
        (outcomes(&world, second), outcomes(&world, third)),
        (vec!["stored".to_owned(); 12], vec!["stored".to_owned(); 12])
    );
    let partition =
        |record: &Record| world.log().partitions.iter().position(|log| log.contains(record)).unwrap();
    let blocked = partition(&record(Some("k0"), "first k0"));
    for key in &keys {
        let value = format!("third {key}");
        let (sent, _) = world.sent.iter().find(|(_, sent)| *sent == value.as_bytes()).unwrap();
        let waited = *sent > at + 1000;
        assert_eq!(waited, partition(&record(Some(key), &value)) == blocked, "{key} at {sent}");
    }
}

#[test]
fn records_of_a_lost_response_are_sent_again_before_later_ones() {
    for stored in [false, true] {
        let mut world = world(vec![Some(Fault::Lost { stored, hint: None })]);
        let batch = world.submit(0, 5000, vec![record(Some("a"), "1"), record(Some("a"), "2")]);
        world.run();
        assert_eq!(outcomes(&world, batch), ["stored"; 2]);
        let sent: Vec<_> = world.sent.iter().map(|(_, value)| &value[..]).collect();
        assert_eq!(sent, [&b"1"[..], b"1", b"2"]);
    }
}

#[test]
fn a_batch_ends_on_time_and_says_whose_outcome_is_unknown() {
    let mut world = world(vec![Some(Fault::Slow(60_000))]);
    let batch =
        world.submit(0, 2000, vec![record(Some("a"), "1"), record(Some("a"), "2"), record(Some("b"), "3")]);
    let patient = world.submit(1, 30_000, vec![record(Some("a"), "4")]);
    world.run();
    assert_eq!(outcomes(&world, batch), ["unknown", "notsent", "unknown"]);
    assert_eq!(world.outcomes[&batch].0, 2000);
    assert_eq!(outcomes(&world, patient), ["stored"]);
}

#[test]
fn a_stream_that_never_responds_is_tried_less_and_less_often() {
    let down = || Some(Fault::Rejected { cause: Cause::Failed, hint: None });
    let mut world = world(vec![down(); 100]);
    let batch = world.submit(0, 20_000, vec![record(None, "1")]);
    let late = world.submit(19_000, 2_000, vec![record(None, "2")]);
    world.run();
    assert_eq!(
        (outcomes(&world, batch), outcomes(&world, late)),
        (vec!["unavailable".to_owned()], vec!["unavailable".to_owned()])
    );
    assert!((8..20).contains(&world.requests), "{}", world.requests);
}

#[test]
fn the_unsent_records_of_a_withdrawn_batch_are_never_sent() {
    let mut world = world(Vec::new());
    let batch = world.submit(0, 5000, (0..10).map(|number| record(Some("a"), &number.to_string())).collect());
    let other = world.submit(1, 5000, vec![record(Some("a"), "other")]);
    world.withdraw(25, batch);
    world.run();
    assert!(!world.outcomes.contains_key(&batch));
    assert_eq!((outcomes(&world, other), world.sent.len()), (vec!["stored".to_owned()], 4));
    assert!(world.scheduler.is_idle());
}

#[test]
fn a_small_batch_does_not_wait_for_a_large_one() {
    let mut world = World::new(3, LIMITS, SendOptions { in_flight: 1, ..options(Order::Key) }, 10);
    world.submit(0, 60_000, (0..1000).map(|number| record(None, &format!("{number:0100}"))).collect());
    let small = world.submit(55, 60_000, vec![record(None, "small")]);
    world.run();
    assert!(world.outcomes[&small].0 <= 80, "{}", world.outcomes[&small].0);
}

#[test]
fn batches_beyond_the_maximum_are_turned_away_unless_one_is_alone() {
    let mut world = World::new(3, LIMITS, SendOptions { records: 10, ..options(Order::Key) }, 10);
    let many = || (0..11).map(|number| record(None, &number.to_string())).collect::<Vec<_>>();
    let (first, second, third) =
        (world.submit(0, 5000, many()), world.submit(1, 5000, many()), world.submit(50, 5000, many()));
    world.run();
    assert_eq!((outcomes(&world, first).len(), outcomes(&world, third).len()), (11, 11));
    assert!(!world.outcomes.contains_key(&second));
}

#[test]
fn batches_share_a_request_when_they_come_within_the_linger() {
    let mut world = world(Vec::new());
    for at in [0, 1, 2, 3, 4] {
        world.submit(at, 5000, vec![record(None, &at.to_string())]);
    }
    world.run();
    // The first record does not linger, because nothing is in flight.
    assert_eq!(world.requests, 2);
    assert_eq!(world.sent.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 6, 6, 6, 6]);
}

fn stored(world: &World) -> usize {
    world.log().partitions.iter().flatten().map(Record::size).sum()
}

const PACED: Limits = Limits {
    key: 256,
    record: 1 << 20,
    request: 1_000_000,
    request_records: usize::MAX,
    partition_bytes_per_second: Some(1_000_000),
    partition_records_per_second: None,
};

/// Generates records of 1.2 KB that hold a number. Each has one of `keys` keys, or none.
fn journal(keys: Option<u32>) -> impl FnMut() -> Record {
    let (mut number, mut random) = (0_u64, fastrand::Rng::with_seed(3));
    move || {
        number += 1;
        let key = keys.map(|keys| format!("key-{}", random.u32(0..keys)));
        record(key.as_deref(), &format!("{number:01200}"))
    }
}

#[test]
fn paced_partitions_get_98_percent_of_their_limit_and_never_throttle() {
    const SECONDS: u64 = 10;
    for (producers, count, keys) in
        [(1, 5000, Some(u32::MAX)), (2, 5000, None), (8, 1500, Some(20_000)), (64, 100, Some(u32::MAX))]
    {
        let label = format!("{producers} producers of {count} records, keys: {keys:?}");
        let mut world = World::new(8, PACED, SendOptions::service(Order::Key), 15);
        let mut record = journal(keys);
        let mut records = || (0..count).map(|_| record()).collect();
        // Excludes the burst at the start.
        world.produce(producers, 20, 2000, &mut records);
        let before = stored(&world);
        world.produce(0, 20, SECONDS * 1000, &mut records);
        let part = (stored(&world) - before) as f64 / (8_000_000.0 * (SECONDS - 2) as f64);
        assert!((0.98..1.03).contains(&part), "{label}: {part}");
        assert_eq!(world.log().throttled, 0, "{label}");
        // Each request costs a signature.
        assert!(world.requests < SECONDS * 100, "{label}: {}", world.requests);
    }
}

#[test]
fn many_functions_that_do_not_know_of_each_other_share_a_stream() {
    for (functions, count) in [(1, 5000), (16, 100), (64, 100)] {
        let mut worlds = vec![World::new(8, PACED, SendOptions::function(Order::Key), 15)];
        for seed in 1..functions {
            worlds.push(worlds[0].beside(seed));
        }
        let mut record = journal(Some(u32::MAX));
        let mut records = || (0..count).map(|_| record()).collect();
        World::produce_all(&mut worlds, 1, 10, 4000, &mut records);
        let before = stored(&worlds[0]);
        World::produce_all(&mut worlds, 0, 10, 12_000, &mut records);
        let part = (stored(&worlds[0]) - before) as f64 / 64_000_000.0;
        assert!((0.97..1.03).contains(&part), "{functions} functions: {part}");
        let mut outcomes =
            worlds.iter().flat_map(|world| world.outcomes.values()).flat_map(|(_, outcomes)| outcomes);
        assert!(outcomes.all(|outcome| matches!(outcome, Outcome::Stored(_))), "{functions} functions");
        let sent: usize = worlds.iter().map(|world| world.sent.len()).sum();
        let throttled = worlds[0].log().throttled as f64 / sent as f64;
        assert!(throttled < 0.35, "{functions} functions: {throttled}");
    }
}

/// Returns records with new keys, a few for each partition, and their partitions.
fn keyed(prefix: &str, partitions: usize) -> Vec<(usize, Record)> {
    let record = |number| {
        let key = format!("{prefix}{number}");
        (partition_of(key.as_bytes(), partitions), record(Some(&key), &format!("value of {key}")))
    };
    (0..12).map(record).collect()
}

#[test]
fn a_key_never_seen_before_waits_for_its_partition_if_the_stream_knows_it() {
    let mut world = World::new(3, LIMITS, options(Order::Key), 10).with(Knowledge::Right);
    world.faults = vec![Some(Fault::Entries { mask: 0b1, cause: Cause::Throttled, hint: Some(1000) })];
    let (first, second) = (keyed("a", 3), keyed("b", 3));
    let blocked = first[0].0;
    let one = world.submit(0, 5000, first.into_iter().map(|(_, record)| record).collect());
    let other = world.submit(20, 5000, second.iter().map(|(_, record)| record.clone()).collect());
    world.run();
    assert_eq!(
        (outcomes(&world, one), outcomes(&world, other)),
        (vec!["stored".to_owned(); 12], vec!["stored".to_owned(); 12])
    );
    for (partition, record) in second {
        let (sent, _) = world.sent.iter().find(|(_, sent)| *sent == record.value).unwrap();
        assert_eq!(*sent > 1000, partition == blocked, "partition {partition} at {sent}");
    }
}

#[test]
fn a_rush_of_new_keys_to_one_partition_is_paced_if_the_stream_knows_it() {
    let throttled = |knowledge| {
        let mut world = World::new(8, PACED, SendOptions::service(Order::Key), 15).with(knowledge);
        world.submit(0, 30_000, keyed("a", 8).into_iter().map(|(_, record)| record).collect());
        let new = (0..).map(|number| format!("b{number}"));
        let same = new.filter(|key| partition_of(key.as_bytes(), 8) == 0).take(3000);
        let rush = same.map(|key| record(Some(&key), &"x".repeat(1000))).collect();
        let rush = world.submit(100, 30_000, rush);
        world.run();
        assert_eq!(outcomes(&world, rush), vec!["stored"; 3000]);
        world.log().throttled
    };
    assert_eq!(throttled(Knowledge::Right), 0);
    assert!(throttled(Knowledge::Nothing) > 0, "the records are assumed to go where there is room");
}

fn fault() -> impl Strategy<Value = Option<Fault>> {
    let hint = prop::option::of(0_u64..700);
    let cause =
        prop_oneof![3 => Just(Cause::Throttled), 3 => Just(Cause::Failed), 1 => Just(Cause::Permanent)];
    prop_oneof![
        4 => Just(None),
        3 => (any::<u64>(), cause.clone(), hint.clone()).prop_map(|(mask, cause, hint)| Some(Fault::Entries { mask, cause, hint })),
        1 => (cause.clone(), hint.clone()).prop_map(|(cause, hint)| Some(Fault::Entries { mask: u64::MAX, cause, hint })),
        1 => (cause, hint.clone()).prop_map(|(cause, hint)| Some(Fault::Rejected { cause, hint })),
        2 => (any::<bool>(), hint).prop_map(|(stored, hint)| Some(Fault::Lost { stored, hint })),
        1 => any::<bool>().prop_map(|more| Some(Fault::Miscounted { more })),
        2 => prop_oneof![0_u64..100, 500_u64..12_000].prop_map(|more| Some(Fault::Slow(more))),
    ]
}

/// When a batch is submitted, how long it has, when it is withdrawn, and the keys and sizes of its records.
type ScriptedBatch = (u64, u64, Option<u64>, Vec<(Option<u8>, usize)>);

#[derive(Debug, Clone)]
struct Script {
    order: Order,
    partitions: usize,
    limits: Limits,
    options: SendOptions,
    latency: u64,
    faults: Vec<Option<Fault>>,
    knowledge: Knowledge,
    batches: Vec<ScriptedBatch>,
}

fn script() -> impl Strategy<Value = Script> {
    let records = prop::collection::vec((prop::option::weighted(0.8, 0_u8..12), 8_usize..330), 0..40);
    let batch = (
        0_u64..3000,
        prop_oneof![0_u64..500, 500_u64..8000],
        prop::option::weighted(0.15, 0_u64..4000),
        records,
    );
    let limits = (200_usize..1200, 1_usize..20, prop::option::of(500_u64..20_000));
    let options = (1_usize..5, 0_u64..8, any::<bool>(), 10_usize..200);
    (
        prop::bool::weighted(0.8),
        1_usize..5,
        limits,
        options,
        0_u64..40,
        prop::collection::vec(fault(), 0..40),
        prop::sample::select(vec![Knowledge::Nothing, Knowledge::Right, Knowledge::Wrong]),
        prop::collection::vec(batch, 1..7),
    )
        .prop_map(|(ordered, partitions, limits, options, latency, faults, knowledge, batches)| {
            let order = if ordered { Order::Key } else { Order::None };
            let (request, request_records, rate) = limits;
            let limits =
                Limits { request, request_records, record: 300, partition_bytes_per_second: rate, ..LIMITS };
            let (in_flight, linger, paced, records) = options;
            let linger = Duration::from_millis(linger);
            let options = SendOptions { order, in_flight, linger, paced, bytes: usize::MAX, records };
            Script { order, partitions, limits, options, latency, faults, knowledge, batches }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 600 } else { 6000 }))]

    #[test]
    fn every_record_has_one_true_outcome_and_keys_keep_their_order_whatever_happens(script in script()) {
        let world = World::new(script.partitions, script.limits, script.options, script.latency);
        let mut world = world.with(script.knowledge);
        world.faults = script.faults.clone();
        // A value identifies its record: `batch/index`, padded to the record's size.
        let mut batches = Vec::new();
        let mut ordered: Vec<usize> = (0..script.batches.len()).collect();
        ordered.sort_by_key(|batch| script.batches[*batch].0);
        for (number, (at, within, withdrawn, records)) in ordered.iter().map(|batch| &script.batches[*batch]).enumerate() {
            let records: Vec<Record> = records.iter().enumerate().map(|(index, (key, size))| {
                let key = key.map(|key| format!("k{key}"));
                record(key.as_deref(), &format!("{:.<size$}", format!("{number:02}/{index:03}")))
            }).collect();
            world.submit(*at, *within, records.clone());
            if let Some(after) = withdrawn {
                world.withdraw(at + after, number);
            }
            batches.push((*at, *within, *withdrawn, records));
        }
        world.run();
        prop_assert!(world.scheduler.is_idle());

        // How often each record is on the stream.
        let log = world.log();
        let mut stored: BTreeMap<&Bytes, usize> = BTreeMap::new();
        for record in log.partitions.iter().flatten() {
            *stored.entry(&record.value).or_default() += 1;
        }
        let mut was_sent: BTreeMap<&Bytes, u64> = BTreeMap::new();
        for (_, value) in &world.sent {
            *was_sent.entry(value).or_default() += 1;
        }
        for (number, (at, within, withdrawn, records)) in batches.iter().enumerate() {
            let Some((end, outcomes)) = world.outcomes.get(&number) else {
                prop_assert!(withdrawn.is_some() || world.batches[number].is_none(), "batch {number} never ended");
                if world.batches[number].is_none() {
                    prop_assert!(records.iter().all(|record| !was_sent.contains_key(&record.value)));
                } else if let Some(after) = withdrawn {
                    let is_of = |value: &Bytes| value.starts_with(format!("{number:02}/").as_bytes());
                    prop_assert!(world.sent.iter().all(|(sent, value)| !is_of(value) || *sent <= at + after));
                }
                continue;
            };
            prop_assert!(*end <= at + within, "batch {number} ended at {end}");
            prop_assert_eq!(outcomes.len(), records.len());
            for (index, (outcome, record)) in outcomes.iter().zip(records).enumerate() {
                let copies = stored.get(&record.value).copied().unwrap_or_default();
                match outcome {
                    Outcome::Stored(stored) => {
                        let partition: usize = stored.position.partition.as_str().parse().unwrap();
                        let Sequence::Number(offset) = stored.position.sequence else { panic!() };
                        prop_assert_eq!(&log.partitions[partition][offset as usize], record);
                        prop_assert!(copies == 1 || log.lost.contains(&record.value), "{copies} copies");
                    }
                    Outcome::Failed { failure: Failure::Unknown, .. } => {
                        let waits = world.sent.iter().zip(&world.responded);
                        let mut waits = waits.filter(|((_, value), _)| *value == record.value);
                        let was_in_flight = waits.any(|((sent, _), responded)| sent < end && responded >= end);
                        prop_assert!(was_in_flight || log.lost.contains(&record.value));
                    }
                    Outcome::Failed { failure, message } => {
                        prop_assert_eq!(copies, 0, "{:?} {}", failure, message);
                        prop_assert!(!message.is_empty());
                        let is_too_large = record.size() > 300;
                        prop_assert!(*failure == Failure::Refused || *failure == Failure::NotSent || !is_too_large);
                        if *failure == Failure::NotSent {
                            prop_assert!(!was_sent.contains_key(&record.value));
                            let earlier = records[..index].iter().zip(outcomes);
                            let failed = |(earlier, outcome): (&Record, &Outcome)| earlier.key == record.key && !matches!(outcome, Outcome::Stored(_));
                            prop_assert!(message == NO_TURN || earlier.into_iter().any(failed));
                        }
                    }
                }
                if script.order == Order::Key && record.key.is_some() && !matches!(outcome, Outcome::Stored(_)) {
                    for (later, outcome) in records[index + 1..].iter().zip(&outcomes[index + 1..]) {
                        prop_assert!(later.key != record.key || !matches!(outcome, Outcome::Stored(_)));
                    }
                }
            }
        }
        // The values of a key are in the order in which they were submitted, copies included.
        if script.order == Order::Key {
            let mut last: BTreeMap<&Bytes, &Bytes> = BTreeMap::new();
            for record in log.partitions.iter().flatten() {
                if let Some(key) = &record.key {
                    let before = last.insert(key, &record.value);
                    prop_assert!(before.is_none_or(|before| *before <= record.value), "{before:?} before {:?}", record.value);
                }
            }
        }
        let counts = world.scheduler.counts();
        prop_assert_eq!((counts.held_records, counts.held_bytes, counts.in_flight), (0, 0, 0));
        prop_assert_eq!((counts.requests, counts.records), (world.requests, world.sent.len() as u64));
        prop_assert_eq!(counts.retries, was_sent.values().map(|times| times - 1).sum::<u64>());
        prop_assert_eq!(counts.bytes as usize, world.sent.iter().map(|(_, value)| size(&batches, value)).sum::<usize>());
    }
}

type Submitted = Vec<(u64, u64, Option<u64>, Vec<Record>)>;

fn size(batches: &Submitted, value: &Bytes) -> usize {
    batches
        .iter()
        .flat_map(|(.., records)| records)
        .find(|record| record.value == *value)
        .map_or(0, Record::size)
}
