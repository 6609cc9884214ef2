//! Counts that grow with every commit, and that others look through without keeping commits waiting.
//!
//! What was counted since somebody looked last is a layer of its own, which changes no more once it was looked at. So who looks gets
//! the layers there are, at once, however much is in them. Layers of about the same size are made one by who looked: each cell is
//! copied for that as often as the counts have doubled since.

use std::sync::Arc;

use crate::observe::Counts;

/// Layers that are left alone.
const FEW: usize = 4;

#[derive(Default)]
pub(super) struct Layers {
    /// Since somebody looked last.
    young: Counts,
    /// The rest, from the oldest.
    old: Vec<Arc<Counts>>,
}

impl Layers {
    pub fn merge(&mut self, counts: Counts) {
        let old = &self.old;
        self.young.merge_beside(counts, |tenant| old.iter().map(|layer| layer.len_of(tenant)).sum());
    }

    pub fn is_empty(&self) -> bool {
        self.young.is_empty() && self.old.is_empty()
    }

    /// All there is.
    pub fn look(&mut self) -> Vec<Arc<Counts>> {
        if !self.young.is_empty() {
            self.old.push(Arc::new(std::mem::take(&mut self.young)));
        }
        self.old.clone()
    }

    /// All there is, and nothing is left.
    pub fn take(&mut self) -> Vec<Arc<Counts>> {
        let all = self.look();
        self.old.clear();
        all
    }

    /// Puts one layer in the place of these, if nobody else has done so.
    pub fn replace(&mut self, layers: &[Arc<Counts>], by: Counts) {
        let Some(first) = layers.first() else { return };
        let Some(from) = self.old.iter().position(|layer| Arc::ptr_eq(layer, first)) else { return };
        let there = &self.old[from..];
        let are_same =
            there.len() >= layers.len() && there.iter().zip(layers).all(|(one, other)| Arc::ptr_eq(one, other));
        if are_same {
            self.old.splice(from..from + layers.len(), [Arc::new(by)]);
        }
    }
}

/// All of these together.
pub(super) fn together(layers: &[Arc<Counts>]) -> Counts {
    let mut all = Counts::default();
    layers.iter().for_each(|layer| all.add(layer));
    all
}

/// The last of these layers, from the first on that is not larger than those behind it: what is to become one.
pub(super) fn too_small(layers: &[Arc<Counts>]) -> &[Arc<Counts>] {
    if layers.len() <= FEW {
        return &[];
    }
    let (mut from, mut behind) = (layers.len(), 0);
    for (place, layer) in layers.iter().enumerate().rev() {
        if layer.len() <= behind {
            from = place;
        }
        behind += layer.len();
    }
    &layers[from..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observe::any_counts;

    proptest! {
        #[test]
        fn whoever_looks_sees_all_and_layers_stay_few(commits in prop::collection::vec(any_counts(), 1..60)) {
            let (mut layers, mut all) = (Layers::default(), Counts::default());
            for counts in commits {
                all.merge(counts.clone());
                layers.merge(counts);
                let seen = layers.look();
                prop_assert_eq!(&together(&seen), &all);
                let small = too_small(&seen);
                layers.replace(small, together(small));
                // Another who looked at the same time comes too late.
                layers.replace(small, together(small));
                prop_assert_eq!(&together(&layers.look()), &all);
                prop_assert!(layers.old.len() <= FEW + usize::BITS as usize - all.len().leading_zeros() as usize);
            }
            prop_assert_eq!(together(&layers.take()), all);
            prop_assert!(layers.is_empty());
        }
    }
}
