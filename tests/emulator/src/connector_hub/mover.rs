//! Moves one partition step by step. A step blocks while it compresses a chunk or puts an object into the index.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::connector::{Position, Target};
use super::envelope::Envelope;
use super::lane::Lane;
use super::object_name::object_name;
use super::registry::Registry;
use super::window::{Batch, Window};
use crate::faults::effects::BatchFault;
use crate::faults::in_force::{Faults, Struck};
use crate::faults::subject::Subject;
use crate::lock::lock;
use crate::object_storage::ObjectStorage;
use crate::streaming::{ReadError, StreamMessage, StreamReader};
use crate::wire::service_error::ServiceError;

/// The data that the movers of all partitions of a connector share.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) connector: String,
    pub(crate) target: Target,
    /// Compressed size, in bytes, at which an object is closed.
    pub(crate) rollover_bytes: u64,
    pub(crate) stream: StreamReader,
    pub(crate) object_storage: Arc<ObjectStorage>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) registry: Arc<Mutex<Registry>>,
    /// Whether objects may still be written. It is read-locked while an object is written, so once it is set to false, no object follows.
    pub(crate) open: RwLock<bool>,
}

/// The mover of one partition: its position, and the messages that it has read but not yet written.
pub(crate) struct Mover {
    job: Arc<Job>,
    partition: usize,
    lane: Arc<Lane>,
    /// The position as stored in the registry.
    position: Position,
    /// The next offset to read.
    next: u64,
    stage: Stage,
    flush: Option<Flush>,
}

enum Stage {
    Empty,
    Open(Box<Window>),
    /// A closed window that is not known to be in the bucket.
    Sealed(Arc<Batch>),
}

/// A request to write everything up to an offset now.
#[derive(Clone, Copy)]
struct Flush {
    asked: u64,
    end: u64,
}

/// What the caller must do after a successful step.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Take the next step immediately.
    Again,
    /// Wait for a message at this offset, or for the clock to reach this time.
    Wait { offset: u64, until: Option<i64> },
    /// Take the next step after a pause: an object was written but its position was not stored, so it will be written again.
    Forgotten,
    /// Take no more steps: the connector was stopped.
    Stopped,
}

/// The reason why a step failed. The caller retries the step.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MoveError {
    #[error("cannot read from the stream: {0}")]
    Read(ReadError),
    #[error("cannot compress the messages: {0}")]
    Compress(io::Error),
    #[error("cannot write to the bucket {bucket}: {error}")]
    Write { bucket: String, error: ServiceError },
    #[error("cannot write to the bucket {bucket}: the injected fault {fault}")]
    Fault { bucket: String, fault: &'static str },
    #[error("cannot save the position after {object}: {error}")]
    Position { object: String, error: ServiceError },
}

/// Maximum number of bytes read at once, and therefore held in memory per partition. A message is at most a megabyte; [`CHUNK_MESSAGES`]
/// limits the number of small ones.
const CHUNK_BYTES: u64 = 1 << 20;
const CHUNK_MESSAGES: usize = 10_000;

impl Mover {
    pub(crate) fn new(job: Arc<Job>, partition: usize, position: Position, lane: Arc<Lane>) -> Self {
        Self { job, partition, lane, position, next: position.next, stage: Stage::Empty, flush: None }
    }

    /// Takes one step: reads and compresses a chunk, or writes an object. `asked` is the number of flushes requested so far.
    pub(crate) fn step(&mut self, now: i64, asked: u64) -> Result<Step, MoveError> {
        if self.flush.map_or(self.lane.progress().flushed, |flush| flush.asked) < asked {
            // If the stream cannot be read, it is unknown whether everything has been written.
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

    /// Compresses the messages that were read, and closes the window when it is due.
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

    /// Handles a stream that is gone: writes what was read so far, since nothing follows. A flush that asked for more fails.
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

    /// Puts the object into the bucket, then stores the position after it in the journal.
    fn write(&mut self, batch: &Batch) -> Result<Step, MoveError> {
        let job = Arc::clone(&self.job);
        let bucket = &job.target.bucket;
        let prefix = job.target.object_name_prefix.as_deref();
        let name = |number| object_name(prefix, &job.connector, self.partition, batch.times, number);
        let failed = |error| MoveError::Write { bucket: bucket.clone(), error };
        let fault = self.strike(&job.object_storage.free_name(bucket, name).map_err(failed)?);
        let failed_by = |fault: &'static str| MoveError::Fault { bucket: bucket.clone(), fault };
        if let Some(Struck { name, effect: BatchFault::Fail }) = fault {
            return Err(failed_by(name));
        }
        let open = job.open.read().unwrap_or_else(PoisonError::into_inner);
        if !*open {
            return Ok(Step::Stopped);
        }
        let object = job.object_storage.put_beside(bucket, &batch.object, name).map_err(failed)?;
        let messages = if batch.messages == 1 { "message" } else { "messages" };
        tracing::info!("moved {} {messages} of {} to {bucket}/{object}", batch.messages, job.stream.name());
        self.lane.wrote(object.clone(), batch);
        let next = match fault.map(|struck| (struck.effect, struck.name)) {
            Some((BatchFault::ResetAfter, name)) => return Err(failed_by(name)),
            Some((BatchFault::Forget, _)) => return Ok(Step::Forgotten),
            Some((BatchFault::Rewind { messages }, _)) => {
                self.rewound(batch.next, messages).map_err(MoveError::Read)?
            }
            Some((BatchFault::Fail, _)) | None => batch.next,
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

    fn strike(&self, object: &str) -> Option<Struck<BatchFault>> {
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

    /// Returns the offset that lies `messages` messages before `end`, but not before the connector's start or the oldest message.
    fn rewound(&self, end: u64, messages: u64) -> Result<u64, ReadError> {
        let (horizon, _) = self.job.stream.bounds(self.partition)?;
        let floor = self.position.begin.max(horizon);
        let (mut start, mut missing) = (end, messages);
        // Where offsets are skipped, a range of offsets contains fewer messages.
        while missing > 0 && start > floor {
            let from = start.saturating_sub(missing).max(floor);
            missing -= self.count(from, start)?;
            start = from;
        }
        Ok(start)
    }

    /// Returns the number of messages between two offsets.
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

    /// Discards the window and continues from the stored position.
    fn begin_again(&mut self) {
        self.stage = Stage::Empty;
        self.next = self.position.next;
        self.lane.stands_at(self.next);
    }
}

#[cfg(test)]
#[path = "mover_tests.rs"]
mod tests;
