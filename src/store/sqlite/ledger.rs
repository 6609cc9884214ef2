//! What each tenant has of what has a quota, as the transaction under way sees it.
//!
//! The writer alone changes it, so that two requests at one time never both get the last place. Each change is noted until it is
//! durable: what a job did that failed is taken back, and what a group did that was not committed. At the start it is made of the
//! tables: what is owed is counted in the index of each webhook's deliveries. Of events, which are too many for that, a table has
//! each tenant's bytes, written with whatever changes them.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{error::unavailable, fan_out::FanOut};
use crate::{
    model::{Amounts, IdMap, QuotaKind, Serial, TenantKey, WebhookKey},
    store::Result,
    webhook::Webhook,
};

/// What tenants have.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    tenants: IdMap<TenantKey, Amounts>,
    webhooks: IdMap<WebhookKey, KeptWebhook>,
    /// Whose a webhook is that is owed something, and how much; also of one that was deleted.
    owed: IdMap<WebhookKey, (TenantKey, u64)>,
    /// Bytes of all tenants' events, and how many tenants keep some.
    event_bytes: u64,
    keepers: u64,
    changes: Vec<Change>,
}

/// What a webhook counts for, while it is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct KeptWebhook {
    pub tenant: TenantKey,
    /// Of everything that is sealed of it, and half of what it takes in memory besides, by a rule: measured, a full
    /// quota takes 1.5 to 2.5 times as much.
    pub bytes: u64,
    /// Regular expressions in its filter.
    pub patterns: u64,
}

/// A change that is not durable yet. A fan-out makes one for each delivery, so it is small.
#[derive(Debug)]
enum Change {
    ApiKeys { tenant: TenantKey, delta: i64 },
    EventBytes { tenant: TenantKey, delta: i64 },
    Saved { tenant: TenantKey, delta: i64 },
    Webhook(Box<WebhookChange>),
    Owed { tenant: TenantKey, webhook: WebhookKey, delta: i64 },
}

#[derive(Clone, Copy, Debug)]
struct WebhookChange {
    key: WebhookKey,
    before: Option<KeptWebhook>,
    after: Option<KeptWebhook>,
}

/// How much more or less a tenant has of something.
pub(super) type Difference = (TenantKey, QuotaKind, i64);

impl KeptWebhook {
    /// What a webhook counts for of which so many bytes are sealed.
    pub fn of(webhook: &Webhook, sealed: u64) -> KeptWebhook {
        let bytes = sealed + webhook.settings.footprint() as u64 / 2;
        KeptWebhook { tenant: webhook.tenant, bytes, patterns: webhook.settings.patterns() }
    }

    /// What it counts for, always in this order.
    pub fn amounts(&self) -> [(QuotaKind, u64); 3] {
        [(QuotaKind::Webhooks, 1), (QuotaKind::WebhookBytes, self.bytes), (QuotaKind::Patterns, self.patterns)]
    }
}

impl Change {
    /// What it changes for tenants.
    fn differences(&self) -> impl Iterator<Item = Difference> + use<> {
        let (one, before, after) = match self {
            &Change::ApiKeys { tenant, delta } => (Some((tenant, QuotaKind::ApiKeys, delta)), None, None),
            &Change::EventBytes { tenant, delta } => (Some((tenant, QuotaKind::EventBytes, delta)), None, None),
            &Change::Saved { tenant, delta } => (Some((tenant, QuotaKind::Saved, delta)), None, None),
            &Change::Owed { tenant, delta, .. } => (Some((tenant, QuotaKind::OwedDeliveries, delta)), None, None),
            Change::Webhook(change) => (None, change.before, change.after),
        };
        let signed = |kept: Option<KeptWebhook>, sign: i64| {
            let amounts = kept.into_iter().flat_map(|kept| kept.amounts().map(|amount| (kept.tenant, amount)));
            amounts.map(move |(tenant, (kind, amount))| (tenant, kind, sign * amount as i64))
        };
        one.into_iter().chain(signed(before, -1)).chain(signed(after, 1))
    }

    fn reversed(self) -> Change {
        match self {
            Change::ApiKeys { tenant, delta } => Change::ApiKeys { tenant, delta: -delta },
            Change::EventBytes { tenant, delta } => Change::EventBytes { tenant, delta: -delta },
            Change::Saved { tenant, delta } => Change::Saved { tenant, delta: -delta },
            Change::Owed { tenant, webhook, delta } => Change::Owed { tenant, webhook, delta: -delta },
            Change::Webhook(mut change) => {
                std::mem::swap(&mut change.before, &mut change.after);
                Change::Webhook(change)
            }
        }
    }
}

impl Ledger {
    /// As the tables say. `webhooks`: those that can be read.
    pub fn load<'w>(conn: &Connection, webhooks: impl Iterator<Item = &'w Webhook>) -> Result<Ledger> {
        let mut ledger = Ledger::default();
        ledger.read(conn).map_err(unavailable)?;
        for webhook in webhooks {
            if let Some(kept) = ledger.webhooks.get(&webhook.key).copied() {
                ledger.webhook(webhook.key, Some(KeptWebhook::of(webhook, kept.bytes)));
            }
        }
        ledger.committed().for_each(drop);
        Ok(ledger)
    }

    fn read(&mut self, conn: &Connection) -> rusqlite::Result<()> {
        let mut keys =
            conn.prepare("SELECT tenant, count(*) FROM api_keys WHERE tenant IS NOT NULL GROUP BY tenant")?;
        let mut rows = keys.query([])?;
        while let Some(row) = rows.next()? {
            self.api_keys(TenantKey(row.get(0)?), row.get(1)?);
        }
        let mut saved = conn
            .prepare("SELECT tenant, count(*) FROM saved INDEXED BY saved_by_name WHERE kind <> 2 GROUP BY tenant")?;
        let mut rows = saved.query([])?;
        while let Some(row) = rows.next()? {
            self.saved(TenantKey(row.get(0)?), row.get(1)?);
        }
        // Events are too many to be counted at each start.
        let mut events = conn.prepare("SELECT tenant, bytes FROM kept_events")?;
        let mut rows = events.query([])?;
        while let Some(row) = rows.next()? {
            self.event_bytes(TenantKey(row.get(0)?), row.get(1)?);
        }
        // Lengths and counts are read from the head of a row and from an index.
        let mut webhooks = conn.prepare(
            "SELECT key, tenant, length(sealed), deleted_at IS NULL,
                    (SELECT count(*) FROM deliveries WHERE webhook = key AND status = 0)
                    + (SELECT count(*) FROM deliveries WHERE webhook = key AND status = 1)
             FROM webhooks",
        )?;
        let mut rows = webhooks.query([])?;
        while let Some(row) = rows.next()? {
            let (key, tenant) = (WebhookKey(Serial::from_number(row.get(0)?)), TenantKey(row.get(1)?));
            if row.get(3)? {
                let bytes = row.get::<_, i64>(2)?.unsigned_abs();
                self.webhook(key, Some(KeptWebhook { tenant, bytes, patterns: 0 }));
            }
            self.owes(tenant, key, row.get(4)?);
            self.changes.clear();
        }
        let mut lists = conn.prepare("SELECT tenant, list FROM fan_outs")?;
        let mut rows = lists.query([])?;
        while let Some(row) = rows.next()? {
            // One that is damaged says so when it is its turn.
            if let Some(fan_out) = FanOut::from_bytes(row.get_ref(1)?.as_blob()?) {
                self.list(TenantKey(row.get(0)?), &fan_out, 1);
            }
            self.changes.clear();
        }
        Ok(())
    }

    /// What a tenant has.
    pub fn of(&self, tenant: TenantKey) -> Amounts {
        self.tenants.get(&tenant).copied().unwrap_or_default()
    }

    /// What everybody has.
    pub fn all(&self) -> IdMap<TenantKey, Amounts> {
        self.tenants.clone()
    }

    /// A webhook that is there.
    pub fn kept(&self, webhook: WebhookKey) -> Option<KeptWebhook> {
        self.webhooks.get(&webhook).copied()
    }

    /// Those that are gone and are still owed something, with whose they were.
    pub fn orphans(&self) -> impl Iterator<Item = (WebhookKey, TenantKey)> + '_ {
        let gone = self.owed.iter().filter(|(webhook, _)| !self.webhooks.contains_key(webhook));
        gone.map(|(&webhook, &(tenant, _))| (webhook, tenant))
    }

    /// Whether a webhook is gone and still owed something: by a row, or in a list.
    pub fn is_orphan(&self, webhook: WebhookKey) -> bool {
        !self.webhooks.contains_key(&webhook) && self.owed.contains_key(&webhook)
    }

    /// The webhooks that are changed, gone, or owed more or less, by what is not durable yet; each with whose it is, perhaps several times.
    pub fn touched(&self) -> impl Iterator<Item = (WebhookKey, TenantKey)> + '_ {
        self.changes.iter().filter_map(|change| match change {
            Change::ApiKeys { .. } | Change::EventBytes { .. } | Change::Saved { .. } => None,
            Change::Webhook(change) => change.before.or(change.after).map(|kept| (change.key, kept.tenant)),
            &Change::Owed { tenant, webhook, .. } => Some((webhook, tenant)),
        })
    }

    /// A tenant has so many more keys.
    pub fn api_keys(&mut self, tenant: TenantKey, delta: i64) {
        self.note(Change::ApiKeys { tenant, delta });
    }

    /// A tenant has saved so many more things.
    pub fn saved(&mut self, tenant: TenantKey, delta: i64) {
        if delta != 0 {
            self.note(Change::Saved { tenant, delta });
        }
    }

    /// So many more bytes of a tenant's events are kept. What is nobody's, a broadcast's record, counts for nobody.
    pub fn event_bytes(&mut self, tenant: TenantKey, delta: i64) {
        if tenant != TenantKey::ALL && delta != 0 {
            self.note(Change::EventBytes { tenant, delta });
        }
    }

    /// Writes what the next start cannot count, in the transaction whose changes these are.
    pub fn keep(&self, conn: &Connection) -> Result<()> {
        let changed = self.changes.iter().filter_map(|change| match change {
            Change::EventBytes { tenant, .. } => Some(*tenant),
            _ => None,
        });
        let tenants: BTreeSet<TenantKey> = changed.collect();
        let write = |tenant: TenantKey| match self.of(tenant).of(QuotaKind::EventBytes).cast_signed() {
            0 => conn.prepare_cached("DELETE FROM kept_events WHERE tenant = ?1")?.execute([tenant.0]),
            bytes => conn
                .prepare_cached("INSERT OR REPLACE INTO kept_events (tenant, bytes) VALUES (?1, ?2)")?
                .execute([tenant.0, bytes]),
        };
        tenants.into_iter().try_for_each(|tenant| write(tenant).map(drop)).map_err(unavailable)
    }

    /// A webhook is so now; nothing: it is gone.
    pub fn webhook(&mut self, key: WebhookKey, after: Option<KeptWebhook>) {
        let before = self.kept(key);
        self.note(Change::Webhook(Box::new(WebhookChange { key, before, after })));
    }

    /// Whether a tenant keeps more bytes of events than each would of those that keep some, if all kept as many.
    pub fn keeps_more_than_others(&self, tenant: TenantKey) -> bool {
        let equal_part = self.event_bytes.checked_div(self.keepers).unwrap_or_default();
        self.of(tenant).of(QuotaKind::EventBytes) > equal_part
    }

    /// A tenant's webhook is owed so much more.
    pub fn owes(&mut self, tenant: TenantKey, webhook: WebhookKey, delta: i64) {
        if delta != 0 {
            self.note(Change::Owed { tenant, webhook, delta });
        }
    }

    /// A webhook is owed so much less.
    pub fn owes_less(&mut self, webhook: WebhookKey, count: usize) {
        if let Some(&(tenant, _)) = self.owed.get(&webhook) {
            self.owes(tenant, webhook, -(count as i64));
        }
    }

    /// A list is kept (`sign` 1), or is one no more (-1). `tenant`: whose it is, if it is not many tenants'.
    pub fn list(&mut self, tenant: TenantKey, fan_out: &FanOut, sign: i64) {
        match fan_out {
            FanOut::Event(webhooks) => webhooks.iter().for_each(|&webhook| self.owes(tenant, webhook, sign)),
            FanOut::Copies(_, copies) => {
                for copy in copies {
                    copy.webhooks.iter().for_each(|&webhook| self.owes(copy.tenant, webhook, sign));
                }
            }
        }
    }

    /// A place among the changes, to which they can be taken back.
    pub fn mark(&self) -> usize {
        self.changes.len()
    }

    /// Takes back what was changed after this mark.
    pub fn take_back(&mut self, mark: usize) {
        while self.changes.len() > mark
            && let Some(change) = self.changes.pop()
        {
            self.apply(&change.reversed());
        }
    }

    /// All changes are durable: what they come to, once for each tenant and kind.
    pub fn committed(&mut self) -> impl Iterator<Item = Difference> + use<> {
        let mut sums: IdMap<(TenantKey, QuotaKind), i64> = IdMap::default();
        for (tenant, kind, delta) in self.changes.drain(..).flat_map(|change| change.differences()) {
            *sums.entry((tenant, kind)).or_default() += delta;
        }
        sums.into_iter().filter(|(_, delta)| *delta != 0).map(|((tenant, kind), delta)| (tenant, kind, delta))
    }

    fn note(&mut self, change: Change) {
        self.apply(&change);
        self.changes.push(change);
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::ApiKeys { .. } | Change::EventBytes { .. } | Change::Saved { .. } => {}
            Change::Webhook(change) => drop(match change.after {
                Some(kept) => self.webhooks.insert(change.key, kept),
                None => self.webhooks.remove(&change.key),
            }),
            &Change::Owed { tenant, webhook, delta } => {
                let (_, owed) = self.owed.entry(webhook).or_insert((tenant, 0));
                *owed = owed.saturating_add_signed(delta);
                if *owed == 0 {
                    self.owed.remove(&webhook);
                }
            }
        }
        change.differences().for_each(|difference| self.add(difference));
    }

    fn add(&mut self, difference: Difference) {
        let (tenant, ..) = difference;
        let before = self.of(tenant).of(QuotaKind::EventBytes);
        add(&mut self.tenants, difference);
        let after = self.of(tenant).of(QuotaKind::EventBytes);
        self.event_bytes = self.event_bytes.saturating_add(after).saturating_sub(before);
        self.keepers = self.keepers + u64::from(after > 0) - u64::from(before > 0);
    }
}

/// Adds a difference; nothing is kept of a tenant that has nothing.
pub(super) fn add(tenants: &mut IdMap<TenantKey, Amounts>, (tenant, kind, delta): Difference) {
    let amounts = tenants.entry(tenant).or_default();
    amounts.add(kind, delta);
    if amounts.is_nothing() {
        tenants.remove(&tenant);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::orphans::Orphans, *};

    fn webhook(number: i64) -> WebhookKey {
        WebhookKey(Serial::nth(number))
    }

    #[derive(Clone, Debug)]
    enum Step {
        Key(i64, i64),
        Events(i64, i64),
        Webhook(i64, Option<(u64, u64)>),
        Owes(i64, i64),
        Less(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (1..4i64, 1..3i64).prop_map(|(tenant, delta)| Step::Key(tenant, delta)),
            (0..4i64, 1..9i64).prop_map(|(tenant, bytes)| Step::Events(tenant, bytes)),
            (1..9i64, prop::option::of((0..99u64, 0..9u64))).prop_map(|(key, kept)| Step::Webhook(key, kept)),
            (1..9i64, 1..9i64).prop_map(|(key, count)| Step::Owes(key, count)),
            (1..9i64).prop_map(Step::Less),
        ]
    }

    /// Webhooks belong to one tenant for ever.
    fn take(ledger: &mut Ledger, step: &Step) {
        let tenant = |key: i64| TenantKey(1 + key % 3);
        match *step {
            Step::Key(tenant, delta) => ledger.api_keys(TenantKey(tenant), delta),
            Step::Events(tenant, bytes) => ledger.event_bytes(TenantKey(tenant), bytes),
            Step::Webhook(key, kept) => {
                let kept = kept.map(|(bytes, patterns)| KeptWebhook { tenant: tenant(key), bytes, patterns });
                ledger.webhook(webhook(key), kept);
            }
            Step::Owes(key, count) => ledger.owes(tenant(key), webhook(key), count),
            Step::Less(key) => {
                let owed = ledger.owed.get(&webhook(key)).map_or(0, |owed| owed.1);
                ledger.owes_less(webhook(key), owed.min(3) as usize);
            }
        }
    }

    /// The sums, from the tenants one by one.
    fn sums(ledger: &Ledger) -> (u64, u64) {
        let kept = ledger.tenants.values().map(|amounts| amounts.of(QuotaKind::EventBytes)).filter(|&bytes| bytes > 0);
        kept.fold((0, 0), |(all, keepers), bytes| (all + bytes, keepers + 1))
    }

    fn state(ledger: &Ledger) -> String {
        let mut tenants: Vec<_> = ledger.tenants.iter().collect();
        let mut webhooks: Vec<_> = ledger.webhooks.iter().collect();
        let mut owed: Vec<_> = ledger.owed.iter().collect();
        tenants.sort_by_key(|one| one.0);
        webhooks.sort_by_key(|one| one.0);
        owed.sort_by_key(|one| one.0);
        format!("{tenants:?} {webhooks:?} {owed:?}")
    }

    proptest! {
        #[test]
        fn what_is_taken_back_never_was(
            before in prop::collection::vec(step(), 0..20), failed in prop::collection::vec(step(), 0..20),
        ) {
            let mut ledger = Ledger::default();
            before.iter().for_each(|step| take(&mut ledger, step));
            let (mark, was) = (ledger.mark(), state(&ledger));
            failed.iter().for_each(|step| take(&mut ledger, step));
            prop_assert_eq!((ledger.event_bytes, ledger.keepers), sums(&ledger));
            ledger.take_back(mark);
            prop_assert_eq!((ledger.event_bytes, ledger.keepers), sums(&ledger));
            prop_assert_eq!(state(&ledger), was);
            ledger.take_back(0);
            prop_assert_eq!(state(&ledger), state(&Ledger::default()), "nor is anything kept of who has nothing");
        }

        #[test]
        fn whose_the_orphans_are_is_known_after_each_commit(
            commits in prop::collection::vec(prop::collection::vec(step(), 0..4), 0..20),
        ) {
            let (mut ledger, orphans) = (Ledger::default(), Orphans::default());
            for steps in &commits {
                steps.iter().for_each(|step| take(&mut ledger, step));
                orphans.follow(&ledger);
                ledger.committed().for_each(drop);
                prop_assert_eq!(orphans.known(), ledger.orphans().collect());
            }
        }

        #[test]
        fn differences_sum_up_to_what_there_is(steps in prop::collection::vec(step(), 0..40)) {
            let (mut ledger, mut tenants) = (Ledger::default(), IdMap::default());
            for step in &steps {
                take(&mut ledger, step);
                ledger.committed().for_each(|difference| add(&mut tenants, difference));
            }
            prop_assert_eq!(&tenants, &ledger.tenants);
        }
    }
}
