use crate::audit::Audit;
use crate::batch::Batch;
use crate::records::Records;
use crate::retry::{Next, Pending, Retry};
use crate::schedule::{Pace, Schedule};
use crate::tally::Tally;
use crate::target::Target;
use fastrand::Rng;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A worker, like a thread of the published generator: it generates a batch, sends it until every record is stored or abandoned, and
/// continues with the next.
pub(crate) struct Worker {
    /// Number of the worker, counted from 1.
    pub number: u32,
    /// The records to send.
    pub records: Records,
    /// Number of journals, or groups of other records, per batch.
    pub iterations: u32,
    /// Pause between batches.
    pub sleep: Duration,
    /// The pace, which determines when batches are sent.
    pub pace: Pace,
    /// The retry policy.
    pub retry: Retry,
    /// The destination of the records.
    pub target: Arc<dyn Target>,
    /// Counters, shared with the progress bar.
    pub tally: Arc<Mutex<Tally>>,
    /// The records sent, if the load will be verified.
    pub audit: Option<Audit>,
    /// Source of the random part of waits.
    pub random: Rng,
}

impl Worker {
    /// Sends batches from `begin` until `end` or `stop`, and finishes the last one. Returns the records sent, if an audit is kept.
    pub(crate) async fn work(
        mut self,
        begin: Instant,
        end: Instant,
        stop: watch::Receiver<bool>,
    ) -> Option<Audit> {
        let mut schedule = Schedule::new(begin, self.pace);
        let mut batch = Batch::default();
        tokio::time::sleep_until(begin.into()).await;
        loop {
            batch.clear();
            (0..self.iterations).for_each(|_| self.records.next(&mut batch));
            let due = schedule.next(batch.len(), batch.total_size(), Instant::now());
            tokio::time::sleep_until(due.into()).await;
            if Instant::now() >= end || due >= end || *stop.borrow() {
                return self.audit;
            }
            self.deliver(&batch, due).await;
            if !self.sleep.is_zero() {
                tokio::time::sleep(self.sleep).await;
            }
        }
    }

    async fn deliver(&mut self, batch: &Batch, intended: Instant) {
        self.tally().add_batch(batch);
        if let Some(audit) = &mut self.audit {
            audit.expect(self.number, batch);
        }
        let mut pending = Pending::new(self.retry, batch.len());
        loop {
            let indices = pending.indices();
            self.tally().in_flight += indices.len() as u64;
            let outcomes = self.target.send(batch, indices).await;
            {
                let mut tally = self.tally();
                tally.in_flight -= indices.len() as u64;
                tally.add_attempt(batch, indices, &outcomes, (intended, Instant::now()));
            }
            if let Some(audit) = &mut self.audit {
                audit.confirm(batch, indices, &outcomes);
            }
            match pending.update(&outcomes, &mut self.random) {
                Next::Done => return,
                Next::Abandoned => {
                    self.tally().add_abandoned(pending.indices().len());
                    return;
                }
                Next::RetryAfter(wait) => {
                    self.tally().retries += 1;
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
