//! Trying a webhook: one sample is sent at once, or only a connection made, and the answer tells everything that was seen. What was sent
//! is kept as a delivery that is marked as a test.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    api::{
        app::{App, Shared},
        deliveries::view::SeenView,
        edge::{
            extract::{Id, NoParams, OptionalBody, given_json},
            problem::Problem,
            scopes::{Allowed, InPortal, WebhooksWrite},
        },
        webhooks::sample::Sample,
    },
    manage::{TestOrder, Tested, limited},
    model::{
        Actor, CallerId, DeliveryId, EventType, SavedName, Span,
        audit::{AuditAction, AuditDraft},
    },
    render::envelope,
    webhook::{Webhook, check_timeout},
};

/// Nobody who waits for an answer wants to wait for longer, unless they say so.
const CONNECTING: Span = Span::seconds(5);

/// What to send.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestInput {
    /// Send nothing: only resolve the name, connect, and do the TLS handshake.
    #[serde(default)]
    connect_only: bool,
    /// A stored event's id.
    #[schema(value_type = CallerId, nullable = false, required = false)]
    event_id: Option<String>,
    /// The name of a saved event.
    #[schema(nullable = false, required = false)]
    saved_event: Option<SavedName>,
    /// Otherwise the first type that the webhook asks for by its whole name, or `webhook.test`.
    #[serde(rename = "type", alias = "event_type")]
    #[schema(example = "price_alert")]
    event_type: Option<EventType>,
    /// Any JSON; otherwise the catalogue's example of the type, or a sentence that says that this is a test.
    #[serde(default, deserialize_with = "given_json")]
    #[schema(value_type = Option<Value>)]
    data: Option<Box<RawValue>>,
    /// How long it may take: 100ms to 60s. Otherwise the webhook's `timeout`, at most 10s; with `connect_only` at most 5s. Before
    /// that, it may have to wait as long for its turn to look a name up.
    #[schema(value_type = Option<crate::model::schema::Timeout>, example = "5s")]
    timeout: Option<Span>,
}

/// What came of it.
#[derive(Serialize, ToSchema)]
pub struct TestResult {
    /// Whether the receiver took it.
    delivered: bool,
    /// The delivery that keeps the test. Null where only a connection was made, and where a test could not be kept, since the tenant's
    /// quota of `event_bytes` is used up or the disk is nearly full.
    #[schema(value_type = Option<DeliveryId>)]
    delivery: Option<String>,
    /// Whether a connection came about.
    connected: bool,
    /// How long it could have taken.
    #[schema(example = "10s")]
    timeout: Span,
    /// HTTP status of the answer, if there was one.
    status: Option<u16>,
    #[serde(flatten)]
    seen: SeenView,
}

/// Send a test
///
/// Sends a sample now, signed and with all of the webhook's settings, also to a paused or disabled webhook, and answers
/// with the request and what came back. `timings` say how long each phase took, also the one that it did not get beyond, which
/// `error` names. It is kept as a delivery with `test: true`, is listed with the others (`GET /webhooks/{id}/deliveries?test=true`), and
/// can be replayed; it has no place in the webhook's lane and in no statistics, and never disables the webhook. If the receiver takes it,
/// the webhook's breaker closes, a pause that the receiver asked for ends, and what is owed goes on. With `connect_only` it only tells
/// whether the receiver can be reached, and keeps nothing.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "testWebhook",
    params(("id" = String, Path, description = "The webhook's id")),
    request_body = Option<TestInput>,
    responses((status = 200, description = "What was sent and what came back", body = TestResult))
)]
pub async fn test(
    Allowed { tenant, caller, .. }: Allowed<InPortal<WebhooksWrite>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
    OptionalBody(input): OptionalBody<TestInput>,
) -> Result<Json<TestResult>, Problem> {
    let webhook = app.webhooks.changeable(tenant, &id, &caller)?;
    let TestInput { connect_only, event_id, saved_event, event_type, data, timeout } = input;
    if let Some(timeout) = timeout {
        check_timeout(timeout).map_err(|message| Problem::field("/timeout", message))?;
    }
    let sample = Sample { event_id, saved_event, event_type, data };
    if connect_only {
        let timeout = timeout.unwrap_or_else(|| webhook.settings.timeout.min(CONNECTING));
        let outcome = app.courier.try_connection(&limited(&webhook, timeout)).await?;
        tell(&app, &webhook, &caller.actor()).await;
        return Ok(Json(TestResult {
            delivered: false,
            delivery: None,
            connected: outcome.result.is_ok(),
            timeout,
            status: None,
            seen: SeenView::of(&outcome, None),
        }));
    }
    let event = sample.event(&app, &caller, tenant, &webhook.settings).await?;
    let order = TestOrder { timeout, ..TestOrder::of(event) };
    let Tested { event, timeout, outcome, kept } = app.tests.send(&webhook, order, &caller.actor()).await?;
    // What is kept was told with that.
    if kept.is_err() {
        tell(&app, &webhook, &caller.actor()).await;
    }
    let standard_body = (!outcome.sent.headers.is_empty()).then(|| envelope::standard(&event));
    Ok(Json(TestResult {
        delivered: outcome.result.is_ok(),
        delivery: kept.ok().map(|delivery| delivery.id.to_string()),
        connected: outcome.is_connected,
        timeout,
        status: outcome.answer.as_ref().map(|answer| answer.status),
        seen: SeenView::of(&outcome, standard_body.as_ref()),
    }))
}

/// That something was sent of which nothing is kept. What came of it is answered all the same.
async fn tell(app: &App, webhook: &Webhook, by: &Actor) {
    let line = AuditDraft::new(AuditAction::WebhookTested, &webhook.id, Some(webhook.tenant)).of_webhook(webhook.key);
    if let Err(error) = app.store.tell(line, by).await {
        tracing::warn!(webhook = %webhook.id, %by, %error, "a test was sent, and that is not in the audit trail");
    }
}
