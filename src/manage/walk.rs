//! Looking through webhooks. They are in memory; a tenant may have many, so they are looked through slice by slice.

use std::{ops::ControlFlow, sync::Arc, task::Poll};

use crate::{
    model::{TenantKey, WebhookKey},
    store::Webhooks,
    webhook::Webhook,
    work::{Cost, Slice},
};

/// Webhooks that are looked at in one go.
const STRIDE: usize = 100;
/// What looking at one costs: it may name 200 event types.
pub(super) const OF_LOOK: Cost = 200;

/// Who looks at webhooks.
pub(super) trait Visitor {
    /// What it has seen in the end.
    type Seen;

    /// Looks at one, and says whether it has seen enough.
    fn look_at(&mut self, webhook: Arc<Webhook>) -> ControlFlow<()>;

    /// What it has seen.
    fn seen(&mut self) -> Self::Seen;
}

/// A walk through the webhooks of some tenants, of each from the newest.
pub(super) struct Walk<V> {
    store: Arc<dyn Webhooks>,
    /// Whose are still to be looked at, from the last.
    tenants: Vec<TenantKey>,
    before: Option<WebhookKey>,
    price: Cost,
    visitor: V,
}

impl<V: Visitor> Walk<V> {
    /// Each look costs so much.
    pub fn new(store: Arc<dyn Webhooks>, tenants: Vec<TenantKey>, price: Cost, visitor: V) -> Walk<V> {
        Walk { store, tenants, before: None, price, visitor }
    }

    /// The same from those on that are older than `before`.
    pub fn before(self, before: Option<WebhookKey>) -> Walk<V> {
        Walk { before, ..self }
    }

    pub fn go_on(&mut self, slice: &mut Slice) -> Poll<V::Seen> {
        while let Some(&tenant) = self.tenants.last() {
            if slice.is_over() || !slice.affords(self.price * STRIDE as Cost) {
                return Poll::Pending;
            }
            let some = self.store.webhooks().list(tenant, self.before, STRIDE);
            self.before = some.last().map(|webhook| webhook.key);
            if some.len() < STRIDE {
                self.tenants.pop();
                self.before = None;
            }
            if some.into_iter().try_for_each(|webhook| self.visitor.look_at(webhook)).is_break() {
                break;
            }
        }
        Poll::Ready(self.visitor.seen())
    }
}
