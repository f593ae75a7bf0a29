//! Puts records on a stream: what goes when is the [`scheduler`]'s, sending and waiting are here.
//!
//! Modules, lowest first: `pace` and `backoff` (how long to wait), `calls` (records and what is said of them), `chains` (the order of a
//! key), `lanes` (what may be sent), `known_keys` (which lane), `options`, `publish_counts`, `scheduler`, `driver` (requests under way).

mod backoff;
mod calls;
mod chains;
mod driver;
mod known_keys;
mod lanes;
#[cfg(test)]
mod model;
mod options;
mod pace;
mod publish_counts;
mod scheduler;

pub use options::{Order, PublishOptions};
pub use publish_counts::PublishCounts;

use crate::outcome::Outcome;
use crate::publish::{Full, Publish};
use crate::record::Record;
use crate::stream::Stream;
use calls::CallId;
use driver::Driver;
use scheduler::Scheduler;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Puts the records of many calls on one stream.
///
/// Dropping a call's future withdraws what was not sent of it. Dropping the publisher cuts off what is under way.
#[derive(Debug)]
pub struct Publisher<S> {
    shared: Arc<Shared<S>>,
    /// The task that sends, for a service; in a function, calls send for themselves.
    driver: Option<AbortHandle>,
}

#[derive(Debug)]
pub(crate) struct Shared<S> {
    stream: S,
    scheduler: Mutex<Scheduler<oneshot::Sender<Vec<Outcome>>>>,
    /// There may be something to send.
    changed: Notify,
}

impl<S: Stream> Publisher<S> {
    /// A publisher of which nothing runs but its calls: whatever one of them began has ended, or was given up, when it returns.
    pub fn function(stream: S, options: PublishOptions) -> Self {
        Publisher { shared: Shared::new(stream, options), driver: None }
    }

    /// A publisher with a task of its own, for many calls at once. Wants a tokio runtime.
    pub fn service(stream: S, options: PublishOptions) -> Self {
        let shared = Shared::new(stream, options);
        let driver = tokio::spawn(Driver::new(Arc::clone(&shared)).run());
        Publisher { shared, driver: Some(driver.abort_handle()) }
    }

    /// What it has done so far, and holds now.
    pub fn counts(&self) -> PublishCounts {
        self.shared.lock().counts()
    }
}

impl<S: Stream> Publish for Publisher<S> {
    async fn publish(&self, records: Vec<Record>, until: Instant) -> Result<Vec<Outcome>, Full> {
        let shared = &self.shared;
        let (sender, outcomes) = oneshot::channel();
        let call = shared.lock().submit(records, until.into_std(), sender, now())?;
        let mut withdrawal = Withdrawal { shared, call: Some(call) };
        shared.changed.notify_one();
        let outcomes = match self.driver {
            Some(_) => outcomes.await,
            None => {
                let driver = Driver::new(Arc::clone(shared)).run();
                tokio::select! {
                    biased;
                    outcomes = outcomes => outcomes,
                    () = driver => unreachable!("a driver runs for ever"),
                }
            }
        };
        withdrawal.call = None;
        Ok(outcomes.expect("the scheduler hands out the outcomes of every call that is not withdrawn"))
    }
}

impl<S> Shared<S>
where
    S: Stream,
{
    fn new(stream: S, options: PublishOptions) -> Arc<Self> {
        let scheduler = Scheduler::new(stream.limits(), options, fastrand::u64(..), now());
        Arc::new(Shared { stream, scheduler: Mutex::new(scheduler), changed: Notify::new() })
    }
}

impl<S> Shared<S> {
    fn lock(&self) -> MutexGuard<'_, Scheduler<oneshot::Sender<Vec<Outcome>>>> {
        self.scheduler.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Drop for Publisher<S> {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }
}

/// Takes a call back when its future is dropped.
struct Withdrawal<'a, S> {
    shared: &'a Shared<S>,
    call: Option<CallId>,
}

impl<S> Drop for Withdrawal<'_, S> {
    fn drop(&mut self) {
        if let Some(call) = self.call {
            self.shared.lock().withdraw(call, now());
        }
    }
}

fn now() -> std::time::Instant {
    Instant::now().into_std()
}

#[cfg(test)]
#[path = "publisher_tests.rs"]
mod tests;
