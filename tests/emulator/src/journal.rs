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
    file: File,
    length: u64,
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
        Self::write(&beside, changes)
            .and_then(|journal| fs::rename(&beside, path).map(|()| journal))
            .map_err(|error| StateError::io(&beside, error))
    }

    /// The file's length, which grows with every change.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    fn write(path: &Path, changes: impl Iterator<Item = impl Serialize>) -> io::Result<Self> {
        let mut lines = BufWriter::new(File::create(path)?);
        for change in changes {
            serde_json::to_writer(&mut lines, &change)?;
            lines.write_all(b"\n")?;
        }
        let mut file = lines.into_inner().map_err(|error| error.into_error())?;
        let length = file.stream_position()?;
        Ok(Self { file, length })
    }
}
