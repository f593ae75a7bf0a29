use super::*;

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
