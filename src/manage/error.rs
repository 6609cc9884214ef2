//! Why a change was not made.

use super::{expected::Mismatch, no_probe::NoProbe};
use crate::{
    access::AccessError,
    courier::{NotDone, NotSent},
    lane::NoAnswer,
    model::{DeliveryId, DeliveryStatus, FieldError, WebhookId},
    store::StoreError,
    webhook::TooManyInGrace,
    work::TooMuchWork,
};

/// Why a change was not made. Nothing of it was kept.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ManageError {
    /// There is no such thing among the tenant's.
    #[error("there is no {0} with this id")]
    NotFound(&'static str),
    /// The webhook is there, and this version of the program cannot read it. It stays as it is.
    #[error("the webhook cannot be read by this version: {reason}")]
    SetAside {
        /// Why, for the caller.
        reason: String,
    },
    /// The caller may not.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// It is not the version that the caller means.
    #[error("it is not the version that is expected: {0:?}")]
    Mismatch(Mismatch),
    /// What is wanted is not possible; pointers are into what the caller sent. At least one.
    #[error("{0:?}")]
    Invalid(Vec<FieldError>),
    /// Credentials that the caller may not know would go where they have not been; pointers name them.
    #[error("credentials do not follow this change: {0:?}")]
    Exposed(Vec<FieldError>),
    /// No other secret can be added.
    #[error("too many replaced secrets still sign")]
    TooManyInGrace,
    /// The event type has no version with this number.
    #[error("the event type has no such version")]
    NoSuchVersion,
    /// No data could be made that fits a schema.
    #[error("{0}")]
    NoSample(String),
    /// The webhook of a delivery was deleted.
    #[error("the webhook `{0}` was deleted")]
    WebhookDeleted(WebhookId),
    /// The webhook of a delivery is disabled.
    #[error("the webhook `{0}` is disabled")]
    WebhookDisabled(WebhookId),
    /// The delivery is finished.
    #[error("the delivery is finished: {0:?}")]
    AlreadyFinished(DeliveryStatus),
    /// The delivery cannot be retried, since the receiver has it.
    #[error("the delivery {0} is delivered")]
    Delivered(DeliveryId),
    /// The delivery cannot be replayed, since it is still to be sent.
    #[error("the delivery {0} is still owed")]
    StillOwed(DeliveryId),
    /// What the event says was deleted, so that it cannot be sent.
    #[error("the event was scrubbed")]
    Scrubbed,
    /// The delivery cannot be retried, since it is a test and its lane never had it.
    #[error("the delivery {0} is a test")]
    IsTest(DeliveryId),
    /// The delivery is in a status that this version of the program does not know.
    #[error("the delivery is in a status of a newer version")]
    OfNewerVersion,
    /// No probe goes now.
    #[error(transparent)]
    NoProbe(#[from] NoProbe),
    /// The lanes had too much to do to answer in time.
    #[error(transparent)]
    LanesBusy(#[from] NoAnswer),
    /// Other work of the tenant comes first.
    #[error(transparent)]
    TooMuchWork(#[from] TooMuchWork),
    /// The receiver cannot be asked, or a script not be tried, at the moment.
    #[error(transparent)]
    NotSent(#[from] NotSent),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something that should not happen.
    #[error("{0}")]
    Defect(String),
}

impl ManageError {
    /// A wrong field.
    pub(super) fn field(pointer: impl Into<String>, message: impl Into<String>) -> ManageError {
        FieldError::at(pointer, message).into()
    }
}

impl From<NotDone> for ManageError {
    fn from(error: NotDone) -> ManageError {
        match error {
            NotDone::TooMuchWork(error) => error.into(),
            NotDone::Local(failure) => NotSent::Local(failure).into(),
        }
    }
}

impl From<FieldError> for ManageError {
    fn from(error: FieldError) -> ManageError {
        ManageError::Invalid(vec![error])
    }
}

impl From<Vec<FieldError>> for ManageError {
    fn from(errors: Vec<FieldError>) -> ManageError {
        ManageError::Invalid(errors)
    }
}

impl From<Mismatch> for ManageError {
    fn from(mismatch: Mismatch) -> ManageError {
        ManageError::Mismatch(mismatch)
    }
}

impl From<TooManyInGrace> for ManageError {
    fn from(_: TooManyInGrace) -> ManageError {
        ManageError::TooManyInGrace
    }
}
