//! Stored bytes, in memory or in one file per blob.
//!
//! A blob is written under a new name and becomes part of the state only when the journal names it. So an incomplete blob is never an
//! object: the next start deletes the files that the journal does not name.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

use crate::random;

/// The store of all blobs.
#[derive(Debug)]
pub(crate) struct Blobs {
    /// `None` keeps the blobs in memory.
    folder: Option<PathBuf>,
    /// Set before the index is dropped, so that the files of its blobs remain.
    closed: AtomicBool,
}

/// Bytes that no longer change. The file is deleted with the last reference, so an object that is overwritten during a read can be read
/// to its end.
#[derive(Debug)]
pub(crate) struct Blob {
    id: String,
    length: u64,
    storage: BlobStorage,
}

#[derive(Debug)]
enum BlobStorage {
    Memory(Vec<Bytes>),
    File(Arc<Blobs>),
}

/// Writes a blob. Dropping it unfinished leaves nothing behind.
#[derive(Debug)]
pub(crate) struct BlobWriter {
    id: String,
    length: u64,
    target: Target,
}

#[derive(Debug)]
enum Target {
    Memory { full: Vec<Bytes>, open: BytesMut, expected: u64 },
    File { file: File, blobs: Arc<Blobs>, finished: bool },
}

/// Size in bytes of the pieces in which memory is allocated and files are read: large enough for few calls, small enough for short waits.
const PIECE: usize = 1 << 20;

/// How many pieces the reader of a file may be ahead of the network.
const READ_AHEAD: usize = 2;

impl Blobs {
    pub(crate) fn new(folder: Option<PathBuf>) -> io::Result<Arc<Self>> {
        if let Some(folder) = &folder {
            fs::create_dir_all(folder)?;
        }
        Ok(Arc::new(Self { folder, closed: AtomicBool::new(false) }))
    }

    /// Starts a blob with an expected length, which the blob may exceed.
    pub(crate) fn writer(self: &Arc<Self>, expected: u64) -> io::Result<BlobWriter> {
        let id = random::uuid();
        let target = match self.path(&id) {
            None => Target::Memory { full: Vec::new(), open: BytesMut::new(), expected },
            Some(path) => {
                let file = File::create_new(path)?;
                Target::File { file, blobs: Arc::clone(self), finished: false }
            }
        };
        Ok(BlobWriter { id, length: 0, target })
    }

    /// Opens a blob that the journal names.
    pub(crate) fn known(self: &Arc<Self>, id: &str, length: u64) -> io::Result<Arc<Blob>> {
        let found = match self.path(id) {
            Some(path) => fs::metadata(path)?.len(),
            None => return Err(io::ErrorKind::NotFound.into()),
        };
        if found != length {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{found} bytes instead of {length}"),
            ));
        }
        Ok(Arc::new(Blob { id: id.to_owned(), length, storage: BlobStorage::File(Arc::clone(self)) }))
    }

    /// Deletes every file that the state does not name.
    pub(crate) fn sweep(&self, named: impl Fn(&str) -> bool) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(&named) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Makes dropping a blob keep its file from now on.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    fn path(&self, id: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(id))
    }

    /// Deletes a blob's file. If that fails, the next start deletes it.
    fn forget(&self, id: &str) {
        if let (Some(path), false) = (self.path(id), self.closed.load(Ordering::Acquire)) {
            let _ = fs::remove_file(path);
        }
    }
}

impl BlobWriter {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.target {
            Target::Memory { full, open, expected } => {
                let mut rest = bytes;
                while !rest.is_empty() {
                    if open.len() == open.capacity() {
                        full.push(std::mem::take(open).freeze());
                        let written = self.length + (bytes.len() - rest.len()) as u64;
                        // Beyond the expected length, it is unknown how much is left.
                        let left = expected.checked_sub(written).filter(|left| *left > 0);
                        let left = left.and_then(|left| usize::try_from(left).ok());
                        *open = BytesMut::with_capacity(left.unwrap_or(PIECE).min(PIECE));
                    }
                    let (now, later) = rest.split_at(rest.len().min(open.capacity() - open.len()));
                    open.extend_from_slice(now);
                    rest = later;
                }
            }
            Target::File { file, .. } => file.write_all(bytes)?,
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Arc<Blob> {
        let storage = match &mut self.target {
            Target::Memory { full, open, .. } => {
                full.push(std::mem::take(open).freeze());
                BlobStorage::Memory(std::mem::take(full))
            }
            Target::File { blobs, finished, .. } => {
                *finished = true;
                BlobStorage::File(Arc::clone(blobs))
            }
        };
        Arc::new(Blob { id: std::mem::take(&mut self.id), length: self.length, storage })
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if let Target::File { blobs, finished: false, .. } = &self.target {
            blobs.forget(&self.id);
        }
    }
}

impl Blob {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Adds `length` bytes from `start` to `pieces` without copying them. Returns false if they are not in memory.
    pub(crate) fn pieces(&self, start: u64, length: u64, pieces: &mut VecDeque<Bytes>) -> bool {
        let BlobStorage::Memory(held) = &self.storage else { return false };
        let (mut skip, mut left) = (start, length);
        for piece in held {
            let size = piece.len() as u64;
            if skip < size && left > 0 {
                let end = size.min(skip + left);
                // Both fit into a usize, since they lie within the piece.
                pieces.push_back(piece.slice(skip as usize..end as usize));
                left -= end - skip;
                skip = 0;
            } else {
                skip = skip.saturating_sub(size);
            }
        }
        true
    }

    /// Reads `length` bytes from `start` of the blob's file and sends them. Returns false if the receiver is gone.
    fn send(&self, start: u64, length: u64, pieces: &mpsc::Sender<io::Result<Bytes>>) -> bool {
        let BlobStorage::File(blobs) = &self.storage else { return false };
        let opened = blobs.path(&self.id).ok_or_else(|| io::ErrorKind::NotFound.into()).and_then(File::open);
        let file = match opened {
            Ok(file) => file,
            Err(error) => return pieces.blocking_send(Err(error)).is_ok(),
        };
        let (mut position, end) = (start, start + length);
        while position < end {
            let size = usize::try_from(end - position).unwrap_or(PIECE).min(PIECE);
            let mut piece = vec![0; size];
            let read = file.read_exact_at(&mut piece, position);
            position += size as u64;
            if pieces.blocking_send(read.map(|()| piece.into())).is_err() {
                return false;
            }
        }
        true
    }
}

impl Drop for Blob {
    fn drop(&mut self) {
        if let BlobStorage::File(blobs) = &self.storage {
            blobs.forget(&self.id);
        }
    }
}

/// Reads runs of bytes from the files of blobs, on another thread. A run is a blob, its start and its length.
pub(crate) fn read_files(runs: Vec<(Arc<Blob>, u64, u64)>) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, pieces) = mpsc::channel(READ_AHEAD);
    tokio::task::spawn_blocking(move || {
        runs.iter().all(|(blob, start, length)| blob.send(*start, *length, &sender))
    });
    pieces
}
