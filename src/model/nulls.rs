//! Leaving out members that are null, in the text of a JSON document: everything else stays byte for byte.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The document without the member at this place (RFC 6901), where that is null; also in the other elements of the lists that it
/// stands in. `None` if there is none, or the text is no JSON.
pub fn left_out(text: &[u8], pointer: &str) -> Option<Vec<u8>> {
    let way: Vec<String> = pointer.split('/').skip(1).map(|part| part.replace("~1", "/").replace("~0", "~")).collect();
    Some(without(std::str::from_utf8(text).ok()?.trim(), &way)?.into_bytes())
}

/// The value without what is at the end of the way, if something is.
fn without(text: &str, way: &[String]) -> Option<String> {
    let (name, rest) = way.split_first()?;
    match text.as_bytes().first()? {
        b'{' => {
            let Members(members) = serde_json::from_str(text).ok()?;
            let mut changed = false;
            let mut kept = Vec::with_capacity(members.len());
            for (member, value) in &members {
                let value = value.get();
                if member != name {
                    kept.push(written(member, value)?);
                } else if rest.is_empty() && value == "null" {
                    changed = true;
                } else if let Some(value) = without(value, rest) {
                    changed = true;
                    kept.push(written(member, &value)?);
                } else {
                    kept.push(written(member, value)?);
                }
            }
            changed.then(|| format!("{{{}}}", kept.join(",")))
        }
        b'[' if name.parse::<usize>().is_ok() => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let changed: Vec<Option<String>> = elements.iter().map(|element| without(element.get(), rest)).collect();
            let any = changed.iter().any(Option::is_some);
            let all: Vec<&str> = elements
                .iter()
                .zip(&changed)
                .map(|(element, changed)| changed.as_deref().unwrap_or(element.get()))
                .collect();
            any.then(|| format!("[{}]", all.join(",")))
        }
        _ => None,
    }
}

fn written(name: &str, value: &str) -> Option<String> {
    Some(format!("{}:{value}", serde_json::to_string(name).ok()?))
}

/// The members of an object in their order, also where a name is there twice: that is for the reader to say.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Members<'de>, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = members.next_entry()? {
                    all.push(member);
                }
                Ok(Members(all))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_null_is_left_out_wherever_it_is_in_a_list_and_all_else_stays() {
        let check = |text: &str, pointer: &str, rest: Option<&str>| {
            let left = left_out(text.as_bytes(), pointer).map(|text| String::from_utf8(text).unwrap());
            assert_eq!(left.as_deref(), rest, "{text} {pointer}");
        };
        check(r#" {"a": null, "b": 1.00, "b": null} "#, "/a", Some(r#"{"b":1.00,"b":null}"#));
        check(r#"{"a": 1}"#, "/a", None);
        check(r#"{"a": null"#, "/a", None);
        check(r#"[{"a": null}, {"a": 1e2}, {"a":null}, null]"#, "/2/a", Some(r#"[{},{"a": 1e2},{},null]"#));
        check(r#"{"x/y": {"a": null}, "a": null}"#, "/x~1y/a", Some(r#"{"x/y":{},"a":null}"#));
        check("null", "", None);
    }
}
