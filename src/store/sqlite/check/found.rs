//! What a check has found, and how it is gathered.

use super::sizes::Size;

/// How many of what is found are named.
const EXAMPLES: usize = 3;

/// What a check has found.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Checked {
    /// What takes how much room, the largest first.
    pub sizes: Vec<Size>,
    pub findings: Vec<Finding>,
    /// Why not everything was looked at, if it was not.
    pub left_out: Option<String>,
}

/// Something that is not as it must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What it is, to be said behind a number.
    pub what: &'static str,
    pub count: u64,
    /// Some of them.
    pub examples: Vec<String>,
    /// What follows from it.
    pub meaning: &'static str,
    /// Whether it can be mended.
    pub can_be_mended: bool,
}

impl Checked {
    /// Whether a server can be started on it and loses nothing by what was found: all of it can be mended.
    pub fn is_fit(&self) -> bool {
        self.findings.iter().all(|finding| finding.can_be_mended)
    }

    pub(super) fn found(&mut self, what: &'static str, meaning: &'static str, can_be_mended: bool, all: Found) {
        if all.count > 0 {
            let Found { count, examples } = all;
            self.findings.push(Finding { what, count, examples, meaning, can_be_mended });
        }
    }
}

/// How many there are, and the first of them.
#[derive(Default)]
pub(super) struct Found {
    pub count: u64,
    pub examples: Vec<String>,
}

impl Found {
    pub fn add(&mut self, example: impl FnOnce() -> String) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}
