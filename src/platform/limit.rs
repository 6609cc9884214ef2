//! What a platform takes of a payload: lengths of texts, of arrays, of several texts together, of the whole body.
//! Only the rules; `render::limits` applies them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use crate::model::field_error::escaped;

/// All limits of a platform.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// Of single texts and arrays.
    pub single: Vec<Limit>,
    /// Of what several texts share, or of the whole body.
    pub shared: Vec<Budget>,
}

/// The most that a text may be long, or an array may hold.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Where the texts or arrays are.
    #[serde(deserialize_with = "one_or_more")]
    pub at: Vec<Pattern>,
    /// The most, in `unit`.
    pub max: usize,
    /// What is counted.
    pub unit: Unit,
    /// How the text is written, so that it is not cut in the middle of an escape.
    #[serde(default)]
    pub markup: Markup,
}

/// The most that several texts may be long together.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Which texts are counted; without any, the whole body as JSON is, in bytes.
    #[serde(default)]
    pub at: Vec<Pattern>,
    /// The most, in `unit`.
    pub max: usize,
    /// What is counted.
    pub unit: Unit,
    /// Which texts give way, the first pattern first, the longest text first.
    pub shorten: Vec<Pattern>,
    /// Which arrays lose their last items if that was not enough; each keeps its first.
    #[serde(default)]
    pub drop: Vec<Pattern>,
    /// How the texts that give way are written.
    #[serde(default)]
    pub markup: Markup,
    /// The body is counted as it is as a text within another JSON document.
    #[serde(default)]
    pub escaped: bool,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Unicode code points.
    Chars,
    /// UTF-16 code units: an emoji is two. Taken where a platform only says "characters", as it is never less than
    /// the number of code points.
    Utf16,
    /// Bytes of UTF-8.
    Bytes,
    /// Items of an array.
    Items,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Chars | Unit::Utf16 => "characters",
            Unit::Bytes => "bytes",
            Unit::Items => "items",
        })
    }
}

/// How a text is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Markup {
    /// Every character stands for itself.
    #[default]
    Plain,
    /// `\*` stands for `*`.
    Markdown,
    /// `&amp;` and `<https://…|text>` are one piece, and count in full.
    Slack,
    /// Tags count nothing, `&amp;` counts one; what a cut leaves open is closed.
    Html,
}

/// A JSON pointer in which `*` stands for every item of an array and every member of an object, and `*[type=header]`
/// for those of them that are objects with this text in this member.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Vec<Step>);

/// One step of a [`Pattern`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// A member, or the item of this number.
    Name(String),
    /// Each of them.
    Each,
    /// Each of them that is an object with this text in this member.
    EachWith(String, String),
}

impl Pattern {
    /// Its steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Pattern, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("`{text}` is not a pointer; write it like /embeds/*/title"));
        };
        Ok(Pattern(rest.split('/').map(step).collect()))
    }
}

fn step(part: &str) -> Step {
    if part == "*" {
        return Step::Each;
    }
    let condition = part.strip_prefix("*[").and_then(|rest| rest.strip_suffix(']')?.split_once('='));
    match condition {
        Some((name, text)) => Step::EachWith(name.into(), text.into()),
        None => Step::Name(part.replace("~1", "/").replace("~0", "~")),
    }
}

/// One pattern, or a list. By hand, since an untagged enum would not say what is wrong with a pattern.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pattern>, D::Error> {
    struct OneOrMore;

    impl<'de> Visitor<'de> for OneOrMore {
        type Value = Vec<Pattern>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a pointer, or a list of them")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Vec<Pattern>, E> {
            Pattern::try_from(text.to_owned()).map(|pattern| vec![pattern]).map_err(E::custom)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Pattern>, A::Error> {
            let mut patterns = Vec::new();
            while let Some(pattern) = list.next_element()? {
                patterns.push(pattern);
            }
            Ok(patterns)
        }
    }

    deserializer.deserialize_any(OneOrMore)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|step| match step {
            Step::Each => f.write_str("/*"),
            Step::EachWith(name, text) => write!(f, "/*[{name}={text}]"),
            Step::Name(name) => write!(f, "/{}", escaped(name)),
        })
    }
}

impl Limits {
    /// What makes no sense, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        for Limit { at, max, unit, markup } in &self.single {
            let place = at.first().map(Pattern::to_string).unwrap_or_default();
            if *max == 0 || at.is_empty() {
                return Err(format!("the limit at `{place}` is zero, or at no place"));
            }
            if *markup == Markup::Html && *unit == Unit::Bytes {
                return Err(format!("the limit at {place}: HTML is counted as it is shown, in chars or utf16"));
            }
        }
        for budget in &self.shared {
            if budget.at.is_empty() != (budget.unit == Unit::Bytes) || budget.unit == Unit::Items {
                return Err("a budget counts chars or utf16 of the texts `at`, or bytes of the whole body".into());
            }
            if budget.escaped && budget.unit != Unit::Bytes {
                return Err("`escaped` is about the bytes of the whole body".into());
            }
            if budget.shorten.is_empty() || budget.max == 0 {
                return Err("a budget has a `max` and says with `shorten` which texts give way".into());
            }
        }
        Ok(())
    }
}
