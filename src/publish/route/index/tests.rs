//! The index finds what asking every webhook finds, whatever was entered, changed and taken out before.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::*;
use crate::model::{EventType, Serial};

/// The filter crate's.
#[path = "../../../../crates/filter/tests/it/samples.rs"]
#[allow(dead_code, reason = "the crate uses more of them")]
mod samples;

fn index() -> Index {
    Index::of(TenantKey(1))
}

fn key(number: i64) -> WebhookKey {
    WebhookKey(Serial::nth(number))
}

fn patterns(names: &[&str]) -> Vec<TypePattern> {
    names.iter().map(|name| TypePattern::parse(name).unwrap()).collect()
}

fn filter(json: Value) -> Option<Filter> {
    Some(Filter::parse(&json).unwrap())
}

fn name(text: &str) -> EventType {
    EventType::parse(text).unwrap()
}

fn found(index: &Index, event_type: &str, data: Value) -> Vec<i64> {
    let name = name(event_type);
    index.matching(&Facts::new(&name, &data)).into_iter().map(|webhook| webhook.0.number()).collect()
}

impl Index {
    /// How many webhooks an event is compared with, whether or not they want it.
    fn looked_at(&self, event: &Facts<'_>) -> usize {
        let lists = iter::once(PostingList::UNFILTERED).chain(self.postings.in_event(event));
        let patterns = self.patterns.of(event.event_type());
        let among = |place: &Place, list| place.list == list && patterns.contains(&place.pattern);
        lists.map(|list| self.places.iter().filter(|place| among(place, list)).count()).sum()
    }

    fn has_nothing_left(&self) -> bool {
        self.numbers.is_empty()
            && self.places.is_empty()
            && self.filtered == 0
            && self.postings.is_empty()
            && self.patterns.is_empty()
    }
}

#[test]
fn webhooks_are_found_by_type_and_filter() {
    let mut index = index();
    index.enter(key(1), &[], None);
    index.enter(key(2), &patterns(&["price.*"]), filter(json!({"data": {"symbol": {"$in": ["A", "B"]}}})));
    index.enter(key(3), &patterns(&["price.alert", "news"]), filter(json!({"data": {"price": {"$gt": 5}}})));
    index.enter(key(4), &[], None);
    index.enter(key(5), &[], filter(json!({"data": {"symbol": {"$in": []}}})));
    assert_eq!(found(&index, "price.alert", json!({"symbol": "B", "price": 6})), [1, 2, 3, 4]);
    assert_eq!(found(&index, "price.alert", json!({"symbol": ["x", "A"], "price": 5})), [1, 2, 4]);
    assert_eq!(found(&index, "news", json!({"symbol": "A", "price": 9})), [1, 3, 4]);
    assert_eq!(found(&index, "other", json!(1)), [1, 4]);
}

#[test]
fn a_webhook_that_changes_is_found_as_it_is_now() {
    let mut index = index();
    index.enter(key(1), &[], filter(json!({"data": {"symbol": "A"}})));
    index.enter(key(1), &[], filter(json!({"data": {"symbol": "B"}})));
    assert_eq!(found(&index, "x", json!({"symbol": "A"})), [0i64; 0]);
    assert_eq!(found(&index, "x", json!({"symbol": "B"})), [1]);
    index.remove(key(1));
    index.remove(key(1));
    assert!(index.has_nothing_left());
}

#[test]
fn numbers_are_found_however_they_are_written() {
    let mut index = index();
    index.enter(key(1), &[], filter(json!({"data": {"n": 1.0}})));
    index.enter(key(2), &[], filter(json!({"data": {"n": 9007199254740993i64}})));
    assert_eq!(found(&index, "x", json!({"n": 1})), [1]);
    assert_eq!(found(&index, "x", json!({"n": 9007199254740993i64})), [2]);
    assert_eq!(found(&index, "x", json!({"n": 9007199254740992i64})), [0i64; 0]);
}

#[test]
fn parts_of_texts_and_elements_of_lists_are_found() {
    let mut index = index();
    index.enter(key(1), &[], filter(json!({"data": {"s": {"$contains": "b"}}})));
    assert_eq!(found(&index, "x", json!({"s": "abc"})), [1]);
    assert_eq!(found(&index, "x", json!({"s": ["b"]})), [1]);
    assert_eq!(found(&index, "x", json!({"s": ["abc"]})), [0i64; 0]);
    assert_eq!(found(&index, "x", json!([{"s": "b"}])), [1]);
}

#[test]
fn data_is_not_read_where_nobody_asks_for_it() {
    let mut index = index();
    index.enter(key(1), &[], None);
    let name = name("x");
    let facts = Facts::unread(&name, b"{}");
    assert_eq!(index.matching(&facts), [key(1)]);
    assert!(!facts.data_was_read());
    index.enter(key(2), &[], filter(json!({"data": {"symbol": "A"}})));
    assert_eq!(index.matching(&facts), [key(1)]);
    assert!(facts.data_was_read());
}

#[test]
fn a_list_that_is_longer_than_is_filed_is_asked_where_there_is_anything() {
    let mut index = Index::bounded(1, 3);
    let list = |from: i32, to: i32| filter(json!({"data": {"n": {"$in": (from..to).collect::<Vec<_>>()}}}));
    index.enter(key(1), &[], list(0, 3));
    index.enter(key(2), &[], list(0, 4));
    assert_eq!((index.places_of(key(1)), index.places_of(key(2))), (3, 1));
    assert_eq!(found(&index, "x", json!({"n": 1})), [1, 2]);
    assert_eq!(found(&index, "x", json!({"n": [9, 3]})), [2]);
    assert_eq!(found(&index, "x", json!({"n": 9})), [0i64; 0]);
    index.remove(key(2));
    index.remove(key(1));
    assert!(index.has_nothing_left());
}

#[test]
fn what_many_have_left_behind_takes_no_memory() {
    let mut index = index();
    for number in 0..5_000 {
        index.enter(key(number), &[], filter(json!({"data": {"symbol": format!("S{number}"), "n": {"$gt": 1}}})));
    }
    (1..5_000).for_each(|number| index.remove(key(number)));
    assert!(index.postings.capacity() < 100, "{}", index.postings.capacity());
    assert_eq!(found(&index, "x", json!({"symbol": "S0", "n": 2})), [0]);
}

#[test]
fn a_webhook_with_many_types_and_values_is_in_few_places() {
    let mut index = index();
    let types: Vec<String> = (0..200).map(|n| format!("t{n}")).collect();
    let types = patterns(&types.iter().map(String::as_str).collect::<Vec<_>>());
    let values: Vec<i32> = (0..1000).collect();
    index.enter(key(1), &types, filter(json!({"data": {"n": {"$in": values}}})));
    assert!(index.places.len() <= 1000);
    assert_eq!(found(&index, "t7", json!({"n": 999})), [1]);
    assert_eq!(found(&index, "u7", json!({"n": 999})), [0i64; 0]);
}

/// All want the same kind, each its own symbols: whichever clause comes first, few are looked at.
#[test]
fn a_clause_that_all_share_does_not_make_them_all_looked_at() {
    for list in [false, true] {
        let mut index = index();
        for number in 0..20_000 {
            let symbol = |place: i64| format!("S{}", (number * 7 + place * 13) % 2000);
            let symbols = if list { json!({"$in": [symbol(0), symbol(1), symbol(2)]}) } else { json!(symbol(0)) };
            let json = json!({"data": {"a_kind": "alert", "symbol": symbols, "z": {"$gt": 0}}});
            index.enter(key(number), &patterns(&["price.*"]), filter(json));
        }
        let (name, data) = (name("price.alert"), json!({"a_kind": "alert", "symbol": "S77", "z": 1}));
        let event = Facts::new(&name, &data);
        let matching = if list { 30 } else { 10 };
        assert_eq!(index.matching(&event).len(), matching);
        assert!(index.looked_at(&event) < 5 * matching, "{}", index.looked_at(&event));
    }
}

#[derive(Clone, Debug)]
enum Change {
    Enter { webhook: i64, types: Vec<&'static str>, filter: Option<Value> },
    Remove { webhook: i64 },
}

fn change() -> impl Strategy<Value = Change> {
    let types =
        vec(select(&["*", "a", "a.b", "a*", "a.*", "a.b.*", "b.*", "lane*", "lanehook.a", "lanehook.*"][..]), 0..4);
    let enter = (0..12i64, types, proptest::option::weighted(0.8, samples::filter()));
    prop_oneof![
        4 => enter.prop_map(|(webhook, types, filter)| Change::Enter { webhook, types, filter }),
        1 => (0..12i64).prop_map(|webhook| Change::Remove { webhook }),
    ]
}

/// Every webhook, asked each time.
#[derive(Default)]
struct Asked(BTreeMap<WebhookKey, (Vec<TypePattern>, Option<Filter>)>);

impl Asked {
    fn matching(&self, event: &Facts<'_>) -> Vec<WebhookKey> {
        let wants = |types: &[TypePattern], filter: &Option<Filter>| {
            let all = [TypePattern::All];
            let types = if types.is_empty() { &all } else { types };
            types.iter().any(|pattern| pattern.matches(event.event_type()))
                && filter.as_ref().is_none_or(|filter| filter.matches(event))
        };
        let wanting = self.0.iter().filter(|(_, (types, filter))| wants(types, filter));
        wanting.map(|(&webhook, _)| webhook).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_index_finds_what_asking_everyone_finds(
        changes in vec(change(), 1..30),
        events in vec((select(&["a", "a.b", "a.b.c", "b.b", "c", "lanehook.a", "lanehook.b"][..]), samples::data()), 1..6),
        most_keys in select(&[0, 1, 2, MOST_INDEX_KEYS][..]),
    ) {
        let (mut index, mut asked) = (Index::bounded(1, most_keys), Asked::default());
        for change in changes {
            match change {
                Change::Enter { webhook, types, filter } => {
                    let (types, filter) = (patterns(&types), filter.and_then(self::filter));
                    index.enter(key(webhook), &types, filter.clone());
                    asked.0.insert(key(webhook), (types, filter));
                }
                Change::Remove { webhook } => {
                    index.remove(key(webhook));
                    asked.0.remove(&key(webhook));
                }
            }
            prop_assert_eq!(index.len(), asked.0.len());
        }
        for (event_type, data) in events {
            let (name, text) = (name(event_type), data.to_string());
            let event = Facts::unread(&name, text.as_bytes());
            prop_assert_eq!(index.matching(&event), asked.matching(&event));
        }
        for webhook in 0..12 {
            index.remove(key(webhook));
        }
        prop_assert!(index.has_nothing_left());
    }
}

#[test]
fn candidates_are_asked_in_slices_and_none_twice() {
    let mut index = index();
    for number in 1..=50 {
        let wants = json!({"data": {"n": {"$gte": number}, "text": {"$contains": "x"}}});
        index.enter(key(number), &[], filter(wants));
    }
    let (name, data) = (name("a"), json!({"n": 30, "text": "y".repeat(1_000) + "x"}));
    let event = Facts::new(&name, &data);
    let mut candidates = index.candidates(&event, usize::MAX).unwrap();
    let (mut found, mut slices) = (Vec::new(), 1);
    while !candidates.ask(&event, &mut Slice::of_one_piece(), |webhook| found.push(webhook)) {
        slices += 1;
    }
    assert_eq!(found, index.matching(&event));
    assert_eq!((found.len(), slices), (30, 50), "one in each");

    let mut candidates = index.candidates(&event, usize::MAX).unwrap();
    let mut found = Vec::new();
    assert!(!candidates.ask(&event, &mut Slice::strict(1_500), |webhook| found.push(webhook)));
    assert_eq!(found, [], "a filter that is too long for the slice has not been asked");
    assert!(candidates.ask(&event, &mut Slice::strict(1_000_000), |webhook| found.push(webhook)));
    assert_eq!(found, index.matching(&event));
}

#[test]
fn more_candidates_than_there_is_time_for_are_not_gathered() {
    let mut index = index();
    (1..=50).for_each(|number| index.enter(key(number), &[], None));
    let (name, data) = (name("a"), json!(1));
    let event = Facts::new(&name, &data);
    assert!(index.candidates(&event, 49).is_none());
    assert!(index.candidates(&event, 50).is_some());
}
