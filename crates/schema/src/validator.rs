//! A compiled schema: in goes data, out comes nothing, or what is wrong with it and where.

use jsonschema::{
    PatternOptions, ValidationError,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

use crate::{
    Violation, walk,
    weigh::{Weights, weigh},
};

/// As many wrong fields are named.
pub const MAX_ERRORS: usize = 20;
const MAX_MESSAGE: usize = 300;
/// Room for a compiled pattern. Matching takes time linear in the text, times this at the worst.
const PATTERN_BYTES: usize = 256 * 1024;
/// A value is checked if its size times the schema's weight stays below: some tenths of a second at the very worst.
const MOST_WORK: u64 = 5_000_000;
/// Naming the places copies parts of the data, so only so much of it is done.
const MOST_WORK_FOR_PLACES: u64 = 500_000;

/// A compiled schema. Patterns match in linear time, nothing is fetched, formats are checked.
#[derive(Debug)]
pub struct Validator {
    compiled: jsonschema::Validator,
    weights: Weights,
}

impl Validator {
    /// Compiles a schema; errors carry pointers into it.
    pub fn new(schema: &Value) -> Result<Validator, Vec<Violation>> {
        let weights = weigh(schema)?;
        let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES);
        let options = jsonschema::options().offline().should_validate_formats(true).with_pattern_options(patterns);
        match options.build(schema) {
            Ok(compiled) => Ok(Validator { compiled, weights }),
            Err(error) => Err(vec![schema_error(&error)]),
        }
    }

    /// Whether this data fits; at most [`MAX_ERRORS`] errors, with pointers into the data and none of its values.
    pub fn validate(&self, data: &Value) -> Result<(), Vec<Violation>> {
        let work = self.weights.work(data);
        if work > MOST_WORK {
            let depth = walk::depth(data);
            let message = format!(
                "the data is too large or too deeply nested ({depth} levels) to be checked with a schema that \
                 branches like this one; send less, or simplify the schema"
            );
            return Err(vec![Violation::at("", message)]);
        }
        if self.compiled.is_valid(data) {
            return Ok(());
        }
        if work > MOST_WORK_FOR_PLACES {
            return Err(vec![Violation::at("", "the data does not fit the schema; it is too large to say where")]);
        }
        let errors: Vec<_> = self.compiled.iter_errors(data).take(MAX_ERRORS).map(|error| data_error(&error)).collect();
        Err(if errors.is_empty() { vec![Violation::at("", "the data does not fit the schema")] } else { errors })
    }

    /// Whether this data fits, without saying why not.
    pub fn accepts(&self, data: &Value) -> bool {
        self.weights.work(data) <= MOST_WORK && self.compiled.is_valid(data)
    }
}

/// What is wrong with a schema itself.
fn schema_error(error: &ValidationError<'_>) -> Violation {
    let pointer = error.instance_path().as_str();
    let keyword = pointer.rsplit('/').next().unwrap_or_default();
    let message = match error.kind() {
        ValidationErrorKind::Format { format } if format == "regex" => unusable_pattern(),
        _ if keyword == "pattern" || pointer.contains("/patternProperties") => unusable_pattern(),
        _ if keyword == "type" => {
            "`type` is one of object, array, string, number, integer, boolean, null, or a list of them".into()
        }
        _ => format!("this is not valid JSON Schema: {}", sentence(error.kind())),
    };
    Violation::at(pointer, message)
}

fn unusable_pattern() -> String {
    "this pattern cannot be used: it is no regular expression, is too large, or needs look-around or back-references, \
     which do not match in linear time"
        .into()
}

/// What is wrong with a value.
fn data_error(error: &ValidationError<'_>) -> Violation {
    let pointer = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            format!("{}/{}", error.instance_path().as_str(), walk::escaped(&shorten(name, 100)))
        }
        _ => error.instance_path().as_str().to_owned(),
    };
    let message = match error.kind() {
        ValidationErrorKind::FalseSchema if error.schema_path().as_str().ends_with("/additionalProperties") => {
            "must not have fields that the schema does not describe".into()
        }
        kind => sentence(kind),
    };
    Violation::at(shorten(&pointer, 1_000), shorten(&message, MAX_MESSAGE))
}

fn sentence(kind: &ValidationErrorKind) -> String {
    use ValidationErrorKind as Kind;
    match kind {
        Kind::Required { .. } => "is missing".into(),
        Kind::Type { kind: TypeKind::Single(expected) } => format!("must be of type {}", expected.as_str()),
        Kind::Type { kind: TypeKind::Multiple(expected) } => {
            let names: Vec<&str> = expected.iter().map(|expected| expected.as_str()).collect();
            format!("must be of one of the types {}", names.join(", "))
        }
        Kind::Enum { options } => format!("must be one of {}", listed(options.as_array().map_or(&[], Vec::as_slice))),
        Kind::Constant { expected_value } => format!("must be {}", listed(std::slice::from_ref(expected_value))),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!("must not have {}", names(unexpected))
        }
        Kind::AdditionalItems { limit } => format!("must have at most {limit} items"),
        Kind::UnevaluatedItems { .. } => "has items that the schema does not know".into(),
        Kind::Format { format } => format!("must be written as {}", format_in_words(format)),
        Kind::Pattern { pattern } => format!("must match the pattern {}", walk::shown(pattern)),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be greater than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("must have at least {limit} characters"),
        Kind::MaxLength { limit } => format!("must have at most {limit} characters"),
        Kind::MinItems { limit } => format!("must have at least {limit} items"),
        Kind::MaxItems { limit } => format!("must have at most {limit} items"),
        Kind::MinProperties { limit } => format!("must have at least {limit} fields"),
        Kind::MaxProperties { limit } => format!("must have at most {limit} fields"),
        Kind::UniqueItems => "must not have the same item twice".into(),
        Kind::Contains => "has no item of the kind that must be among them".into(),
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => none_fits(context),
        Kind::OneOfMultipleValid { .. } => "fits more than one of the alternatives, and must fit exactly one".into(),
        Kind::Not { .. } => "must not fit the schema under `not`".into(),
        Kind::PropertyNames { error } => format!("has a field whose name {}", sentence(error.kind())),
        Kind::FalseSchema => "must not be there".into(),
        Kind::ContentEncoding { content_encoding } => format!("must be encoded as {}", walk::shown(content_encoding)),
        Kind::ContentMediaType { content_media_type } => format!("must hold {}", walk::shown(content_media_type)),
        other => format!("does not fit `{}`", walk::shown(other.keyword())),
    }
}

/// With one alternative that nearly fits, what it lacks says more than that none fits.
fn none_fits(context: &[Vec<ValidationError<'static>>]) -> String {
    let nearest = context.iter().filter_map(|branch| match branch.as_slice() {
        [only] if !matches!(only.kind(), ValidationErrorKind::Type { .. }) => Some(data_error(only)),
        _ => None,
    });
    match nearest.take(2).collect::<Vec<_>>().as_slice() {
        [one] => format!("fits none of the alternatives; for the nearest, `{}` {}", one.pointer, one.message),
        _ => format!("fits none of the {} alternatives", context.len()),
    }
}

fn listed(values: &[Value]) -> String {
    const SHOWN: usize = 12;
    let mut parts: Vec<String> = values.iter().take(SHOWN).map(|value| walk::shown(&value.to_string())).collect();
    if values.len() > SHOWN {
        parts.push(format!("{} more", values.len() - SHOWN));
    }
    parts.join(", ").replace("\\\"", "\"")
}

fn names(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{}`", walk::shown(name))).collect();
    let more = names.len().saturating_sub(5);
    let list = shown.join(", ");
    let word = if names.len() == 1 { "the field" } else { "the fields" };
    if more == 0 { format!("{word} {list}") } else { format!("{word} {list} and {more} more") }
}

fn format_in_words(format: &str) -> String {
    match format {
        "date-time" => "an RFC 3339 time, like 2026-01-31T12:00:00Z".into(),
        "date" => "a date, like 2026-01-31".into(),
        "time" => "a time of day with offset, like 12:00:00Z".into(),
        "duration" => "an ISO 8601 duration, like PT5M".into(),
        "email" => "an email address".into(),
        "uri" => "a URI with scheme, like https://example.com/".into(),
        "uuid" => "a UUID, like 123e4567-e89b-12d3-a456-426614174000".into(),
        "ipv4" => "an IPv4 address".into(),
        "ipv6" => "an IPv6 address".into(),
        other => walk::shown(other),
    }
}

fn shorten(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub(3);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn an_error_names_the_field_and_not_its_value() {
        let validator = Validator::new(&json!({
            "type": "object",
            "required": ["symbol", "at"],
            "additionalProperties": false,
            "properties": {
                "symbol": {"type": "string", "maxLength": 3},
                "at": {"type": "string", "format": "date-time"},
                "side": {"enum": ["buy", "sell"]},
                "lines": {"type": "array", "items": {"properties": {"price": {"type": "number", "minimum": 0}}}},
            }
        }))
        .unwrap();
        let secret = "the-secret-of-the-caller";
        let errors = validator
            .validate(&json!({"symbol": secret, "side": secret, "x/y": 1, "lines": [{"price": 1}, {"price": -2}]}))
            .unwrap_err();
        let find = |pointer: &str| errors.iter().find(|e| e.pointer == pointer).unwrap_or_else(|| panic!("{errors:?}"));
        assert_eq!(find("/symbol").message, "must have at most 3 characters");
        assert_eq!(find("/at").message, "is missing");
        assert_eq!(find("/side").message, "must be one of \"buy\", \"sell\"");
        assert_eq!(find("/lines/1/price").message, "must be at least 0");
        assert_eq!(find("").message, "must not have the field `x/y`");
        assert!(!format!("{errors:?}").contains(secret));
        validator.validate(&json!({"symbol": "AMD", "at": "2026-01-31T12:00:00Z"})).unwrap();
    }

    #[test]
    fn formats_are_checked_in_both_dialects() {
        for dialect in ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"] {
            let validator = Validator::new(&json!({"$schema": dialect, "format": "date-time"})).unwrap();
            assert!(validator.validate(&json!("yesterday")).is_err(), "{dialect}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_match_in_linear_time_is_refused() {
        for pattern in ["(?=a)b(?!c)x(?<=q)", r"(a)\1", "((a{1000}){1000}){1000}", "(unclosed"] {
            let errors = Validator::new(&json!({"properties": {"a": {"pattern": pattern}}})).unwrap_err();
            assert_eq!(errors[0].pointer, "/properties/a/pattern", "{pattern}");
            assert!(errors[0].message.contains("linear time"), "{errors:?}");
        }
        assert!(Validator::new(&json!({"patternProperties": {"((a{1000}){1000}){1000}": {}}})).is_err());
    }

    #[test]
    fn what_is_wrong_with_a_schema_is_said_with_its_place() {
        let errors = Validator::new(&json!({"properties": {"price": {"type": "decimal"}}})).unwrap_err();
        assert_eq!(errors[0].pointer, "/properties/price/type");
        assert!(errors[0].message.contains("number"), "{errors:?}");
        let errors = Validator::new(&json!({"properties": {"price": {"minimum": "0"}}})).unwrap_err();
        assert_eq!(errors[0].pointer, "/properties/price/minimum");
    }

    #[test]
    fn data_that_would_take_too_long_is_refused_at_once() {
        let validator = Validator::new(&json!({"type": ["array", "object"],
            "anyOf": [{"items": {"$ref": "#"}, "minItems": 1}, {"items": {"$ref": "#"}, "minItems": 1}]}))
        .unwrap();
        let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        assert!(validator.validate(&nested(3)).unwrap_err()[0].message.contains("alternatives"));
        assert!(validator.validate(&nested(60)).unwrap_err()[0].message.contains("60 levels"));
    }

    #[test]
    fn many_errors_are_cut_short() {
        let validator = Validator::new(&json!({"items": {"type": "string"}})).unwrap();
        let errors = validator.validate(&json!(vec![1; 500])).unwrap_err();
        assert_eq!(errors.len(), MAX_ERRORS);
    }

    #[test]
    fn a_field_too_many_is_said_to_be_one_also_where_none_is_described() {
        let validator = Validator::new(&json!({"additionalProperties": false})).unwrap();
        assert!(validator.validate(&json!({"a": 1})).unwrap_err()[0].message.contains("fields"));
    }

    proptest! {
        #[test]
        fn an_error_is_short_whatever_the_names(name in "\\PC{0,400}", value in "\\PC{0,400}") {
            let validator = Validator::new(&json!({"required": [name.clone()], "additionalProperties": false,
                "properties": {"a": {"enum": [value.clone()]}, "b": {"const": {"x": value.clone()}}}})).unwrap();
            let mut data = json!({"a": 1, "b": 2});
            data[format!("x{name}")] = json!(1);
            for error in validator.validate(&data).unwrap_err() {
                prop_assert!(error.message.len() <= 310 && error.pointer.len() <= 1_010, "{error:?}");
            }
        }
    }
}
