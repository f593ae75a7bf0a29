use object_store::path::Path;
use object_store::{Error, PutResult, Result};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path as FsPath, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Folder in which files are written before they are renamed. It exists only while a process writes.
const STAGING: &str = "_staging";

/// The staging folders of a store, one per process.
#[derive(Debug)]
pub(crate) struct Staging {
    root: PathBuf,
    own: Mutex<Option<(PathBuf, File)>>,
    files: AtomicU64,
}

impl Staging {
    /// Creates the staging of the store rooted at `root`. No folder is created until the first file is.
    pub(crate) fn new(root: PathBuf) -> Self {
        Staging { root, own: Mutex::new(None), files: AtomicU64::new(0) }
    }

    pub(crate) fn root(&self) -> &FsPath {
        &self.root
    }

    /// Creates a file in this process's staging folder.
    pub(crate) fn create(&self) -> io::Result<(File, PathBuf)> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if own.is_none() {
            *own = Some(self.enter()?);
        }
        let folder = &own.as_ref().expect("created above if there was none").0;
        let path = folder.join(number.to_string());
        Ok((File::options().write(true).create_new(true).open(&path)?, path))
    }

    /// Waits for the lock of the store's updates, and returns it. It is released when it is dropped.
    pub(crate) fn lock(&self) -> io::Result<File> {
        // The folder in which staging folders are: it exists while this process has one of its own. `create` is called first.
        let gate = File::open(self.root.join(STAGING))?;
        gate.lock()?;
        Ok(gate)
    }

    /// Removes what dead processes left, and creates a folder that stays locked for as long as this process lives.
    fn enter(&self) -> io::Result<(PathBuf, File)> {
        let staging = self.root.join(STAGING);
        loop {
            fs::create_dir_all(&staging)?;
            let Some(_gate) = self.clear()? else { continue };
            let number = self.files.fetch_add(1, Ordering::Relaxed);
            let own = staging.join(format!("{}.{number}", std::process::id()));
            match fs::create_dir(&own) {
                Ok(()) => {}
                // Either the last process to leave has removed `staging`, or the name is taken by another store of this process or by a
                // process with the same id in another container.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) => {
                    continue;
                }
                Err(error) => return Err(error),
            }
            let lock = File::open(&own)?;
            lock.try_lock().map_err(io::Error::from)?;
            return Ok((own, lock));
        }
    }

    /// Removes what dead processes left, and returns the locked staging folder. No other process enters while the lock is held. Returns
    /// `None` if there is no such folder, or another one has just replaced it.
    fn clear(&self) -> io::Result<Option<File>> {
        let staging = self.root.join(STAGING);
        let Some(gate) = unless_gone(File::open(&staging))? else { return Ok(None) };
        gate.lock()?; // no other process enters, so every folder without a lock belongs to a dead one
        let Some(present) = unless_gone(fs::metadata(&staging))? else { return Ok(None) };
        if present.ino() != gate.metadata()?.ino() {
            return Ok(None);
        }
        let Some(entries) = unless_gone(fs::read_dir(&staging))? else { return Ok(None) };
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            // This program creates only folders here.
            if entry.file_type()?.is_dir() && File::open(&path).is_ok_and(|folder| folder.try_lock().is_ok())
            {
                fs::remove_dir_all(&path)?;
            }
        }
        Ok(Some(gate))
    }
}

/// Returns `None` if the file is missing because another process has just removed it.
fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let own = self.own.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // If this fails, the next process removes what is left.
        if let Some((path, _lock)) = own {
            let _ = fs::remove_dir_all(&path);
        }
        // Done even if this process wrote nothing, because a killed one may have left the folder behind.
        if let Ok(Some(_gate)) = self.clear() {
            let _ = fs::remove_dir(self.root.join(STAGING));
        }
    }
}

/// Moves a staged file to its final name.
pub(crate) fn publish(staged: &FsPath, target: &FsPath, create: bool) -> io::Result<()> {
    let rename = || match create {
        false => fs::rename(staged, target),
        true => fs::hard_link(staged, target).and_then(|()| fs::remove_file(staged)),
    };
    // Creates a missing folder, and creates it again if a deletion has just removed it as empty.
    for _ in 0..ATTEMPTS {
        match rename() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(target.parent().unwrap_or(target))?;
            }
            result => return result,
        }
    }
    rename()
}

/// How many times a file's folder may vanish before the rename fails. That takes other processes that keep deleting files in it.
const ATTEMPTS: usize = 10;

/// Returns whether a path is in the staging folder. Files there are not objects yet.
pub(crate) fn is_staging(path: &Path) -> bool {
    path.parts().next().is_some_and(|first| first.as_ref() == STAGING)
}

pub(crate) fn local_error(path: &FsPath, source: io::Error) -> Error {
    let named = io::Error::new(source.kind(), format!("{}: {source}", path.display()));
    Error::Generic { store: "local", source: named.into() }
}

/// Runs file I/O on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

pub(crate) fn stored() -> PutResult {
    PutResult { e_tag: None, version: None, extensions: Default::default() }
}
