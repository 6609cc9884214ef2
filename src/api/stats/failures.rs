//! Why tries fail: by kind, with the webhooks that have most of each.

use std::{cmp::Reverse, collections::BTreeMap};

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::{
    handlers::{Name, of_id, of_tenants, of_webhooks},
    period::PeriodParams,
};
use crate::{
    api::{
        app::Shared,
        edge::{
            extract::{FromQuery, Params, Query},
            problem::Problem,
            scopes::{AllowedForAll, DeliveriesRead, InPortal},
            written::written,
        },
    },
    model::{FailureKind, TenantId, TenantKey, Timestamp, WebhookId},
    observe::{Count, Scope},
    store::{SeriesPoint, SeriesQuery, Types},
    work::Slice,
};

/// Sums that are looked at to tell which webhooks, or tenants, have most.
const MOST_LOOKED_AT: i64 = 250_000;
/// How many webhooks, or tenants, are named for each kind.
const MOST_NAMED: usize = 5;

/// Whose failures are asked for, and of which time.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FailuresParams {
    #[param(ignore)]
    period: PeriodParams,
    /// Of one webhook, also if it was deleted, and of those that had its id before.
    webhook: Option<WebhookId>,
}

impl FromQuery for FailuresParams {
    fn read(query: &mut Query<'_>) -> Result<FailuresParams, Problem> {
        Ok(FailuresParams { period: PeriodParams::read(query)?, webhook: query.take("webhook", WebhookId::parse)? })
    }
}

/// Why tries failed.
#[derive(Serialize, ToSchema)]
pub struct Failures {
    /// The begin of the first span that was looked at, and the end of the last.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// Tries of deliveries.
    attempts: u64,
    /// Tries that failed, those that were asked to wait (`throttled`) among them.
    failed: u64,
    /// By kind, the most frequent first.
    kinds: Vec<KindView>,
}

/// Tries that failed in one way.
#[derive(Serialize, ToSchema)]
#[schema(as = FailuresOfKind)]
pub struct KindView {
    kind: FailureKind,
    count: u64,
    /// Of the tries that failed: 0 to 1.
    share: f64,
    /// The begins of the first and the last span in which it was seen.
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    last_seen: Timestamp,
    /// What it mostly means, and what to look at.
    hint: &'static str,
    /// Which webhooks have most of them, five at most, also deleted ones under the ids that they had; where an operator asks for all
    /// tenants, which tenants. Null where these are many and the time is long: 250,000 sums are looked at.
    most_of: Option<Vec<PartView>>,
}

/// One webhook's or tenant's part.
#[derive(Serialize, ToSchema, Clone)]
#[schema(as = FailuresOfOne)]
pub struct PartView {
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<WebhookId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<TenantId>,
    count: u64,
}

/// Read why tries fail
///
/// The tries that failed in a time, by kind: how many, when first and last, which webhooks have most of them, and what such a failure
/// mostly means. Of the tenant, of one webhook, or with `Tenant: *` for an operator's key of all tenants.
#[utoipa::path(
    get, path = "/api/v1/stats/failures", tag = "statistics", operation_id = "readFailures",
    params(PeriodParams, FailuresParams),
    responses((status = 200, description = "Why tries failed", body = Failures))
)]
pub async fn read(
    AllowedForAll { tenant, .. }: AllowedForAll<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    Params(params): Params<FailuresParams>,
) -> Result<Json<Box<RawValue>>, Problem> {
    let is_of_all = tenant == TenantKey::ALL;
    let (from, to) = params.period.spans(app.clock.now())?;
    let grain = params.period.grain();
    // More than can be told apart are not.
    let spans = (to.0 - from.0) / grain.length().as_millis() as i64;
    let most = usize::try_from(MOST_LOOKED_AT / spans.max(1)).unwrap_or_default();
    let (scopes, parts) = match &params.webhook {
        Some(_) if is_of_all => {
            return Err(Problem::parameter("webhook", "a webhook is one tenant's; name that in the header `Tenant`"));
        }
        Some(id) => (of_id(&app, tenant, id).await?, Some(BTreeMap::new())),
        None if is_of_all => (vec![Scope::Node], Some(of_tenants(&app))),
        None => (vec![Scope::Tenant(tenant)], of_all_webhooks(&app, tenant, most).await?),
    };
    let parts = parts.filter(|names| names.len() <= most);
    let query = |scopes, is_whole| SeriesQuery {
        scopes,
        tenant: (!is_of_all).then_some(tenant),
        types: Types::Together,
        grain,
        is_whole,
        from,
        to,
        limit: MOST_LOOKED_AT as usize,
    };
    let points = app.store.series(tenant, query(scopes, false)).await?.unwrap_or_default();
    let has_failed = points.iter().any(|point| point.measures.failures().next().is_some());
    let parts = match parts.filter(|_| has_failed) {
        Some(names) => Some((
            app.store.series(tenant, query(names.keys().copied().collect(), true)).await?.unwrap_or_default(),
            names,
        )),
        None => None,
    };
    // There can be thousands of both.
    let failures = move || {
        let mut kinds = by_kind(&points);
        for kind in &mut kinds {
            kind.most_of = parts.as_ref().map(|(sums, names)| most_of(kind.kind, sums, names));
        }
        let attempts = points.iter().map(|point| point.measures.count(Count::Attempts)).sum();
        let failed = kinds.iter().map(|kind| kind.count).sum();
        Failures { from: from.begins(), to: to.begins(), attempts, failed, kinds }
    };
    written(&app.work, tenant, Slice::UNKNOWN, failures).await
}

/// Those that there are, and those that there were. `None`: more than these.
async fn of_all_webhooks(
    app: &Shared,
    tenant: TenantKey,
    most: usize,
) -> Result<Option<BTreeMap<Scope, Name>>, Problem> {
    let Some(mut names) = of_webhooks(app, tenant).await? else { return Ok(None) };
    let deleted = app.store.deleted_webhooks(tenant, most + 1).await?;
    let named = |(key, id)| (Scope::Webhook(key), Name { webhook: Some(id), tenant: None });
    names.extend(deleted.into_iter().map(named));
    Ok(Some(names))
}

/// The most frequent first.
fn by_kind(points: &[SeriesPoint]) -> Vec<KindView> {
    let mut seen: BTreeMap<FailureKind, (u64, Timestamp, Timestamp)> = BTreeMap::new();
    for point in points {
        let at = point.at.begins();
        for (kind, count) in point.measures.failures() {
            let (sum, _, last) = seen.entry(kind).or_insert((0, at, at));
            *sum += count;
            *last = at;
        }
    }
    let all: u64 = seen.values().map(|(count, ..)| count).sum();
    let view = |(kind, (count, first_seen, last_seen))| KindView {
        kind,
        count,
        share: (count as f64 / all as f64 * 1e4).floor() / 1e4,
        first_seen,
        last_seen,
        hint: hint(kind),
        most_of: None,
    };
    let mut kinds: Vec<_> = seen.into_iter().map(view).collect();
    kinds.sort_by_key(|kind| Reverse(kind.count));
    kinds
}

/// Webhooks that had one id are one.
fn most_of(kind: FailureKind, sums: &[SeriesPoint], names: &BTreeMap<Scope, Name>) -> Vec<PartView> {
    let count = |sum: &SeriesPoint| sum.measures.failures().find(|(one, _)| *one == kind).map_or(0, |(_, count)| count);
    let mut counts: BTreeMap<Name, u64> = BTreeMap::new();
    for (sum, name) in sums.iter().filter_map(|sum| Some((count(sum), names.get(&sum.scope)?))) {
        *counts.entry(name.clone()).or_default() += sum;
    }
    let mut parts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    parts.sort_by_key(|(_, count)| Reverse(*count));
    parts.truncate(MOST_NAMED);
    parts.into_iter().map(|(Name { webhook, tenant }, count)| PartView { webhook, tenant, count }).collect()
}

/// What a kind of failure mostly means.
fn hint(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Http => {
            "The receiver answered, and not with success. 5xx: it failed by itself, and its log knows more. 404, 405: compare the URL. \
             401, 403: check auth and secret, then firewalls. 400, 413, 422: it does not take this body. 3xx: redirects are not \
             followed, so set the final URL."
        }
        FailureKind::Throttled => {
            "The receiver asks to wait. That uses up no try; a rate limit on the webhook avoids it."
        }
        FailureKind::Gone => "The receiver wants nothing more, so the webhook was disabled.",
        FailureKind::Refused => "The platform never takes this message as it is: mend the webhook, then retry.",
        FailureKind::Timeout => {
            "No complete answer came in time. Often a receiver works before it answers: it should answer first, then work."
        }
        FailureKind::Dns => "The name has no publicly reachable address, or its name servers do not answer.",
        FailureKind::Connection => "Nobody listens there, a firewall says no, or the connection broke.",
        FailureKind::Tls => {
            "There is no TLS session. The attempts' messages name what is wrong, mostly with the certificate."
        }
        FailureKind::Protocol => "What answers there does not speak HTTP as it should: check port and scheme.",
        FailureKind::Blocked => "The URL's address is not one that lanehook sends to.",
        FailureKind::Settings => {
            "The request cannot be made from the webhook's settings; the attempts' messages name the field."
        }
        FailureKind::Render => {
            "The template or script cannot make a message of these events. Mend it, then retry: nothing is lost."
        }
        FailureKind::Skipped | FailureKind::Collapsed => {
            "Nothing has failed: the webhook was meant to leave these out."
        }
        FailureKind::Unknown => "A newer version of lanehook has recorded this.",
    }
}
