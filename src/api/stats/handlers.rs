//! Sums over time, of a tenant, one of its webhooks, or all tenants.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::{
    period::PeriodParams,
    view::{PointView, SumsView},
};
use crate::{
    access::Caller,
    api::{
        app::Shared,
        edge::{
            extract::{FromQuery, Params, Query, one_of, switch},
            problem::Problem,
            scopes::{AllowedForAll, DeliveriesRead, InPortal},
            written::written,
        },
    },
    model::{Dimension, EventType, Granularity, SavedReport, Tenant, TenantId, TenantKey, Timestamp, WebhookId},
    observe::{Bucket, Measures, Scope},
    store::{SeriesPoint, SeriesQuery, Types},
    webhook::Webhook,
    work::Slice,
};

/// Sums that one answer has at most.
const MOST_POINTS: usize = 10_000;
/// Sums that are looked at to tell those of a whole time.
const MOST_LOOKED_AT: usize = 250_000;

/// Which sums.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatsParams {
    #[param(ignore)]
    period: PeriodParams,
    /// Of one webhook, also if it was deleted, and of those that had its id before.
    webhook: Option<WebhookId>,
    /// Of one event type.
    event_type: Option<EventType>,
    /// Each event type, each of the webhooks that there are, or with `Tenant: *` each tenant apart. How tries failed and what the
    /// receivers answered is told apart in every sum.
    #[param(inline)]
    by: Option<Dimension>,
    /// All spans together, as one: then `granularity` says how exactly the time is cut. At most 250,000 sums are added up.
    #[param(value_type = Option<bool>)]
    whole: bool,
}

impl FromQuery for StatsParams {
    fn read(query: &mut Query<'_>) -> Result<StatsParams, Problem> {
        Ok(StatsParams {
            period: PeriodParams::read(query)?,
            webhook: query.take("webhook", WebhookId::parse)?,
            event_type: query.take_either("event_type", "type", EventType::parse)?,
            by: query.take("by", one_of("event_type, webhook, tenant"))?,
            whole: query.take("whole", switch)?.unwrap_or_default(),
        })
    }
}

impl StatsParams {
    /// What a report asks.
    pub fn of(report: &SavedReport) -> StatsParams {
        let SavedReport { granularity, last, from, to, webhook, event_type, by, whole, .. } = report.clone();
        StatsParams { period: PeriodParams { granularity, last, from, to }, webhook, event_type, by, whole }
    }

    /// Whether a tenant can ask this, as far as it does not hang on what was counted.
    ///
    /// # Errors
    /// The parameter that is wrong.
    pub async fn check(&self, app: &Shared, tenant: TenantKey) -> Result<(), Problem> {
        self.bounded(app, tenant).await.map(drop)
    }

    /// The first span and the one after the last, and whose sums are asked for, with the names that they are shown under.
    async fn bounded(
        &self,
        app: &Shared,
        tenant: TenantKey,
    ) -> Result<((Bucket, Bucket), BTreeMap<Scope, Name>), Problem> {
        let (from, to) = self.period.spans(app.clock.now())?;
        let names = names(app, tenant, self).await?;
        let spans = (to.0 - from.0) as u128 / self.period.grain().length().as_millis();
        if self.whole && names.len() as u128 * spans > MOST_LOOKED_AT as u128 {
            let message = format!(
                "more than {MOST_LOOKED_AT} sums would be added up; ask for a shorter time, longer spans, or one of them"
            );
            return Err(Problem::parameter("whole", message));
        }
        Ok(((from, to), names))
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
    /// By time, and with `by` by what they are of. A span in which nothing was counted is left out. With `whole=true` all spans are
    /// one, which begins with the first.
    data: Vec<PointView>,
}

/// Read statistics
///
/// What was counted of events and deliveries in each minute, hour or day: of the tenant, of one of its webhooks or of each, of one event
/// type or of each. The sums are true at any moment: what was counted last is in them. With `Tenant: *` an operator's key reads those
/// of all tenants, together or each apart.
///
/// An event counts for the time at which it was accepted, a try for that at which it began, and the end of a delivery for its
/// own.
#[utoipa::path(
    get, path = "/api/v1/stats", tag = "statistics", operation_id = "readStats",
    params(PeriodParams, StatsParams),
    responses((status = 200, description = "What was counted", body = Stats))
)]
pub async fn read(
    AllowedForAll { tenant, caller, .. }: AllowedForAll<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    Params(params): Params<StatsParams>,
) -> Result<Json<Box<RawValue>>, Problem> {
    answer(&app, &caller, tenant, params).await
}

/// What was counted of a tenant, or of all, by these parameters.
pub async fn answer(
    app: &Shared,
    caller: &Caller,
    tenant: TenantKey,
    params: StatsParams,
) -> Result<Json<Box<RawValue>>, Problem> {
    let (granularity, grain) = (params.period.granularity, params.period.grain());
    let ((from, to), names) = params.bounded(app, tenant).await?;
    let query = SeriesQuery {
        scopes: names.keys().copied().collect(),
        tenant: (tenant != TenantKey::ALL).then_some(tenant),
        types: match (params.event_type, params.by) {
            (Some(one), _) => Types::One(one),
            (None, Some(Dimension::EventType)) => Types::Each,
            (None, _) => Types::Together,
        },
        grain,
        is_whole: params.whole,
        from,
        to,
        limit: MOST_POINTS,
    };
    let hidden = match &query.types {
        Types::One(one) => !caller.sees(one),
        Types::Each | Types::Together => false,
    };
    let mut points = app.store.series(tenant, query).await?.ok_or_else(|| {
        let message = format!(
            "these would be more than {MOST_POINTS} sums; ask for a shorter time, longer spans, or one of them"
        );
        Problem::parameter("from", message)
    })?;
    points.retain(|point| !hidden && point.event_type.as_ref().is_none_or(|one| caller.sees(one)));
    // So many are written beside the threads that serve everybody.
    let stats = move || {
        let data = by_name(points, &names).into_iter().map(view).collect();
        Stats { granularity, from: from.begins(), to: to.begins(), data }
    };
    written(&app.work, tenant, Slice::UNKNOWN, stats).await
}

/// The sums of webhooks that had one id after another are one.
fn by_name(
    points: Vec<SeriesPoint>,
    names: &BTreeMap<Scope, Name>,
) -> BTreeMap<(Bucket, Name, Option<EventType>), Measures> {
    let mut sums: BTreeMap<_, Measures> = BTreeMap::new();
    for SeriesPoint { at, scope, event_type, measures } in points {
        let name = names.get(&scope).cloned().unwrap_or_default();
        match sums.entry((at, name, event_type)) {
            Entry::Vacant(entry) => drop(entry.insert(measures)),
            Entry::Occupied(mut entry) => entry.get_mut().merge(&measures),
        }
    }
    sums
}

fn view(((at, name, event_type), measures): ((Bucket, Name, Option<EventType>), Measures)) -> PointView {
    let Name { webhook, tenant } = name;
    PointView { at: at.begins(), webhook, tenant, event_type, sums: SumsView::of(&measures) }
}

/// What tells a scope's sums from another's.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Name {
    pub webhook: Option<WebhookId>,
    pub tenant: Option<TenantId>,
}

/// Whose sums are asked for, with the names that they are shown under.
async fn names(app: &Shared, tenant: TenantKey, params: &StatsParams) -> Result<BTreeMap<Scope, Name>, Problem> {
    let StatsParams { webhook, event_type, by, .. } = params;
    let only = |scope| BTreeMap::from([(scope, Name::default())]);
    match (tenant == TenantKey::ALL, by, webhook) {
        (true, Some(Dimension::Tenant), None) => Ok(of_tenants(app)),
        (true, None, None) if event_type.is_none() => Ok(only(Scope::Node)),
        (true, _, _) => {
            let wrong = if webhook.is_some() {
                "webhook"
            } else if by.is_some() {
                "by"
            } else {
                "event_type"
            };
            let message = "webhooks and types are a tenant's: name one in the header `Tenant`, or tell tenants apart by `by=tenant`";
            Err(Problem::parameter(wrong, message))
        }
        (false, Some(Dimension::Tenant), _) => {
            Err(Problem::parameter("by", "tenants are told apart for operators, with the header `Tenant: *`"))
        }
        (false, Some(Dimension::Webhook), None) => of_webhooks(app, tenant).await?.ok_or_else(|| {
            Problem::parameter("by", format!("there are more than {MOST_POINTS} webhooks; ask for one of them"))
        }),
        (false, _, None) => Ok(only(Scope::Tenant(tenant))),
        (false, by, Some(id)) => {
            let name = Name { webhook: (*by == Some(Dimension::Webhook)).then(|| id.clone()), tenant: None };
            Ok(of_id(app, tenant, id).await?.into_iter().map(|scope| (scope, name.clone())).collect())
        }
    }
}

/// The webhooks that have or had this id, as lists of deliveries find them.
pub(super) async fn of_id(app: &Shared, tenant: TenantKey, id: &WebhookId) -> Result<Vec<Scope>, Problem> {
    let webhooks = app.store.webhooks_named(tenant, id.clone()).await?;
    match webhooks.is_empty() {
        true => Err(Problem::not_found("webhook")),
        false => Ok(webhooks.into_iter().map(Scope::Webhook).collect()),
    }
}

pub(super) fn of_tenants(app: &Shared) -> BTreeMap<Scope, Name> {
    let name =
        |tenant: &Arc<Tenant>| (Scope::Tenant(tenant.key), Name { webhook: None, tenant: Some(tenant.id.clone()) });
    app.store.tenants().all().iter().map(name).collect()
}

/// `None`: more than can be told apart.
pub(super) async fn of_webhooks(app: &Shared, tenant: TenantKey) -> Result<Option<BTreeMap<Scope, Name>>, Problem> {
    let store = app.store.clone();
    let name = |webhook: &Arc<Webhook>| {
        (Scope::Webhook(webhook.key), Name { webhook: Some(webhook.id.clone()), tenant: None })
    };
    let names =
        move || store.webhooks().list(tenant, None, MOST_POINTS + 1).iter().map(name).collect::<BTreeMap<_, _>>();
    let names = app.work.ask_once(tenant, Slice::UNKNOWN, names).await?;
    Ok((names.len() <= MOST_POINTS).then_some(names))
}
