use super::*;

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
