use std::collections::{BTreeMap, VecDeque};
use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use bytes::Bytes;
#[allow(clippy::disallowed_types, reason = "the crate with the other decoder is the project's")]
use flate2::read::MultiGzDecoder;
use serde_json::Value;

use super::super::{Job, Lane, MoveError, Mover, Registry, Step};
use crate::connector_hub::connector::{ConnectorRecord, Position, Target};
use crate::faults::in_force::Faults;
use crate::object_storage::{ObjectStorage, Settings};
use crate::streaming::{Message, StreamReader, StreamSpec, Streaming, StreamingContext, StreamingOptions};

pub(super) const CONNECTOR: &str = "ocid1.serviceconnector.test";
pub(super) const AGE: u64 = 1000;

/// A partition, its connector, and everything that the connector has written.
pub(super) struct Line {
    pub(super) job: Arc<Job>,
    pub(super) mover: Mover,
    pub(super) lane: Arc<Lane>,
    pub(super) now: i64,
    pub(super) asked: u64,
    /// Names in the order of writing.
    pub(super) objects: Vec<String>,
}

impl Line {
    /// Creates a connector on a stream that already has `begin` messages.
    pub(super) fn new(begin: usize, offset_gap: u64, rollover_bytes: u64) -> Self {
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

    pub(super) fn put(&self, messages: &[(bool, usize, u64)]) {
        let messages: Vec<Message> =
            messages.iter().map(|(key, length, seed)| message(*key, *length, *seed)).collect();
        self.stream().put(0, &messages);
    }

    pub(super) fn stream(&self) -> &StreamReader {
        &self.job.stream
    }

    pub(super) fn step(&mut self) -> Result<Step, MoveError> {
        let before = self.lane.progress().objects;
        let step = self.mover.step(self.now, self.asked);
        let progress = self.lane.progress();
        if progress.objects > before {
            self.objects.extend(progress.last_object);
        }
        step
    }

    pub(super) fn steps(&mut self) {
        while let Ok(Step::Again) = self.step() {}
    }

    pub(super) fn ask(&mut self) {
        self.asked += 1;
    }

    pub(super) fn restart(&mut self) {
        let position = self.position();
        let lane = Arc::new(Lane::new(position.next));
        lane.flushed(self.asked);
        self.mover = Mover::new(Arc::clone(&self.job), 0, position, Arc::clone(&lane));
        self.lane = lane;
    }

    pub(super) fn position(&self) -> Position {
        self.job.registry.lock().unwrap().get(CONNECTOR).unwrap().positions[0]
    }

    /// Flushes without faults until the flush is complete.
    pub(super) fn settle(&mut self) {
        self.job.faults.clear();
        self.ask();
        while self.lane.progress().flushed < self.asked {
            self.step().unwrap();
        }
    }

    /// Returns the messages on the stream as lines of an object, by offset, from where the connector started.
    pub(super) fn stored(&self) -> BTreeMap<u64, Value> {
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
    pub(super) fn lines(&self, object: &str) -> Vec<Value> {
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

    pub(super) fn size(&self, object: &str) -> u64 {
        self.job.object_storage.index().bucket("space", "bronze").unwrap().current(object).unwrap().size
    }

    pub(super) fn offsets(&self, object: &str) -> Vec<u64> {
        self.lines(object).iter().map(|line| line["offset"].as_u64().unwrap()).collect()
    }

    /// Returns the lines of all objects by offset, and their number. Checks that each object is a contiguous, ordered part of the stream.
    pub(super) fn moved(&self) -> (BTreeMap<u64, Value>, usize) {
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
    pub(super) fn check_position(&self) {
        let position = self.position();
        let (moved, _) = self.moved();
        for offset in self.stored().range(..position.next).map(|(offset, _)| offset) {
            assert!(moved.contains_key(offset), "{offset} is before {position:?} and in no object");
        }
    }
}

pub(super) fn message(key: bool, length: usize, seed: u64) -> Message {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut value = vec![0; length];
    random.fill(&mut value);
    Message { key: key.then(|| Bytes::from(seed.to_le_bytes().to_vec())), value: value.into() }
}
