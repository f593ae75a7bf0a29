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

/// Serves calls on the socket that the contract names, until the process is told to end.
#[derive(Debug)]
pub struct Server {
    contract: Contract,
    body_limit: u64,
    reserve: Duration,
}

/// Why a server could not begin.
///
/// Once it serves, nothing ends it but a signal.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The socket could not be made: mostly a folder that is missing or not writable.
    #[error("{step} the socket of '{}' failed", path.display())]
    Socket {
        /// `FN_LISTENER`'s path.
        path: PathBuf,
        /// What was being done.
        step: Step,
        /// What the system said.
        source: io::Error,
    },
    /// The process cannot be told of signals.
    #[error("signals cannot be waited for")]
    Signals {
        /// What the system said.
        source: io::Error,
    },
}

/// Above all that is let through on the way (6 MB by OCI Functions, 10 MiB by `fn invoke`, 20 MB by API Gateway) and below the memory of the
/// smallest function, 128 MB. The open-source server itself has no limit.
pub(crate) const BODY_LIMIT: u64 = 64 << 20;

/// Enough to drop a handler and write a few hundred bytes, also where a tenth of a core is all there is. What the agent cuts off the
/// deadline's fraction of a second comes on top, but may be nothing.
pub(crate) const RESERVE: Duration = Duration::from_millis(200);

/// How long to wait after `accept` failed, mostly because there are too many open files: until some may have been closed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long connections may take to end after the last deadline.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// [`Server::serve`] with the defaults.
///
/// # Errors
///
/// Where the socket cannot be made.
pub async fn serve(contract: Contract, handler: impl Handler) -> Result<(), ServeError> {
    Server::new(contract).serve(handler).await
}

impl Server {
    /// A server with the defaults: bodies of at most 64 MiB, 200 ms kept back of the deadline.
    pub fn new(contract: Contract) -> Self {
        Server { contract, body_limit: BODY_LIMIT, reserve: RESERVE }
    }

    /// The most bytes a body may have; beyond it reading fails with [`crate::BodyError::TooLarge`].
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How long before the deadline a handler is dropped and 504 answered; never more than a tenth of a call's time is taken.
    #[must_use]
    pub fn reserve(mut self, time: Duration) -> Self {
        self.reserve = time;
        self
    }

    /// Serves until SIGTERM or SIGINT.
    ///
    /// Then the socket is removed at once, calls under way are finished, at longest until their deadlines, and this returns. A second
    /// signal ends it without waiting. (The open-source agent ends containers by SIGKILL; signals come from other places.)
    ///
    /// Has panics of the whole process told through `tracing` from here on, where a subscriber is installed.
    ///
    /// Wants a tokio runtime with time and I/O. Fn allows a container 50 threads, so build one with few workers and few blocking threads.
    ///
    /// # Errors
    ///
    /// Where the socket cannot be made.
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
        tracing::debug!(target: "fdk", listener = %calls.contract.listener().display(), "waiting for calls");
        loop {
            tokio::select! {
                // A connection that is there is served, also when the signal came with it.
                biased;
                accepted = listener.accept() => match accepted {
                    Ok(stream) => {
                        connections.spawn(connection::serve(stream, calls.clone(), handler.clone(), stopped.clone()));
                    }
                    Err(error) => {
                        tracing::error!(target: "fdk", %error, "no connection could be accepted; trying again");
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
        tracing::debug!(target: "fdk", "told to end");
        listener.close();
        stop.send_replace(true);
        let ended = async { while connections.join_next().await.is_some() {} };
        let patience = calls.latest().unwrap_or_else(Instant::now).max(Instant::now()) + LAST_WORDS;
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
