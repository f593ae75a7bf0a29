//! The visible progress of a partition that is being moved.

use tokio::sync::watch;

use super::window::{Batch, Window};

/// The published progress of a partition's mover.
#[derive(Debug)]
pub(crate) struct Lane {
    progress: watch::Sender<Progress>,
}

/// The progress of a partition.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) position: u64,
    pub(crate) window: Option<WindowProgress>,
    pub(crate) objects: u64,
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) last_object: Option<String>,
    /// Failures since the last success.
    pub(crate) failures: u32,
    pub(crate) failing_since: Option<i64>,
    pub(crate) last_error: Option<String>,
    /// Number of the last completed flush request.
    pub(crate) flushed: u64,
    /// Why nothing more can be read, for example because the stream was deleted.
    pub(crate) lost: Option<String>,
    /// Whether the mover has stopped, so that the progress no longer changes.
    pub(crate) stopped: bool,
}

/// The progress of the open window.
#[derive(Debug, Clone)]
pub(crate) struct WindowProgress {
    pub(crate) first_offset: u64,
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) compressed_bytes: u64,
    pub(crate) opened: i64,
}

/// Number of consecutive failures after which a flush gives up, so that a deleted bucket doesn't block it forever.
const FLUSH_TRIES: u32 = 5;

impl Progress {
    pub(crate) fn new(position: u64) -> Self {
        Self { position, ..Self::default() }
    }
}

impl Lane {
    pub(crate) fn new(position: u64) -> Self {
        Self { progress: watch::Sender::new(Progress::new(position)) }
    }

    pub(crate) fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// Returns the last error if the last attempt failed.
    pub(crate) fn failure(&self) -> Option<String> {
        let progress = self.progress.borrow();
        progress.last_error.clone().filter(|_| progress.failures > 0)
    }

    pub(crate) fn shows(&self, window: &Window) {
        let window = window.first_offset().map(|first_offset| WindowProgress {
            first_offset,
            messages: window.messages(),
            bytes: window.bytes(),
            compressed_bytes: window.compressed_bytes(),
            opened: window.opened(),
        });
        self.progress.send_modify(|progress| progress.window = window);
    }

    /// Counts an object that is in the bucket, whether or not the position after it is stored.
    pub(crate) fn wrote(&self, name: String, batch: &Batch) {
        self.progress.send_modify(|progress| {
            progress.objects += 1;
            progress.messages += batch.messages;
            progress.bytes += batch.object.length();
            progress.last_object = Some(name);
        });
    }

    /// Publishes a new position, after the window was closed or when it has to be started again.
    pub(crate) fn stands_at(&self, position: u64) {
        self.progress.send_modify(|progress| {
            progress.position = position;
            progress.window = None;
        });
    }

    pub(crate) fn flushed(&self, asked: u64) {
        self.progress.send_modify(|progress| progress.flushed = progress.flushed.max(asked));
    }

    /// Publishes a failure, and returns the time since which every attempt has failed.
    pub(crate) fn failed(&self, error: String, now: i64) -> i64 {
        self.progress.send_modify(|progress| {
            progress.failures = progress.failures.saturating_add(1);
            progress.failing_since.get_or_insert(now);
            progress.last_error = Some(error);
        });
        self.progress.borrow().failing_since.unwrap_or(now)
    }

    pub(crate) fn succeeded(&self) {
        self.progress.send_if_modified(|progress| {
            let failed = progress.failures > 0;
            (progress.failures, progress.failing_since) = (0, None);
            failed
        });
    }

    /// Publishes that the rest of the partition can never be read.
    pub(crate) fn lost(&self, error: String) {
        self.progress.send_modify(|progress| progress.lost = Some(error));
    }

    pub(crate) fn stop(&self) {
        self.progress.send_modify(|progress| progress.stopped = true);
    }

    /// Waits for a flush to complete. Returns the last error if the flush fails.
    pub(crate) async fn wait_for_flush(&self, asked: u64) -> Result<(), String> {
        let mut progress = self.progress.subscribe();
        let limit = progress.borrow().failures.saturating_add(FLUSH_TRIES);
        let done = |progress: &Progress| {
            let fails = progress.lost.is_some() || progress.failures >= limit;
            progress.flushed >= asked || progress.stopped || fails
        };
        // `self` owns the sender, so the channel is not closed.
        let Ok(progress) = progress.wait_for(done).await else { return Ok(()) };
        if progress.flushed >= asked {
            return Ok(());
        }
        if let Some(error) = &progress.lost {
            return Err(error.clone());
        }
        if progress.stopped { Ok(()) } else { Err(progress.last_error.clone().unwrap_or_default()) }
    }
}
