//! How a tenant's webhooks do, or everybody's: how many in which state, the worst of them, and the oldest that is owed.

use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};

use super::{
    error::ManageError,
    listing::{ListPlace, WebhookOrder},
    walk::{OF_LOOK, Visitor, Walk},
    webhooks::WebhookService,
};
use crate::{
    model::{TenantKey, Timestamp},
    observe::{Health, HealthState, InTrouble, OwedSince},
    webhook::Webhook,
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
        let tenants = if tenant == TenantKey::ALL { self.store.webhooks().groups() } else { vec![tenant] };
        let look = Look {
            in_trouble: self.board.in_trouble(),
            owed_since: self.board.owed_since(),
            worst: BTreeMap::new(),
            standing: Standing::default(),
        };
        let mut walk = Walk::new(self.store.clone(), tenants, OF_LOOK, look);
        Ok(self.work.ask(tenant, move |slice| walk.go_on(slice)).await?)
    }
}

struct Look {
    in_trouble: Arc<InTrouble>,
    owed_since: Arc<OwedSince>,
    worst: BTreeMap<ListPlace, (Arc<Webhook>, Health)>,
    standing: Standing,
}

impl Visitor for Look {
    type Seen = Standing;

    fn look_at(&mut self, webhook: Arc<Webhook>) -> ControlFlow<()> {
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
        ControlFlow::Continue(())
    }

    fn seen(&mut self) -> Standing {
        let worst = std::mem::take(&mut self.worst).into_values().collect();
        Standing { worst, ..std::mem::take(&mut self.standing) }
    }
}
