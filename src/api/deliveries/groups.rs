//! What failed for which reason: deliveries by what they have in common.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{FromQuery, Params, Query, one_of, time},
            problem::Problem,
            scopes::{Allowed, DeliveriesRead},
        },
    },
    model::{DeliveryStatus, EventType, FailureKind, Timestamp, WebhookId},
    store::{Group, GroupBy, Grouped, GroupsQuery},
};

/// Deliveries that are looked at, and groups that are told.
const LOOKS: usize = 10_000;
const MOST: usize = 250;

/// Which deliveries, and by what.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GroupParams {
    /// In which status: `failed` by default.
    status: Option<DeliveryStatus>,
    /// Only of the webhook with this id, also if it was deleted, and of those that had it before.
    webhook: Option<WebhookId>,
    /// Only of events accepted at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only of events accepted before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// By webhook and what went wrong last (`failure`, the default), or by the type of the event, too (`event_type`).
    #[param(inline)]
    by: Option<By>,
}

#[derive(Clone, Copy, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = GroupDeliveriesBy)]
enum By {
    Failure,
    EventType,
}

impl FromQuery for GroupParams {
    fn read(query: &mut Query<'_>) -> Result<GroupParams, Problem> {
        Ok(GroupParams {
            status: query.take("status", one_of("pending, retrying, delivered, failed, cancelled"))?,
            webhook: query.take("webhook", WebhookId::parse)?,
            from: query.take("from", time)?,
            to: query.take("to", time)?,
            by: query.take("by", one_of("failure, event_type"))?,
        })
    }
}

/// Deliveries by what they have in common.
#[derive(Serialize, ToSchema)]
pub struct DeliveryGroups {
    /// The largest first, at most 250.
    data: Vec<GroupView>,
    /// How many deliveries were looked at: the newest 10,000.
    looked_at: u64,
    /// Whether there are older ones, which are in no group here.
    more: bool,
    /// Whether there are more groups than are told.
    more_groups: bool,
}

/// Deliveries with something in common.
#[derive(Serialize, ToSchema)]
#[schema(as = DeliveryGroup)]
struct GroupView {
    /// Their webhook's id, also if it was deleted. Webhooks that had one id after another are told apart.
    webhook: WebhookId,
    /// Whether it was deleted: then they are sent no more. A rematch sends their events to the webhooks that there are.
    webhook_deleted: bool,
    /// What went wrong with the last attempt of each: with `webhook`, what a retry or a replay takes to be about these and no others. Null
    /// where nothing was tried or nothing went wrong; such deliveries cannot be asked for by that.
    failure: Option<FailureKind>,
    /// The type of their events, with `by=event_type`.
    event_type: Option<EventType>,
    count: u64,
    /// When the first was accepted.
    #[schema(value_type = String, format = DateTime)]
    first_at: Timestamp,
    /// When the last was accepted.
    #[schema(value_type = String, format = DateTime)]
    last_at: Timestamp,
    /// What went wrong with the last one.
    #[schema(example = "the receiver answered 503 Service Unavailable")]
    last_error_message: Option<String>,
}

impl GroupView {
    fn of(group: Group) -> GroupView {
        GroupView {
            webhook: group.webhook,
            webhook_deleted: group.is_deleted,
            failure: group.failure,
            event_type: group.event_type,
            count: group.count,
            first_at: group.oldest.0.time(),
            last_at: group.newest.0.time(),
            last_error_message: group.last_message,
        }
    }
}

/// Group deliveries
///
/// What failed, by webhook and reason: each group with its count, its first and its last. `POST /api/v1/deliveries/retry` with the
/// group's `webhook` and `failure` makes all of it due again, while the webhook is there. Of the newest 10,000 deliveries.
#[utoipa::path(
    get, path = "/api/v1/deliveries/groups", tag = "deliveries", operation_id = "groupDeliveries",
    params(GroupParams),
    responses((status = 200, description = "The groups", body = DeliveryGroups))
)]
pub async fn groups(
    Allowed { tenant, .. }: Allowed<DeliveriesRead>,
    State(app): State<Shared>,
    Params(params): Params<GroupParams>,
) -> Result<Json<DeliveryGroups>, Problem> {
    let GroupParams { status, webhook, from, to, by } = params;
    let query = GroupsQuery {
        webhook,
        statuses: vec![status.unwrap_or(DeliveryStatus::Failed)],
        from,
        to,
        by: match by.unwrap_or(By::Failure) {
            By::Failure => GroupBy::Failure,
            By::EventType => GroupBy::FailureAndType,
        },
        looks: LOOKS,
        limit: MOST,
    };
    let Grouped { groups, looked_at, more, more_groups } = app.store.grouped(tenant, query).await?;
    Ok(Json(DeliveryGroups { data: groups.into_iter().map(GroupView::of).collect(), looked_at, more, more_groups }))
}
