//! The domain's errors as problems: with which status, in which words for the caller.

use super::problem::{Code, Problem};
use crate::{
    access::AccessError,
    courier::{NotDone, NotSent},
    deliver::NoPlace,
    manage::{ManageError, Mismatch},
    model::{DeliveryStatus, LocalFailure, QuotaKind},
    publish::{Conflict, ConflictWith, PublishError, route::TooMuch},
    replay::ReplayError,
    store::StoreError,
    webhook::Secrets,
    work::TooMuchWork,
};

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::Unavailable(_) | StoreError::InUse(_) => {
                let detail = "nothing of this request was kept, because the store cannot write; try again later";
                Problem::new(Code::StoreUnavailable, detail).retry_after(5).because(error)
            }
            StoreError::Busy => {
                let detail = "nothing of this request was kept, because too much waits to be written already; \
                              try again in a second";
                Problem::new(Code::Busy, detail).retry_after(1).because(error)
            }
            StoreError::TooLong => {
                let detail =
                    "too much had to be looked at for this list; narrow it down with `from`, `to` or `webhook`";
                Problem::new(Code::TooLong, detail).retry_after(5)
            }
            StoreError::TooManyReads => {
                let detail = "much that this tenant asked for is still being read; ask for less at one time, and narrow long lists down \
                              with `from`, `to` or `webhook`; try again in a second";
                Problem::new(Code::TooManyRequests, detail).retry_after(1)
            }
            StoreError::TooMuchWork(error) => error.into(),
            StoreError::Closed => {
                let detail = "the server is shutting down; try again when it is back";
                Problem::new(Code::ShuttingDown, detail).retry_after(5).because(error)
            }
            StoreError::Clash(_) => Problem::new(Code::EventConflict, error.to_string()),
            StoreError::Exists(ref id) => Problem::new(Code::Exists, format!("`{id}` exists already; choose another")),
            StoreError::Full(reached) => match reached.kind {
                // It passes by itself.
                QuotaKind::OwedDeliveries => Problem::new(Code::TooMuchOwed, reached.to_string()).retry_after(30),
                QuotaKind::EventBytes => Problem::new(Code::TooMuchKept, reached.to_string()).retry_after(300),
                _ => Problem::new(Code::QuotaReached, reached.to_string()),
            },
            StoreError::DiskFull(_) => {
                let detail = "nothing of this request was kept: what is left of the server's disk is for events that were accepted \
                              before; its operator has to make room, or wait until retention has";
                Problem::new(Code::DiskFull, detail).retry_after(60).because(error)
            }
            StoreError::DiskShort(_) => {
                let detail = "nothing of this request was kept: the server's disk is short, and your tenant keeps more of it than \
                              tenants do on average; wait until retention has deleted old events, or ask its operator to make room";
                Problem::new(Code::DiskFull, detail).retry_after(60).because(error)
            }
            StoreError::Conflict => {
                let detail = "someone else changed it while this request was done; read it again and repeat the change";
                Problem::new(Code::ChangedMeanwhile, detail)
            }
            StoreError::Gone(_) => {
                let detail = "nothing of this request was kept, because the server's data folder was deleted or replaced while \
                              it runs; its operator has to restore it and start the server again";
                Problem::new(Code::StoreUnavailable, detail).retry_after(60).because(error)
            }
            StoreError::Panicked | StoreError::Corrupt(_) | StoreError::Malformed(_) => Problem::internal(error),
        }
    }
}

impl From<NoPlace> for Problem {
    fn from(_: NoPlace) -> Problem {
        let detail = "too many tests and handshakes are under way at the moment; try again in a second";
        Problem::new(Code::TooManyRequests, detail).retry_after(1)
    }
}

impl From<TooMuchWork> for Problem {
    fn from(_: TooMuchWork) -> Problem {
        let detail = "much of what this tenant asked for is still being worked out: filters, templates and schemas that take \
                      long, or large requests; nothing of this request was kept; try again in a second";
        Problem::new(Code::TooManyRequests, detail).retry_after(1)
    }
}

impl From<LocalFailure> for Problem {
    fn from(failure: LocalFailure) -> Problem {
        let detail = "this system cannot send or run anything at the moment; nothing is said about the receiver; try again in a few \
                      seconds";
        Problem::new(Code::CannotSend, detail).retry_after(5).because(failure)
    }
}

impl From<NotDone> for Problem {
    fn from(error: NotDone) -> Problem {
        match error {
            NotDone::TooMuchWork(error) => error.into(),
            NotDone::Local(failure) => failure.into(),
        }
    }
}

impl From<NotSent> for Problem {
    fn from(error: NotSent) -> Problem {
        match error {
            NotSent::NoPlace(error) => error.into(),
            NotSent::Local(failure) => failure.into(),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Problem {
        let text = error.to_string();
        match error {
            AccessError::UnknownKey | AccessError::SignedOut => Problem::new(Code::Unauthorized, text),
            AccessError::UsedLink => Problem::new(Code::UsedLink, text),
            AccessError::Expired => Problem::new(Code::KeyExpired, text),
            AccessError::TooManyFailures { retry_after } | AccessError::RateLimited { retry_after, .. } => {
                Problem::new(Code::TooManyRequests, text).retry_after(retry_after)
            }
            AccessError::MissingScope(_) | AccessError::StrongerKey(_) => Problem::new(Code::MissingScope, text),
            AccessError::NotInPortal => Problem::new(Code::NotInPortal, text),
            AccessError::OperatorOnly => Problem::new(Code::OperatorOnly, text),
            AccessError::AllTenantsNeedOperator => {
                let detail = "`Tenant: *` stands for all tenants, which needs an operator's key; leave the header out";
                Problem::new(Code::OperatorOnly, detail)
            }
            AccessError::OneTenantOnly => {
                let detail = "`Tenant: *` stands for all tenants, and this is about one; name it";
                Problem::new(Code::OneTenantOnly, detail)
            }
            AccessError::OtherTenant => {
                let detail = "the header `Tenant` names a tenant that the API key does not belong to; leave it out";
                Problem::new(Code::OtherTenant, detail)
            }
            AccessError::UnknownTenant(_) => {
                let remedy = "make it with POST /api/v1/tenants, or name another in the header `Tenant`";
                Problem::new(Code::UnknownTenant, format!("{text}; {remedy}"))
            }
            AccessError::ScopeNotHeld { place, .. } => {
                Problem::new(Code::MissingScope, text).pointing_at(format!("/scopes/{place}"))
            }
            AccessError::KeyOfOtherTenant => Problem::new(Code::OtherTenant, text).pointing_at("/tenant"),
            AccessError::DefaultTenant => {
                let detail = "requests that name no tenant are about this one, so it cannot be deleted";
                Problem::new(Code::DefaultTenant, detail)
            }
            AccessError::NotFound(what) => Problem::not_found(what),
            AccessError::Fields(errors) => errors.into(),
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Problem {
        match error {
            ReplayError::TooManyRunning => Problem::new(Code::TooManyReplays, error.to_string()),
            ReplayError::TooMuchWork(error) => error.into(),
            ReplayError::Store(error) => error.into(),
        }
    }
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Problem {
        match error {
            ManageError::NotFound(what) => Problem::not_found(what),
            ManageError::Access(error) => error.into(),
            ManageError::SetAside { reason } => {
                let detail = format!(
                    "the webhook is kept as it is, and what it is owed is held, because this version cannot read it: \
                     {reason}; run the version that wrote it, or delete it with DELETE"
                );
                Problem::new(Code::WebhookSetAside, detail)
            }
            ManageError::Mismatch(mismatch) => Problem::new(Code::VersionMismatch, unexpected(mismatch)),
            ManageError::Invalid(errors) => Problem::fields(Code::InvalidBody, errors),
            ManageError::Exposed(errors) => Problem::fields(Code::CredentialsNeeded, errors),
            ManageError::TooManyInGrace => {
                let detail = format!(
                    "{} replaced secrets still sign; wait until the grace time of one has ended, or rotate with \
                     `\"grace\": \"0s\"`, which ends them all",
                    Secrets::MOST_IN_GRACE
                );
                Problem::new(Code::TooManySecrets, detail)
            }
            ManageError::NoSuchVersion => Problem::parameter("version", "the event type has no such version"),
            ManageError::NoSample(reason) => Problem::parameter("seed", reason),
            ManageError::WebhookDeleted(id) => {
                let detail = format!("the webhook `{id}` was deleted; publish the event again for another webhook");
                Problem::new(Code::WebhookDeleted, detail)
            }
            ManageError::WebhookDisabled(id) => {
                let detail = format!(
                    "the webhook `{id}` is disabled; activate it with PATCH /api/v1/webhooks/{id} \
                     {{\"status\":\"active\"}} and retry then"
                );
                Problem::new(Code::WebhookDisabled, detail)
            }
            ManageError::AlreadyFinished(status) => {
                let word = if status == DeliveryStatus::Delivered { "delivered" } else { "failed" };
                let detail = format!("the delivery is {word} already; there is nothing to cancel");
                Problem::new(Code::AlreadyFinished, detail)
            }
            ManageError::Delivered(id) => {
                let detail = format!(
                    "the receiver has this delivery, and it stays delivered; send its event again by a new one with POST \
                     /api/v1/deliveries/{id}/replay"
                );
                Problem::new(Code::AlreadyFinished, detail)
            }
            ManageError::StillOwed(id) => {
                let detail = format!(
                    "the delivery is still to be sent, so there is nothing to repeat; have it sent now with POST \
                     /api/v1/deliveries/{id}/retry"
                );
                Problem::new(Code::StillOwed, detail)
            }
            ManageError::Scrubbed => Problem::scrubbed(),
            ManageError::IsTest(id) => {
                let detail = format!(
                    "the delivery is a test, which is sent once and never waits; send it again with POST \
                     /api/v1/deliveries/{id}/replay"
                );
                Problem::new(Code::IsTest, detail)
            }
            ManageError::OfNewerVersion => {
                let detail = "the delivery is in a status that a newer version of lanehook gave it and this one does not \
                              know; run that version to change it";
                Problem::new(Code::AlreadyFinished, detail)
            }
            ManageError::NoProbe(reason) => Problem::new(Code::CannotProbe, reason.to_string()),
            ManageError::LanesBusy(_) => {
                let detail = "the lanes have so much to do that they cannot say at the moment; try again in a second";
                Problem::new(Code::Busy, detail).retry_after(1)
            }
            ManageError::TooMuchWork(error) => error.into(),
            ManageError::NotSent(error) => error.into(),
            ManageError::Store(error) => error.into(),
            ManageError::Defect(cause) => Problem::internal(cause),
        }
    }
}

fn unexpected(mismatch: Mismatch) -> &'static str {
    match mismatch {
        Mismatch::Exists => "`If-None-Match: *` asks for a new one, and this one exists",
        Mismatch::Missing => "`If-Match` names a version, and there is none of this name",
        Mismatch::OtherVersion => {
            "`If-Match` names another version than there is (a weak tag, `W/\"…\"`, and one without quotes name none); read it again \
             and repeat the change with its `ETag` as it comes"
        }
    }
}

/// Why nothing of a request was published. `pointer` leads to the event at a place.
pub fn publishing(error: PublishError, pointer: impl Fn(usize) -> String) -> Problem {
    match error {
        PublishError::Invalid { place, mut errors } => {
            for error in &mut errors {
                error.pointer.insert_str(0, &pointer(place));
            }
            Problem::fields(Code::InvalidEvent, errors)
        }
        PublishError::Conflict(Conflict { place, with }) => conflict(with, pointer(place)),
        PublishError::Unreadable(errors) => errors.into(),
        PublishError::TooMuch(error) => error.into(),
        PublishError::TooMuchWork(error) => error.into(),
        PublishError::Store(error) => error.into(),
        PublishError::Defect(cause) => Problem::internal(cause),
    }
}

/// One id for two events, of which nothing was kept.
fn conflict(with: ConflictWith, pointer: String) -> Problem {
    let (name, first, pointer) = match with {
        ConflictWith::SameRequest => {
            let detail =
                "two events of this request have one id, and different content; nothing of the request was kept";
            return Problem::new(Code::EventConflict, detail).pointing_at(format!("{pointer}/id"));
        }
        ConflictWith::Id(id) => (format!("id `{id}`"), id, format!("{pointer}/id")),
        ConflictWith::IdempotencyKey { first } => ("idempotency key".to_owned(), first, pointer),
    };
    let detail = format!(
        "the {name} was used within 24 hours for event `{first}`, whose content is different; nothing of this request \
         was kept; use a new one for a new event"
    );
    Problem::new(Code::EventConflict, detail).pointing_at(pointer)
}

impl From<TooMuch> for Problem {
    fn from(error: TooMuch) -> Problem {
        match error {
            TooMuch::Deliveries { deliveries, most } => {
                let detail = format!(
                    "nothing was kept: this request would cause {deliveries} deliveries, and {most} are possible at one \
                     time; send fewer events in each request"
                );
                Problem::new(Code::TooManyDeliveries, detail)
            }
            TooMuch::Matching { most } => {
                let detail = format!(
                    "nothing was kept: matching these events with the tenant's filters takes longer than {} s; send fewer \
                     events in each request, or simplify filters that look through large lists and texts",
                    most / 1_000_000_000
                );
                Problem::new(Code::TooManyDeliveries, detail)
            }
            TooMuch::Data { most } => {
                let detail = format!(
                    "nothing was kept: each tenant that wants this event gets a copy of its data, and {} MiB of copies \
                     are possible at one time; send a link to what is large",
                    most >> 20
                );
                Problem::new(Code::TooManyDeliveries, detail)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{StatusCode, header::RETRY_AFTER};

    use super::{super::problem::tests::written, *};

    #[test]
    fn what_the_store_says_stays_in_the_log() {
        let (response, body) = written(StoreError::Unavailable("/var/lib/secret.db is full".into()).into());
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[RETRY_AFTER], "5");
        assert!(body.contains("store_unavailable") && !body.contains("secret.db"), "{body}");
        let (response, body) = written(StoreError::Corrupt("webhook 7: key of tenant x".into()).into());
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!body.contains("tenant x"), "{body}");
    }

    #[test]
    fn store_errors_have_their_statuses() {
        let check = |error: StoreError, status: u16, retry_after: Option<&str>| {
            let (response, _) = written(error.into());
            assert_eq!(response.status(), status);
            assert_eq!(response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap()), retry_after);
        };
        check(StoreError::Busy, 503, Some("1"));
        check(StoreError::Closed, 503, Some("5"));
        check(StoreError::DiskFull("7 bytes are free".into()), 507, Some("60"));
        check(StoreError::DiskShort("9 bytes are free".into()), 507, Some("60"));
        check(StoreError::TooManyReads, 429, Some("1"));
        check(StoreError::Exists("a".into()), 409, None);
        check(StoreError::Conflict, 409, None);
    }
}
