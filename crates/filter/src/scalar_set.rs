//! Scalars that are looked for together, in little more memory than their texts have.

use crate::{number::Number, scalar::Scalar};

/// Each once, and sorted.
pub(super) struct ScalarSet {
    /// One after another.
    texts: Box<str>,
    /// Where each text ends.
    ends: Box<[u32]>,
    numbers: Box<[Number]>,
    null: bool,
    /// `false` and `true`.
    bools: [bool; 2],
}

impl ScalarSet {
    /// Of these, in any order.
    pub fn new(mut scalars: Vec<Scalar<'_>>) -> ScalarSet {
        scalars.sort_unstable();
        scalars.dedup();
        let (mut texts, mut ends, mut numbers) = (String::new(), Vec::new(), Vec::new());
        let (mut null, mut bools) = (false, [false; 2]);
        for scalar in scalars {
            match scalar {
                Scalar::Null => null = true,
                Scalar::Bool(bool) => bools[usize::from(bool)] = true,
                Scalar::Number(number) => numbers.push(number),
                Scalar::Text(text) => {
                    texts.push_str(text);
                    ends.push(texts.len() as u32);
                }
            }
        }
        ScalarSet { texts: texts.into(), ends: ends.into(), numbers: numbers.into(), null, bools }
    }

    /// How many.
    pub fn len(&self) -> usize {
        let others = [self.null, self.bools[0], self.bools[1]];
        self.ends.len() + self.numbers.len() + others.into_iter().filter(|&is_there| is_there).count()
    }

    /// Whether this is one of them.
    pub fn has(&self, scalar: Scalar<'_>) -> bool {
        match scalar {
            Scalar::Null => self.null,
            Scalar::Bool(bool) => self.bools[usize::from(bool)],
            Scalar::Number(number) => self.numbers.binary_search(&number).is_ok(),
            Scalar::Text(text) => self.has_text(text),
        }
    }

    fn has_text(&self, text: &str) -> bool {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.text(middle).cmp(text) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return true,
            }
        }
        false
    }

    fn text(&self, place: usize) -> &str {
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[start as usize..self.ends[place] as usize]
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Scalar<'_>> {
        let null = self.null.then_some(Scalar::Null);
        let bools = [false, true].into_iter().filter(|&bool| self.bools[usize::from(bool)]).map(Scalar::Bool);
        let numbers = self.numbers.iter().copied().map(Scalar::Number);
        let texts = (0..self.ends.len()).map(|place| Scalar::Text(self.text(place)));
        null.into_iter().chain(bools).chain(numbers).chain(texts)
    }

    /// Bytes of its texts, how many these are, and how many others there are.
    pub fn sizes(&self) -> (usize, usize, usize) {
        (self.texts.len(), self.ends.len(), self.len() - self.ends.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-3..3i32).prop_map(Value::from),
            Just(json!(0.5)),
            "[aé]{0,3}".prop_map(Value::from),
        ]
    }

    proptest! {
        #[test]
        fn a_set_has_what_was_put_in(values in prop::collection::vec(value(), 0..12), other in value()) {
            let set = ScalarSet::new(values.iter().filter_map(Scalar::of).collect());
            let is_in = |value: &Value| set.has(Scalar::of(value).unwrap());
            prop_assert!(values.iter().all(is_in));
            prop_assert_eq!(is_in(&other), values.contains(&other));
            let listed: Vec<Scalar<'_>> = set.iter().collect();
            prop_assert!(listed.is_sorted_by(|a, b| a < b) && listed.len() == set.len());
            prop_assert!(listed.into_iter().all(|scalar| values.iter().any(|value| Scalar::of(value) == Some(scalar))));
        }
    }
}
