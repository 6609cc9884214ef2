//! Texts that match a regular expression.
//!
//! JSON Schema's patterns are ECMA-262. They are read as the validator reads them, translated to Rust's syntax and
//! parsed by `regex-syntax`, so that both mean the same. What has no such reading (look-around, back-references) is said
//! to be beyond this. Anchors and word boundaries write nothing: whoever asks checks the text.

use std::collections::BTreeMap;

use rand::{Rng, RngExt};
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::walk::shown;

/// Translating takes time that grows with the square of the length.
const LONGEST_PATTERN: usize = 4_000;
const LONGEST_TEXT: usize = 2_000;
/// Repeating what writes nothing makes no text longer, so what is done is counted as well.
const MOST_PIECES: usize = 20_000;
/// Room for a compiled pattern, in bytes.
const COMPILED_BYTES: usize = 256 * 1024;

/// Patterns that were read already, by their text: the tries of one sample ask for the same ones again and again.
#[derive(Default)]
pub(crate) struct Patterns<'a> {
    parsed: BTreeMap<&'a str, Option<Hir>>,
    compiled: BTreeMap<&'a str, Option<Regex>>,
}

impl<'a> Patterns<'a> {
    /// A text written along this pattern, where `*` and `+` repeat at most `usual` times more than they must. It
    /// matches, unless the pattern asks for something of its surroundings (`^`, `$`, `\b`) in its midst.
    ///
    /// # Errors
    /// The pattern is beyond this, or the text would be too long.
    pub fn matching(&mut self, rng: &mut impl Rng, pattern: &'a str, usual: u32) -> Result<String, String> {
        let parsed = self.parsed.entry(pattern).or_insert_with(|| parse(pattern));
        let mut writer = Writer { rng, text: String::new(), left: MOST_PIECES, usual };
        match parsed.as_ref().and_then(|parsed| writer.write(parsed)) {
            Some(()) => Ok(writer.text),
            None => Err(format!("no text can be made for the pattern `{}`; give an example", shown(pattern))),
        }
    }

    /// Whether the pattern is found in this text. One that cannot be used is not.
    pub fn is_match(&mut self, pattern: &'a str, text: &str) -> bool {
        let compiled = self.compiled.entry(pattern).or_insert_with(|| compile(pattern));
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

fn translated(pattern: &str) -> Option<String> {
    if pattern.len() > LONGEST_PATTERN {
        return None;
    }
    jsonschema_regex::to_rust_regex(pattern).ok().map(Into::into)
}

fn parse(pattern: &str) -> Option<Hir> {
    // Its own limit on nesting keeps the recursion of `write` shallow.
    regex_syntax::parse(&translated(pattern)?).ok()
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&translated(pattern)?).size_limit(COMPILED_BYTES).build().ok()
}

struct Writer<'r, R> {
    rng: &'r mut R,
    text: String,
    /// How many pieces may still be written.
    left: usize,
    usual: u32,
}

impl<R: Rng> Writer<'_, R> {
    /// Appends what this part of a pattern asks for; `None` when the text gets too long or nothing can match.
    fn write(&mut self, part: &Hir) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        match part.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.text.push_str(std::str::from_utf8(&literal.0).ok()?),
            HirKind::Class(class) => {
                let c = self.character(class)?;
                self.text.push(c);
            }
            HirKind::Repetition(repetition) => {
                let usual = repetition.min.saturating_add(self.usual);
                // A wide range is used sometimes only, so that texts stay short.
                let most = match repetition.max {
                    Some(most) if self.rng.random() => most,
                    most => most.map_or(usual, |most| most.min(usual)),
                };
                for place in 0..self.rng.random_range(repetition.min..=most.max(repetition.min)) {
                    let before = self.text.len();
                    if self.write(&repetition.sub).is_none() {
                        if place < repetition.min {
                            return None;
                        }
                        self.text.truncate(before);
                        break;
                    }
                }
            }
            HirKind::Capture(group) => self.write(&group.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|part| self.write(part))?,
            HirKind::Alternation(branches) => {
                let branch = branches.get(self.rng.random_range(0..branches.len().max(1)))?;
                self.write(branch)?;
            }
        }
        (self.text.len() <= LONGEST_TEXT).then_some(())
    }

    /// One that is printable ASCII, if the class has such.
    fn character(&mut self, class: &Class) -> Option<char> {
        let ranges: Vec<(u32, u32)> = match class {
            Class::Unicode(class) => class.iter().map(|range| (range.start().into(), range.end().into())).collect(),
            Class::Bytes(class) => class.iter().map(|range| (range.start().into(), range.end().into())).collect(),
        };
        let (first, last) = (u32::from(' '), u32::from('~'));
        let clipped = ranges.iter().map(|&(low, high)| (low.max(first), high.min(last)));
        let printable: Vec<(u32, u32)> = clipped.filter(|(low, high)| low <= high).collect();
        let ranges = if printable.is_empty() { ranges } else { printable };
        let count: u32 = ranges.iter().map(|(low, high)| high - low + 1).sum();
        let mut place = self.rng.random_range(0..count.max(1));
        for (low, high) in ranges {
            let size = high - low + 1;
            if place < size {
                // Only half surrogates are no characters, and no range begins with one.
                return char::from_u32(low + place).or(char::from_u32(low));
            }
            place -= size;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};
    use serde_json::json;

    use super::*;
    use crate::Validator;

    fn matching(pattern: &str, seed: u64) -> Result<String, String> {
        Patterns::default().matching(&mut StdRng::seed_from_u64(seed), pattern, 6)
    }

    /// Patterns with what reads them, compiled once.
    static COMPILED: LazyLock<Vec<(&str, Validator)>> = LazyLock::new(|| {
        let compile = |pattern| (pattern, Validator::new(&json!({"type": "string", "pattern": pattern})).unwrap());
        PATTERNS.map(compile).into()
    });

    const PATTERNS: [&str; 22] = [
        "^[A-Z]{1,5}(\\.[A-Z]{1,3})?$",
        "^\\d{4}-\\d{2}$",
        "^(buy|sell)$",
        "a+b*c?",
        "^[^a-z]{3}$",
        "x{2,}",
        "^\\$?[0-9]+(?:\\.[0-9]{2})?$",
        "^[\\w.-]+@[\\w-]+$",
        "[a\\-z\\]]{3}",
        "\\u0041\\x42",
        "^$",
        "",
        "^.{3}$",
        // Beyond what only characters, classes and groups can say.
        "^(?<year>\\d{4})$",
        "^\\p{Lu}\\p{Ll}+$",
        "^\\bword\\b$",
        "(?i)^abc$",
        "^[^\\s\\S]*x$",
        "^\\S+\\s\\W$",
        "^[\\u4e00-\\u9fff]{2}$",
        "^\\cJ\\/$",
        "^[^\\x00-\\x7f]$",
    ];

    proptest! {
        #[test]
        fn what_is_made_matches_as_the_validator_reads_the_pattern(seed: u64) {
            for (pattern, validator) in COMPILED.iter() {
                let text = matching(pattern, seed);
                prop_assert!(text.is_ok(), "{} {:?}", pattern, text);
                prop_assert_eq!(validator.validate(&json!(text.unwrap())), Ok(()), "{}", pattern);
            }
        }

        #[test]
        fn any_pattern_is_read_without_panic(pattern in "[\\[\\](){}|^$*+?.,\\\\a-c0-9:pPuLwWsSb&~<>=!-]{0,30}", seed: u64) {
            if let Ok(text) = matching(&pattern, seed) {
                prop_assert!(text.len() <= LONGEST_TEXT);
            }
            Patterns::default().is_match(&pattern, "abc");
        }
    }

    #[test]
    fn a_pattern_beyond_this_is_refused_with_the_way_out() {
        let long = "\\w".repeat(LONGEST_PATTERN);
        for pattern in ["(?=a)b", "(a)\\1", "(((", "a{99999}", "a{2,1}", "[^\\s\\S]", long.as_str()] {
            let error = matching(pattern, 1).unwrap_err();
            assert!(error.contains("give an example"), "{error}");
        }
    }

    #[test]
    fn a_pattern_that_repeats_nothing_never_loops_for_ever() {
        for pattern in ["(((^{99999}){99999}){99999}){99999}", "((((\\b){0,99999}){99999}){99999}){99999}"] {
            for seed in 0..20 {
                if let Ok(text) = matching(pattern, seed) {
                    assert_eq!(text, "");
                }
            }
        }
    }
}
