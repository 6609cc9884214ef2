//! Incidents: which webhooks fail, what is told of them, and that it was told.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;

use super::{
    incident::{Standing, Step, has_passed, next},
    teller::{Due, MOST, Teller, ToTell},
    told,
};
use crate::{
    model::{TenantId, Thresholds, Timestamp, WebhookKey},
    observe::{Board, Health},
    store::{Changes, Incident, MailLine, StoreError, Told, ToldChanges, WebhookChange},
    webhook::Webhook,
};

/// What was disabled before that is known to whom it concerns.
const OLD: Duration = Duration::from_secs(86_400);
/// How often the operator hears of tenants' webhooks, and of how many by name.
const SUMMARY: Duration = Duration::from_secs(60);
const NAMED: usize = 10;

/// Tells of webhooks that fail.
pub(super) struct Incidents {
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

impl Incidents {
    /// Of the webhooks on this board.
    pub fn new(board: Board) -> Incidents {
        Incidents {
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
    pub async fn run(&mut self, teller: &Teller, now: Timestamp) -> Result<usize, StoreError> {
        if self.incidents.is_none() {
            let kept = teller.store.incidents().await?;
            self.incidents = Some(kept.into_iter().map(|incident| (incident.webhook, incident)).collect());
        }
        self.follow_changes(teller, now);
        self.open(teller, now).await?;
        let told = self.tell(teller, now).await?;
        self.tell_operator(teller, now).await;
        Ok(told)
    }

    /// Takes in which webhooks were disabled since the last look.
    fn follow_changes(&mut self, teller: &Teller, now: Timestamp) {
        let Changes { revision, changes, .. } = teller.store.webhooks().changed_since(self.revision);
        self.revision = revision;
        for change in changes {
            match change {
                WebhookChange::Saved(webhook) => {
                    let standing = Standing::of(Some(&webhook), Health::Healthy, &Thresholds::default(), now);
                    let is_new = matches!(standing, Standing::Disabled(_, since) if now.since(since) < OLD);
                    if is_new {
                        self.disabled.insert(webhook.key);
                    } else {
                        self.disabled.remove(&webhook.key);
                    }
                }
                WebhookChange::Deleted(key) => {
                    self.disabled.remove(&key);
                }
            }
        }
    }

    fn looked_at(&self, teller: &Teller, webhook: WebhookKey, now: Timestamp) -> Looked {
        let found = teller.store.webhooks().get(webhook);
        let thresholds = teller.access.thresholds_of(found.as_ref().map(|webhook| webhook.tenant));
        let standing = Standing::of(found.as_deref(), self.board.of(webhook), &thresholds, now);
        Looked { webhook: found, standing, pause: thresholds.pause() }
    }

    /// Keeps the incidents that have begun.
    async fn open(&mut self, teller: &Teller, now: Timestamp) -> Result<(), StoreError> {
        let failing = self.board.failing();
        let mut opened = Vec::new();
        for key in failing.into_iter().chain(self.disabled.iter().copied()) {
            let known = self.incidents.as_ref().is_some_and(|incidents| incidents.contains_key(&key));
            if known || opened.len() == MOST {
                continue;
            }
            let Looked { webhook, standing, pause } = self.looked_at(teller, key, now);
            if let (Some(webhook), Some(Step::Open(since))) = (webhook, next(None, standing, None, pause, now)) {
                opened.push(Incident {
                    webhook: key,
                    tenant: webhook.tenant,
                    since,
                    told: Told::Nothing,
                    told_at: now,
                });
            }
        }
        opened.dedup_by_key(|incident| incident.webhook);
        self.keep(teller, opened, Vec::new(), Vec::new()).await
    }

    /// Tells of each incident what was not told of it.
    async fn tell(&mut self, teller: &Teller, now: Timestamp) -> Result<usize, StoreError> {
        let mut due = ToTell::default();
        let all: Vec<Incident> = self.incidents.iter().flat_map(|incidents| incidents.values().copied()).collect();
        for incident in all {
            let Looked { webhook, standing, pause } = self.looked_at(teller, incident.webhook, now);
            let well_since = self.well_since(incident.webhook, standing, now);
            let Some(step) = next(Some(&incident), standing, well_since, pause, now) else { continue };
            let notice = webhook.as_ref().and_then(|webhook| told::of_incident(step, &incident, webhook));
            due.add(incident.tenant, (incident, step, webhook), notice);
        }
        let (mut count, mut changed, mut over, mut mails) = (0, Vec::new(), Vec::new(), Vec::new());
        for Due { what: (incident, step, webhook), notice } in teller.tell(due).await {
            count += usize::from(notice.is_some());
            mails.extend(teller.mail(incident.tenant, notice.as_ref()));
            if let Some(webhook) = &webhook {
                self.note_for_operator(teller, step, &incident, webhook);
            }
            let told = |told| Incident { told, told_at: now, ..incident };
            match step {
                Step::Open(since) => changed.push(Incident { since, ..told(Told::Nothing) }),
                Step::TellFailing(_) => changed.push(told(Told::Failing)),
                Step::TellDisabled(_) => changed.push(told(Told::Disabled)),
                Step::TellRecovered => changed.push(told(Told::Recovered)),
                Step::Forget => over.push(incident.webhook),
            }
        }
        self.keep(teller, changed, over, mails).await?;
        Ok(count)
    }

    /// Since when it does well, if it does.
    fn well_since(&mut self, webhook: WebhookKey, standing: Standing, now: Timestamp) -> Option<Timestamp> {
        if standing != Standing::Well {
            self.well_since.remove(&webhook);
            return None;
        }
        Some(*self.well_since.entry(webhook).or_insert(now))
    }

    async fn keep(
        &mut self,
        teller: &Teller,
        incidents: Vec<Incident>,
        incidents_over: Vec<WebhookKey>,
        mails: Vec<MailLine>,
    ) -> Result<(), StoreError> {
        let (changed, over) = (incidents.clone(), incidents_over.clone());
        teller.keep(ToldChanges { incidents, incidents_over, mails, ..ToldChanges::default() }).await?;
        let incidents = self.incidents.get_or_insert_default();
        for key in over {
            incidents.remove(&key);
            self.well_since.remove(&key);
        }
        incidents.extend(changed.into_iter().map(|incident| (incident.webhook, incident)));
        Ok(())
    }

    /// The operator hears of other tenants' webhooks that fail.
    fn note_for_operator(&mut self, teller: &Teller, step: Step, incident: &Incident, webhook: &Webhook) {
        let reason = match step {
            Step::TellFailing(trouble) => trouble.cause.to_string(),
            Step::TellDisabled(reason) if incident.told == Told::Nothing => reason.in_words().to_owned(),
            _ => return,
        };
        let tenant = teller.access.tenant_name(incident.tenant);
        let Some(tenant) = tenant.filter(|tenant| tenant.as_str() != TenantId::DEFAULT) else { return };
        let (count, first) = &mut self.unheard;
        *count += 1;
        if first.len() < NAMED {
            first.push(told::of_tenant(&tenant, webhook, incident, &reason));
        }
    }

    /// Once a minute at most. What a crash comes before is found among the tenants' webhooks.
    async fn tell_operator(&mut self, teller: &Teller, now: Timestamp) {
        let is_due = self.summed_up_at.is_none_or(|at| has_passed(at, SUMMARY, now));
        let Some(operator) = teller.operator().filter(|_| self.unheard.0 > 0 && is_due) else { return };
        let (count, first) = &self.unheard;
        let summary = told::summary(*count, first, now);
        if teller.tell_one(operator, &summary).await {
            let mails = teller.mail(operator, Some(&summary)).into_iter().collect();
            if let Err(error) = teller.keep(ToldChanges { mails, ..ToldChanges::default() }).await {
                tracing::warn!(%error, "of tenants' webhooks that fail no mail is sent");
            }
            self.unheard = (0, Vec::new());
            self.summed_up_at = Some(now);
        }
    }
}

/// A webhook at a look.
struct Looked {
    webhook: Option<Arc<Webhook>>,
    standing: Standing,
    pause: Duration,
}
