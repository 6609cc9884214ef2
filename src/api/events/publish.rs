//! Publishing: events are read from a request and handed to the publisher; the answer says what became of each.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};

use super::receipts::{self, PublicationBody, ReceiptBody};
use crate::{
    api::{
        app::Shared,
        edge::{
            body,
            extract::{NoParams, require_json},
            problem::Problem,
            refusals,
            scopes::{AllowedForAll, EventsWrite},
        },
    },
    model::{IdempotencyKey, NewEvent, TenantKey, TraceParent},
    publish::Publication,
};

/// Bytes of an event's data from which on what it takes up once it is read is counted.
const LARGE: usize = 4 << 10;
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Publish events
///
/// One event, or `{"events": […]}` with up to 1,000: if one of them may not be kept, none is. 202 means that they are on disk
/// together with the deliveries they cause. After a 5xx, or without an answer, some of them may be. An event's `id`, or the
/// header `Idempotency-Key`, makes it safe to send again within 24 hours: the same event, byte for byte, is answered as before, with `duplicate: true`. The header is about the
/// request: with several events each is known by the key and its place, and an event that is known by the key is a
/// duplicate whatever its `id`.
///
/// An operator's key with `Tenant: *` publishes one event to all tenants: each gets a copy of its own, with the
/// deliveries that its webhooks ask for.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "events", operation_id = "publishEvents",
    params(
        ("Idempotency-Key" = Option<IdempotencyKey>, Header, description = "Makes the request safe to repeat for 24 hours"),
        ("traceparent" = Option<TraceParent>, Header, description = "The trace that the events are part of, unless they say \
            so themselves (W3C Trace Context)"),
    ),
    request_body = PublicationBody,
    responses(
        (status = 202, description = "Kept", body = ReceiptBody),
        (status = 409, description = "The id belongs to a different event"),
        (status = 429, description = "Too many requests (`too_many_requests`), or the tenant has as much as its quota allows: \
            deliveries that it is owed (`too_much_owed`), bytes of events (`too_much_kept`). `Retry-After` says when to try again"),
        (status = 507, description = "The disk is nearly full, or it is short and the tenant keeps more than others (`disk_full`): nothing was kept. `Retry-After` says when to try again"),
    )
)]
pub async fn publish(
    AllowedForAll { tenant, .. }: AllowedForAll<EventsWrite>,
    State(app): State<Shared>,
    _: NoParams,
    request: Request,
) -> Result<Response, Problem> {
    require_json(&app, request.headers())?;
    let (idempotency_key, trace) = (idempotency_key(request.headers())?, traceparent(request.headers()));
    // Held to the end: the events are as large.
    let mut body = body::read(&app, request, app.max_body_bytes).await?;
    let publication = app.publisher.read(tenant, body.bytes(), idempotency_key).await;
    let publication = publication.map_err(|error| refusals::publishing(error, |_| String::new()))?;
    // Filters, schemas and expressions read one event after another.
    let large = publication.events().iter().map(|event| &event.data).filter(|data| data.len() > LARGE);
    body.takes_largest_tree(&app.work, large.cloned().collect()).await?;
    let traced = |mut event: NewEvent| {
        event.traceparent = event.traceparent.or_else(|| trace.clone());
        event
    };
    let answer = match publication {
        Publication::One(event) if tenant == TenantKey::ALL => {
            let receipt = app.publisher.broadcast(traced(*event)).await;
            receipts::one(receipt.map_err(|error| refusals::publishing(error, |_| String::new()))?)
        }
        Publication::One(event) => {
            let receipts = app.publisher.publish(tenant, vec![traced(*event)]).await;
            let mut receipts = receipts.map_err(|error| refusals::publishing(error, |_| String::new()))?;
            receipts::one(receipts.pop().ok_or_else(|| Problem::internal("one event came to nothing"))?)
        }
        Publication::Many(_) if tenant == TenantKey::ALL => {
            return Err(Problem::field("/events", "one event at a time can be sent to all tenants"));
        }
        Publication::Many(events) => {
            let receipts = app.publisher.publish(tenant, events.into_iter().map(traced).collect()).await;
            receipts::many(receipts.map_err(|error| refusals::publishing(error, |place| format!("/events/{place}")))?)
        }
    };
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((StatusCode::ACCEPTED, json, answer).into_response())
}

/// A header of another form is somebody else's affair.
pub(in crate::api) fn traceparent(headers: &HeaderMap) -> Option<TraceParent> {
    headers.get(TRACEPARENT).and_then(|value| TraceParent::parse(value.to_str().ok()?).ok())
}

/// The header is a structured string by its draft (`"abc"`) and a bare one by habit.
pub(in crate::api) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::header("Idempotency-Key", "is there more than once; send one"));
    }
    let text = value.to_str().unwrap_or_default();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    IdempotencyKey::parse(bare).map(Some).map_err(|message| Problem::header("Idempotency-Key", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idempotency_key_is_bare_or_quoted() {
        let read = |value: &'static str| {
            idempotency_key(&HeaderMap::from_iter([(IDEMPOTENCY_KEY, HeaderValue::from_static(value))]))
        };
        for (header, key) in [("abc", "abc"), ("\"abc\"", "abc"), ("order/1.2,'x'\\\"", "order/1.2,'x'\\\"")] {
            assert_eq!(read(header).unwrap().unwrap().to_string(), key);
        }
        let long = |length: usize| IdempotencyKey::parse(&"k".repeat(length));
        assert!(long(255).is_ok() && long(256).is_err() && read("\"\"").is_err());
        assert!(read("a b").is_err());
        let twice = ["a", "a"].map(|value| (IDEMPOTENCY_KEY, HeaderValue::from_static(value)));
        assert!(idempotency_key(&HeaderMap::from_iter(twice)).is_err());
        assert!(idempotency_key(&HeaderMap::new()).unwrap().is_none());
    }
}
