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

/// One of the threads that the published generator has: it makes a batch, sends it until every record is stored or given up, and goes on
/// with the next.
pub(crate) struct Worker {
    /// Its number, from 1.
    pub number: u32,
    /// What it sends.
    pub records: Records,
    /// Journals, or what stands for them, in a batch.
    pub iterations: u32,
    /// Between batches.
    pub sleep: Duration,
    /// When batches go.
    pub pace: Pace,
    /// How records are sent again.
    pub retry: Retry,
    /// Where to.
    pub target: Arc<dyn Target>,
    /// What is counted, while it goes on.
    pub tally: Arc<Mutex<Tally>>,
    /// What was sent, where it is to be verified.
    pub audit: Option<Audit>,
    /// Drawn from for the waits.
    pub random: Rng,
}

impl Worker {
    /// Works from `begin` on, until `end` is past or `stop` says so, and finishes what it has begun. Gives what it sent, for verification.
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
        self.tally().made(batch);
        if let Some(audit) = &mut self.audit {
            audit.made(self.number, batch);
        }
        let mut pending = Pending::new(self.retry, batch.len());
        loop {
            let places = pending.places();
            self.tally().in_flight += places.len() as u64;
            let outcomes = self.target.send(batch, places).await;
            {
                let mut tally = self.tally();
                tally.in_flight -= places.len() as u64;
                tally.took(batch, places, &outcomes, (intended, Instant::now()));
            }
            if let Some(audit) = &mut self.audit {
                audit.took(batch, places, &outcomes);
            }
            match pending.took(&outcomes, &mut self.random) {
                Next::Done => return,
                Next::Lost => {
                    self.tally().gave_up(pending.places().len());
                    return;
                }
                Next::Again(wait) => {
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
