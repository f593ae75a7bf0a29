//! The state of a service on disk: one line of JSON per change, appended before the change is acknowledged.
//!
//! If the process dies while it writes a line, the next start drops that line. That is enough for crash safety, because the bytes that a
//! line refers to are written before it. It covers the death of the process, but not of the machine: nothing is synced to disk.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state_folder::StateError;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
    length: u64,
    /// The length after the last compaction, or when the last one failed.
    compacted: u64,
}

impl Journal {
    /// Appends a change. If writing fails, for example on a full disk, the journal is left unchanged.
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

    /// Applies the changes in a journal; a missing file contains none.
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
                // The end of the file, or a line that a dying process did not finish and whose change was therefore never acknowledged.
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

    /// Replaces the journal with the changes that produce the current state, and opens it.
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

    /// Returns whether compaction pays: the journal is longer than `floor`, and has doubled since the last compaction.
    pub(crate) fn is_long(&self, floor: u64) -> bool {
        self.length > floor.max(self.compacted.saturating_mul(2))
    }

    /// Compacts the journal. If that fails, for example on a full disk, the long journal remains in use until it has doubled again.
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
