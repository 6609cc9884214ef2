//! CloudEvents 1.0 ([specification], [JSON format], [HTTP binding]): the same attributes in a JSON document, or in headers.
//!
//! `correlationid`, `dataversion`, `traceparent` and the event's metadata are extension attributes; `traceparent` is that of the
//! distributed tracing extension.
//!
//! [specification]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
//! [JSON format]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
//! [HTTP binding]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md

use std::borrow::Cow;

use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;

use crate::model::Event;

pub(super) const JSON: &str = "application/cloudevents+json; charset=utf-8";
pub(super) const BATCH: &str = "application/cloudevents-batch+json; charset=utf-8";

const SOURCE: &str = "/lanehook";

/// What extension attributes cannot be called.
const TAKEN: [&str; 10] =
    ["specversion", "id", "source", "type", "time", "subject", "dataschema", "datacontenttype", "data", "data_base64"];

/// Name and value of each attribute. Of the source, the webhook's own word counts, then the event's.
fn attributes(event: &Event, source: Option<&str>) -> Vec<(Cow<'static, str>, Value)> {
    let source = source.or(event.source.as_ref().map(|source| source.as_str())).unwrap_or(SOURCE);
    let mut attributes: Vec<(Cow<'static, str>, Value)> = vec![
        ("specversion".into(), "1.0".into()),
        ("id".into(), event.public_id().into()),
        ("source".into(), source.into()),
        ("type".into(), event.event_type.as_str().into()),
        ("time".into(), event.timestamp.to_string().into()),
    ];
    attributes.extend(event.version.map(|version| ("dataversion".into(), version.to_string().into())));
    attributes.extend(event.correlation_id.as_ref().map(|id| ("correlationid".into(), id.as_str().into())));
    attributes.extend(event.traceparent.as_ref().map(|trace| ("traceparent".into(), trace.as_str().into())));
    for (name, value) in event.metadata.iter().flat_map(|metadata| metadata.as_map()) {
        let name = extension_name(name);
        let is_free = !TAKEN.contains(&name.as_str()) && attributes.iter().all(|(other, _)| *other != name);
        if is_free && !name.is_empty() {
            attributes.push((name.into(), extension_value(value)));
        }
    }
    attributes
}

/// Section 3.1: lower-case letters and digits.
fn extension_name(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Section 3.4: of numbers there are whole ones of 32 bits; others are texts.
fn extension_value(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.as_i64().is_none_or(|number| i32::try_from(number).is_err()) => {
            number.to_string().into()
        }
        value => value.clone(),
    }
}

/// Structured mode: one JSON document, with the event's data byte for byte.
pub(super) fn structured(event: &Event, source: Option<&str>) -> Bytes {
    let mut body = Vec::with_capacity(256 + event.data.len());
    body.push(b'{');
    for (name, value) in attributes(event, source) {
        body.extend_from_slice(format!("\"{name}\":{value},").as_bytes());
    }
    body.extend_from_slice(br#""datacontenttype":"application/json","data":"#);
    body.extend_from_slice(&event.data);
    body.push(b'}');
    body.into()
}

/// Binary mode: the attributes as headers beside the data. The content type is the attribute `datacontenttype`.
pub(super) fn headers(event: &Event, source: Option<&str>) -> Vec<(String, String)> {
    let header = |(name, value): (Cow<'_, str>, Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (format!("ce-{name}"), header_value(&text))
    };
    // The distributed tracing extension has its own header beside.
    attributes(event, source).into_iter().map(header).collect()
}

/// Section 3.1.3.2: space, quote, percent and what is not printable ASCII are percent-encoded.
fn header_value(value: &str) -> String {
    const ENCODED: AsciiSet = CONTROLS.add(b' ').add(b'"').add(b'%');
    utf8_percent_encode(value, &ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_are_percent_encoded_where_the_binding_says_so() {
        assert_eq!(header_value("a/b?c=1"), "a/b?c=1");
        assert_eq!(header_value(r#"50% "off""#), "50%25%20%22off%22");
        assert_eq!(header_value("é\n"), "%C3%A9%0A");
    }
}
