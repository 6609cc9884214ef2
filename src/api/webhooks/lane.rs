//! How a webhook's lane stands, and a probe of it.

use axum::{Json, extract::State};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        deliveries::{
            handlers::one,
            view::{DeliveryView, WaitView},
        },
        edge::{
            extract::{Id, NoParams},
            problem::Problem,
            scopes::{Allowed, DeliveriesRead, InPortal, WebhooksWrite},
        },
    },
    lane::{BreakerState, LanePicture, RatePicture},
    manage::LaneStanding,
    model::{
        RateUnit, Timestamp,
        audit::{AuditAction, AuditDraft},
    },
};

/// How a webhook's lane stands.
#[derive(Serialize, ToSchema)]
#[schema(as = Lane)]
pub struct LaneView {
    /// What its next delivery waits for; null if it is owed nothing, or nothing keeps it.
    waits_for: Option<WaitView>,
    /// How many deliveries are owed: pending or retrying. Counted up to 100,000.
    #[schema(example = 12)]
    owed: u64,
    /// Whether more are owed than `owed` says.
    more_owed: bool,
    /// When the event of the oldest was accepted.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_owed_at: Option<Timestamp>,
    /// Requests that are under way.
    in_flight: usize,
    /// How many there may be at one time now: `max_concurrency`, and fewer after timeouts, 429 and 5xx, or while the server is
    /// short of places for requests.
    concurrency_limit: usize,
    breaker: BreakerView,
    /// What is left of the webhook's `rate_limit`; null if it has none.
    rate: Option<RateView>,
    /// Until when the receiver asked to be left alone, by 429 or by 503 with `Retry-After`.
    #[schema(value_type = Option<String>, format = DateTime)]
    paused_until: Option<Timestamp>,
    /// Failed attempts since the last success.
    consecutive_failures: u32,
    /// When the run of failures began.
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// About how long it takes to send what is owed, if nothing is added: by how long the last requests took, as many at a time as
    /// `concurrency_limit`, and no faster than `rate_limit`. Null where nobody can know: while it fails, is paused or disabled, or
    /// before the first answer.
    #[schema(example = 3)]
    drains_in_seconds: Option<u64>,
}

/// A lane's breaker. It opens after ten failures in a row of a receiver that does not work.
#[derive(Serialize, ToSchema)]
#[schema(as = Breaker)]
pub struct BreakerView {
    state: BreakerWord,
    /// Until when nothing is sent, while it is open.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// How a breaker stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerWord {
    /// Everything is sent.
    Closed,
    /// Nothing is sent before its time.
    Open,
    /// One request at a time is sent, to see whether the receiver works again.
    HalfOpen,
}

/// What is left of a rate limit.
#[derive(Serialize, ToSchema)]
#[schema(as = LaneRate)]
pub struct RateView {
    /// As the webhook has it: at most so many in each `per`.
    limit: u32,
    per: RateUnit,
    /// Requests that may go now. A limit above 1,000 is spread over parts of its span, and this is what is left of such a part.
    left: usize,
    /// When the next may go.
    #[schema(value_type = String, format = DateTime)]
    next_at: Timestamp,
}

impl LaneView {
    fn of(standing: LaneStanding) -> LaneView {
        let LaneStanding { lane, owed, drains_in } = standing;
        let LanePicture { waits_for, breaker, in_flight, concurrency_limit, rate, paused_until, failure_run, .. } =
            lane;
        LaneView {
            waits_for: waits_for.as_ref().map(WaitView::of),
            owed: owed.count,
            more_owed: owed.more,
            oldest_owed_at: owed.oldest,
            in_flight,
            concurrency_limit,
            breaker: BreakerView::of(breaker),
            rate: rate.map(|RatePicture { limit, left, next_at }| RateView {
                limit: limit.limit,
                per: limit.per,
                left,
                next_at,
            }),
            paused_until,
            consecutive_failures: failure_run.consecutive_failures,
            failing_since: failure_run.failing_since,
            drains_in_seconds: drains_in.map(|time| time.as_millis().div_ceil(1000) as u64),
        }
    }
}

impl BreakerView {
    fn of(breaker: BreakerState) -> BreakerView {
        match breaker {
            BreakerState::Closed => BreakerView { state: BreakerWord::Closed, until: None },
            BreakerState::Open { until } => BreakerView { state: BreakerWord::Open, until: Some(until) },
            BreakerState::HalfOpen => BreakerView { state: BreakerWord::HalfOpen, until: None },
        }
    }
}

/// Read how a webhook's lane stands
///
/// What its deliveries wait for, how many there are, and how its receiver does: the answer to "why does nothing arrive?".
#[utoipa::path(
    get, path = "/api/v1/webhooks/{id}/lane", tag = "webhooks", operation_id = "readLane",
    params(("id" = String, Path, description = "The webhook's id")),
    responses((status = 200, description = "How it stands now", body = LaneView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<Json<LaneView>, Problem> {
    let webhook = app.webhooks.find(tenant, &id)?;
    Ok(Json(LaneView::of(app.lanes.standing(&webhook).await?)))
}

/// What a probe has done.
#[derive(Serialize, ToSchema)]
pub struct ProbeResult {
    /// The delivery that goes now. Null if the webhook was disabled for failing: then a sample was sent.
    delivery: Option<DeliveryView>,
    /// Of a webhook that was disabled for failing: whether the sample arrived, and the webhook is active again.
    healed: Option<bool>,
}

/// Probe a webhook
///
/// Sends one of the deliveries that it is owed now, past an open breaker, a pause that the receiver asked for and the delivery's own
/// retry time. If the receiver takes it, the breaker closes and the others follow; read the delivery to see what came of it. Order and
/// `rate_limit` hold. To a webhook that was disabled for failing a sample is sent, and if that arrives, the webhook is active again.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/probe", tag = "webhooks", operation_id = "probeWebhook",
    params(("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "A sample was sent to a webhook that was disabled for failing", body = ProbeResult),
        (status = 202, description = "This delivery goes now", body = ProbeResult),
        (status = 409, description = "Nothing can go now, and why: nothing is owed, the webhook is paused or was disabled for another \
            reason, its rate limit or order holds, or a request is under way that tells as much"),
    )
)]
pub async fn probe(
    Allowed { tenant, caller, .. }: Allowed<InPortal<WebhooksWrite>>,
    State(app): State<Shared>,
    Id(id): Id,
    _: NoParams,
) -> Result<(StatusCode, Json<ProbeResult>), Problem> {
    let (webhook, by) = (app.webhooks.changeable(tenant, &id, &caller)?, caller.actor());
    if let Some(healed) = app.healing.probe(webhook.key, &by).await? {
        // That it is active again was told with that.
        if !healed {
            let line = AuditDraft::new(AuditAction::WebhookProbed, &webhook.id, Some(tenant)).of_webhook(webhook.key);
            app.store.tell(line, &by).await?;
        }
        return Ok((StatusCode::OK, Json(ProbeResult { delivery: None, healed: Some(healed) })));
    }
    let delivery = app.lanes.probe(&webhook, &by).await?;
    let delivery = Some(one(&app, &delivery).await);
    Ok((StatusCode::ACCEPTED, Json(ProbeResult { delivery, healed: None })))
}
