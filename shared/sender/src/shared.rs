use crate::outcome::Outcome;
use crate::scheduler::Scheduler;
use crate::send_options::SendOptions;
use crate::stream::Stream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// What a sender's calls and its driver share.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    pub(crate) stream: Arc<S>,
    scheduler: Mutex<Batches>,
    /// There may be something to send.
    pub(crate) changed: Notify,
}

/// A scheduler whose batches are known by the channel that their outcomes go to.
type Batches = Scheduler<oneshot::Sender<Vec<Outcome>>>;

impl<S: Stream> Shared<S> {
    pub(crate) fn new(stream: S, options: SendOptions) -> Arc<Self> {
        let stream = Arc::new(stream);
        let partitioner = Arc::clone(&stream);
        let partition_of = Box::new(move |key: &[u8]| partitioner.partition_of(key));
        let scheduler = Scheduler::new(stream.limits(), options, partition_of, fastrand::u64(..), now());
        Arc::new(Shared { stream, scheduler: Mutex::new(scheduler), changed: Notify::new() })
    }
}

impl<S> Shared<S> {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Batches> {
        self.scheduler.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The scheduler's clock: tokio's, which tests can pause.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}
