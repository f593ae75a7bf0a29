//! Mutexes as they are taken here.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a mutex, also after a panic of whoever held it: what is behind one is whole at every moment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
