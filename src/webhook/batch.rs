//! Whether events come one by one or in batches.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{fields::fitting, payload::LONGEST_CODE};
use crate::model::{
    Span,
    field_error::{checked, within},
};

/// Many events in one request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// At most so many: 2 to 1,000.
    #[serde(default = "most_events", deserialize_with = "events_in_bounds")]
    #[schema(minimum = 2, maximum = 1000, default = 100)]
    pub max_events: u32,
    /// How long an event waits for others, from when it was accepted: 0s to 1h.
    #[serde(default = "longest_wait", deserialize_with = "wait_in_bounds")]
    #[schema(value_type = crate::model::schema::BatchWait, default = "1s")]
    pub max_wait: Span,
    /// The body has at most so many bytes, unless a single event has more: 1 KiB to 8 MiB. What finds no room goes in
    /// the next batch. Where order is kept, a batch that is tried again goes whole, also if its payloads are longer by then,
    /// up to 16 MiB; beyond, the attempt fails.
    #[serde(default = "most_bytes", deserialize_with = "bytes_in_bounds")]
    #[schema(minimum = 1024, maximum = 8_388_608, default = 1_048_576)]
    pub max_bytes: u32,
    /// Of events that are alike in this (`ordering_key`, `type`, or a field like `data.symbol`), only the newest of a
    /// batch is sent; the others are recorded as collapsed.
    #[serde(default, deserialize_with = "collapse_key")]
    #[schema(value_type = Option<String>, max_length = 256, pattern = r"^(ordering_key|type|data(\.[^.]+)+)$", example = "data.symbol")]
    pub collapse: Option<String>,
    /// One body for all of them, written by this template (JSON, at most 64 KiB) over `events`, a list of what a template of one
    /// event is given, and `count`, `id`, `timestamp`. It stands in place of `payload`, and a platform takes what it writes.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "template")]
    #[schema(min_length = 1, max_length = 65536, example = "{\"text\": \"{{ count }} alerts\"}")]
    pub template: Option<String>,
    /// One body for all of them, returned by this script's function `transform(batch)` (JavaScript, at most 64 KiB), or null for
    /// nothing to be sent. `batch.events` is a list of what a script of one event is given; beside it are `count`, `id`,
    /// `timestamp`. It stands in place of `payload` and `template`, and a platform takes what it returns.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "script")]
    #[schema(
        min_length = 1,
        max_length = 65536,
        example = "function transform(batch) { return { text: `${batch.count} alerts` } }"
    )]
    pub script: Option<String>,
}

/// What writes one body of all events of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Summary<'a> {
    /// A template.
    Template(&'a str),
    /// A script.
    Script(&'a str),
}

impl Batch {
    /// What writes one body of all events; none if each has a payload of its own.
    pub fn summary(&self) -> Option<Summary<'_>> {
        let template = self.template.as_deref().map(Summary::Template);
        template.or_else(|| self.script.as_deref().map(Summary::Script))
    }
}

fn most_events() -> u32 {
    100
}

fn longest_wait() -> Span {
    Span::seconds(1)
}

fn most_bytes() -> u32 {
    1 << 20
}

fn events_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    checked(deserializer, |count: &u32| within("max_events", *count, 2..=1000))
}

fn wait_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    checked(deserializer, |wait: &Span| within("max_wait", *wait, Span::seconds(0)..=Span::seconds(3600)))
}

fn bytes_in_bounds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    checked(deserializer, |bytes: &u32| within("max_bytes", *bytes, 1024..=8 << 20))
}

fn template<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    fitting(deserializer, is_code, "a template has 1 to 65536 bytes")
}

fn script<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    fitting(deserializer, is_code, "a script has 1 to 65536 bytes")
}

fn is_code(text: &str) -> bool {
    (1..=LONGEST_CODE).contains(&text.len())
}

fn collapse_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let fits = |text: &str| {
        let field = text.strip_prefix("data.").is_some_and(|path| path.split('.').all(|part| !part.is_empty()));
        text.len() <= 256 && (matches!(text, "ordering_key" | "type") || field)
    };
    fitting(deserializer, fits, "collapse names `ordering_key`, `type` or a field of the data like `data.symbol`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read_json;

    #[test]
    fn a_batch_is_checked_when_read() {
        let batch = |json: &str| read_json::<Batch>(json.as_bytes());
        assert_eq!(batch("{}").unwrap().max_events, 100);
        for (json, part) in [
            (r#"{"max_events":1}"#, "from 2 to 1000"),
            (r#"{"max_wait":"2h"}"#, "from 0s to 1h"),
            (r#"{"max_bytes":10}"#, "from 1024"),
            (r#"{"collapse":"symbol"}"#, "data.symbol"),
            (r#"{"collapse":"data."}"#, "data.symbol"),
            (r#"{"template":""}"#, "1 to 65536 bytes"),
            (r#"{"script":""}"#, "1 to 65536 bytes"),
        ] {
            let error = batch(json).unwrap_err();
            assert!(error.message.contains(part), "{error:?}");
        }
    }
}
