//! What is to be expected of a delivery: its tries to come, whether others fail as it did, and how long its receiver takes.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{app::App, edge::problem::Problem, stats::view::SpanView},
    model::{Attempt, Delivery, FailureKind, TenantKey, Timestamp, Wait},
    observe::{Bucket, Count, Grain, Lately, Measures, Scope, Span},
    store::{SeriesPoint, SeriesQuery, Types},
    webhook::Webhook,
};

const DAY: Duration = Duration::from_secs(86_400);

/// A request that is planned.
#[derive(Serialize, ToSchema, PartialEq, Debug)]
#[schema(as = PlannedAttempt)]
pub struct PlannedView {
    /// Counted from 1, with those that were made.
    number: u32,
    /// When it is due: the next as it is due now, each further one as long after that as the schedule says, before jitter. Null
    /// where the next hangs on something without a time, such as a webhook that is paused.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// How many others failed in the same way.
#[derive(Serialize, ToSchema, PartialEq, Debug)]
#[schema(as = SameCause)]
pub struct SameCauseView {
    kind: FailureKind,
    /// Since when others are looked at: of the last quarter of an hour, minute by minute.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Of the other tries of the same webhook.
    webhook: ShareView,
    /// Of the other tries of all the tenant's webhooks.
    tenant: ShareView,
}

/// A part of the tries of other deliveries.
#[derive(Serialize, ToSchema, PartialEq, Debug)]
#[schema(as = SameCauseShare)]
pub struct ShareView {
    /// Tries of other deliveries.
    attempts: u64,
    /// Those of them that failed in this way.
    failed: u64,
    /// The second by the first: 0 to 1, rounded down to four digits. Null without a try.
    #[schema(example = 0.9984)]
    share: Option<f64>,
}

/// The requests to come, of a delivery that is owed and waits for this.
pub fn planned(delivery: &Delivery, webhook: &Webhook, wait: &Wait, now: Timestamp) -> Vec<PlannedView> {
    let mut at = wait.earliest(delivery.next_attempt_at, now);
    let next = PlannedView { number: delivery.attempts + 1, at };
    let further = webhook.settings.retry.waits_from(delivery.failed + 1).zip(delivery.attempts + 2..);
    let further = further.map(|(wait, number)| {
        at = at.map(|at| at + wait);
        PlannedView { number, at }
    });
    [next].into_iter().chain(further).collect()
}

/// Among how many others a delivery failed, with these attempts.
pub async fn same_cause(
    app: &App,
    tenant: TenantKey,
    delivery: &Delivery,
    attempts: &[Attempt],
    now: Timestamp,
) -> Result<Option<SameCauseView>, Problem> {
    let last = attempts.last().and_then(|last| last.outcome.result.as_ref().err());
    let Some(kind) = last.map(|failure| failure.kind) else { return Ok(None) };
    let (webhook, since) = (Scope::Webhook(delivery.webhook), Lately::from(now));
    let to = Bucket(Grain::Minute.bucket(now).0 + Grain::Minute.length().as_millis() as i64);
    let scopes = vec![webhook, Scope::Tenant(tenant)];
    let sums = app.store.series(tenant, whole(tenant, scopes, Grain::Minute, since, to)).await?.unwrap_or_default();
    // Tests are not counted.
    let own = attempts.iter().filter(|attempt| !delivery.test && attempt.outcome.started_at >= since.begins());
    let own = Own::of(own, kind);
    let of = |scope| ShareView::beside(own, measured(&sums, scope), kind);
    Ok(Some(SameCauseView { kind, since: since.begins(), webhook: of(webhook), tenant: of(Scope::Tenant(tenant)) }))
}

/// How long the receiver took to answer.
pub async fn usual(
    app: &App,
    tenant: TenantKey,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Option<SpanView>, Problem> {
    let webhook = Scope::Webhook(delivery.webhook);
    let (from, to) = (Grain::Hour.bucket(now - DAY), Grain::Hour.bucket(now + Grain::Hour.length()));
    let sums = app.store.series(tenant, whole(tenant, vec![webhook], Grain::Hour, from, to)).await?.unwrap_or_default();
    Ok(measured(&sums, webhook).and_then(|sum| SpanView::of(sum.span(Span::FirstByte))))
}

/// One sum for each of these.
fn whole(tenant: TenantKey, scopes: Vec<Scope>, grain: Grain, from: Bucket, to: Bucket) -> SeriesQuery {
    let limit = scopes.len();
    SeriesQuery { scopes, tenant: Some(tenant), types: Types::Together, grain, is_whole: true, from, to, limit }
}

fn measured(sums: &[SeriesPoint], scope: Scope) -> Option<&Measures> {
    sums.iter().find(|sum| sum.scope == scope).map(|sum| &sum.measures)
}

/// A delivery's own tries, which are counted with the others.
#[derive(Clone, Copy)]
struct Own {
    attempts: u64,
    failed: u64,
}

impl Own {
    fn of<'a>(attempts: impl Iterator<Item = &'a Attempt>, kind: FailureKind) -> Own {
        attempts.fold(Own { attempts: 0, failed: 0 }, |own, attempt| {
            let is_same = attempt.outcome.result.as_ref().is_err_and(|failure| failure.kind == kind);
            Own { attempts: own.attempts + 1, failed: own.failed + u64::from(is_same) }
        })
    }
}

impl ShareView {
    fn beside(own: Own, all: Option<&Measures>, kind: FailureKind) -> ShareView {
        let (all_attempts, all_failed) = all.map_or((0, 0), |all| {
            let failed = all.failures().find(|(one, _)| *one == kind).map_or(0, |(_, count)| count);
            (all.count(Count::Attempts), failed)
        });
        let (attempts, failed) = (all_attempts.saturating_sub(own.attempts), all_failed.saturating_sub(own.failed));
        let share = (attempts > 0).then(|| (failed as f64 / attempts as f64 * 1e4).floor() / 1e4);
        ShareView { attempts, failed, share }
    }
}
