//! What looking for a pattern can cost, in steps for each byte of a text.

use regex_automata::{
    dfa::{StartKind, dense},
    nfa::thompson,
};
use regex_syntax::hir::{Class, Hir, HirKind};

/// Room for all states of a pattern that costs no more than a step or two a byte: half of what is remembered of them while
/// matching (see `patterns`), where each takes more.
const DFA_BYTES: usize = 64 * 1024;
/// The same while they are worked out.
const DETERMINIZE_BYTES: usize = 256 * 1024;
/// A byte, of a pattern whose states are few.
const OF_DFA: u64 = 2;
/// A byte, for each place in a pattern whose states are worked out again and again. Measured on patterns made for that,
/// like `[ab]*a[ab]{100}c`.
const OF_POSITION: u64 = 25;

/// Steps that looking for this pattern takes for each byte at most.
pub(crate) fn per_byte(pattern: &str) -> u64 {
    // The engine reads a text from either end, as it finds better.
    if has_few_states(pattern, false) && has_few_states(pattern, true) {
        return OF_DFA;
    }
    let parsed = regex_syntax::parse(pattern);
    parsed.map_or(u64::MAX, |parsed| OF_DFA.saturating_add(positions(&parsed).saturating_mul(OF_POSITION)))
}

/// Whether all states of a pattern can be kept, read from the start or `reverse`.
fn has_few_states(pattern: &str, reverse: bool) -> bool {
    let bounds = dense::Config::new()
        .start_kind(StartKind::Unanchored)
        .dfa_size_limit(Some(DFA_BYTES))
        .determinize_size_limit(Some(DETERMINIZE_BYTES));
    let compiled = thompson::Config::new().nfa_size_limit(Some(DETERMINIZE_BYTES)).reverse(reverse);
    dense::Builder::new().configure(bounds).thompson(compiled).build(pattern).is_ok()
}

/// How many places a pattern has at which a match can be at one time, repetitions written out.
fn positions(pattern: &Hir) -> u64 {
    let sum = |parts: &[Hir]| parts.iter().fold(0, |sum: u64, part| sum.saturating_add(positions(part)));
    match pattern.kind() {
        HirKind::Empty => 0,
        HirKind::Look(_) => 1,
        HirKind::Literal(text) => text.0.len() as u64,
        // In a text of several bytes a character is at most at so many places.
        HirKind::Class(Class::Unicode(class)) if !class.is_ascii() => 4,
        HirKind::Class(_) => 1,
        HirKind::Repetition(repeated) => {
            let times = repeated.max.unwrap_or(repeated.min).max(repeated.min).max(1);
            positions(&repeated.sub).saturating_add(1).saturating_mul(times.into())
        }
        HirKind::Capture(group) => positions(&group.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts).saturating_add(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The heaviest filter.
    const HEAVIEST: u64 = 2_000;

    #[test]
    fn usual_patterns_are_light_and_those_made_to_be_heavy_are_not() {
        let symbols = (0..60).map(|n| format!("SYM{n}")).collect::<Vec<_>>().join("|");
        for usual in ["^(AAPL|MSFT)$", "(?i)error|warning", "^[A-Z]{1,5}\\.[A-Z]{2}$", &symbols] {
            assert_eq!(per_byte(usual), OF_DFA, "{usual}");
        }
        for large in [r"\w+@\w+\.com", r"\bpaid\b", r"(?i)größe \d+"] {
            assert!(per_byte(large) < HEAVIEST / 2, "{large}: {}", per_byte(large));
        }
        for heavy in ["[ab]*a[ab]{100}c", "a[ab]{1000}c", "[ab]{100}a[ab]*$", r"\w{30}x"] {
            assert!(per_byte(heavy) > HEAVIEST, "{heavy}: {}", per_byte(heavy));
        }
        assert_eq!(per_byte("("), u64::MAX);
    }

    #[test]
    fn repetitions_count_as_if_they_were_written_out() {
        let count = |pattern: &str| positions(&regex_syntax::parse(pattern).unwrap());
        assert!(count("a{100}") >= 100 && count("(ab|c){50}") >= 150 && count("((a{9}){9}){9}") >= 729);
        assert!(count("((((a{1000}){1000}){1000}){1000}){1000}").checked_add(1).is_some());
    }
}
