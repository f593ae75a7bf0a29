use super::gate::Ticket;
use super::job::Consumed;
use super::pool::{Panicked, Pool};
use crate::error::CurateError;
use bronze::{Chunk, Chunker, Compression, Pushed};
use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, unbounded};
use lake::{Appended, DecodedChunk, Decoder, Done, Lake, LakeError, LakeWriter, Receipt, Uploads};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Size of a chunk's text. It is large enough that passing it on costs almost nothing, and small enough to stay in a core's cache.
const CHUNK: usize = 256 << 10;

/// What is needed to read one object.
pub(crate) struct Object {
    pub(crate) url: String,
    /// How the object is read.
    pub(crate) format: lake::Input,
    /// Size of the object in bytes, which must all arrive.
    pub(crate) size: u64,
    /// The compression that the object's name promises.
    pub(crate) named: Option<Compression>,
    pub(crate) max_line: usize,
    pub(crate) max_ratio: u64,
    /// Maximum bytes of rows and quarantine text that wait for a thread. Beyond that, reading pauses.
    pub(crate) max_waiting: usize,
    /// The lake to which the rows go.
    pub(crate) lake: Lake,
    /// The object's bytes, in order.
    pub(crate) bytes: mpsc::Receiver<Result<Bytes, CurateError>>,
    /// Called with the number of bytes that have been consumed.
    pub(crate) consumed: Option<Consumed>,
    /// Checked before each chunk and after each result.
    pub(crate) stop: CancellationToken,
}

/// Brings one object's bytes to the lake, on a thread that may block. This thread inflates, splits lines, and distributes rows to
/// partitions; the pool's threads decode and encode.
///
/// Chunks are appended in the order of the object, so what is written does not depend on which thread is faster. At most `slots` chunks are
/// in progress at a time, and their buffers are reused.
pub(crate) struct Pipeline<'a> {
    object: Object,
    pool: &'a Pool,
    ticket: Ticket,
    writer: LakeWriter,
    uploads: Option<Uploads>,
    chunker: Chunker,
    /// Fetched bytes that have not been inflated yet.
    fetched: Bytes,
    fetched_bytes: u64,
    at_end: bool,
    // Boxed because the messages move them.
    #[expect(clippy::vec_box)]
    slots: Vec<Box<Slot>>,
    /// Number of chunks that are being decoded or wait to be appended.
    busy: usize,
    /// Whether the chunk in progress is larger than [`CHUNK`], because of a long line. No other chunk is then in progress.
    alone: bool,
    sent: u64,
    appended: u64,
    /// Decoded chunks that wait for an earlier chunk, or for a job.
    early: BTreeMap<u64, Box<Slot>>,
    results: Receiver<Result<Message, Panicked>>,
    sender: Sender<Result<Message, Panicked>>,
}

/// The buffers and the decoder that a chunk needs while it is in progress.
struct Slot {
    buffer: Vec<u8>,
    decoder: Decoder,
    decoded: DecodedChunk,
}

enum Message {
    Decoded(u64, Box<Slot>),
    Done(Done),
}

impl<'a> Pipeline<'a> {
    pub(crate) fn new(
        object: Object,
        pool: &'a Pool,
        slots: usize,
        ticket: Ticket,
        writer: LakeWriter,
        uploads: Uploads,
    ) -> Self {
        let (sender, results) = unbounded();
        let slot = || {
            Box::new(Slot {
                buffer: Vec::new(),
                decoder: object.lake.decoder(&object.format, object.max_line),
                decoded: DecodedChunk::default(),
            })
        };
        Pipeline {
            slots: (0..slots).map(|_| slot()).collect(),
            chunker: Chunker::new(
                object.named,
                object.max_ratio,
                object.format.framing(),
                CHUNK,
                object.max_line,
            ),
            object,
            pool,
            ticket,
            writer,
            uploads: Some(uploads),
            fetched: Bytes::new(),
            fetched_bytes: 0,
            at_end: false,
            busy: 0,
            alone: false,
            sent: 0,
            appended: 0,
            early: BTreeMap::new(),
            results,
            sender,
        }
    }

    /// Runs the pipeline to its end. Returns the receipt, not yet committed, and the number of bytes of text.
    pub(crate) fn run(mut self) -> Result<(Receipt, u64), CurateError> {
        let result = self.work();
        let uploads = self.uploads.take().expect("it is only taken here");
        match result {
            Ok(()) => uploads.finish().map_err(|source| self.lake_error(source))?,
            Err(error) => {
                // Aborting may take a while, and other objects need the memory and the ticket in the meantime.
                drop(self);
                uploads.abort();
                return Err(error);
            }
        }
        Ok((self.writer.into_receipt(), self.chunker.text_bytes()))
    }

    fn work(&mut self) -> Result<(), CurateError> {
        loop {
            self.check_stop()?;
            while let Ok(message) = self.results.try_recv() {
                self.take(message)?;
            }
            if self.may_read() {
                self.read_chunk()?;
                continue;
            }
            if self.at_end && self.busy == 0 {
                break;
            }
            self.wait()?;
        }
        self.writer.finish();
        self.start_jobs();
        while !self.writer.is_idle() {
            self.check_stop()?;
            self.wait()?;
        }
        Ok(())
    }

    fn check_stop(&self) -> Result<(), CurateError> {
        match self.object.stop.is_cancelled() {
            true => Err(CurateError::Stopped { url: self.object.url.clone() }),
            false => Ok(()),
        }
    }

    fn may_read(&self) -> bool {
        let room = self.writer.in_flight() < self.object.max_waiting;
        !self.at_end && !self.alone && !self.slots.is_empty() && room
    }

    fn wait(&mut self) -> Result<(), CurateError> {
        let message = self.results.recv().expect("this side also holds a sender");
        self.take(message)
    }

    fn take(&mut self, message: Result<Message, Panicked>) -> Result<(), CurateError> {
        match message {
            Ok(Message::Decoded(number, slot)) => {
                self.early.insert(number, slot);
                self.append()?;
                self.ticket.hold(self.writer.held(), || self.object.stop.is_cancelled());
            }
            Ok(Message::Done(done)) => {
                let part = self.writer.complete(done).map_err(|source| self.lake_error(source))?;
                let uploads = self.uploads.as_mut().expect("taken only after the work is done");
                if let Some(part) = part {
                    uploads.send(part).map_err(|source| self.lake_error(source))?;
                }
                // The next chunk may have waited for this result.
                self.append()?;
            }
            Err(Panicked) => return Err(CurateError::Panicked { url: self.object.url.clone() }),
        }
        self.start_jobs();
        Ok(())
    }

    /// Appends the decoded chunks whose turn it is.
    fn append(&mut self) -> Result<(), CurateError> {
        while let Some(slot) = self.early.get_mut(&self.appended) {
            match self.writer.append(&mut slot.decoded) {
                Ok(Appended::Whole) => {}
                Ok(Appended::Partly) => break,
                Err(source) => return Err(self.lake_error(source)),
            }
            if let Some(mut slot) = self.early.remove(&self.appended) {
                slot.decoded.clear();
                self.slots.push(slot);
            }
            self.appended += 1;
            self.busy -= 1;
            self.alone = false;
        }
        Ok(())
    }

    fn start_jobs(&mut self) {
        while let Some(job) = self.writer.next_job() {
            self.pool.run(&self.sender, move || Message::Done(job.run()));
        }
    }

    /// Reads until a chunk is full or the object ends, and has the chunk decoded.
    fn read_chunk(&mut self) -> Result<(), CurateError> {
        loop {
            if self.fetched.is_empty() {
                match self.object.bytes.blocking_recv() {
                    Some(bytes) => {
                        self.fetched = bytes?;
                        self.fetched_bytes += self.fetched.len() as u64;
                    }
                    // The fetching task ends with an error or with all bytes, unless it panics.
                    None if self.fetched_bytes < self.object.size => {
                        return Err(CurateError::Panicked { url: self.object.url.clone() });
                    }
                    None => return self.end(),
                }
            }
            let mut no_slot = Vec::new();
            let spare = self.slots.last_mut().map_or(&mut no_slot, |slot| &mut slot.buffer);
            let Pushed { used, chunk } = self.chunker.push(&self.fetched, spare);
            drop(self.fetched.split_to(used));
            if let Some(consumed) = &self.object.consumed {
                consumed(used as u64);
            }
            if self.chunker.is_over() {
                return self.end();
            }
            if let Some(chunk) = chunk {
                return self.decode(chunk);
            }
        }
    }

    /// Decodes the rest of the text, which may be more chunks than there are slots.
    fn end(&mut self) -> Result<(), CurateError> {
        self.object.bytes.close();
        while let Some(chunk) = self.chunker.finish(&mut Vec::new()) {
            self.decode(chunk)?;
        }
        self.at_end = true;
        if self.chunker.damage().is_some() {
            // The entry about the damage follows that of the last line, so that entries are in the order of the object.
            while self.busy > 0 {
                self.wait()?;
            }
        }
        if let Some(damage) = self.chunker.damage() {
            self.writer.damaged(damage);
        }
        Ok(())
    }

    /// Has a chunk decoded as soon as there is a slot. A large chunk waits until nothing else is in progress, so that the memory for a long
    /// line in all its forms is needed only once.
    fn decode(&mut self, chunk: Chunk) -> Result<(), CurateError> {
        let alone = chunk.bytes.len() > CHUNK;
        while self.slots.is_empty() || self.alone || alone && self.busy > 0 {
            self.wait()?;
        }
        self.alone = alone;
        let mut slot = self.slots.pop().expect("just waited for one");
        let number = self.sent;
        self.sent += 1;
        self.busy += 1;
        self.pool.run(&self.sender, move || {
            slot.decoder.decode(&chunk, &mut slot.decoded);
            slot.buffer = chunk.bytes;
            slot.buffer.clear();
            slot.buffer.shrink_to(CHUNK);
            Message::Decoded(number, slot)
        });
        Ok(())
    }

    fn lake_error(&self, source: LakeError) -> CurateError {
        let url = self.object.url.clone();
        match source {
            LakeError::Stopped => CurateError::Stopped { url },
            source => CurateError::Lake { url, source: source.into() },
        }
    }
}
