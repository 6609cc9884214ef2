//! What an event is to each webhook of its tenant: whether it is wanted, why not, and what became of it.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::handlers::find;
use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{Id, Params},
            page::{Between, List, Page, PageParams},
            problem::Problem,
            room::{no_room, of_tree},
            scopes::{Allowed, DeliveriesRead, EventsRead, InPortal, WebhooksRead},
        },
        mismatch::MismatchView,
    },
    manage::WebhookQuery,
    model::{DeliveryId, DeliveryStatus, IdMap, Timestamp, WebhookId, WebhookKey},
    publish::route::{Judged, Verdicts},
    store::DeliveryTo,
    webhook::Status,
    work::Cost,
};

/// What an event is to a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookVerdict)]
pub struct VerdictView {
    /// The webhook's id.
    #[schema(value_type = WebhookId)]
    webhook: WebhookId,
    /// Its name, for people.
    name: String,
    /// Whether it is delivered to. What matches a paused one is held.
    status: Status,
    /// Whether the event would go to it, by what it is set to now.
    matches: bool,
    /// Why it would not.
    mismatch: Option<MismatchView>,
    /// What the event came to when it was published, or was sent again. Null where it made no delivery: the webhook was made or
    /// changed later, or did not match then. Of several the newest.
    delivery: Option<OwnDelivery>,
    /// When the webhook was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// A delivery of the event.
#[derive(Serialize, ToSchema)]
struct OwnDelivery {
    #[schema(value_type = DeliveryId)]
    id: String,
    status: DeliveryStatus,
}

/// List what an event is to each webhook
///
/// All webhooks of the tenant, newest first, each with whether the event matches it by today's settings and if not, the clause that says
/// no; and with the delivery that the event made for it, if it did.
#[utoipa::path(
    get, path = "/api/v1/events/{id}/webhooks", tag = "events", operation_id = "listWebhooksOfEvent",
    params(("id" = String, Path, description = "The event's id"), PageParams),
    responses((status = 200, description = "A page of webhooks", body = List<VerdictView>))
)]
pub async fn webhooks(
    Allowed { tenant, caller, .. }: Allowed<InPortal<(WebhooksRead, EventsRead, DeliveriesRead)>>,
    State(app): State<Shared>,
    Id(id): Id,
    Params(mut page): Params<Page>,
) -> Result<Json<List<Box<RawValue>>>, Problem> {
    let event = Arc::new(find(&app, &caller, tenant, &id).await?);
    let Between { after, before } = page.between(WebhookKey::parse)?;
    if page.counts() {
        page.counted(app.webhooks.count(tenant, WebhookQuery::default()).await?);
    }
    // What comes after another in the list is older.
    let listed = match page.is_from_end() {
        false => app.store.webhooks().list(tenant, after, page.limit + 1),
        true => app.store.webhooks().list_back(tenant, before, page.limit + 1),
    };
    let keys = listed.iter().map(|webhook| webhook.key).collect();
    let made = app.store.deliveries_to(&event, keys).await?;
    let made: IdMap<WebhookKey, DeliveryTo> = made.into_iter().map(|delivery| (delivery.webhook, delivery)).collect();
    let data = event.data.clone();
    let tree = app.work.ask_once(tenant, data.len() as Cost, move || of_tree(&data)).await?;
    // Its data is read once for all of them, and as large until they are asked.
    let room = app.bodies.take(tenant, tree).map_err(no_room)?;
    let mut verdicts = Verdicts::new(event, listed);
    let judged = app.work.ask(tenant, move |slice| verdicts.go_on(slice)).await?;
    drop(room);
    let key = |judged: &Judged| judged.webhook.key.to_string();
    page.written(&app.work, tenant, judged, key, move |judged| view(judged, &made)).await
}

fn view(Judged { webhook, mismatch }: Judged, made: &IdMap<WebhookKey, DeliveryTo>) -> VerdictView {
    let delivery = made.get(&webhook.key);
    VerdictView {
        webhook: webhook.id.clone(),
        name: webhook.settings.name.clone(),
        status: webhook.settings.status,
        matches: mismatch.is_none(),
        mismatch: mismatch.map(MismatchView::from),
        delivery: delivery.map(|delivery| OwnDelivery { id: delivery.id.to_string(), status: delivery.status }),
        created_at: webhook.created_at,
        updated_at: webhook.updated_at,
    }
}
