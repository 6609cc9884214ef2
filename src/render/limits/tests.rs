use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{platform::Platform, text::tests::any_text};

#[test]
fn items_beyond_the_most_are_dropped_and_texts_shortened() {
    let limits = &Platform::find("discord").unwrap().limits;
    let field = json!({"name": "n", "value": "v".repeat(2000)});
    let mut payload = json!({"embeds": [{"title": "t".repeat(300), "fields": vec![field; 30]}]});
    assert!(excess(limits, &payload).unwrap().contains("/embeds/*/title has 300 characters; 256"));
    apply(limits, &mut payload).unwrap();
    assert_eq!(excess(limits, &payload), None);
    let embed = &payload["embeds"][0];
    assert_eq!(embed["title"].as_str().unwrap().chars().count(), 256);
    assert_eq!(embed["fields"].as_array().unwrap().len(), 25, "shortening was enough");
    let sum: usize =
        embed["fields"].as_array().unwrap().iter().map(|f| f["value"].as_str().unwrap().chars().count()).sum();
    assert!(sum + 25 + 256 > 5900, "no more is taken away than needed: {sum}");
}

#[test]
fn what_cannot_be_made_to_fit_is_said() {
    let limits = &Platform::find("teams").unwrap().limits;
    let mut payload = json!({"type": "message", "mine": "x".repeat(30_000)});
    let error = apply(limits, &mut payload).unwrap_err();
    // As a text within another document: each quote takes a byte more.
    assert!(error.contains("30036"), "{error}");
    assert!(error.contains("27000 are taken"), "{error}");
}

#[test]
fn a_condition_chooses_among_items() {
    let limits = &Platform::find("slack").unwrap().limits;
    let block = |kind: &str| json!({"type": kind, "text": {"text": "x".repeat(1000)}});
    let mut payload = json!({"blocks": [block("header"), block("section")]});
    apply(limits, &mut payload).unwrap();
    let length = |place: usize| payload["blocks"][place]["text"]["text"].as_str().unwrap().chars().count();
    assert_eq!((length(0), length(1)), (150, 1000));
}

/// Any JSON whose members have names that limits speak of.
fn any_payload() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any_text().prop_map(Value::from),
        (1_usize..4000).prop_map(|n| Value::from("lorem <&\"é😀 ".repeat(n / 8))),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let names = "embeds|title|description|fields|name|value|blocks|text|attachments|content|body|items|inlines|elements|type|card|markdown|details|tags|message|payload|summary";
    leaf.prop_recursive(6, 200, 30, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..30).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..8).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_exceeds_its_limit_and_what_fits_is_unchanged(payload in any_payload(), which in any::<prop::sample::Index>()) {
        let limits = &which.get(Platform::all()).limits;
        let mut applied = payload.clone();
        if apply(limits, &mut applied).is_ok() {
            prop_assert_eq!(excess(limits, &applied), None);
            let mut again = applied.clone();
            prop_assert_eq!(apply(limits, &mut again), Ok(()));
            prop_assert_eq!(again, applied.clone());
        }
        if excess(limits, &payload).is_none() {
            prop_assert_eq!(applied, payload);
        }
    }
}
