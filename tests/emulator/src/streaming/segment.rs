//! A section of a partition's log: an append-only file, or memory.
//!
//! Only the marks are held in memory, which tell where records begin at certain distances ([`Extent`]). A full segment is sealed: its
//! marks are written to a file next to it, so that a start reads those instead of the data, and from then on its file is only opened for
//! reading.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::extent::Extent;
use super::record::{Parsed, Record};
use crate::state_folder::{StateError, read_text, write_text};

/// A sequence of records with ascending offsets.
#[derive(Debug)]
pub(crate) struct Segment {
    storage: Storage,
    extent: Extent,
}

#[derive(Debug)]
enum Storage {
    Memory(Vec<u8>),
    File {
        path: PathBuf,
        /// Open while the segment is written to.
        file: Option<File>,
    },
}

/// A record of a batch, and where it begins in the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) offset: u64,
    pub(crate) timestamp: i64,
    pub(crate) start: usize,
}

/// Number of bytes read at once. A longer record is read again as a whole.
const CHUNK: u64 = 256 << 10;

impl Segment {
    /// Creates a segment whose records have offsets from `base` on.
    pub(crate) fn create(folder: Option<&Path>, base: u64) -> io::Result<Self> {
        let storage = match folder {
            None => Storage::Memory(Vec::new()),
            Some(folder) => {
                let path = folder.join(file_name(base));
                let file = OpenOptions::new().create_new(true).read(true).append(true).open(&path)?;
                Storage::File { path, file: Some(file) }
            }
        };
        Ok(Self { storage, extent: Extent { end: base, ..Extent::default() } })
    }

    /// Returns the bases of the segments in a folder, in order.
    pub(crate) fn bases(folder: &Path) -> io::Result<Vec<u64>> {
        let mut bases = Vec::new();
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let base = name.to_str().and_then(|name| name.strip_suffix(".log"));
            let base = base.and_then(|base| base.parse::<u64>().ok());
            bases.extend(base);
        }
        bases.sort_unstable();
        Ok(bases)
    }

    /// Opens a sealed segment: from its index, or by reading the data if the index is missing or does not match.
    pub(crate) fn open_sealed(folder: &Path, base: u64) -> Result<Self, StateError> {
        let path = folder.join(file_name(base));
        let length = fs::metadata(&path).map_err(|error| StateError::io(&path, error))?.len();
        let text = read_text(&path.with_extension("index"))?;
        let extent = text.and_then(|text| serde_json::from_str::<Extent>(&text).ok());
        if let Some(extent) = extent.filter(|extent| extent.length == length) {
            return Ok(Self { storage: Storage::File { path, file: None }, extent });
        }
        let segment =
            Self::scanned(path.clone(), base, length).map_err(|error| StateError::io(&path, error))?;
        if segment.extent.length == length {
            return Ok(segment);
        }
        let problem = format!("no record at byte {} of {length}", segment.extent.length);
        Err(StateError::Damaged { path, problem })
    }

    /// Opens the last segment, which is still written to. A batch that a dying process did not finish is cut off; it was never
    /// acknowledged.
    pub(crate) fn open_active(folder: &Path, base: u64) -> Result<Self, StateError> {
        let path = folder.join(file_name(base));
        let open = || -> io::Result<Self> {
            // The process may have died after sealing the segment and before creating the next one.
            let index = path.with_extension("index");
            if index.exists() {
                fs::remove_file(&index)?;
            }
            let file = OpenOptions::new().read(true).append(true).open(&path)?;
            let mut segment = Self::scanned(path.clone(), base, file.metadata()?.len())?;
            file.set_len(segment.extent.length)?;
            segment.storage = Storage::File { path: path.clone(), file: Some(file) };
            Ok(segment)
        };
        open().map_err(|error| StateError::io(&path, error))
    }

    /// Reads a file up to the first bytes that are not a whole record.
    fn scanned(path: PathBuf, base: u64, length: u64) -> io::Result<Self> {
        let unknown = Extent { length, end: base, ..Extent::default() };
        let segment = Self { storage: Storage::File { path, file: None }, extent: unknown };
        let mut extent = Extent { end: base, ..Extent::default() };
        let walked = segment.walk(0, |record, position, next| {
            extent.add(record.offset, record.timestamp, position);
            extent.length = next;
            ControlFlow::Continue(())
        });
        match walked {
            Err(error) if error.kind() != ErrorKind::InvalidData => Err(error),
            _ => Ok(Self { extent, ..segment }),
        }
    }

    /// Appends whole records. If that fails, the segment is left unchanged.
    pub(crate) fn append(&mut self, batch: &[u8], records: &[Placed]) -> io::Result<()> {
        match &mut self.storage {
            Storage::Memory(bytes) => bytes.extend_from_slice(batch),
            Storage::File { file: Some(file), .. } => {
                if let Err(error) = file.write_all(batch) {
                    file.set_len(self.extent.length)?;
                    return Err(error);
                }
            }
            Storage::File { path, file: None } => {
                return Err(io::Error::other(format!("{} is sealed", path.display())));
            }
        }
        for record in records {
            self.extent.add(record.offset, record.timestamp, self.extent.length + record.start as u64);
        }
        self.extent.length += batch.len() as u64;
        Ok(())
    }

    /// Writes the index and closes the file for writing.
    pub(crate) fn seal(&mut self) -> Result<(), StateError> {
        let Storage::File { path, file } = &mut self.storage else { return Ok(()) };
        let text = serde_json::to_string(&self.extent).expect("a struct of numbers");
        write_text(&path.with_extension("index"), &text)?;
        *file = None;
        Ok(())
    }

    pub(crate) fn delete(self) -> io::Result<()> {
        let Storage::File { path, .. } = self.storage else { return Ok(()) };
        let index = path.with_extension("index");
        if index.exists() {
            fs::remove_file(index)?;
        }
        fs::remove_file(path)
    }

    pub(crate) fn length(&self) -> u64 {
        self.extent.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.extent.length == 0
    }

    /// Returns the offset after the last record.
    pub(crate) fn end(&self) -> u64 {
        self.extent.end
    }

    pub(crate) fn last_time(&self) -> i64 {
        self.extent.last_time
    }

    /// Returns offset and time of the first record.
    pub(crate) fn first(&self) -> Option<(u64, i64)> {
        self.extent.marks.first().map(|mark| (mark.offset, mark.timestamp))
    }

    /// Returns offset and time of the first record at or after a time.
    pub(crate) fn at_time(&self, time: i64) -> io::Result<Option<(u64, i64)>> {
        let later = self.extent.marks.partition_point(|mark| mark.timestamp < time);
        let mut found = None;
        self.walk(self.mark_before(later), |record, _, _| {
            if record.timestamp < time {
                return ControlFlow::Continue(());
            }
            found = Some((record.offset, record.timestamp));
            ControlFlow::Break(())
        })?;
        Ok(found)
    }

    /// Passes records from an offset on to `take`, until `take` breaks.
    pub(crate) fn read(&self, from: u64, mut take: impl FnMut(Record) -> ControlFlow<()>) -> io::Result<()> {
        let later = self.extent.marks.partition_point(|mark| mark.offset <= from);
        self.walk(self.mark_before(later), |record, _, _| {
            if record.offset < from { ControlFlow::Continue(()) } else { take(record) }
        })
    }

    /// Returns the position of the mark before the `later`th one.
    fn mark_before(&self, later: usize) -> u64 {
        later.checked_sub(1).map_or(0, |place| self.extent.marks[place].position)
    }

    /// Visits records with their own position and that of the next record. Fails with `InvalidData` at bytes that are not a record.
    fn walk(&self, from: u64, mut visit: impl FnMut(Record, u64, u64) -> ControlFlow<()>) -> io::Result<()> {
        let opened;
        let file = match &self.storage {
            Storage::Memory(_) => None,
            Storage::File { file: Some(file), .. } => Some(file),
            Storage::File { path, file: None } => {
                opened = File::open(path)?;
                Some(&opened)
            }
        };
        let (mut position, mut needed) = (from, 0);
        while position < self.extent.length {
            let length = (self.extent.length - position).min(CHUNK.max(needed));
            let chunk = self.chunk(file, position, length)?;
            let mut at = 0;
            needed = loop {
                match Record::parse(&chunk, at) {
                    Parsed::Whole(record, next) => {
                        let (begin, end) = (position + at as u64, position + next as u64);
                        if visit(record, begin, end).is_break() {
                            return Ok(());
                        }
                        at = next;
                    }
                    Parsed::Short(needed) => break needed as u64,
                    Parsed::Damaged => return Err(self.damaged(position + at as u64)),
                }
            };
            position += at as u64;
            if position < self.extent.length && position + needed > self.extent.length {
                return Err(self.damaged(position));
            }
        }
        Ok(())
    }

    fn chunk(&self, file: Option<&File>, position: u64, length: u64) -> io::Result<Bytes> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        if let Storage::Memory(bytes) = &self.storage {
            let start = usize::try_from(position).map_err(io::Error::other)?;
            return Ok(Bytes::copy_from_slice(&bytes[start..start + length]));
        }
        let file = file.ok_or_else(|| io::Error::other("a segment without a file"))?;
        let mut chunk = vec![0; length];
        file.read_exact_at(&mut chunk, position)?;
        Ok(chunk.into())
    }

    fn damaged(&self, position: u64) -> io::Error {
        let storage = match &self.storage {
            Storage::Memory(_) => "the segment in memory".to_owned(),
            Storage::File { path, .. } => path.display().to_string(),
        };
        io::Error::new(ErrorKind::InvalidData, format!("{storage}: no record at byte {position}"))
    }
}

fn file_name(base: u64) -> String {
    format!("{base:020}.log")
}
