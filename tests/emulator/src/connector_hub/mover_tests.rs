use std::collections::{BTreeMap, VecDeque};
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use bytes::Bytes;
#[allow(clippy::disallowed_types, reason = "the crate with the other decoder is the project's")]
use flate2::read::MultiGzDecoder;
use proptest::prelude::*;
use serde_json::Value;

use super::super::connector::{ConnectorRecord, Position, Target};
use super::{Job, Lane, MoveError, Mover, Registry, Step};
use crate::faults::catalog::Fault;
use crate::faults::in_force::Faults;
use crate::faults::rule::Rule;
use crate::object_storage::{ObjectStorage, Settings};
use crate::streaming::{Message, StreamReader, StreamSpec, Streaming, StreamingContext, StreamingOptions};

const CONNECTOR: &str = "ocid1.serviceconnector.test";
const AGE: u64 = 1000;

/// A partition, its connector, and everything that the connector has written.
struct Line {
    job: Arc<Job>,
    mover: Mover,
    lane: Arc<Lane>,
    now: i64,
    asked: u64,
    /// Names in the order of writing.
    objects: Vec<String>,
}

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

impl Line {
    /// Creates a connector on a stream that already has `begin` messages.
    fn new(begin: usize, offset_gap: u64, rollover_bytes: u64) -> Self {
        let settings = Settings {
            namespace: "space".to_owned(),
            region: "r".to_owned(),
            tenancy: "t".to_owned(),
            user: "u".to_owned(),
            copy_delay: Duration::ZERO,
        };
        let object_storage = ObjectStorage::open(settings, None, &["bronze".to_owned()], 0).unwrap();
        let streams = vec![StreamSpec { name: "ledger".to_owned(), partitions: 1 }];
        let options = StreamingOptions { streams, offset_gap, ..StreamingOptions::default() };
        let place = StreamingContext {
            folder: None,
            region: "r".to_owned(),
            tenancy: "t".to_owned(),
            url: String::new(),
            seed: 1,
        };
        let streaming = Streaming::open(options, place).unwrap();
        let stream = streaming.readers().remove(0);
        let early: Vec<Message> = (0..begin).map(|_| message(false, 3, 0)).collect();
        stream.put(0, &early);
        let position = Position::at(stream.bounds(0).unwrap().1);
        let mut registry = Registry::default();
        let record = ConnectorRecord {
            id: CONNECTOR.to_owned(),
            positions: vec![position],
            ..ConnectorRecord::default()
        };
        registry.put(record).unwrap();
        let target = Target {
            bucket: "bronze".to_owned(),
            object_name_prefix: None,
            rollover_megabytes: 0,
            rollover_milliseconds: AGE,
        };
        let job = Arc::new(Job {
            connector: CONNECTOR.to_owned(),
            target,
            rollover_bytes,
            stream,
            object_storage,
            faults: Arc::new(Faults::new(1, Vec::new())),
            registry: Arc::new(Mutex::new(registry)),
            open: RwLock::new(true),
        });
        let lane = Arc::new(Lane::new(position.next));
        let mover = Mover::new(Arc::clone(&job), 0, position, Arc::clone(&lane));
        Self { job, mover, lane, now: 0, asked: 0, objects: Vec::new() }
    }

    fn put(&self, messages: &[(bool, usize, u64)]) {
        let messages: Vec<Message> =
            messages.iter().map(|(key, length, seed)| message(*key, *length, *seed)).collect();
        self.stream().put(0, &messages);
    }

    fn stream(&self) -> &StreamReader {
        &self.job.stream
    }

    fn step(&mut self) -> Result<Step, MoveError> {
        let before = self.lane.progress().objects;
        let step = self.mover.step(self.now, self.asked);
        let progress = self.lane.progress();
        if progress.objects > before {
            self.objects.extend(progress.last_object);
        }
        step
    }

    fn steps(&mut self) {
        while let Ok(Step::Again) = self.step() {}
    }

    fn ask(&mut self) {
        self.asked += 1;
    }

    fn restart(&mut self) {
        let position = self.position();
        let lane = Arc::new(Lane::new(position.next));
        lane.flushed(self.asked);
        self.mover = Mover::new(Arc::clone(&self.job), 0, position, Arc::clone(&lane));
        self.lane = lane;
    }

    fn position(&self) -> Position {
        self.job.registry.lock().unwrap().get(CONNECTOR).unwrap().positions[0]
    }

    /// Flushes without faults until the flush is complete.
    fn settle(&mut self) {
        self.job.faults.clear();
        self.ask();
        while self.lane.progress().flushed < self.asked {
            self.step().unwrap();
        }
    }

    /// Returns the messages on the stream as lines of an object, by offset, from where the connector started.
    fn stored(&self) -> BTreeMap<u64, Value> {
        let messages = self.stream().read(0, self.position().begin, usize::MAX, u64::MAX).unwrap();
        let base64 = |bytes: &Bytes| base64_simd::STANDARD.encode_to_string(bytes);
        let document = |message: &crate::StreamMessage| {
            serde_json::json!({
                "stream": "ledger",
                "partition": "0",
                "key": message.key.as_ref().map(base64),
                "value": base64(&message.value),
                "offset": message.offset,
                "timestamp": message.timestamp,
            })
        };
        messages.iter().map(|message| (message.offset, document(message))).collect()
    }

    /// Returns the lines of an object.
    fn lines(&self, object: &str) -> Vec<Value> {
        let index = self.job.object_storage.index();
        let version = index.bucket("space", "bronze").unwrap().current(object).unwrap().clone();
        let blob = version.content[0].blob.as_ref().unwrap();
        let mut pieces = VecDeque::new();
        assert!(blob.pieces(0, blob.length(), &mut pieces));
        let compressed: Vec<u8> = pieces.into_iter().flatten().collect();
        let mut text = String::new();
        #[allow(clippy::disallowed_types, reason = "the crate with the other decoder is the project's")]
        MultiGzDecoder::new(Cursor::new(compressed)).read_to_string(&mut text).unwrap();
        assert!(text.ends_with('\n'));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn size(&self, object: &str) -> u64 {
        self.job.object_storage.index().bucket("space", "bronze").unwrap().current(object).unwrap().size
    }

    fn offsets(&self, object: &str) -> Vec<u64> {
        self.lines(object).iter().map(|line| line["offset"].as_u64().unwrap()).collect()
    }

    /// Returns the lines of all objects by offset, and their number. Checks that each object is a contiguous, ordered part of the stream.
    fn moved(&self) -> (BTreeMap<u64, Value>, usize) {
        let stored: Vec<u64> = self.stored().into_keys().collect();
        let (mut moved, mut count) = (BTreeMap::new(), 0);
        for object in &self.objects {
            let lines = self.lines(object);
            let offsets = self.offsets(object);
            let start = stored.iter().position(|offset| *offset == offsets[0]).unwrap();
            assert_eq!(offsets, stored[start..start + offsets.len()], "{object} is a run of the stream");
            count += lines.len();
            for (offset, line) in offsets.into_iter().zip(lines) {
                if let Some(before) = moved.insert(offset, line.clone()) {
                    assert_eq!(before, line, "what comes again is the same");
                }
            }
        }
        (moved, count)
    }

    /// Checks that everything before the position is in an object, because the process may die at any moment.
    fn check_position(&self) {
        let position = self.position();
        let (moved, _) = self.moved();
        for offset in self.stored().range(..position.next).map(|(offset, _)| offset) {
            assert!(moved.contains_key(offset), "{offset} is before {position:?} and in no object");
        }
    }
}

fn message(key: bool, length: usize, seed: u64) -> Message {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut value = vec![0; length];
    random.fill(&mut value);
    Message { key: key.then(|| Bytes::from(seed.to_le_bytes().to_vec())), value: value.into() }
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
