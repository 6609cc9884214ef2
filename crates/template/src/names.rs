//! The filters, tests and functions there are, and what is near to a name that is not among them.

/// What a filter does with what it is given, as far as its limits are concerned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// Looks at a text or a number, or bounds itself.
    Light,
    /// Visits each item once.
    Items,
    /// Compares items with one another.
    Compares,
}

use Load::{Compares, Items, Light};
use minijinja::Environment;

use crate::{error::TemplateError, run};

const FILTERS: [(&str, Load); 61] = [
    // numbers
    ("number", Light),
    ("money", Light),
    ("percent", Light),
    ("round", Light),
    ("abs", Light),
    ("int", Light),
    ("float", Light),
    ("sum", Items),
    ("min", Compares),
    ("max", Compares),
    // times
    ("time", Light),
    // texts
    ("upper", Items),
    ("lower", Items),
    ("title", Items),
    ("capitalize", Items),
    ("trim", Items),
    ("replace", Items),
    ("split", Light),
    ("lines", Light),
    ("indent", Items),
    ("format", Items),
    ("truncate", Light),
    ("string", Light),
    ("tojson", Light),
    // escapes
    ("urlencode", Light),
    ("html_escape", Light),
    ("escape", Light),
    ("e", Light),
    ("slack_escape", Light),
    ("markdown_escape", Light),
    // meaning
    ("default", Light),
    ("d", Light),
    ("bool", Light),
    // lists and maps
    ("length", Light),
    ("count", Light),
    ("first", Light),
    ("last", Items),
    ("join", Items),
    ("list", Items),
    ("reverse", Items),
    ("sort", Compares),
    ("unique", Compares),
    ("map", Items),
    ("select", Items),
    ("reject", Items),
    ("selectattr", Items),
    ("rejectattr", Items),
    ("groupby", Compares),
    ("batch", Items),
    ("slice", Items),
    ("items", Items),
    ("dictsort", Compares),
    ("attr", Items),
    // what rewriting adds; no template can name them, for it could not be written with a leading underscore
    (GUARD, Light),
    (GUARD_COMPARES, Light),
    (GUARD_TEXT, Light),
    (GUARD_FACTOR, Light),
    (GUARD_PLAIN, Light),
    (PRINT_JSON, Light),
    (PRINT_QUOTED, Light),
    (PRINT_TEXT, Light),
];

/// Charges for every item of a value, at any depth.
pub const GUARD: &str = "__g";
/// The same, for what compares the items.
pub const GUARD_COMPARES: &str = "__gc";
/// Charges for a text's length: a character is found by counting.
pub const GUARD_TEXT: &str = "__gt";
/// Takes only what may be multiplied: numbers and texts.
pub const GUARD_FACTOR: &str = "__gf";
/// Takes only what a namespace may hold: no lists, no maps.
pub const GUARD_PLAIN: &str = "__gp";
/// Writes a JSON value.
pub const PRINT_JSON: &str = "__json";
/// Writes the inside of a JSON string.
pub const PRINT_QUOTED: &str = "__quoted";
/// Writes text.
pub const PRINT_TEXT: &str = "__text";

const TESTS: [&str; 38] = [
    "undefined",
    "defined",
    "none",
    "boolean",
    "odd",
    "even",
    "divisibleby",
    "number",
    "integer",
    "int",
    "float",
    "string",
    "sequence",
    "iterable",
    "mapping",
    "startingwith",
    "endingwith",
    "lower",
    "upper",
    "sameas",
    "eq",
    "equalto",
    "ne",
    "lt",
    "lessthan",
    "le",
    "gt",
    "greaterthan",
    "ge",
    "in",
    "true",
    "false",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
];

const FUNCTIONS: [&str; 3] = ["range", "dict", "namespace"];

/// What templates can name: what is built in, and the filters that the caller has added.
#[derive(Clone, Default, Debug)]
pub struct Names {
    added: Vec<&'static str>,
}

impl Names {
    /// A filter that is given a text.
    pub fn add_filter(&mut self, name: &'static str) {
        self.added.push(name);
    }

    /// How heavy a filter is, if there is one of this name.
    pub fn filter(&self, name: &str) -> Result<Load, String> {
        let added = self.added.iter().map(|&added| (added, Light));
        match added.chain(built_in()).find(|(known, _)| *known == name) {
            Some((_, load)) => Ok(load),
            None if name == "safe" => {
                Err("there is no filter `safe`: what a template writes is always escaped; a value \
                                           outside of quotes is written as JSON, lists and maps too"
                    .into())
            }
            None => {
                let known = built_in().map(|(known, _)| known).chain(self.added.iter().copied());
                Err(unknown("filter", name, known))
            }
        }
    }

    /// Whether there is a test of this name (`is defined`).
    pub fn test(&self, name: &str) -> Result<(), String> {
        match TESTS.contains(&name) {
            true => Ok(()),
            false => Err(unknown("test", name, TESTS.into_iter())),
        }
    }

    /// Whether there is a function of this name.
    pub fn function(&self, name: &str) -> Result<(), String> {
        match FUNCTIONS.contains(&name) {
            true => Ok(()),
            false if self.filter(name).is_ok() => Err(format!("`{name}` is a filter; write value|{name}")),
            false => Err(unknown("function", name, FUNCTIONS.into_iter())),
        }
    }
}

/// Whether what a compiled source takes from its context is among the known names.
pub fn check_taken(
    env: &Environment<'static>,
    source: &str,
    known: &[&str],
    members_of: &str,
) -> Result<(), TemplateError> {
    let taken = run::taken(env)?;
    let is_unknown = |name: &&String| !known.contains(&name.as_str()) && !FUNCTIONS.contains(&name.as_str());
    // In the order of the source, so that the first is named first.
    let place =
        |name: &str| source.match_indices(name).map(|(place, _)| place).find(|place| is_word(source, *place, name));
    let unknown = taken.iter().filter(is_unknown).min_by_key(|name| (place(name), name.as_str()));
    let Some(name) = unknown else { return Ok(()) };
    let near = known.iter().find(|known| name.len() > 2 && strsim::osa_distance(name, known) == 1);
    let meant = near.map_or_else(|| format!("{members_of}.{name}"), |near| (*near).to_owned());
    let message = format!("there is no `{name}`; did you mean `{meant}`? There are {}", known.join(", "));
    Err(match place(name) {
        Some(place) => TemplateError::at(1 + source[..place].matches('\n').count(), message),
        None => TemplateError::new(message),
    })
}

/// Whether a word stands there and not a part of one, nor a member of something.
fn is_word(source: &str, place: usize, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let before = source[..place].chars().next_back();
    let after = source[place + word.len()..].chars().next();
    !before.is_some_and(|c| is_part(c) || c == '.') && !after.is_some_and(is_part)
}

/// The filters that a template can name.
fn built_in() -> impl Iterator<Item = (&'static str, Load)> + Clone {
    FILTERS.into_iter().filter(|(name, _)| !name.starts_with('_'))
}

/// The names that a filter could have been meant to be are within two slips of the finger.
fn unknown<'k>(what: &str, name: &str, known: impl Iterator<Item = &'k str> + Clone) -> String {
    let slips = match name.len() {
        0..=2 => 1,
        _ => 2,
    };
    // A long name is near to none, and comparing it would take long.
    let alike = known.clone().filter(|known| known.len().abs_diff(name.len()) <= slips);
    let distances = alike.map(|known| (strsim::levenshtein(name, known), known));
    let mut near: Vec<(usize, &str)> = distances.filter(|(distance, _)| *distance <= slips).collect();
    near.sort_unstable();
    let near: Vec<String> = near.iter().take(3).map(|(_, known)| format!("`{known}`")).collect();
    match near.is_empty() {
        false => format!("there is no {what} `{name}`; did you mean {}?", near.join(" or ")),
        true => {
            let known: Vec<&str> = known.filter(|known| known.starts_with(|c: char| c.is_ascii_alphabetic())).collect();
            format!("there is no {what} `{name}`; there are {}", known.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_near_ones() {
        let names = Names { added: vec!["shout"] };
        assert!(names.filter("monye").err().unwrap().contains("`money`"));
        assert!(names.filter("uper").err().unwrap().contains("did you mean `upper`"));
        assert!(names.filter("shuot").err().unwrap().contains("`shout`"), "also what the caller has added");
        assert!(names.filter("frobnicate").err().unwrap().contains("there are number, money"));
        assert!(names.filter("safe").err().unwrap().contains("always escaped"));
        assert!(names.test("defind").unwrap_err().contains("`defined`"));
        assert!(names.function("money").unwrap_err().contains("value|money"));
    }

    #[test]
    fn what_rewriting_adds_has_no_name_that_can_be_written() {
        for (name, _) in FILTERS.iter().filter(|(name, _)| name.starts_with('_')) {
            let error = Names::default().filter(name).err().unwrap();
            assert!(error.starts_with("there is no filter"), "{error}");
        }
    }
}
