//! The machine's resources for processes: folders for their sockets, limits, and a guard that ends them.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

use super::guard::Guard;
use super::memory::Memory;
use super::socket::NAME;

/// The machine as the functions use it.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) guard: Guard,
    pub(crate) memory: Arc<Memory>,
    sockets: TempDir,
    started: AtomicU64,
}

/// The folder of a process's socket. Dropping it deletes the folder with its contents.
#[derive(Debug)]
pub(crate) struct SocketFolder {
    path: PathBuf,
}

/// Maximum length of a socket's path in bytes. The kernel's address must also hold the final NUL.
const PATH_CEILING: usize = 107;

/// A number that processes do not reach in practice. The numbers are part of the sockets' paths.
const MANY_PROCESSES: u64 = 999_999;

impl Host {
    /// Checks that the temporary folder's path is short enough for sockets.
    pub(crate) fn check() -> io::Result<()> {
        // The folder of the sockets gets a random name of this length.
        check_length(&socket_folder(&env::temp_dir().join("fn-123456"), MANY_PROCESSES))
    }

    pub(crate) fn open() -> io::Result<Arc<Self>> {
        Self::check()?;
        let sockets = TempDir::with_prefix("fn-")?;
        // As accessible as a container's mount, because a program may run as another user.
        fs::set_permissions(sockets.path(), fs::Permissions::from_mode(0o755))?;
        let memory = Memory::new();
        let guard = Guard::start(sockets.path(), memory.folder())?;
        Ok(Arc::new(Self { guard, memory, sockets, started: AtomicU64::new(0) }))
    }

    /// Returns the number for a new process.
    pub(crate) fn next(&self) -> u64 {
        self.started.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Creates the folder for a process's socket.
    pub(crate) fn folder(&self, number: u64) -> io::Result<SocketFolder> {
        let path = socket_folder(self.sockets.path(), number);
        check_length(&path)?;
        fs::create_dir(&path)?;
        let folder = SocketFolder { path };
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777))?;
        Ok(folder)
    }
}

fn socket_folder(sockets: &Path, number: u64) -> PathBuf {
    sockets.join(format!("iofs{number}"))
}

fn check_length(folder: &Path) -> io::Result<()> {
    let length = folder.join(NAME).as_os_str().len();
    if length <= PATH_CEILING {
        return Ok(());
    }
    let problem = format!(
        "the path of a function's socket would be {length} bytes long, more than {PATH_CEILING}; \
         set TMPDIR to a folder with a path shorter than {}",
        env::temp_dir().display()
    );
    Err(io::Error::new(io::ErrorKind::InvalidFilename, problem))
}

impl SocketFolder {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path.join(NAME)
    }
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        // If a dying process still uses something in it, it is deleted with the parent folder.
        let _ = fs::remove_dir_all(&self.path);
    }
}
