//! Texts that match a regular expression of the simple kind: characters, classes, groups, alternatives, repetition.

use rand::{Rng, RngExt};

use crate::model::catalogue::walk::shown;

const DEEPEST: usize = 16;
const LONGEST: usize = 2_000;
/// Repeating what writes nothing makes no text longer, so what is done is counted as well.
const MOST_PIECES: usize = 20_000;
/// `*` and `+` repeat as often, at most.
const USUAL_REPEATS: u32 = 6;

/// A text that matches. The error says that the pattern is beyond this.
pub(super) fn matching(rng: &mut impl Rng, pattern: &str) -> Result<String, String> {
    let mut reader = Reader { rest: pattern.chars().collect(), at: 0 };
    let parsed = reader.alternatives(0).filter(|_| reader.at == reader.rest.len());
    let (mut text, mut left) = (String::new(), MOST_PIECES);
    match parsed.is_some_and(|branches| write(rng, &branches, &mut text, &mut left)) {
        true => Ok(text),
        false => Err(format!("no text can be made for the pattern `{}`; give an example", shown(pattern))),
    }
}

/// Alternatives, each a sequence.
type Branches = Vec<Vec<Piece>>;

struct Piece {
    what: What,
    least: u32,
    most: u32,
}

enum What {
    /// One character out of these ranges.
    Class(Vec<(char, char)>),
    Group(Branches),
    /// `^`, `$`: nothing is written.
    Anchor,
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += 1;
        Some(next)
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = text.chars().enumerate().all(|(place, c)| self.rest.get(self.at + place) == Some(&c));
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn alternatives(&mut self, depth: usize) -> Option<Branches> {
        if depth > DEEPEST {
            return None;
        }
        let mut branches = vec![Vec::new()];
        while let Some(next) = self.peek().filter(|next| *next != ')') {
            if next == '|' {
                self.at += 1;
                branches.push(Vec::new());
                continue;
            }
            let what = self.what(depth)?;
            let (least, most) = self.repeats()?;
            branches.last_mut()?.push(Piece { what, least, most });
        }
        Some(branches)
    }

    fn what(&mut self, depth: usize) -> Option<What> {
        match self.next()? {
            '^' | '$' => Some(What::Anchor),
            '.' => Some(What::Class(vec![(' ', '~')])),
            '[' => self.class().map(What::Class),
            '\\' => self.escape().map(What::Class),
            '(' => {
                if self.skip("?") && !self.skip(":") {
                    return None;
                }
                let branches = self.alternatives(depth + 1)?;
                self.skip(")").then_some(What::Group(branches))
            }
            '*' | '+' | '?' => None,
            c => Some(What::Class(vec![(c, c)])),
        }
    }

    fn repeats(&mut self) -> Option<(u32, u32)> {
        let repeats = match self.peek() {
            Some('*') => (0, USUAL_REPEATS),
            Some('+') => (1, USUAL_REPEATS),
            Some('?') => (0, 1),
            Some('{') => {
                self.at += 1;
                let least = self.count()?;
                let most = match self.skip(",") {
                    true => self.count().unwrap_or(least + USUAL_REPEATS),
                    false => least,
                };
                if self.peek() != Some('}') || most < least {
                    return None;
                }
                (least, most)
            }
            _ => return Some((1, 1)),
        };
        self.at += 1;
        self.skip("?");
        Some(repeats)
    }

    fn count(&mut self) -> Option<u32> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) && self.at - start < 5 {
            self.at += 1;
        }
        self.rest.get(start..self.at)?.iter().collect::<String>().parse().ok()
    }

    fn escape(&mut self) -> Option<Vec<(char, char)>> {
        let digits = || vec![('0', '9')];
        let word = || vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
        Some(match self.next()? {
            'd' => digits(),
            'w' => word(),
            's' => vec![(' ', ' ')],
            'D' => inverted(&digits()),
            'W' => inverted(&word()),
            'S' => vec![('!', '~')],
            't' => vec![('\t', '\t')],
            'n' => vec![('\n', '\n')],
            'r' => vec![('\r', '\r')],
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            c if c.is_alphanumeric() => return None,
            c => vec![(c, c)],
        })
    }

    fn code(&mut self, digits: usize) -> Option<Vec<(char, char)>> {
        let text: String = self.rest.get(self.at..self.at + digits)?.iter().collect();
        let c = char::from_u32(u32::from_str_radix(&text, 16).ok()?)?;
        self.at += digits;
        Some(vec![(c, c)])
    }

    fn class(&mut self) -> Option<Vec<(char, char)>> {
        let negated = self.skip("^");
        let mut ranges = Vec::new();
        loop {
            let first = match self.next()? {
                ']' => break,
                '\\' => self.escape()?,
                '[' if self.peek() == Some(':') => return None,
                c => vec![(c, c)],
            };
            let is_range = self.peek() == Some('-') && self.rest.get(self.at + 1).is_some_and(|c| *c != ']');
            match first.as_slice() {
                [(low, single)] if low == single && is_range => {
                    self.at += 1;
                    let last = match self.next()? {
                        '\\' => self.escape()?,
                        c => vec![(c, c)],
                    };
                    let [(high, _)] = last.as_slice() else { return None };
                    if high < low {
                        return None;
                    }
                    ranges.push((*low, *high));
                }
                _ => ranges.extend(first),
            }
        }
        Some(if negated { inverted(&ranges) } else { ranges })
    }
}

/// Printable ASCII that is not in these ranges.
fn inverted(ranges: &[(char, char)]) -> Vec<(char, char)> {
    (' '..='~').filter(|c| !ranges.iter().any(|(low, high)| low <= c && c <= high)).map(|c| (c, c)).collect()
}

/// Appends a text of at most so many pieces; false when it gets too long or a class is empty.
fn write(rng: &mut impl Rng, branches: &Branches, text: &mut String, left: &mut usize) -> bool {
    let Some(branch) = branches.get(rng.random_range(0..branches.len().max(1))) else { return false };
    for piece in branch {
        for _ in 0..rng.random_range(piece.least..=piece.most) {
            let written = match &piece.what {
                What::Anchor => true,
                What::Class(ranges) => character(rng, ranges).map(|c| text.push(c)).is_some(),
                What::Group(branches) => write(rng, branches, text, left),
            };
            *left = left.saturating_sub(1);
            if !written || text.len() > LONGEST || *left == 0 {
                return false;
            }
        }
    }
    true
}

fn character(rng: &mut impl Rng, ranges: &[(char, char)]) -> Option<char> {
    if ranges.is_empty() {
        return None;
    }
    let (low, high) = *ranges.get(rng.random_range(0..ranges.len()))?;
    char::from_u32(rng.random_range(low as u32..=high as u32))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    proptest! {
        #[test]
        fn what_is_made_matches(seed: u64) {
            for pattern in [
                "^[A-Z]{1,5}(\\.[A-Z]{1,3})?$", "^\\d{4}-\\d{2}$", "^(buy|sell)$", "a+b*c?", "^[^a-z]{3}$", "x{2,}",
                "^\\$?[0-9]+(?:\\.[0-9]{2})?$", "^[\\w.-]+@[\\w-]+$", "[a\\-z\\]]{3}", "\\u0041\\x42", "^$", "", "^.{3}$",
            ] {
                let text = matching(&mut StdRng::seed_from_u64(seed), pattern).unwrap();
                let pattern = pattern.replace("\\u0041", "A");
                prop_assert!(regex::Regex::new(&pattern).unwrap().is_match(&text), "{pattern} {text:?}");
            }
        }

        #[test]
        fn any_pattern_is_read_without_panic(pattern in "[\\[\\](){}|^$*+?.,\\\\a-c0-9:-]{0,30}", seed: u64) {
            if let Ok(text) = matching(&mut StdRng::seed_from_u64(seed), &pattern) {
                prop_assert!(text.len() <= LONGEST + 4);
            }
        }
    }

    #[test]
    fn a_pattern_beyond_this_is_refused_with_the_way_out() {
        for pattern in ["(?=a)b", "\\bword", "(((", "a{99999}{99999}", "a{2,1}", "(((^{99999}){99999}){99999}){99999}"]
        {
            let error = matching(&mut StdRng::seed_from_u64(1), pattern).unwrap_err();
            assert!(error.contains("give an example"), "{error}");
        }
    }
}
