//! What each tenant has of what has a quota, as last committed, and how much it may have: for whoever asks.

use std::{
    collections::HashSet,
    sync::{Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard},
};

use super::ledger::{Difference, add};
use crate::{
    model::{Amounts, IdMap, QuotaKind, QuotaReached, Tenant, TenantKey},
    store::{TenantUsage, View},
};

/// From so many hundredths of a quota on its tenant is said to be near it, and from so few on no more.
const NEAR: u64 = 80;
const FAR: u64 = 60;

/// What tenants have.
#[derive(Debug, Default)]
pub(super) struct Usage {
    tenants: RwLock<IdMap<TenantKey, Amounts>>,
    /// For tenants that say nothing; [`Amounts::DEFAULT`] until it is set.
    default: OnceLock<Amounts>,
    /// Of whom the log has said that they are near a quota.
    near: Mutex<HashSet<(TenantKey, QuotaKind)>>,
    refusals: Mutex<Amounts>,
}

/// Tenants together, for each kind of quota.
#[derive(Default, Debug)]
pub(super) struct Summary {
    pub used: Amounts,
    /// How many tenants are near it.
    pub near: Amounts,
    /// How often something was refused for it.
    pub refusals: Amounts,
}

impl Usage {
    /// Where tenants have this much.
    pub fn of(tenants: IdMap<TenantKey, Amounts>) -> Usage {
        Usage { tenants: RwLock::new(tenants), ..Usage::default() }
    }

    /// From now on tenants that say nothing may have so much. Said once.
    pub fn set_default(&self, default: Amounts) {
        let _ = self.default.set(default);
    }

    /// How much a tenant may have.
    pub fn most(&self, tenants: &View<Tenant>, tenant: TenantKey) -> Amounts {
        let default = self.default.get().unwrap_or(&Amounts::DEFAULT);
        tenants.get(tenant).map_or(*default, |tenant| tenant.settings.quotas.or(default))
    }

    /// What a tenant has and may have.
    pub fn of_tenant(&self, tenants: &View<Tenant>, tenant: TenantKey) -> TenantUsage {
        let used = self.read().get(&tenant).copied().unwrap_or_default();
        TenantUsage { used, most: self.most(tenants, tenant) }
    }

    /// What was committed: of each tenant and kind once.
    pub fn committed(&self, tenants: &View<Tenant>, differences: impl Iterator<Item = Difference>) {
        let differences: Vec<Difference> = differences.collect();
        let mut used = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        differences.iter().for_each(|&difference| add(&mut used, difference));
        drop(used);
        differences.into_iter().for_each(|(tenant, kind, _)| self.warn_if_near(tenants, tenant, kind));
    }

    /// Something was refused.
    pub fn refused(&self, refusal: QuotaReached) -> QuotaReached {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner).add(refusal.kind, 1);
        refusal
    }

    /// Once when a tenant comes near a quota, and again only after it was far from it.
    fn warn_if_near(&self, tenants: &View<Tenant>, tenant: TenantKey, kind: QuotaKind) {
        let TenantUsage { used, most } = self.of_tenant(tenants, tenant);
        let (used, most) = (used.of(kind), most.of(kind));
        let mut near = self.near.lock().unwrap_or_else(PoisonError::into_inner);
        if is_from(NEAR, used, most) && near.insert((tenant, kind)) {
            let tenant = tenants.get(tenant).map(|tenant| tenant.id.to_string()).unwrap_or_default();
            tracing::warn!(tenant, quota = kind.as_str(), used, most, "a tenant is near its quota");
        } else if !is_from(FAR, used, most) {
            near.remove(&(tenant, kind));
        }
    }

    /// Everybody's together. Looks at each tenant that has something.
    pub fn summary(&self, tenants: &View<Tenant>) -> Summary {
        let all = self.read().clone();
        let refusals = *self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        let mut summary = Summary { refusals, ..Summary::default() };
        for (tenant, used) in all {
            let most = self.most(tenants, tenant);
            for kind in QuotaKind::ALL {
                summary.used.add(kind, used.of(kind).cast_signed());
                summary.near.add(kind, i64::from(is_from(NEAR, used.of(kind), most.of(kind))));
            }
        }
        summary
    }

    fn read(&self) -> RwLockReadGuard<'_, IdMap<TenantKey, Amounts>> {
        // Numbers that are added and taken off: no state in between that a panic could leave.
        self.tenants.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_from(hundredths: u64, used: u64, most: u64) -> bool {
    used > 0 && u128::from(used) * 100 >= u128::from(most) * u128::from(hundredths)
}
