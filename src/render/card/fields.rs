//! The members of an event that have no part of their own in the card, as a flat list of names and values.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::link::link;
use crate::{
    platform::{Markup, Unit},
    text::{ELLIPSIS, truncate},
};

const MOST_FIELDS: usize = 25;
const LONGEST_NAME: usize = 80;
const LONGEST_VALUE: usize = 1_024;
/// A value that fits beside another one.
const SHORT: usize = 40;
const DEEPEST: usize = 4;
/// So many values are looked at, however many there are.
const MOST_LOOKED_AT: usize = 500;

/// What readers look for first; the others follow by name.
const FIRST: [&str; 12] = [
    "symbol",
    "ticker",
    "name",
    "status",
    "price",
    "current_price",
    "value",
    "change",
    "change_percent",
    "threshold",
    "condition",
    "amount",
];

/// The members that have a part of their own in the card.
#[derive(Default)]
pub struct Taken(BTreeSet<&'static str>);

impl Taken {
    /// The first of these members that is a text. It is shown again as a field only if it had to be cut.
    pub fn take(&mut self, members: &Map<String, Value>, names: &[&'static str], longest: usize) -> Option<String> {
        for name in names {
            if let Some(Value::String(text)) = members.get(*name)
                && !text.trim().is_empty()
            {
                if text.trim().chars().take(longest + 1).count() <= longest {
                    self.0.insert(name);
                }
                return Some(cleaned(text, longest));
            }
        }
        None
    }

    /// The first of these members that is a link.
    pub fn link(&mut self, members: &Map<String, Value>, names: &[&'static str]) -> Option<String> {
        for name in names {
            if let Some(link) = members.get(*name).and_then(Value::as_str).and_then(link) {
                self.0.insert(name);
                return Some(link);
            }
        }
        None
    }
}

/// The fields of a card: `{name, value, short}`.
pub fn of(data: &Value, taken: &Taken) -> Vec<Value> {
    let mut list = List { fields: Vec::new(), names: BTreeSet::new(), looked_at: 0 };
    match data {
        Value::Object(members) => {
            let mut order: Vec<&String> = members.keys().filter(|name| !taken.0.contains(name.as_str())).collect();
            let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
            order.sort_by_key(|name| rank(name));
            for name in order {
                if let Some(value) = members.get(name) {
                    list.add(&humanised(name), value, 1);
                }
            }
        }
        Value::Array(_) => list.add("Items", data, 1),
        // A single value is the card's text.
        _ => {}
    }
    list.fields
}

struct List {
    fields: Vec<Value>,
    names: BTreeSet<String>,
    looked_at: usize,
}

impl List {
    fn add(&mut self, name: &str, value: &Value, depth: usize) {
        self.looked_at += 1;
        if self.fields.len() >= MOST_FIELDS || self.looked_at > MOST_LOOKED_AT {
            return;
        }
        match value {
            Value::Object(members) if depth < DEEPEST => {
                for (inner, value) in members {
                    self.add(&format!("{name} {}", humanised(inner).to_lowercase()), value, depth + 1);
                }
            }
            Value::Array(items) if depth < DEEPEST && items.iter().take(MOST_FIELDS).any(is_nested) => {
                for (place, value) in items.iter().enumerate().take(MOST_FIELDS) {
                    self.add(&format!("{name} {}", place + 1), value, depth + 1);
                }
            }
            value => {
                if let Some(shown) = shown(value, LONGEST_VALUE) {
                    self.push(name, shown);
                }
            }
        }
    }

    fn push(&mut self, name: &str, value: String) {
        let name = match shortened(name.trim(), LONGEST_NAME) {
            name if name.is_empty() => "Value".to_owned(),
            name => name,
        };
        let short = !value.contains('\n') && value.chars().count() <= SHORT;
        let name = self.free_name(name);
        self.fields.push(json!({"name": name, "value": value, "short": short}));
    }

    /// Platforms that take an object of fields need different names.
    fn free_name(&mut self, name: String) -> String {
        let mut free = name.clone();
        for count in 2..=MOST_FIELDS + 1 {
            if !self.names.contains(&free) {
                break;
            }
            free = format!("{} {count}", shortened(&name, LONGEST_NAME - 3));
        }
        self.names.insert(free.clone());
        free
    }
}

fn is_nested(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// A value as people read it; `None` if there is nothing to read.
pub fn shown(value: &Value, longest: usize) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => cleaned(text, longest),
        Value::Array(items) if !items.iter().take(MOST_FIELDS).any(is_nested) => {
            let mut parts: Vec<String> =
                items.iter().take(MOST_FIELDS).filter_map(|item| shown(item, longest)).collect();
            if items.len() > MOST_FIELDS {
                parts.push(format!("and {} more", items.len() - MOST_FIELDS));
            }
            shortened(&parts.join(", "), longest)
        }
        Value::Array(items) if items.is_empty() => return None,
        Value::Object(members) if members.is_empty() => return None,
        // Too deep for names of its own.
        nested => json_shown(nested, longest),
    };
    (!text.trim().is_empty()).then_some(text)
}

/// The beginning of a nested value as JSON.
fn json_shown(value: &Value, longest: usize) -> String {
    struct Bounded(Vec<u8>, usize);
    impl std::io::Write for Bounded {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.extend_from_slice(bytes);
            match self.0.len() > self.1 {
                true => Err(std::io::ErrorKind::OutOfMemory.into()),
                false => Ok(bytes.len()),
            }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut out = Bounded(Vec::new(), longest * 4 + 4);
    // An error is only that there is more.
    drop(serde_json::to_writer(&mut out, value));
    shortened(&cleaned(&String::from_utf8_lossy(&out.0), longest), longest)
}

/// Without control characters (line breaks and tabs aside) and without marks that turn the direction of what follows;
/// at most so many characters.
pub fn cleaned(text: &str, longest: usize) -> String {
    let keep = |c: &char| match c {
        '\n' | '\t' => true,
        '\u{202d}' | '\u{202e}' | '\u{feff}' => false,
        c => !c.is_control(),
    };
    // One more, so that it shows that there was more.
    let text: String = text.trim().chars().filter(keep).take(longest + 1).collect();
    shortened(&text, longest)
}

/// At most so many characters.
pub fn shortened(text: &str, longest: usize) -> String {
    truncate(text, longest, Unit::Chars, Markup::Plain, ELLIPSIS)
}

/// `change_percent` and `changePercent` are "Change percent", `price.alert` is "Price alert".
pub fn humanised(name: &str) -> String {
    let mut words = String::new();
    let mut before_was_lower = false;
    for c in name.chars().take(LONGEST_NAME * 2) {
        if matches!(c, '_' | '.' | '-') || c.is_whitespace() || c.is_control() {
            words.push(' ');
            before_was_lower = false;
            continue;
        }
        if c.is_uppercase() && before_was_lower {
            words.push(' ');
            words.extend(c.to_lowercase());
        } else {
            words.push(c);
        }
        before_was_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rest = words.chars();
    match rest.next() {
        Some(first) => first.to_uppercase().chain(rest).collect(),
        None => "Event".into(),
    }
}
