//! Outcomes that are not durable yet: how many there are, how much memory they take up, and whose they are. A store that is
//! slow or full takes them later than receivers answer; before they take up too much, nothing more is sent. Of what is left a
//! tenant takes no more than it leaves, so large outcomes of one do not keep the others from sending.

use crate::{
    budget::{Tally, fair_part},
    model::{DeliveryId, IdMap, TenantKey},
    store::Settlement,
};

/// What is not durable yet.
#[derive(Debug)]
pub struct Unrecorded {
    most: usize,
    bytes: usize,
    deliveries: usize,
    of_tenants: Tally<TenantKey>,
    /// What each settlement takes up, by the last of its deliveries.
    settlements: IdMap<DeliveryId, (TenantKey, usize)>,
}

impl Unrecorded {
    /// Nothing yet; at most so many bytes, and those of requests that are under way.
    pub fn new(most: usize) -> Unrecorded {
        Unrecorded { most, bytes: 0, deliveries: 0, of_tenants: Tally::default(), settlements: IdMap::default() }
    }

    /// What became of these deliveries is to be recorded.
    pub fn add(&mut self, tenant: TenantKey, settlement: &Settlement) {
        let Some(last) = settlement.owed.last() else { return };
        let bytes = settlement.bytes();
        self.settlements.insert(last.id, (tenant, bytes));
        self.of_tenants.add(tenant, bytes);
        self.bytes += bytes;
        self.deliveries += settlement.owed.len();
    }

    /// What became of this delivery is durable.
    pub fn recorded(&mut self, delivery: DeliveryId) {
        self.deliveries -= 1;
        if let Some((tenant, bytes)) = self.settlements.remove(&delivery) {
            self.of_tenants.subtract(tenant, bytes);
            self.bytes -= bytes;
        }
    }

    /// Outcomes of deliveries.
    pub fn deliveries(&self) -> usize {
        self.deliveries
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a tenant may send what has an outcome.
    pub fn has_room_for(&self, tenant: TenantKey) -> bool {
        fair_part(self.most.saturating_sub(self.bytes), self.of_tenants.of(tenant)) > 0
    }
}
