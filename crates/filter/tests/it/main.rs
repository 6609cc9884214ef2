//! What filters say, one fact each, and the same from an interpreter that is written differently.

mod explain;
mod oracle;
mod samples;

use lanehook_filter::{Error, Field, Filter, Kind, Object, ROOM, Schema, compilations, compiled_bytes};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use self::samples::{anything, condition, data, filter};

/// What happened to something.
#[derive(Debug)]
struct Event;

impl Schema for Event {
    const FIELDS: &'static [Field] = &[
        Field { name: "id", kind: Kind::Text },
        Field { name: "type", kind: Kind::Text },
        Field { name: "colour", kind: Kind::Canonical { what: "a colour", example: "red", read: colour } },
        Field { name: "version", kind: Kind::Number },
        Field { name: "data", kind: Kind::Json },
    ];
    const NOUN: &'static str = "an event";
    const EXAMPLE: &'static str = r#"{"data":{"symbol":"AAPL"}}"#;
}

/// In small letters.
fn colour(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    ["red", "green"].contains(&text.as_str()).then_some(text)
}

fn event(event_type: &str, data: &Value) -> Map<String, Value> {
    Map::from_iter([("type".into(), event_type.into()), ("data".into(), data.clone())])
}

fn parse(filter: &Value) -> Filter<Event> {
    Filter::<Event>::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error:?}"))
}

fn matches(filter: &Value, data: &Value) -> bool {
    matches_of(filter, "price.alert", data)
}

fn matches_of(filter: &Value, event_type: &str, data: &Value) -> bool {
    parse(filter).matches(&Object::new(&event(event_type, data)))
}

/// Whether a condition on `data.a` holds.
fn holds(condition: Value, data: Value) -> bool {
    matches(&json!({ "data": { "a": condition } }), &data)
}

fn error(filter: Value) -> (String, String) {
    let Error { pointer, message } = Filter::<Event>::parse(&filter).unwrap_err();
    (pointer, message)
}

#[test]
fn all_members_of_an_object_must_hold() {
    let filter = json!({"data": {"symbol": {"$in": ["AAPL", "MSFT"]}, "price": {"$gte": 180, "$lt": 200}}});
    assert!(matches(&filter, &json!({"symbol": "AAPL", "price": 180})));
    assert!(!matches(&filter, &json!({"symbol": "AAPL", "price": 200})));
    assert!(!matches(&filter, &json!({"symbol": "TSLA", "price": 180})));
    assert!(!matches(&filter, &json!({"symbol": "AAPL"})));
    assert!(matches(&json!({}), &json!(null)));
}

#[test]
fn a_missing_field_passes_only_what_is_negative() {
    for condition in [
        json!(null),
        json!({"$eq": 1}),
        json!({"$in": [1, null]}),
        json!({"$gt": 0}),
        json!({"$lte": "z"}),
        json!({"$contains": "x"}),
        json!({"$regex": ""}),
        json!({"$startsWith": ""}),
        json!({"$endsWith": ""}),
        json!({"$exists": true}),
        json!({"b": 1}),
    ] {
        assert!(!holds(condition.clone(), json!({"b": 1})), "{condition}");
        assert!(holds(json!({"$not": condition}), json!({"b": 1})));
    }
    for condition in [json!({"$neq": 1}), json!({"$nin": [1]}), json!({"$exists": false}), json!({"b": {"$neq": 1}})] {
        assert!(holds(condition.clone(), json!({"b": 1})), "{condition}");
    }
}

#[test]
fn null_is_a_value() {
    assert!(holds(json!(null), json!({"a": null})));
    assert!(holds(json!({"$exists": true}), json!({"a": null})));
    assert!(!holds(json!({"$gte": 0}), json!({"a": null})));
}

#[test]
fn only_like_is_compared_with_like() {
    assert!(!holds(json!({"$gt": 1}), json!({"a": "2"})));
    assert!(!holds(json!({"$gt": "1"}), json!({"a": 2})));
    assert!(!holds(json!({"$gte": 0}), json!({"a": true})));
    assert!(holds(json!({"$gt": "2026-01-01"}), json!({"a": "2026-01-31T12:00:00Z"})));
    assert!(holds(json!({"$gt": 9007199254740992i64}), json!({"a": 9007199254740993i64})));
    assert!(!holds(json!(9007199254740992.0), json!({"a": 9007199254740993i64})));
    assert!(holds(json!(1.0), json!({"a": 1})));
}

#[test]
fn numbers_in_texts_are_compared_where_that_is_asked_for() {
    let number = |test: Value| json!({ "$number": test });
    for (value, at_least_180) in [
        (json!("187.25"), true),
        (json!(187.25), true),
        (json!("180.00"), true),
        (json!("9"), false),
        (json!(["x", "200"]), true),
        (json!("about 200"), false),
        (json!(true), false),
        (json!(null), false),
    ] {
        assert_eq!(holds(number(json!({"$gte": 180})), json!({"a": value})), at_least_180, "{value}");
    }
    assert!(holds(number(json!({"$gte": 1, "$lt": 5})), json!({"a": "4.5"})));
    assert!(holds(number(json!(5)), json!({"a": "5.0"})) && !holds(json!(5), json!({"a": "5.0"})));
    assert!(holds(number(json!({"$in": [1, 5]})), json!({"a": "5"})));
    assert!(holds(number(json!({"$neq": 5})), json!({})), "what is missing passes what is negative");
    assert!(!holds(number(json!({"$nin": [5]})), json!({"a": "5"})));
    let check = |test: Value, pointer: &str, part: &str| {
        let (place, message) = error(json!({"data": {"p": {"$number": test}}}));
        assert!(place == format!("/data/p/$number{pointer}") && message.contains(part), "{place} {message}");
    };
    check(json!({"$gte": "180"}), "/$gte", "write 180 without quotes");
    check(json!({"$gte": true}), "/$gte", "with a number");
    check(json!({"$regex": "1"}), "/$regex", "possible here are $eq");
    check(json!({"$in": 5}), "/$in", "a list of numbers");
    check(json!({"$in": [5, "x"]}), "/$in/1", "with a number");
    check(json!({}), "", "like {\"$gte\":180}");
    check(json!("180"), "", "like");
    check(serde_json::from_str("123456789012345678901").unwrap(), "", "rounded");
    let doubts = parse(&json!({"data": {"p": {"$number": {"$in": []}}, "number": 5}})).doubts();
    assert_eq!(doubts.iter().map(|doubt| doubt.pointer.as_str()).collect::<Vec<_>>(), ["/data/p/$number/$in"]);
}

#[test]
fn a_list_stands_for_itself_and_for_each_of_its_elements() {
    assert!(holds(json!("x"), json!({"a": ["y", "x"]})));
    assert!(holds(json!({"$eq": ["y", "x"]}), json!({"a": ["y", "x"]})));
    assert!(holds(json!({"$eq": ["x"]}), json!({"a": [["x"]]})));
    assert!(!holds(json!("x"), json!({"a": [["x"]]})));
    assert!(!holds(json!({"$neq": "x"}), json!({"a": ["y", "x"]})));
    assert!(holds(json!({"$gt": 5}), json!({"a": [1, 9]})));
    assert!(holds(json!({"$gt": 5, "$lt": 3}), json!({"a": [1, 9]})));
    assert!(holds(json!({"$startsWith": "ab"}), json!({"a": [1, "abc"]})));
}

#[test]
fn a_list_of_objects_stands_for_each_of_them() {
    let items = json!({"a": [{"sku": "X", "count": 1}, {"sku": "Y", "count": 9}]});
    assert!(holds(json!({"sku": "Y"}), items.clone()));
    assert!(holds(json!({"sku": "X", "count": 9}), items.clone()));
    assert!(!holds(json!({"sku": {"$neq": "X"}}), items.clone()));
    assert!(!holds(json!({"0": {"sku": "X"}}), items));
}

#[test]
fn contains_looks_for_an_element_or_a_part() {
    assert!(holds(json!({"$contains": "b"}), json!({"a": "abc"})));
    assert!(holds(json!({"$contains": "b"}), json!({"a": ["a", "b"]})));
    assert!(!holds(json!({"$contains": "b"}), json!({"a": ["abc"]})));
    assert!(holds(json!({"$contains": {"x": 1}}), json!({"a": [{"x": 1.0}]})));
    assert!(!holds(json!({"$contains": 1}), json!({"a": 1})));
}

#[test]
fn keys_are_literal_and_dollars_can_be_written() {
    assert!(holds(json!({"b.c": 1}), json!({"a": {"b.c": 1}})));
    assert!(!holds(json!({"b.c": 1}), json!({"a": {"b": {"c": 1}}})));
    assert!(holds(json!({"$$type": 1}), json!({"a": {"$type": 1}})));
    assert!(holds(json!({"$$$type": 1}), json!({"a": {"$$type": 1}})));
}

#[test]
fn every_field_can_be_asked_for() {
    let full = json!({"id": "e1", "type": "price.alert", "colour": "red", "version": 3, "data": "x"});
    let full = full.as_object().unwrap();
    for filter in [
        json!({"id": "e1"}),
        json!({"type": {"$startsWith": "price."}}),
        json!({"version": {"$gte": 3}, "colour": "red"}),
        json!({"data": "x"}),
    ] {
        assert!(parse(&filter).matches(&Object::new(full)), "{filter}");
    }
    let few = event("price.alert", &json!("x"));
    assert!(!parse(&json!({"version": {"$lt": 9}})).matches(&Object::new(&few)));
    assert!(parse(&json!({"id": {"$exists": false}})).matches(&Object::new(&few)));
}

#[test]
fn operands_are_brought_into_the_form_that_their_field_has() {
    let red = json!({"colour": "red"});
    let red = red.as_object().unwrap();
    for operand in
        [json!("RED"), json!({"$in": ["Green", "Red"]}), json!({"$gte": "GREEN"}), json!({"$startsWith": "r"})]
    {
        assert!(parse(&json!({ "colour": operand })).matches(&Object::new(red)), "{operand}");
    }
    assert_eq!(error(json!({"colour": {"$gt": "loud"}})).0, "/colour/$gt");
    assert!(error(json!({"colour": "loud"})).1.contains("`loud` is not a colour; write it like red"));
    let (place, message) = error(json!({"colour": {"$in": ["red", 5]}}));
    assert_eq!(
        (place.as_str(), message.as_str()),
        ("/colour/$in/1", "`colour` is compared with a colour, like \"red\"")
    );
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_the_fix() {
    let check = |filter: Value, pointer: &str, part: &str| {
        let (place, message) = error(filter);
        assert_eq!(place, pointer, "{message}");
        assert!(message.contains(part), "{message}");
    };
    check(
        json!({"data": {"price": {"$gtt": 1}}}),
        "/data/price/$gtt",
        "unknown operator `$gtt`, perhaps `$gt`; possible are $eq",
    );
    check(json!({"data": {"price": {"$ne": 1}}}), "/data/price/$ne", "perhaps `$neq`");
    check(json!({"symbol": "AAPL"}), "/symbol", "{\"data\":{\"symbol\":\"AAPL\"}}");
    check(json!({"data.symbol": "AAPL"}), "/data.symbol", "goes under `data`");
    check(json!({"type": {"name": 1}}), "/type/name", "only `data` has");
    check(json!({"$eq": 1}), "/$eq", "under one");
    check(json!("AAPL"), "", "a filter is an object");
    check(json!({"data": {"a/b~": ["x"]}}), "/data/a~1b~0", "{\"$in\":[…]}");
    check(json!({"$or": []}), "/$or", "at least one");
    check(json!({"$and": []}), "/$and", "at least one");
    check(json!({"$or": {}}), "/$or", "list of conditions");
    check(json!({"$or": [{}, {"data": {"x": {"$gt": true}}}]}), "/$or/1/data/x/$gt", "a number or a text");
    check(json!({"data": {"x": {"$in": "AAPL"}}}), "/data/x/$in", "a list");
    check(json!({"data": {"x": {"$in": [1, [2]]}}}), "/data/x/$in/1", "a list of texts");
    check(json!({"data": {"x": {"$exists": 1}}}), "/data/x/$exists", "true or false");
    check(json!({"data": {"x": {"$startsWith": 1}}}), "/data/x/$startsWith", "a text");
    for never in [json!(5), json!(null), json!({"$in": [true]}), json!({"$eq": {}}), json!({"$contains": ["a"]})] {
        let (place, message) = error(json!({"type": never}));
        assert!(place.starts_with("/type") && message.contains("a text"), "{place} {message}");
    }
    check(json!({"version": "2"}), "/version", "a number");
    check(json!({"version": {"$gte": "2"}}), "/version/$gte", "a number");
    check(json!({"version": {"$startsWith": "2"}}), "/version/$startsWith", "no parts");
    check(json!({"id": null}), "/id", "$exists");
    check(json!({"data": {"x": {"$regex": "(?=a)b"}}}), "/data/x/$regex", "look-around");
    check(json!({"data": {"x": {"$regex": "(a)\\1"}}}), "/data/x/$regex", "backreferences are not supported");
    check(json!({"data": {"x": {"$regex": "(\\w{99}){99}"}}}), "/data/x/$regex", "too large");
    check(json!({"data": {"x": {"$regex": "a".repeat(2000)}}}), "/data/x/$regex", "1024");
}

#[test]
fn filters_have_limits() {
    let nested = |levels: usize| (1..levels).fold(json!({}), |inner, _| json!({ "$not": inner }));
    assert!(Filter::<Event>::parse(&nested(16)).is_ok());
    assert!(error(nested(17)).1.contains("16 levels"));
    let clauses = |count: usize| json!({ "$or": vec![json!({ "$not": {} }); count] });
    assert!(Filter::<Event>::parse(&clauses(999)).is_ok());
    assert!(error(clauses(1000)).1.contains("1000 clauses"));
    let list = |count: usize| json!({"data": {"$in": (0..count).collect::<Vec<_>>()}});
    assert!(Filter::<Event>::parse(&list(1000)).is_ok());
    assert!(error(list(1001)).1.contains("1000 values"));
    assert!(error(json!({"data": "x".repeat(70_000)})).1.contains("65536 bytes"));
    let patterns = |count: usize| json!({ "$or": vec![json!({"data": {"$regex": "a"}}); count] });
    assert!(Filter::<Event>::parse(&patterns(16)).is_ok());
    assert!(error(patterns(17)).1.contains("join them"));
}

#[test]
fn a_filter_that_could_take_long_is_refused_with_its_heaviest_clause() {
    let or = |clause: Value, count: usize| json!({ "$or": vec![json!({ "data": clause }); count] });
    let (place, message) = error(or(json!(1), 700));
    assert!(message.contains("weighs 2100, and 2000 is possible"), "{message}");
    assert_eq!(place, "/$or/0/data");
    let (place, message) =
        error(json!({"data": {"a": 1, "b": {"$regex": "[ab]*a[ab]{300}c"}, "c": {"$contains": "x"}}}));
    assert!(place == "/data/b/$regex" && message.contains("2000 is possible"), "{place} {message}");
    let kept = Filter::<Event>::kept(&or(json!(1), 700)).unwrap();
    assert!(kept.matches(&Object::new(json!({"data": 1}).as_object().unwrap())), "what was kept before goes on");
}

#[test]
fn deciding_takes_no_more_than_the_bound_on_documents_made_to_be_long() {
    let text = json!("ab".repeat(20_000));
    for (clause, data) in [
        (json!({"$contains": "x"}), text.clone()),
        (json!({"$contains": "x"}), json!(vec!["y"; 10_000])),
        (json!({"$regex": "^x[a-z]{3}"}), text.clone()),
        (json!({"$regex": "[ab]*a[ab]{20}c"}), text.clone()),
        (json!({"$startsWith": "x"}), json!(vec![""; 10_000])),
        (json!(7), json!(vec![1; 20_000])),
        (json!({"$in": (100..1100).collect::<Vec<_>>()}), json!(vec![1; 20_000])),
        (json!({"$number": 7}), json!(vec!["1"; 10_000])),
        (json!({"$number": {"$in": (100..1100).collect::<Vec<_>>()}}), json!(vec![1; 20_000])),
        (json!({"$eq": [1, 2]}), json!(vec![json!([1, 3]); 5_000])),
        (json!({"a": 7}), json!(vec![json!({}); 10_000])),
        (json!({"a": {"b": {"c": 7}}}), json!(vec![json!({"a": {"b": {"c": [1]}}}); 2_000])),
    ] {
        // As many as can be.
        let or = |count: usize| json!({ "$or": vec![json!({ "data": clause }); count] });
        let more = |count: usize| count * 5 / 4 + 1;
        let counts = std::iter::successors(Some(1), |&count| Some(more(count)));
        let filters = counts.map_while(|count| Some((count, Filter::<Event>::parse(&or(count)).ok()?)));
        let (count, filter) = filters.last().unwrap();
        let document = json!({ "data": data });
        let bound = 2_000 * document.to_string().len() as u64;
        let mut left = bound;
        // Patterns are compiled from here on.
        filter.matches(&Object::new(document.as_object().unwrap()));
        assert_eq!(filter.decide(&Object::new(document.as_object().unwrap()), 0, &mut left), Some(false), "{clause}");
        let taken = bound - left;
        let is_heaviest = error(or(more(count))).1.contains("weighs");
        assert!(!is_heaviest || taken > bound / 20, "the bound says something: {clause} {taken} {bound}");
        let mut left = taken - 1;
        assert_eq!(filter.decide(&Object::new(document.as_object().unwrap()), 0, &mut left), None, "{clause}");
        let mut left = taken;
        assert_eq!(filter.decide(&Object::new(document.as_object().unwrap()), 0, &mut left), Some(false), "{clause}");
        assert_eq!(left, 0);
    }
}

#[test]
fn a_filter_reads_back_and_says_nothing_of_itself_in_logs() {
    let json = json!({"data": {"account": "DE89-secret"}});
    let filter: Filter<Event> = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&filter).unwrap(), json);
    assert!(!format!("{filter:?}").contains("secret"));
    let error = serde_json::from_value::<Filter<Event>>(json!({"data": {"x": {"$gtt": 1}}})).unwrap_err();
    assert!(error.to_string().starts_with("at /data/x/$gtt: unknown operator"), "{error}");
}

#[test]
fn what_the_program_makes_can_be_long_and_has_no_json() {
    let list: Vec<String> = (0..1001).map(|n| format!("S{n}")).collect();
    assert!(Filter::<Event>::parse(&json!({"data": {"$in": list}})).is_err());
    let made = Filter::<Event>::has_one_of(&[&["data", "a", "b"], &["type"]], &list).unwrap();
    let matches = |name: &str, data: Value| made.matches(&Object::new(&event(name, &data)));
    assert!(matches("S1000", json!(1)) && matches("x", json!({"a": {"b": ["S7"]}})));
    assert!(!matches("x", json!({"a": "S7", "b": "S7"})));
    assert!(made.json().is_none() && serde_json::to_value(&made).is_err() && made == made.clone());
    assert!(Filter::<Event>::has_one_of(&[&["no_such_field"]], &list).is_none());
}

#[test]
fn index_keys_are_what_a_document_must_have() {
    let keys = |filter: Value| {
        let filter = parse(&filter);
        filter.index_keys(4, &|keys| keys.len() as u64).map(|keys| (keys.any_of.len(), keys.suffice))
    };
    assert_eq!(keys(json!({"data": {"s": "A"}})), Some((1, true)));
    assert_eq!(keys(json!({"data": {"s": {"$in": ["A", "B"]}, "p": {"$gt": 1}}})), Some((1, false)));
    assert_eq!(keys(json!({"$or": [{"data": {"s": "A"}}, {"data": {"t": {"$in": [1, 2]}}}]})), Some((3, true)));
    assert_eq!(keys(json!({"$or": [{"data": {"s": "A"}}, {"data": {"s": {"$neq": "B"}}}]})), None);
    assert_eq!(keys(json!({"$not": {"data": {"s": {"$neq": "A"}}}})), Some((1, true)));
    assert_eq!(keys(json!({"data": {"s": {"$in": []}}})), Some((0, true)));
    assert_eq!(keys(json!({})), None);
    // Instead of more than four: anything at their paths.
    assert_eq!(keys(json!({"data": {"s": {"$in": [1, 2, 3, 4]}}})), Some((4, true)));
    assert_eq!(keys(json!({"data": {"s": {"$in": [1, 2, 3, 4, 5]}}})), Some((1, false)));
    let two_of = |member: &str, from: i32| json!({"data": {member: {"$in": [from, from + 1]}}});
    assert_eq!(keys(json!({"$or": [two_of("s", 1), two_of("s", 3), two_of("t", 5)]})), Some((2, false)));
    let paths: Vec<Value> = ["a", "b", "c", "d", "e"].iter().map(|member| json!({"data": {*member: 1}})).collect();
    assert_eq!(keys(json!({ "$or": paths })), None);
}

#[test]
fn a_footprint_follows_what_is_kept() {
    let of = |filter: Value| parse(&filter).footprint(100);
    let list =
        |count: usize| json!({"data": {"s": {"$in": (0..count).map(|n| format!("S{n:04}")).collect::<Vec<_>>()}}});
    let (ten, hundred, more) = (of(list(10)), of(list(100)), of(list(101)));
    assert!((70..90).contains(&((hundred - ten) / 90)), "{ten} {hundred}");
    assert!(more < hundred / 2, "it is filed under one key: {more} {hundred}");
    let clause = json!({"data": {"s": "S0000"}});
    let any = |count: usize| of(json!({ "$or": vec![clause.clone(); count] }));
    assert!(any(10) > 9 * any(1) && of(json!({ "$and": vec![clause.clone(); 10] })) < any(10));
    let deep = of(json!({"data": {"a": {"b": {"c": {"d": {"e": 1}}}}}}));
    assert!(deep > of(clause) + 4 * 400, "{deep}");
    let lists = json!({"data": {"s": {"$eq": vec![1; 100]}}});
    assert!(of(lists) > 100 * size_of::<Value>());
}

#[test]
fn whole_numbers_that_would_be_rounded_are_refused() {
    let number: Value = serde_json::from_str("123456789012345678901").unwrap();
    for filter in [
        json!({"data": {"id": number}}),
        json!({"data": {"id": {"$in": [1, number]}}}),
        json!({"data": {"id": {"$gte": number}}}),
        json!({"data": {"id": {"$eq": {"n": [number]}}}}),
    ] {
        let (_, message) = error(filter.clone());
        assert!(message.contains("publish them as texts"), "{filter}: {message}");
        // What was saved before stays.
        assert!(Filter::<Event>::kept(&filter).is_ok(), "{filter}");
    }
    assert!(matches(&json!({"data": {"n": {"$lt": 18_446_744_073_709_551_615_u64}}}), &json!({"n": 0.5})));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn filters_agree_with_the_plain_interpreter(filter in filter(), data in data()) {
        let facts = |name: &str| matches_of(&filter, name, &data);
        for name in ["a.b", "b.b"] {
            prop_assert_eq!(facts(name), oracle::holds(&filter, name, &data), "{} {}", filter, data);
        }
    }

    #[test]
    fn negative_operators_are_exact_complements(
        condition in condition(),
        value in data(),
        other in data(),
        data in data(),
    ) {
        for (one, opposite) in [
            (condition.clone(), json!({ "$not": condition })),
            (json!({ "$eq": value }), json!({ "$neq": value })),
            (json!({ "$in": scalars(&other) }), json!({ "$nin": scalars(&other) })),
            (json!({ "$exists": true }), json!({ "$exists": false })),
        ] {
            prop_assert_ne!(holds(one.clone(), data.clone()), holds(opposite, data.clone()), "{} {}", one, data);
        }
        let outside = matches(&json!({"$not": {"data": {"a": condition}}}), &data);
        prop_assert_eq!(holds(json!({ "$not": condition }), data), outside);
    }

    #[test]
    fn and_or_and_all_are_what_they_are_called(a in filter(), b in filter(), data in data()) {
        let (x, y) = (matches(&a, &data), matches(&b, &data));
        prop_assert_eq!(matches(&json!({ "$and": [a, b] }), &data), x && y);
        prop_assert_eq!(matches(&json!({ "$or": [a, b] }), &data), x || y);
        prop_assert_eq!(matches(&json!({ "$not": { "$and": [a, b] } }), &data), !x || !y);
        let all = Filter::all([parse(&a), parse(&b)]).unwrap();
        prop_assert_eq!(all.matches(&Object::new(&event("price.alert", &data))), x && y);
    }

    #[test]
    fn any_json_is_read_without_panic_and_what_is_taken_reads_back(json in anything(), data in anything()) {
        if let Ok(filter) = Filter::<Event>::parse(&json) {
            prop_assert_eq!(serde_json::to_value(&filter).unwrap(), json);
            let _ = filter.matches(&Object::new(&event("price.alert", &data)));
            let text = serde_json::to_string(&filter).unwrap();
            prop_assert_eq!(serde_json::from_str::<Filter<Event>>(&text).unwrap(), filter);
        }
    }

    #[test]
    fn filters_of_the_right_shape_are_taken(filter in filter()) {
        prop_assert!(Filter::<Event>::parse(&filter).is_ok());
    }
}

fn scalars(value: &Value) -> Vec<Value> {
    let inside = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    inside(value).into_iter().filter(|value| !value.is_array() && !value.is_object()).collect()
}

/// A filter of 16 patterns as large as they may be, each another.
fn of_large_patterns(number: usize) -> Value {
    let pattern = |place: usize| format!(r"^(?:[a-f]{{30}}|\d{{2}}|[g-m]{{40}}){number}x{place}");
    json!({ "$or": (0..16).map(|place| json!({"data": {"$regex": pattern(place)}})).collect::<Vec<_>>() })
}

#[test]
fn patterns_take_no_more_memory_than_their_room_and_are_found_all_the_same() {
    let filters: Vec<Filter<Event>> = (0..50).map(|number| Filter::kept(&of_large_patterns(number)).unwrap()).collect();
    assert_eq!(filters.iter().map(Filter::patterns).sum::<usize>(), 50 * 16);
    for round in 0..2 {
        for (number, filter) in filters.iter().enumerate() {
            let document = |text: String| json!({ "data": text });
            let (wanted, other) = (document(format!("{}{number}x15", "g".repeat(40))), document("g".repeat(60)));
            for (document, expected) in [(wanted, true), (other, false)] {
                let mut steps = u64::MAX;
                let decided = filter.decide(&Object::new(document.as_object().unwrap()), round, &mut steps);
                assert_eq!(decided, Some(expected), "{number}");
            }
            assert!(compiled_bytes() <= ROOM);
        }
    }
    assert!(compiled_bytes() > ROOM / 2, "{}: they would be more", compiled_bytes());
}

#[test]
fn a_pattern_that_is_not_compiled_is_not_compiled_where_there_is_no_time_for_it() {
    let filter = Filter::<Event>::parse(&json!({"data": {"$regex": "^never compiled before$"}})).unwrap();
    let document = json!({"data": "never compiled before"});
    let decide = |mut steps: u64| filter.decide(&Object::new(document.as_object().unwrap()), 7, &mut steps);
    assert_eq!(decide(100_000), None);
    assert_eq!(decide(u64::MAX), Some(true));
    assert_eq!(decide(100_000), Some(true), "now it is");
}

/// `cargo test --release -p lanehook-filter -- --ignored --nocapture what_patterns_cost`
#[test]
#[ignore = "measures"]
fn what_patterns_cost() {
    let resident = || {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        (statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096) >> 20
    };
    let document = json!({ "data": "g".repeat(60) });
    let began = std::time::Instant::now();
    let filters: Vec<Filter<Event>> = (0..300).map(|n| Filter::kept(&of_large_patterns(n)).unwrap()).collect();
    println!("300 filters of 16 patterns: kept in {:?}, {} MB", began.elapsed(), resident());
    for round in 0..3 {
        let began = std::time::Instant::now();
        for filter in &filters {
            assert!(!filter.matches(&Object::new(document.as_object().unwrap())));
        }
        println!("asked ({round}) in {:?}, {} MB, {} compilations", began.elapsed(), resident(), compilations());
    }
}
