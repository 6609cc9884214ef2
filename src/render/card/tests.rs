use proptest::prelude::*;

use super::*;

fn names(card: &Value) -> Vec<&str> {
    card["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect()
}

fn value<'c>(card: &'c Value, name: &str) -> &'c str {
    let fields = card["fields"].as_array().unwrap();
    let field = fields.iter().find(|field| field["name"] == name).unwrap_or_else(|| panic!("{name}: {card:#}"));
    field["value"].as_str().unwrap()
}

#[test]
fn a_price_alert_reads_well() {
    let data = json!({
        "alert_id": "alt_1", "symbol": "AAPL", "price": 187.5, "threshold": 180, "change_percent": 2.4, "severity": "High",
        "message": "AAPL rose above 180", "url": "https://example.com/a?b=1&c=(2)", "tags": ["tech", "us"],
        "window": {"from": "09:30", "minutes": 15}, "note": null, "extended": false
    });
    let card = card("price.alert", &data);
    assert_eq!(card["title"], "Price alert: AAPL");
    assert_eq!(card["text"], "AAPL rose above 180");
    assert_eq!(card["fallback"], "Price alert: AAPL: AAPL rose above 180");
    assert_eq!((card["severity"].as_str(), card["emoji"].as_str()), (Some("error"), Some("🔴")));
    assert_eq!(card["url"], "https://example.com/a?b=1&c=%282%29");
    assert_eq!((&card["dedup"], &card["source"]), (&json!("alt_1"), &json!("price.alert")));
    assert_eq!(names(&card)[..4], ["Symbol", "Price", "Change percent", "Threshold"]);
    assert_eq!(value(&card, "Tags"), "tech, us");
    assert_eq!(value(&card, "Window minutes"), "15");
    assert_eq!(value(&card, "Extended"), "no");
    assert!(!names(&card).contains(&"Note") && !names(&card).contains(&"Message"));
}

#[test]
fn severity_comes_from_the_data_or_the_types_last_word() {
    let severity = |event_type: &str, data: Value| card(event_type, &data)["severity"].as_str().unwrap().to_owned();
    assert_eq!(severity("a", json!({"level": "WARN"})), "warning");
    assert_eq!(severity("a", json!({"priority": "p1"})), "critical");
    assert_eq!(severity("a", json!({"severity": 3, "status": "resolved"})), "success");
    assert_eq!(severity("import.completed", json!(null)), "success");
    assert_eq!(severity("import_failed", json!([])), "error");
    assert_eq!(severity("price.alert", json!({})), "info");
    let resolved = |event_type: &str, data: Value| card(event_type, &data)["resolved"] == true;
    assert!(resolved("x", json!({"status": "Resolved"})) && resolved("alert.resolved", json!(1)));
    assert!(resolved("x", json!({"resolved": true})) && !resolved("x", json!({"resolved": false})));
    assert!(!resolved("x", json!({"status": "ok"})));
    assert_eq!(card("x", &json!({"severity": "error"}))["color_int"], 0xe5484d);
}

#[test]
fn any_kind_of_data_has_a_card() {
    assert_eq!(card("a.b", &json!("hello"))["text"], "hello");
    assert_eq!(card("a.b", &json!(1.5))["text"], "1.5");
    assert_eq!(card("a.b", &json!(null))["text"], "");
    assert_eq!(value(&card("a.b", &json!([1, 2])), "Items"), "1, 2");
    assert_eq!(value(&card("a.b", &json!([{"x": 1}, {"x": true}])), "Items 2 x"), "yes");
    let deep = json!({"a": {"b": {"c": {"d": {"e": 1}}}}});
    assert_eq!(value(&card("a.b", &deep), "A b c d"), r#"{"e":1}"#);
    let twins = card("a.b", &json!({"a_b": 1, "a.b": 2, "aB": 3}));
    assert_eq!(names(&twins), ["A b", "A b 2", "A b 3"]);
    assert_eq!(names(&card("a.b", &json!({"": 1}))), ["Event"]);
}

#[test]
fn only_links_of_the_web_are_links() {
    let link = |text: &str| card("a", &json!({"url": text}))["url"].as_str().map(str::to_owned);
    for text in
        ["javascript:alert(1)", "/path", "ftp://h.example/", "https://user:pw@h.example/", "http://[::1]/", "data:,x"]
    {
        assert_eq!(link(text), None, "{text}");
    }
    assert_eq!(link("https://h.example/a|b>c").as_deref(), Some("https://h.example/a%7Cb%3Ec"));
    let card = card("a", &json!({"url": "nothing", "link": "http://h.example"}));
    assert_eq!(card["url"], "http://h.example/");
    assert_eq!(value(&card, "Url"), "nothing");
}

#[test]
fn marks_that_turn_the_text_and_control_characters_are_left_out() {
    let card = card("a", &json!({"message": "a\u{202e}b\u{0007}c\nd", "title": "x\n y"}));
    assert_eq!(card["text"], "abc\nd");
    assert_eq!(card["title"], "x y");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        (0_usize..30_000).prop_map(|n| Value::from("é ".repeat(n / 2))),
    ];
    leaf.prop_recursive(8, 300, 40, |inner| {
        let name = prop_oneof!["title|text|message|url|severity|status|id|symbol|image", "\\PC{0,12}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..40).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..40).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn a_card_is_bounded_and_complete(event_type in "[a-zA-Z0-9_-]{1,20}(\\.[a-z]{1,9}){0,4}", data in any_json()) {
        let card = card(&event_type, &data);
        let length = |name: &str| card[name].as_str().map_or(0, |text| text.chars().count());
        for (name, most) in [("title", 300), ("fallback", 1000), ("source", 200)] {
            prop_assert!((1..=most).contains(&length(name)), "{name}: {}", length(name));
        }
        prop_assert!(length("text") <= 20_000 && length("url") <= 2_000 && length("dedup") <= 250);
        prop_assert!(!card["fallback"].as_str().unwrap().contains('\n'));
        let fields = card["fields"].as_array().unwrap();
        prop_assert!(fields.len() <= 25);
        let mut names = std::collections::BTreeSet::new();
        for field in fields {
            let (name, value) = (field["name"].as_str().unwrap(), field["value"].as_str().unwrap());
            prop_assert!((1..=82).contains(&name.chars().count()), "{name:?}");
            prop_assert!((1..=1_024).contains(&value.chars().count()) && !value.trim().is_empty());
            prop_assert!(names.insert(name), "{name:?} is there twice");
        }
    }
}
