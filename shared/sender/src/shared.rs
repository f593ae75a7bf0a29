use crate::outcome::Outcome;
use crate::scheduler::Scheduler;
use crate::send_options::SendOptions;
use crate::stream::Stream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

/// State that a sender's calls and its driver share.
#[derive(Debug)]
pub(crate) struct Shared<S> {
    pub(crate) stream: Arc<S>,
    scheduler: Mutex<Batches>,
    /// Notified when there may be something to send.
    pub(crate) changed: Notify,
}

/// A scheduler whose token for a batch is the channel that its outcomes go to.
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

/// Returns the time on the scheduler's clock, which is tokio's, so that tests can pause it.
pub(crate) fn now() -> std::time::Instant {
    Instant::now().into_std()
}
