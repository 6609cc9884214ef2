//! How one text differs from another: what is left of a tenant's copy of a broadcast without what it shares with the record.

use bytes::Bytes;

/// How a text differs from another one: in its middle.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// As many bytes from the beginning are the same.
    pub(super) start: usize,
    /// As many bytes before the end are the same.
    pub(super) end: usize,
    pub(super) middle: Bytes,
}

impl Difference {
    /// How `other` differs from `base`. Nothing of either is held.
    pub fn between(base: &[u8], other: &[u8]) -> Difference {
        let same = |(a, b): &(&u8, &u8)| a == b;
        let start = base.iter().zip(other).take_while(same).count();
        let (base_rest, other_rest) = (&base[start..], &other[start..]);
        let end = base_rest.iter().rev().zip(other_rest.iter().rev()).take_while(same).count();
        Difference { start, end, middle: Bytes::copy_from_slice(&other[start..other.len() - end]) }
    }

    /// Bytes of the text that differs.
    pub fn text_length(&self) -> usize {
        self.start + self.middle.len() + self.end
    }

    /// Bytes that are kept of it.
    pub fn kept_length(&self) -> usize {
        self.middle.len()
    }

    /// The text that differs so from `base`; `None` if it cannot be from this one.
    pub(super) fn applied_to(&self, base: &[u8]) -> Option<Bytes> {
        let (first, last) = (base.get(..self.start)?, base.get(base.len().checked_sub(self.end)?..)?);
        Some([first, &self.middle, last].concat().into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_copy_is_its_difference_from_the_record(
            start in "[ab]{0,6}", (one, other) in ("[ab]{0,4}", "[abc]{0,4}"), end in "[ab]{0,6}",
        ) {
            let (record, copy) = (format!("{start}{one}{end}"), Bytes::from(format!("{start}{other}{end}")));
            let difference = Difference::between(record.as_bytes(), &copy);
            prop_assert!(difference.kept_length() <= other.len() && difference.text_length() == copy.len());
            prop_assert_eq!(difference.applied_to(record.as_bytes()), Some(copy));
        }
    }
}
