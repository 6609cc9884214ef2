//! Why a document is not wanted: facts, and that every explanation is true.

use lanehook_filter::{Clause, Object, Refusal, Verdict};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::{
    event, matches_of, parse,
    samples::{data, filter},
};

/// What says no to this, if something does.
fn refused(filter: &Value, event_type: &str, data: &Value) -> Option<Refusal> {
    match parse(filter).explain(&Object::new(&event(event_type, data)), 0, &mut { u64::MAX }).unwrap() {
        Verdict::Wanted => None,
        Verdict::Refused(refusal) => Some(refusal),
    }
}

/// The clauses that say no to `data`, in short: place, operator, what is wanted and what is there.
#[track_caller]
fn all_said(condition: Value, data: Value) -> Vec<(String, &'static str, Value, Option<Value>)> {
    let refusal = refused(&json!({ "data": condition }), "price.alert", &data).expect("it is not wanted");
    let short = |clause: Clause| (clause.pointer(), clause.operator, clause.wanted, clause.found);
    refusal.clauses.into_iter().map(short).collect()
}

/// The only one.
#[track_caller]
fn said(condition: Value, data: Value) -> (String, &'static str, Value, Option<Value>) {
    let mut all = all_said(condition, data);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_clause_tells_where_it_looked_what_it_wanted_and_what_is_there() {
    for (condition, data, operator, wanted, found) in [
        (json!({"a": 1}), json!({"a": 2}), "$eq", json!(1), Some(json!(2))),
        (json!({"a": 1.0}), json!({"a": null}), "$eq", json!(1), Some(json!(null))),
        (json!({"a": {"$eq": [1]}}), json!({"a": {"b": 1}}), "$eq", json!([1]), Some(json!({"b": 1}))),
        (json!({"a": {"$in": ["b", "a", 2]}}), json!({}), "$in", json!([2, "a", "b"]), None),
        (json!({"a": {"$gte": 180}}), json!({"a": 2.36}), "$gte", json!(180), Some(json!(2.36))),
        (json!({"a": {"$lt": "b"}}), json!({"a": "b"}), "$lt", json!("b"), Some(json!("b"))),
        (json!({"a": {"$startsWith": "x"}}), json!({"a": 1}), "$startsWith", json!("x"), Some(json!(1))),
        (json!({"a": {"$endsWith": "x"}}), json!({"a": "xy"}), "$endsWith", json!("x"), Some(json!("xy"))),
        (json!({"a": {"$regex": "^x+$"}}), json!({"a": "xy"}), "$regex", json!("^x+$"), Some(json!("xy"))),
        (json!({"a": {"$contains": "x"}}), json!({"a": ["y"]}), "$contains", json!("x"), Some(json!(["y"]))),
        (json!({"a": {"$exists": true}}), json!({"b": 1}), "$exists", json!(true), None),
        (json!({"a": {"$exists": false}}), json!({"a": null}), "$exists", json!(false), Some(json!(null))),
        (json!({"a": {"$number": {"$gt": 5}}}), json!({"a": "5"}), "$number", json!({"$gt": 5}), Some(json!("5"))),
    ] {
        assert_eq!(said(condition.clone(), data), ("/data/a".into(), operator, wanted, found), "{condition}");
    }
    let (place, ..) = said(json!({"a/b": {"c~": 1}}), json!({}));
    assert_eq!(place, "/data/a~1b/c~0");
    assert_eq!(refused(&json!({"type": "a"}), "b", &json!(1)).unwrap().clauses[0].path, ["type"]);
    assert_eq!(refused(&json!({"data": {"a": 1}}), "b", &json!({"a": 1})), None);
}

#[test]
fn a_negation_is_told_of_the_value_that_it_denies() {
    for (condition, data, operator, wanted) in [
        (json!({"$neq": 1}), json!(1), "$neq", json!(1)),
        (json!({"$not": 1}), json!(1), "$neq", json!(1)),
        (json!({"$not": {"$in": [1, 2]}}), json!(1), "$nin", json!([1, 2])),
        (json!({"$nin": [1]}), json!([3, 1]), "$nin", json!([1])),
        (json!({"$not": {"$exists": true}}), json!(1), "$exists", json!(false)),
        (json!({"$not": {"$gte": 180}}), json!(187.5), "$not", json!({"$gte": 180})),
        (json!({"$not": {"$regex": "a"}}), json!("ab"), "$not", json!({"$regex": "a"})),
        (json!({"$number": {"$neq": 1}}), json!("1"), "$number", json!({"$neq": 1})),
        (json!({"$not": {"$number": {"$gt": 1}}}), json!("2"), "$not", json!({"$number": {"$gt": 1}})),
        (json!({"$not": {"$not": {"$gt": 1}}}), json!(1), "$gt", json!(1)),
        (json!({"$not": {"$or": [{"$lt": 1}, {"$gt": 5}]}}), json!(7), "$not", json!({"$gt": 5})),
    ] {
        let told = said(json!({"a": condition}), json!({"a": data}));
        assert_eq!(told, ("/data/a".into(), operator, wanted, Some(data)), "{condition}");
    }
    assert_eq!(said(json!({"a": {"$not": {}}}), json!(1)), (String::new(), "$not", json!({}), None), "never holds");
}

#[test]
fn of_alternatives_each_tells_why_it_is_none() {
    let range = json!({"price": {"$or": [{"$lt": 1}, {"$gt": 5}]}});
    let price = |operator, wanted| ("/data/price".to_owned(), operator, wanted, Some(json!(3)));
    assert_eq!(all_said(range, json!({"price": 3})), [price("$lt", json!(1)), price("$gt", json!(5))]);
    // Of each the first clause that fails; alternatives of alternatives are alternatives.
    let nested = json!({"$or": [{"a": 1, "b": 2}, {"$or": [{"c": 3}, {"a": {"$lt": 0}}]}]});
    let said = all_said(nested, json!({"a": 1, "b": 1}));
    let places: Vec<_> = said.iter().map(|(place, operator, ..)| (place.as_str(), *operator)).collect();
    assert_eq!(places, [("/data/b", "$eq"), ("/data/c", "$eq"), ("/data/a", "$lt")]);
    // Both hold, and one of them must not.
    let both = json!({"$not": {"a": 1, "b": {"$gt": 0}}});
    let said = all_said(both, json!({"a": 1, "b": 7}));
    assert_eq!(said[0], ("/data/a".into(), "$neq", json!(1), Some(json!(1))));
    assert_eq!(said[1], ("/data/b".into(), "$not", json!({"$gt": 0}), Some(json!(7))));
}

#[test]
fn what_is_told_is_bounded_and_says_that_it_is() {
    let refusal = |condition: Value, data: Value| refused(&json!({ "data": condition }), "a", &data).unwrap();
    let told = |condition: Value, data: Value| refusal(condition, data).clauses.remove(0);
    let names: Vec<String> = (0..1000).map(|n| format!("symbol {n}")).collect();
    let clause = told(json!({"a": {"$in": names}}), json!({"a": "x".repeat(100_000)}));
    assert!(clause.shortened && clause.wanted.to_string().len() < 2_000);
    assert!(clause.found.unwrap().to_string().len() < 2_000);
    let items: Vec<Value> = (0..100).map(|n| json!({ "n": n })).collect();
    let clause = told(json!({"a": {"n": {"$gt": 100}}}), json!({"a": items}));
    assert_eq!((clause.found, clause.shortened), (Some(json!([0, 1, 2, 3, 4, 5, 6, 7])), true));
    assert!(!told(json!({"a": 1}), json!({"a": [{"b": 1}]})).shortened);
    let many: Vec<Value> = (0..100).map(|n| json!({"a": n})).collect();
    let alternatives = refusal(json!({ "$or": many }), json!({"a": -1}));
    assert_eq!((alternatives.clauses.len(), alternatives.more), (8, true));
}

#[test]
fn an_explanation_takes_no_more_steps_than_there_are() {
    let filter = parse(&json!({"data": {"$or": [{"a": {"$contains": "x"}}, {"a": {"$contains": "y"}}]}}));
    let event = event("a", &json!({"a": "b".repeat(10_000)}));
    assert!(filter.explain(&Object::new(&event), 0, &mut 10_000).is_none());
    let (mut left, mut left_of_deciding) = (1_000_000, 1_000_000);
    assert!(filter.explain(&Object::new(&event), 0, &mut left).is_some());
    assert_eq!(filter.decide(&Object::new(&event), 0, &mut left_of_deciding), Some(false));
    assert!(left_of_deciding - left < 100, "it looks once more at what it tells");
}

/// The filter that says nothing but this clause.
fn alone(clause: &Clause) -> Value {
    let test = json!({ clause.operator: clause.wanted });
    clause.path.iter().rev().fold(test, |inner, name| {
        let name = if name.starts_with('$') { format!("${name}") } else { name.clone() };
        json!({ name: inner })
    })
}

/// A value that passes, if one follows from what is wanted; nothing there, where something must not be.
fn mended(clause: &Clause) -> Option<Option<Value>> {
    let wanted = clause.wanted.clone();
    Some(match clause.operator {
        "$eq" | "$gte" | "$lte" | "$startsWith" | "$endsWith" => Some(wanted),
        "$exists" => wanted.as_bool().filter(|is_there| *is_there).map(Value::from),
        "$contains" => Some(json!([wanted])),
        "$in" => Some(wanted.get(0)?.clone()),
        "$neq" | "$nin" | "$not" => None,
        // `$gt`, `$lt` and `$regex` name no value that passes.
        _ => return None,
    })
}

/// The event with this value at the clause's place, whatever was on the way.
fn with(event_type: &str, data: &Value, path: &[String], value: Option<Value>) -> Map<String, Value> {
    let mut event = event(event_type, data);
    let Some((field, keys)) = path.split_first() else { return event };
    match value.map(|value| keys.iter().rev().fold(value, |inner, name| json!({ name: inner }))) {
        Some(value) => event.insert(field.clone(), value),
        None => event.remove(field),
    };
    event
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn there_is_an_explanation_exactly_where_the_answer_is_no_and_it_is_true(
        filter in filter(),
        event_type in prop::sample::select(&["a", "a.b", "b.b"][..]),
        data in data(),
    ) {
        let refusal = refused(&filter, event_type, &data);
        prop_assert_eq!(refusal.is_none(), matches_of(&filter, event_type, &data));
        let Some(Refusal { clauses, .. }) = refusal else { return Ok(()) };
        prop_assert!(!clauses.is_empty());
        for clause in clauses.iter().filter(|clause| !clause.path.is_empty() && !clause.shortened) {
            let alone = alone(clause);
            prop_assert!(!matches_of(&alone, event_type, &data), "{} says no to {}", alone, data);
            let Some(value) = mended(clause) else { continue };
            let event = with(event_type, &data, &clause.path, value);
            prop_assert!(parse(&alone).matches(&Object::new(&event)), "{} says yes to {:?}", alone, event);
        }
    }
}
