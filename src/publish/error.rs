//! Why events were not kept.

use super::route::{RouteError, TooMuch};
use crate::{model::FieldError, store::StoreError, work::TooMuchWork};

/// Why nothing of what was published was kept.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PublishError {
    /// An event is not what its type says, and its tenant wants such events refused.
    #[error("event {place} is not what its type says: {errors:?}")]
    Invalid {
        /// Which of those published together, from 0.
        place: usize,
        /// What is wrong; pointers are into the event.
        errors: Vec<FieldError>,
    },
    /// An event has the id of another one.
    #[error("the id of an event belongs to a different event: {0:?}")]
    Conflict(Conflict),
    /// The request cannot be read.
    #[error("the request cannot be read: {0:?}")]
    Unreadable(Vec<FieldError>),
    /// Other work of the tenant comes first.
    #[error(transparent)]
    TooMuchWork(#[from] TooMuchWork),
    /// It would be more at one time than can be kept together.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// The store did not keep it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something that should not happen.
    #[error("{0}")]
    Defect(String),
}

impl From<RouteError> for PublishError {
    fn from(error: RouteError) -> PublishError {
        match error {
            RouteError::TooMuch(error) => error.into(),
            RouteError::TooMuchWork(error) => error.into(),
        }
    }
}

/// One id for two events.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conflict {
    /// Which of those published together, from 0.
    pub place: usize,
    /// What it has in common with what.
    pub with: ConflictWith,
}

/// What two events have in common, whose content is different.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConflictWith {
    /// Its id, with another one of the same request.
    SameRequest,
    /// Its id, this one, with an event published within 24 hours.
    Id(String),
    /// Its idempotency key, with an event published within 24 hours.
    IdempotencyKey {
        /// That event's id.
        first: String,
    },
}
