//! A function and its processes that wait for a call.

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

/// A function that can be called.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) id: String,
    pub(crate) application: String,
    pub(crate) application_id: String,
    pub(crate) definition: FunctionDefinition,
    pub(crate) program: Program,
    pub(crate) log: Arc<FunctionLog>,
    host: Arc<Host>,
    /// Processes without a call, the one that worked last at the end.
    idle: Mutex<Vec<Resting>>,
    rests: AtomicU64,
}

/// A process and which of its function's rests this is.
#[derive(Debug)]
struct Resting {
    rest: u64,
    container: Container,
}

/// From a call's end to the freezer (`FN_FREEZE_IDLE_MSECS`).
const FREEZE_AFTER: Duration = Duration::from_millis(50);

/// From a call's end to the connection's, by the agent's transport (`IdleConnTimeout`).
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

    /// The process that rested last, if there is one that lives.
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

    /// Another process.
    pub(crate) async fn start(&self) -> Result<Container, Failure> {
        Container::start(&self.program, self.definition.memory, &self.host, &self.log).await
    }

    /// Lets a process wait for the next call: frozen soon, and ended when none comes for long.
    pub(crate) fn rest(self: &Arc<Self>, container: Container) {
        if self.host.guard.has_stopped() {
            return;
        }
        let rest = self.rests.fetch_add(1, Ordering::Relaxed);
        self.idle().push(Resting { rest, container });
        let idle_timeout = Duration::from_secs(self.definition.idle_timeout);
        tokio::spawn(keep(Arc::downgrade(self), rest, idle_timeout));
    }

    /// How many processes wait.
    pub(crate) fn resting(&self) -> usize {
        self.idle().len()
    }

    /// Ends the processes that wait.
    pub(crate) fn clear(&self) {
        self.idle().clear();
    }

    /// Does something to the process of a rest; `None` when that rest is over.
    fn during<T>(&self, rest: u64, work: impl FnOnce(&mut Vec<Resting>, usize) -> T) -> Option<T> {
        let mut idle = self.idle();
        let place = idle.iter().position(|resting| resting.rest == rest)?;
        Some(work(&mut idle, place))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Resting>> {
        lock(&self.idle)
    }
}

/// What happens to a process during one rest, until a call or the end.
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
