use super::*;

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
