#[path = "mover_tests/line.rs"]
mod line;

use line::{AGE, Line};
use proptest::prelude::*;

use super::Step;
use crate::connector_hub::connector::Position;
use crate::faults::catalog::Fault;
use crate::faults::rule::Rule;

/// An event in the life of a partition or its connector.
#[derive(Debug, Clone)]
enum Event {
    /// Puts messages, each given as whether it has a key, its length, and a seed for its value.
    Put(Vec<(bool, usize, u64)>),
    /// Takes this number of steps.
    Steps(usize),
    /// Lets this number of milliseconds pass.
    Pass(i64),
    /// Requests a flush.
    Ask,
    /// Kills and restarts the process.
    Restart,
}

fn event() -> impl Strategy<Value = Event> {
    let message = (any::<bool>(), 0_usize..15_000, any::<u64>());
    prop_oneof![
        4 => prop::collection::vec(message, 1..6).prop_map(Event::Put),
        6 => (1_usize..8).prop_map(Event::Steps),
        2 => (0..2 * AGE as i64).prop_map(Event::Pass),
        1 => Just(Event::Ask),
        1 => Just(Event::Restart),
    ]
}

fn fault() -> impl Strategy<Value = Rule> {
    let fault = prop_oneof![
        (1_u64..12).prop_map(|messages| Fault::Rewind { messages }),
        Just(Fault::Forget),
        Just(Fault::InternalError),
        Just(Fault::ResetAfter),
        Just(Fault::Unavailable { retry_after_seconds: None }),
    ];
    (fault, 1_u64..4).prop_map(|(fault, step)| Rule::new("WriteBatch", fault).every(step))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_objects_contain_the_stream(
        begin in 0_usize..4,
        gap in 0_u64..3,
        rules in prop::collection::vec(fault(), 0..3),
        events in prop::collection::vec(event(), 1..24),
    ) {
        // At this rollover size, two or three messages close an object.
        let mut line = Line::new(begin, gap, 40_000);
        line.job.faults.set(rules);
        for event in events {
            match event {
                Event::Put(messages) => line.put(&messages),
                Event::Steps(count) => (0..count).for_each(|_| drop(line.step())),
                Event::Pass(time) => line.now += time,
                Event::Ask => line.ask(),
                Event::Restart => line.restart(),
            }
            line.check_position();
        }
        line.settle();
        prop_assert_eq!(line.moved().0, line.stored());
    }

    #[test]
    fn without_faults_nothing_is_written_twice(
        gap in 0_u64..3,
        events in prop::collection::vec(event(), 1..24),
    ) {
        let mut line = Line::new(1, gap, 40_000);
        for event in events {
            match event {
                Event::Put(messages) => line.put(&messages),
                Event::Steps(count) => (0..count).for_each(|_| drop(line.step())),
                Event::Pass(time) => line.now += time,
                Event::Ask => line.ask(),
                Event::Restart => {}
            }
        }
        line.settle();
        let (moved, count) = line.moved();
        prop_assert_eq!(count, moved.len());
        prop_assert_eq!(moved, line.stored());
        prop_assert_eq!(line.lane.progress().messages as usize, count);
    }
}

#[test]
fn an_object_is_closed_by_size_or_age_and_none_is_empty() {
    let mut line = Line::new(0, 0, 40_000);
    line.steps();
    line.now += 10 * AGE as i64;
    line.steps();
    assert_eq!(line.objects, [""; 0], "no message, no object");
    line.put(&[(true, 10, 1)]);
    line.steps();
    line.now += AGE as i64 - 1;
    line.put(&[(true, 10, 2)]);
    line.steps();
    assert_eq!(line.objects.len(), 0, "it is not old enough");
    line.now += 1;
    line.steps();
    assert_eq!(line.objects.len(), 1);
    assert_eq!(line.offsets(&line.objects[0]), [0, 1]);
    // The values are incompressible: gzip undoes only their base64, so each message adds its length, of which the encoder holds back a
    // few bytes.
    let messages: Vec<(bool, usize, u64)> = (3..11).map(|seed| (false, 15_000, seed)).collect();
    line.put(&messages);
    line.steps();
    assert_eq!(line.objects.len(), 2);
    let size = line.lane.progress().bytes - line.size(&line.objects[0]);
    assert!((40_000..120_000).contains(&size), "{size}");
    let offsets = line.offsets(&line.objects[1]);
    assert_eq!(line.position(), Position { begin: 0, next: 2 + offsets.len() as u64 });
    assert!(offsets.len() < 8, "the rest is for the next one");
    line.now += 2 * AGE as i64;
    line.steps();
    assert_eq!(line.objects.len(), 3);
    assert_eq!(line.moved(), (line.stored(), 10));
    line.now += 2 * AGE as i64;
    line.steps();
    assert_eq!(line.objects.len(), 3, "what is written is done with");
}

#[test]
fn a_failure_is_retried_and_later_messages_wait() {
    let mut line = Line::new(0, 0, u64::MAX);
    line.job.faults.set(vec![Rule::new("WriteBatch", Fault::InternalError).first(2)]);
    line.put(&[(true, 10, 1), (true, 10, 2)]);
    line.steps();
    line.ask();
    line.steps();
    line.put(&[(true, 10, 3)]);
    let error = line.step().unwrap_err().to_string();
    assert_eq!(error, "cannot write to the bucket bronze: the injected fault internal_error");
    assert_eq!((line.objects.len(), line.position().next), (0, 0));
    line.steps();
    assert_eq!(line.offsets(&line.objects[0]), [0, 1], "what came meanwhile is not in it");
    assert_eq!(line.lane.progress().flushed, 1);
    line.settle();
    assert_eq!(line.offsets(&line.objects[1]), [2]);
}

#[test]
fn an_unrecorded_batch_is_written_again_under_the_next_number() {
    for fault in [Fault::Forget, Fault::ResetAfter] {
        let mut line = Line::new(0, 0, u64::MAX);
        line.job.faults.set(vec![Rule::new("WriteBatch", fault).first(2)]);
        line.put(&[(true, 10, 1), (true, 10, 2)]);
        line.ask();
        for _ in 0..9 {
            drop(line.step());
        }
        let numbers: Vec<&str> =
            line.objects.iter().map(|name| name.split('.').rev().nth(2).unwrap()).collect();
        assert_eq!(numbers, ["0", "1", "2"]);
        assert!(line.objects.iter().all(|object| line.offsets(object) == [0, 1]));
        assert_eq!(line.position().next, 2);
    }
}

#[test]
fn a_rewind_counts_messages_and_stops_at_the_connectors_start() {
    for gap in [0, 5] {
        let mut line = Line::new(3, gap, u64::MAX);
        line.put(&[(true, 10, 1), (true, 10, 2), (true, 10, 3), (true, 10, 4)]);
        line.job.faults.set(vec![Rule::new("WriteBatch", Fault::Rewind { messages: 2 }).first(1)]);
        line.ask();
        line.steps();
        assert_eq!(line.lane.progress().flushed, 1, "what was there is written");
        line.put(&[(true, 10, 5)]);
        line.job.faults.set(vec![Rule::new("WriteBatch", Fault::Rewind { messages: 100 }).first(1)]);
        line.ask();
        line.steps();
        line.settle();
        let stored: Vec<u64> = line.stored().into_keys().collect();
        let objects: Vec<Vec<u64>> = line.objects.iter().map(|object| line.offsets(object)).collect();
        assert_eq!(objects, [&stored[..4], &stored[2..], &stored[..]], "gap {gap}");
    }
}

#[test]
fn nothing_is_written_after_the_end_and_unfinished_objects_are_written_again() {
    let mut line = Line::new(0, 0, u64::MAX);
    line.put(&[(true, 10, 1)]);
    line.steps();
    *line.job.open.write().unwrap() = false;
    line.ask();
    line.steps();
    assert_eq!(line.step().unwrap(), Step::Stopped);
    assert_eq!((line.objects.len(), line.position().next), (0, 0));
    *line.job.open.write().unwrap() = true;
    line.restart();
    line.put(&[(true, 10, 2)]);
    line.settle();
    assert_eq!(line.offsets(&line.objects[0]), [0, 1]);
}
