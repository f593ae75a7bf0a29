//! A process of a function, which is treated as the agent treats a container.

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process_group, prlimit};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout_at};

use super::connection::{Connection, Reply};
use super::environment;
use super::failure::Failure;
use super::function_log::{FunctionLog, Stream};
use super::host::{Host, SocketFolder};
use super::lines;
use super::memory::Limit;
use super::program::Program;
use super::socket::{self, SocketWatch};

/// A process that has created its socket. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Container {
    number: u64,
    host: Arc<Host>,
    child: Child,
    /// The process's own group, so that its children end with it.
    group: Pid,
    limit: Option<Limit>,
    folder: SocketFolder,
    connection: Option<Connection>,
    frozen: bool,
    log: Arc<FunctionLog>,
}

/// The result of an invocation, and whether the process can serve another.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) response: Result<Reply, Failure>,
    pub(crate) kept: bool,
}

/// A scheduled kill. Dropping it cancels it.
#[derive(Debug)]
pub(crate) struct Doom(JoinHandle<()>);

/// Maximum time from the start to the creation of the socket (`FN_HOT_START_TIMEOUT_MSECS`).
const INIT_TIMEOUT: Duration = Duration::from_secs(5);

/// The agent's limit on open files.
const OPEN_FILES: u64 = 350;

impl Container {
    /// Starts a process and waits for its socket.
    pub(crate) async fn start(
        program: &Program,
        memory: u64,
        host: &Arc<Host>,
        log: &Arc<FunctionLog>,
    ) -> Result<Self, Failure> {
        let number = host.next();
        let say = |text: String| log.add(number, Stream::Agent, text.as_bytes());
        let failed = |error: io::Error| {
            say(format!("cannot start {}: {error}", program.path.display()));
            refusal(&error)
        };
        if !program.is_there() {
            say(format!("{} does not exist", program.path.display()));
            return Err(Failure::ImageNotAvailable);
        }
        let folder = host.folder(number).map_err(failed)?;
        // The watch starts before the process, which may create its socket quickly.
        let watch = SocketWatch::new(folder.path()).map_err(failed)?;
        let mut container = Self::spawn(program, number, folder, host, log).map_err(failed)?;
        match host.memory.limit(container.group, memory) {
            Ok(limit) => container.limit = Some(limit),
            // The process has already ended, so there is nothing to limit. Its exit is reported below.
            Err(_) if container.has_exited() => {}
            Err(error) => return Err(failed(error)),
        }
        let failure = tokio::select! {
            biased;
            created = watch.created() => match created {
                Ok(()) if socket::is_good(container.folder.path()) => return Ok(container),
                Ok(()) => {
                    say(format!(
                        "{} is neither a socket that all users may connect to nor a relative link to one in the same folder",
                        socket::NAME
                    ));
                    Failure::InitFailed
                }
                Err(error) => return Err(failed(error)),
            },
            _ = container.child.wait() => Failure::InitFailed,
            () = sleep(INIT_TIMEOUT) => Failure::InitTimedOut,
        };
        container.end(&failure.to_string());
        Err(failure)
    }

    fn spawn(
        program: &Program,
        number: u64,
        folder: SocketFolder,
        host: &Arc<Host>,
        log: &Arc<FunctionLog>,
    ) -> io::Result<Self> {
        let mut child = Command::new(&program.path)
            .args(&program.arguments)
            .env_clear()
            .envs(&program.environment)
            .env("FN_LISTENER", environment::listener(&folder.socket()))
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let raw = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let group = raw.ok_or(io::ErrorKind::NotFound)?;
        host.guard.add(group)?;
        let most = Rlimit { current: Some(OPEN_FILES), maximum: Some(OPEN_FILES) };
        // If the process has already ended, that is detected later.
        let _ = prlimit(Some(group), Resource::Nofile, most);
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(lines::collect(stdout, Stream::Stdout, number, Arc::clone(log)));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(lines::collect(stderr, Stream::Stderr, number, Arc::clone(log)));
        }
        Ok(Self {
            number,
            host: Arc::clone(host),
            child,
            group,
            limit: None,
            folder,
            connection: None,
            frozen: false,
            log: Arc::clone(log),
        })
    }

    /// Kills the process after this time, unless the returned value is dropped first.
    pub(crate) fn doom(&self, after: Duration) -> Doom {
        let (host, group) = (Arc::clone(&self.host), self.group);
        Doom(tokio::spawn(async move {
            sleep(after).await;
            host.guard.kill(group);
        }))
    }

    /// Returns whether the process has ended, which can happen to an idle process at any time.
    pub(crate) fn has_exited(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Serves one invocation, and maps the response as the agent does.
    pub(crate) async fn call(&mut self, headers: HeaderMap, body: Bytes, deadline: Instant) -> Verdict {
        self.thaw();
        let verdict = match timeout_at(deadline, self.exchange(headers, body)).await {
            Ok(Ok(reply)) => match reply.status {
                StatusCode::OK => return Verdict { response: Ok(reply), kept: true },
                StatusCode::BAD_GATEWAY => Verdict { response: Err(Failure::FunctionFailed), kept: true },
                StatusCode::GATEWAY_TIMEOUT => Verdict { response: Err(Failure::TimedOut), kept: true },
                _ => Verdict { response: Err(Failure::InvalidResponse), kept: false },
            },
            Ok(Err(failure @ (Failure::ShortBody | Failure::BodyTooLarge))) => {
                Verdict { response: Err(failure), kept: true }
            }
            Ok(Err(failure)) => Verdict { response: Err(failure), kept: false },
            Err(_) => Verdict { response: Err(Failure::TimedOut), kept: false },
        };
        // Part of the body may be unread.
        self.disconnect();
        verdict
    }

    async fn exchange(&mut self, headers: HeaderMap, body: Bytes) -> Result<Reply, Failure> {
        // The function may have closed the connection in the meantime. That is not an error; a new one is opened.
        let mut usable = self.connection.take();
        if let Some(connection) = &mut usable
            && !connection.is_usable().await
        {
            usable = None;
        }
        let connection = match usable {
            Some(connection) => connection,
            None => Connection::open(&self.folder.socket()).await.map_err(|_| Failure::Broken)?,
        };
        self.connection.insert(connection).exchange(headers, body).await
    }

    /// Closes the connection; the next invocation opens a new one.
    pub(crate) fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Pauses the process. If its group is gone, the next invocation notices.
    pub(crate) fn freeze(&mut self) {
        let _ = kill_process_group(self.group, Signal::STOP);
        self.frozen = true;
    }

    fn thaw(&mut self) {
        if std::mem::take(&mut self.frozen) {
            let _ = kill_process_group(self.group, Signal::CONT);
        }
    }

    /// Kills the process immediately, and logs the reason and the exit status.
    pub(crate) fn end(mut self, reason: &str) {
        self.host.guard.kill(self.group);
        let reason = reason.to_owned();
        tokio::spawn(async move {
            let status = self.child.wait().await;
            let over = self.limit.as_ref().is_some_and(Limit::exceeded);
            let ended = status.map_or_else(|error| error.to_string(), |status| status.to_string());
            let over = if over { ", over its memory limit" } else { "" };
            self.log.add(self.number, Stream::Agent, format!("ended: {reason} ({ended}{over})").as_bytes());
        });
    }
}

impl Drop for Doom {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.host.guard.kill(self.group);
    }
}

/// Classifies a failed start: a machine without free resources is busy; otherwise the program cannot be executed.
fn refusal(error: &io::Error) -> Failure {
    use rustix::io::Errno;
    let busy = [Errno::AGAIN, Errno::NOMEM, Errno::MFILE, Errno::NFILE, Errno::NOSPC];
    if busy.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error())) {
        Failure::Busy
    } else {
        Failure::InitFailed
    }
}
