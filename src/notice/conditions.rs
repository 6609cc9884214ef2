//! What is so for tenants and for the server: found out, kept, told.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    condition::{Level, Move, Present, Subject, SystemTrouble, next, of_quota},
    incident::has_passed,
    teller::{Due, MOST, Teller, ToTell},
    told::{self, Notice},
};
use crate::{
    model::{ApiKey, ApiKeyId, QuotaKind, Serial, TenantKey, Thresholds, Timestamp},
    store::{Change, Condition, StoreError, ToldChanges},
};

/// How often it looks which keys expire.
const LOOKS_AT_KEYS: Duration = Duration::from_secs(60);
/// Tenants or keys that are looked at before others have their turn.
const SLICE: usize = 256;

/// Tells of conditions.
#[derive(Default)]
pub(super) struct Conditions {
    /// As the store has them; nothing before they were read.
    kept: Option<BTreeMap<(TenantKey, Subject), Condition>>,
    /// Since when those were not so any more that are kept.
    gone_since: BTreeMap<(TenantKey, Subject), Timestamp>,
    /// The keys that expire, by when, up to this change of them.
    expiring: BTreeSet<(Timestamp, ApiKeyId)>,
    expires_at: BTreeMap<ApiKeyId, Timestamp>,
    revision: u64,
    /// Whose keys expire soon, as it was seen last.
    soon: BTreeSet<(TenantKey, ApiKeyId)>,
    looked_at_keys: Option<Timestamp>,
    /// Keys that were refused since they had expired, and are still there.
    refused: BTreeSet<(TenantKey, ApiKeyId)>,
}

impl Conditions {
    /// Tells what is to be told. How many notices that were.
    pub async fn run(
        &mut self,
        teller: &Teller,
        troubles: Vec<SystemTrouble>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        if self.kept.is_none() {
            let kept = teller.store.conditions().await?;
            let known = kept
                .into_iter()
                .filter_map(|condition| Some(((condition.tenant, Subject::read(&condition.subject)?), condition)));
            self.kept = Some(known.collect());
            let was_refused = |(tenant, subject): &(TenantKey, Subject)| match subject {
                Subject::KeyExpired(id) => Some((*tenant, *id)),
                _ => None,
            };
            self.refused = self.kept.iter().flatten().filter_map(|(place, _)| was_refused(place)).collect();
        }
        let reasons: BTreeMap<&str, &str> =
            troubles.iter().map(|trouble| (trouble.kind.as_str(), trouble.reason.as_str())).collect();
        let mut present = of_quotas(teller).await;
        self.look_at_keys(teller, now).await;
        present.extend(self.soon.iter().map(|&(tenant, id)| ((tenant, Subject::KeyExpiring(id)), Level::Holds)));
        present.extend(self.refused.iter().map(|&(tenant, id)| ((tenant, Subject::KeyExpired(id)), Level::Holds)));
        if let Some(operator) = teller.operator() {
            let of_system = |kind: &&str| ((operator, Subject::System((*kind).to_owned())), Level::Holds);
            present.extend(reasons.keys().map(of_system));
        }
        self.begin(teller, &present, now).await?;
        self.tell(teller, &present, &reasons, now).await
    }

    /// Keeps what has begun.
    async fn begin(&mut self, teller: &Teller, present: &Present, now: Timestamp) -> Result<(), StoreError> {
        let kept = self.kept.get_or_insert_default();
        let new = present.iter().filter(|((tenant, subject), level)| {
            let condition = kept.get(&(*tenant, subject.clone()));
            next(condition, subject, Some(**level), None, now) == Some(Move::Begin)
        });
        let begun = |((tenant, subject), _): (&(TenantKey, Subject), &Level)| {
            let condition = Condition { tenant: *tenant, subject: subject.to_string(), since: now, is_told: false };
            ((*tenant, subject.clone()), condition)
        };
        let new: Vec<_> = new.take(MOST).map(begun).collect();
        let conditions = new.iter().map(|(_, condition)| condition.clone()).collect();
        teller.keep(ToldChanges { conditions, ..ToldChanges::default() }).await?;
        kept.extend(new);
        Ok(())
    }

    /// Tells what was not told, and what is over.
    async fn tell(
        &mut self,
        teller: &Teller,
        present: &Present,
        reasons: &BTreeMap<&str, &str>,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let kept = self.kept.get_or_insert_default();
        let mut due = ToTell::default();
        for (place @ (tenant, subject), condition) in kept.iter() {
            let level = present.get(place).copied();
            let gone_since = match level {
                Some(_) => {
                    self.gone_since.remove(place);
                    None
                }
                None => Some(*self.gone_since.entry(place.clone()).or_insert(now)),
            };
            let Some(step) = next(Some(condition), subject, level, gone_since, now) else { continue };
            let is_reached = || kept.contains_key(&(*tenant, nearer(subject)));
            let notice = match step {
                Move::Begin => continue,
                // Whoever has reached a quota need not hear that they are near it.
                Move::Tell if matches!(subject, Subject::QuotaNear(_)) && is_reached() => None,
                Move::Tell => begins(teller, *tenant, subject, condition.since, reasons),
                Move::End => ends(subject, condition),
            };
            due.add(*tenant, (place.clone(), step), notice);
        }
        let (mut count, mut changes) = (0, ToldChanges::default());
        let mut over = Vec::new();
        for Due { what: (place, step), notice } in teller.tell(due).await {
            count += usize::from(notice.is_some());
            changes.mails.extend(teller.mail(place.0, notice.as_ref()));
            match step {
                Move::Begin => {}
                Move::Tell => changes
                    .conditions
                    .extend(kept.get(&place).map(|condition| Condition { is_told: true, ..condition.clone() })),
                Move::End => {
                    changes.conditions_over.push((place.0, place.1.to_string()));
                    over.push(place);
                }
            }
        }
        let told: Vec<Condition> = changes.conditions.clone();
        teller.keep(changes).await?;
        for place in over {
            kept.remove(&place);
            self.gone_since.remove(&place);
        }
        for condition in told {
            let place = Subject::read(&condition.subject).map(|subject| (condition.tenant, subject));
            kept.extend(place.map(|place| (place, condition)));
        }
        Ok(count)
    }

    /// Finds out which keys expire soon, and which were refused since they have.
    async fn look_at_keys(&mut self, teller: &Teller, now: Timestamp) {
        let owner = |key: &ApiKey| key.tenant.or_else(|| teller.operator());
        let keys = teller.store.api_keys();
        let refused = teller.access.take_refused().into_iter().filter_map(|id| keys.get(id));
        self.refused.extend(refused.filter_map(|key| Some((owner(&key)?, key.id))));
        self.refused.retain(|(_, id)| keys.get(id).is_some());
        self.follow_keys(teller);
        if !self.looked_at_keys.is_none_or(|at| has_passed(at, LOOKS_AT_KEYS, now)) {
            self.soon.retain(|(_, id)| keys.get(id).is_some());
            return;
        }
        self.looked_at_keys = Some(now);
        let latest = now + Thresholds::KEY_EXPIRES.end().0;
        let mut soon = BTreeSet::new();
        for (number, (at, id)) in
            self.expiring.range((now, ApiKeyId(Serial::FIRST))..(latest, ApiKeyId(Serial::FIRST))).enumerate()
        {
            if number % SLICE == SLICE - 1 {
                tokio::task::yield_now().await;
            }
            let Some(key) = keys.get(id) else { continue };
            let before = teller.access.thresholds_of(key.tenant).key_expires.0;
            // One that is made for a shorter time is not expected to be there for long.
            if at.since(now) <= before && at.since(key.created_at) > before {
                soon.extend(owner(&key).map(|tenant| (tenant, *id)));
            }
        }
        self.soon = soon;
    }

    fn follow_keys(&mut self, teller: &Teller) {
        let changes = teller.store.api_keys().changed_since(self.revision);
        self.revision = changes.revision;
        for change in changes.changes {
            let (id, expires_at) = match &change {
                Change::Saved(key) => (key.id, key.expires_at),
                Change::Deleted(id) => (*id, None),
            };
            let before = match expires_at {
                Some(at) => self.expires_at.insert(id, at),
                None => self.expires_at.remove(&id),
            };
            before.map(|at| self.expiring.remove(&(at, id)));
            self.expiring.extend(expires_at.map(|at| (at, id)));
        }
        if changes.more_is_gone {
            let keys = teller.store.api_keys();
            self.expires_at.retain(|id, _| keys.get(id).is_some());
            self.expiring.retain(|(_, id)| keys.get(id).is_some());
        }
    }
}

/// The subject that is told instead of one that is only near it.
fn nearer(subject: &Subject) -> Subject {
    match subject {
        Subject::QuotaNear(kind) => Subject::QuotaReached(*kind),
        other => other.clone(),
    }
}

/// How near all tenants are to their quotas.
async fn of_quotas(teller: &Teller) -> Present {
    let mut present = Present::new();
    for (number, tenant) in teller.store.tenants().all().into_iter().enumerate() {
        if number % SLICE == SLICE - 1 {
            tokio::task::yield_now().await;
        }
        let usage = teller.store.usage(tenant.key);
        if usage.used.is_nothing() {
            continue;
        }
        let thresholds = teller.access.thresholds_of(Some(tenant.key));
        let all = QuotaKind::ALL.into_iter().flat_map(|kind| of_quota(kind, &usage, &thresholds));
        present.extend(all.map(|(subject, level)| ((tenant.key, subject), level)));
    }
    present
}

/// What tells that it is so; nothing of what is gone meanwhile.
fn begins(
    teller: &Teller,
    tenant: TenantKey,
    subject: &Subject,
    since: Timestamp,
    reasons: &BTreeMap<&str, &str>,
) -> Option<Notice> {
    let key = |id: &ApiKeyId| teller.store.api_keys().get(id);
    match subject {
        Subject::QuotaNear(kind) => Some(told::of_quota(*kind, &teller.store.usage(tenant), false, since)),
        Subject::QuotaReached(kind) => Some(told::of_quota(*kind, &teller.store.usage(tenant), true, since)),
        Subject::KeyExpiring(id) => key(id).map(|key| told::of_key(&key, false, since)),
        Subject::KeyExpired(id) => key(id).map(|key| told::of_key(&key, true, since)),
        Subject::System(kind) => reasons.get(kind.as_str()).map(|reason| told::of_system(kind, Some(reason), since)),
    }
}

/// What tells that it is over, if that is told.
fn ends(subject: &Subject, condition: &Condition) -> Option<Notice> {
    match subject {
        Subject::System(kind) if condition.is_told => Some(told::of_system(kind, None, condition.since)),
        _ => None,
    }
}
