//! Which fan-outs are not unfolded yet, in memory: whose turn it is, and who stands in one.
//!
//! **Order.** A webhook's deliveries are written in the order of its events, whatever its settings say, so they need not be
//! asked here and may change meanwhile: what is published to a webhook that stands in a fan-out gets behind it, in a list of
//! its own. The lists of one tenant unfold one after another. A broadcast's lists are of many tenants; they wait for nobody,
//! and a tenant's later ones wait for them. (A tenant that has lists already gets its part of a broadcast among these.)
//! Otherwise tenants take turns.
//!
//! All of it is what the table `fan_outs` says, and is read from there at the start and after a group that failed.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Bound,
};

use rusqlite::Connection;

use super::fan_out::FanOut;
use crate::{
    budget::fair_part,
    model::{IdMap, Serial, TenantKey, WebhookKey},
};

/// Deliveries that may wait to be unfolded, so that the file and this memory do not grow without end. A tenant takes no more
/// than it leaves for others.
const MOST_DELIVERIES: usize = 4_000_000;

/// How much one transaction writes. Each row takes about 10 µs, and everybody else waits for all of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Rows that a request has written at once, of its deliveries and of the copies of a broadcast. See [`Limits::at_once`].
    pub at_once: usize,
    /// Rows of one slice.
    pub slice: usize,
    /// Deliveries of an event in one list, which may take several slices.
    pub list: usize,
    /// Bytes of copies that a slice writes, and a broadcast at once: the first that passes this ends it.
    pub bytes: usize,
}

impl Limits {
    /// What holds but for tests.
    ///
    /// Many deliveries of one event are lists in the publication's own transaction, for which everybody waits: the longer the lists, the
    /// fewer rows. A slice ends where its time is up, in the middle of a list if need be, and what is left of the list is written anew.
    pub const USUAL: Limits = Limits { at_once: 50, slice: 100, list: 500, bytes: 1 << 20 };

    /// Deliveries that a publication of so many events has written at once: one for each at least, as many as it has rows anyway.
    pub fn at_once(&self, events: usize) -> usize {
        self.at_once.max(events)
    }
}

#[derive(Debug)]
pub(super) struct Unfolding {
    pub limits: Limits,
    queues: BTreeMap<TenantKey, Lists>,
    /// Of all queues.
    deliveries: u64,
    /// In how many lists a webhook stands.
    standing: IdMap<WebhookKey, u32>,
    last_turn: Option<TenantKey>,
    stale: bool,
}

/// The lists of one tenant, or of broadcasts, oldest first.
#[derive(Debug, Default)]
struct Lists {
    ids: VecDeque<(Serial, u32)>,
    deliveries: u64,
}

impl Unfolding {
    pub fn new(limits: Limits) -> Unfolding {
        Unfolding {
            limits,
            queues: BTreeMap::new(),
            deliveries: 0,
            standing: IdMap::default(),
            last_turn: None,
            stale: false,
        }
    }

    /// As the table says.
    pub fn load(conn: &Connection, limits: Limits) -> rusqlite::Result<Unfolding> {
        let mut unfolding = Unfolding::new(limits);
        let mut statement = conn.prepare_cached("SELECT id, tenant, deliveries, list FROM fan_outs ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, tenant) = (Serial::from_number(row.get(0)?), TenantKey(row.get(1)?));
            // One that is damaged says so when it is its turn.
            let fan_out = FanOut::from_bytes(row.get_ref(3)?.as_blob()?);
            unfolding.enter(tenant, id, row.get(2)?, fan_out.iter().flat_map(FanOut::webhooks));
        }
        Ok(unfolding)
    }

    /// Whether it is certain that there is nothing to unfold.
    pub fn is_idle(&self) -> bool {
        !self.stale && self.queues.is_empty()
    }

    /// How many deliveries are still to come.
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// Whether a webhook stands in a list: then what it is owed from now on comes behind it.
    pub fn stands(&self, webhook: WebhookKey) -> bool {
        !self.standing.is_empty() && self.standing.contains_key(&webhook)
    }

    /// Whether a tenant has lists of its own.
    pub fn has_lists(&self, tenant: TenantKey) -> bool {
        self.queues.contains_key(&tenant)
    }

    /// Whether so many more of a tenant's may wait.
    pub fn has_room(&self, tenant: TenantKey, more: u64) -> bool {
        let own = self.queues.get(&tenant).map_or(0, |lists| lists.deliveries);
        let left = MOST_DELIVERIES.saturating_sub(self.deliveries as usize);
        more as usize <= fair_part(left, own as usize)
    }

    /// A list was written, with so many deliveries to these webhooks.
    pub fn enter(&mut self, tenant: TenantKey, id: Serial, deliveries: u32, to: impl Iterator<Item = WebhookKey>) {
        let lists = self.queues.entry(tenant).or_default();
        lists.ids.push_back((id, deliveries));
        lists.deliveries += u64::from(deliveries);
        self.deliveries += u64::from(deliveries);
        self.standing.reserve(deliveries as usize);
        for webhook in to {
            *self.standing.entry(webhook).or_default() += 1;
        }
    }

    /// The list whose turn it is.
    pub fn next(&self) -> Option<(TenantKey, Serial)> {
        let after = self.last_turn.map_or(Bound::Unbounded, Bound::Excluded);
        let until = self.last_turn.map_or(Bound::Excluded(TenantKey::ALL), Bound::Included);
        let first = |lists: &Lists| lists.ids.front().map(|&(id, _)| id);
        let broadcast = self.queues.get(&TenantKey::ALL).and_then(first);
        self.queues
            .range((after, Bound::Unbounded))
            .chain(self.queues.range((Bound::Unbounded, until)))
            .filter_map(|(&tenant, lists)| Some((tenant, first(lists)?)))
            .find(|&(tenant, id)| tenant == TenantKey::ALL || broadcast.is_none_or(|broadcast| id < broadcast))
    }

    /// The first list of a tenant was unfolded, to deliveries to these webhooks.
    pub fn unfolded(&mut self, tenant: TenantKey, to: impl Iterator<Item = WebhookKey>) {
        let deliveries = self.end_turn(tenant);
        self.deliveries = self.deliveries.saturating_sub(u64::from(deliveries));
        self.leave(to);
    }

    /// Of the first list of a tenant the deliveries to these webhooks are made, and so many are left. The others have a turn.
    pub fn shortened(&mut self, tenant: TenantKey, to: impl Iterator<Item = WebhookKey>, left: u32) {
        self.last_turn = Some(tenant);
        if let Some(lists) = self.queues.get_mut(&tenant)
            && let Some((_, deliveries)) = lists.ids.front_mut()
        {
            let made = u64::from(deliveries.saturating_sub(left));
            *deliveries = left;
            lists.deliveries = lists.deliveries.saturating_sub(made);
            self.deliveries = self.deliveries.saturating_sub(made);
        }
        self.leave(to);
    }

    /// These webhooks stand in one list less.
    fn leave(&mut self, to: impl Iterator<Item = WebhookKey>) {
        for webhook in to {
            if let Some(count) = self.standing.get_mut(&webhook) {
                *count -= 1;
                if *count == 0 {
                    self.standing.remove(&webhook);
                }
            }
        }
        if self.queues.is_empty() {
            // Its memory, too: the next fan-out may be far away.
            self.standing = IdMap::default();
        }
    }

    /// The first list of a tenant, in which these webhooks stand, cannot be unfolded. What was to come of it is still said to
    /// come, and nothing waits for it.
    pub fn set_aside(&mut self, tenant: TenantKey, to: impl Iterator<Item = WebhookKey>) {
        self.end_turn(tenant);
        self.leave(to);
    }

    /// Takes the first list of a tenant from its queue, and returns how many deliveries it has.
    fn end_turn(&mut self, tenant: TenantKey) -> u32 {
        self.last_turn = Some(tenant);
        let Some(lists) = self.queues.get_mut(&tenant) else { return 0 };
        let (_, deliveries) = lists.ids.pop_front().unwrap_or((Serial::FIRST, 0));
        lists.deliveries = lists.deliveries.saturating_sub(u64::from(deliveries));
        if lists.ids.is_empty() {
            self.queues.remove(&tenant);
        }
        deliveries
    }

    /// What a group changed here did not become durable.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// The group that may have changed this was not committed.
    pub fn rolled_back(&mut self) {
        self.stale = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: i64) -> Serial {
        Serial::from_number(number)
    }

    /// Enters lists in this order, their ids from 1, each to one webhook.
    fn unfolding(of: &[i64]) -> Unfolding {
        let mut unfolding = Unfolding::new(Limits::USUAL);
        for (number, &tenant) in (1..).zip(of) {
            unfolding.enter(TenantKey(tenant), id(number), 1, [WebhookKey(id(number))].into_iter());
        }
        unfolding
    }

    fn order(mut unfolding: Unfolding) -> Vec<i64> {
        let mut order = Vec::new();
        while let Some((tenant, list)) = unfolding.next() {
            unfolding.unfolded(tenant, [WebhookKey(list)].into_iter());
            order.push(list.number());
        }
        assert!(unfolding.is_idle() && unfolding.standing.is_empty());
        assert_eq!(unfolding.deliveries(), 0);
        order
    }

    #[test]
    fn tenants_take_turns_and_the_lists_of_each_keep_their_order() {
        assert_eq!(order(unfolding(&[7, 7, 7, 8, 9, 9])), [1, 4, 5, 2, 6, 3]);
    }

    #[test]
    fn a_broadcast_waits_for_nobody_and_later_lists_wait_for_it() {
        let all = TenantKey::ALL.0;
        assert_eq!(order(unfolding(&[7, 7, all, all, 7, 8])), [3, 1, 4, 2, 6, 5]);
        let mut unfolding = unfolding(&[all, 7]);
        assert_eq!(unfolding.next(), Some((TenantKey::ALL, id(1))));
        unfolding.last_turn = Some(TenantKey::ALL);
        assert_eq!(unfolding.next(), Some((TenantKey::ALL, id(1))), "not the tenant's, which came later");
    }

    #[test]
    fn a_webhook_stands_in_a_list_until_the_last_of_its_lists_is_unfolded() {
        let webhook = WebhookKey(id(5));
        let mut unfolding = Unfolding::new(Limits::USUAL);
        for number in 1..=2 {
            unfolding.enter(TenantKey(7), id(number), 1, [webhook].into_iter());
        }
        unfolding.unfolded(TenantKey(7), [webhook].into_iter());
        assert!(unfolding.stands(webhook) && unfolding.has_lists(TenantKey(7)));
        unfolding.unfolded(TenantKey(7), [webhook].into_iter());
        assert!(!unfolding.stands(webhook) && !unfolding.has_lists(TenantKey(7)));
    }

    #[test]
    fn after_a_group_that_failed_nobody_knows_whether_there_is_anything_to_unfold() {
        let mut unfolding = Unfolding::new(Limits::USUAL);
        assert!(unfolding.is_idle());
        unfolding.rolled_back();
        assert!(!unfolding.is_idle(), "the list that it took back may be there");
    }

    #[test]
    fn a_tenant_takes_no_more_than_it_leaves() {
        let (greedy, other) = (TenantKey(7), TenantKey(8));
        let mut unfolding = Unfolding::new(Limits::USUAL);
        for number in 1.. {
            if !unfolding.has_room(greedy, 200_000) {
                break;
            }
            unfolding.enter(greedy, id(number), 200_000, std::iter::empty());
        }
        assert_eq!(unfolding.deliveries(), MOST_DELIVERIES as u64 / 2);
        assert!(unfolding.has_room(other, 200_000));
    }
}
