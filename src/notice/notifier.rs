//! Finds out what is to be told, tells it, and keeps that it was told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::{
    incident::{Standing, Step, next},
    told,
};
use crate::{
    access::Access,
    model::{NewEvent, TenantId, TenantKey, Timestamp, WebhookKey},
    observe::{Board, Health},
    publish::{PublishError, Publisher},
    store::{Changes, Incident, Store, StoreError, Told, WebhookChange},
    webhook::Webhook,
};

/// What does well for so long has recovered: a breaker lets one delivery through now and then.
const RECOVERS: Duration = Duration::from_secs(60);
/// Incidents that are kept, and of each tenant told of, in one run; others come in the next.
const MOST: usize = 500;
/// Tenants that are told at one time.
const TENANTS: usize = 64;
/// What was disabled before that is known to whom it concerns.
const OLD: Duration = Duration::from_secs(86_400);
/// How often the operator hears of tenants' webhooks, and of how many by name.
const SUMMARY: Duration = Duration::from_secs(60);
const NAMED: usize = 10;

/// Tells what happens to webhooks.
pub struct Notifier {
    store: Arc<dyn Store>,
    publisher: Publisher,
    access: Access,
    board: Board,
    /// As the store has them; nothing before they were read.
    incidents: Option<BTreeMap<WebhookKey, Incident>>,
    /// Those that were disabled for failing, as far as that may have to be told.
    disabled: BTreeSet<WebhookKey>,
    /// Up to which change of the webhooks that is true.
    revision: u64,
    /// Since when those do well that an incident is about.
    well_since: BTreeMap<WebhookKey, Timestamp>,
    /// Tenants' webhooks that the operator has not heard of yet: how many, and the first of them.
    unheard: (usize, Vec<Value>),
    summed_up_at: Option<Timestamp>,
}

impl Notifier {
    /// Of the webhooks on this board.
    pub fn new(store: Arc<dyn Store>, publisher: Publisher, access: Access, board: Board) -> Notifier {
        Notifier {
            store,
            publisher,
            access,
            board,
            incidents: None,
            disabled: BTreeSet::new(),
            revision: 0,
            well_since: BTreeMap::new(),
            unheard: (0, Vec::new()),
            summed_up_at: None,
        }
    }

    /// Tells what is to be told. How many notices that were.
    ///
    /// # Errors
    /// The store cannot be read or written. What was not kept is found again.
    pub async fn run(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        if self.incidents.is_none() {
            let kept = self.store.incidents().await?;
            self.incidents = Some(kept.into_iter().map(|incident| (incident.webhook, incident)).collect());
        }
        self.follow_changes(now);
        self.open(now).await?;
        let told = self.tell(now).await?;
        self.tell_operator(now).await;
        Ok(told)
    }

    /// Takes in which webhooks were disabled since the last look.
    fn follow_changes(&mut self, now: Timestamp) {
        let Changes { revision, changes, .. } = self.store.webhooks().changed_since(self.revision);
        self.revision = revision;
        for change in changes {
            match change {
                WebhookChange::Saved(webhook) => match Standing::of(Some(&webhook), Health::Healthy) {
                    Standing::Disabled(_, since) if now.since(since) < OLD => drop(self.disabled.insert(webhook.key)),
                    _ => drop(self.disabled.remove(&webhook.key)),
                },
                WebhookChange::Deleted(key) => drop(self.disabled.remove(&key)),
            }
        }
    }

    fn standing(&self, webhook: WebhookKey) -> (Option<Arc<Webhook>>, Standing) {
        let found = self.store.webhooks().get(webhook);
        let standing = Standing::of(found.as_deref(), self.board.of(webhook));
        (found, standing)
    }

    /// Keeps the incidents that have begun.
    async fn open(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let failing = self.board.failing();
        let mut opened = Vec::new();
        for key in failing.into_iter().chain(self.disabled.iter().copied()) {
            let known = self.incidents.as_ref().is_some_and(|incidents| incidents.contains_key(&key));
            if known || opened.len() == MOST {
                continue;
            }
            let (webhook, standing) = self.standing(key);
            if let (Some(webhook), Some(Step::Open(since))) = (webhook, next(None, standing, false)) {
                let since = since.min(now);
                opened.push(Incident { webhook: key, tenant: webhook.tenant, since, told: Told::Nothing });
            }
        }
        opened.dedup_by_key(|incident| incident.webhook);
        self.keep(opened, Vec::new()).await
    }

    /// Tells of each incident what was not told of it: of each tenant's some, beside each other.
    async fn tell(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let mut due: BTreeMap<TenantKey, Vec<Due>> = BTreeMap::new();
        let all: Vec<Incident> = self.incidents.iter().flat_map(|incidents| incidents.values().copied()).collect();
        for incident in all {
            let (webhook, standing) = self.standing(incident.webhook);
            let is_fresh = self.is_fresh(incident.webhook, standing, now);
            let Some(step) = next(Some(&incident), standing, is_fresh) else { continue };
            let of_tenant = due.entry(incident.tenant).or_default();
            if of_tenant.len() < MOST {
                let notice = webhook.as_ref().and_then(|webhook| told::notice(step, &incident, webhook));
                of_tenant.push(Due { incident, step, notice, webhook });
            }
        }
        let publisher = self.publisher.clone();
        let told = due.into_iter().map(|(tenant, due)| tell_tenant(publisher.clone(), tenant, due));
        let told: Vec<Vec<Due>> = stream::iter(told).buffer_unordered(TENANTS).collect().await;
        let (mut count, mut changed, mut over) = (0, Vec::new(), Vec::new());
        for Due { incident, step, notice, webhook } in told.into_iter().flatten() {
            count += usize::from(notice.is_some());
            if let Some(webhook) = &webhook {
                self.note_for_operator(step, &incident, webhook);
            }
            match step {
                Step::Open(_) => {}
                Step::TellFailing(_) => changed.push(Incident { told: Told::Failing, ..incident }),
                Step::TellDisabled(_) => changed.push(Incident { told: Told::Disabled, ..incident }),
                Step::TellRecovered | Step::Forget => over.push(incident.webhook),
            }
        }
        self.keep(changed, over).await?;
        Ok(count)
    }

    /// Whether it does well for less time than it takes to be sure.
    fn is_fresh(&mut self, webhook: WebhookKey, standing: Standing, now: Timestamp) -> bool {
        if standing != Standing::Well {
            self.well_since.remove(&webhook);
            return false;
        }
        now.since(*self.well_since.entry(webhook).or_insert(now)) < RECOVERS
    }

    async fn keep(&mut self, changed: Vec<Incident>, over: Vec<WebhookKey>) -> Result<(), StoreError> {
        if changed.is_empty() && over.is_empty() {
            return Ok(());
        }
        self.store.keep_incidents(changed.clone(), over.clone()).await?;
        let incidents = self.incidents.get_or_insert_default();
        for key in over {
            incidents.remove(&key);
            self.well_since.remove(&key);
        }
        incidents.extend(changed.into_iter().map(|incident| (incident.webhook, incident)));
        Ok(())
    }

    /// The operator hears of other tenants' webhooks that fail.
    fn note_for_operator(&mut self, step: Step, incident: &Incident, webhook: &Webhook) {
        let reason = match step {
            Step::TellFailing(trouble) => trouble.cause.to_string(),
            Step::TellDisabled(reason) if incident.told == Told::Nothing => reason.in_words().to_owned(),
            _ => return,
        };
        let tenant = self.access.tenant_name(incident.tenant);
        let Some(tenant) = tenant.filter(|tenant| tenant.as_str() != TenantId::DEFAULT) else { return };
        let (count, first) = &mut self.unheard;
        *count += 1;
        if first.len() < NAMED {
            first.push(told::of_tenant(&tenant, webhook, incident, &reason));
        }
    }

    /// Once a minute at most. What a crash comes before is found among the tenants' webhooks.
    async fn tell_operator(&mut self, now: Timestamp) {
        let is_due = self.summed_up_at.is_none_or(|at| at > now || now.since(at) >= SUMMARY);
        let Some(operator) = self.access.find_tenant(TenantId::DEFAULT).filter(|_| self.unheard.0 > 0 && is_due) else {
            return;
        };
        let (count, first) = std::mem::take(&mut self.unheard);
        self.summed_up_at = Some(now);
        if let Err(error) = self.publisher.notify(operator.key, told::summary(count, &first, now)).await {
            tracing::warn!(count, %error, "the operator could not be told of webhooks that fail");
        }
    }
}

/// What is to be told of an incident, or done without a word.
struct Due {
    incident: Incident,
    step: Step,
    notice: Option<NewEvent>,
    webhook: Option<Arc<Webhook>>,
}

/// Those of a tenant's that could be told, in their order.
async fn tell_tenant(publisher: Publisher, tenant: TenantKey, due: Vec<Due>) -> Vec<Due> {
    let mut told = Vec::with_capacity(due.len());
    for one in due {
        if let Some(notice) = one.notice.clone() {
            match publisher.notify(tenant, notice).await {
                // That it was told before says a conflict, too: what is told of an incident has numbers in it that grow.
                Ok(()) | Err(PublishError::Conflict(_)) => {}
                // The tenant has as much as it may, or too much is under way. The next run tries again.
                Err(error) => {
                    tracing::debug!(%error, "a notice waits");
                    break;
                }
            }
        }
        told.push(one);
    }
    told
}
