//! The transaction of a group: what a job may use inside it, and what will be true once it is committed.

use std::{
    fmt::Display,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
};

use rusqlite::Connection;

use super::{
    error::unavailable,
    file,
    forms::Forms,
    ledger::{KeptWebhook, Ledger},
    promised::Promised,
    refusal::Refusal,
    reserve::{Disk, Space},
    told::Told,
    unfolding::Unfolding,
    usage::Usage,
};
use crate::{
    model::{
        Actor, ApiKey, DeliveryId, Event, EventType, Owed, QuotaKind, QuotaReached, Serial, SerialSource, Session,
        Tenant, TenantId, TenantKey, Timestamp, WebhookKey,
    },
    observe::{Cell, Counts, DeliveryMoved, Grain, Measures},
    store::{Result, StoreError, View, Wake, note::Note, views::Changed},
    webhook::Webhook,
};

/// The transaction of a group, and what will be true once it is committed.
pub(super) struct Tx<'a> {
    pub conn: &'a Connection,
    pub now: Timestamp,
    pub serials: &'a mut SerialSource,
    /// What is listed and what is unfolded changes at once; a group that fails leaves it stale.
    pub unfolding: &'a mut Unfolding,
    /// What tenants have, and may have.
    pub ledger: &'a mut Ledger,
    pub limits: Limits<'a>,
    /// What is being kept in several transactions.
    pub promised: &'a mut Promised,
    pub disk: &'a Disk,
    pub forms: &'a Forms,
    /// What there was of it when the group first asked.
    pub space: Option<Space>,
    pub effects: Effects,
    /// Who makes the change that is under way, if it is somebody's.
    pub by: Option<Actor>,
    /// The first error that the whole group cannot survive.
    pub broken: Option<StoreError>,
}

/// Tenants, how much they may have, their webhooks, and keys: as last committed.
#[derive(Clone, Copy)]
pub(super) struct Limits<'a> {
    pub usage: &'a Usage,
    pub tenants: &'a View<Tenant>,
    pub webhooks: &'a View<Webhook>,
    pub api_keys: &'a View<ApiKey>,
    pub sessions: &'a View<Session>,
}

/// What a commit makes visible in memory.
#[derive(Default)]
pub(super) struct Effects {
    pub events: Vec<Arc<Event>>,
    pub owed: Vec<Owed>,
    /// Events that are new, for those who watch: also those that nobody is owed.
    pub accepted: Vec<Arc<Event>>,
    /// Deliveries that stand otherwise than before, in order, but for new ones; for those who watch.
    pub moved: Vec<DeliveryMoved>,
    pub woken: Vec<Wake>,
    /// What changed of the things that have views, in order.
    pub changed: Vec<Changed>,
    /// Never attempted until now, and now attempted or cancelled.
    pub no_longer_pending: Vec<(WebhookKey, DeliveryId)>,
    /// Webhooks of which much was cancelled.
    pub cancelled: Vec<WebhookKey>,
    /// What somebody changed.
    pub notes: Vec<Note>,
    /// What is counted, for statistics.
    pub counts: Counts,
}

/// What a tenant's notices may have beside its quotas, so that it is told when one of them is reached.
const BESIDE_QUOTAS: [(QuotaKind, u64); 2] = [(QuotaKind::OwedDeliveries, 1_000), (QuotaKind::EventBytes, 1 << 20)];

impl Tx<'_> {
    /// A serial greater than all before it.
    pub fn take_serial(&mut self) -> Serial {
        self.serials.take(self.now)
    }

    /// Where to count, for statistics, what happened at this time. Without a webhook it is about an event.
    pub fn count(
        &mut self,
        tenant: TenantKey,
        webhook: Option<WebhookKey>,
        event_type: Option<&EventType>,
        at: Timestamp,
    ) -> &mut Measures {
        let cell = Cell { minute: Grain::Minute.bucket(at), webhook, event_type: event_type.cloned() };
        self.effects.counts.of(tenant, cell)
    }

    /// Whether a tenant may have so much more of this.
    pub fn allow(&self, tenant: TenantKey, kind: QuotaKind, asked: u64) -> std::result::Result<(), QuotaReached> {
        let Limits { usage, tenants, .. } = self.limits;
        let allowed = self.ledger.of(tenant).allow(&usage.most(tenants, tenant), kind, asked);
        allowed.map_err(|reached| usage.refused(reached))
    }

    /// Whether a tenant's notices may have so much more of this: its quota, and [`BESIDE_QUOTAS`] besides.
    pub fn allow_notice(
        &self,
        tenant: TenantKey,
        kind: QuotaKind,
        asked: u64,
    ) -> std::result::Result<(), QuotaReached> {
        let Limits { usage, tenants, .. } = self.limits;
        let most = usage.most(tenants, tenant);
        let beside = BESIDE_QUOTAS.into_iter().find(|(of, _)| *of == kind).map_or(0, |(_, amount)| amount);
        let most = most.with(kind, most.of(kind).saturating_add(beside));
        self.ledger.of(tenant).allow(&most, kind, asked)
    }

    /// Whether the disk has room for a tenant's notices: for operators' always, since that it has not is one of them, and they are few.
    pub fn disk_has_room_for_notices(&mut self, tenant: TenantKey) -> Result<std::result::Result<(), Refusal>> {
        let is_operators = || {
            let default = self.limits.tenants.named(&TenantId::kept(TenantId::DEFAULT));
            default.is_some_and(|default| default.key == tenant)
        };
        if is_operators() {
            return Ok(Ok(()));
        }
        Ok(match self.disk_space()? {
            Space::None(why) => Err(Refusal::DiskFull(why)),
            Space::Short(_) | Space::Enough => Ok(()),
        })
    }

    /// Whether the disk has room for what is new of a tenant.
    pub fn disk_has_room(&mut self, tenant: TenantKey) -> Result<std::result::Result<(), Refusal>> {
        Ok(match self.disk_space()? {
            Space::None(why) => Err(Refusal::DiskFull(why)),
            Space::Short(why) if self.ledger.keeps_more_than_others(tenant) => Err(Refusal::DiskShort(why)),
            Space::Short(_) | Space::Enough => Ok(()),
        })
    }

    fn disk_space(&mut self) -> Result<Space> {
        if let Some(seen) = &self.space {
            return Ok(seen.clone());
        }
        let seen = self.disk.space(|| file::unused_bytes(self.conn)).map_err(unavailable)?;
        Ok(self.space.insert(seen).clone())
    }

    /// A webhook is so now, if its tenant may have so much and the disk has room for what is more of it.
    pub fn keep_webhook(&mut self, key: WebhookKey, kept: KeptWebhook) -> Result<()> {
        let before = self.ledger.kept(key).map(|before| before.amounts());
        let mut grows = false;
        for (place, (kind, amount)) in kept.amounts().into_iter().enumerate() {
            let more = amount.saturating_sub(before.map_or(0, |amounts| amounts[place].1));
            self.allow(kept.tenant, kind, more).map_err(StoreError::Full)?;
            grows |= more > 0;
        }
        if grows && let Err(refusal) = self.disk_has_room(kept.tenant)? {
            return Err(refusal.into());
        }
        self.ledger.webhook(key, Some(kept));
        Ok(())
    }

    /// Runs `f` so that its failure leaves nothing behind, and the rest of the group unharmed.
    pub fn alone<T>(&mut self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.savepoint("SAVEPOINT alone")?;
        let (effects, mark) = (std::mem::take(&mut self.effects), self.ledger.mark());
        let result = caught(|| f(self));
        let own = std::mem::replace(&mut self.effects, effects);
        match result {
            Ok(value) => {
                self.savepoint("RELEASE alone")?;
                self.effects.join(own);
                Ok(value)
            }
            Err(error) => {
                // After a full or failing disk SQLite may have ended the transaction by itself. Then there is no
                // savepoint to return to, and the group is broken.
                let _ = self.savepoint("ROLLBACK TO alone; RELEASE alone");
                self.ledger.take_back(mark);
                // One that breaks the group is told by the writer.
                if let (StoreError::Unavailable(error), None) = (&error, &self.broken) {
                    tracing::error!(error, "a change could not be written");
                }
                Err(error)
            }
        }
    }

    /// Runs `f`, which makes a change for somebody, and tells it. One that is not told is refused: it is a defect.
    pub fn made_by<T>(&mut self, by: Actor, f: impl FnOnce(&mut Tx<'_>) -> Result<Told<T>>) -> Result<T> {
        let before = self.conn.total_changes();
        self.by = Some(by);
        let result = caught(|| f(self));
        self.by = None;
        match result? {
            told if told.is_of_nothing() && self.conn.total_changes() != before => {
                Err(StoreError::Corrupt("a change was not told in the audit trail".into()))
            }
            told => Ok(told.into_value()),
        }
    }

    /// Something that has a view is changed: noted, and seen by everyone after the commit.
    pub fn changed(&mut self, what: &'static str, subject: impl Display, change: impl Into<Changed>) {
        self.note(what, subject);
        self.effects.changed.push(change.into());
    }

    /// Notes what is changed and by whom.
    pub fn note(&mut self, what: &'static str, subject: impl Display) {
        debug_assert!(self.by.is_some(), "{what}: by whom?");
        self.effects.notes.extend(self.by.as_ref().map(|by| Note::new(by, what, subject)));
    }

    /// Runs `f`, whose failure, half-way, the group cannot survive. In a broken group it is not run: SQLite may have ended the
    /// transaction by itself, and what is written then would stay.
    pub fn whole<T>(&mut self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let result = caught(|| f(self));
        match &result {
            Ok(_) => {}
            Err(StoreError::Panicked) => {
                let message = "another request of the same moment met a defect".to_owned();
                self.broken = Some(StoreError::Unavailable(message));
            }
            Err(error) => self.broken = Some(error.clone()),
        }
        result
    }

    fn savepoint(&mut self, sql: &str) -> Result<()> {
        self.whole(|tx| tx.conn.execute_batch(sql).map_err(unavailable))
    }
}

impl Effects {
    fn join(&mut self, mut other: Effects) {
        self.events.append(&mut other.events);
        self.owed.append(&mut other.owed);
        self.accepted.append(&mut other.accepted);
        self.moved.append(&mut other.moved);
        self.woken.append(&mut other.woken);
        self.changed.append(&mut other.changed);
        self.no_longer_pending.append(&mut other.no_longer_pending);
        self.cancelled.append(&mut other.cancelled);
        self.notes.append(&mut other.notes);
        self.counts.merge(other.counts);
    }
}

/// What `f` returns; a panic in it is an error of whoever asked for it, and not the writer's end.
fn caught<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    // Whoever gets the error undoes what was half done: the savepoint or the whole group.
    panic::catch_unwind(AssertUnwindSafe(f)).unwrap_or(Err(StoreError::Panicked))
}
