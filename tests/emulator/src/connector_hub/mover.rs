//! Moves one partition, a step at a time. A step blocks for as long as it takes to compress a piece or to put an object into the index.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::connector::{Position, Target};
use super::envelope::Envelope;
use super::lane::Lane;
use super::object_name::object_name;
use super::registry::Registry;
use super::window::{Batch, Window};
use crate::faults::in_force::{Faults, Subject};
use crate::faults::rule::Fault;
use crate::lock::lock;
use crate::object_storage::ObjectStorage;
use crate::streaming::{ReadError, StreamMessage, StreamReader};
use crate::wire::service_error::ServiceError;

/// What those who move the partitions of a connector share.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) connector: String,
    pub(crate) target: Target,
    /// After gzip.
    pub(crate) rollover_bytes: u64,
    pub(crate) stream: StreamReader,
    pub(crate) object_storage: Arc<ObjectStorage>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) registry: Arc<Mutex<Registry>>,
    /// Whether objects may still be written. It is held while one is: whoever closes it knows that none comes after.
    pub(crate) open: RwLock<bool>,
}

/// One partition of a connector.
pub(crate) struct Mover {
    job: Arc<Job>,
    partition: usize,
    lane: Arc<Lane>,
    /// As it is written down.
    position: Position,
    /// The next message to be read.
    next: u64,
    stage: Stage,
    flush: Option<Flush>,
}

enum Stage {
    Empty,
    Open(Box<Window>),
    /// Ended, and not yet in the bucket for all that is known.
    Sealed(Arc<Batch>),
}

/// All up to an offset is to be written now.
#[derive(Clone, Copy)]
struct Flush {
    asked: u64,
    end: u64,
}

/// What comes after a step that succeeded.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// The next one at once.
    Again,
    /// Nothing before there is a message at this offset, or the clock shows this time.
    Wait { offset: u64, until: Option<i64> },
    /// An object was written and not remembered. It is written again after a while.
    Forgotten,
    /// Nothing: the connector was stopped.
    Stopped,
}

/// A step failed. It is taken again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MoveError {
    #[error("cannot read from the stream: {0}")]
    Read(ReadError),
    #[error("cannot compress what was read: {0}")]
    Compress(io::Error),
    #[error("cannot write to the bucket {bucket}: {error}")]
    Write { bucket: String, error: ServiceError },
    #[error("cannot write to the bucket {bucket}: the fault {fault} was asked for")]
    Fault { bucket: String, fault: &'static str },
    #[error("cannot write down the position after {object}: {error}")]
    Position { object: String, error: ServiceError },
}

/// What is read at once, and so what a partition holds in memory: a message is a megabyte at most, and many small ones have a
/// ceiling, too.
const CHUNK_BYTES: u64 = 1 << 20;
const CHUNK_MESSAGES: usize = 10_000;

impl Mover {
    pub(crate) fn new(job: Arc<Job>, partition: usize, position: Position, lane: Arc<Lane>) -> Self {
        Self { job, partition, lane, position, next: position.next, stage: Stage::Empty, flush: None }
    }

    /// Reads and compresses a piece, or writes an object. `asked` counts the flushes that were asked for.
    pub(crate) fn step(&mut self, now: i64, asked: u64) -> Result<Step, MoveError> {
        if self.flush.map_or(self.lane.progress().flushed, |flush| flush.asked) < asked {
            // Of a stream that cannot be read nobody knows whether all of it is written.
            let end = self.job.stream.bounds(self.partition).map_or(u64::MAX, |(_, end)| end);
            self.flush = Some(Flush { asked, end });
        }
        if let Stage::Sealed(batch) = &self.stage {
            let batch = Arc::clone(batch);
            return self.write(&batch);
        }
        match self.read() {
            Ok(messages) => self.take(&messages, now),
            Err(error) => self.break_off(error),
        }
    }

    fn read(&mut self) -> Result<Vec<StreamMessage>, ReadError> {
        let (horizon, _) = self.job.stream.bounds(self.partition)?;
        self.next = self.next.max(horizon);
        self.job.stream.read(self.partition, self.next, CHUNK_MESSAGES, CHUNK_BYTES)
    }

    /// Compresses what was read, and ends the window when it is time.
    fn take(&mut self, messages: &[StreamMessage], now: i64) -> Result<Step, MoveError> {
        let caught_up = messages.is_empty();
        if let Err(error) = self.compress(messages, now) {
            self.begin_again();
            return Err(MoveError::Compress(error));
        }
        let asked_for = self.flush.is_some_and(|flush| caught_up || self.next >= flush.end);
        let mut until = None;
        if let Stage::Open(window) = &self.stage {
            let over = window.opened().saturating_add_unsigned(self.job.target.rollover_milliseconds);
            if self.is_full(window) || now >= over || asked_for {
                return self.seal();
            }
            until = Some(over);
        } else if asked_for {
            self.flushed();
        }
        Ok(if caught_up { Step::Wait { offset: self.next, until } } else { Step::Again })
    }

    fn compress(&mut self, messages: &[StreamMessage], now: i64) -> io::Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let mut window = match std::mem::replace(&mut self.stage, Stage::Empty) {
            Stage::Open(window) => window,
            _ => {
                let envelope = Envelope::new(&self.job.stream.name(), self.partition);
                Box::new(Window::new(self.job.object_storage.object_writer()?, envelope, now))
            }
        };
        for message in messages {
            window.write(message)?;
            self.next = message.offset + 1;
            if self.is_full(&window) {
                break;
            }
        }
        self.lane.shows(&window);
        self.stage = Stage::Open(window);
        Ok(())
    }

    fn is_full(&self, window: &Window) -> bool {
        window.compressed_bytes() >= self.job.rollover_bytes
    }

    fn seal(&mut self) -> Result<Step, MoveError> {
        if let Stage::Open(window) = std::mem::replace(&mut self.stage, Stage::Empty) {
            match window.seal() {
                Ok(Some(batch)) => self.stage = Stage::Sealed(Arc::new(batch)),
                Ok(None) => {}
                Err(error) => {
                    self.begin_again();
                    return Err(MoveError::Compress(error));
                }
            }
        }
        Ok(Step::Again)
    }

    /// Nothing comes after what was read of a stream that is gone: it is written at once, and a flush of more is in vain.
    fn break_off(&mut self, error: ReadError) -> Result<Step, MoveError> {
        let deleted = matches!(error, ReadError::Deleted(_));
        if deleted && matches!(self.stage, Stage::Open(_)) {
            return self.seal();
        }
        let error = MoveError::Read(error);
        if deleted {
            self.lane.lost(error.to_string());
        }
        Err(error)
    }

    /// Puts the object into the bucket, then the position behind it into the journal.
    fn write(&mut self, batch: &Batch) -> Result<Step, MoveError> {
        let job = Arc::clone(&self.job);
        let bucket = &job.target.bucket;
        let prefix = job.target.object_name_prefix.as_deref();
        let name = |number| object_name(prefix, &job.connector, self.partition, batch.times, number);
        let failed = |error| MoveError::Write { bucket: bucket.clone(), error };
        let fault = self.strike(&job.object_storage.free_name(bucket, name).map_err(failed)?);
        if let Some(fault) = fault.as_ref().filter(|fault| prevents(fault)) {
            return Err(MoveError::Fault { bucket: bucket.clone(), fault: fault.name() });
        }
        let open = job.open.read().unwrap_or_else(PoisonError::into_inner);
        if !*open {
            return Ok(Step::Stopped);
        }
        let object = job.object_storage.put_beside(bucket, &batch.object, name).map_err(failed)?;
        tracing::info!(
            "{} messages of {} were moved to {bucket}/{object}",
            batch.messages,
            job.stream.name()
        );
        self.lane.wrote(object.clone(), batch);
        let next = match fault {
            Some(Fault::ResetAfter) => {
                return Err(MoveError::Fault { bucket: bucket.clone(), fault: "reset_after" });
            }
            Some(Fault::Forget) => return Ok(Step::Forgotten),
            Some(Fault::Rewind { messages }) => {
                self.rewound(batch.next, messages).map_err(MoveError::Read)?
            }
            _ => batch.next,
        };
        lock(&job.registry)
            .save_position(&job.connector, self.partition, next)
            .map_err(|error| MoveError::Position { object, error })?;
        self.position.next = next;
        self.begin_again();
        if self.flush.is_some_and(|flush| batch.next >= flush.end) {
            self.flushed();
        }
        Ok(Step::Again)
    }

    fn strike(&self, object: &str) -> Option<Fault> {
        let (id, name) = (self.job.stream.id(), self.job.stream.name());
        let subject = Subject {
            bucket: Some(&self.job.target.bucket),
            object: Some(object),
            stream: Some(&id),
            stream_name: Some(&name),
            ..Subject::default()
        };
        self.job.faults.strike("WriteBatch", subject)
    }

    /// The offset so many messages before another one, but none that the connector never had or retention has taken.
    fn rewound(&self, end: u64, messages: u64) -> Result<u64, ReadError> {
        let (horizon, _) = self.job.stream.bounds(self.partition)?;
        let floor = self.position.begin.max(horizon);
        let (mut start, mut missing) = (end, messages);
        // Where offsets are left out, as many of them hold fewer messages.
        while missing > 0 && start > floor {
            let from = start.saturating_sub(missing).max(floor);
            missing -= self.count(from, start)?;
            start = from;
        }
        Ok(start)
    }

    /// Messages from an offset up to another.
    fn count(&self, mut from: u64, end: u64) -> Result<u64, ReadError> {
        let mut count = 0;
        while from < end {
            let messages = self.job.stream.read(self.partition, from, CHUNK_MESSAGES, CHUNK_BYTES)?;
            count += messages.iter().filter(|message| message.offset < end).count() as u64;
            from = messages.last().map_or(end, |message| message.offset + 1);
        }
        Ok(count)
    }

    fn flushed(&mut self) {
        if let Some(flush) = self.flush.take() {
            self.lane.flushed(flush.asked);
        }
    }

    /// Goes on from the position, without a window.
    fn begin_again(&mut self) {
        self.stage = Stage::Empty;
        self.next = self.position.next;
        self.lane.stands_at(self.next);
    }
}

/// Whether a fault keeps an object out of the bucket.
fn prevents(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Throttle { .. }
            | Fault::InternalError
            | Fault::BadGateway
            | Fault::Unavailable { .. }
            | Fault::ResetBefore
            | Fault::ExpiredToken
            | Fault::FalseNotFound
    )
}

#[cfg(test)]
#[path = "mover_tests.rs"]
mod tests;
