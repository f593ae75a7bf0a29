//! A partition: its log, the remaining capacity of its limits, and its throughput.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use tokio::sync::watch;

use super::log::Log;
use super::meter::Meter;
use super::partition_load::PartitionLoad;
use super::record::Record;
use super::settings::StreamingOptions;
use crate::lock::lock;
use crate::state_folder::StateError;
use crate::token_bucket::TokenBucket;

/// A partition of a stream.
#[derive(Debug)]
pub(crate) struct Partition {
    state: Mutex<State>,
    /// An offset above that of every message, for readers that wait for more messages.
    end: watch::Sender<u64>,
}

#[derive(Debug)]
struct State {
    log: Log,
    random: fastrand::Rng,
    written_bytes: TokenBucket,
    written_messages: TokenBucket,
    read_bytes: TokenBucket,
    /// Remaining reads by consumer group; readers without a group share the empty name.
    reads: HashMap<String, TokenBucket>,
    meters: Meters,
}

#[derive(Debug, Default)]
struct Meters {
    messages_in: Meter,
    bytes_in: Meter,
    messages_out: Meter,
    bytes_out: Meter,
    throttled_messages: Meter,
    throttled_reads: Meter,
}

/// A decoded message that a client wants to store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Bytes,
}

/// The result of storing a message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Stored {
        offset: u64,
        timestamp: i64,
    },
    /// Rejected, because it exceeds a limit of the partition.
    Throttled(Throttled),
    /// Failed in the emulator, for example because the disk is full.
    Failed(String),
}

/// The offsets of a partition at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    /// Messages below this offset have been removed.
    pub(crate) floor: u64,
    /// The offset of the oldest message; `end` without messages.
    pub(crate) horizon: u64,
    /// An offset above that of every message.
    pub(crate) end: u64,
}

/// A limit that currently rejects requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Throttled {
    pub(crate) limit: &'static str,
    /// Milliseconds after which to repeat the request.
    pub(crate) wait_milliseconds: u64,
}

impl Partition {
    pub(crate) fn open(folder: Option<&Path>, segment_bytes: u64, seed: u64) -> Result<Self, StateError> {
        let log = Log::open(folder, segment_bytes)?;
        let (end, _) = watch::channel(log.end());
        let state = State {
            log,
            random: fastrand::Rng::with_seed(seed),
            written_bytes: TokenBucket::default(),
            written_messages: TokenBucket::default(),
            read_bytes: TokenBucket::default(),
            reads: HashMap::new(),
            meters: Meters::default(),
        };
        Ok(Self { state: Mutex::new(state), end })
    }

    /// Stores the messages that the limits allow; they are stored when this returns. After the first message above a limit, the rest of
    /// the request is throttled, too; otherwise a smaller message would overtake it.
    pub(crate) fn put(
        &self,
        messages: &[Message],
        limits: &StreamingOptions,
        now: i64,
        cutoff: i64,
    ) -> Vec<Outcome> {
        let mut state = self.state();
        let state = &mut *state;
        let mut passing = 0;
        let mut throttled = None;
        for message in messages {
            throttled = state.throttles(message.payload(), limits, now);
            if throttled.is_some() {
                break;
            }
            state.written_bytes.take(limits.write_bytes_per_second, message.payload(), now);
            state.written_messages.take(limits.write_messages_per_second, 1, now);
            passing += 1;
        }
        let (passing, late) = messages.split_at(passing);
        let random = &mut state.random;
        let gap = || if limits.offset_gap == 0 { 0 } else { random.u64(0..=limits.offset_gap) };
        let stored = state
            .log
            .trim(cutoff)
            .and_then(|()| state.log.append(now, passing.iter().map(Message::parts), gap));
        let mut outcomes: Vec<Outcome> = match stored {
            Ok(appended) => {
                self.end.send_replace(state.log.end());
                state.meters.messages_in.add(passing.len() as u64, now);
                state.meters.bytes_in.add(passing.iter().map(Message::payload).sum(), now);
                let timestamp = appended.timestamp;
                appended.offsets.into_iter().map(|offset| Outcome::Stored { offset, timestamp }).collect()
            }
            Err(error) => {
                // Clients retry the failure until they give up, and only then report the reason.
                tracing::error!("cannot store messages: {error}");
                vec![Outcome::Failed(error.to_string()); passing.len()]
            }
        };
        if let Some(throttled) = throttled {
            state.meters.throttled_messages.add(late.len() as u64, now);
            outcomes.extend(late.iter().map(|_| Outcome::Throttled(throttled)));
        }
        outcomes
    }

    /// Checks that a consumer group (`""` for readers without one) may read now.
    pub(crate) fn may_read(&self, group: &str, limits: &StreamingOptions, now: i64) -> Result<(), Throttled> {
        let mut state = self.state();
        let reads =
            state.reads.get_mut(group).map_or(0, |bucket| bucket.wait(limits.reads_per_second, 1, now));
        let bytes = state.read_bytes.wait(limits.read_bytes_per_second, 1, now);
        let (limit, wait_milliseconds) =
            if reads >= bytes { ("reads a second", reads) } else { ("bytes read a second", bytes) };
        if wait_milliseconds == 0 {
            if limits.reads_per_second.is_some() {
                state.reads.entry(group.to_owned()).or_default().take(limits.reads_per_second, 1, now);
            }
            return Ok(());
        }
        state.meters.throttled_reads.add(1, now);
        Err(Throttled { limit, wait_milliseconds })
    }

    /// Reads records for GetMessages, within the remaining capacity of the limit on bytes.
    pub(crate) fn get(
        &self,
        from: u64,
        most: usize,
        most_bytes: u64,
        limits: &StreamingOptions,
        now: i64,
    ) -> Result<Vec<Record>, StateError> {
        let mut state = self.state();
        let left = state.read_bytes.left(limits.read_bytes_per_second, now);
        let records = state.log.read(from, most, most_bytes.min(left));
        let records = records.map_err(|error| StateError::io(Path::new("a partition's log"), error))?;
        let bytes = records.iter().map(Record::payload).sum();
        state.read_bytes.take(limits.read_bytes_per_second, bytes, now);
        state.meters.messages_out.add(records.len() as u64, now);
        state.meters.bytes_out.add(bytes, now);
        Ok(records)
    }

    /// Reads records without limits.
    pub(crate) fn read(&self, from: u64, most: usize, most_bytes: u64) -> Result<Vec<Record>, StateError> {
        let records = self.state().log.read(from, most, most_bytes);
        records.map_err(|error| StateError::io(Path::new("a partition's log"), error))
    }

    /// Removes messages older than `cutoff`, and returns the remaining offsets.
    pub(crate) fn bounds(&self, cutoff: i64) -> Result<Bounds, StateError> {
        let mut state = self.state();
        state.log.trim(cutoff)?;
        Ok(Bounds { floor: state.log.floor(), horizon: state.log.horizon(), end: state.log.end() })
    }

    /// Returns the offset of the first message at or after a time.
    pub(crate) fn offset_at(&self, time: i64) -> Result<u64, StateError> {
        let offset = self.state().log.offset_at(time);
        offset.map_err(|error| StateError::io(Path::new("a partition's log"), error))
    }

    /// Returns a receiver for every change of the offset above all messages.
    pub(crate) fn watch_end(&self) -> watch::Receiver<u64> {
        self.end.subscribe()
    }

    /// Wakes the readers that wait for messages.
    pub(crate) fn wake(&self) {
        self.end.send_modify(|_| {});
    }

    pub(crate) fn load(&self, now: i64) -> PartitionLoad {
        let mut state = self.state();
        let (horizon, end, stored_bytes) = (state.log.horizon(), state.log.end(), state.log.stored());
        let meters = &mut state.meters;
        PartitionLoad {
            messages_in_per_second: meters.messages_in.per_second(now),
            bytes_in_per_second: meters.bytes_in.per_second(now),
            messages_out_per_second: meters.messages_out.per_second(now),
            bytes_out_per_second: meters.bytes_out.per_second(now),
            messages_in: meters.messages_in.total(),
            bytes_in: meters.bytes_in.total(),
            messages_out: meters.messages_out.total(),
            throttled_messages: meters.throttled_messages.total(),
            throttled_reads: meters.throttled_reads.total(),
            throttled_messages_per_second: meters.throttled_messages.per_second(now),
            horizon,
            end,
            stored_bytes,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    /// Returns the limit that a message of this size exceeds, if any.
    fn throttles(&mut self, bytes: u64, limits: &StreamingOptions, now: i64) -> Option<Throttled> {
        let messages = self.written_messages.wait(limits.write_messages_per_second, 1, now);
        let bytes = self.written_bytes.wait(limits.write_bytes_per_second, bytes, now);
        let (limit, wait_milliseconds) = if bytes >= messages {
            ("bytes written a second", bytes)
        } else {
            ("messages written a second", messages)
        };
        (wait_milliseconds > 0).then_some(Throttled { limit, wait_milliseconds })
    }
}

impl Outcome {
    /// Returns when the message was stored, if it was.
    pub(crate) fn timestamp(&self) -> Option<i64> {
        match self {
            Self::Stored { timestamp, .. } => Some(*timestamp),
            _ => None,
        }
    }
}

impl Message {
    pub(crate) fn payload(&self) -> u64 {
        (self.key.as_ref().map_or(0, Bytes::len) + self.value.len()) as u64
    }

    fn parts(&self) -> (Option<&[u8]>, &[u8]) {
        (self.key.as_deref(), &self.value)
    }
}

#[cfg(test)]
#[path = "partition_tests.rs"]
mod tests;
