//! CloudEvents 1.0 ([specification], [JSON format], [HTTP binding]): the same attributes in a JSON document, or in headers.
//!
//! `correlationid` and `traceparent` are extension attributes; the second is that of the distributed tracing extension.
//!
//! [specification]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
//! [JSON format]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
//! [HTTP binding]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md

use std::borrow::Cow;

use bytes::Bytes;

use crate::model::Event;

pub(super) const JSON: &str = "application/cloudevents+json; charset=utf-8";
pub(super) const BATCH: &str = "application/cloudevents-batch+json; charset=utf-8";

const SOURCE: &str = "/lanehook";

/// Name and value of each attribute. All values are printable ASCII.
fn attributes(event: &Event, source: Option<&str>) -> Vec<(&'static str, String)> {
    let mut attributes = vec![
        ("specversion", "1.0".to_owned()),
        ("id", event.public_id()),
        ("source", source.unwrap_or(SOURCE).to_owned()),
        ("type", event.event_type.to_string()),
        ("time", event.timestamp.to_string()),
    ];
    attributes.extend(event.correlation_id.as_ref().map(|id| ("correlationid", id.as_str().to_owned())));
    attributes.extend(event.traceparent.as_ref().map(|trace| ("traceparent", trace.as_str().to_owned())));
    attributes
}

/// Structured mode: one JSON document, with the event's data byte for byte.
pub(super) fn structured(event: &Event, source: Option<&str>) -> Bytes {
    let mut body = Vec::with_capacity(256 + event.data.len());
    body.push(b'{');
    for (name, value) in attributes(event, source) {
        body.extend_from_slice(format!("\"{name}\":{},", serde_json::Value::String(value)).as_bytes());
    }
    body.extend_from_slice(br#""datacontenttype":"application/json","data":"#);
    body.extend_from_slice(&event.data);
    body.push(b'}');
    body.into()
}

/// Binary mode: the attributes as headers beside the data. The content type is the attribute `datacontenttype`.
pub(super) fn headers(event: &Event, source: Option<&str>) -> Vec<(String, String)> {
    let header = |(name, value): (&str, String)| (format!("ce-{name}"), header_value(&value).into_owned());
    // The distributed tracing extension has its own header beside.
    attributes(event, source).into_iter().map(header).collect()
}

/// Section 3.1.3.2: space, quote and percent are percent-encoded; what is not printable ASCII does not occur.
fn header_value(value: &str) -> Cow<'_, str> {
    if !value.contains([' ', '"', '%']) {
        return value.into();
    }
    value.replace('%', "%25").replace(' ', "%20").replace('"', "%22").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_are_percent_encoded_where_the_binding_says_so() {
        assert_eq!(header_value("a/b?c=1"), "a/b?c=1");
        assert_eq!(header_value(r#"50% "off""#), "50%25%20%22off%22");
    }
}
