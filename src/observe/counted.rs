//! What commits have counted and no sum has yet: by cell, the finest that is kept.

use std::collections::{BTreeMap, HashMap};

use super::{
    measures::Measures,
    scope::{Bucket, Scope, Slot},
};
use crate::model::{EventType, IdMap, TenantKey, WebhookKey};

/// Cells that a tenant may have by event type in counts that are not summed up; what comes besides is counted for all types
/// together. Names of types are the tenant's own, and every cell takes memory and becomes rows.
const MOST_TYPED: usize = 4_096;

/// What something is counted for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell {
    pub minute: Bucket,
    pub tenant: TenantKey,
    /// The webhook of a delivery; none for what is about an event.
    pub webhook: Option<WebhookKey>,
    /// None where the tenant has too many.
    pub event_type: Option<EventType>,
}

/// Counts by cell.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct Counts {
    cells: HashMap<Cell, Measures>,
    /// How many cells by type each tenant has.
    typed: IdMap<TenantKey, usize>,
}

impl Counts {
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Where to count for a cell.
    pub fn of(&mut self, cell: Cell) -> &mut Measures {
        let mut cell = cell;
        if cell.event_type.is_some() && !self.cells.contains_key(&cell) {
            let typed = self.typed.entry(cell.tenant).or_default();
            if *typed >= MOST_TYPED {
                cell.event_type = None;
            } else {
                *typed += 1;
            }
        }
        self.cells.entry(cell).or_default()
    }

    /// Counts all of other counts, too.
    pub fn merge(&mut self, other: Counts) {
        if self.is_empty() {
            *self = other;
            return;
        }
        for (cell, measures) in other.cells {
            self.of(cell).merge(&measures);
        }
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = (&Cell, &Measures)> {
        self.cells.iter()
    }

    /// The sums that these are part of: of the webhook, the tenant and the node, of all types and, but for the node, of theirs.
    pub fn sums(&self) -> BTreeMap<Slot, Measures> {
        let mut sums: BTreeMap<Slot, Measures> = BTreeMap::new();
        for (cell, measures) in &self.cells {
            let mut add = |scope, event_type| {
                sums.entry(Slot { scope, event_type, minute: cell.minute }).or_default().merge(measures);
            };
            let owners = [cell.webhook.map(Scope::Webhook), Some(Scope::Tenant(cell.tenant))];
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

    fn cell(minute: i64, tenant: i64, webhook: i64, event_type: &str) -> Cell {
        Cell {
            minute: Bucket(minute * 60_000),
            tenant: TenantKey(tenant),
            webhook: (webhook > 0).then(|| WebhookKey(Serial::nth(webhook))),
            event_type: (!event_type.is_empty()).then(|| EventType::kept(event_type)),
        }
    }

    fn counted() -> impl Strategy<Value = Vec<(Cell, Measures)>> {
        let cell = (-1..3i64, 1..3i64, 0..3i64, prop_oneof![Just(""), Just("a"), Just("b.c")])
            .prop_map(|(minute, tenant, webhook, event_type)| cell(minute, tenant, webhook, event_type));
        prop::collection::vec((cell, any_measures()), 0..12)
    }

    fn of(counted: &[(Cell, Measures)]) -> Counts {
        let mut counts = Counts::default();
        counted.iter().for_each(|(cell, measures)| counts.of(cell.clone()).merge(measures));
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
                for (cell, measures) in &counted {
                    let is_owners = match slot.scope {
                        Scope::Node => true,
                        Scope::Tenant(tenant) => cell.tenant == tenant,
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
    fn types_without_number_are_counted_together() {
        let mut counts = Counts::default();
        for name in 0..2 * MOST_TYPED {
            counts.of(cell(0, 1, 1, &format!("t{name}"))).tried(None, None);
        }
        counts.of(cell(0, 2, 2, "another")).tried(None, None);
        counts.of(cell(0, 1, 1, "t0")).tried(None, None);
        assert_eq!(counts.len(), MOST_TYPED + 2, "one for those besides, and one of another tenant");
        let attempts = |tenant, name: &str| counts.cells.get(&cell(0, tenant, tenant, name)).map(|it| it.count(Count::Attempts));
        assert_eq!(attempts(1, "t0"), Some(2));
        assert_eq!(attempts(1, ""), Some(MOST_TYPED as u64));
        assert_eq!(attempts(2, "another"), Some(1));
    }
}
