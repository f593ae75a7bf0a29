//! The region's concurrency limit, which counts the memory of all running functions.

use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// The memory in use, and its limit, in MB.
#[derive(Debug)]
pub(crate) struct Capacity {
    limit: u64,
    used: Mutex<u64>,
}

/// The memory of one invocation. Dropping the share returns it.
#[derive(Debug)]
pub(crate) struct Share {
    capacity: Arc<Capacity>,
    megabytes: u64,
}

impl Capacity {
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: Mutex::new(0) })
    }

    /// Takes a share for one more invocation; returns `None` if the limit is reached. Idle processes do not count, because the limit
    /// applies to concurrent invocations.
    pub(crate) fn share(self: &Arc<Self>, megabytes: u64) -> Option<Share> {
        let mut used = lock(&self.used);
        if *used + megabytes > self.limit {
            return None;
        }
        *used += megabytes;
        Some(Share { capacity: Arc::clone(self), megabytes })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        *lock(&self.capacity.used) -= self.megabytes;
    }
}
