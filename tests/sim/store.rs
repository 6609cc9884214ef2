//! The store's verbs over memory: what they answer, and what is in the few moments between a commit and its news.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    ops::Bound,
    sync::Arc,
    time::Duration,
};

use lanehook::{
    model::{
        AttemptId, DeliveryId, DeliveryStatus, EventKey, FailureRun, OrderingKey, Owed, Serial, SerialSource,
        Timestamp, WebhookKey,
    },
    store::{Backlog, Pending, Settlement, Verdict, Wake},
    webhook::Webhook,
};

const LONGEST_TAIL: usize = 8;
const LONGEST_WAIT: Duration = Duration::from_secs(9 * 86_400);

/// A delivery as committed.
#[derive(Clone, Debug)]
pub struct Row {
    pub owed: Owed,
    pub status: DeliveryStatus,
    pub due: Timestamp,
    /// When its last attempt began.
    pub began: Timestamp,
    /// When it was published, by the time that has passed.
    pub published: Timestamp,
    /// A clock that was ahead has put it off, and nobody knows for how long it was to be.
    pub any_time: bool,
    /// Retried by hand, or attempted under other settings: it has lost its place in the order.
    pub loose: bool,
    pub by_hand: bool,
}

/// What survives a crash, and `tails` and `woken`, which do not.
#[derive(Default)]
pub struct Model {
    pub rows: BTreeMap<DeliveryId, Row>,
    pending: BTreeSet<(WebhookKey, DeliveryId)>,
    retrying: BTreeSet<(WebhookKey, Timestamp, DeliveryId)>,
    pub webhooks: BTreeMap<WebhookKey, Arc<Webhook>>,
    failure_run: BTreeMap<WebhookKey, FailureRun>,
    serials: SerialSource,
    tails: BTreeMap<WebhookKey, (DeliveryId, VecDeque<Owed>)>,
    pub woken: Vec<Wake>,
    pub changed: Vec<WebhookKey>,
}

impl Model {
    /// `now`: by the clock; `passed`: as it has passed.
    pub fn append(&mut self, webhooks: &[WebhookKey], key: Option<OrderingKey>, now: Timestamp, passed: Timestamp) {
        let event = EventKey(self.serials.take(now));
        for &webhook in webhooks {
            let id = DeliveryId(self.serials.take(now));
            let owed = Owed {
                id,
                webhook,
                event,
                attempts: 0,
                failed: 0,
                last_attempt: None,
                ordering_key: key.clone(),
                own_id: false,
            };
            let row = Row {
                owed: owed.clone(),
                status: DeliveryStatus::Pending,
                due: Timestamp::default(),
                began: Timestamp::default(),
                published: passed,
                loose: false,
                by_hand: false,
                any_time: false,
            };
            self.rows.insert(id, row);
            self.pending.insert((webhook, id));
            let just_before = DeliveryId(id.0.before());
            let (from, tail) = self.tails.entry(webhook).or_insert((just_before, VecDeque::new()));
            if tail.len() >= LONGEST_TAIL {
                tail.clear();
                *from = id;
            } else {
                tail.push_back(owed);
            }
            self.woken.push(Wake::Pending(webhook));
        }
    }

    pub fn recent_pending(&mut self, webhook: WebhookKey, after: DeliveryId, limit: usize) -> Option<Pending> {
        let (from, tail) = self.tails.get_mut(&webhook)?;
        if *from > after {
            return None;
        }
        while tail.front().is_some_and(|owed| owed.id <= after) {
            tail.pop_front();
        }
        let deliveries: Vec<Owed> = tail.drain(..limit.min(tail.len())).collect();
        let upto = deliveries.last().map_or(after, |last| last.id);
        *from = upto.max(*from);
        Some(Pending { deliveries, more: !tail.is_empty(), upto })
    }

    pub fn pending(&self, webhook: WebhookKey, after: DeliveryId, key: Option<&OrderingKey>, limit: usize) -> Pending {
        let behind = (Bound::Excluded((webhook, after)), Bound::Unbounded);
        let rows = self.pending.range(behind).take_while(|(of, _)| *of == webhook).map(|(_, id)| &self.rows[id].owed);
        let fits = |owed: &&Owed| key.is_none() || owed.ordering_key.as_ref() == key;
        let mut deliveries: Vec<Owed> = rows.filter(fits).take(limit + 1).cloned().collect();
        let more = deliveries.len() > limit;
        deliveries.truncate(limit);
        let committed = DeliveryId(self.serials.last());
        let upto = if more { deliveries.last().map_or(after, |last| last.id) } else { committed };
        Pending { deliveries, more, upto: upto.max(after) }
    }

    pub fn retrying(&self, webhook: WebhookKey, limit: usize) -> Vec<(Timestamp, Owed)> {
        let from = (webhook, Timestamp::default(), DeliveryId(Serial::FIRST));
        let rows = self.retrying.range(from..).take_while(|(of, ..)| *of == webhook).take(limit);
        rows.map(|(_, due, id)| (*due, self.rows[id].owed.clone())).collect()
    }

    pub fn backlogs(&self) -> Vec<Backlog> {
        let webhooks: BTreeSet<WebhookKey> =
            self.owed().map(|row| row.owed.webhook).chain(self.failure_run.keys().copied()).collect();
        let backlog = |webhook| Backlog {
            webhook,
            failure_run: self.failure_run.get(&webhook).copied().unwrap_or_default(),
            pending: !self.pending(webhook, DeliveryId(Serial::FIRST), None, 1).deliveries.is_empty(),
            next_retry: self.retrying(webhook, 1).first().map(|(due, _)| *due),
        };
        webhooks.into_iter().map(backlog).collect()
    }

    pub fn owed(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().filter(|row| row.status.is_owed())
    }

    pub fn owed_to(&self, webhook: WebhookKey) -> impl Iterator<Item = &Row> {
        let least = DeliveryId(Serial::FIRST);
        let pending =
            self.pending.range((webhook, least)..).take_while(move |(of, _)| *of == webhook).map(|(_, id)| *id);
        let from = (webhook, Timestamp::default(), least);
        let retrying = self.retrying.range(from..).take_while(move |(of, ..)| *of == webhook).map(|(.., id)| *id);
        pending.chain(retrying).map(|id| &self.rows[&id])
    }

    /// Commits a new state of a delivery.
    fn set(&mut self, id: DeliveryId, change: impl FnOnce(&mut Row)) {
        let Some(row) = self.rows.get_mut(&id) else { return };
        let webhook = row.owed.webhook;
        self.pending.remove(&(webhook, id));
        self.retrying.remove(&(webhook, row.due, id));
        change(row);
        match row.status {
            DeliveryStatus::Pending => self.pending.insert((webhook, id)),
            DeliveryStatus::Retrying => self.retrying.insert((webhook, row.due, id)),
            _ => false,
        };
    }

    pub fn record(&mut self, settlement: &Settlement, now: Timestamp) {
        let attempt = AttemptId(self.serials.take(settlement.outcome.started_at));
        for owed in &settlement.owed {
            self.record_one(owed, settlement, attempt, now);
        }
    }

    fn record_one(&mut self, owed: &Owed, settlement: &Settlement, attempt: AttemptId, now: Timestamp) {
        let Settlement { verdict, failure_run, .. } = settlement;
        // What is sent by hand goes before the lane has come to it.
        if let Some((_, tail)) = self.tails.get_mut(&owed.webhook) {
            tail.retain(|pending| pending.id != owed.id);
        }
        self.set(owed.id, |row| {
            row.owed.last_attempt = Some(attempt);
            (row.began, row.any_time) = (settlement.outcome.started_at, false);
            row.owed.attempts = owed.attempts + 1;
            row.owed.failed =
                owed.failed + u32::from(matches!(verdict, Verdict::Failed | Verdict::Retry { counted: true, .. }));
            let status = match verdict {
                Verdict::Delivered => DeliveryStatus::Delivered,
                Verdict::Failed => DeliveryStatus::Failed,
                Verdict::Dropped => DeliveryStatus::Cancelled,
                Verdict::Retry { at, .. } => {
                    row.due = settlement.due(*at, now);
                    DeliveryStatus::Retrying
                }
            };
            if row.status.is_owed() || status == DeliveryStatus::Delivered {
                row.status = status;
            }
        });
        self.failure_run.insert(owed.webhook, *failure_run);
    }

    /// The clock was set back to `now`: what it had put off too far is brought back.
    pub fn bring_back(&mut self, now: Timestamp) {
        let ahead = |row: &&Row| row.status == DeliveryStatus::Retrying && row.due > now;
        let rows: Vec<Row> = self.rows.values().filter(ahead).cloned().collect();
        for row in rows {
            let known = row.began > now && row.began <= row.due;
            if known || row.due > now + LONGEST_WAIT {
                let wait = if known { row.due.since(row.began).min(LONGEST_WAIT) } else { Duration::ZERO };
                self.set(row.owed.id, |row| (row.due, row.any_time) = (now + wait, !known));
                self.woken.push(Wake::Retry(row.owed.webhook));
            }
        }
    }

    /// How far ahead of the clock serials are.
    pub fn is_ahead_by(&self, now: Timestamp) -> Duration {
        self.serials.last().time().since(now)
    }

    pub fn cancel_owed(&mut self, webhook: WebhookKey, limit: usize) -> usize {
        let ids: Vec<DeliveryId> = self.owed_to(webhook).map(|row| row.owed.id).take(limit).collect();
        for &id in &ids {
            self.set(id, |row| row.status = DeliveryStatus::Cancelled);
        }
        ids.len()
    }

    pub fn retry(&mut self, id: DeliveryId, now: Timestamp) {
        let is_delivered = |row: &&Row| row.status == DeliveryStatus::Delivered;
        let Some(row) = self.rows.get(&id).filter(|row| !is_delivered(row)) else { return };
        let webhook = row.owed.webhook;
        self.set(id, |row| {
            if row.status != DeliveryStatus::Pending {
                if row.status != DeliveryStatus::Retrying {
                    row.owed.failed = 0;
                }
                row.status = DeliveryStatus::Retrying;
                row.due = now;
                (row.loose, row.by_hand) = (true, true);
            }
        });
        self.woken.push(Wake::ByHand(webhook, id));
    }

    /// This one, if it is owed; with the time when it is due, if it was attempted before.
    pub fn owed_one(&self, id: DeliveryId) -> Option<(Option<Timestamp>, Owed)> {
        let row = self.rows.get(&id).filter(|row| row.status.is_owed())?;
        Some(((row.status == DeliveryStatus::Retrying).then_some(row.due), row.owed.clone()))
    }

    pub fn cancel(&mut self, id: DeliveryId) {
        let Some(webhook) = self.rows.get(&id).map(|row| row.owed.webhook) else { return };
        self.set(id, |row| {
            if row.status.is_owed() {
                row.status = DeliveryStatus::Cancelled;
            }
        });
        if let Some((_, tail)) = self.tails.get_mut(&webhook) {
            tail.retain(|owed| owed.id != id);
        }
        self.woken.push(Wake::Cancelled(webhook, id));
    }

    pub fn change(&mut self, webhook: WebhookKey, change: impl FnOnce(&mut Webhook)) {
        let Some(current) = self.webhooks.get_mut(&webhook) else { return };
        let mut new = Webhook::clone(current);
        change(&mut new);
        new.version += 1;
        if current.disabled.is_some() && new.disabled.is_none() {
            self.failure_run.remove(&webhook);
        }
        *current = Arc::new(new);
        self.changed.push(webhook);
    }

    pub fn delete(&mut self, webhook: WebhookKey) {
        if self.webhooks.remove(&webhook).is_some() {
            self.tails.remove(&webhook);
            self.changed.push(webhook);
        }
    }

    /// Rows that were attempted under other settings have lost their place.
    pub fn loosen(&mut self, webhook: WebhookKey, more: impl Fn(DeliveryId) -> bool) {
        for row in self.rows.values_mut().filter(|row| row.owed.webhook == webhook) {
            row.loose |= row.owed.attempts > 0 || more(row.owed.id);
        }
    }

    pub fn crash(&mut self) {
        self.tails.clear();
        self.woken.clear();
        self.changed.clear();
    }
}
