//! The agent's view of the socket that a function creates.

use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;

/// The name of the socket, for which the agent waits.
pub(crate) const NAME: &str = "lsnr.sock";

/// Watches for the socket in its folder.
///
/// It uses inotify, like the agent. Polling the folder would miss a name that exists only for a moment, and would find the socket ready
/// in cases where the agent finds it too early.
#[derive(Debug)]
pub(crate) struct SocketWatch {
    events: OwnedFd,
}

/// How often the event queue is read, which loses nothing in between. Waiting for the descriptor would need an unsafe call of Tokio's.
const PAUSE: Duration = Duration::from_millis(1);

/// Size of the buffer in bytes, enough for a dozen events with names of the maximum length.
const BUFFER: usize = 4096;

impl SocketWatch {
    /// Starts watching. Call this before starting the process.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        // A file that is renamed into the folder counts as created.
        inotify::add_watch(&events, folder, WatchFlags::CREATE | WatchFlags::MOVED_TO)?;
        Ok(Self { events })
    }

    /// Waits until the socket's name has appeared.
    pub(crate) async fn created(&self) -> io::Result<()> {
        while !seen(&self.events)? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// Returns whether the name is among the pending events.
fn seen(events: &OwnedFd) -> io::Result<bool> {
    let mut buffer = [MaybeUninit::uninit(); BUFFER];
    let mut reader = inotify::Reader::new(events, &mut buffer);
    loop {
        match reader.next() {
            Ok(event) if event.file_name().is_some_and(|name| name.to_bytes() == NAME.as_bytes()) => {
                return Ok(true);
            }
            Ok(_) => {}
            Err(Errno::AGAIN) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Returns whether the socket meets the contract: a socket that everyone may use, or a link to one in the same folder.
///
/// The open-source agent runs as root and ignores the mode. Oracle's agent runs as another user, who could not connect.
pub(crate) fn is_good(folder: &Path) -> bool {
    let path = folder.join(NAME);
    let beside = match fs::read_link(&path) {
        Ok(target) => target.components().count() == 1 && target.is_relative(),
        // Not a link: the function bound the socket directly, which works if it starts to listen quickly.
        Err(_) => true,
    };
    let open =
        |about: fs::Metadata| about.file_type().is_socket() && about.permissions().mode() & 0o666 == 0o666;
    beside && fs::metadata(&path).is_ok_and(open)
}
