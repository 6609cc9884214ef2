//! Why a replay is not begun, or does not go on.

use crate::{store::StoreError, work::TooMuchWork};

/// Why there is no such replay.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReplayError {
    /// Its tenant has as many running as it may.
    #[error(
        "four replays of this tenant are running, which is as many as it may have; wait until one has ended, or stop one"
    )]
    TooManyRunning,
    /// Other work of the tenant comes first.
    #[error(transparent)]
    TooMuchWork(#[from] TooMuchWork),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}
