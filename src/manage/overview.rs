//! How a tenant's webhooks do, or everybody's: how many in which state, the worst of them, and the oldest that is owed. They are looked
//! through in memory, slice by slice.

use std::{collections::BTreeMap, sync::Arc, task::Poll};

use super::{
    error::ManageError,
    listing::{ListPlace, OF_LOOK, STRIDE, WebhookOrder},
    webhooks::WebhookService,
};
use crate::{
    model::{TenantKey, Timestamp, WebhookKey},
    observe::{Health, HealthState, InTrouble, OwedSince},
    store::Webhooks,
    webhook::Webhook,
    work::{Cost, Slice},
};

/// How many of the worst are told.
const WORST: usize = 10;

/// How webhooks do.
#[derive(Clone, Default, Debug)]
pub struct Standing {
    /// How many are in which state.
    pub counts: BTreeMap<HealthState, u64>,
    /// Those in trouble, the worst first, ten at most.
    pub worst: Vec<(Arc<Webhook>, Health)>,
    /// When the oldest was accepted that is owed, and for which webhook.
    pub oldest_owed: Option<(Timestamp, Arc<Webhook>)>,
}

impl WebhookService {
    /// How the webhooks of a tenant do, or of [`TenantKey::ALL`].
    pub async fn standing(&self, tenant: TenantKey) -> Result<Standing, ManageError> {
        let mut walk = Walk {
            tenants: if tenant == TenantKey::ALL { self.store.webhooks().groups() } else { vec![tenant] },
            store: self.store.clone(),
            before: None,
            in_trouble: self.board.in_trouble(),
            owed_since: self.board.owed_since(),
            worst: BTreeMap::new(),
            standing: Standing::default(),
        };
        Ok(self.work.ask(tenant, move |slice| walk.go_on(slice)).await?)
    }
}

struct Walk {
    store: Arc<dyn Webhooks>,
    /// Whose webhooks are still to be looked at, from the last.
    tenants: Vec<TenantKey>,
    before: Option<WebhookKey>,
    in_trouble: Arc<InTrouble>,
    owed_since: Arc<OwedSince>,
    worst: BTreeMap<ListPlace, (Arc<Webhook>, Health)>,
    standing: Standing,
}

impl Walk {
    fn go_on(&mut self, slice: &mut Slice) -> Poll<Standing> {
        while let Some(&tenant) = self.tenants.last() {
            if slice.is_over() || !slice.affords(OF_LOOK * STRIDE as Cost) {
                return Poll::Pending;
            }
            let some = self.store.webhooks().list(tenant, self.before, STRIDE);
            self.before = some.last().map(|webhook| webhook.key);
            if some.len() < STRIDE {
                self.tenants.pop();
                self.before = None;
            }
            some.into_iter().for_each(|webhook| self.look_at(webhook));
        }
        let worst = std::mem::take(&mut self.worst).into_values().collect();
        Poll::Ready(Standing { worst, ..std::mem::take(&mut self.standing) })
    }

    fn look_at(&mut self, webhook: Arc<Webhook>) {
        let health = self.in_trouble.of(webhook.key);
        let state = HealthState::of(webhook.settings.status, health);
        *self.standing.counts.entry(state).or_default() += 1;
        let since = self.owed_since.get(&webhook.key).copied();
        let oldest = self.standing.oldest_owed.as_ref().map(|(at, _)| *at);
        if let Some(since) = since.filter(|since| oldest.is_none_or(|oldest| *since < oldest)) {
            self.standing.oldest_owed = Some((since, webhook.clone()));
        }
        if matches!(state, HealthState::Failing | HealthState::Degraded) {
            self.worst.insert(WebhookOrder::Worst.place(&webhook, health), (webhook, health));
            if self.worst.len() > WORST {
                self.worst.pop_last();
            }
        }
    }
}
