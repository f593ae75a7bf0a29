use std::fmt;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How an object is to be curated.
#[derive(Clone, Default)]
pub struct Job {
    /// Whether to curate the object again even if its receipt says that this is done, and replace what was written before.
    pub redo: bool,
    /// Cancelled when no time is left. The job then aborts its uploads, which takes a few requests, and ends.
    pub stop: CancellationToken,
    /// Called with the number of bytes of the stored object that have been consumed since the last call.
    pub consumed: Option<Consumed>,
}

/// A callback, called by whichever thread has consumed the bytes, at most several thousand times a second.
pub type Consumed = Arc<dyn Fn(u64) + Send + Sync>;

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("redo", &self.redo).finish_non_exhaustive()
    }
}
