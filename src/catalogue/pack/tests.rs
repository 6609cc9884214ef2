use std::collections::BTreeSet;

use lanehook_schema::{Validator, sample, sample_with};

use super::*;

/// Every event type that the requirements name: market alerts, portfolio, benchmark platform, memory platform, and the
/// one payload of triggered alerts.
const REQUIRED: &[&str] = &[
    "price_alert",
    "volume_alert",
    "news_alert",
    "dividend",
    "corporate_action",
    "portfolio_rebalance",
    "risk_limit",
    "economic_event",
    "earnings",
    "ipo",
    "alerts.triggered",
    "price_above",
    "price_below",
    "portfolio_change",
    "position_added",
    "position_removed",
    "dividend_payment",
    "trade_executed",
    "custom",
    "benchmark.started",
    "benchmark.completed",
    "benchmark.failed",
    "test.passed",
    "test.failed",
    "result.published",
    "user.registered",
    "system.maintenance_scheduled",
    "memory.created",
    "memory.updated",
    "memory.deleted",
    "tag.added",
    "tag.removed",
    "event.detected",
    "import.started",
    "import.completed",
    "import.failed",
];

fn all_entries() -> Vec<&'static EventTypeEntry> {
    packs().iter().flat_map(|pack| &pack.event_types).collect()
}

#[test]
fn every_pack_parses() {
    for text in EMBEDDED {
        if let Err(errors) = Pack::parse(text) {
            panic!("{errors:#?}");
        }
    }
    assert_eq!(packs().len(), EMBEDDED.len());
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue");
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(EMBEDDED.contains(&text.as_str()), "{} is not embedded", path.display());
        files += 1;
    }
    assert_eq!(files, EMBEDDED.len());
}

#[test]
fn every_event_type_that_is_required_is_there_once() {
    let names: Vec<&str> = all_entries().iter().map(|entry| entry.name.as_str()).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert_eq!(names.len(), distinct.len());
    for name in REQUIRED {
        assert!(distinct.contains(name), "{name}");
    }
    let of = |prefixes: &[&str]| names.iter().filter(|name| prefixes.iter().any(|p| name.starts_with(p))).count();
    assert!(of(&["benchmark.", "test.", "result.", "user.", "system."]) >= 25);
}

#[test]
fn every_event_type_is_described_for_people() {
    for entry in all_entries() {
        assert!(entry.title.as_ref().is_some_and(|title| !title.is_empty()), "{}", entry.name);
        assert!(entry.description.len() >= 30, "{}", entry.name);
        for version in &entry.versions {
            assert_eq!(undescribed(&version.schema), Vec::<String>::new(), "{}", entry.name);
        }
    }
}

/// Fields of a packaged schema that say neither what they are nor where that is said.
fn undescribed(schema: &Value) -> Vec<String> {
    let Value::Object(map) = schema else { return Vec::new() };
    let fields = map.get("properties").and_then(Value::as_object).into_iter().flatten();
    let silent = fields.filter(|(_, field)| field.get("description").is_none() && field.get("$ref").is_none());
    let mut names: Vec<String> = silent.map(|(name, _)| name.clone()).collect();
    names.extend(walk::inner(map).into_iter().flat_map(|inner| undescribed(inner.schema)));
    names
}

#[test]
fn every_example_shows_on_a_chat_platform() {
    for entry in all_entries() {
        let example = &entry.current().unwrap().example;
        for field in ["title", "message"] {
            assert!(example[field].as_str().is_some_and(|text| !text.is_empty()), "{}: {field}", entry.name);
        }
    }
}

#[test]
fn an_alert_says_how_severe_it_is() {
    for entry in all_entries() {
        let severity = &entry.current().unwrap().example["severity"];
        let known = ["info", "warning", "critical"].iter().any(|known| severity == known);
        let is_alert =
            ["alert", "price_", "risk_limit", "failed"].iter().any(|part| entry.name.as_str().contains(part));
        assert!(known || (severity.is_null() && !is_alert), "{}: {severity}", entry.name);
    }
}

#[test]
fn an_example_with_a_mistake_is_noticed() {
    for entry in all_entries() {
        let version = entry.current().unwrap();
        let validator = Validator::new(&version.schema).unwrap();
        assert!(validator.validate(&Value::Array(vec![])).is_err(), "{}", entry.name);
        for name in version.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut spoilt = version.example.clone();
            spoilt.as_object_mut().unwrap().remove(name);
            assert!(validator.validate(&spoilt).is_err(), "{}: {name}", entry.name);
        }
    }
}

#[test]
fn a_sample_of_every_event_type_is_valid() {
    for entry in all_entries() {
        for version in &entry.versions {
            let validator = Validator::new(&version.schema).unwrap();
            for seed in 0..200 {
                let made = sample_with(&version.schema, &validator, seed);
                let made = made.unwrap_or_else(|error| panic!("{} {seed}: {error}", entry.name));
                assert_eq!(validator.validate(&made), Ok(()), "{} {seed}", entry.name);
            }
        }
    }
    let first = all_entries()[0];
    let schema = &first.current().unwrap().schema;
    assert_ne!(sample(schema, 1), sample(schema, 2));
}

#[test]
fn what_other_systems_send_is_taken() {
    use serde_json::json;
    for (name, data) in [
        ("price_alert", json!({"symbol": "AAPL", "price": "187.50"})),
        (
            "price_alert",
            json!({"symbol": "AAPL", "price": 187.5, "change_percent": "-2.4", "severity": "high", "sector": "tech"}),
        ),
        ("price_above", json!({"symbol": "AAPL", "price": "187.50", "target_price": "185.00"})),
        ("price_below", json!({"symbol": "AAPL", "price": 0.00000012, "target_price": 1})),
        ("volume_alert", json!({"symbol": "AMD", "volume": 48_211_900})),
        ("portfolio_change", json!({"portfolio_id": "p1", "change_percent": "-3.40"})),
        ("trade_executed", json!({"symbol": "AAPL", "side": "buy", "quantity": "10", "price": "187.50"})),
        ("position_added", json!({"symbol": "AAPL", "quantity": "2.5", "price": "187.50"})),
        ("dividend_payment", json!({"symbol": "AAPL", "amount": "19.50"})),
        ("dividend", json!({"symbol": "AAPL", "amount": "0.26"})),
        ("risk_limit", json!({"metric": "var_95", "value": "1.2", "limit": 1})),
        (
            "alerts.triggered",
            json!({"user_id": "u1", "triggered_alerts": [{"id": "a1", "price": "187.50"}], "triggered_count": 1,
                "evaluated_at": "2026-01-31T12:00:00Z"}),
        ),
    ] {
        let entry = all_entries().into_iter().find(|entry| entry.name.as_str() == name).unwrap();
        let validator = Validator::new(&entry.current().unwrap().schema).unwrap();
        assert_eq!(validator.validate(&data), Ok(()), "{name} {data}");
    }
    let alert = all_entries().into_iter().find(|entry| entry.name.as_str() == "price_alert").unwrap();
    let validator = Validator::new(&alert.current().unwrap().schema).unwrap();
    assert!(validator.validate(&json!({"symbol": "AAPL", "price": "a lot"})).is_err());
}

#[test]
fn what_a_sample_says_belongs_together() {
    let alert = all_entries().into_iter().find(|entry| entry.name.as_str() == "price_alert").unwrap();
    let schema = &alert.current().unwrap().schema;
    let (mut seen, mut checked) = (BTreeSet::new(), 0);
    for seed in 0..200 {
        let made = sample(schema, seed).unwrap();
        let text = |name: &str| made[name].as_str().map(str::to_owned);
        seen.extend(text("symbol"));
        if text("symbol").as_deref() == Some("SAP") {
            for (name, value) in [("company", "SAP SE"), ("currency", "EUR"), ("exchange", "XETR")] {
                checked += usize::from(text(name).as_deref() == Some(value));
            }
        }
    }
    assert!(seen.len() >= 6 && checked > 30, "{} {checked}", seen.len());
}

#[test]
fn tables_and_versions_can_be_written_too() {
    let pack = Pack::parse(
        r##"
        name = "mine"
        defs = '{"money": {"type": "object", "properties": {"currency": {"$ref": "#/$defs/currency"}}}, "currency": {"type": "string"}, "unused": {}}'
        [[event_type]]
        name = "order.paid"
        [[event_type.versions]]
        version = 1
        deprecated = true
        schema = {type = "object", properties = {total = {type = "integer"}}}
        [[event_type.versions]]
        version = 2
        schema = '{"type": "object", "properties": {"total": {"$ref": "#/$defs/money"}}, "required": ["total"]}'
        example = {total = {currency = "EUR"}}
        "##,
    )
    .unwrap();
    let entry = &pack.event_types[0];
    assert_eq!((entry.group.as_str(), entry.versions.len()), ("mine", 2));
    let defs = entry.versions[1].schema["$defs"].as_object().unwrap();
    assert_eq!(defs.keys().collect::<Vec<_>>(), ["currency", "money"]);
}

#[test]
fn what_is_wrong_with_a_pack_is_said_with_its_place() {
    let check = |text: &str, pointer: &str, part: &str| {
        let errors = Pack::parse(text).unwrap_err();
        assert!(errors.iter().any(|e| e.pointer == pointer && e.message.contains(part)), "{errors:?}");
    };
    check("name = ", "", "line 1");
    check("name = 'a'\ncolour = 1", "", "colour");
    let one = |rest: &str| format!("name = 'a'\n[[event_type]]\nname = 'x'\n{rest}");
    check(&one("schema = '{'"), "/event_type/0/schema", "a `}` is missing");
    check(&one("schema = '{\"type\": \"money\"}'"), "/event_type/0/schema/type", "integer");
    check(&one("schema = '{\"type\": \"string\"}'\nexample = '1'"), "/event_type/0/example", "string");
    check(&one(""), "/event_type/0/versions", "1 to 100");
    check(
        &format!("{}\n[[event_type]]\nname = 'x'\nschema = '{{}}'", one("schema = '{}'")),
        "/event_type/1/name",
        "already",
    );
}

#[test]
fn the_pack_in_the_docs_is_one() {
    let docs = include_str!("../../../docs/catalogue.md");
    let pack = docs.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let pack = Pack::parse(pack).unwrap();
    assert_eq!(pack.event_types[0].name.to_string(), "fruit.picked");
}
