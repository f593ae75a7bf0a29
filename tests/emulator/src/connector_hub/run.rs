//! A running connector: one task per partition, which takes its steps on blocking threads.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::{AbortHandle, spawn_blocking};

use super::connector::Position;
use super::lane::{Lane, Progress};
use super::mover::{Job, MoveError, Mover, Step};

/// A function that deactivates the connector with this OCID because of this error.
pub(crate) type Deactivate = Arc<dyn Fn(&str, &MoveError) + Send + Sync>;

/// An active connector.
#[derive(Debug)]
pub(crate) struct Run {
    /// `None` if the stream is gone, so there is nothing to move.
    job: Option<Arc<Job>>,
    flushes: watch::Sender<u64>,
    lanes: Vec<Arc<Lane>>,
    tasks: Vec<AbortHandle>,
}

/// The error of a flush that did not write everything.
#[derive(Debug, thiserror::Error)]
#[error("the connector {connector} cannot write partition {partition} now: {error}")]
pub struct FlushError {
    /// OCID of the connector.
    pub connector: String,
    /// Number of the partition.
    pub partition: usize,
    /// The partition's last error.
    pub error: String,
}

/// A flush of one connector that is in progress.
pub(crate) struct Flushing {
    connector: String,
    asked: u64,
    lanes: Vec<Arc<Lane>>,
}

/// Wait after the first failure. Each further failure doubles it: a short outage costs little, and a long one isn't made worse.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How long a connector may fail before it is deactivated. The service reportedly deactivates it after seven days; only a part of
/// Oracle's page is accessible.
const DEACTIVATED_AFTER_MILLISECONDS: i64 = 7 * 24 * 3600 * 1000;

impl Run {
    /// Starts moving every partition from its position. `turns` limits the number of concurrent steps.
    pub(crate) fn start(
        job: Arc<Job>,
        positions: &[Position],
        turns: &Arc<Semaphore>,
        deactivate: &Deactivate,
    ) -> Self {
        let flushes = watch::Sender::new(0);
        let lanes: Vec<Arc<Lane>> =
            positions.iter().map(|position| Arc::new(Lane::new(position.next))).collect();
        let task = |(partition, position): (usize, &Position)| {
            let lane = Arc::clone(&lanes[partition]);
            let mover = Mover::new(Arc::clone(&job), partition, *position, Arc::clone(&lane));
            let driver = Driver {
                job: Arc::clone(&job),
                partition,
                lane,
                flushes: flushes.subscribe(),
                turns: Arc::clone(turns),
                deactivate: Arc::clone(deactivate),
            };
            tokio::spawn(driver.drive(mover)).abort_handle()
        };
        let tasks = positions.iter().enumerate().map(task).collect();
        Self { job: Some(job), flushes, lanes, tasks }
    }

    /// Creates a run that makes no progress because the connector's stream is gone.
    pub(crate) fn without_stream(stream: &str, positions: &[Position], now: i64) -> Self {
        let lane = |position: &Position| {
            let lane = Lane::new(position.next);
            let error = format!("cannot read from the stream: there is no stream {stream}");
            lane.failed(error.clone(), now);
            lane.lost(error);
            lane.stop();
            Arc::new(lane)
        };
        let lanes = positions.iter().map(lane).collect();
        Self { job: None, flushes: watch::Sender::new(0), lanes, tasks: Vec::new() }
    }

    /// Stops the connector. Once this returns, nothing more is written. Open windows are discarded; the next run reads their messages
    /// again.
    pub(crate) fn stop(&self) {
        if let Some(job) = &self.job {
            *job.open.write().unwrap_or_else(PoisonError::into_inner) = false;
        }
        self.tasks.iter().for_each(AbortHandle::abort);
        self.lanes.iter().for_each(|lane| lane.stop());
    }

    /// Requests that everything on the stream be written now.
    pub(crate) fn flush(&self, connector: &str) -> Flushing {
        self.flushes.send_modify(|asked| *asked += 1);
        Flushing { connector: connector.to_owned(), asked: *self.flushes.borrow(), lanes: self.lanes.clone() }
    }

    pub(crate) fn progress(&self, partition: usize) -> Option<Progress> {
        self.lanes.get(partition).map(|lane| lane.progress())
    }

    /// Returns the last error of a partition whose last attempt failed.
    pub(crate) fn failure(&self) -> Option<String> {
        self.lanes.iter().find_map(|lane| lane.failure())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Flushing {
    pub(crate) async fn end(self) -> Result<(), FlushError> {
        for (partition, lane) in self.lanes.iter().enumerate() {
            lane.wait_for_flush(self.asked).await.map_err(|error| FlushError {
                connector: self.connector.clone(),
                partition,
                error,
            })?;
        }
        Ok(())
    }
}

/// Takes the steps of one partition.
struct Driver {
    job: Arc<Job>,
    partition: usize,
    lane: Arc<Lane>,
    flushes: watch::Receiver<u64>,
    turns: Arc<Semaphore>,
    deactivate: Deactivate,
}

impl Driver {
    async fn drive(mut self, mut mover: Mover) {
        let mut moved = self.job.stream.clock_moved();
        let mut failures = 0;
        loop {
            let asked = *self.flushes.borrow_and_update();
            moved.mark_unchanged();
            let now = self.job.stream.now();
            let Ok(turn) = self.turns.acquire().await else { return };
            let took = spawn_blocking(move || {
                let step = mover.step(now, asked);
                (mover, step)
            });
            let step = match took.await {
                Ok((back, step)) => {
                    mover = back;
                    step
                }
                Err(error) => {
                    let error = format!("the emulator failed: {error}");
                    self.lane.failed(error.clone(), now);
                    self.lane.lost(error);
                    return;
                }
            };
            drop(turn);
            match step {
                Ok(Step::Stopped) => return,
                Ok(Step::Again) => {
                    failures = 0;
                    self.lane.succeeded();
                }
                Ok(Step::Wait { offset, until }) => {
                    failures = 0;
                    self.lane.succeeded();
                    let time = async {
                        match until {
                            Some(until) => {
                                let milliseconds = u64::try_from(until - now).unwrap_or_default();
                                tokio::time::sleep(Duration::from_millis(milliseconds)).await;
                            }
                            None => std::future::pending().await,
                        }
                    };
                    tokio::select! {
                        // If the stream was deleted, the next step reports the error.
                        _ = self.job.stream.wait_for(self.partition, offset) => {}
                        () = time => {}
                        _ = moved.changed() => {}
                        _ = self.flushes.changed() => {}
                    }
                }
                Ok(Step::Forgotten) => self.pause(&mut failures).await,
                Err(error) => {
                    tracing::warn!("{}, partition {}: {error}", self.job.connector, self.partition);
                    let since = self.lane.failed(error.to_string(), now);
                    if now - since >= DEACTIVATED_AFTER_MILLISECONDS {
                        (self.deactivate)(&self.job.connector, &error);
                        return;
                    }
                    self.pause(&mut failures).await;
                }
            }
        }
    }

    /// Waits before the next attempt. A requested flush ends the wait.
    async fn pause(&mut self, failures: &mut u32) {
        let wait = FIRST_WAIT.saturating_mul(1 << (*failures).min(16)).min(LONGEST_WAIT);
        tokio::select! {
            () = tokio::time::sleep(wait) => *failures += 1,
            _ = self.flushes.changed() => *failures = 0,
        }
    }
}
