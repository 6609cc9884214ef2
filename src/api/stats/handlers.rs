//! Sums over time, of a tenant, one of its webhooks, or all tenants.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::view::{PointView, SumsView};
use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{FromQuery, Params, Query, one_of, time},
            problem::Problem,
            scopes::{AllowedForAll, DeliveriesRead},
        },
    },
    model::{EventType, TenantKey, Timestamp, WebhookId},
    observe::{Bucket, Grain, Scope},
    store::{SeriesQuery, Types},
};

/// Sums that one answer has at most.
const MOST_POINTS: usize = 10_000;

/// How long the spans are that are summed up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    Minute,
    Hour,
    Day,
}

impl Granularity {
    fn grain(self) -> Grain {
        match self {
            Granularity::Minute => Grain::Minute,
            Granularity::Hour => Grain::Hour,
            Granularity::Day => Grain::Day,
        }
    }

    /// How much is shown where nothing else is asked for.
    fn usual(self) -> Duration {
        const DAY: u64 = 86_400;
        Duration::from_secs(match self {
            Granularity::Minute => 3_600,
            Granularity::Hour => DAY,
            Granularity::Day => 30 * DAY,
        })
    }
}

/// By what sums are told apart besides time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    EventType,
}

/// Which sums.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatsParams {
    /// How long each span is. Minutes are kept for 3 days, hours for 100, days for ever.
    #[param(inline, value_type = Option<Granularity>)]
    granularity: Granularity,
    /// From the span in which this time is. Without it, an hour of minutes, a day of hours or thirty days.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Up to the span in which this time is, if it is not its begin. Without it, now.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Of one webhook.
    webhook: Option<WebhookId>,
    /// Of one event type.
    event_type: Option<EventType>,
    /// Each event type apart.
    #[param(inline)]
    by: Option<Dimension>,
}

impl FromQuery for StatsParams {
    fn read(query: &mut Query<'_>) -> Result<StatsParams, Problem> {
        Ok(StatsParams {
            granularity: query.take("granularity", one_of("minute, hour, day"))?.unwrap_or(Granularity::Hour),
            from: query.take("from", time)?,
            to: query.take("to", time)?,
            webhook: query.take("webhook", WebhookId::parse)?,
            event_type: query.take_either("event_type", "type", EventType::parse)?,
            by: query.take("by", one_of("event_type"))?,
        })
    }
}

/// Sums over time.
#[derive(Serialize, ToSchema)]
pub struct Stats {
    granularity: Granularity,
    /// The begin of the first span, and the end of the last.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// By time, and with `by` by name. A span in which nothing was counted is left out.
    data: Vec<PointView>,
}

/// Read statistics
///
/// What was counted of events and deliveries in each minute, hour or day: of the tenant, of one of its webhooks, of one event type
/// or of each. The sums are true at any moment: what was counted last is in them. With `Tenant: *` an operator's key reads those of
/// all tenants together, which are not told apart by event type.
///
/// An event counts for the time at which it was accepted, a try for that at which it began, and the end of a delivery for its
/// own.
#[utoipa::path(
    get, path = "/api/v1/stats", tag = "statistics", operation_id = "readStats",
    params(StatsParams),
    responses((status = 200, description = "What was counted", body = Stats))
)]
pub async fn read(
    AllowedForAll { tenant, .. }: AllowedForAll<DeliveriesRead>,
    State(app): State<Shared>,
    Params(params): Params<StatsParams>,
) -> Result<Json<Stats>, Problem> {
    let (granularity, grain) = (params.granularity, params.granularity.grain());
    let (from, to) = period(&params, app.clock.now())?;
    let query = SeriesQuery {
        scope: scope(&app, tenant, &params)?,
        tenant: Some(tenant),
        types: match (params.event_type, params.by) {
            (Some(one), _) => Types::One(one),
            (None, Some(Dimension::EventType)) => Types::Each,
            (None, None) => Types::Together,
        },
        grain,
        from,
        to,
        limit: MOST_POINTS + 1,
    };
    let points = app.store.series(tenant, query).await?;
    if points.len() > MOST_POINTS {
        let message =
            format!("these would be more than {MOST_POINTS} sums; ask for a shorter time, longer spans or one type");
        return Err(Problem::parameter("from", message));
    }
    let data = points.into_iter().map(|point| PointView {
        at: point.at.begins(),
        event_type: point.event_type,
        sums: SumsView::of(&point.measures),
    });
    Ok(Json(Stats { granularity, from: from.begins(), to: to.begins(), data: data.collect() }))
}

/// Whose sums are asked for.
fn scope(app: &Shared, tenant: TenantKey, params: &StatsParams) -> Result<Scope, Problem> {
    match &params.webhook {
        Some(_) if tenant == TenantKey::ALL => {
            Err(Problem::parameter("webhook", "a webhook is one tenant's; name that in the header `Tenant`"))
        }
        Some(id) => Ok(Scope::Webhook(app.webhooks.find(tenant, id.as_str())?.key)),
        None if tenant != TenantKey::ALL => Ok(Scope::Tenant(tenant)),
        None if params.event_type.is_some() || params.by.is_some() => {
            let name = if params.by.is_some() { "by" } else { "event_type" };
            Err(Problem::parameter(name, "types are a tenant's; name one in the header `Tenant`"))
        }
        None => Ok(Scope::Node),
    }
}

/// The first span, and the one after the last.
fn period(params: &StatsParams, now: Timestamp) -> Result<(Bucket, Bucket), Problem> {
    let grain = params.granularity.grain();
    let length = grain.length();
    let to = params.to.unwrap_or(now);
    let end = grain.bucket(to);
    let end = if end.begins() == to && params.to.is_some() { end } else { grain.bucket(end.begins() + length) };
    let from = params
        .from
        .map_or_else(|| Bucket((end.begins() - params.granularity.usual()).millis().max(0)), |from| grain.bucket(from));
    if from >= end {
        return Err(Problem::parameter("from", "is not before `to`"));
    }
    if from.0 < 0 {
        return Err(Problem::parameter("from", "is a time of which nothing can be known; the first is 1970"));
    }
    Ok((from, end))
}
