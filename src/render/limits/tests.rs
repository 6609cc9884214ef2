use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::platform::Platform;

fn cut(text: &str, max: usize, unit: Unit, markup: Markup) -> String {
    truncate(text, max, unit, markup)
}

#[test]
fn a_cut_falls_between_characters() {
    use Unit::*;
    assert_eq!(cut("abcdef", 6, Chars, Markup::Plain), "abcdef");
    assert_eq!(cut("abcdef", 5, Chars, Markup::Plain), "abcd…");
    assert_eq!(cut("abc   def", 6, Chars, Markup::Plain), "abc…");
    assert_eq!(cut("ab😀cd", 4, Utf16, Markup::Plain), "ab…", "a pair of surrogates is not parted");
    assert_eq!(cut("ab😀cd", 5, Utf16, Markup::Plain), "ab😀…");
    assert_eq!(cut("äöü", 5, Bytes, Markup::Plain), "ä…");
    assert_eq!(cut("äöü", 2, Bytes, Markup::Plain), "ä", "no room for the mark");
    assert_eq!(cut("abc", 0, Chars, Markup::Plain), "");
    let family = "👨‍👩‍👧‍👦";
    assert_eq!(cut(&format!("a{family}b{family}"), 9, Chars, Markup::Plain), format!("a{family}…"));
    assert_eq!(cut(&format!("a{family}bc"), 5, Chars, Markup::Plain), "a…");
    assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 4, Chars, Markup::Plain), "e\u{301}…");
}

#[test]
fn a_cut_falls_between_the_pieces_of_markup() {
    use Unit::*;
    assert_eq!(cut("a &amp; b and more", 6, Chars, Markup::Slack), "a…");
    assert_eq!(
        cut("see <https://example.com|this> and that", 31, Chars, Markup::Slack),
        "see <https://example.com|this>…"
    );
    assert_eq!(cut("see <https://example.com|this> and that", 30, Chars, Markup::Slack), "see…");
    assert_eq!(cut(r"ab\*\*cd", 6, Chars, Markup::Markdown), r"ab\*…");
    assert_eq!(cut(r"ab\\\\", 5, Chars, Markup::Markdown), r"ab\\…");
    assert_eq!(length("<b>a &amp; b</b>", Chars, Markup::Html), 5);
    assert_eq!(cut("<b>a &amp; b</b>", 5, Chars, Markup::Html), "<b>a &amp; b</b>");
    assert_eq!(cut("<b>a &amp; <i>bold</i></b> c", 7, Chars, Markup::Html), "<b>a &amp; <i>bo…</i></b>");
    assert_eq!(
        cut("x <a href=\"https://h.example/?a&amp;b\">link</a>", 4, Chars, Markup::Html),
        "x <a href=\"https://h.example/?a&amp;b\">l…</a>"
    );
    assert_eq!(cut("a < b and a & b, truly", 10, Chars, Markup::Html), "a < b and…");
}

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
    assert!(error.contains("30028"), "{error}");
    assert!(error.contains("25000 are taken"), "{error}");
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

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,20}",
        Just("&amp;".to_owned()),
        Just("<b>".into()),
        Just("</b>".into()),
        Just("<a href=\"x\">".into()),
        Just("\\*".into()),
        Just("\\".into()),
        Just("👨‍👩‍👧‍👦".into()),
        Just("\u{200d}".into()),
        Just("…".into()),
        Just("\"\n".into()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop_oneof![Just(Unit::Chars), Just(Unit::Utf16), Just(Unit::Bytes)]
}

fn any_markup() -> impl Strategy<Value = Markup> {
    prop_oneof![Just(Markup::Plain), Just(Markup::Markdown), Just(Markup::Slack), Just(Markup::Html)]
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
    fn a_cut_text_fits_and_one_that_fits_is_not_cut(text in any_text(), max in 0..120_usize, unit in any_unit(), markup in any_markup()) {
        prop_assume!(markup != Markup::Html || unit != Unit::Bytes);
        let before = length(&text, unit, markup);
        let cut = truncate(&text, max, unit, markup);
        prop_assert!(length(&cut, unit, markup) <= max, "{cut:?}");
        if before <= max {
            prop_assert_eq!(cut, text);
        } else if max > 3 {
            prop_assert!(cut.contains('…'));
        }
    }

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
