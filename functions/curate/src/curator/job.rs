use std::fmt;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// How an object is to be curated.
#[derive(Clone, Default)]
pub struct Job {
    /// Curate it again even if a receipt says that it is done, and replace what was written before.
    pub redo: bool,
    /// Cancelled when there is no time left: the job then aborts its uploads, which takes some requests, and ends.
    pub stop: CancellationToken,
    /// Told how many more bytes of the object, as stored, have been consumed.
    pub consumed: Option<Consumed>,
}

/// Called by whichever thread has consumed the bytes, several thousand times a second at most.
pub type Consumed = Arc<dyn Fn(u64) + Send + Sync>;

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("redo", &self.redo).finish_non_exhaustive()
    }
}
