use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// The socket of a function, created in the way that the agent expects.
///
/// The agent watches the folder, and connects as soon as a file with the listener's name appears. Therefore the socket is created under
/// another name and opened to all users before a link with the right name appears. The link is relative, because the agent sees the folder
/// under another path and rejects any other link.
#[derive(Debug)]
pub(crate) struct Listener {
    socket: UnixListener,
    files: Files,
}

/// The socket's files, which are removed when this is dropped.
#[derive(Debug)]
struct Files {
    link: PathBuf,
    phony: PathBuf,
}

/// Returns the path of the socket itself, or `None` for a path without a file name.
pub(crate) fn phony(listener: &Path) -> Option<PathBuf> {
    let mut name = OsString::from("phony");
    name.push(listener.file_name()?);
    Some(listener.with_file_name(name))
}

/// A step in creating the socket, named in error messages.
pub(crate) type Step = &'static str;

impl Listener {
    /// Creates the socket and its link, and replaces what a killed process left behind.
    pub(crate) fn bind(listener: &Path) -> Result<Self, (Step, io::Error)> {
        let at = |step: Step| move |error: io::Error| (step, error);
        let phony = phony(listener).ok_or_else(|| ("naming", io::ErrorKind::InvalidInput.into()))?;
        let name = phony.file_name().map(PathBuf::from).unwrap_or_default();
        let files = Files { link: listener.to_owned(), phony };
        files.remove();
        let socket = UnixListener::bind(&files.phony).map_err(at("binding"))?;
        // The agent may run as another user, as Oracle's does, and the umask is unknown.
        fs::set_permissions(&files.phony, Permissions::from_mode(0o666))
            .map_err(at("setting its permissions"))?;
        symlink(name, &files.link).map_err(at("linking"))?;
        Ok(Listener { socket, files })
    }

    /// Waits for the next connection.
    pub(crate) async fn accept(&self) -> io::Result<UnixStream> {
        self.socket.accept().await.map(|(stream, _)| stream)
    }

    /// Stops listening and removes the files.
    pub(crate) fn close(self) {
        // The link is removed first, so that no client finds a closed socket.
        drop(self.files);
        drop(self.socket);
    }
}

impl Files {
    fn remove(&self) {
        // A file that is missing need not be removed, and the next step reports one that cannot be.
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
