//! What a webhook receives for an event.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::fields::fitting;
use crate::model::field_error::{checked, or_default};

/// The most bytes of a template or a script.
pub const LONGEST_CODE: usize = 64 << 10;

/// The body of a request.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Payload {
    /// `{"id", "type", "timestamp", "data"}`, as Standard Webhooks recommends.
    #[default]
    Standard,
    /// `{"id", "event", "timestamp", "data", "signature"}`; the signature is `sha256=<hex>` (or `sha512=`) over the
    /// same object without it, and null without a secret.
    Plain,
    /// The event's `data` and nothing else.
    Data,
    /// CloudEvents 1.0 over HTTP.
    #[serde(rename = "cloudevents")]
    CloudEvents {
        /// One JSON document, or attributes in `ce-` headers and the data as the body.
        #[serde(default, deserialize_with = "or_default")]
        mode: CloudEventsMode,
        /// The attribute `source`, a URI reference of at most 512 characters; otherwise `/lanehook`.
        #[serde(default, deserialize_with = "source")]
        #[schema(min_length = 1, max_length = 512, pattern = "^[!-~]+$")]
        source: Option<String>,
        /// Ask the receiver for permission with OPTIONS before the webhook is saved, and keep to the rate that it allows
        /// (CloudEvents "HTTP 1.1 Web Hooks", section 4).
        #[serde(default, deserialize_with = "or_default")]
        handshake: bool,
    },
    /// `application/x-www-form-urlencoded`: `id`, `type`, `timestamp` and `data[…]`.
    Form,
    /// A template in Jinja2's syntax over the event: `{"text": "{{ data.symbol }} is at {{ data.price }}"}`.
    Template {
        /// At most 64 KiB. What is undefined is an error; inside of JSON, values are escaped as it needs.
        #[serde(deserialize_with = "code")]
        #[schema(min_length = 1, max_length = 65536)]
        template: String,
        /// What the template makes.
        #[serde(default, deserialize_with = "or_default")]
        format: TemplateFormat,
        /// The `Content-Type` of `text`; otherwise `text/plain; charset=utf-8`.
        #[serde(default, deserialize_with = "content_type")]
        #[schema(max_length = 128, pattern = "^[ -~]*/[ -~]*$")]
        content_type: Option<String>,
        /// How the members of `data` are named.
        #[serde(default, deserialize_with = "or_default")]
        names: TemplateNames,
    },
    /// A function `transform(event)` that returns the payload, or null for nothing to be sent.
    #[serde(rename = "javascript")]
    JavaScript {
        /// At most 64 KiB.
        #[serde(deserialize_with = "code")]
        #[schema(min_length = 1, max_length = 65536)]
        code: String,
    },
}

/// How a CloudEvent is laid out (CloudEvents HTTP Protocol Binding, section 3).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CloudEventsMode {
    /// `application/cloudevents+json`
    #[default]
    Structured,
    /// Attributes in headers.
    Binary,
}

/// What a template makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateFormat {
    /// A JSON document.
    #[default]
    Json,
    /// A JSON object of fields, sent as `application/x-www-form-urlencoded`.
    Form,
    /// Any text.
    Text,
}

/// How a template names the members of an event's data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TemplateNames {
    /// `data.symbol`; a name that can stand for nothing is refused when the webhook is saved.
    #[default]
    Qualified,
    /// `symbol` as well. What an event has itself (`id`, `type`, …) stays what it is.
    Bare,
}

impl TemplateNames {
    /// Whether members are named as members.
    pub fn is_qualified(&self) -> bool {
        *self == TemplateNames::Qualified
    }
}

impl Payload {
    /// Whether several of them can go in one request.
    pub fn can_be_batched(&self) -> bool {
        match self {
            Payload::Standard | Payload::Plain | Payload::Data | Payload::JavaScript { .. } => true,
            Payload::CloudEvents { mode, .. } => *mode == CloudEventsMode::Structured,
            Payload::Template { format, .. } => *format == TemplateFormat::Json,
            Payload::Form => false,
        }
    }
}

fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |text: &String| match text.len() {
        1..=LONGEST_CODE => Ok(()),
        length => Err(format!("is 1 to {LONGEST_CODE} bytes long, not {length}")),
    })
}

fn source<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let fits = |text: &str| (1..=512).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_graphic());
    fitting(deserializer, fits, "source is a URI reference of 1 to 512 printable ASCII characters without spaces")
}

fn content_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let fits =
        |text: &str| text.len() <= 128 && text.contains('/') && text.bytes().all(|c| c == b' ' || c.is_ascii_graphic());
    fitting(deserializer, fits, "content_type is a media type like text/plain; charset=utf-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read_json;

    #[test]
    fn a_payload_is_checked_when_read() {
        let payload = |json: &str| read_json::<Payload>(json.as_bytes());
        assert_eq!(payload(r#"{"type":"data"}"#), Ok(Payload::Data));
        assert!(payload(r#"{"type":"template","template":""}"#).unwrap_err().message.contains("1 to 65536"));
        assert!(payload(r#"{"type":"xml"}"#).unwrap_err().message.contains("unknown variant"));
        assert!(payload(r#"{"type":"cloudevents","source":"a b"}"#).unwrap_err().message.contains("URI reference"));
    }
}
