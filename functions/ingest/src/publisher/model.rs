//! A stream in memory that goes wrong by a script, and virtual time: what the scheduler's laws are tested against.

use super::calls::CallId;
use super::options::PublishOptions;
use super::scheduler::{PutRequest, RequestId, Scheduler};
use crate::outcome::Outcome;
use crate::record::Record;
use crate::stream::{Limits, Placed, PutError, Refused, Why};
use bytes::Bytes;
use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::time::{Duration, Instant};

pub(super) type Answer = Result<Vec<Result<Placed, Refused>>, PutError>;

/// What happens to a request.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// Entries whose places have a bit in the mask are refused.
    Entries { mask: u64, why: Why, hint: Option<u64> },
    /// The whole request is.
    NotTaken { why: Why, hint: Option<u64> },
    /// The answer is lost, before or after the effect.
    Lost { stored: bool, hint: Option<u64> },
    /// The answer is about another number of entries.
    Miscounted { more: bool },
    /// The answer comes so many milliseconds later.
    Slow(u64),
}

/// Where records are, and what they went through.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// Values by partition, in order.
    pub(super) partitions: Vec<Vec<Record>>,
    /// Values that were in a request without an answer.
    pub(super) lost: BTreeSet<Bytes>,
    /// When each partition has room again, if there is a limit: what it took, and since when.
    taken: Vec<(f64, u64)>,
    pub(super) throttled: u64,
    random: u64,
}

/// One run: calls, a stream, and the time.
pub(super) struct World {
    pub(super) scheduler: Scheduler<usize>,
    start: Instant,
    /// Milliseconds since the start.
    pub(super) now: u64,
    limits: Limits,
    options: PublishOptions,
    /// Several may put records on one stream.
    log: Rc<RefCell<Log>>,
    pub(super) faults: Vec<Option<Fault>>,
    latency: u64,
    events: BTreeMap<(u64, u64), Event>,
    sequence: u64,
    under_way: HashMap<RequestId, Vec<Record>>,
    pub(super) calls: Vec<Option<CallId>>,
    /// By call: when its outcomes came, and they.
    pub(super) outcomes: BTreeMap<usize, (u64, Vec<Outcome>)>,
    /// Values that were sent, once for each time, with the time.
    pub(super) sent: Vec<(u64, Bytes)>,
    /// When each of those was answered.
    pub(super) answered: Vec<u64>,
    pub(super) requests: u64,
    /// Of the calls of producers, how many were answered.
    answered_calls: usize,
}

enum Event {
    Submit { call: usize, records: Vec<Record>, within: u64 },
    Withdraw { call: usize },
    Answer { request: RequestId, answer: Answer },
}

impl World {
    pub(super) fn new(partitions: usize, limits: Limits, options: PublishOptions, latency: u64) -> Self {
        let start = Instant::now();
        World {
            scheduler: Scheduler::new(limits, options, 7, start),
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
            under_way: HashMap::new(),
            calls: Vec::new(),
            outcomes: BTreeMap::new(),
            sent: Vec::new(),
            answered: Vec::new(),
            requests: 0,
            answered_calls: 0,
        }
    }

    /// Another one that puts records on the same stream.
    pub(super) fn beside(&self, seed: u64) -> Self {
        let mut world = World::new(0, self.limits, self.options, self.latency);
        world.scheduler = Scheduler::new(self.limits, self.options, seed, self.start);
        (world.start, world.log) = (self.start, Rc::clone(&self.log));
        world
    }

    pub(super) fn log(&self) -> Ref<'_, Log> {
        self.log.borrow()
    }

    /// Has a call come, with so many milliseconds.
    pub(super) fn submit(&mut self, at: u64, within: u64, records: Vec<Record>) -> usize {
        let call = self.calls.len();
        self.calls.push(None);
        self.event(at, Event::Submit { call, records, within });
        call
    }

    pub(super) fn withdraw(&mut self, at: u64, call: usize) {
        self.event(at, Event::Withdraw { call });
    }

    /// Lets time pass until nothing happens any more.
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
        panic!("it never comes to rest");
    }

    /// Has so many producers send a request each, and the next one `pause` milliseconds after each answer, until `end`.
    pub(super) fn produce(
        &mut self,
        producers: usize,
        pause: u64,
        end: u64,
        records: impl FnMut() -> Vec<Record>,
    ) {
        Self::produce_all(std::slice::from_mut(self), producers, pause, end, records);
    }

    /// The same in several at once.
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
                while world.answered_calls < world.outcomes.len() {
                    world.answered_calls += 1;
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

    /// When something happens next.
    fn next_at(&self) -> Option<u64> {
        let woken = self.scheduler.wake_at(self.instant()).map(|at| self.milliseconds(at));
        let event = self.events.keys().next().map(|(at, _)| *at);
        assert!(woken.is_none_or(|at| at > self.now), "it is woken at once, for nothing");
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
        // Timers are never early.
        (at - self.start).as_nanos().div_ceil(1_000_000) as u64
    }

    fn event(&mut self, at: u64, event: Event) {
        self.sequence += 1;
        self.events.insert((at, self.sequence), event);
    }

    fn happen(&mut self, event: Event) {
        let now = self.instant();
        match event {
            Event::Submit { call, records, within } => {
                let before = self.scheduler.counts();
                let count = records.len() as u64;
                match self.scheduler.submit(records, now + Duration::from_millis(within), call, now) {
                    Ok(id) => self.calls[call] = Some(id),
                    Err(_) => assert!(
                        before.held_records > 0
                            && (before.held_records + count > self.options.records as u64
                                || before.held_bytes > self.options.bytes as u64 / 2)
                    ),
                }
            }
            Event::Withdraw { call } => {
                if let Some(id) = self.calls[call] {
                    self.scheduler.withdraw(id, now);
                }
            }
            Event::Answer { request, answer } => {
                self.under_way.remove(&request);
                self.scheduler.answer(request, answer, now);
            }
        }
    }

    fn look(&mut self) {
        while let Some(request) = self.scheduler.next_request(self.instant()) {
            self.put(request);
        }
        while let Some(finished) = self.scheduler.finished() {
            let before = self.outcomes.insert(finished.token, (self.now, finished.outcomes));
            assert!(before.is_none(), "a call ends once");
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
        let answer = match fault {
            Some(Fault::NotTaken { why, hint }) => Err(PutError::NotTaken {
                why,
                message: "not taken".into(),
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
            Some(Fault::Entries { mask, why, hint }) => {
                let refused = |place: usize| mask >> (place % 64) & 1 == 1;
                let passing: Vec<Record> = records
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| !refused(*place))
                    .map(|(_, record)| record.clone())
                    .collect();
                let mut stored = self.log.borrow_mut().store(&passing, &self.limits, self.now).into_iter();
                let refusal =
                    Refused { why, message: "refused".into(), wait: hint.map(Duration::from_millis) };
                let entry =
                    |place| if refused(place) { Err(refusal.clone()) } else { stored.next().unwrap() };
                Ok((0..records.len()).map(entry).collect())
            }
            Some(Fault::Slow(more)) => {
                after += more;
                Ok(self.log.borrow_mut().store(&records, &self.limits, self.now))
            }
            None => Ok(self.log.borrow_mut().store(&records, &self.limits, self.now)),
        };
        let answer = if after > within {
            self.log.borrow_mut().lose(&records);
            Err(PutError::Unknown { message: "too late".into(), wait: None })
        } else {
            answer
        };
        self.answered.resize(self.sent.len(), self.now + after.min(within));
        self.under_way.insert(id, records);
        assert!(self.under_way.len() <= self.options.in_flight);
        self.event(self.now + after.min(within), Event::Answer { request: id, answer });
    }
}

impl Log {
    fn lose(&mut self, records: &[Record]) {
        self.lost.extend(records.iter().map(|record| record.value.clone()));
    }

    /// Stores what the limits let pass: as the emulator, a second's worth at once, and behind the first that does not pass no other.
    fn store(&mut self, records: &[Record], limits: &Limits, now: u64) -> Vec<Result<Placed, Refused>> {
        let mut full = BTreeMap::new();
        let mut put = |record: &Record| {
            let partition = self.partition(record);
            if let Some(rate) = limits.partition_bytes_per_second {
                let (taken, since) = self.taken[partition];
                let taken = (taken - (now - since) as f64 * rate as f64 / 1000.0).max(0.0);
                let over = taken + record.size().min(rate as usize) as f64 - rate as f64;
                if over > 1e-6 || full.contains_key(&partition) {
                    let wait = *full.entry(partition).or_insert((over / rate as f64 * 1000.0).ceil() as u64);
                    self.throttled += 1;
                    let wait = Some(Duration::from_millis(wait));
                    return Err(Refused { why: Why::Throttled, message: "full".into(), wait });
                }
                self.taken[partition] = (taken + record.size() as f64, now);
            }
            let log = &mut self.partitions[partition];
            log.push(record.clone());
            Ok(Placed {
                partition: partition.to_string().into(),
                offset: log.len() as u64 - 1,
                timestamp: now.to_string().into(),
            })
        };
        records.iter().map(&mut put).collect()
    }

    fn partition(&mut self, record: &Record) -> usize {
        let mix = |hash: u64, byte: u64| (hash ^ byte).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
        self.random += 1;
        let hash = match &record.key {
            Some(key) => key.iter().fold(1, |hash, byte| mix(hash, u64::from(*byte))),
            None => mix(mix(2, self.random), 3),
        };
        (mix(hash, 0) % self.partitions.len() as u64) as usize
    }
}
