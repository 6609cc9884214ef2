//! Filters and documents for property tests, of fields `type` and `data`: few keys and values, so that they often meet.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};

/// Numbers, rising. Those that are equal have the same rank.
pub const NUMBERS: [(&str, u32); 14] = [
    ("-1e300", 0),
    ("-9223372036854775808", 1),
    ("-1.5", 2),
    ("-1", 3),
    ("0", 4),
    ("-0.0", 4),
    ("0.5", 5),
    ("1", 6),
    ("1.0", 6),
    ("9007199254740992.0", 7),
    ("9007199254740992", 7),
    ("9007199254740993", 8),
    ("18446744073709551615", 9),
    ("18446744073709551616", 10),
];

const TEXTS: [&str; 8] = ["", "a", "b", "ab", "ba", "é", "1.0", " -1.5"];
const KEYS: [&str; 5] = ["a", "b", "a.b", "$a", "$$"];

fn text() -> impl Strategy<Value = &'static str> {
    select(&TEXTS[..])
}

fn key() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("a"), 1 => select(&KEYS[..])]
}

/// Those that filters take: the first and the last are whole numbers that a double rounds.
fn number() -> impl Strategy<Value = Value> {
    select(&NUMBERS[1..NUMBERS.len() - 1]).prop_map(|(text, _)| serde_json::from_str(text).unwrap())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        3 => number(),
        3 => text().prop_map(Value::from),
    ]
}

/// What a document has under `data`.
pub fn data() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => vec((key().prop_map(str::to_owned), inner), 0..4)
                .prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// A filter that can be parsed.
pub fn filter() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        6 => condition().prop_map(|condition| json!({ "data": condition })),
        1 => select(&["a", "a.b", "b.b"][..]).prop_map(|name| json!({ "type": name })),
        1 => vec(select(&["a", "a.b", "b.b"][..]), 0..3).prop_map(|names| json!({ "type": { "$nin": names } })),
    ];
    shallow(joined(leaf.boxed()))
}

/// Leaves a test room to put the JSON into something.
fn shallow(json: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    json.prop_filter("deeper than filters can be", |json| depth(json) <= 12).boxed()
}

fn depth(json: &Value) -> usize {
    match json {
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// A condition on a value.
pub fn condition() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![3 => scalar(), 12 => test()];
    shallow(tree(leaf.boxed()))
}

fn tree(leaf: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    joined(leaf)
        .prop_recursive(3, 12, 3, |inner| {
            let members = vec((key(), inner), 0..3).prop_map(|members| {
                let written = |key: &str| if key.starts_with('$') { format!("${key}") } else { key.to_owned() };
                members.into_iter().map(|(key, value)| (written(key), value)).collect::<Map<_, _>>().into()
            });
            joined(members.boxed())
        })
        .boxed()
}

fn joined(leaf: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(|parts| json!({ "$and": parts })),
            vec(inner.clone(), 1..3).prop_map(|parts| json!({ "$or": parts })),
            inner.clone().prop_map(|part| json!({ "$not": part })),
            (inner.clone(), inner).prop_map(|(a, b)| json!({ "$or": [a], "$not": b })),
        ]
    })
    .boxed()
}

fn test() -> impl Strategy<Value = Value> {
    let bound = || prop_oneof![number(), text().prop_map(Value::from)];
    prop_oneof![
        (select(&["$eq", "$neq", "$contains"][..]), data()).prop_map(|(name, value)| json!({ name: value })),
        (select(&["$in", "$nin"][..]), vec(scalar(), 0..4)).prop_map(|(name, values)| json!({ name: values })),
        (select(&["$gt", "$gte", "$lt", "$lte"][..]), bound()).prop_map(|(name, value)| json!({ name: value })),
        (bound(), bound()).prop_map(|(low, high)| json!({ "$gte": low, "$lt": high })),
        any::<bool>().prop_map(|there| json!({ "$exists": there })),
        numeric().prop_map(|test| json!({ "$number": test })),
        (select(&["$startsWith", "$endsWith"][..]), text()).prop_map(|(name, text)| json!({ name: text })),
        select(&["a", "b", "^a", "b$", "^$"][..]).prop_map(|pattern| json!({ "$regex": pattern })),
    ]
}

fn numeric() -> impl Strategy<Value = Value> {
    prop_oneof![
        number(),
        (select(&["$eq", "$neq", "$gt", "$gte", "$lt", "$lte"][..]), number())
            .prop_map(|(name, value)| json!({ name: value })),
        (select(&["$in", "$nin"][..]), vec(number(), 0..4)).prop_map(|(name, values)| json!({ name: values })),
        (number(), number()).prop_map(|(low, high)| json!({ "$gte": low, "$lt": high })),
    ]
}

/// Any JSON, often with something of a filter in it.
pub fn anything() -> impl Strategy<Value = Value> {
    let odd_key = prop_oneof![
        select(
            &[
                "data",
                "type",
                "timestamp",
                "version",
                "$eq",
                "$in",
                "$not",
                "$or",
                "$and",
                "$regex",
                "$exists",
                "$number"
            ][..]
        )
        .prop_map(str::to_owned),
        "\\PC{0,4}",
    ];
    let leaf = prop_oneof![scalar(), "\\PC{0,8}".prop_map(Value::from), any::<f64>().prop_map(|number| json!(number))];
    leaf.prop_recursive(6, 32, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((odd_key.clone(), inner), 0..4).prop_map(|members| members.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}
