//! The log of a partition: a sequence of segments, of which the last one is written to.
//!
//! A batch is written with one call before it is acknowledged. So it survives the death of the process, but not of the machine: nothing
//! is synced to disk. Reading keeps no data in memory. Retention removes whole segments.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::record::{Record, encode, encoded_length};
use super::segment::{Placed, Segment};
use crate::state_folder::StateError;

/// The records of a partition that still exist.
#[derive(Debug)]
pub(crate) struct Log {
    folder: Option<PathBuf>,
    segment_bytes: u64,
    /// The segments that are no longer written to, oldest first.
    sealed: VecDeque<Segment>,
    active: Segment,
    /// Offset and time of the oldest record within retention; `None` without records.
    oldest: Option<(u64, i64)>,
    /// The offset below which records have been removed.
    floor: u64,
    /// The lowest offset that the next record can have.
    next: u64,
    last_time: i64,
}

/// The place where a batch was stored.
#[derive(Debug, PartialEq)]
pub(crate) struct Appended {
    pub(crate) offsets: Vec<u64>,
    pub(crate) timestamp: i64,
}

impl Log {
    /// Opens the log in a folder, or an empty one in memory.
    pub(crate) fn open(folder: Option<&Path>, segment_bytes: u64) -> Result<Self, StateError> {
        let mut bases = Vec::new();
        if let Some(folder) = folder {
            let io = |error| StateError::io(folder, error);
            fs::create_dir_all(folder).map_err(io)?;
            bases = Segment::bases(folder).map_err(io)?;
        }
        let (active, sealed) = match (folder, bases.split_last()) {
            (Some(folder), Some((last, sealed))) => {
                let sealed = sealed.iter().map(|base| Segment::open_sealed(folder, *base));
                (Segment::open_active(folder, *last)?, sealed.collect::<Result<VecDeque<_>, _>>()?)
            }
            _ => {
                let active = Segment::create(folder, 0);
                let active =
                    active.map_err(|error| StateError::io(folder.unwrap_or(Path::new("")), error))?;
                (active, VecDeque::new())
            }
        };
        let segments = || sealed.iter().chain([&active]);
        let oldest = segments().find_map(Segment::first);
        let last_time = segments().map(Segment::last_time).max().unwrap_or_default();
        let next = active.end();
        let floor = bases.first().copied().unwrap_or_default();
        let folder = folder.map(Path::to_owned);
        Ok(Self { folder, segment_bytes, sealed, active, oldest, floor, next, last_time })
    }

    /// Stores messages. `gap` returns the number of offsets to skip before each message.
    pub(crate) fn append<'a>(
        &mut self,
        now: i64,
        messages: impl IntoIterator<Item = (Option<&'a [u8]>, &'a [u8]), IntoIter: Clone>,
        mut gap: impl FnMut() -> u64,
    ) -> Result<Appended, StateError> {
        // Setting the clock back does not reorder messages.
        let timestamp = now.max(self.last_time);
        let messages = messages.into_iter();
        let sizes = messages.clone().map(|(key, value)| encoded_length(key, value));
        let mut batch = Vec::with_capacity(sizes.sum());
        let (mut records, mut next) = (Vec::new(), self.next);
        let folder = self.folder.clone().unwrap_or_default();
        for (key, value) in messages {
            // The end of the log is above every offset, so the highest offset cannot be used.
            let offset = next.checked_add(gap()).filter(|offset| *offset < u64::MAX);
            let offset = offset
                .ok_or_else(|| StateError::io(&folder, io::Error::other("there are no offsets left")))?;
            records.push(Placed { offset, timestamp, start: batch.len() });
            encode(&mut batch, offset, timestamp, key, value);
            next = offset + 1;
        }
        let Some(first) = records.first() else { return Ok(Appended { offsets: Vec::new(), timestamp }) };
        if !self.active.is_empty() && self.active.length() + batch.len() as u64 > self.segment_bytes {
            self.roll()?;
        }
        self.active.append(&batch, &records).map_err(|error| StateError::io(&folder, error))?;
        self.oldest.get_or_insert((first.offset, timestamp));
        (self.next, self.last_time) = (next, timestamp);
        Ok(Appended { offsets: records.iter().map(|record| record.offset).collect(), timestamp })
    }

    /// Removes records older than `cutoff`.
    pub(crate) fn trim(&mut self, cutoff: i64) -> Result<(), StateError> {
        if self.oldest.is_none_or(|(_, timestamp)| timestamp >= cutoff) {
            return Ok(());
        }
        if self.active.last_time() < cutoff && !self.active.is_empty() {
            self.roll()?;
        }
        let folder = self.folder.as_deref().unwrap_or(Path::new(""));
        let io = |error| StateError::io(folder, error);
        while self.sealed.front().is_some_and(|segment| segment.last_time() < cutoff) {
            self.sealed.pop_front().map_or(Ok(()), Segment::delete).map_err(io)?;
        }
        self.oldest = self.at_time(cutoff).map_err(io)?;
        self.floor = self.horizon();
        Ok(())
    }

    /// Returns the offset below which records have been removed.
    pub(crate) fn floor(&self) -> u64 {
        self.floor
    }

    /// Returns the offset of the oldest record, or of the next one if there is none.
    pub(crate) fn horizon(&self) -> u64 {
        self.oldest.map_or(self.next, |(offset, _)| offset)
    }

    /// Returns an offset above that of every record.
    pub(crate) fn end(&self) -> u64 {
        self.next
    }

    /// Returns the number of bytes on disk or in memory.
    pub(crate) fn stored(&self) -> u64 {
        self.segments().map(Segment::length).sum()
    }

    /// Returns the offset of the first record at or after a time, or of the next record if there is none.
    pub(crate) fn offset_at(&self, time: i64) -> io::Result<u64> {
        let oldest = self.oldest.map_or(time, |(_, timestamp)| timestamp);
        Ok(self.at_time(time.max(oldest))?.map_or(self.next, |(offset, _)| offset))
    }

    /// Reads records, starting at an offset: at most `most`, and at least one but otherwise no more than `most_bytes` bytes of keys and
    /// values.
    pub(crate) fn read(&self, from: u64, most: usize, most_bytes: u64) -> io::Result<Vec<Record>> {
        let (mut records, mut bytes) = (Vec::new(), 0);
        let from = from.max(self.horizon());
        if most == 0 {
            return Ok(records);
        }
        let mut full = false;
        for segment in self.segments().filter(|segment| segment.end() > from) {
            segment.read(from, |record| {
                bytes += record.payload();
                if bytes > most_bytes && !records.is_empty() {
                    full = true;
                    return ControlFlow::Break(());
                }
                records.push(record);
                full = records.len() >= most || bytes >= most_bytes;
                if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            if full {
                break;
            }
        }
        Ok(records)
    }

    fn at_time(&self, time: i64) -> io::Result<Option<(u64, i64)>> {
        for segment in self.segments().filter(|segment| !segment.is_empty() && segment.last_time() >= time) {
            if let Some(found) = segment.at_time(time)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.sealed.iter().chain([&self.active])
    }

    /// Starts another segment. Its name preserves the next offset even after all records have been removed.
    fn roll(&mut self) -> Result<(), StateError> {
        let folder = self.folder.as_deref();
        let next = Segment::create(folder, self.next);
        let next = next.map_err(|error| StateError::io(folder.unwrap_or(Path::new("")), error))?;
        let mut full = std::mem::replace(&mut self.active, next);
        let sealed = full.seal();
        self.sealed.push_back(full);
        sealed
    }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
