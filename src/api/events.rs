//! Events: publishing them, and looking at what was published.

use std::io::Write as _;

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::{
    Shared,
    access::Caller,
    delivery_view::DeliveryView,
    extract::{FromQuery, Id, NoParams, Params, Query, read_body, require_json},
    page::{List, Page, PageParams},
    problem::{Code, Problem},
};
use crate::{
    ingest::{self, EventInput, EventsInput, Publication},
    model::{CallerId, DeliveryId, Event, EventKey, EventType, NewEvent, OrderingKey, Scope, TenantKey, Timestamp},
    store::{Accepted, EventQuery},
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What became of one published event.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what `Receipt` writes")]
pub struct PublishedEvent {
    /// The caller's id, or a generated one.
    #[schema(example = "evt_06f3n1qk2v0g0")]
    id: String,
    #[schema(example = "price.alert")]
    r#type: String,
    /// When it happened.
    #[schema(format = DateTime)]
    timestamp: String,
    /// How many webhooks are owed it.
    deliveries: u32,
    /// Whether it had been accepted before; then this is the first answer.
    duplicate: bool,
}

/// What became of several, in their order.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what `publish` writes")]
pub struct PublishedEvents {
    events: Vec<PublishedEvent>,
}

/// One event, or several.
#[derive(ToSchema)]
#[schema(as = Publication)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what `ingest::read` reads")]
pub enum PublicationBody {
    One(EventInput),
    Many(EventsInput),
}

/// One answer or several.
#[derive(ToSchema)]
#[schema(as = Receipt)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what `publish` writes")]
pub enum ReceiptBody {
    One(PublishedEvent),
    Many(PublishedEvents),
}

/// Publish events
///
/// One event, or `{"events": […]}` with up to 1,000 that are kept all or none. 202 means that they are on disk together
/// with the deliveries they cause. An event's `id`, or the header `Idempotency-Key`, makes it safe to send again within
/// 24 hours: the same event is answered as before, with `duplicate: true`.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "events", operation_id = "publishEvents",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat for 24 hours")),
    request_body = PublicationBody,
    responses(
        (status = 202, description = "Kept", body = ReceiptBody),
        (status = 409, description = "The id belongs to a different event"),
    )
)]
pub async fn publish(
    State(app): State<Shared>,
    caller: Caller,
    _: NoParams,
    request: Request,
) -> Result<Response, Problem> {
    let tenant = caller.tenant(Scope::EventsWrite)?;
    let (parts, body) = request.into_parts();
    require_json(&parts.headers)?;
    let idempotency_key = idempotency_key(&parts.headers)?;
    let body = read_body(body, app.limits.max_body_bytes).await?;
    let publication = ingest::read(&body, idempotency_key.as_ref(), app.limits.max_event_bytes)?;
    drop(body);
    let (events, batch) = match publication {
        Publication::One(event) => (vec![event], false),
        Publication::Many(events) => (events, true),
    };
    let sent: Vec<SentEvent> = events.iter().map(SentEvent::of).collect();
    let accepted = app.router.publish(tenant, events).await?;

    let mut answer = Vec::with_capacity(16 + 192 * accepted.len());
    if batch {
        answer.extend_from_slice(b"{\"events\":[");
    }
    for (place, (sent, accepted)) in sent.into_iter().zip(&accepted).enumerate() {
        if place > 0 {
            answer.push(b',');
        }
        match *accepted {
            Accepted::Kept { key, deliveries } => sent.receipt(key, deliveries, false).write(&mut answer),
            Accepted::Duplicate { key, deliveries } => {
                let first = app.store.event(key).await?.map(|event| SentEvent::first(&event));
                first.unwrap_or(sent).receipt(key, deliveries, true).write(&mut answer);
            }
            Accepted::Clash { key } => return Err(clash(&app, &sent, key, batch.then_some(place)).await),
        }
    }
    if batch {
        answer.extend_from_slice(b"]}");
    }
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((StatusCode::ACCEPTED, json, answer).into_response())
}

/// What the answer needs of an event that was handed on.
struct SentEvent {
    id: Option<CallerId>,
    event_type: EventType,
    timestamp: Option<Timestamp>,
}

impl SentEvent {
    fn of(event: &NewEvent) -> SentEvent {
        let (id, event_type) = (event.caller_id.clone(), event.event_type.clone());
        SentEvent { id, event_type, timestamp: event.timestamp }
    }

    fn first(event: &Event) -> SentEvent {
        let (id, event_type) = (event.caller_id.clone(), event.event_type.clone());
        SentEvent { id, event_type, timestamp: Some(event.timestamp) }
    }

    fn receipt(self, key: EventKey, deliveries: u32, duplicate: bool) -> Receipt {
        Receipt { sent: self, key, deliveries, duplicate }
    }
}

struct Receipt {
    sent: SentEvent,
    key: EventKey,
    deliveries: u32,
    duplicate: bool,
}

impl Receipt {
    /// Ids and types are of characters that JSON takes as they are (see [`CallerId`] and [`EventType`]), so nothing is
    /// escaped.
    fn write(&self, out: &mut Vec<u8>) {
        let (event_type, timestamp) = (&self.sent.event_type, self.sent.timestamp.unwrap_or(self.key.0.time()));
        out.extend_from_slice(b"{\"id\":\"");
        // Writing to a vector does not fail.
        let _ = match &self.sent.id {
            Some(id) => out.write_all(id.as_str().as_bytes()),
            None => write!(out, "{}", self.key),
        };
        let (deliveries, duplicate) = (self.deliveries, self.duplicate);
        let _ = write!(
            out,
            r#"","type":"{event_type}","timestamp":"{timestamp}","deliveries":{deliveries},"duplicate":{duplicate}}}"#
        );
    }
}

/// The header is a structured string by its draft (`"abc"`) and a bare one by habit.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<CallerId>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    CallerId::parse(bare).map(Some).map_err(|message| Problem::header("Idempotency-Key", message))
}

async fn clash(app: &Shared, sent: &SentEvent, key: EventKey, place: Option<usize>) -> Problem {
    let pointer = match place {
        Some(place) => format!("/events/{place}"),
        None => String::new(),
    };
    let first = match app.store.event(key).await {
        Ok(Some(event)) => event.public_id(),
        _ => key.to_string(),
    };
    let (name, pointer) = match &sent.id {
        Some(id) if id.as_str() == first => (format!("id `{id}`"), format!("{pointer}/id")),
        _ => ("idempotency key".to_owned(), pointer),
    };
    let detail = format!(
        "the {name} was used within 24 hours for event `{first}`, whose content is different; nothing of this request \
         was kept; use a new one for a new event"
    );
    Problem::new(Code::EventConflict, detail).pointing_at(pointer)
}

/// An event.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
pub struct EventView {
    /// The caller's id, or a generated one.
    #[schema(example = "evt_06f3n1qk2v0g0")]
    id: String,
    /// What happened.
    #[schema(value_type = String, example = "price.alert")]
    r#type: EventType,
    /// Version of the type's schema that `data` follows, if the caller named one.
    version: Option<u32>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    accepted_at: Timestamp,
    /// What keeps it in order.
    #[schema(value_type = Option<String>)]
    ordering_key: Option<OrderingKey>,
    /// How many webhooks it was owed to.
    deliveries: u32,
    /// The caller's JSON, byte for byte.
    #[schema(value_type = Value)]
    data: Box<RawValue>,
}

impl EventView {
    fn of(event: &Event) -> Result<EventView, Problem> {
        let data = serde_json::from_slice(&event.data)
            .map_err(|error| Problem::internal(format!("the data of {}: {error}", event.key)))?;
        Ok(EventView {
            id: event.public_id(),
            r#type: event.event_type.clone(),
            version: event.version,
            timestamp: event.timestamp,
            accepted_at: event.key.0.time(),
            ordering_key: event.ordering_key.clone(),
            deliveries: event.fan_out,
            data,
        })
    }
}

/// Which events to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Only events of this type.
    #[param(value_type = Option<String>)]
    event_type: Option<EventType>,
    /// Only those accepted at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only those accepted before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    #[param(ignore)]
    page: Page,
}

impl FromQuery for EventFilter {
    fn read(query: &mut Query<'_>) -> Result<EventFilter, Problem> {
        Ok(EventFilter {
            event_type: query.take("event_type", EventType::parse)?,
            from: query.take("from", Timestamp::parse)?,
            to: query.take("to", Timestamp::parse)?,
            page: Page::read(query)?,
        })
    }
}

/// List events
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", operation_id = "listEvents",
    params(EventFilter, PageParams),
    responses((status = 200, description = "A page of events", body = List<EventView>))
)]
pub async fn list(
    State(app): State<Shared>,
    caller: Caller,
    Params(filter): Params<EventFilter>,
) -> Result<Json<List<EventView>>, Problem> {
    let tenant = caller.tenant(Scope::EventsRead)?;
    let query = EventQuery {
        event_type: filter.event_type,
        from: filter.from,
        to: filter.to,
        before: filter.page.after(EventKey::parse)?,
        limit: filter.page.limit + 1,
    };
    let events = app.store.events(tenant, query).await?;
    let page = filter.page.of(events, |last| last.key.to_string(), |event| EventView::of(&event));
    let data = page.data.into_iter().collect::<Result<_, _>>()?;
    Ok(Json(List { data, next_cursor: page.next_cursor, has_more: page.has_more }))
}

/// Read an event
#[utoipa::path(
    get, path = "/api/v1/events/{id}", tag = "events", operation_id = "readEvent",
    params(("id" = String, Path, description = "The event's id")),
    responses((status = 200, description = "The event", body = EventView))
)]
pub async fn read(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<EventView>, Problem> {
    let event = find(&app, caller.tenant(Scope::EventsRead)?, &id).await?;
    EventView::of(&event).map(Json)
}

/// List an event's deliveries
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/events/{id}/deliveries", tag = "events", operation_id = "listDeliveriesOfEvent",
    params(("id" = String, Path, description = "The event's id"), PageParams),
    responses((status = 200, description = "A page of deliveries", body = List<DeliveryView>))
)]
pub async fn deliveries(
    State(app): State<Shared>,
    caller: Caller,
    Id(id): Id,
    Params(page): Params<Page>,
) -> Result<Json<List<DeliveryView>>, Problem> {
    let event = find(&app, caller.tenant(Scope::DeliveriesRead)?, &id).await?;
    let before = page.after(DeliveryId::parse)?;
    let mut found = app.store.deliveries_of(&event).await?;
    found.retain(|delivery| before.is_none_or(|before| delivery.id < before));
    Ok(Json(page.of(found, |last| last.id.to_string(), |delivery| DeliveryView::of(&delivery))))
}

impl FromQuery for Page {
    fn read(query: &mut Query<'_>) -> Result<Page, Problem> {
        Page::read(query)
    }
}

async fn find(app: &Shared, tenant: TenantKey, id: &str) -> Result<Event, Problem> {
    app.store.find_event(tenant, id).await?.ok_or_else(|| Problem::not_found("event"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Serial;

    #[test]
    fn a_receipt_is_json() {
        let check = |id: Option<&str>, timestamp: Option<Timestamp>, expected: &str| {
            let id = id.map(|id| CallerId::parse(id).unwrap());
            let sent = SentEvent { id, event_type: EventType::parse("price.alert").unwrap(), timestamp };
            let mut out = Vec::new();
            sent.receipt(EventKey(Serial::at(Timestamp::from_millis(1_700_000_000_123))), 3, false).write(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        };
        check(
            None,
            None,
            r#"{"id":"evt_073hft07p0000","type":"price.alert","timestamp":"2023-11-14T22:13:20.123Z","deliveries":3,"duplicate":false}"#,
        );
        check(
            Some("a-1"),
            Some(Timestamp::from_millis(0)),
            r#"{"id":"a-1","type":"price.alert","timestamp":"1970-01-01T00:00:00.000Z","deliveries":3,"duplicate":false}"#,
        );
    }

    #[test]
    fn an_idempotency_key_is_bare_or_quoted() {
        let read = |value: &'static str| {
            idempotency_key(&HeaderMap::from_iter([(IDEMPOTENCY_KEY, HeaderValue::from_static(value))]))
        };
        assert_eq!(read("abc").unwrap().unwrap().as_str(), "abc");
        assert_eq!(read("\"abc\"").unwrap().unwrap().as_str(), "abc");
        assert!(read("a b").is_err());
        assert!(idempotency_key(&HeaderMap::new()).unwrap().is_none());
    }
}
