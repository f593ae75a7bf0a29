use super::*;
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn batch(count: usize) -> Batch {
    let mut batch = Batch::default();
    (0..count).for_each(|_| batch.push(Some(b"k1"), b"value"));
    batch
}

fn stored() -> Outcome {
    Outcome::Stored { partition: "0".into(), offset: 0 }
}

#[test]
fn a_batch_counts_its_bytes_raw_and_in_base64() {
    let mut tally = Tally::new(Instant::now()..Instant::now() + SECOND);
    tally.add_batch(&batch(3));
    assert_eq!((tally.iterations, tally.records, tally.bytes, tally.encoded_bytes), (1, 3, 21, 3 * (4 + 8)));
}

#[test]
fn rates_count_only_records_confirmed_in_the_window() {
    let begin = Instant::now();
    let mut tally = Tally::new(begin + 2 * SECOND..begin + 6 * SECOND);
    let batch = batch(2);
    for seconds in [1, 2, 5, 6, 7] {
        let outcomes = [stored(), Outcome::Throttled { retry_after: None }];
        tally.add_attempt(&batch, &[0, 1], &outcomes, (begin, begin + seconds * SECOND));
    }
    assert_eq!((tally.stored, tally.throttled), (5, 5));
    assert_eq!((tally.window.stored, tally.window.bytes, tally.window.throttled), (2, 14, 2));
    assert_eq!(tally.per_second(tally.window.bytes), 3.5);
    assert_eq!(tally.latency.len(), 2);
}

#[test]
fn latency_counts_from_when_a_record_was_due() {
    let begin = Instant::now();
    let mut tally = Tally::new(begin..begin + 100 * SECOND);
    // A request is due every second and takes 10 ms. The one due at second 5 stalls for 30 s, and those after it have to wait.
    let mut free = begin;
    for number in 0..60 {
        let intended = begin + number * SECOND;
        let begun = free.max(intended);
        free = begun + if number == 5 { 30 * SECOND } else { Duration::from_millis(10) };
        tally.add_attempt(&batch(1), &[0], &[stored()], (intended, free));
    }
    // The stall delays half of the requests, not just one.
    assert_eq!(tally.latency.len(), 60);
    assert!(tally.latency_milliseconds(0.5).unwrap() >= 10.0);
    assert!(tally.latency_milliseconds(0.75).unwrap() > 10_000.0);
    assert!((29_900.0..30_100.0).contains(&tally.latency_milliseconds(1.0).unwrap()));
}

#[test]
fn there_is_no_latency_if_nothing_was_confirmed() {
    let begin = Instant::now();
    let mut tally = Tally::new(begin..begin + SECOND);
    tally.add_attempt(&batch(1), &[0], &[Outcome::Unknown("reset".into())], (begin, begin));
    assert_eq!(tally.latency.max(), 0);
    assert_eq!((tally.latency_milliseconds(0.5), tally.unknown, tally.reasons["reset"]), (None, 1, 1));
}

/// Returns all counters.
fn numbers(tally: &Tally) -> [u64; 16] {
    let Tally { iterations, records, bytes, encoded_bytes, stored, stored_bytes, lost, refused, .. } = *tally;
    let Tally { retries, throttled, failed, unknown, in_flight, .. } = *tally;
    let Window { stored: in_window, bytes: bytes_in_window, throttled: throttled_in_window, .. } =
        tally.window;
    [
        [iterations, records, bytes, encoded_bytes, stored, stored_bytes, lost, refused],
        [retries, throttled, failed, unknown, in_flight, in_window, bytes_in_window, throttled_in_window],
    ]
    .concat()
    .try_into()
    .unwrap()
}

proptest! {
    #[test]
    fn merged_counters_equal_those_of_one_worker_that_did_everything(kinds in prop::collection::vec((0_u8..5, 0_u64..8), 0..60)) {
        let begin = Instant::now();
        let window = begin + SECOND..begin + 5 * SECOND;
        let (mut one, mut other, mut all) = (Tally::new(window.clone()), Tally::new(window.clone()), Tally::new(window.clone()));
        for (number, (kind, seconds)) in kinds.iter().enumerate() {
            let outcome = match kind {
                0 => stored(),
                1 => Outcome::Throttled { retry_after: None },
                2 => Outcome::Failed("f".into()),
                3 => Outcome::Refused("r".into()),
                _ => Outcome::Unknown("u".into()),
            };
            let times = (begin, begin + *seconds as u32 * SECOND);
            for tally in [if number % 2 == 0 { &mut one } else { &mut other }, &mut all] {
                tally.add_batch(&batch(1));
                tally.add_attempt(&batch(1), &[0], std::slice::from_ref(&outcome), times);
            }
        }
        let mut sum = Tally::new(window);
        sum.merge(&one);
        sum.merge(&other);
        prop_assert_eq!(numbers(&sum), numbers(&all));
        prop_assert!(sum.latency == all.latency);
        prop_assert_eq!(all.stored + all.throttled + all.failed + all.refused + all.unknown, all.records);
    }
}
