//! Why nothing of a publication was written. Not an error of the store's, which would end the whole group.

use crate::store::{Clash, StoreError};

/// Why nothing was written.
#[derive(Debug)]
pub(super) enum Refusal {
    Clash(Clash),
    /// Too many deliveries wait to be unfolded.
    NoRoom,
}

/// What can be kept, or why nothing was written.
pub(super) type Kept<T> = std::result::Result<T, Refusal>;

impl From<Clash> for Refusal {
    fn from(clash: Clash) -> Refusal {
        Refusal::Clash(clash)
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> StoreError {
        match refusal {
            Refusal::Clash(clash) => StoreError::Clash(clash),
            Refusal::NoRoom => StoreError::Busy,
        }
    }
}
