use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::*;

#[derive(Deserialize, Debug)]
#[allow(dead_code)]
struct Outer {
    inner: Option<Inner>,
    many: Vec<Inner>,
    named: BTreeMap<String, Inner>,
    kind: Kind,
    pair: (u8, u8),
    any: Value,
    raw: Box<RawValue>,
}

#[derive(Deserialize, Debug)]
#[allow(dead_code)]
struct Inner {
    n: u32,
}

#[derive(Deserialize, Debug)]
#[allow(dead_code)]
enum Kind {
    Small { n: u32 },
    One(Inner),
}

const GOOD: &str = r#"{"inner": {"n": 1}, "many": [{"n": 1}], "named": {"a": {"n": 1}}, "kind": {"Small": {"n": 1}},
    "pair": [1, 2], "any": [1, [2]], "raw": [1.50, {"n": [1]}]}"#;

fn read(json: &str) -> Result<Outer, String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    Outer::deserialize(Strict::new(&mut reader)).map_err(|error| error.to_string())
}

#[test]
fn lists_stay_lists_and_bytes_stay_bytes() {
    let read = read(GOOD).unwrap();
    assert_eq!((read.raw.get(), read.pair), (r#"[1.50, {"n": [1]}]"#, (1, 2)));
    assert!(super::tests::read(&GOOD.replace("Small", "One")).is_ok());
}

#[test]
fn a_list_is_no_object_at_any_depth() {
    for (object, list) in [
        (r#""inner": {"n": 1}"#, r#""inner": [1]"#),
        (r#""many": [{"n": 1}]"#, r#""many": [[1]]"#),
        (r#""a": {"n": 1}"#, r#""a": [1]"#),
        (r#""Small": {"n": 1}"#, r#""Small": [1]"#),
        (r#""Small": {"n": 1}"#, r#""One": [1]"#),
    ] {
        let json = GOOD.replace(object, list);
        assert_ne!(json, GOOD);
        assert!(read(&json).unwrap_err().starts_with("invalid type: sequence"), "{json}");
    }
    assert!(read(r#"[null, [], {}, {"Small": {"n": 1}}, [1, 2], 1, 1]"#).is_err());
}

#[test]
fn a_member_that_cannot_be_null_is_told_from_one_that_can_and_from_other_nulls() {
    for (value, null, said) in [
        (r#""pair": [1, 2]"#, r#""pair": null"#, CANNOT_BE_NULL),
        (r#""many": [{"n": 1}]"#, r#""many": null"#, CANNOT_BE_NULL),
        (r#""many": [{"n": 1}]"#, r#""many": [{"n": null}]"#, CANNOT_BE_NULL),
        (r#""kind": {"Small": {"n": 1}}"#, r#""kind": null"#, CANNOT_BE_NULL),
        (r#""many": [{"n": 1}]"#, r#""many": [null]"#, "invalid type: null"),
        (r#"{"a": {"n": 1}}"#, r#"{"a": null}"#, "invalid type: null"),
    ] {
        let json = GOOD.replace(value, null);
        assert_ne!(json, GOOD);
        assert!(read(&json).unwrap_err().starts_with(said), "{json}: {:?}", read(&json));
    }
    let nulls = GOOD.replace(r#""inner": {"n": 1}"#, r#""inner": null"#);
    let nulls = nulls.replace("[1, [2]]", "null").replace(r#"[1.50, {"n": [1]}]"#, "null");
    assert_eq!(read(&nulls).unwrap().raw.get(), "null");
}

#[test]
fn a_name_is_there_once_at_any_depth_but_in_a_text_that_is_kept() {
    for (once, twice, name) in [
        (r#"{"a": {"n": 1}}"#, r#"{"a": {"n": 1}, "a": {"n": 2}}"#, "`a` is there twice"),
        (r#""any": [1, [2]]"#, r#""any": [1, [{"x": 1, "y": 2, "\u0078": null}]]"#, "`x` is there twice"),
        (r#""many": [{"n": 1}]"#, r#""many": [{"n": 1, "n": 1}]"#, "duplicate field `n`"),
    ] {
        let json = GOOD.replace(once, twice);
        assert_ne!(json, GOOD);
        assert!(read(&json).unwrap_err().starts_with(name), "{json}: {:?}", read(&json));
    }
    let kept = read(&GOOD.replace(r#"{"n": [1]}"#, r#"{"n": 1, "n": 2}"#)).unwrap();
    assert_eq!(kept.raw.get(), r#"[1.50, {"n": 1, "n": 2}]"#);
    assert!(read(&GOOD.replace("[1, [2]]", r#"[{"x": {"x": 1}}, {"x": 1}]"#)).is_ok(), "each in an object of its own");
}

#[test]
fn what_is_none_of_the_words_is_told_them() {
    let read = read(&GOOD.replace(r#"{"Small": {"n": 1}}"#, "5"));
    assert!(read.unwrap_err().starts_with("invalid type: integer `5`, expected one of `Small`, `One`"));
}
