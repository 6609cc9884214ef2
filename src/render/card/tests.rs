use proptest::prelude::*;

use super::*;

fn names(card: &Value) -> Vec<&str> {
    card["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect()
}

fn value_in<'c>(card: &'c Value, list: &str, name: &str) -> &'c str {
    let fields = card[list].as_array().unwrap();
    let field = fields.iter().find(|field| field["name"] == name).unwrap_or_else(|| panic!("{name}: {card:#}"));
    field["value"].as_str().unwrap()
}

fn value<'c>(card: &'c Value, name: &str) -> &'c str {
    value_in(card, "fields", name)
}

/// "Name: value" of each field.
fn lines(card: &Value) -> Vec<String> {
    let of = |field: &Value| format!("{}: {}", field["name"].as_str().unwrap(), field["value"].as_str().unwrap());
    card["fields"].as_array().unwrap().iter().map(of).collect()
}

/// Of an event whose type nobody has described.
fn card(event_type: &str, data: &Value) -> Value {
    super::card(event_type, data, &Meanings::default())
}

#[test]
fn a_headline_has_price_direction_and_change() {
    let title = |event_type: &str, data: Value| card(event_type, &data)["title"].as_str().unwrap().to_owned();
    for (data, expected) in [
        (json!({"symbol": "AAPL", "price": 187.5}), "Price alert: AAPL 187.5"),
        (
            json!({"symbol": "AAPL", "price": 187.5, "currency": "USD", "change_percent": 2.4}),
            "Price alert: AAPL $187.50 ▲ +2.40%",
        ),
        (json!({"symbol": "SAP", "price": "208.65", "currency": "EUR", "change": -3.75}), "Price alert: SAP €208.65 ▼"),
        (
            json!({"ticker": "SAP", "current_price": 190, "previous_price": 200, "currency": "EUR"}),
            "Price alert: SAP €190.00 ▼ -5.00%",
        ),
        (json!({"symbol": "SHIB", "price": 0.00000012, "currency": "USD"}), "Price alert: SHIB $0.00000012"),
        (
            json!({"symbol": "X", "price": 1e16, "condition": "crosses_below"}),
            "Price alert: X 10,000,000,000,000,000 ▼",
        ),
        (json!({"symbol": "AAPL"}), "Price alert: AAPL"),
        (json!({"name": "Ada"}), "Price alert: Ada"),
        (json!({"commonLabels": {"alertname": "HighCPU"}}), "Price alert: HighCPU"),
        (json!({}), "Price alert"),
        (json!({"title": "As somebody wrote it", "symbol": "AAPL", "price": 1}), "As somebody wrote it"),
    ] {
        assert_eq!(title("price.alert", data.clone()), expected, "{data}");
    }
    assert_eq!(title("price_above", json!({"symbol": "A", "price": 1})), "Price above: A 1 ▲");
}

#[test]
fn fields_say_what_the_text_does_not() {
    let data = json!({
        "title": "AAPL above 230.00", "message": "Apple trades at 231.45 USD, 2.36 % up.", "severity": "warning",
        "alert_id": "alr_7Qm2x", "symbol": "AAPL", "company": "Apple Inc.", "exchange": "XNAS", "sector": "technology",
        "condition": "crosses_above", "target": 230, "price": 231.45, "previous_price": 226.11, "change": 5.34,
        "change_percent": 2.36, "currency": "USD", "quoted_at": "2026-01-29T15:42:10Z", "user_id": "u1", "note": null
    });
    let shown = card("price_alert", &data);
    assert_eq!(
        lines(&shown),
        ["Company: Apple Inc.", "Change: +$5.34 (+2.36%)", "Previous price: $226.11", "Condition: crosses above"]
    );
    // All of it is there for those who look for more.
    assert_eq!(value_in(&shown, "details", "Alert ID"), "alr_7Qm2x");
    assert_eq!(value_in(&shown, "details", "Quoted at"), "29 Jan 2026, 15:42 UTC");
    assert_eq!(value_in(&shown, "details", "Price"), "$231.45");
}

#[test]
fn values_are_for_people() {
    for (member, expected) in [
        (json!({"user_id": "u1"}), "User ID: u1"),
        (json!({"clientIP": "10.0.0.1"}), "Client IP: 10.0.0.1"),
        (json!({"duration_ms": 742_180}), "Duration: 12 min 22 s"),
        (json!({"timeout_ms": 30_000}), "Timeout: 30 s"),
        (json!({"duration_ms": 912}), "Duration: 912 ms"),
        (json!({"memory_mb": 32_768}), "Memory: 32,768 MB"),
        (json!({"progress_percent": 50}), "Progress: 50%"),
        (json!({"drift_percent": 4.2}), "Drift: +4.20%"),
        (json!({"payment_date": "2026-02-12"}), "Payment date: 12 Feb 2026"),
        (json!({"started_at": 1_769_860_800}), "Started at: 31 Jan 2026, 12:00 UTC"),
        (json!({"revenue": 124_300_000_000_u64, "currency": "USD"}), "Revenue: $124.3 billion"),
        (json!({"market_cap": 3_456_700_000_000_u64, "currency": "EUR"}), "Market cap: €3,456.7 billion"),
        (json!({"market_cap": -2_000_000_000_000_i64, "currency": "EUR"}), "Market cap: -€2 trillion"),
        (json!({"market_cap": 1_234_567_891_000_u64, "currency": "EUR"}), "Market cap: €1,234,567,891,000"),
        (json!({"benchmark_id": "bm_json_parse"}), "Benchmark ID: bm_json_parse"),
        (json!({"merged_ids": ["mem_a", "mem_b"]}), "Merged IDs: mem_a, mem_b"),
        (json!({"portfolio_name": "long_term"}), "Portfolio name: long_term"),
        (json!({"size_bytes": 2048}), "Size: 2,048 bytes"),
        (json!({"size_bytes": 48_211_900}), "Size: 48.2 MB"),
        (json!({"ratio": {"from": 1, "to": 10}}), "Ratio: 1 → 10"),
        (json!({"shared_with": {"type": "user", "id": "usr_2051"}}), "Shared with: User usr_2051"),
        (json!({"error": {"kind": "assertion", "message": "counts differ"}}), "Error: Counts differ (kind assertion)"),
        (json!({"reason": "not_reproducible"}), "Reason: not reproducible"),
        (json!({"unit": "kg"}), "Unit: kg"),
        (json!({"volume": 48_211_900}), "Volume: 48,211,900"),
        (json!({"fee": 0.00000012}), "Fee: 0.00000012"),
        (json!({"year": 2026}), "Year: 2026"),
        (json!({"timing": "after_close"}), "Timing: after close"),
        (json!({"extended": false}), "Extended: no"),
        (json!({"tags": ["tech", "us"]}), "Tags: tech, us"),
        (json!({"host_info": {"os": "linux", "commit": "9f3c2ab", "id": "h1"}}), "Host info: Commit 9f3c2ab, OS linux"),
        (
            json!({"top_movers": [{"symbol": "NVDA", "change_percent": -8.2}, {"symbol": "AMD", "change_percent": 4.12}]}),
            "Top movers: NVDA: change -8.20%\nAMD: change +4.12%",
        ),
    ] {
        assert_eq!(lines(&card("a.b", &member)), [expected], "{member}");
    }
    let many = json!({"legs": (0..9).map(|n| json!({"name": format!("leg {n}")})).collect::<Vec<_>>()});
    assert_eq!(value(&card("a.b", &many), "Legs"), "leg 0\nleg 1\nleg 2\nand 6 more");
}

#[test]
fn members_say_what_others_are_of() {
    let risk = json!({"value": 12.4, "limit": 10, "unit": "percent", "metric": "drawdown"});
    assert_eq!(lines(&card("risk_limit", &risk)), ["Value: 12.4%", "Limit: 10%", "Metric: drawdown"]);
    let wind = json!({"value": 31.5, "threshold": 30, "unit": "m/s"});
    assert_eq!(lines(&card("wind", &wind)), ["Threshold: 30 m/s", "Value: 31.5 m/s"]);
    let portfolio = json!({
        "portfolio_name": "Main", "value": 118_732.1, "previous_value": 122_911, "change": -4178.9, "change_percent": -3.4,
        "currency": "USD", "severity": "info",
    });
    let shown = card("portfolio_change", &portfolio);
    assert_eq!((&shown["title"], &shown["emoji"]), (&json!("Portfolio change: Main ▼ -3.40%"), &json!("📉")));
    assert_eq!(
        lines(&shown),
        ["Change: -$4,178.90 (-3.40%)", "Value: $118,732.10", "Previous value: $122,911.00"],
        "the change of an amount is money, too"
    );
    assert_eq!(card("order.shipped", &portfolio)["title"], "Order shipped", "it is about no portfolio");
}

#[test]
fn the_thing_comes_before_its_average_and_a_date_before_what_nobody_asks_for() {
    let volume = json!({"average_volume": 15, "volume": 48, "volume_ratio": 3.2});
    assert_eq!(lines(&card("a", &volume)), ["Volume: 48", "Average volume: 15", "Volume ratio: 3.2"]);
    let dividend = json!({
        "symbol": "AAPL", "amount": 0.26, "currency": "USD", "frequency": "quarterly", "kind": "regular", "status": "declared",
        "declared_on": "2026-01-29", "ex_date": "2026-02-09", "payment_date": "2026-02-12", "previous_amount": 0.25,
    });
    assert_eq!(
        lines(&card("dividend", &dividend)),
        [
            "Amount: $0.26",
            "Status: declared",
            "Ex date: 9 Feb 2026",
            "Payment date: 12 Feb 2026",
            "Previous amount: $0.25",
            "Frequency: quarterly",
        ]
    );
}

#[test]
fn severity_comes_from_the_data_or_the_types_last_word() {
    let severity = |event_type: &str, data: Value| card(event_type, &data)["severity"].as_str().unwrap().to_owned();
    for (data, expected) in [
        (json!({"level": "WARN"}), "warning"),
        (json!({"priority": "p1"}), "critical"),
        (json!({"priority": 2}), "error"),
        (json!({"level": 60}), "critical"),
        (json!({"severity": 3, "status": "resolved"}), "success"),
        (json!({"status": "firing"}), "error"),
        (json!({"state": "alerting"}), "error"),
        (json!({"state": "ok"}), "success"),
        (json!({"status": "firing", "commonLabels": {"severity": "critical"}}), "critical"),
        (json!({"status": "resolved", "commonLabels": {"severity": "critical"}}), "success"),
        (json!({"severity": 2.5}), "info"),
        (json!({"change_percent": -3.2}), "warning"),
        (json!({"change": "1.5"}), "success"),
        (json!({"change": 0}), "info"),
        (json!({"change_percent": -3.2, "severity": "info"}), "info"),
    ] {
        assert_eq!(severity("a", data.clone()), expected, "{data}");
    }
    assert_eq!(severity("import.completed", json!(null)), "success");
    assert_eq!(severity("import_failed", json!([])), "error");
    assert_eq!(severity("price.alert", json!({})), "info");
    assert_eq!(severity("alerts.triggered", json!({})), "info");
    let resolved = |event_type: &str, data: Value| card(event_type, &data)["resolved"] == true;
    assert!(resolved("x", json!({"status": "Resolved"})) && resolved("alert.resolved", json!(1)));
    assert!(resolved("x", json!({"resolved": true})) && !resolved("x", json!({"resolved": false})));
    assert!(resolved("x", json!({"state": "ok"})) && !resolved("x", json!({"result": "ok"})));
    assert_eq!(card("x", &json!({"severity": "error"}))["color_int"], 0xe5484d);
}

#[test]
fn any_kind_of_data_has_a_card() {
    assert_eq!(card("a.b", &json!("hello"))["text"], "hello");
    assert_eq!(card("a.b", &json!(1.5))["text"], "1.5");
    assert_eq!(card("a.b", &json!(null))["text"], "");
    assert_eq!(value(&card("a.b", &json!([1, 2])), "Items"), "1, 2");
    assert_eq!(value(&card("a.b", &json!([{"x": 1}, {"x": true}])), "Items"), "x 1\nx yes");
    let deep = json!({"a": {"b": {"c": {"d": {"e": 1}}}, "n": 1}});
    assert_eq!(value(&card("a.b", &deep), "A"), "N 1");
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
    assert_eq!(value(&card, "URL"), "nothing");
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
        prop_assert!(fields.len() <= 6 && card["details"].as_array().unwrap().len() <= 25);
        let mut names = std::collections::BTreeSet::new();
        for field in fields {
            let (name, value) = (field["name"].as_str().unwrap(), field["value"].as_str().unwrap());
            prop_assert!((1..=82).contains(&name.chars().count()), "{name:?}");
            prop_assert!((1..=1_024).contains(&value.chars().count()) && !value.trim().is_empty());
            prop_assert!(names.insert(name), "{name:?} is there twice");
        }
    }
}

#[test]
fn what_the_catalogue_knows_of_a_member_is_used() {
    let meanings = Meanings::of(&json!({"x-currency": "EUR", "properties": {
        "p95": {"title": "95th percentile", "x-unit": "ms"},
        "mass": {"x-unit": "kg"},
        "util": {"title": "Utilisation", "x-unit": "%"},
        "cap": {"title": "Market cap", "x-currency": "USD"},
        "tags": {"title": "Labels"},
        "legs": {"title": "Positions"},
        "as_text": {"x-unit": "rpm"},
    }}));
    let data = json!({"p95": 1234, "mass": 1200, "util": 93.5, "cap": 2500000, "fee": 1.5, "as_text": "900", "tags": ["a", "b"],
        "legs": {"side": "buy"}});
    let shown = super::card("a.b", &data, &meanings);
    for (name, expected) in [
        ("95th percentile", "1.23 s"),
        ("Mass", "1,200 kg"),
        ("Utilisation", "93.5%"),
        ("Market cap", "$2,500,000"),
        ("Fee", "€1.50"),
        ("As text", "900 rpm"),
        ("Labels", "a, b"),
        ("Positions", "Side buy"),
    ] {
        assert_eq!(value_in(&shown, "details", name), expected, "{name} in {shown:#}");
    }
    let of_price = |data| super::card("price.alert", &data, &meanings)["title"].as_str().unwrap().to_owned();
    assert_eq!(of_price(json!({"symbol": "SAP", "price": 231.45})), "Price alert: SAP €231.45");
    let own = json!({"symbol": "AAPL", "price": 231.45, "currency": "USD"});
    assert_eq!(of_price(own), "Price alert: AAPL $231.45", "the event knows it better");
}
