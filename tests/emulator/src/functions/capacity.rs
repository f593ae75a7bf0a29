//! The region's limit of concurrency: megabytes of functions at work.

use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// How much is at work, and how much may be.
#[derive(Debug)]
pub(crate) struct Capacity {
    limit: u64,
    used: Mutex<u64>,
}

/// A call's share, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    capacity: Arc<Capacity>,
    megabytes: u64,
}

impl Capacity {
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: Mutex::new(0) })
    }

    /// A share for one more call; none at the limit. Processes that wait for a call do not count: the limit is about
    /// calls at the same time.
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
