use crate::driver::Driver;
use crate::outcome::Outcome;
use crate::record::Record;
use crate::scheduler::BatchId;
use crate::send_counts::SendCounts;
use crate::send_options::SendOptions;
use crate::send_records::{Full, SendRecords};
use crate::shared::{Shared, now};
use crate::stream::Stream;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Puts the records of many callers on one stream.
///
/// Dropping the future of a [`send`](SendRecords::send) withdraws the records that have not been sent yet. Dropping the sender aborts the
/// requests in flight.
#[derive(Debug)]
pub struct Sender<S> {
    shared: Arc<Shared<S>>,
    /// The task that sends, in a service. In a function each call sends its own records.
    driver: Option<AbortHandle>,
}

impl<S: Stream> Sender<S> {
    /// Creates a sender that runs only while it is called: when a call returns, everything it started has ended or been abandoned.
    pub fn function(stream: S, options: SendOptions) -> Self {
        Sender { shared: Shared::new(stream, options), driver: None }
    }

    /// Creates a sender with a task of its own, for many calls at once. Must be called within a tokio runtime.
    pub fn service(stream: S, options: SendOptions) -> Self {
        let shared = Shared::new(stream, options);
        let driver = tokio::spawn(Driver::new(Arc::clone(&shared)).run());
        Sender { shared, driver: Some(driver.abort_handle()) }
    }

    /// Returns what the sender has done so far and what it holds now.
    pub fn counts(&self) -> SendCounts {
        self.shared.lock().counts()
    }
}

impl<S: Stream> SendRecords for Sender<S> {
    async fn send(&self, records: Vec<Record>, until: Instant) -> Result<Vec<Outcome>, Full> {
        let shared = &self.shared;
        let (sender, outcomes) = oneshot::channel();
        let batch = shared.lock().submit(records, until.into_std(), sender, now())?;
        let mut withdrawal = Withdrawal { shared, batch: Some(batch) };
        shared.changed.notify_one();
        let outcomes = match self.driver {
            Some(_) => outcomes.await,
            None => {
                let driver = Driver::new(Arc::clone(shared)).run();
                tokio::select! {
                    biased;
                    outcomes = outcomes => outcomes,
                    () = driver => unreachable!("a driver runs forever"),
                }
            }
        };
        withdrawal.batch = None;
        Ok(outcomes.expect("the scheduler returns the outcomes of every batch that is not withdrawn"))
    }
}

impl<S> Drop for Sender<S> {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.abort();
        }
    }
}

/// Withdraws a batch when its future is dropped.
struct Withdrawal<'a, S> {
    shared: &'a Shared<S>,
    batch: Option<BatchId>,
}

impl<S> Drop for Withdrawal<'_, S> {
    fn drop(&mut self) {
        if let Some(batch) = self.batch {
            self.shared.lock().withdraw(batch, now());
        }
    }
}

#[cfg(test)]
#[path = "sender_tests.rs"]
mod tests;
