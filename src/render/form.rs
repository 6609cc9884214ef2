//! `application/x-www-form-urlencoded` (WHATWG URL, section 5): an event, or an object of fields, as pairs. What is nested
//! has its way in brackets, as PHP, Rails and most form parsers read it: `data[items][0][price]=5`.

use bytes::Bytes;
use lanehook_template::Decimal;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::{failure::cannot, names::data_of};
use crate::model::{Event, Failure};

pub(super) const URL_ENCODED: &str = "application/x-www-form-urlencoded";

/// The deepest nesting that is written out.
const DEEPEST: usize = 32;

/// `id`, `type`, `timestamp` and `data`.
pub(super) fn of_event(event: &Event) -> Result<Bytes, Failure> {
    let data = data_of(event)?;
    let mut form = Serializer::new(String::with_capacity(128 + event.data.len()));
    form.append_pair("id", &event.public_id());
    form.append_pair("type", event.event_type.as_str());
    form.append_pair("timestamp", &event.timestamp.to_string());
    append(&mut form, "data", &data, 0)?;
    Ok(form.finish().into())
}

/// An object's members.
pub(super) fn of_object(fields: &serde_json::Map<String, Value>) -> Result<Bytes, Failure> {
    let mut form = Serializer::new(String::new());
    for (name, value) in fields {
        append(&mut form, name, value, 0)?;
    }
    Ok(form.finish().into())
}

fn append(form: &mut Serializer<'_, String>, name: &str, value: &Value, depth: usize) -> Result<(), Failure> {
    if depth > DEEPEST {
        return Err(cannot(format!("a form holds data nested to a depth of {DEEPEST}, and this is deeper")));
    }
    match value {
        Value::Null => drop(form.append_pair(name, "")),
        Value::String(text) => drop(form.append_pair(name, text)),
        Value::Bool(_) => drop(form.append_pair(name, &value.to_string())),
        Value::Number(number) => {
            let text = number.to_string();
            form.append_pair(name, &Decimal::parse(&text).map_or(text, |number| number.to_string()));
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                append(form, &format!("{name}[{place}]"), item, depth + 1)?;
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                append(form, &format!("{name}[{member}]"), value, depth + 1)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_nested_has_its_way_in_brackets() {
        let fields = json!({"a": {"b": [0.00000012, {"c": "x & y"}], "n": null}, "t": true});
        let form = of_object(fields.as_object().unwrap()).unwrap();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(&form).into_owned().collect();
        let expected = [("a[b][0]", "0.00000012"), ("a[b][1][c]", "x & y"), ("a[n]", ""), ("t", "true")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_nested_too_deep_is_no_form() {
        let mut value = json!(1);
        for _ in 0..40 {
            value = json!([value]);
        }
        let fields = json!({"a": value});
        assert!(of_object(fields.as_object().unwrap()).unwrap_err().message.contains("deeper"));
    }
}
