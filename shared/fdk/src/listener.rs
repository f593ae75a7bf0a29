use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// The socket of a function, in the way in which the agent finds it.
///
/// The agent watches the folder, and takes the file that appears under the listener's name for a socket that can be connected to. So the
/// socket is made under another name, and opened to everybody, before a link with the right name appears. The link has to be relative:
/// the agent sees the folder under another path, and refuses any other.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: UnixListener,
    files: Files,
}

/// Removed when dropped.
#[derive(Debug)]
struct Files {
    link: PathBuf,
    phony: PathBuf,
}

/// Where the socket is while nobody may find it; `None` for a path without a file name.
pub(crate) fn phony(listener: &Path) -> Option<PathBuf> {
    let mut name = OsString::from("phony");
    name.push(listener.file_name()?);
    Some(listener.with_file_name(name))
}

/// Step of making a socket, for messages.
pub(crate) type Step = &'static str;

impl Listener {
    /// Makes the socket and its link, in the place of what a killed process left.
    pub(crate) fn bind(listener: &Path) -> Result<Self, (Step, io::Error)> {
        let at = |step: Step| move |error: io::Error| (step, error);
        let phony = phony(listener).ok_or_else(|| ("naming", io::ErrorKind::InvalidInput.into()))?;
        let name = phony.file_name().map(PathBuf::from).unwrap_or_default();
        let files = Files { link: listener.to_owned(), phony };
        files.remove();
        let socket = UnixListener::bind(&files.phony).map_err(at("binding"))?; // and listening
        // The agent may be another user (Oracle's is), and the process's umask anything.
        fs::set_permissions(&files.phony, Permissions::from_mode(0o666))
            .map_err(at("opening to all users"))?;
        symlink(name, &files.link).map_err(at("linking"))?;
        Ok(Listener { socket, files })
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<UnixStream> {
        self.socket.accept().await.map(|(stream, _)| stream)
    }

    /// Stops listening and removes the files.
    pub(crate) fn close(self) {
        // The link first: nobody shall find a socket that is no more.
        drop(self.files);
        drop(self.socket);
    }
}

impl Files {
    fn remove(&self) {
        // What is not there need not be removed, and what cannot be removed is told by the next step.
        let _ = fs::remove_file(&self.link);
        let _ = fs::remove_file(&self.phony);
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
#[path = "listener_tests.rs"]
mod tests;
