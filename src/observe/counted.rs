//! What commits have counted and no sum has yet: by cell, the finest that is kept.

use std::collections::{BTreeMap, HashMap};

use super::{
    measures::Measures,
    scope::{Bucket, Scope, Slot},
};
use crate::model::{EventType, IdMap, TenantKey, WebhookKey};

/// Cells that a tenant may have in counts that are not summed up before what is new is counted for all types together only. Names of
/// types are the tenant's own, and every cell takes memory and becomes rows.
const MOST_TYPED: usize = 8_192;

/// What of a tenant's something is counted for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell {
    pub minute: Bucket,
    /// The webhook of a delivery; none for what is about an event.
    pub webhook: Option<WebhookKey>,
    /// None where the tenant has too many, and where the type is not known any more.
    pub event_type: Option<EventType>,
}

/// Counts by tenant and cell.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct Counts {
    tenants: IdMap<TenantKey, HashMap<Cell, Measures>>,
}

impl Counts {
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.tenants.values().map(HashMap::len).sum()
    }

    /// How many cells a tenant has.
    pub fn len_of(&self, tenant: TenantKey) -> usize {
        self.tenants.get(&tenant).map_or(0, HashMap::len)
    }

    /// Where to count for a cell.
    pub fn of(&mut self, tenant: TenantKey, cell: Cell) -> &mut Measures {
        self.beside(tenant, cell, 0)
    }

    /// The same where the tenant has so many cells elsewhere.
    fn beside(&mut self, tenant: TenantKey, mut cell: Cell, elsewhere: usize) -> &mut Measures {
        let cells = self.tenants.entry(tenant).or_default();
        if cell.event_type.is_some() && cells.len() + elsewhere >= MOST_TYPED && !cells.contains_key(&cell) {
            cell.event_type = None;
        }
        cells.entry(cell).or_default()
    }

    /// Counts all of other counts, too.
    pub fn merge(&mut self, other: Counts) {
        self.merge_beside(other, |_| 0);
    }

    /// The same where tenants have cells elsewhere.
    pub fn merge_beside(&mut self, other: Counts, elsewhere: impl Fn(TenantKey) -> usize) {
        for (tenant, cells) in other.tenants {
            let elsewhere = elsewhere(tenant);
            for (cell, measures) in cells {
                self.beside(tenant, cell, elsewhere).merge(&measures);
            }
        }
    }

    /// Counts all of other counts, too, by type as they are: what was told of a type is not told less later.
    pub fn add(&mut self, other: &Counts) {
        for (tenant, cell, measures) in other.cells() {
            self.tenants.entry(tenant).or_default().entry(cell.clone()).or_default().merge(measures);
        }
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = (TenantKey, &Cell, &Measures)> {
        self.tenants
            .iter()
            .flat_map(|(&tenant, cells)| cells.iter().map(move |(cell, measures)| (tenant, cell, measures)))
    }

    /// The cells of one tenant.
    pub fn cells_of(&self, tenant: TenantKey) -> impl Iterator<Item = (&Cell, &Measures)> {
        self.tenants.get(&tenant).into_iter().flatten()
    }

    /// The sums that these are part of: of the webhook, the tenant and the node, of all types and, but for the node, of theirs.
    pub fn sums(&self) -> BTreeMap<Slot, Measures> {
        let mut sums: BTreeMap<Slot, Measures> = BTreeMap::new();
        for (tenant, cell, measures) in self.cells() {
            let mut add = |scope, event_type| {
                sums.entry(Slot { scope, event_type, minute: cell.minute }).or_default().merge(measures);
            };
            let owners = [cell.webhook.map(Scope::Webhook), Some(Scope::Tenant(tenant))];
            for scope in owners.into_iter().flatten() {
                add(scope, None);
                if cell.event_type.is_some() {
                    add(scope, cell.event_type.clone());
                }
            }
            add(Scope::Node, None);
        }
        sums
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::{
        super::measures::{Count, tests::any_measures},
        *,
    };
    use crate::model::Serial;

    fn cell(minute: i64, webhook: i64, event_type: &str) -> Cell {
        Cell {
            minute: Bucket(minute * 60_000),
            webhook: (webhook > 0).then(|| WebhookKey(Serial::nth(webhook))),
            event_type: (!event_type.is_empty()).then(|| EventType::kept(event_type)),
        }
    }

    type Counted = Vec<((TenantKey, Cell), Measures)>;

    fn counted() -> impl Strategy<Value = Counted> {
        let cell = (-1..3i64, 1..3i64, 0..3i64, prop_oneof![Just(""), Just("a"), Just("b.c")]).prop_map(
            |(minute, tenant, webhook, event_type)| {
                // A webhook belongs to one tenant.
                let webhook = if webhook > 0 { 10 * tenant + webhook } else { 0 };
                (TenantKey(tenant), cell(minute, webhook, event_type))
            },
        );
        prop::collection::vec((cell, any_measures()), 0..12)
    }

    fn of(counted: &Counted) -> Counts {
        let mut counts = Counts::default();
        for ((tenant, cell), measures) in counted {
            counts.of(*tenant, cell.clone()).merge(measures);
        }
        counts
    }

    /// Anything that can have been counted.
    pub(crate) fn any_counts() -> impl Strategy<Value = Counts> {
        counted().prop_map(|counted| of(&counted))
    }

    proptest! {
        #[test]
        fn what_commits_count_apart_comes_to_the_same(one in counted(), other in counted()) {
            let mut merged = of(&one);
            merged.merge(of(&other));
            prop_assert_eq!(merged, of(&[one, other].concat()));
        }

        #[test]
        fn everything_is_in_the_sums_of_its_owners_and_of_all(counted in counted()) {
            for (slot, sum) in &of(&counted).sums() {
                let mut expected = Measures::default();
                for ((tenant, cell), measures) in &counted {
                    let is_owners = match slot.scope {
                        Scope::Node => true,
                        Scope::Tenant(owner) => *tenant == owner,
                        Scope::Webhook(webhook) => cell.webhook == Some(webhook),
                    };
                    let is_of_type = slot.event_type.is_none() || slot.event_type == cell.event_type;
                    if is_owners && is_of_type && cell.minute == slot.minute {
                        expected.merge(measures);
                    }
                }
                prop_assert_eq!(sum, &expected, "{:?}", slot);
            }
        }
    }

    #[test]
    fn what_is_told_by_type_stays_so_when_it_is_put_together() {
        let (own, mut all) = (TenantKey(1), Counts::default());
        for layer in 0..3 {
            let mut counts = Counts::default();
            let mut commit = Counts::default();
            (0..MOST_TYPED / 2)
                .for_each(|name| commit.of(own, cell(0, 1, &format!("t{layer}.{name}"))).tried(None, None));
            counts.merge_beside(commit, |tenant| all.len_of(tenant));
            all.add(&counts);
        }
        let typed = all.cells().filter(|(_, cell, _)| cell.event_type.is_some()).count();
        assert_eq!((typed, all.len()), (MOST_TYPED, MOST_TYPED + 1), "what comes then is of all types together");
    }

    #[test]
    fn types_without_number_are_counted_together() {
        let (mut counts, own, other) = (Counts::default(), TenantKey(1), TenantKey(2));
        for name in 0..2 * MOST_TYPED {
            counts.of(own, cell(0, 1, &format!("t{name}"))).tried(None, None);
        }
        counts.of(other, cell(0, 2, "another")).tried(None, None);
        counts.of(own, cell(0, 1, "t0")).tried(None, None);
        assert_eq!(counts.len(), MOST_TYPED + 2, "one for those besides, and one of another tenant");
        let attempts = |tenant, cell| counts.tenants[&tenant].get(&cell).map(|it| it.count(Count::Attempts));
        assert_eq!(attempts(own, cell(0, 1, "t0")), Some(2));
        assert_eq!(attempts(own, cell(0, 1, "")), Some(MOST_TYPED as u64));
        assert_eq!(attempts(other, cell(0, 2, "another")), Some(1));
    }
}
