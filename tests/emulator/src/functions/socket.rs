//! The socket that a function makes, seen from the other side.

use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;

/// The socket's name in its folder, which the agent waits for.
pub(crate) const NAME: &str = "lsnr.sock";

/// Sees what appears in a folder.
///
/// By inotify, as the agent does: a look at the folder from time to time would miss a name that was there for a moment, and
/// would find the socket ready where the agent finds it too early.
#[derive(Debug)]
pub(crate) struct SocketWatch {
    events: OwnedFd,
}

/// Between two looks at the queue of events, in which none is lost. Waiting for the descriptor itself would take an unsafe
/// call of tokio's.
const PAUSE: Duration = Duration::from_millis(1);

/// Room for a dozen of events with names as long as names can be.
const BUFFER: usize = 4096;

impl SocketWatch {
    /// Watches from now on: to be called before the process is started.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        // What is renamed into the folder counts as created in it.
        inotify::add_watch(&events, folder, WatchFlags::CREATE | WatchFlags::MOVED_TO)?;
        Ok(Self { events })
    }

    /// Comes back when the socket's name has appeared.
    pub(crate) async fn created(&self) -> io::Result<()> {
        while !seen(&self.events)? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// Whether the name is among the events that are there.
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

/// Whether what appeared is what the contract asks for: a socket that everybody may use, or a link to one beside it.
///
/// The open-source agent is root and does not look at the mode; Oracle's is somebody else, who could not connect.
pub(crate) fn is_good(folder: &Path) -> bool {
    let path = folder.join(NAME);
    let beside = match fs::read_link(&path) {
        Ok(target) => target.components().count() == 1 && target.is_relative(),
        // No link: bound directly, which works for those who are quick to listen.
        Err(_) => true,
    };
    let open =
        |about: fs::Metadata| about.file_type().is_socket() && about.permissions().mode() & 0o666 == 0o666;
    beside && fs::metadata(&path).is_ok_and(open)
}
