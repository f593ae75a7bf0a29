//! Messages of a partition that will become an object.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::envelope::Envelope;
use crate::object_storage::{ObjectWriter, WholeObject};
use crate::streaming::StreamMessage;

/// An object that still accepts messages. They are compressed into a file immediately; only the encoder's state is in memory.
pub(crate) struct Window {
    gzip: GzEncoder<ObjectWriter>,
    envelope: Envelope,
    opened: i64,
    first: Option<Mark>,
    last: Option<Mark>,
    messages: u64,
    bytes: u64,
}

/// A closed window, ready for the bucket.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) object: WholeObject,
    /// Timestamps of the first and last message, in milliseconds.
    pub(crate) times: (i64, i64),
    /// The offset after the last message.
    pub(crate) next: u64,
    pub(crate) messages: u64,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    offset: u64,
    timestamp: i64,
}

impl Window {
    pub(crate) fn new(object: ObjectWriter, envelope: Envelope, opened: i64) -> Self {
        let gzip = GzEncoder::new(object, Compression::default());
        Self { gzip, envelope, opened, first: None, last: None, messages: 0, bytes: 0 }
    }

    /// Adds a message. After an error the window is unusable.
    pub(crate) fn write(&mut self, message: &StreamMessage) -> io::Result<()> {
        let line = self.envelope.line(message);
        self.gzip.write_all(line)?;
        self.bytes += line.len() as u64;
        self.messages += 1;
        let mark = Mark { offset: message.offset, timestamp: message.timestamp };
        self.first.get_or_insert(mark);
        self.last = Some(mark);
        Ok(())
    }

    /// Closes the object. Returns `None` for a window without messages.
    pub(crate) fn seal(self) -> io::Result<Option<Batch>> {
        let (Some(first), Some(last)) = (self.first, self.last) else { return Ok(None) };
        Ok(Some(Batch {
            object: self.gzip.finish()?.finish(),
            times: (first.timestamp, last.timestamp),
            next: last.offset + 1,
            messages: self.messages,
        }))
    }

    /// Returns when the first message was read, in milliseconds by the service's clock.
    pub(crate) fn opened(&self) -> i64 {
        self.opened
    }

    pub(crate) fn first_offset(&self) -> Option<u64> {
        self.first.map(|first| first.offset)
    }

    pub(crate) fn messages(&self) -> u64 {
        self.messages
    }

    /// Returns the uncompressed size in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the compressed size in bytes, without the few bytes that the encoder still holds.
    pub(crate) fn compressed_bytes(&self) -> u64 {
        self.gzip.get_ref().length()
    }
}
