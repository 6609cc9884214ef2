//! Whether two rules, each in a document of its own, say the same.

use std::collections::HashSet;

use serde_json::Value;

use crate::walk;

const WORDS: [&str; 5] = ["title", "description", "examples", "$comment", "deprecated"];

/// Equal, except for words for people, and so is everything that they refer to.
pub(crate) fn same_rules(old: (&Value, &Value), new: (&Value, &Value)) -> bool {
    same(old, new, &mut HashSet::new())
}

fn same<'a>(old: (&'a Value, &'a Value), new: (&'a Value, &'a Value), met: &mut HashSet<(&'a str, &'a str)>) -> bool {
    match (old.1, new.1) {
        (Value::Object(a), Value::Object(b)) => {
            let names = |map: &'a serde_json::Map<String, Value>| {
                map.keys().filter(|name| !WORDS.contains(&name.as_str())).collect::<Vec<_>>()
            };
            names(a) == names(b)
                && names(a).into_iter().all(|name| match (name.as_str(), a.get(name), b.get(name)) {
                    ("$ref", Some(Value::String(a)), Some(Value::String(b))) => {
                        refer_to_same((old.0, a), (new.0, b), met)
                    }
                    (_, Some(a), Some(b)) => same((old.0, a), (new.0, b), met),
                    _ => false,
                })
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same((old.0, a), (new.0, b), met))
        }
        (a, b) => a == b,
    }
}

fn refer_to_same<'a>(
    old: (&'a Value, &'a str),
    new: (&'a Value, &'a str),
    met: &mut HashSet<(&'a str, &'a str)>,
) -> bool {
    // Met before, they are the same if the rest is.
    if !met.insert((old.1, new.1)) {
        return true;
    }
    match (walk::resolve(old.0, old.1), walk::resolve(new.0, new.1)) {
        (Some(a), Some(b)) => same((old.0, a), (new.0, b), met),
        _ => false,
    }
}
