//! What a webhook would be sent for an event, without sending it.

use std::sync::Arc;

use axum::{Extension, Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        deliveries::view::{BodyView, HeaderView},
        edge::{
            body::NothingChanged,
            extract::{Body, NoParams},
            problem::Problem,
            scopes::{Allowed, InPortal, WebhooksRead},
        },
        mismatch::MismatchView,
        webhooks::{sample::Sample, schema::WebhookDraft, warnings::warnings},
    },
    model::{DeliveryId, DueBatch, Event, EventType, FailureKind, FieldError, TenantKey, Timestamp, WebhookId},
    publish::route,
    webhook::{Webhook, WebhookInput},
    work::Slice,
};

/// What to preview: a webhook, and an event for it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewInput {
    /// A webhook that there is.
    #[schema(value_type = WebhookId, nullable = false, required = false)]
    webhook_id: Option<String>,
    /// Or settings of one that is being made; `url` can be left out.
    #[schema(value_type = WebhookDraft, nullable = false, required = false)]
    webhook: Option<Value>,
    /// Which event.
    #[serde(default)]
    event: Sample,
}

/// What would be sent.
#[derive(Serialize, ToSchema)]
pub struct Preview {
    /// The event, with the fields that the tenant adds.
    event: PreviewedEvent,
    /// Whether the webhook asks for it, by type, assets and filter, whatever its status.
    matches: bool,
    /// Why it does not.
    mismatch: Option<MismatchView>,
    /// The request, without what signs it. Null if none can be made, or none is to be made.
    request: Option<PreviewedRequest>,
    /// Why there is none.
    error: Option<PreviewError>,
    /// What is hardly meant in the webhook's settings, as the answer says it that saves them. Left out if there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FieldError>,
}

/// An event as it is matched and rendered.
#[derive(Serialize, ToSchema)]
pub struct PreviewedEvent {
    id: String,
    r#type: EventType,
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    #[schema(value_type = Value)]
    data: Box<RawValue>,
}

/// A request as it would be made.
#[derive(Serialize, ToSchema)]
pub struct PreviewedRequest {
    #[schema(example = "POST")]
    method: String,
    /// Without credentials.
    url: String,
    content_type: String,
    /// Without those that sign it, and without credentials.
    headers: Vec<HeaderView>,
    /// Without credentials.
    body: BodyView,
}

/// Why no payload can be made.
#[derive(Serialize, ToSchema)]
pub struct PreviewError {
    /// `render`, or `skipped` if the webhook's script says that there is nothing to send.
    kind: FailureKind,
    /// With the line of the template or script.
    message: String,
}

/// Preview a payload
///
/// Makes the payload that a webhook would be sent for an event, and sends nothing. The webhook can be one that is still
/// being written.
#[utoipa::path(
    post, path = "/api/v1/render", tag = "webhooks", operation_id = "renderPayload",
    request_body = PreviewInput,
    responses((status = 200, description = "What would be sent", body = Preview))
)]
pub async fn render(
    Allowed { tenant, caller, .. }: Allowed<InPortal<WebhooksRead>>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, _body): Body<PreviewInput>,
) -> Result<(Extension<NothingChanged>, Json<Box<RawValue>>), Problem> {
    let webhook = match (&input.webhook_id, input.webhook) {
        (Some(id), None) => app.webhooks.find(tenant, id)?,
        (None, Some(Value::String(_))) => {
            let message = "has to be an object of settings; the id of a webhook that there is goes into `webhook_id`";
            return Err(Problem::field("/webhook", message));
        }
        (None, Some(settings)) => Arc::new(draft(&app, tenant, settings).await?),
        _ => return Err(Problem::field("", "give exactly one of `webhook_id` and `webhook`")),
    };
    let event = input.event.event(&app, &caller, tenant, &webhook.settings).await;
    let event = event.map_err(|problem| problem.below("/event"))?;
    let delivery = DeliveryId(event.key.0);
    // What it takes up is held until the answer is made.
    let (rendered, _room) = app.courier.preview(&webhook, DueBatch::single(delivery, event.clone())).await?;
    let mut error = rendered.rejected.into_iter().next().map(|(_, failure)| failure);
    let mut request = None;
    if let Some((message, _)) = rendered.message {
        match app.courier.sender.shown_headers(&webhook, message.clone()) {
            Ok(headers) => {
                request = Some(PreviewedRequest {
                    method: message.method.to_string(),
                    url: webhook.settings.redacted(message.target.as_ref().unwrap_or(&webhook.settings.url)),
                    headers: headers.iter().map(HeaderView::of).collect(),
                    body: BodyView::of(message.shown.as_ref().unwrap_or(&message.body), false),
                    content_type: message.content_type.into_owned(),
                });
            }
            Err(failure) => error = Some(failure),
        }
    }
    let warnings = warnings(&app, tenant, webhook.settings.clone()).await?;
    let written = move || {
        let mismatch = route::mismatch(&webhook, &event).map(MismatchView::from);
        let error = error.map(|failure| PreviewError { kind: failure.kind, message: failure.message });
        let preview =
            Preview { matches: mismatch.is_none(), mismatch, event: shown(&event)?, request, error, warnings };
        to_raw_value(&preview).map_err(Problem::internal)
    };
    Ok((Extension(NothingChanged), Json(app.work.ask_once(tenant, Slice::UNKNOWN, written).await??)))
}

/// A webhook that is not kept.
async fn draft(app: &Shared, tenant: TenantKey, settings: Value) -> Result<Webhook, Problem> {
    let below = |problem: Problem| problem.below("/webhook");
    let read = move || WebhookInput::read(settings.to_string().as_bytes());
    let input = app.work.ask_once(tenant, Slice::UNKNOWN, read).await?.map_err(|error| below(error.into()))?;
    app.webhooks.draft(tenant, input).await.map_err(|error| below(error.into()))
}

fn shown(event: &Event) -> Result<PreviewedEvent, Problem> {
    Ok(PreviewedEvent {
        id: event.public_id(),
        r#type: event.event_type.clone(),
        timestamp: event.timestamp,
        data: serde_json::from_slice(&event.data).map_err(Problem::internal)?,
    })
}
