//! Finding things by what somebody remembers of them: an id or its beginning, a name, a host.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::Caller,
    api::{
        app::{App, Shared},
        edge::{
            extract::{FromQuery, Params, Query},
            problem::Problem,
            scopes::{Allowed, WebhooksRead},
        },
    },
    catalogue::EntryStatus,
    model::{CallerId, Delivery, DeliveryId, DeliveryStatus, EventType, Scope, TenantKey, Timestamp, WebhookId},
    store::{CatalogueEntry, DeliveryQuery, NamedEvent},
    webhook::{Status, Webhook},
};

/// As long as the longest URL of a webhook.
const LONGEST: usize = 2_048;
const USUAL: usize = 5;
const MOST: usize = 20;

/// What to look for.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// 1 to 2,048 characters, spaces around them left out.
    #[param(min_length = 1, max_length = 2048)]
    q: String,
    /// How many of each kind at most: 1 to 20, by default 5.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 20, default = 5)]
    limit: usize,
}

impl FromQuery for SearchParams {
    fn read(query: &mut Query<'_>) -> Result<SearchParams, Problem> {
        let q = query.take("q", |text| match text.trim() {
            trimmed if (1..=LONGEST).contains(&trimmed.chars().count()) => Ok(trimmed.to_owned()),
            _ => Err(format!("is 1 to {LONGEST} characters, spaces around them left out")),
        })?;
        let limit = query.take("limit", |text| match text.parse() {
            Ok(limit) if (1..=MOST).contains(&limit) => Ok(limit),
            _ => Err(format!("is a number from 1 to {MOST}")),
        })?;
        let q = q.ok_or_else(|| Problem::parameter("q", "is missing: what to look for"))?;
        Ok(SearchParams { q, limit: limit.unwrap_or(USUAL) })
    }
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct SearchResults {
    /// By kind; of each the nearest first.
    data: Vec<SearchResult>,
    /// Whether there is more of some kind.
    has_more: bool,
}

/// Something that was found.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum SearchResult {
    /// A webhook.
    Webhook {
        id: WebhookId,
        /// Its name, or else the host of its URL.
        title: String,
        /// The host of its URL.
        host: String,
        status: Status,
    },
    /// A type of the catalogue.
    EventType {
        id: EventType,
        /// Its name for people, or else its name.
        title: String,
        status: EntryStatus,
    },
    /// A delivery.
    Delivery {
        #[schema(value_type = DeliveryId)]
        id: String,
        /// The event's type.
        title: String,
        status: DeliveryStatus,
        /// The webhook's id, also after it was deleted.
        webhook: WebhookId,
        /// The event's id.
        #[schema(value_type = CallerId)]
        event: String,
        /// When the event was accepted.
        #[schema(value_type = String, format = DateTime)]
        created_at: Timestamp,
    },
    /// An event.
    Event {
        #[schema(value_type = CallerId)]
        id: String,
        /// Its type.
        title: String,
        /// When it was accepted.
        #[schema(value_type = String, format = DateTime)]
        accepted_at: Timestamp,
    },
}

/// Search
///
/// Finds webhooks, events and deliveries of the tenant by how their ids begin (in the case in which they are written), webhooks also by
/// a part of their name or of the host of their URL, and by a URL or a host with its port (what is behind them is passed over), and event types by a part of their name or title. What the key may not read is left
/// out: event types need `catalogue:read`, events `events:read` and deliveries `deliveries:read`. Of events without ids of their
/// publisher only the last 200 are looked at that begin so.
#[utoipa::path(
    get, path = "/api/v1/search", tag = "search", operation_id = "search",
    params(SearchParams),
    responses((status = 200, description = "What was found", body = SearchResults))
)]
pub async fn search(
    Allowed { tenant, caller, .. }: Allowed<WebhooksRead>,
    State(app): State<Shared>,
    Params(SearchParams { q, limit }): Params<SearchParams>,
) -> Result<Json<SearchResults>, Problem> {
    let mut results = SearchResults { data: Vec::new(), has_more: false };
    // One more than is shown says that there is more.
    let most = limit + 1;
    results.add(limit, app.webhooks.search(tenant, &q, most).await?, |webhook| SearchResult::of_webhook(&webhook));
    if caller.permits(Scope::CatalogueRead).is_ok() {
        results
            .add(limit, app.event_types.search(tenant, &q, most).await?, |entry| SearchResult::of_event_type(&entry));
    }
    results.add(limit, deliveries(&app, &caller, tenant, &q, most).await?, SearchResult::of_delivery);
    if caller.permits(Scope::EventsRead).is_ok() {
        results.add(limit, app.store.events_named(tenant, &q, most).await?, SearchResult::of_event);
    }
    Ok(Json(results))
}

async fn deliveries(
    app: &App,
    caller: &Caller,
    tenant: TenantKey,
    text: &str,
    limit: usize,
) -> Result<Vec<Delivery>, Problem> {
    let Some((first, end)) = DeliveryId::beginning(text) else { return Ok(Vec::new()) };
    if caller.permits(Scope::DeliveriesRead).is_err() {
        return Ok(Vec::new());
    }
    let query = DeliveryQuery { since: Some(first), before: Some(end), limit, ..DeliveryQuery::default() };
    Ok(app.store.deliveries(tenant, query).await?)
}

impl SearchResults {
    fn add<T>(&mut self, limit: usize, found: Vec<T>, view: impl FnMut(T) -> SearchResult) {
        self.has_more |= found.len() > limit;
        self.data.extend(found.into_iter().take(limit).map(view));
    }
}

impl SearchResult {
    fn of_webhook(webhook: &Webhook) -> SearchResult {
        let settings = &webhook.settings;
        let host = settings.url.url().host_str().unwrap_or_default().to_owned();
        let title = if settings.name.is_empty() { host.clone() } else { settings.name.clone() };
        SearchResult::Webhook { id: webhook.id.clone(), title, host, status: settings.status }
    }

    fn of_event_type(entry: &CatalogueEntry) -> SearchResult {
        let event_type = &entry.event_type;
        let title = event_type.title.clone().unwrap_or_else(|| event_type.name.to_string());
        SearchResult::EventType { id: event_type.name.clone(), title, status: event_type.status }
    }

    fn of_delivery(delivery: Delivery) -> SearchResult {
        let event = delivery.public_event_id();
        SearchResult::Delivery {
            id: delivery.id.to_string(),
            title: delivery.event_type.to_string(),
            status: delivery.status,
            webhook: delivery.webhook_id,
            event,
            created_at: delivery.id.0.time(),
        }
    }

    fn of_event(event: NamedEvent) -> SearchResult {
        SearchResult::Event {
            id: event.public_id(),
            title: event.event_type.to_string(),
            accepted_at: event.key.0.time(),
        }
    }
}
