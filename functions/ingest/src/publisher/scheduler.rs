use super::backoff::Backoff;
use super::calls::{CallId, Calls, Entry, EntryId, Place};
use super::chains::Chains;
use super::known_keys::KnownKeys;
use super::lanes::{ANYWHERE, Due, Landed, LaneId, Lanes};
use super::options::{Order, PublishOptions};
use super::publish_counts::PublishCounts;
use crate::outcome::{Failure, Outcome};
use crate::publish::Full;
use crate::record::Record;
use crate::stream::{Limits, Placed, PutError, Refused, Why};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

/// What goes into which request, when, and what becomes of it: records in, requests out, answers in, outcomes out.
///
/// It knows no clock and sends nothing. `T` is whatever a call is known by to the one who waits for it.
///
/// The rules: at most one record of a key is under way at a time, so that no later one can overtake it, however often it has to be sent;
/// a request that nobody knows the end of counts as under way until its records were sent again or given up; a call whose record
/// failed has the later ones of its key fail, too.
#[derive(Debug)]
pub(crate) struct Scheduler<T> {
    limits: Limits,
    options: PublishOptions,
    calls: Calls<T>,
    chains: Chains,
    lanes: Lanes,
    known: KnownKeys,
    backoff: Backoff,
    /// When calls close, or are over.
    ends: BTreeSet<(Instant, u32)>,
    /// Records that wait on their own.
    resting: BTreeSet<(Instant, EntryId)>,
    in_flight: HashMap<RequestId, (Instant, Vec<(EntryId, LaneId)>)>,
    next_request: u64,
    /// The turn of the last record that was sent.
    turn: u64,
    trouble: Option<Trouble>,
    finished: VecDeque<Finished<T>>,
    counts: PublishCounts,
}

/// Names a request until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RequestId(u64);

/// A request to be sent now.
#[derive(Debug)]
pub(crate) struct PutRequest {
    pub(crate) id: RequestId,
    pub(crate) records: Vec<Record>,
    /// After this long none of its records is waited for any more.
    pub(crate) within: Duration,
}

/// A call all of whose records have their outcomes.
#[derive(Debug)]
pub(crate) struct Finished<T> {
    pub(crate) token: T,
    pub(crate) outcomes: Vec<Outcome>,
}

/// The stream as a whole does not work: requests got no answer about their records.
#[derive(Debug)]
struct Trouble {
    failures: u32,
    until: Instant,
    failure: Failure,
    message: String,
}

/// An answer takes milliseconds. Of one that takes longer than this nobody knows whether it will ever come.
const LONGEST_REQUEST: Duration = Duration::from_secs(10);

/// A request that begins just before a call's end would leave it unknown what became of its records: the last of a call's time is for answers.
const CLOSING: Duration = Duration::from_millis(250);

/// Of a short call's time no more than this part is.
const CLOSING_PART: u32 = 4;

/// Where a lane has room but the partitions together have none, it is looked again after this.
const LOOK: Duration = Duration::from_millis(1);

const IN_TIME: &str = "the stream had no room for it in time";
const EARLIER: &str = "an earlier record of its key failed";
const NO_TURN: &str = "earlier records of its key took all the time";
const NO_ANSWER: &str = "it was sent, and no answer came in time";

impl<T> Scheduler<T> {
    pub(crate) fn new(limits: Limits, options: PublishOptions, seed: u64, now: Instant) -> Self {
        Scheduler {
            limits,
            options,
            calls: Calls::default(),
            chains: Chains::new(seed),
            lanes: Lanes::new(limits, options.paced, now),
            known: KnownKeys::new(seed),
            backoff: Backoff::new(seed),
            ends: BTreeSet::new(),
            resting: BTreeSet::new(),
            in_flight: HashMap::new(),
            next_request: 0,
            turn: 0,
            trouble: None,
            finished: VecDeque::new(),
            counts: PublishCounts::default(),
        }
    }

    /// Takes a call's records in; its outcomes come by [`Scheduler::finished`].
    pub(crate) fn submit(
        &mut self,
        records: Vec<Record>,
        until: Instant,
        token: T,
        now: Instant,
    ) -> Result<CallId, Full> {
        let bytes = records.iter().map(Record::size).sum::<usize>() as u64;
        let PublishCounts { held_bytes, held_records, .. } = self.counts;
        let all = (held_bytes + bytes, held_records + records.len() as u64);
        let most = (self.options.bytes as u64, self.options.records as u64);
        if held_records > 0 && (all.0 > most.0 || all.1 > most.1) {
            return Err(Full { wait: None });
        }
        (self.counts.held_bytes, self.counts.held_records) = all;
        let time = until.saturating_duration_since(now);
        let closes = until.checked_sub(CLOSING.min(time / CLOSING_PART)).unwrap_or(now);
        let id = self.calls.insert(records, token, (closes, until), self.turn);
        self.ends.insert((closes, id.place));
        let entries =
            (0..self.calls[id.place].entries.len() as u32).map(|index| EntryId { call: id.place, index });
        if self.options.order == Order::Key {
            // All of them before any of them goes: one that cannot go has the others of its key fail.
            entries.clone().for_each(|entry| self.chains.push(&mut self.calls, entry));
        }
        for entry in entries {
            let is_first = |entry: &Entry| entry.place == Place::Behind && entry.previous.is_none();
            if self.calls.is_there(id) && is_first(self.calls.entry(entry)) {
                self.make_ready(entry, now);
            }
        }
        if self.calls.is_there(id) && self.calls[id.place].left == 0 {
            self.hand_out(id.place);
        }
        Ok(id)
    }

    /// Takes a call back that nobody waits for any more: what was not sent of it will not be.
    pub(crate) fn withdraw(&mut self, id: CallId, now: Instant) {
        if self.calls.is_there(id) && self.calls[id.place].token.take().is_some() {
            self.close(id.place, now);
        }
    }

    /// The next request to be sent, if one is to be sent now.
    pub(crate) fn next_request(&mut self, now: Instant) -> Option<PutRequest> {
        self.pass_time(now);
        if self.is_held_up(now) || self.due(now) != Due::Now {
            return None;
        }
        let taken = self.lanes.take(now);
        let last = taken.iter().map(|(id, _)| self.calls[id.call].until).max()?;
        let mut records = Vec::with_capacity(taken.len());
        for (id, _) in &taken {
            let record = self.calls.record(*id).clone();
            let entry = self.calls.entry_mut(*id);
            self.turn = self.turn.max(entry.turn);
            self.counts.bytes += record.size() as u64;
            self.counts.retries += u64::from(entry.attempts > 0);
            entry.attempts += 1;
            entry.place = Place::InFlight;
            records.push(record);
        }
        self.counts.records += records.len() as u64;
        self.counts.requests += 1;
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.in_flight.insert(id, (now, taken));
        self.counts.in_flight = self.in_flight.len() as u64;
        Some(PutRequest { id, records, within: LONGEST_REQUEST.min(last.saturating_duration_since(now)) })
    }

    /// When [`Scheduler::next_request`] is to be asked again, if nothing else happens before.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let end = self.ends.first().map(|(at, _)| *at);
        let rested = self.resting.first().map(|(at, _)| *at);
        let due = match self.due(now) {
            _ if self.in_flight.len() >= self.most_in_flight() => None,
            Due::Never => None,
            Due::Now => Some(now + LOOK),
            Due::At(at) => Some(at),
        };
        let trouble = self.trouble.as_ref().map_or(now, |trouble| trouble.until);
        [end, rested.map(|at| at.max(now)), due.map(|at| at.max(trouble))].into_iter().flatten().min()
    }

    /// Takes a request's answer.
    pub(crate) fn answer(
        &mut self,
        request: RequestId,
        answer: Result<Vec<Result<Placed, Refused>>, PutError>,
        now: Instant,
    ) {
        let Some((sent_at, sent)) = self.in_flight.remove(&request) else { return };
        self.counts.in_flight = self.in_flight.len() as u64;
        match answer {
            Ok(entries) if entries.len() == sent.len() => {
                self.trouble = None;
                self.learn(&sent, &entries, sent_at, now);
                for ((id, lane), entry) in sent.into_iter().zip(entries) {
                    match entry {
                        Ok(placed) => self.stored(id, lane, placed, now),
                        Err(refused) => self.refused(id, lane, refused, now),
                    }
                }
            }
            Ok(entries) => {
                let message = format!("the answer is about {} records of {}", entries.len(), sent.len());
                self.unanswered(sent, Landed::NobodyKnows, (Failure::Unknown, &message), None, now);
            }
            Err(PutError::Unknown { message, wait }) => {
                self.unanswered(sent, Landed::NobodyKnows, (Failure::Unknown, &message), wait, now);
            }
            Err(PutError::NotTaken { why: Why::Never, message, .. }) => {
                for (id, lane) in sent {
                    let refused = Refused { why: Why::Never, message: message.clone(), wait: None };
                    self.refused(id, lane, refused, now);
                }
            }
            Err(PutError::NotTaken { why, message, wait }) => {
                self.unanswered(sent, Landed::Nowhere, (failure_of(why), &message), wait, now);
            }
        }
    }

    /// The next call that has all its outcomes.
    pub(crate) fn finished(&mut self) -> Option<Finished<T>> {
        self.finished.pop_front()
    }

    pub(crate) fn counts(&self) -> PublishCounts {
        self.counts
    }

    /// Whether nothing is held any more.
    #[cfg(test)]
    pub(crate) fn is_idle(&self) -> bool {
        self.calls.is_empty()
    }

    /// Learns how much of what was sent in each lane was refused.
    fn learn(
        &mut self,
        sent: &[(EntryId, LaneId)],
        entries: &[Result<Placed, Refused>],
        sent_at: Instant,
        now: Instant,
    ) {
        let mut tally: BTreeMap<LaneId, (u32, u32)> = BTreeMap::new();
        for ((_, lane), entry) in sent.iter().zip(entries) {
            let (sent, refused) = tally.entry(*lane).or_default();
            *sent += 1;
            *refused += u32::from(matches!(entry, Err(Refused { why: Why::Throttled, .. })));
        }
        for (lane, (sent, refused)) in tally {
            self.lanes.learn(lane, sent, refused, sent_at, now);
        }
    }

    fn stored(&mut self, id: EntryId, sent: LaneId, placed: Placed, now: Instant) {
        let lane = self.lanes.named(&placed.partition, now);
        let record = self.calls.record(id);
        self.lanes.settle(sent, Landed::On(lane), record.size(), now);
        if let Some(key) = &record.key {
            self.known.learn(key, lane);
        }
        self.finish(id, Some(placed), now);
    }

    fn refused(&mut self, id: EntryId, sent: LaneId, refused: Refused, now: Instant) {
        let Refused { why, message, wait } = refused;
        let landed = if why == Why::Throttled { Landed::NobodyKnows } else { Landed::Nowhere };
        self.lanes.settle(sent, landed, self.calls.record(id).size(), now);
        self.counts.throttled += u64::from(why == Why::Throttled);
        self.calls[id.call].judge(id.index, failure_of(why), &message);
        if why == Why::Never {
            return self.finish(id, None, now);
        }
        let (attempts, lane) = (self.calls.entry(id).attempts, self.lane(id));
        if why == Why::Throttled && lane != ANYWHERE {
            let backoff = &mut self.backoff;
            let until = self.lanes.block(lane, now, |refusals| backoff.after(refusals, wait));
            return self.again(id, until, now, |scheduler| scheduler.make_ready(id, now));
        }
        if why == Why::Throttled {
            self.guess(id, now);
        }
        let until = now + self.backoff.after(attempts, wait);
        self.again(id, until, now, |scheduler| {
            scheduler.calls.entry_mut(id).place = Place::Resting(until);
            scheduler.resting.insert((until, id));
        });
    }

    /// Has a refused record wait for room on the partition that most probably refused it, the next time. No other record waits for a guess.
    fn guess(&mut self, id: EntryId, now: Instant) {
        let fullest = self.lanes.fullest(now);
        if fullest != ANYWHERE
            && let Some(key) = &self.calls.record(id).key
        {
            self.known.learn(key, fullest);
        }
    }

    /// Deals with the records of a request that has no answer about them.
    fn unanswered(
        &mut self,
        sent: Vec<(EntryId, LaneId)>,
        landed: Landed,
        (failure, message): (Failure, &str),
        wait: Option<Duration>,
        now: Instant,
    ) {
        self.counts.unanswered += 1;
        let before = self.trouble.take();
        // Requests that failed at one time are one failure.
        let failures =
            before.as_ref().map_or(1, |trouble| trouble.failures + u32::from(trouble.until <= now));
        let until = match before {
            Some(trouble) if trouble.until > now => trouble.until.max(now + wait.unwrap_or_default()),
            _ => now + self.backoff.after(failures, wait),
        };
        self.trouble = Some(Trouble { failures, until, failure, message: message.to_owned() });
        for (id, lane) in sent {
            self.lanes.settle(lane, landed, self.calls.record(id).size(), now);
            self.calls[id.call].judge(id.index, failure, message);
            self.again(id, until, now, |scheduler| scheduler.make_ready(id, now));
        }
    }

    /// Sends a record again after a time, unless its call is over by then.
    fn again(&mut self, id: EntryId, at: Instant, now: Instant, again: impl FnOnce(&mut Self)) {
        if self.calls[id.call].is_over() || at >= self.calls[id.call].closes {
            self.finish(id, None, now);
        } else {
            again(self);
        }
    }

    /// Where a record is expected to go.
    fn lane(&self, id: EntryId) -> LaneId {
        let key = self.calls.record(id).key.as_ref();
        key.and_then(|key| self.known.find(key)).unwrap_or(ANYWHERE)
    }

    /// Puts a record into its lane; if no stream can take it, it fails, and the next of its key has its turn.
    fn make_ready(&mut self, id: EntryId, now: Instant) {
        let mut next = Some(id);
        while let Some(id) = next.take() {
            let size = self.calls.record(id).size();
            if let Some(message) = self.excess(id) {
                self.calls[id.call].judge(id.index, Failure::Refused, &message);
                next = self.end(id, None);
                continue;
            }
            let lane = self.lane(id);
            let entry = self.calls.entry_mut(id);
            entry.place = Place::Ready(lane);
            self.lanes.push(lane, entry.turn, id, size, now);
        }
    }

    /// Why a record can never be sent.
    fn excess(&self, id: EntryId) -> Option<String> {
        let record = self.calls.record(id);
        let (size, key) = (record.size(), record.key.as_ref().map_or(0, |key| key.len()));
        let Limits { record: most, key: most_key, .. } = self.limits;
        if key > most_key {
            return Some(format!("its key has {key} bytes, more than {most_key}"));
        }
        (size > most).then(|| format!("it has {size} bytes with its key, more than {most}"))
    }

    /// Ends a record's way and has the next of its key go.
    fn finish(&mut self, id: EntryId, stored: Option<Placed>, now: Instant) {
        if let Some(next) = self.end(id, stored) {
            self.make_ready(next, now);
        }
    }

    /// Ends a record's way: it is stored, or what stands is said of it, and the later ones of its key in its call fail with it. Gives the one
    /// whose turn it is now.
    fn end(&mut self, id: EntryId, stored: Option<Placed>) -> Option<EntryId> {
        let mut next = None;
        if self.options.order == Order::Key {
            if stored.is_none() {
                self.fail_later(id);
            }
            next = self.chains.remove(&mut self.calls, id);
        }
        if let Some(placed) = stored
            && let Some(outcome) = self.calls[id.call].outcomes.get_mut(id.index as usize)
        {
            *outcome = Outcome::Stored(placed);
        }
        self.done(id);
        next
    }

    fn fail_later(&mut self, id: EntryId) {
        let mut later = self.calls.entry(id).next;
        while let Some(next) = later
            && self.calls[id.call].left > 1
        {
            later = self.calls.entry(next).next;
            if next.call == id.call {
                self.calls[next.call].judge(next.index, Failure::NotSent, EARLIER);
                // Never the first, so nobody's turn comes.
                self.chains.remove(&mut self.calls, next);
                self.done(next);
            }
        }
    }

    fn done(&mut self, id: EntryId) {
        let size = self.calls.record(id).size() as u64;
        (self.counts.held_bytes, self.counts.held_records) =
            (self.counts.held_bytes - size, self.counts.held_records - 1);
        let call = &mut self.calls[id.call];
        call.entries[id.index as usize].place = Place::Done;
        call.left -= 1;
        if call.left == 0 {
            self.hand_out(id.call);
        }
    }

    /// Hands out a call's outcomes, unless that was done before, and forgets the call once nothing of it is under way.
    fn hand_out(&mut self, place: u32) {
        let call = &mut self.calls[place];
        if let Some(token) = call.token.take() {
            self.finished.push_back(Finished { token, outcomes: std::mem::take(&mut call.outcomes) });
        }
        self.ends.remove(&(call.end(), place));
        if call.left == 0 {
            self.calls.remove(place);
        }
    }

    /// Sends nothing more of a call.
    fn close(&mut self, place: u32, now: Instant) {
        let call = &mut self.calls[place];
        self.ends.remove(&(call.end(), place));
        call.is_closed = true;
        if !call.is_over() {
            self.ends.insert((call.end(), place));
        }
        let (id, count) = (self.calls.id(place), self.calls[place].entries.len() as u32);
        for entry in (0..count).map(|index| EntryId { call: place, index }) {
            if !self.calls.is_there(id) {
                break;
            }
            let state = self.calls.entry(entry);
            match state.place {
                Place::Done | Place::InFlight => continue,
                Place::Behind => {}
                Place::Ready(lane) => {
                    self.lanes.remove(lane, state.turn, entry, self.calls.record(entry).size());
                }
                Place::Resting(at) => {
                    self.resting.remove(&(at, entry));
                }
            }
            if let Some(message) = self.excess(entry) {
                self.calls[place].judge(entry.index, Failure::Refused, &message);
            } else if self.calls.entry(entry).previous.is_some() {
                self.calls[place].judge(entry.index, Failure::NotSent, NO_TURN);
            } else if self.calls[place].is_unjudged(entry.index) {
                let trouble = self.trouble.as_ref();
                let (failure, message) = trouble
                    .map_or((Failure::Throttled, IN_TIME), |trouble| (trouble.failure(), &trouble.message));
                self.calls[place].judge(entry.index, failure, message);
            }
            self.finish(entry, None, now);
        }
    }

    /// Gives up what of a call is under way.
    fn abandon(&mut self, place: u32) {
        let call = &mut self.calls[place];
        for index in 0..call.entries.len() as u32 {
            if call.entries[index as usize].place == Place::InFlight {
                call.judge(index, Failure::Unknown, NO_ANSWER);
            }
        }
        self.hand_out(place);
    }

    /// Does what was to be done by now.
    fn pass_time(&mut self, now: Instant) {
        while let Some((at, place)) = self.ends.first().copied()
            && at <= now
        {
            if self.calls[place].is_closed { self.abandon(place) } else { self.close(place, now) }
        }
        while let Some((at, id)) = self.resting.first().copied()
            && at <= now
        {
            self.resting.pop_first();
            self.make_ready(id, now);
        }
    }

    fn due(&self, now: Instant) -> Due {
        // With nothing under way there is nothing to wait for.
        let linger = if self.in_flight.is_empty() { Duration::ZERO } else { self.options.linger };
        self.lanes.due(linger, now)
    }

    fn is_held_up(&self, now: Instant) -> bool {
        let is_troubled = self.trouble.as_ref().is_some_and(|trouble| trouble.until > now);
        is_troubled || self.in_flight.len() >= self.most_in_flight()
    }

    /// One request is enough to see whether the stream works again, or what partitions there are.
    fn most_in_flight(&self) -> usize {
        let is_trial = self.trouble.is_some() || self.lanes.are_unexplored();
        if is_trial { 1 } else { self.options.in_flight }
    }
}

impl Trouble {
    /// What it means for a record that was not sent because of it.
    fn failure(&self) -> Failure {
        if self.failure == Failure::Throttled { Failure::Throttled } else { Failure::Unavailable }
    }
}

fn failure_of(why: Why) -> Failure {
    match why {
        Why::Throttled => Failure::Throttled,
        Why::Failed => Failure::Unavailable,
        Why::Never => Failure::Refused,
    }
}

#[cfg(test)]
#[path = "scheduler_tests.rs"]
mod tests;
