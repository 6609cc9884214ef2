//! A member set in a JSON text, of which everything else stays byte for byte: the numbers, the order, the spaces, what
//! stands twice. Pure.

use std::{fmt, ops::Range};

use serde::{
    Deserializer as _,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};

/// The text with `value` at this path, whose missing objects are made. `None` if something is in the way: what is no
/// object, or a member of the name, unless it is to be overwritten.
pub fn set(text: &str, path: &[&str], value: &Value, overwrite: bool) -> Option<String> {
    let (&name, below) = path.split_first()?;
    // Of members of the same name the last one counts.
    let there = members(text)?.into_iter().rev().find(|(member, _)| member == name).map(|(_, place)| place);
    let (place, new) = match there {
        Some(_) if below.is_empty() && !overwrite => return None,
        Some(place) if below.is_empty() => (place, value.to_string()),
        Some(place) => {
            let inner = set(&text[place.clone()], below, value, overwrite)?;
            (place, inner)
        }
        None => {
            let end = text.rfind('}')?;
            let nested = below.iter().rev().fold(value.to_string(), |inner, name| member(name, &inner));
            let before = text[..end].trim_end();
            let comma = if before.ends_with('{') { "" } else { "," };
            (before.len()..before.len(), format!("{comma}{}:{nested}", Value::from(name)))
        }
    };
    Some([&text[..place.start], &new, &text[place.end..]].concat())
}

fn member(name: &str, value: &str) -> String {
    format!("{{{}:{value}}}", Value::from(name))
}

/// An object's members, with the places of their values; `None` if it is none.
fn members(text: &str) -> Option<Vec<(String, Range<usize>)>> {
    struct Members<'t>(&'t str);

    impl<'de> Visitor<'de> for Members<'de> {
        type Value = Vec<(String, Range<usize>)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                // It is a part of the text, so this is its place.
                let start = value.get().as_ptr().addr() - self.0.as_ptr().addr();
                found.push((name, start..start + value.get().len()));
            }
            Ok(found)
        }
    }

    serde_json::Deserializer::from_str(text).deserialize_map(Members(text)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(text: &str, path: &str, overwrite: bool, expected: Option<&str>) {
        let path: Vec<&str> = path.split('.').collect();
        assert_eq!(set(text, &path, &json!(7), overwrite).as_deref(), expected, "{text}");
    }

    #[test]
    fn everything_else_stays_as_it_is() {
        let text = r#"{ "b" : 1.10 , "a":[ 1e5 ],"a":123456789012345678901234567890,"\u00e9":"\/" }"#;
        let with = r#"{ "b" : 1.10 , "a":[ 1e5 ],"a":123456789012345678901234567890,"\u00e9":"\/","new":7 }"#;
        check(text, "new", false, Some(with));
        check("{}", "a", false, Some(r#"{"a":7}"#));
        check(" { } ", "a", false, Some(r#" {"a":7 } "#));
        check(r#"{"a":1}"#, "b.c.d", false, Some(r#"{"a":1,"b":{"c":{"d":7}}}"#));
        check(r#"{"a": {"x" : 1.0}, "b":2}"#, "a.y", false, Some(r#"{"a": {"x" : 1.0,"y":7}, "b":2}"#));
    }

    #[test]
    fn what_is_there_is_in_the_way_unless_it_is_overwritten() {
        check(r#"{"a":1.0}"#, "a", false, None);
        check(r#"{"a":1.0, "b":2}"#, "a", true, Some(r#"{"a":7, "b":2}"#));
        check(r#"{"a":1,"a":2}"#, "a", true, Some(r#"{"a":1,"a":7}"#));
        check(r#"{"\u0061":1}"#, "a", false, None);
        check(r#"{"a":"text"}"#, "a.b", true, None);
        check("[1]", "a", false, None);
        check("\"}\"", "a", false, None);
    }

    proptest! {
        #[test]
        fn the_text_says_what_is_said_when_it_is_read(
            members in prop::collection::btree_map("[a-c]", prop_oneof![
                Just(json!(1)), Just(json!({})), Just(json!({"a": [1, {"b": "}"}]})), Just(json!("{\"a\":1}")),
            ], 0..4),
            path in prop::collection::vec("[a-c\"é]", 1..4),
            overwrite: bool,
        ) {
            let text = serde_json::to_string_pretty(&members).unwrap();
            let names: Vec<&str> = path.iter().map(String::as_str).collect();
            let mut expected: Value = serde_json::from_str(&text).unwrap();
            let (&last, above) = names.split_last().unwrap();
            let mut place = Some(&mut expected);
            for &name in above {
                place = place.and_then(Value::as_object_mut).map(|object| object.entry(name).or_insert(json!({})));
            }
            let object = place.and_then(Value::as_object_mut);
            let possible = object.filter(|object| overwrite || !object.contains_key(last));
            match (set(&text, &names, &json!(7), overwrite), possible) {
                (Some(made), Some(object)) => {
                    object.insert(last.to_owned(), json!(7));
                    prop_assert_eq!(serde_json::from_str::<Value>(&made).unwrap(), expected);
                }
                (made, possible) => prop_assert!(made.is_none() && possible.is_none(), "{:?}", made),
            }
        }
    }
}
