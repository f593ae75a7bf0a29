use crate::audit::Audit;
use crate::live::Live;
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

/// A load: so many workers for so long.
#[derive(Debug, Clone)]
pub struct Load {
    /// How many workers.
    pub workers: u32,
    /// Before the window that rates and latencies are of.
    pub warm_up: Duration,
    /// How long the window is. When it ends nothing new is begun.
    pub duration: Duration,
    /// Journals, or what stands for them, in a batch.
    pub iterations: u32,
    /// Between a worker's batches.
    pub sleep: Duration,
    /// When batches go; a rate is each worker's own.
    pub pace: Pace,
    /// How records are sent again.
    pub retry: Retry,
    /// Whether what is sent is kept in mind, to be verified.
    pub audited: bool,
    /// What waits are drawn from.
    pub seed: u64,
}

/// What came of a load.
#[derive(Debug)]
pub struct Loaded {
    /// Each worker's.
    pub tallies: Vec<Tally>,
    /// What was sent, if that was kept in mind.
    pub audit: Option<Audit>,
    /// From the first worker's begin to the last one's end.
    pub elapsed: Duration,
}

impl Load {
    /// Runs it. `records` gives each worker its records, by its number from 1; `stop` ends it early.
    ///
    /// # Errors
    ///
    /// The target could not be closed, or a worker came to harm.
    pub async fn run(
        &self,
        target: Arc<dyn Target>,
        records: impl Fn(u32) -> Records,
        stop: watch::Receiver<bool>,
        live: bool,
    ) -> Result<Loaded, String> {
        let begin = Instant::now();
        let window = begin + self.warm_up..begin + self.warm_up + self.duration;
        let tallies: Vec<_> =
            (0..self.workers).map(|_| Arc::new(Mutex::new(Tally::new(window.clone())))).collect();
        let live = live.then(|| Live::start(tallies.clone()));
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
            let sent = worker.await.map_err(|error| format!("a worker came to harm: {error}"))?;
            if let (Some(audit), Some(sent)) = (&mut audit, sent) {
                audit.add(sent);
            }
        }
        let elapsed = begin.elapsed();
        if let Some(live) = live {
            live.end();
        }
        target.close().await?;
        let tally = |tally: &Arc<Mutex<Tally>>| tally.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Loaded { tallies: tallies.iter().map(tally).collect(), audit, elapsed })
    }
}

impl Loaded {
    /// All workers' together.
    pub fn sum(&self) -> Tally {
        let mut tallies = self.tallies.iter();
        let mut sum = tallies.next().cloned().unwrap_or_else(|| Tally::new(Instant::now()..Instant::now()));
        tallies.for_each(|tally| sum.add(tally));
        sum
    }
}
