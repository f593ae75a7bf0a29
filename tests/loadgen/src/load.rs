use crate::audit::Audit;
use crate::progress::Progress;
use crate::records::Records;
use crate::retry::Retry;
use crate::schedule::Pace;
use crate::tally::Tally;
use crate::target::Target;
use crate::worker::Worker;
use fastrand::Rng;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A load: a number of workers that send records for a given time.
#[derive(Debug, Clone)]
pub struct Load {
    /// The number of workers.
    pub workers: u32,
    /// Time of load before the window in which rates and latencies are measured.
    pub warm_up: Duration,
    /// Length of the window. After its end, no new batch is started.
    pub duration: Duration,
    /// Number of journals, or groups of other records, per batch.
    pub iterations: u32,
    /// Pause between the batches of a worker.
    pub sleep: Duration,
    /// The pace of each worker, which determines when batches are sent.
    pub pace: Pace,
    /// The retry policy.
    pub retry: Retry,
    /// Whether to keep an audit, so that the load can be verified.
    pub audited: bool,
    /// Seed of the random part of waits.
    pub seed: u64,
}

/// The result of a load.
#[derive(Debug)]
pub struct Loaded {
    /// The counters of each worker.
    pub tallies: Vec<Tally>,
    /// The records sent, if an audit was kept.
    pub audit: Option<Audit>,
    /// Time from the start of the first worker to the end of the last.
    pub elapsed: Duration,
}

impl Load {
    /// Runs the load. `records` returns the records of a worker, given its number, which counts from 1; `stop` ends the load early;
    /// `progress` draws a progress bar on a terminal.
    ///
    /// # Errors
    ///
    /// Returns an error if the target cannot be closed or a worker panics.
    pub async fn run(
        &self,
        target: Arc<dyn Target>,
        records: impl Fn(u32) -> Records,
        stop: watch::Receiver<bool>,
        progress: bool,
    ) -> Result<Loaded, String> {
        let begin = Instant::now();
        let window = begin + self.warm_up..begin + self.warm_up + self.duration;
        let tallies: Vec<_> =
            (0..self.workers).map(|_| Arc::new(Mutex::new(Tally::new(window.clone())))).collect();
        let progress = progress.then(|| Progress::start(tallies.clone(), self.warm_up + self.duration));
        let work = |(number, tally): (u32, &Arc<Mutex<Tally>>)| {
            let worker = Worker {
                number,
                records: records(number),
                iterations: self.iterations,
                sleep: self.sleep,
                pace: self.pace,
                retry: self.retry,
                target: Arc::clone(&target),
                tally: Arc::clone(tally),
                audit: self.audited.then(Audit::default),
                random: Rng::with_seed(self.seed ^ u64::from(number) << 32),
            };
            tokio::spawn(worker.work(begin, window.end, stop.clone()))
        };
        let working: Vec<_> = (1..).zip(&tallies).map(work).collect();
        let mut audit = self.audited.then(Audit::default);
        for worker in working {
            let sent = worker.await.map_err(|error| format!("a worker failed: {error}"))?;
            if let (Some(audit), Some(sent)) = (&mut audit, sent) {
                audit.merge(sent);
            }
        }
        let elapsed = begin.elapsed();
        if let Some(progress) = progress {
            progress.end();
        }
        target.close().await?;
        let tally = |tally: &Arc<Mutex<Tally>>| tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Loaded { tallies: tallies.iter().map(tally).collect(), audit, elapsed })
    }
}

impl Loaded {
    /// Returns the counters of all workers together.
    pub fn sum(&self) -> Tally {
        let mut tallies = self.tallies.iter();
        let mut sum = tallies.next().cloned().unwrap_or_else(|| Tally::new(Instant::now()..Instant::now()));
        tallies.for_each(|tally| sum.merge(tally));
        sum
    }
}
