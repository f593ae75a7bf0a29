//! The folder that keeps the state, or a temporary folder for the credentials.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::functions::DefinitionError;

/// The folder of the state.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    /// Set if the folder is temporary: it is deleted with its contents when the emulator is dropped.
    temporary: Option<TempDir>,
    /// Held while the emulator runs, because two emulators would destroy each other's state.
    lock: Option<File>,
}

/// The reason why the state folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or folder cannot be read or written.
    #[error("cannot use {}: {error}", path.display())]
    Io {
        /// Path of the file or folder.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The folder contains files, but none of them marks it as a state folder.
    #[error("{} is neither empty nor a state folder of the local cloud; it was left unchanged", .0.display())]
    NotOurs(PathBuf),
    /// The folder holds a state that another version of the local cloud has written.
    #[error(
        "{} holds a state of layout {found}, but this version knows only layout {}; it was left unchanged",
        path.display(), layout(MARKER_TEXT).unwrap_or_default()
    )]
    Layout {
        /// Path of the folder.
        path: PathBuf,
        /// The layout of its state.
        found: u64,
    },
    /// Another emulator uses the folder.
    #[error("{} is in use by another local cloud", .0.display())]
    InUse(PathBuf),
    /// The state refers to a file that is missing or has another length, or a file is invalid.
    #[error("{} is damaged: {problem}", path.display())]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// The error in the file.
        problem: String,
    },
    /// An initial stream cannot be created.
    #[error("cannot create the stream {name} with {partitions} partitions: {problem}")]
    Stream {
        /// The stream's name.
        name: String,
        /// The number of partitions that it was to have.
        partitions: u32,
        /// The reason why it cannot be created.
        problem: String,
    },
    /// The functions cannot be deployed.
    #[error(transparent)]
    Functions(#[from] DefinitionError),
}

/// The file that marks a folder as a state folder.
const MARKER: &str = "emulator.json";
const MAKER: &str = "bronzeworks emulator";
const MARKER_TEXT: &str = "{\"made_by\":\"bronzeworks emulator\",\"layout\":1}\n";

/// The subfolders of the services.
const SERVICES: [&str; 6] =
    ["api-gateway", "connector-hub", "events", "functions", "object-storage", "streaming"];

/// Maximum size in bytes of a text file, such as a key, a token or the settings. All of them are smaller.
const TEXT_CEILING: u64 = 1 << 20;

impl StateFolder {
    /// Creates a temporary folder, which is deleted when the emulator is dropped.
    pub(crate) fn temporary() -> Result<Self, StateError> {
        let folder = TempDir::with_prefix("emulator-")
            .map_err(|error| StateError::io(&std::env::temp_dir(), error))?;
        Ok(Self { path: folder.path().to_owned(), temporary: Some(folder), lock: None })
    }

    /// Returns whether a folder holds a state, and changes nothing. A missing or empty folder holds none. A folder with other content is
    /// rejected.
    pub(crate) fn holds_state(path: &Path) -> Result<bool, StateError> {
        match read_text(&path.join(MARKER))? {
            Some(text) if text == MARKER_TEXT => Ok(true),
            None if is_new(path)? => Ok(false),
            text => Err(match text.as_deref().and_then(layout) {
                Some(found) => StateError::Layout { path: path.to_owned(), found },
                None => StateError::NotOurs(path.to_owned()),
            }),
        }
    }

    /// Opens or creates a state folder; `fresh` empties it first. A folder with other content is rejected.
    pub(crate) fn open(path: &Path, fresh: bool) -> Result<Self, StateError> {
        let io = |error| StateError::io(path, error);
        let holds_state = Self::holds_state(path)?;
        fs::create_dir_all(path).map_err(io)?;
        let path = path.canonicalize().map_err(io)?;
        if !holds_state {
            write_text(&path.join(MARKER), MARKER_TEXT)?;
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

    /// Returns the folder of a service; `None` if the state is in memory.
    pub(crate) fn service(&self, name: &str) -> Option<PathBuf> {
        self.temporary.is_none().then(|| self.path.join(name))
    }
}

/// Releases the lock explicitly. A process that is being started holds a copy of the lock until it runs its own program, so closing the
/// file would not release the lock.
impl Drop for StateFolder {
    fn drop(&mut self) {
        if let Some(lock) = &self.lock {
            // If this fails, closing the file is the fallback.
            let _ = lock.unlock();
        }
    }
}

impl StateError {
    pub(crate) fn io(path: &Path, error: io::Error) -> Self {
        Self::Io { path: path.to_owned(), error }
    }
}

/// Returns the layout in a marker; `None` if the text is not a marker.
fn layout(text: &str) -> Option<u64> {
    let marker: serde_json::Value = serde_json::from_str(text).ok()?;
    marker["layout"].as_u64().filter(|_| marker["made_by"] == MAKER)
}

/// Returns whether a folder is missing, is empty, or contains only what is left of a first start that ended before the marker was complete.
fn is_new(path: &Path) -> Result<bool, StateError> {
    let io = |error| StateError::io(path, error);
    let begun = beside(&path.join(MARKER));
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        entries => entries.map_err(io)?,
    };
    for entry in entries {
        if entry.map_err(io)?.path() != begun {
            return Ok(false);
        }
    }
    Ok(read_text(&begun)?.is_none_or(|text| MARKER_TEXT.starts_with(&text)))
}

/// Returns the name under which a file is written until it is complete.
fn beside(path: &Path) -> PathBuf {
    path.with_extension("new")
}

/// Reads a small text file; returns `None` if it does not exist.
pub(crate) fn read_text(path: &Path) -> Result<Option<String>, StateError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|error| StateError::io(path, error))?,
    };
    let mut text = String::new();
    file.take(TEXT_CEILING).read_to_string(&mut text).map_err(|error| StateError::io(path, error))?;
    Ok(Some(text))
}

/// Writes a file atomically: a reader sees either the old text or the new one, never a part.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), StateError> {
    let beside = beside(path);
    // Tools reject keys that others can read, or warn about them.
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside);
    let written =
        file.and_then(|mut file| file.write_all(text.as_bytes())).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // On a full disk, the partial file is useless. An error from removing it would hide the original one.
        let _ = fs::remove_file(&beside);
        StateError::io(path, error)
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{MARKER_TEXT, StateError, StateFolder, write_text};

    #[test]
    fn an_interrupted_first_start_leaves_a_usable_folder() {
        for begun in ["", &MARKER_TEXT[..10], MARKER_TEXT] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("emulator.new"), begun).unwrap();
            StateFolder::open(folder.path(), false).unwrap();
            assert!(!folder.path().join("emulator.new").exists());
        }
    }

    #[test]
    fn a_folder_with_other_files_is_rejected_whatever_their_names() {
        for (name, content) in [("emulator.new", "mine"), ("emulator.json", "{}"), ("file", "")] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), content).unwrap();
            let refused = StateFolder::open(folder.path(), true);
            assert!(matches!(refused, Err(StateError::NotOurs(_))), "{name}: {refused:?}");
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), content);
        }
    }

    #[test]
    fn a_state_of_another_layout_is_rejected_by_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let marker = folder.path().join("emulator.json");
        let later = MARKER_TEXT.replace("\"layout\":1", "\"layout\":7");
        fs::write(&marker, &later).unwrap();
        let refused = StateFolder::open(folder.path(), true).unwrap_err();
        assert!(matches!(refused, StateError::Layout { found: 7, .. }), "{refused:?}");
        assert!(refused.to_string().contains("layout 7, but this version knows only layout 1"), "{refused}");
        assert_eq!(fs::read_to_string(&marker).unwrap(), later);
    }

    #[test]
    fn looking_for_a_state_creates_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert!(!StateFolder::holds_state(&path).unwrap());
        assert!(!path.exists());
        drop(StateFolder::open(&path, false).unwrap());
        assert!(StateFolder::holds_state(&path).unwrap());
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("emulator.json");
        // A file cannot be renamed to a folder, so this fails like a write to a full disk.
        fs::create_dir(&path).unwrap();
        let error = write_text(&path, "text").unwrap_err();
        assert!(error.to_string().contains("emulator.json"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_free_after_a_stop_even_if_a_copy_of_its_lock_exists() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path(), false).unwrap();
        let copy = state.lock.as_ref().unwrap().try_clone().unwrap();
        assert!(matches!(StateFolder::open(folder.path(), false), Err(StateError::InUse(_))));
        drop(state);
        StateFolder::open(folder.path(), false).unwrap();
        drop(copy);
    }
}
