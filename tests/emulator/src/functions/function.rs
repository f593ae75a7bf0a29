//! A function and its idle processes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Duration;

use tokio::time::sleep;

use super::container::Container;
use super::definition::FunctionDefinition;
use super::failure::Failure;
use super::function_log::FunctionLog;
use super::host::Host;
use super::program::Program;
use crate::lock::lock;

/// A deployed function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) id: String,
    pub(crate) application: String,
    pub(crate) application_id: String,
    pub(crate) definition: FunctionDefinition,
    pub(crate) program: Program,
    pub(crate) log: Arc<FunctionLog>,
    host: Arc<Host>,
    /// Idle processes; the most recently used one is last.
    idle: Mutex<Vec<Resting>>,
    rests: AtomicU64,
}

/// An idle process, with a number that identifies this idle period.
#[derive(Debug)]
struct Resting {
    rest: u64,
    container: Container,
}

/// Time from the end of an invocation until the process is frozen (`FN_FREEZE_IDLE_MSECS`).
const FREEZE_AFTER: Duration = Duration::from_millis(50);

/// Time from the end of an invocation until the agent's transport closes the connection (`IdleConnTimeout`).
const DISCONNECT_AFTER: Duration = Duration::from_secs(1);

impl Function {
    pub(crate) fn new(
        (id, application_id): (String, String),
        application: &str,
        definition: FunctionDefinition,
        program: Program,
        log: FunctionLog,
        host: Arc<Host>,
    ) -> Arc<Self> {
        Arc::new(Self {
            id,
            application: application.to_owned(),
            application_id,
            definition,
            program,
            log: Arc::new(log),
            host,
            idle: Mutex::default(),
            rests: AtomicU64::new(0),
        })
    }

    /// Takes the most recently used idle process that is still alive, if there is one.
    pub(crate) fn take(&self) -> Option<Container> {
        let mut idle = self.idle();
        while let Some(mut resting) = idle.pop() {
            if !resting.container.has_exited() {
                return Some(resting.container);
            }
            resting.container.end("it exited between two calls");
        }
        None
    }

    /// Starts another process.
    pub(crate) async fn start(&self) -> Result<Container, Failure> {
        Container::start(&self.program, self.definition.memory, &self.host, &self.log).await
    }

    /// Keeps a process for the next invocation. It is frozen after [`FREEZE_AFTER`], and killed when its idle timeout expires.
    pub(crate) fn rest(self: &Arc<Self>, container: Container) {
        if self.host.guard.has_stopped() {
            return;
        }
        let rest = self.rests.fetch_add(1, Ordering::Relaxed);
        self.idle().push(Resting { rest, container });
        let idle_timeout = Duration::from_secs(self.definition.idle_timeout);
        tokio::spawn(keep(Arc::downgrade(self), rest, idle_timeout));
    }

    /// Returns the number of idle processes.
    pub(crate) fn resting(&self) -> usize {
        self.idle().len()
    }

    /// Ends all idle processes.
    pub(crate) fn clear(&self) {
        self.idle().clear();
    }

    /// Applies `work` to a process during its idle period; returns `None` if that period is over.
    fn during<T>(&self, rest: u64, work: impl FnOnce(&mut Vec<Resting>, usize) -> T) -> Option<T> {
        let mut idle = self.idle();
        let place = idle.iter().position(|resting| resting.rest == rest)?;
        Some(work(&mut idle, place))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Resting>> {
        lock(&self.idle)
    }
}

/// Freezes, disconnects and finally ends an idle process, unless an invocation takes it first.
async fn keep(function: Weak<Function>, rest: u64, idle_timeout: Duration) -> Option<()> {
    sleep(FREEZE_AFTER).await;
    function.upgrade()?.during(rest, |idle, place| idle[place].container.freeze())?;
    sleep(DISCONNECT_AFTER - FREEZE_AFTER).await;
    function.upgrade()?.during(rest, |idle, place| idle[place].container.disconnect())?;
    sleep(idle_timeout.saturating_sub(DISCONNECT_AFTER)).await;
    let resting = function.upgrade()?.during(rest, Vec::remove)?;
    resting.container.end("it was idle for long enough");
    Some(())
}
