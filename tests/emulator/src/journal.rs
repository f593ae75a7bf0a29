//! A service's state on disk: one line of JSON a change, appended before the change is acknowledged.
//!
//! A line is there as a whole or it is not: the last one is dropped at the next start when the process died writing it. That
//! is the whole of crash safety, since the bytes that a line names were written before it. It holds against the death of the
//! process, not of the machine: nothing is synced.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state_folder::StateError;

/// The open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    /// The length when it was written anew.
    compacted: u64,
}

impl Journal {
    /// Adds a change. When the disk is full the journal stays as it was.
    pub(crate) fn append(&mut self, change: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(change)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::End(0))?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }

    /// Applies a journal's changes; a file that is not there has none.
    pub(crate) fn replay<C: DeserializeOwned>(
        path: &Path,
        mut apply: impl FnMut(C),
    ) -> Result<(), StateError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file.map_err(|error| StateError::io(path, error))?,
        };
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            lines.read_until(b'\n', &mut line).map_err(|error| StateError::io(path, error))?;
            if line.pop() != Some(b'\n') {
                // The end, or a line that a dying process did not finish: nobody was told that it was done.
                break;
            }
            let change = serde_json::from_slice(&line).map_err(|error| StateError::Damaged {
                path: path.to_owned(),
                problem: format!("line {number}: {error}"),
            })?;
            apply(change);
        }
        Ok(())
    }

    /// Writes the state as it is now in place of how it came about, and goes on from there.
    pub(crate) fn compact(
        path: &Path,
        changes: impl Iterator<Item = impl Serialize>,
    ) -> Result<Self, StateError> {
        let beside: PathBuf = path.with_extension("new");
        let (file, length) = Self::write(&beside, changes)
            .and_then(|written| fs::rename(&beside, path).map(|()| written))
            .map_err(|error| StateError::io(&beside, error))?;
        Ok(Self { path: path.to_owned(), file, length, compacted: length })
    }

    /// Whether it is longer than `floor`, below which it is not worth it to write it anew, and twice as long as when it was: half of it
    /// is about what has been changed since.
    pub(crate) fn is_long(&self, floor: u64) -> bool {
        self.length > floor.max(self.compacted.saturating_mul(2))
    }

    /// Compacts it. If that fails, as it does on a full disk, the long one goes on until it has doubled once more.
    pub(crate) fn anew(self, changes: impl Iterator<Item = impl Serialize>) -> Self {
        let anew = Self::compact(&self.path, changes);
        anew.unwrap_or(Self { compacted: self.length, ..self })
    }

    fn write(path: &Path, changes: impl Iterator<Item = impl Serialize>) -> io::Result<(File, u64)> {
        let mut lines = BufWriter::new(File::create(path)?);
        for change in changes {
            serde_json::to_writer(&mut lines, &change)?;
            lines.write_all(b"\n")?;
        }
        let mut file = lines.into_inner().map_err(|error| error.into_error())?;
        let length = file.stream_position()?;
        Ok((file, length))
    }
}
