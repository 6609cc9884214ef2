//! Publishing: events are read, checked against the catalogue, enriched, matched and kept; the answer says what became of
//! each.

use std::{io::Write as _, sync::Arc};

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE};
use utoipa::ToSchema;

use crate::{
    api::{
        App, Shared,
        edge::{
            access::Caller,
            extract::{NoParams, read_body, require_json},
            problem::{Code, Problem},
        },
    },
    model::{
        CallerId, Event, EventKey, EventType, FieldError, NewEvent, Scope, TenantId, TenantKey, TenantSettings,
        Timestamp, TraceParent, Validation,
    },
    publish::{self, EventInput, EventsInput, Publication},
    store::{Accepted, Broadcast, Clash, StoreError},
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
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
    /// What is wrong with it by the catalogue, where the tenant's `validation` is `warn`.
    warnings: Option<Vec<FieldError>>,
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
#[allow(dead_code, reason = "describes what `publish::read` reads")]
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
/// 24 hours: the same event, byte for byte, is answered as before, with `duplicate: true`. The header is about the
/// request: with several events each is known by the key and its place, and an event that is known by the key is a
/// duplicate whatever its `id`.
///
/// An operator's key with `Tenant: *` publishes one event to all tenants: each gets a copy of its own, with the
/// deliveries that its webhooks ask for.
#[utoipa::path(
    post, path = "/api/v1/events", tag = "events", operation_id = "publishEvents",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Makes the request safe to repeat for 24 hours"),
        ("traceparent" = Option<String>, Header, description = "The trace that the events are part of, unless they say \
            so themselves (W3C Trace Context)"),
    ),
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
    let tenant = caller.tenant_or_all(Scope::EventsWrite)?;
    let (parts, body) = request.into_parts();
    require_json(&parts.headers)?;
    let idempotency_key = idempotency_key(&parts.headers)?;
    let body = read_body(body, app.limits.max_body_bytes).await?;
    let publication = publish::read(&body, idempotency_key.as_ref(), app.limits.max_event_bytes)?;
    drop(body);
    let (mut events, batch) = match publication {
        Publication::One(event) => (vec![event], false),
        Publication::Many(_) if tenant == TenantKey::ALL => {
            return Err(Problem::field("/events", "one event at a time can be sent to all tenants"));
        }
        Publication::Many(events) => (events, true),
    };
    let trace = traceparent(&parts.headers);
    for event in &mut events {
        event.traceparent = event.traceparent.take().or_else(|| trace.clone());
        if tenant == TenantKey::ALL {
            name(event)?;
        }
    }
    let (sent, events) = Prepare::new(&app, tenant, batch)?.prepare(events).await?;
    let accepted = match tenant {
        TenantKey::ALL => app.store.broadcast(for_all(&app, events).await?).await.map(|accepted| vec![accepted]),
        tenant => app.router.publish(tenant, events).await,
    };
    let accepted = match accepted {
        Err(StoreError::Clash(clash)) => return Err(conflict(&app, &sent, clash, batch).await),
        accepted => accepted?,
    };
    let answer = receipts(&app, sent, &accepted, batch).await?;
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    Ok((StatusCode::ACCEPTED, json, answer).into_response())
}

/// What became of each, as JSON.
async fn receipts(app: &Shared, sent: Vec<SentEvent>, accepted: &[Accepted], batch: bool) -> Result<Vec<u8>, Problem> {
    let mut answer = Vec::with_capacity(16 + 192 * accepted.len());
    if batch {
        answer.extend_from_slice(b"{\"events\":[");
    }
    for (place, (sent, accepted)) in sent.into_iter().zip(accepted).enumerate() {
        if place > 0 {
            answer.push(b',');
        }
        match *accepted {
            Accepted::Kept { key, deliveries } => sent.receipt(key, deliveries, false).write(&mut answer),
            Accepted::Duplicate { key, deliveries } => {
                let first = app.store.event(key).await?.map(|event| SentEvent::first(&event));
                first.unwrap_or(sent).receipt(key, deliveries, true).write(&mut answer);
            }
        }
    }
    if batch {
        answer.extend_from_slice(b"]}");
    }
    Ok(answer)
}

fn pointer(batch: bool, place: usize) -> String {
    if batch { format!("/events/{place}") } else { String::new() }
}

/// What is done to events before they are matched, as the tenant wants it.
struct Prepare {
    app: Shared,
    tenant: TenantKey,
    settings: Arc<TenantSettings>,
    batch: bool,
}

impl Prepare {
    /// For a tenant's events. The default tenant's settings decide about an event for all tenants.
    fn new(app: &Shared, tenant: TenantKey, batch: bool) -> Result<Prepare, Problem> {
        let decides = match tenant {
            TenantKey::ALL => app.access.find_tenant(TenantId::DEFAULT).map(|tenant| tenant.key),
            tenant => Some(tenant),
        };
        let decides = decides.ok_or_else(|| Problem::internal("there is a default tenant"))?;
        Ok(Prepare { app: app.clone(), tenant, settings: app.access.settings(decides), batch })
    }

    /// Checks and enriches.
    async fn prepare(self, events: Vec<NewEvent>) -> Result<(Vec<SentEvent>, Vec<NewEvent>), Problem> {
        if self.settings.validation == Validation::Off && self.settings.enrichment.is_empty() {
            return Ok((events.iter().map(SentEvent::of).collect(), events));
        }
        // Schemas and expressions are the tenant's, and events many and large: this may take its time.
        let prepared = tokio::task::spawn_blocking(move || self.prepare_each(events)).await;
        prepared.map_err(Problem::internal)?
    }

    fn prepare_each(self, mut events: Vec<NewEvent>) -> Result<(Vec<SentEvent>, Vec<NewEvent>), Problem> {
        let Prepare { app, tenant, settings, batch } = self;
        let mut sent = Vec::with_capacity(events.len());
        for (place, event) in events.iter_mut().enumerate() {
            let warnings = check(&app, &settings, event, || pointer(batch, place))?;
            sent.push(SentEvent { warnings, ..SentEvent::of(event) });
            // A broadcast is enriched for each tenant by itself.
            if tenant != TenantKey::ALL {
                app.enricher.enrich(tenant, &settings, event, app.clock.now(), app.limits.max_event_bytes);
            }
        }
        Ok((sent, events))
    }
}

/// What is wrong with an event by the catalogue, if the tenant wants to know; refused if it wants that.
fn check(
    app: &Shared,
    settings: &TenantSettings,
    event: &NewEvent,
    pointer: impl Fn() -> String,
) -> Result<Vec<FieldError>, Problem> {
    if settings.validation == Validation::Off {
        return Ok(Vec::new());
    }
    let data = serde_json::from_slice(&event.data);
    let mut errors = match data {
        Ok(data) => app.catalogue.check(event, &data),
        Err(error) => vec![FieldError::at("/data", format!("cannot be read: {error}"))],
    };
    for error in &mut errors {
        error.pointer.insert_str(0, &pointer());
    }
    match settings.validation {
        Validation::Enforce if !errors.is_empty() => Err(Problem::fields(Code::InvalidEvent, errors)),
        _ => Ok(errors),
    }
}

/// A broadcast is known by its id in every tenant.
fn name(event: &mut NewEvent) -> Result<(), Problem> {
    if event.caller_id.is_none() {
        let id = format!("all_{:032x}", rand::random::<u128>());
        event.caller_id = Some(CallerId::parse(&id).map_err(Problem::internal)?);
    }
    Ok(())
}

/// A broadcast of the one event that there is.
async fn for_all(app: &Shared, mut events: Vec<NewEvent>) -> Result<Broadcast, Problem> {
    let (app, event) = (app.clone(), events.pop().ok_or_else(|| Problem::internal("there is one event"))?);
    let copied = tokio::task::spawn_blocking(move || copies(&app, event)).await;
    Ok(copied.map_err(Problem::internal)??)
}

fn copies(app: &App, event: NewEvent) -> Result<Broadcast, StoreError> {
    let mut tenants = app.access.tenants();
    tenants.retain(|tenant| !tenant.settings.enrichment.is_empty());
    let others = tenants.iter().map(|tenant| tenant.key).collect();
    let (original, now) = (event.clone(), app.clock.now());
    let enriched = tenants.iter().map(|tenant| {
        let mut copy = original.clone();
        app.enricher.enrich(tenant.key, &tenant.settings, &mut copy, now, app.limits.max_event_bytes);
        (tenant.key, copy)
    });
    app.router.for_all(event, &others, enriched)
}

/// A header of another form is somebody else's affair.
fn traceparent(headers: &HeaderMap) -> Option<TraceParent> {
    headers.get(TRACEPARENT).and_then(|value| TraceParent::parse(value.to_str().ok()?).ok())
}

/// What the answer needs of an event that was handed on.
struct SentEvent {
    id: Option<CallerId>,
    event_type: EventType,
    timestamp: Option<Timestamp>,
    warnings: Vec<FieldError>,
}

impl SentEvent {
    fn of(event: &NewEvent) -> SentEvent {
        let (id, event_type) = (event.caller_id.clone(), event.event_type.clone());
        SentEvent { id, event_type, timestamp: event.timestamp, warnings: Vec::new() }
    }

    fn first(event: &Event) -> SentEvent {
        let (id, event_type) = (event.caller_id.clone(), event.event_type.clone());
        SentEvent { id, event_type, timestamp: Some(event.timestamp), warnings: Vec::new() }
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
            r#"","type":"{event_type}","timestamp":"{timestamp}","deliveries":{deliveries},"duplicate":{duplicate}"#
        );
        if !self.sent.warnings.is_empty() {
            out.extend_from_slice(b",\"warnings\":");
            let _ = serde_json::to_writer(&mut *out, &self.sent.warnings);
        }
        out.push(b'}');
    }
}

/// The header is a structured string by its draft (`"abc"`) and a bare one by habit.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<CallerId>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    CallerId::parse(bare).map(Some).map_err(|message| Problem::header("Idempotency-Key", message))
}

/// One id for two events, of which nothing was kept.
async fn conflict(app: &Shared, sent: &[SentEvent], clash: Clash, batch: bool) -> Problem {
    let pointer = pointer(batch, clash.place);
    let Some(earlier) = clash.earlier else {
        let detail = "two events of this request have one id, and different content; nothing of the request was kept";
        return Problem::new(Code::EventConflict, detail).pointing_at(format!("{pointer}/id"));
    };
    let first = match app.store.event(earlier).await {
        Ok(Some(event)) => event.public_id(),
        _ => earlier.to_string(),
    };
    let (name, pointer) = match sent.get(clash.place).and_then(|sent| sent.id.as_ref()) {
        Some(id) if id.as_str() == first => (format!("id `{id}`"), format!("{pointer}/id")),
        _ => ("idempotency key".to_owned(), pointer),
    };
    let detail = format!(
        "the {name} was used within 24 hours for event `{first}`, whose content is different; nothing of this request \
         was kept; use a new one for a new event"
    );
    Problem::new(Code::EventConflict, detail).pointing_at(pointer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Serial;

    #[test]
    fn a_receipt_is_json() {
        let check = |id: Option<&str>, timestamp: Option<Timestamp>, expected: &str| {
            let id = id.map(|id| CallerId::parse(id).unwrap());
            let event_type = EventType::parse("price.alert").unwrap();
            let sent = SentEvent { id, event_type, timestamp, warnings: Vec::new() };
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
