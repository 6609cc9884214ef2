//! What a filter can cost, known when it is read: its weight, in steps for each byte of a document.
//!
//! A clause costs most on a document that is one long list, or one long text, of what it looks at. So its weight times the
//! document's length bounds what deciding it takes, and the weights of all clauses bound the filter.

use crate::{
    condition::{Path, Test},
    steps::OF_NUMBER_IN_TEXT,
};

/// The heaviest filter: on a document of 256 KiB it takes half a second.
pub(crate) const HEAVIEST: u64 = 2_000;

/// Of a clause: the shortest thing that it looks at is an element of two bytes, or with a member of three.
pub(crate) fn weight(path: &Path, test: &Test) -> u64 {
    let reached = if path.keys.is_empty() { 2 } else { 4 };
    reached + own_weight(test)
}

fn own_weight(test: &Test) -> u64 {
    match test {
        Test::Equal(_) | Test::Compare(..) | Test::StartsWith(_) | Test::EndsWith(_) | Test::Exists => 1,
        Test::OneOf(wanted) => 1 + u64::from(wanted.len().max(1).ilog2()),
        Test::Same(_) | Test::Contains(_) => 4,
        // A text that is looked at has three bytes at least, with its quotes and a comma.
        Test::Number(test) => own_weight(test) + OF_NUMBER_IN_TEXT / 3 + 1,
        Test::Regex(pattern) => pattern.per_byte(),
    }
}
