//! Locks of what no panic can leave half-changed.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for the lock, also of what somebody held who panicked.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
