//! What can go wrong in the store.

use crate::{
    model::{EventKey, QuotaReached},
    work::TooMuchWork,
};

/// What can go wrong in the store.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The disk is full, read-only or broken. Nothing of the request was kept; trying again later may help.
    #[error("the store cannot write now: {0}")]
    Unavailable(String),
    /// Another process has it open.
    #[error("{0}")]
    InUse(String),
    /// More waits to be written, in memory or as lists of large fan-outs, than there is room for.
    #[error("the store has too much to write at the moment")]
    Busy,
    /// The disk is nearly full, and what is left of it is for what was accepted before. Nothing of the request was kept.
    #[error("the disk is nearly full: {0}")]
    DiskFull(String),
    /// The disk is short, and the tenant keeps more events than tenants do on average. Nothing of the request was kept.
    #[error("the disk is short, and this tenant keeps more than others: {0}")]
    DiskShort(String),
    /// A list had to look at too much.
    #[error("reading took too long")]
    TooLong,
    /// So many reads of this tenant wait already that another is refused.
    #[error("too many reads of this tenant are waiting")]
    TooManyReads,
    /// So much of what this tenant's requests ask for is still being made that another is refused.
    #[error(transparent)]
    TooMuchWork(#[from] TooMuchWork),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// One id for two events.
    #[error("the id of an event belongs to a different event")]
    Clash(Clash),
    /// An id is taken.
    #[error("`{0}` exists already")]
    Exists(String),
    /// A tenant has as much of something as it may. Nothing of the request was kept.
    #[error(transparent)]
    Full(QuotaReached),
    /// What should be changed was changed by someone else first, or is gone.
    #[error("it was changed by someone else in the meantime")]
    Conflict,
    /// A defect here kept it from being done. Nothing of it was kept.
    #[error("a defect kept it from being done; the log says where")]
    Panicked,
    /// The files were deleted or replaced while they are open. Nothing of the request was kept.
    #[error("the data folder: {0}")]
    Gone(String),
    /// The database file is damaged.
    #[error("the database is damaged: {0}")]
    Malformed(String),
    /// What is stored cannot be read: a wrong master key, a newer version's data.
    #[error("stored data cannot be read: {0}")]
    Corrupt(String),
}

/// What verbs return.
pub type Result<T> = std::result::Result<T, StoreError>;

/// An event has the id or the idempotency key of another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clash {
    /// Which of its batch it is, from 0.
    pub place: usize,
    /// The one that was kept before; otherwise the other is one of the same batch.
    pub earlier: Option<EventKey>,
}
