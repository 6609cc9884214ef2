//! Which webhooks a list has, and in what order. They are in memory; a tenant may have many, of which few or none are wanted, so they
//! are looked through slice by slice.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc, task::Poll};

use crate::{
    model::{EventType, TenantKey, WebhookId, WebhookKey},
    observe::{Health, HealthState, InTrouble},
    store::Webhooks,
    webhook::{Counters, Status, Webhook},
    work::{Cost, Slice},
};

/// Webhooks that are looked at in one go, and what looking at one costs: it may name 200 event types.
pub(super) const STRIDE: usize = 100;
pub(super) const OF_LOOK: Cost = 200;
/// The same where a text is looked for in its name and host.
const OF_READING: Cost = 1_000;
/// Webhooks that are looked at to find a text. A tenant has as many at most, unless its quota is another.
const MOST_READ: usize = 100_000;

/// Which webhooks to list.
#[derive(Clone, Debug, Default)]
pub struct WebhookQuery {
    /// Only the one with this id.
    pub id: Option<WebhookId>,
    /// Only those in this status.
    pub status: Option<Status>,
    /// Only those whose health is this.
    pub health: Option<HealthState>,
    /// Only those that ask for events of this type, whatever their filters.
    pub event_type: Option<EventType>,
    /// Which comes first.
    pub order: WebhookOrder,
    /// Only those behind this place.
    pub after: Option<ListPlace>,
    /// How many at most.
    pub limit: usize,
}

/// Which webhook comes first.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum WebhookOrder {
    /// The newest.
    #[default]
    Newest,
    /// Failing for the longest; then degraded, paused, healthy, disabled. Among equals the newest.
    Worst,
}

/// A webhook's place in a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ListPlace {
    rank: u8,
    /// Since when it is in trouble, in milliseconds.
    since: i64,
    newest: Reverse<WebhookKey>,
}

impl WebhookOrder {
    /// The place of a webhook whose health is this.
    pub fn place(self, webhook: &Webhook, health: Health) -> ListPlace {
        let newest = Reverse(webhook.key);
        match self {
            WebhookOrder::Newest => ListPlace { rank: 0, since: 0, newest },
            WebhookOrder::Worst => {
                let state = HealthState::of(webhook.settings.status, health);
                let since = match state {
                    HealthState::Failing | HealthState::Degraded => health.trouble().map(|trouble| trouble.since),
                    HealthState::Paused | HealthState::Healthy | HealthState::Disabled => None,
                };
                ListPlace { rank: state as u8, since: since.map_or(0, |since| since.millis()), newest }
            }
        }
    }
}

impl ListPlace {
    /// As cursors of a list in this order hold it.
    pub fn to_text(self, order: WebhookOrder) -> String {
        let ListPlace { rank, since, newest } = self;
        format!("{} {rank} {since} {}", order as u8, newest.0)
    }

    /// What [`ListPlace::to_text`] has written for the same order.
    pub fn parse(text: &str, order: WebhookOrder) -> Option<ListPlace> {
        let mut parts = text.splitn(4, ' ');
        let of: u8 = parts.next()?.parse().ok()?;
        let (rank, since) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let newest = Reverse(WebhookKey::parse(parts.next()?)?);
        (of == order as u8).then_some(ListPlace { rank, since, newest })
    }
}

impl WebhookQuery {
    /// Whether a webhook is one of them.
    pub(super) fn wants(&self, webhook: &Webhook, in_trouble: &InTrouble) -> bool {
        let health = in_trouble.of(webhook.key);
        self.status.is_none_or(|status| webhook.settings.status == status)
            && self.health.is_none_or(|state| HealthState::of(webhook.settings.status, health) == state)
            && self.event_type.as_ref().is_none_or(|event_type| webhook.settings.asks_for_type(event_type))
            && self.after.is_none_or(|after| self.order.place(webhook, health) > after)
    }
}

/// A webhook of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub webhook: Arc<Webhook>,
    /// What happened to it so far.
    pub counters: Counters,
    /// How it does while it is delivered to.
    pub health: Health,
}

/// Looking for webhooks, slice by slice.
pub(super) struct Search<F> {
    store: Arc<dyn Webhooks>,
    tenant: TenantKey,
    wants: F,
    order: WebhookOrder,
    limit: usize,
    in_trouble: Arc<InTrouble>,
    /// What looking at one costs, and how many may still be looked at.
    price: Cost,
    most: usize,
    /// Where to go on: webhooks are looked at from the newest.
    before: Option<WebhookKey>,
    /// Those in front so far, no more than are wanted.
    found: BTreeMap<ListPlace, Arc<Webhook>>,
}

/// Looks for those of a list.
pub(super) fn search(
    store: Arc<dyn Webhooks>,
    tenant: TenantKey,
    query: WebhookQuery,
    in_trouble: Arc<InTrouble>,
) -> Search<impl Fn(&Webhook) -> bool> {
    let is_by_age = query.order == WebhookOrder::Newest;
    let before = query.after.filter(|_| is_by_age).map(|after| after.newest.0);
    let (order, limit, known) = (query.order, query.limit, in_trouble.clone());
    let wants = move |webhook: &Webhook| query.wants(webhook, &known);
    let found = BTreeMap::new();
    Search { store, tenant, wants, order, limit, in_trouble, price: OF_LOOK, most: usize::MAX, before, found }
}

impl<F: Fn(&Webhook) -> bool> Search<F> {
    /// Looks for the newest in whose texts something is found.
    pub fn for_text(store: Arc<dyn Webhooks>, tenant: TenantKey, limit: usize, wants: F) -> Search<F> {
        let (in_trouble, found) = (Arc::default(), BTreeMap::new());
        let (order, price, most) = (WebhookOrder::Newest, OF_READING, MOST_READ);
        Search { store, tenant, wants, order, limit, in_trouble, price, most, before: None, found }
    }

    pub fn go_on(&mut self, slice: &mut Slice) -> Poll<Vec<Arc<Webhook>>> {
        loop {
            if slice.is_over() || !slice.affords(self.price * STRIDE as Cost) {
                return Poll::Pending;
            }
            let some = self.store.webhooks().list(self.tenant, self.before, STRIDE);
            self.most = self.most.saturating_sub(STRIDE);
            let is_last = some.len() < STRIDE || self.most == 0;
            self.before = some.last().map(|webhook| webhook.key);
            let wants = &self.wants;
            for webhook in some.into_iter().filter(|webhook| wants(webhook)) {
                self.found.insert(self.order.place(&webhook, self.in_trouble.of(webhook.key)), webhook);
                if self.found.len() > self.limit {
                    self.found.pop_last();
                }
            }
            let is_enough = self.order == WebhookOrder::Newest && self.found.len() >= self.limit;
            if is_last || is_enough {
                return Poll::Ready(std::mem::take(&mut self.found).into_values().collect());
            }
        }
    }
}
