//! Whose turn it is: round the tenants, and within a tenant round its lanes.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::model::{TenantKey, WebhookKey};

/// Lanes that may have something to send.
#[derive(Debug, Default)]
pub struct Ring {
    tenants: VecDeque<TenantKey>,
    lanes: HashMap<TenantKey, VecDeque<WebhookKey>>,
    waiting: HashSet<WebhookKey>,
}

impl Ring {
    /// Takes a lane in, behind its tenant's others; one that is in already keeps its place.
    pub fn push(&mut self, tenant: TenantKey, lane: WebhookKey) {
        if !self.waiting.insert(lane) {
            return;
        }
        let lanes = self.lanes.entry(tenant).or_default();
        if lanes.is_empty() {
            self.tenants.push_back(tenant);
        }
        lanes.push_back(lane);
    }

    /// The next lane, of the tenant that has waited longest. It is out until it is pushed again.
    pub fn pop(&mut self) -> Option<WebhookKey> {
        let tenant = self.tenants.pop_front()?;
        let lanes = self.lanes.get_mut(&tenant)?;
        let lane = lanes.pop_front()?;
        match lanes.is_empty() {
            true => {
                self.lanes.remove(&tenant);
            }
            false => self.tenants.push_back(tenant),
        }
        self.waiting.remove(&lane);
        Some(lane)
    }

    /// How many lanes are in.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none is in.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Serial;

    #[test]
    fn a_tenant_with_many_lanes_gets_no_more_turns_than_one_with_few() {
        let lane = |number| WebhookKey(Serial(number));
        let mut ring = Ring::default();
        for number in 0..100 {
            ring.push(TenantKey(1), lane(number));
        }
        ring.push(TenantKey(2), lane(100));
        let mut turns_of_second = 0;
        for _ in 0..20 {
            let next = ring.pop().unwrap();
            let tenant = if next == lane(100) { 2 } else { 1 };
            turns_of_second += usize::from(tenant == 2);
            ring.push(TenantKey(tenant), next);
        }
        assert_eq!(turns_of_second, 10);
    }

    #[test]
    fn a_lane_is_in_once() {
        let mut ring = Ring::default();
        ring.push(TenantKey(1), WebhookKey(Serial(1)));
        ring.push(TenantKey(1), WebhookKey(Serial(1)));
        assert_eq!(ring.len(), 1);
        assert!(ring.pop().is_some());
        assert!(ring.pop().is_none());
    }
}
