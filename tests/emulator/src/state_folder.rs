//! The folder that outlives the process, or a temporary one.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::functions::DefinitionError;

/// Where the state is.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    /// Removed with everything in it when the emulator goes.
    temporary: Option<TempDir>,
    /// Held as long as the emulator runs: two on one folder would ruin it.
    lock: Option<File>,
}

/// The state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder has files in it, and none of them says that it is the emulator's.
    #[error("{} is not empty and not a state folder of the emulator: it is left alone", .0.display())]
    NotOurs(PathBuf),
    /// Another process has the folder.
    #[error("{} is in use by another emulator", .0.display())]
    InUse(PathBuf),
    /// The index names a file that is missing or has another length.
    #[error("{} is damaged: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A stream that is to exist from the start cannot.
    #[error("the stream {name} cannot be made with {partitions} partitions: {problem}")]
    Stream {
        /// The stream's name.
        name: String,
        /// How many it was to have.
        partitions: u32,
        /// What is against it.
        problem: String,
    },
    /// The functions cannot be deployed.
    #[error(transparent)]
    Functions(#[from] DefinitionError),
}

/// Says whose folder it is.
const MARKER: &str = "emulator.json";
const MARKER_TEXT: &str = "{\"made_by\":\"bronzeworks emulator\",\"layout\":1}\n";

/// The services' own folders.
const SERVICES: [&str; 6] =
    ["api-gateway", "connector-hub", "events", "functions", "object-storage", "streaming"];

/// Text files here are keys, tokens and settings: whatever is larger is none of them.
const TEXT_CEILING: u64 = 1 << 20;

impl StateFolder {
    /// A folder in memory's stead, gone with the process.
    pub(crate) fn temporary() -> Result<Self, StateError> {
        let folder = TempDir::with_prefix("emulator-")
            .map_err(|error| StateError::io(&std::env::temp_dir(), error))?;
        Ok(Self { path: folder.path().to_owned(), temporary: Some(folder), lock: None })
    }

    /// Opens or makes a folder; `fresh` empties it first. One that is not the emulator's is refused.
    pub(crate) fn open(path: &Path, fresh: bool) -> Result<Self, StateError> {
        let io = |error| StateError::io(path, error);
        fs::create_dir_all(path).map_err(io)?;
        let path = path.canonicalize().map_err(io)?;
        let marker = path.join(MARKER);
        match read_text(&marker)? {
            Some(text) if text == MARKER_TEXT => {}
            None if is_new(&path)? => write_text(&marker, MARKER_TEXT)?,
            _ => return Err(StateError::NotOurs(path)),
        }
        let lock = path.join("lock");
        let file = File::create(&lock).map_err(|error| StateError::io(&lock, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::InUse(path)),
            Err(TryLockError::Error(error)) => return Err(StateError::io(&lock, error)),
        }
        if fresh {
            for name in SERVICES.into_iter().chain(["credentials"]) {
                match fs::remove_dir_all(path.join(name)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(StateError::io(&path.join(name), error));
                    }
                    _ => {}
                }
            }
        }
        Ok(Self { path, temporary: None, lock: Some(file) })
    }

    pub(crate) fn credentials(&self) -> Result<PathBuf, StateError> {
        let folder = self.path.join("credentials");
        fs::create_dir_all(folder.join("resource-principal"))
            .map_err(|error| StateError::io(&folder, error))?;
        Ok(folder)
    }

    /// A service's own folder; none when the state is in memory.
    pub(crate) fn service(&self, name: &str) -> Option<PathBuf> {
        self.temporary.is_none().then(|| self.path.join(name))
    }
}

/// A process that is being started has a copy of the lock until it is its own program: closing the file would not open the folder.
impl Drop for StateFolder {
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            // What fails here is gone with the file.
            let _ = lock.unlock();
        }
    }
}

impl StateError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

/// Whether nothing is in a folder, or only what a first start left that came to its end before the marker was whole.
fn is_new(path: &Path) -> Result<bool, StateError> {
    let io = |error| StateError::io(path, error);
    let begun = beside(&path.join(MARKER));
    for entry in fs::read_dir(path).map_err(io)? {
        if entry.map_err(io)?.path() != begun {
            return Ok(false);
        }
    }
    Ok(read_text(&begun)?.is_none_or(|text| MARKER_TEXT.starts_with(&text)))
}

/// Where a file is written before it is whole.
fn beside(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// A small file's text, or `None` when there is none.
pub(crate) fn read_text(path: &Path) -> Result<Option<String>, StateError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| StateError::io(path, error))?,
    };
    let mut text = String::new();
    file.take(TEXT_CEILING).read_to_string(&mut text).map_err(|error| StateError::io(path, error))?;
    Ok(Some(text))
}

/// Writes a file as a whole: a reader sees the old text or the new, never a part.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), StateError> {
    let beside = beside(path);
    // Tools refuse, or complain about, keys that others can read.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside);
    let written =
        file.and_then(|mut file| file.write_all(text.as_bytes())).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // What is left of it on a full disk is of no use, and its own error would say less.
        let _ = fs::remove_file(&beside);
        StateError::io(path, error)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{MARKER_TEXT, StateError, StateFolder, write_text};

    #[test]
    fn a_first_start_that_came_to_its_end_leaves_a_folder_that_can_be_used() {
        for begun in ["", &MARKER_TEXT[..10], MARKER_TEXT] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("emulator.new"), begun).unwrap();
            StateFolder::open(folder.path(), false).unwrap();
            assert!(!folder.path().join("emulator.new").exists());
        }
    }

    #[test]
    fn a_folder_with_files_of_someone_else_is_refused_whatever_their_names() {
        for (name, content) in [("emulator.new", "mine"), ("emulator.json", "{}"), ("file", "")] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), content).unwrap();
            let refused = StateFolder::open(folder.path(), true);
            assert!(matches!(refused, Err(StateError::NotOurs(_))), "{name}: {refused:?}");
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), content);
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("emulator.json");
        // A file is not renamed to a folder, as it is not on a disk that is full.
        fs::create_dir(&path).unwrap();
        let error = write_text(&path, "text").unwrap_err();
        assert!(error.to_string().contains("emulator.json"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_free_when_it_is_left_whoever_has_a_copy_of_its_lock() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path(), false).unwrap();
        let copy = state.lock.as_ref().unwrap().try_clone().unwrap();
        assert!(matches!(StateFolder::open(folder.path(), false), Err(StateError::InUse(_))));
        drop(state);
        StateFolder::open(folder.path(), false).unwrap();
        drop(copy);
    }
}
