//! Why nothing of a publication was written. Not an error of the store's, which would end the whole group.

use crate::{
    model::QuotaReached,
    store::{Clash, StoreError},
};

/// Why nothing was written.
#[derive(Debug)]
pub(super) enum Refusal {
    Clash(Clash),
    /// Too many deliveries wait to be unfolded.
    NoRoom,
    /// The disk is nearly full: how much is free.
    DiskFull(String),
    /// The disk is short: how much is free. The tenant keeps more than others.
    DiskShort(String),
    /// Its tenant has as much as it may.
    Full(QuotaReached),
}

/// What can be kept, or why nothing was written.
pub(super) type Kept<T> = std::result::Result<T, Refusal>;

impl From<Clash> for Refusal {
    fn from(clash: Clash) -> Refusal {
        Refusal::Clash(clash)
    }
}

impl From<QuotaReached> for Refusal {
    fn from(reached: QuotaReached) -> Refusal {
        Refusal::Full(reached)
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> StoreError {
        match refusal {
            Refusal::Clash(clash) => StoreError::Clash(clash),
            Refusal::NoRoom => StoreError::Busy,
            Refusal::DiskFull(why) => StoreError::DiskFull(why),
            Refusal::DiskShort(why) => StoreError::DiskShort(why),
            Refusal::Full(reached) => StoreError::Full(reached),
        }
    }
}
