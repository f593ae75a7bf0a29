//! An in-memory stream that fails by a script, in virtual time. The scheduler's rules are tested against it.

mod log;

pub(super) use log::partition_of;

use super::ids::{BatchId, RequestId};
use super::routes::PartitionOf;
use super::{PutRequest, Scheduler};
use crate::limits::Limits;
use crate::outcome::Outcome;
use crate::put_error::{Cause, NotStored, PutError};
use crate::record::Record;
use crate::send_options::SendOptions;
use crate::stream::PutResponse;
use bytes::Bytes;
use log::Log;
use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::{Duration, Instant};

type Response = Result<PutResponse, PutError>;

/// A fault that befalls a request.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// Entries whose index is set in the mask are not stored.
    Entries { mask: u64, cause: Cause, hint: Option<u64> },
    /// The whole request is rejected.
    Rejected { cause: Cause, hint: Option<u64> },
    /// The response is lost, before or after the records are stored.
    Lost { stored: bool, hint: Option<u64> },
    /// The response covers the wrong number of entries.
    Miscounted { more: bool },
    /// The response comes this many milliseconds later.
    Slow(u64),
}

/// What the sender knows about the partition of a key beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Knowledge {
    Nothing,
    Right,
    /// As after partitions have been split: every key is expected on the next partition.
    Wrong,
}

/// One simulation: a scheduler, its batches, a stream, and the time.
pub(super) struct World {
    pub(super) scheduler: Scheduler<usize>,
    start: Instant,
    /// Milliseconds since the start.
    pub(super) now: u64,
    limits: Limits,
    options: SendOptions,
    /// The stream's records. Several worlds may share one stream.
    log: Rc<RefCell<Log>>,
    pub(super) faults: Vec<Option<Fault>>,
    latency: u64,
    events: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    in_flight: HashMap<RequestId, Vec<Record>>,
    pub(super) batches: Vec<Option<BatchId>>,
    /// For each batch, when its outcomes came, and the outcomes.
    pub(super) outcomes: BTreeMap<usize, (u64, Vec<Outcome>)>,
    /// Every value that was sent, once per attempt, with the time.
    pub(super) sent: Vec<(u64, Bytes)>,
    /// When the response to each entry of `sent` came.
    pub(super) responded: Vec<u64>,
    pub(super) requests: u64,
    /// How many of the producers' batches have finished.
    finished_batches: usize,
}

enum Event {
    Submit { batch: usize, records: Vec<Record>, within: u64 },
    Withdraw { batch: usize },
    Respond { request: RequestId, response: Response },
}

impl World {
    pub(super) fn new(partitions: usize, limits: Limits, options: SendOptions, latency: u64) -> Self {
        let start = Instant::now();
        World {
            scheduler: Scheduler::new(limits, options, knowledge(Knowledge::Nothing, partitions), 7, start),
            start,
            now: 0,
            limits,
            options,
            log: Rc::new(RefCell::new(Log {
                partitions: vec![Vec::new(); partitions],
                taken: vec![(0.0, 0); partitions],
                ..Log::default()
            })),
            faults: Vec::new(),
            latency,
            events: BTreeMap::new(),
            sequence: 0,
            in_flight: HashMap::new(),
            batches: Vec::new(),
            outcomes: BTreeMap::new(),
            sent: Vec::new(),
            responded: Vec::new(),
            requests: 0,
            finished_batches: 0,
        }
    }

    /// Sets what the scheduler knows about keys beforehand. Only for a world that has not started.
    pub(super) fn with(mut self, known: Knowledge) -> Self {
        let partition_of = knowledge(known, self.log().partitions.len());
        self.scheduler = Scheduler::new(self.limits, self.options, partition_of, 7, self.start);
        self
    }

    /// Creates another world that puts records on the same stream.
    pub(super) fn beside(&self, seed: u64) -> Self {
        let mut world = World::new(0, self.limits, self.options, self.latency);
        let partition_of = knowledge(Knowledge::Nothing, 0);
        world.scheduler = Scheduler::new(self.limits, self.options, partition_of, seed, self.start);
        (world.start, world.log) = (self.start, Rc::clone(&self.log));
        world
    }

    pub(super) fn log(&self) -> Ref<'_, Log> {
        self.log.borrow()
    }

    /// Submits a batch at the time `at`, with a deadline `within` milliseconds later.
    pub(super) fn submit(&mut self, at: u64, within: u64, records: Vec<Record>) -> usize {
        let batch = self.batches.len();
        self.batches.push(None);
        self.event(at, Event::Submit { batch, records, within });
        batch
    }

    pub(super) fn withdraw(&mut self, at: u64, batch: usize) {
        self.event(at, Event::Withdraw { batch });
    }

    /// Lets time pass until nothing is left to happen.
    pub(super) fn run(&mut self) {
        self.run_until(u64::MAX);
    }

    pub(super) fn run_until(&mut self, end: u64) {
        for _ in 0..1_000_000 {
            self.look();
            let Some(next) = self.next_at().filter(|next| *next <= end) else {
                self.now = if end == u64::MAX { self.now } else { end };
                return;
            };
            self.advance(next);
        }
        panic!("it never ends");
    }

    /// Lets each producer submit a batch, and another one `pause` milliseconds after each one finishes, until `end`.
    pub(super) fn produce(
        &mut self,
        producers: usize,
        pause: u64,
        end: u64,
        records: impl FnMut() -> Vec<Record>,
    ) {
        Self::produce_all(std::slice::from_mut(self), producers, pause, end, records);
    }

    /// Does the same in several worlds at once.
    pub(super) fn produce_all(
        worlds: &mut [World],
        producers: usize,
        pause: u64,
        end: u64,
        mut records: impl FnMut() -> Vec<Record>,
    ) {
        for world in worlds.iter_mut() {
            for _ in 0..producers {
                world.submit(world.now, 30_000, records());
            }
        }
        loop {
            for world in worlds.iter_mut() {
                world.look();
                while world.finished_batches < world.outcomes.len() {
                    world.finished_batches += 1;
                    world.submit(world.now + pause, 30_000, records());
                }
            }
            let next = worlds.iter().filter_map(World::next_at).min().filter(|next| *next <= end);
            worlds.iter_mut().for_each(|world| world.advance(next.unwrap_or(end)));
            if next.is_none() {
                return;
            }
        }
    }

    /// Returns the time of the next event.
    fn next_at(&self) -> Option<u64> {
        let woken = self.scheduler.wake_at(self.instant()).map(|at| self.milliseconds(at));
        let event = self.events.keys().next().map(|(at, _)| *at);
        assert!(woken.is_none_or(|at| at > self.now), "it is woken at once and for nothing");
        [woken, event].into_iter().flatten().min()
    }

    fn advance(&mut self, to: u64) {
        self.now = self.now.max(to);
        while let Some(entry) = self.events.first_entry()
            && entry.key().0 <= self.now
        {
            let event = entry.remove();
            self.happen(event);
        }
    }

    pub(super) fn instant(&self) -> Instant {
        self.start + Duration::from_millis(self.now)
    }

    fn milliseconds(&self, at: Instant) -> u64 {
        // Rounds up, because timers never fire early.
        (at - self.start).as_nanos().div_ceil(1_000_000) as u64
    }

    fn event(&mut self, at: u64, event: Event) {
        self.sequence += 1;
        self.events.insert((at, self.sequence), event);
    }

    fn happen(&mut self, event: Event) {
        let now = self.instant();
        match event {
            Event::Submit { batch, records, within } => {
                let before = self.scheduler.counts();
                let count = records.len() as u64;
                match self.scheduler.submit(records, now + Duration::from_millis(within), batch, now) {
                    Ok(id) => self.batches[batch] = Some(id),
                    Err(_) => assert!(
                        before.held_records > 0
                            && (before.held_records + count > self.options.records as u64
                                || before.held_bytes > self.options.bytes as u64 / 2)
                    ),
                }
            }
            Event::Withdraw { batch } => {
                if let Some(id) = self.batches[batch] {
                    self.scheduler.withdraw(id, now);
                }
            }
            Event::Respond { request, response } => {
                self.in_flight.remove(&request);
                self.scheduler.respond(request, response, now);
            }
        }
    }

    fn look(&mut self) {
        while let Some(request) = self.scheduler.next_request(self.instant()) {
            self.put(request);
        }
        while let Some(finished) = self.scheduler.finished() {
            let before = self.outcomes.insert(finished.token, (self.now, finished.outcomes));
            assert!(before.is_none(), "a batch ends once");
        }
    }

    fn put(&mut self, request: PutRequest) {
        let PutRequest { id, records, within } = request;
        let within = within.as_millis() as u64;
        let bytes: usize = records.iter().map(Record::size).sum();
        assert!(
            !records.is_empty()
                && records.len() <= self.limits.request_records
                && (bytes <= self.limits.request || records.len() == 1)
        );
        for record in &records {
            let key = record.key.as_ref().map_or(0, Bytes::len);
            assert!(record.size() <= self.limits.record && key <= self.limits.key);
            self.sent.push((self.now, record.value.clone()));
        }
        let fault = self.faults.get(self.requests as usize).cloned().flatten();
        self.requests += 1;
        let mut after = self.latency;
        let response = match fault {
            Some(Fault::Rejected { cause, hint }) => Err(PutError::Rejected {
                cause,
                message: "rejected".into(),
                wait: hint.map(Duration::from_millis),
            }),
            Some(Fault::Lost { stored, hint }) => {
                self.log.borrow_mut().lose(&records);
                if stored {
                    self.log.borrow_mut().store(&records, &self.limits, self.now);
                }
                Err(PutError::Unknown { message: "lost".into(), wait: hint.map(Duration::from_millis) })
            }
            Some(Fault::Miscounted { more }) => {
                self.log.borrow_mut().lose(&records);
                let mut entries = self.log.borrow_mut().store(&records, &self.limits, self.now);
                match more {
                    true => entries.push(entries[0].clone()),
                    false => drop(entries.pop()),
                }
                Ok(entries)
            }
            Some(Fault::Entries { mask, cause, hint }) => {
                let fails = |index: usize| mask >> (index % 64) & 1 == 1;
                let passing: Vec<Record> = records
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| !fails(*index))
                    .map(|(_, record)| record.clone())
                    .collect();
                let mut stored = self.log.borrow_mut().store(&passing, &self.limits, self.now).into_iter();
                let wait = hint.map(Duration::from_millis);
                let not_stored = NotStored { cause, message: "not stored".into(), wait };
                let entry =
                    |index| if fails(index) { Err(not_stored.clone()) } else { stored.next().unwrap() };
                Ok((0..records.len()).map(entry).collect())
            }
            Some(Fault::Slow(more)) => {
                after += more;
                Ok(self.log.borrow_mut().store(&records, &self.limits, self.now))
            }
            None => Ok(self.log.borrow_mut().store(&records, &self.limits, self.now)),
        };
        let response = if after > within {
            self.log.borrow_mut().lose(&records);
            Err(PutError::Unknown { message: "too late".into(), wait: None })
        } else {
            response
        };
        self.responded.resize(self.sent.len(), self.now + after.min(within));
        self.in_flight.insert(id, records);
        assert!(self.in_flight.len() <= self.options.in_flight);
        self.event(self.now + after.min(within), Event::Respond { request: id, response });
    }
}

fn knowledge(known: Knowledge, partitions: usize) -> PartitionOf {
    Box::new(move |key| {
        let shift = match known {
            Knowledge::Nothing => return None,
            Knowledge::Right => 0,
            Knowledge::Wrong => 1,
        };
        let partition = (partition_of(key, partitions) + shift) % partitions;
        Some(partition.to_string().into())
    })
}
