//! Why events are not matched.

use crate::work::{Cost, TooMuchWork};

/// The most deliveries that one request can cause: whom they go to is committed together, and others wait for that commit.
pub const MOST_DELIVERIES: usize = 200_000;
/// What matching the events of one request may take together. One event alone is always matched, however long it takes.
pub(super) const MOST_MATCHING: Cost = 10_000_000_000;
/// Bytes of data that are written at one time for one event to all tenants.
pub const MOST_COPIED: usize = 256 << 20;

/// More at one time than can be kept together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TooMuch {
    /// So many deliveries would be caused, or more.
    #[error("{deliveries} deliveries at one time, of which {most} are possible")]
    Deliveries {
        /// As far as they were counted.
        deliveries: usize,
        /// How many are possible.
        most: usize,
    },
    /// Matching several events with the tenant's filters would take longer than this.
    #[error("matching takes longer than {} s", most / 1_000_000_000)]
    Matching {
        /// In nanoseconds, as far as they can be told beforehand.
        most: Cost,
    },
    /// All tenants' copies of an event have more bytes than this.
    #[error("more data at one time than {most} bytes")]
    Data {
        /// How many bytes are possible.
        most: usize,
    },
}

impl TooMuch {
    /// How many deliveries were too many, as far as they were counted.
    pub fn deliveries(&self) -> u64 {
        match *self {
            TooMuch::Deliveries { deliveries, .. } => deliveries as u64,
            TooMuch::Matching { .. } | TooMuch::Data { .. } => 0,
        }
    }
}

/// Why events were not matched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RouteError {
    /// It would be more at one time than can be kept together.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// Other work of the tenant comes first.
    #[error(transparent)]
    TooMuchWork(#[from] TooMuchWork),
}
