use super::super::model::{Fault, World};
use super::*;
use crate::stream::Why;
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

fn options(order: Order) -> PublishOptions {
    PublishOptions { in_flight: 4, ..PublishOptions::service(order) }
}

fn record(key: Option<&str>, value: &str) -> Record {
    Record { key: key.map(|key| Bytes::from(key.to_owned())), value: Bytes::from(value.to_owned()) }
}

fn world(faults: Vec<Option<Fault>>) -> World {
    let mut world = World::new(3, LIMITS, options(Order::Key), 10);
    world.faults = faults;
    world
}

/// How outcomes look: `stored`, or the failure.
fn told(world: &World, call: usize) -> Vec<String> {
    let tell = |outcome: &Outcome| match outcome {
        Outcome::Stored(_) => "stored".to_owned(),
        Outcome::Failed { failure, .. } => format!("{failure:?}").to_lowercase(),
    };
    world.outcomes[&call].1.iter().map(tell).collect()
}

#[test]
fn one_record_of_a_key_is_under_way_at_a_time() {
    let mut world = world(Vec::new());
    let call =
        world.submit(0, 5000, vec![record(Some("a"), "1"), record(Some("b"), "2"), record(Some("a"), "3")]);
    world.run();
    assert_eq!(told(&world, call), ["stored"; 3]);
    assert_eq!(
        world.sent.iter().map(|(at, value)| (*at, &value[..])).collect::<Vec<_>>(),
        [(0, &b"1"[..]), (0, b"2"), (10, b"3")]
    );
}

#[test]
fn without_order_all_go_at_once() {
    let mut world = World::new(3, LIMITS, options(Order::None), 10);
    let call = world.submit(0, 5000, vec![record(Some("a"), "1"), record(Some("a"), "2"), record(None, "3")]);
    world.run();
    assert_eq!((told(&world, call), world.requests), (vec!["stored".to_owned(); 3], 1));
}

#[test]
fn requests_are_filled_up_to_the_last_byte() {
    let mut world = world(Vec::new());
    let value = |number: usize| format!("{number:0250}");
    let call = world.submit(0, 5000, (0..8).map(|number| record(None, &value(number))).collect());
    world.run();
    assert_eq!((told(&world, call), world.requests), (vec!["stored".to_owned(); 8], 2));
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
    let call = world.submit(0, 5000, records);
    world.run();
    assert_eq!(told(&world, call), ["stored", "refused", "refused", "stored"]);
    let Outcome::Failed { message, .. } = &world.outcomes[&call].1[1] else { panic!() };
    assert_eq!(message, "it has 401 bytes with its key, more than 400");
}

#[test]
fn what_comes_behind_a_failed_record_of_its_key_in_its_call_is_not_sent() {
    let never = Fault::Entries { mask: 0b1, why: Why::Never, hint: None };
    let mut world = world(vec![Some(never)]);
    let call = world.submit(
        0,
        5000,
        vec![record(Some("a"), "1"), record(Some("a"), "2"), record(Some("b"), "3"), record(Some("a"), "4")],
    );
    let other = world.submit(1, 5000, vec![record(Some("a"), "5")]);
    world.run();
    assert_eq!(told(&world, call), ["refused", "notsent", "stored", "notsent"]);
    assert_eq!(told(&world, other), ["stored"]);
    assert_eq!(world.sent.len(), 3);
}

#[test]
fn only_what_failed_is_sent_again_after_the_hint() {
    let some = Fault::Entries { mask: 0b10, why: Why::Throttled, hint: Some(300) };
    let mut world = world(vec![Some(some)]);
    let call = world.submit(0, 5000, vec![record(None, "1"), record(None, "2"), record(None, "3")]);
    world.run();
    assert_eq!(told(&world, call), ["stored"; 3]);
    assert_eq!(world.sent[3].1, "2");
    assert!((310..=345).contains(&world.sent[3].0), "{}", world.sent[3].0);
    let counts = world.scheduler.counts();
    assert_eq!((counts.requests, counts.records, counts.retries, counts.throttled), (2, 4, 1, 1));
}

#[test]
fn a_hint_is_waited_for_also_where_nobody_knows_what_became_of_the_records() {
    let mut world = world(vec![Some(Fault::Lost { stored: false, hint: Some(1000) })]);
    let call = world.submit(0, 5000, vec![record(None, "1")]);
    world.run();
    assert_eq!(told(&world, call), ["stored"]);
    assert!((1010..=1115).contains(&world.sent[1].0), "{}", world.sent[1].0);
}

#[test]
fn a_hint_beyond_the_end_is_not_waited_for() {
    let all = Fault::Entries { mask: u64::MAX, why: Why::Throttled, hint: Some(60_000) };
    let mut world = world(vec![Some(all)]);
    let call = world.submit(0, 5000, vec![record(None, "1")]);
    world.run();
    assert_eq!((told(&world, call), world.outcomes[&call].0), (vec!["throttled".to_owned()], 10));
}

#[test]
fn a_partition_that_has_no_room_keeps_its_own_keys_waiting_only() {
    let mut world = world(Vec::new());
    let keys: Vec<String> = (0..12).map(|number| format!("k{number}")).collect();
    let all = |prefix: &str| {
        keys.iter().map(|key| record(Some(key), &format!("{prefix}{key}"))).collect::<Vec<_>>()
    };
    world.submit(0, 5000, all("first "));
    world.run();
    // The first request of the second round has its first record refused: that partition's keys wait, the others go.
    world.faults = vec![None, Some(Fault::Entries { mask: 0b1, why: Why::Throttled, hint: Some(1000) })];
    let at = world.now;
    let second = world.submit(at, 5000, all("second "));
    let third = world.submit(at + 20, 5000, all("third "));
    world.run();
    assert_eq!(
        (told(&world, second), told(&world, third)),
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
fn a_lost_answer_has_the_records_sent_again_before_later_ones() {
    for stored in [false, true] {
        let mut world = world(vec![Some(Fault::Lost { stored, hint: None })]);
        let call = world.submit(0, 5000, vec![record(Some("a"), "1"), record(Some("a"), "2")]);
        world.run();
        assert_eq!(told(&world, call), ["stored"; 2]);
        let sent: Vec<_> = world.sent.iter().map(|(_, value)| &value[..]).collect();
        assert_eq!(sent, [&b"1"[..], b"1", b"2"]);
    }
}

#[test]
fn a_call_is_over_when_its_time_is_and_says_what_nobody_knows() {
    let mut world = world(vec![Some(Fault::Slow(60_000))]);
    let call =
        world.submit(0, 2000, vec![record(Some("a"), "1"), record(Some("a"), "2"), record(Some("b"), "3")]);
    let patient = world.submit(1, 30_000, vec![record(Some("a"), "4")]);
    world.run();
    assert_eq!(told(&world, call), ["unknown", "notsent", "unknown"]);
    assert_eq!(world.outcomes[&call].0, 2000);
    assert_eq!(told(&world, patient), ["stored"]);
}

#[test]
fn without_an_answer_to_anything_the_stream_is_tried_less_and_less() {
    let down = || Some(Fault::NotTaken { why: Why::Failed, hint: None });
    let mut world = world(vec![down(); 100]);
    let call = world.submit(0, 20_000, vec![record(None, "1")]);
    let late = world.submit(19_000, 2_000, vec![record(None, "2")]);
    world.run();
    assert_eq!(
        (told(&world, call), told(&world, late)),
        (vec!["unavailable".to_owned()], vec!["unavailable".to_owned()])
    );
    assert!((8..20).contains(&world.requests), "{}", world.requests);
}

#[test]
fn what_was_not_sent_of_a_withdrawn_call_is_not_sent_later() {
    let mut world = world(Vec::new());
    let call = world.submit(0, 5000, (0..10).map(|number| record(Some("a"), &number.to_string())).collect());
    let other = world.submit(1, 5000, vec![record(Some("a"), "other")]);
    world.withdraw(25, call);
    world.run();
    assert!(!world.outcomes.contains_key(&call));
    assert_eq!((told(&world, other), world.sent.len()), (vec!["stored".to_owned()], 4));
    assert!(world.scheduler.is_idle());
}

#[test]
fn a_small_call_does_not_wait_for_a_large_one() {
    let mut world = World::new(3, LIMITS, PublishOptions { in_flight: 1, ..options(Order::Key) }, 10);
    world.submit(0, 60_000, (0..1000).map(|number| record(None, &format!("{number:0100}"))).collect());
    let small = world.submit(55, 60_000, vec![record(None, "small")]);
    world.run();
    assert!(world.outcomes[&small].0 <= 80, "{}", world.outcomes[&small].0);
}

#[test]
fn more_than_the_ceiling_is_not_taken_but_a_single_call_may_be() {
    let mut world = World::new(3, LIMITS, PublishOptions { records: 10, ..options(Order::Key) }, 10);
    let many = || (0..11).map(|number| record(None, &number.to_string())).collect::<Vec<_>>();
    let (first, second, third) =
        (world.submit(0, 5000, many()), world.submit(1, 5000, many()), world.submit(50, 5000, many()));
    world.run();
    assert_eq!((told(&world, first).len(), told(&world, third).len()), (11, 11));
    assert!(!world.outcomes.contains_key(&second));
}

#[test]
fn calls_share_a_request_when_they_come_within_the_linger() {
    let mut world = world(Vec::new());
    for at in [0, 1, 2, 3, 4] {
        world.submit(at, 5000, vec![record(None, &at.to_string())]);
    }
    world.run();
    // The first had nothing to wait for.
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

/// Records of 1.2 KB with numbers as values, and keys of so many or none.
fn journal(keys: Option<u32>) -> impl FnMut() -> Record {
    let (mut number, mut random) = (0_u64, fastrand::Rng::with_seed(3));
    move || {
        number += 1;
        let key = keys.map(|keys| format!("key-{}", random.u32(0..keys)));
        record(key.as_deref(), &format!("{number:01200}"))
    }
}

#[test]
fn paced_partitions_get_98_percent_of_their_limit_and_hardly_ever_refuse() {
    const SECONDS: u64 = 10;
    for (producers, count, keys) in
        [(1, 5000, Some(u32::MAX)), (2, 5000, None), (8, 1500, Some(20_000)), (64, 100, Some(u32::MAX))]
    {
        let label = format!("{producers} producers of {count} records, keys: {keys:?}");
        let mut world = World::new(8, PACED, PublishOptions::service(Order::Key), 15);
        let mut record = journal(keys);
        let mut records = || (0..count).map(|_| record()).collect();
        // What passes at once at first is not counted.
        world.produce(producers, 20, 2000, &mut records);
        let before = stored(&world);
        world.produce(0, 20, SECONDS * 1000, &mut records);
        let part = (stored(&world) - before) as f64 / (8_000_000.0 * (SECONDS - 2) as f64);
        assert!((0.98..1.03).contains(&part), "{label}: {part}");
        assert_eq!(world.log().throttled, 0, "{label}");
        // A signature each.
        assert!(world.requests < SECONDS * 100, "{label}: {}", world.requests);
    }
}

#[test]
fn many_functions_that_know_nothing_of_each_other_share_a_stream() {
    for (functions, count) in [(1, 5000), (16, 100), (64, 100)] {
        let mut worlds = vec![World::new(8, PACED, PublishOptions::function(Order::Key), 15)];
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
        let outcomes =
            worlds.iter().flat_map(|world| world.outcomes.values()).flat_map(|(_, outcomes)| outcomes);
        assert!(
            outcomes.into_iter().all(|outcome| matches!(outcome, Outcome::Stored(_))),
            "{functions} functions"
        );
        let sent: usize = worlds.iter().map(|world| world.sent.len()).sum();
        let refused = worlds[0].log().throttled as f64 / sent as f64;
        assert!(refused < 0.35, "{functions} functions: {refused}");
    }
}

fn fault() -> impl Strategy<Value = Option<Fault>> {
    let hint = prop::option::of(0_u64..700);
    let why = prop_oneof![3 => Just(Why::Throttled), 3 => Just(Why::Failed), 1 => Just(Why::Never)];
    prop_oneof![
        4 => Just(None),
        3 => (any::<u64>(), why.clone(), hint.clone()).prop_map(|(mask, why, hint)| Some(Fault::Entries { mask, why, hint })),
        1 => (why.clone(), hint.clone()).prop_map(|(why, hint)| Some(Fault::Entries { mask: u64::MAX, why, hint })),
        1 => (why, hint.clone()).prop_map(|(why, hint)| Some(Fault::NotTaken { why, hint })),
        2 => (any::<bool>(), hint).prop_map(|(stored, hint)| Some(Fault::Lost { stored, hint })),
        1 => any::<bool>().prop_map(|more| Some(Fault::Miscounted { more })),
        2 => prop_oneof![0_u64..100, 500_u64..12_000].prop_map(|more| Some(Fault::Slow(more))),
    ]
}

/// When a call comes, how long it has, when it is withdrawn, and its records' keys and sizes.
type ScriptedCall = (u64, u64, Option<u64>, Vec<(Option<u8>, usize)>);

#[derive(Debug, Clone)]
struct Script {
    order: Order,
    partitions: usize,
    limits: Limits,
    options: PublishOptions,
    latency: u64,
    faults: Vec<Option<Fault>>,
    calls: Vec<ScriptedCall>,
}

fn script() -> impl Strategy<Value = Script> {
    let records = prop::collection::vec((prop::option::weighted(0.8, 0_u8..12), 8_usize..330), 0..40);
    let call = (
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
        prop::collection::vec(call, 1..7),
    )
        .prop_map(|(ordered, partitions, limits, options, latency, faults, calls)| {
            let order = if ordered { Order::Key } else { Order::None };
            let (request, request_records, rate) = limits;
            let limits =
                Limits { request, request_records, record: 300, partition_bytes_per_second: rate, ..LIMITS };
            let (in_flight, linger, paced, records) = options;
            let linger = Duration::from_millis(linger);
            let options = PublishOptions { order, in_flight, linger, paced, bytes: usize::MAX, records };
            Script { order, partitions, limits, options, latency, faults, calls }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 600 } else { 6000 }))]

    #[test]
    fn whatever_happens_every_record_has_one_true_outcome_and_keys_keep_their_order(script in script()) {
        let mut world = World::new(script.partitions, script.limits, script.options, script.latency);
        world.faults = script.faults.clone();
        // A value says which record it is: `call/index`, filled up to its size.
        let mut calls = Vec::new();
        let mut ordered: Vec<usize> = (0..script.calls.len()).collect();
        ordered.sort_by_key(|call| script.calls[*call].0);
        for (number, (at, within, withdrawn, records)) in ordered.iter().map(|call| &script.calls[*call]).enumerate() {
            let records: Vec<Record> = records.iter().enumerate().map(|(index, (key, size))| {
                let key = key.map(|key| format!("k{key}"));
                record(key.as_deref(), &format!("{:.<size$}", format!("{number:02}/{index:03}")))
            }).collect();
            world.submit(*at, *within, records.clone());
            if let Some(after) = withdrawn {
                world.withdraw(at + after, number);
            }
            calls.push((*at, *within, *withdrawn, records));
        }
        world.run();
        prop_assert!(world.scheduler.is_idle());

        // How often each record is on the stream, and which one.
        let log = world.log();
        let mut stored: BTreeMap<&Bytes, usize> = BTreeMap::new();
        for record in log.partitions.iter().flatten() {
            *stored.entry(&record.value).or_default() += 1;
        }
        let mut was_sent: BTreeMap<&Bytes, u64> = BTreeMap::new();
        for (_, value) in &world.sent {
            *was_sent.entry(value).or_default() += 1;
        }
        for (number, (at, within, withdrawn, records)) in calls.iter().enumerate() {
            let Some((end, outcomes)) = world.outcomes.get(&number) else {
                prop_assert!(withdrawn.is_some() || world.calls[number].is_none(), "call {number} never ended");
                if world.calls[number].is_none() {
                    prop_assert!(records.iter().all(|record| !was_sent.contains_key(&record.value)));
                } else if let Some(after) = withdrawn {
                    let is_of = |value: &Bytes| value.starts_with(format!("{number:02}/").as_bytes());
                    prop_assert!(world.sent.iter().all(|(sent, value)| !is_of(value) || *sent <= at + after));
                }
                continue;
            };
            prop_assert!(*end <= at + within, "call {number} ended at {end}");
            prop_assert_eq!(outcomes.len(), records.len());
            for (index, (outcome, record)) in outcomes.iter().zip(records).enumerate() {
                let copies = stored.get(&record.value).copied().unwrap_or_default();
                match outcome {
                    Outcome::Stored(placed) => {
                        let partition: usize = placed.partition.parse().unwrap();
                        prop_assert_eq!(&log.partitions[partition][placed.offset as usize], record);
                        prop_assert!(copies == 1 || log.lost.contains(&record.value), "{copies} copies");
                    }
                    Outcome::Failed { failure: Failure::Unknown, .. } => {
                        let waits = world.sent.iter().zip(&world.answered);
                        let mut waits = waits.filter(|((_, value), _)| *value == record.value);
                        let was_under_way = waits.any(|((sent, _), answered)| sent < end && answered >= end);
                        prop_assert!(was_under_way || log.lost.contains(&record.value));
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
        // Values of a key are in the order in which they were submitted, copies included.
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
        prop_assert_eq!(counts.bytes as usize, world.sent.iter().map(|(_, value)| size(&calls, value)).sum::<usize>());
    }
}

type Calls = Vec<(u64, u64, Option<u64>, Vec<Record>)>;

fn size(calls: &Calls, value: &Bytes) -> usize {
    calls
        .iter()
        .flat_map(|(.., records)| records)
        .find(|record| record.value == *value)
        .map_or(0, Record::size)
}
