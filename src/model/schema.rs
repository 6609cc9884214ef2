//! How the model's texts look, for the API's description: a name, a pattern, a length. What a text has to be is said by
//! its reader (`parse`); the tests here hold the two against each other.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::{
    ApiKeyId, AttemptId, AuditId, CallerId, CorrelationId, DeliveryId, EventMetadata, EventSource, EventType,
    IdempotencyKey, InspectorId, OrderingKey, ReplayId, SavedName, Span, TargetUrl, TenantId, TraceParent, TypePattern,
    WebhookId,
};

/// How a text looks.
pub struct Look {
    /// A regular expression that JavaScript, Python and Rust read alike.
    pub pattern: Cow<'static, str>,
    /// In characters.
    pub longest: usize,
    /// One that fits.
    pub example: &'static str,
    /// What it is, for readers of the description.
    pub description: &'static str,
}

impl Look {
    /// As a schema.
    pub fn schema(self) -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(self.pattern))
            .max_length(Some(self.longest))
            .examples([self.example])
            .description(Some(self.description));
        Schema::Object(text.build()).into()
    }
}

macro_rules! looks {
    ($($type:ty: $name:literal, $pattern:expr, $longest:literal, $example:literal, $description:literal;)*) => { $(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let pattern = $pattern.into();
                Look { pattern, longest: $longest, example: $example, description: $description }.schema()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                $name.into()
            }
        }
    )* };
}

looks! {
    EventType: "EventTypeName", r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$", 128, "price.alert",
        "What happened: letters, digits, `_` and `-`, in parts separated by dots.";
    TypePattern: "EventTypePattern", r"^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.?\*)?)$", 128, "price.*",
        "Types of events: a whole name (`price.alert`), how names begin (`price.*`, `price_*`), or `*` for all, which `all` \
         means, too.";
    CallerId: "EventId", r"^[!#-&(-+\-0-Z\[\]-~]+$", 128, "evt_06f3n1qk2v0g0",
        "An event's id, the caller's own or a generated one: printable ASCII without spaces, quotes, commas, slashes and \
         dots.";
    IdempotencyKey: "IdempotencyKey", "^[!-~]+$", 255, "order-4711-filled",
        "Makes a request safe to repeat: visible ASCII characters.";
    OrderingKey: "OrderingKey", r"^[^\u0000-\u001F\u007F-\u009F]+$", 128, "ACME",
        "What is kept in order: an account, an order, a symbol. No control characters.";
    CorrelationId: "CorrelationId", "^[!-~]+$", 128, "order-4711",
        "What the publisher calls things that belong together: printable ASCII without spaces.";
    TraceParent: "TraceParent", "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$", 55,
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "A trace (W3C Trace Context, level 1); no id in it is all zeros.";
    EventSource: "EventSource", "^[!-~]+$", 256, "/billing",
        "Where an event comes from: a URI or a part of one.";
    WebhookId: "WebhookId",
        r"^([A-Za-z0-9_:@-][A-Za-z0-9_.:@-]*|\.[A-Za-z0-9_:@-][A-Za-z0-9_.:@-]*|\.\.[A-Za-z0-9_.:@-]+)$", 64, "user-42",
        "A webhook's id, the caller's own or a generated one: letters, digits, `_`, `-`, `.`, `:` and `@`.";
    TenantId: "TenantId", "^[a-z0-9][a-z0-9_.-]*$", 64, "acme",
        "A tenant's id: lower-case letters, digits, `_`, `-` and `.`, beginning with a letter or digit.";
    SavedName: "SavedName", "^[A-Za-z0-9_-][A-Za-z0-9_.-]*$", 64, "price-drop",
        "A name to have something again by: letters, digits, `_`, `-` and `.`, not beginning with `.`.";
    TargetUrl: "TargetUrl",
        r"^(https?://[^\s/?#@\\]+|lanehook://inspect/ins_[0-7][0-9a-hjkmnp-tv-z]{25})([/?][^\s#]*)?$", 2048,
        "https://example.com/hook",
        "Where requests go: https, publicly reachable, without user name, password and fragment. `http` is possible where \
         the server was started with `--dev`. Or the `url` of one of the tenant's inspectors, with a path and query behind it if \
         wanted.";
    InspectorId: "InspectorId", "^ins_[0-7][0-9a-hjkmnp-tv-z]{25}$", 30, "ins_06f3n1qk2v0g006f3n1qk2v0g0",
        "An inspector's id.";
    DeliveryId: "DeliveryId", "^dlv_[0-7][0-9a-hjkmnp-tv-z]{12}$", 17, "dlv_06f3n1qk2v0g0", "A delivery's id.";
    AttemptId: "AttemptId", "^att_[0-7][0-9a-hjkmnp-tv-z]{12}$", 17, "att_06f3n1qk2v0g0", "An attempt's id.";
    ReplayId: "ReplayId", "^rpl_[0-7][0-9a-hjkmnp-tv-z]{12}$", 17, "rpl_06f3n1qk2v0g0",
        "A job over many deliveries.";
    ApiKeyId: "ApiKeyId", "^key_[0-7][0-9a-hjkmnp-tv-z]{12}$", 17, "key_06f3n1qk2v0g0",
        "The id of an API key, which is not the key itself.";
    AuditId: "AuditId", "^aud_[0-7][0-9a-hjkmnp-tv-z]{12}$", 17, "aud_06f3n1qk2v0g0", "The id of a line of the audit trail.";
    Span: "Duration", lengths(0, 366 * DAY), 16, "30s",
        "A length of time: a whole number and a unit, `ms`, `s`, `m`, `h` or `d`.";
    AssetName: "AssetName",
        r"^[^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*$", 64, "AAPL",
        "A symbol or a sector. Spaces around it are taken off. No control characters.";
    Timeout: "Timeout", lengths(100, MINUTE), 16, "10s", "A length of time from `100ms` to `60s`.";
    BatchWait: "BatchWait", lengths(0, HOUR), 16, "1s", "A length of time from `0s` to `1h`.";
    RetryWait: "RetryWait", lengths(0, 7 * DAY), 16, "5m", "A length of time from `0s` to `7d`.";
    GraceTime: "GraceTime", lengths(0, 30 * DAY), 16, "24h", "A length of time from `0s` to `30d`.";
}

/// An asset of a webhook's `assets`.
pub struct AssetName;
/// How long a request may take: a [`Span`] within its bounds.
pub struct Timeout;
/// How long a batch may wait for more: a [`Span`] within its bounds.
pub struct BatchWait;
/// How long to wait after a failed attempt: a [`Span`] within its bounds.
pub struct RetryWait;
/// How long a secret signs beside the one that replaces it: a [`Span`] within its bounds.
pub struct GraceTime;

impl PartialSchema for EventMetadata {
    fn schema() -> RefOr<Schema> {
        let value = ObjectBuilder::new().schema_type(utoipa::openapi::schema::SchemaType::from_iter([
            Type::String,
            Type::Number,
            Type::Boolean,
        ]));
        let name = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_.-]{1,64}$"));
        let object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(Schema::Object(value.build())))
            .property_names(Some(Schema::Object(name.build())))
            .max_properties(Some(32))
            .examples([serde_json::json!({"region": "eu", "priority": 2})])
            .description(Some("Texts, numbers and truth values by name: at most 32, of 2 KiB in all."));
        Schema::Object(object.build()).into()
    }
}

impl ToSchema for EventMetadata {
    fn name() -> Cow<'static, str> {
        "EventMetadata".into()
    }
}

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The pattern of lengths of time from `least` to `most` milliseconds.
fn lengths(least: u64, most: u64) -> String {
    let units = [("ms", 1), ("s", 1_000), ("m", MINUTE), ("h", HOUR), ("d", DAY)];
    let of_unit = units.iter().filter_map(|(unit, millis)| {
        let (from, to) = (least.div_ceil(*millis), most / millis);
        (from <= to).then(|| format!("({}){unit}", numbers(from, to)))
    });
    format!("^({})$", of_unit.collect::<Vec<_>>().join("|"))
}

/// The pattern of the numbers `from` to `to` without leading zeros: blocks like `[3-7][0-9]{2}`, each as large as it can be.
fn numbers(mut from: u64, to: u64) -> String {
    let mut blocks = Vec::new();
    while from <= to {
        let fits = |tail: &u32| from.is_multiple_of(10u64.pow(*tail)) && from + 10u64.pow(*tail) - 1 <= to;
        let tail = if from == 0 { 0 } else { (0..19).take_while(fits).last().unwrap_or_default() };
        let size = 10u64.pow(tail);
        let (head, digit) = (from / size / 10, from / size % 10);
        let last = ((to + 1 - from) / size).min(10 - digit) + digit - 1;
        let head = if head == 0 { String::new() } else { head.to_string() };
        let digits = if digit == last { digit.to_string() } else { format!("[{digit}-{last}]") };
        let rest = match tail {
            0 => String::new(),
            1 => "[0-9]".into(),
            tail => format!("[0-9]{{{tail}}}"),
        };
        blocks.push(format!("{head}{digits}{rest}"));
        from += (last - digit + 1) * size;
    }
    blocks.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex::Regex;

    /// The pattern and the greatest length that the schema tells.
    fn told<T: PartialSchema>() -> (Regex, usize) {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let pattern = Regex::new(schema["pattern"].as_str().unwrap()).unwrap();
        (pattern, schema["maxLength"].as_u64().unwrap() as usize)
    }

    /// What the schema says of a text is what its reader says.
    fn check<T: PartialSchema>(texts: &[String], read: impl Fn(&str) -> bool) {
        let (pattern, longest) = told::<T>();
        for text in texts {
            let by_schema = pattern.is_match(text) && text.chars().count() <= longest;
            assert_eq!(by_schema, read(text), "{text:?} against {pattern}");
        }
    }

    /// Short texts of characters that matter, and long ones around the limits.
    fn texts() -> impl Strategy<Value = Vec<String>> {
        let short = proptest::collection::vec("[aZ09_.:@*/\"'\\\\, é\u{7f}\u{85}~!\\[\\]-]{0,5}", 40);
        (short, 30usize..300).prop_map(|(mut texts, length)| {
            texts.extend(["a", ".", "é", "a."].map(|part| part.repeat(length)));
            texts
        })
    }

    proptest! {
        #[test]
        fn a_text_fits_its_schema_if_its_reader_takes_it(texts in texts()) {
            check::<EventType>(&texts, |text| EventType::parse(text).is_ok());
            check::<TypePattern>(&texts, |text| TypePattern::parse(text).is_ok());
            check::<CallerId>(&texts, |text| CallerId::parse(text).is_ok());
            check::<IdempotencyKey>(&texts, |text| IdempotencyKey::parse(text).is_ok());
            check::<OrderingKey>(&texts, |text| OrderingKey::parse(text).is_ok());
            check::<CorrelationId>(&texts, |text| CorrelationId::parse(text).is_ok());
            check::<EventSource>(&texts, |text| EventSource::parse(text).is_ok());
            check::<WebhookId>(&texts, |text| WebhookId::parse(text).is_ok());
            check::<TenantId>(&texts, |text| TenantId::parse(text).is_ok());
            check::<SavedName>(&texts, |text| SavedName::parse(text).is_ok());
        }

        #[test]
        fn an_id_fits_its_schema_if_it_is_one(number in 0..=i64::MAX, text in "dlv_[0-9a-z]{13}") {
            let id = |number: i64| DeliveryId(crate::model::Serial::nth(number)).to_string();
            check::<DeliveryId>(&[id(number), id(i64::MAX), text, "dlv_".into()], |text| DeliveryId::parse(text).is_some());
        }

        #[test]
        fn a_length_of_time_fits_its_schema_if_it_is_within_its_bounds(
            number in 0u64..100_000_000_000, digits in 0u32..11, unit in "ms|s|m|h|d|",
        ) {
            let texts = [format!("{}{unit}", number / 10u64.pow(digits))];
            let within = |most: Span| move |text: &str| Span::parse(text).is_ok_and(|span| span <= most);
            check::<Span>(&texts, |text| Span::parse(text).is_ok());
            check::<BatchWait>(&texts, within(Span::seconds(3600)));
            check::<RetryWait>(&texts, within(Span::seconds(7 * 86_400)));
            check::<GraceTime>(&texts, within(Span::seconds(30 * 86_400)));
            let least = Span(std::time::Duration::from_millis(100));
            check::<Timeout>(&texts, |text| within(Span::seconds(60))(text) && Span::parse(text).unwrap() >= least);
        }
    }

    #[test]
    fn bounds_are_met_exactly() {
        for (from, to) in [(0, 0), (7, 7), (0, 9), (10, 99), (100, 60_000), (0, 31_622_400_000), (98, 1_203)] {
            let pattern = Regex::new(&format!("^({})$", numbers(from, to))).unwrap();
            for number in [from, to, (from + to) / 2] {
                assert!(pattern.is_match(&number.to_string()), "{number} in {pattern}");
            }
            for number in [from.checked_sub(1), Some(to + 1), Some(10 * to + 10)].into_iter().flatten() {
                assert!(!pattern.is_match(&number.to_string()), "{number} not in {pattern}");
            }
        }
    }

    #[test]
    fn an_address_or_a_trace_that_fits_its_schema_is_one() {
        let id = InspectorId::of([7; 16]);
        let inspectors = ["", "/a?b", "?b", "x", "#f", "/#f"].map(|rest| format!("lanehook://inspect/{id}{rest}"));
        let others =
            ["https://a.example/x?y=1", "http://localhost:9000", "https://u@a.example/", "https:///x", "ftp://a/"]
                .into_iter()
                .chain(["lanehook://inspect/", "lanehook://inspect/ins_7", "lanehook://inspect", "lanehook:inspect"]);
        for text in others.chain(inspectors.iter().map(String::as_str)) {
            check::<TargetUrl>(&[text.into()], |text| TargetUrl::parse(text).is_ok());
        }
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        for text in [trace.into(), trace.replace("f0", "F0"), trace.replace('-', "")] {
            check::<TraceParent>(&[text], |text| TraceParent::parse(text).is_ok());
        }
    }
}
