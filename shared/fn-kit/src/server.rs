use crate::call::Calls;
use crate::connection;
use crate::contract::Contract;
use crate::handler::Handler;
use crate::listener::{Listener, Step};
use crate::panics;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

/// Serves calls on the socket that the contract specifies, until the process receives a signal to stop.
#[derive(Debug)]
pub struct Server {
    contract: Contract,
    body_limit: u64,
    reserve: Duration,
}

/// Why a server did not start.
///
/// Once a server is running, only a signal ends it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The socket cannot be created, usually because its folder is missing or not writable.
    #[error("cannot create the socket '{}' ({step})", path.display())]
    Socket {
        /// The path from `FN_LISTENER`.
        path: PathBuf,
        /// The step that failed.
        step: Step,
        /// The system's error.
        source: io::Error,
    },
    /// The process cannot wait for signals.
    #[error("cannot wait for signals")]
    Signals {
        /// The system's error.
        source: io::Error,
    },
}

/// Default maximum length of a body. It is above the limits on the way (6 MB in OCI Functions, 10 MiB in `fn invoke`, 20 MB in API Gateway)
/// and below the memory of the smallest function, 128 MB. The open-source server itself has no limit.
pub(crate) const BODY_LIMIT: u64 = 64 << 20;

/// Default time reserved before the deadline: enough to drop a handler and write a few hundred bytes, even on a tenth of a core. The
/// fraction of a second that the agent cuts off its deadline adds to it, but may be zero.
pub(crate) const RESERVE: Duration = Duration::from_millis(200);

/// How long to wait after `accept` has failed. The usual cause is too many open files, some of which will soon be closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long connections may take to close after the last deadline.
const GRACE: Duration = Duration::from_secs(1);

/// Serves calls with a [`Server`] that has the default settings, see [`Server::serve`].
///
/// # Errors
///
/// Fails if the socket cannot be created, or if the process cannot wait for signals.
pub async fn serve(contract: Contract, handler: impl Handler) -> Result<(), ServeError> {
    Server::new(contract).serve(handler).await
}

impl Server {
    /// Creates a server with the default settings: bodies of at most 64 MiB, and 200 ms reserved before the deadline.
    pub fn new(contract: Contract) -> Self {
        Server { contract, body_limit: BODY_LIMIT, reserve: RESERVE }
    }

    /// Sets the maximum length of a body in bytes. Beyond it, reading fails with [`crate::BodyError::TooLarge`].
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets how long before the deadline a handler is dropped and 504 is sent. At most a tenth of a call's time is used for this.
    #[must_use]
    pub fn reserve(mut self, time: Duration) -> Self {
        self.reserve = time;
        self
    }

    /// Serves calls until SIGTERM or SIGINT.
    ///
    /// At the signal, the socket is removed immediately, running calls are finished, at the latest at their deadlines, and the method
    /// returns. A second signal makes it return without waiting. (The open-source agent ends containers with SIGKILL. Signals come from
    /// elsewhere.)
    ///
    /// From this call on, panics of the whole process are logged through `tracing` if a subscriber is installed.
    ///
    /// Needs a Tokio runtime with time and I/O enabled. Fn allows a container 50 threads, so build a runtime with few workers and few
    /// blocking threads.
    ///
    /// # Errors
    ///
    /// Fails if the socket cannot be created, or if the process cannot wait for signals.
    pub async fn serve(self, handler: impl Handler) -> Result<(), ServeError> {
        panics::install();
        let mut signals = Signals::new().map_err(|source| ServeError::Signals { source })?;
        let path = self.contract.listener().to_owned();
        let listener =
            Listener::bind(&path).map_err(|(step, source)| ServeError::Socket { path, step, source })?;
        let calls = Arc::new(Calls::new(self.contract, self.body_limit, self.reserve));
        let handler = Arc::new(handler);
        let (stop, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        tracing::debug!(target: "fn_kit", listener = %calls.contract.listener().display(), "waiting for calls");
        loop {
            tokio::select! {
                // A connection that is already waiting is served, even if a signal arrives at the same time.
                biased;
                accepted = listener.accept() => match accepted {
                    Ok(stream) => {
                        connections.spawn(connection::serve(stream, calls.clone(), handler.clone(), stopped.clone()));
                    }
                    Err(error) => {
                        tracing::error!(target: "fn_kit", %error, "cannot accept a connection; trying again");
                        tokio::select! {
                            () = sleep(ACCEPT_PAUSE) => {}
                            () = signals.next() => break,
                        }
                    }
                },
                () = signals.next() => break,
                Some(_) = connections.join_next() => {}
            }
        }
        tracing::debug!(target: "fn_kit", "stopping after a signal");
        listener.close();
        stop.send_replace(true);
        let ended = async { while connections.join_next().await.is_some() {} };
        let patience = calls.latest().unwrap_or_else(Instant::now).max(Instant::now()) + GRACE;
        tokio::select! {
            _ = timeout_at(patience, ended) => {}
            () = signals.next() => {}
        }
        Ok(())
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
