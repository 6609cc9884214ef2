//! Stored forms: each version's golden documents are read for ever, and bounds are not checked again.

use lanehook::{
    model::{HeaderLines, Sent},
    store::stored::{
        self, Form, StoredEventType, StoredTenantSettings, StoredWebhook, Unreadable, VERSION, read_request_head,
        request_head,
    },
};
use serde_json::{Value, json};

fn read<F: Form>(document: &Value, reader: u32) -> Result<F::Noun, Unreadable> {
    stored::read::<F>(document.to_string().as_bytes(), reader)
}

fn written<F: Form>(noun: &F::Noun, there: Option<&Value>, reader: u32) -> Result<Value, Unreadable> {
    let there = there.map(Value::to_string);
    let text = stored::written::<F>(noun, there.as_ref().map(|there| there.as_bytes()), reader)?;
    Ok(serde_json::from_str(&text).unwrap())
}

fn documents(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

/// `0` is what 0.1.0 wrote, and `newest` what is written today: the same, and behind it what 0.1.0 could not write, such as
/// the case of headers. When this fails because what is written has changed, then
/// raise the version and add a file for it; those that are there stay as they are.
fn are_read<F: Form>(of_0: &str, newest: &str) {
    let (old, new) = (documents(of_0), documents(newest));
    assert!((1..=new.len()).contains(&old.len()));
    let pairs = new
        .iter()
        .enumerate()
        .flat_map(|(place, new)| old.get(place).into_iter().chain([new]).map(move |one| (one, new)));
    for (document, new) in pairs {
        assert_eq!(new["stored"]["version"], VERSION);
        let noun = read::<F>(document, VERSION).unwrap_or_else(|error| panic!("{error}: {document}"));
        assert_eq!(&written::<F>(&noun, None, VERSION).unwrap(), new);
    }
}

#[test]
fn a_webhook_of_each_version_is_read() {
    are_read::<StoredWebhook>(
        include_str!("../../data/stored/webhook-0.json"),
        include_str!("../../data/stored/webhook-1.json"),
    );
}

#[test]
fn a_tenants_settings_of_each_version_are_read() {
    are_read::<StoredTenantSettings>(
        include_str!("../../data/stored/tenant-0.json"),
        include_str!("../../data/stored/tenant-1.json"),
    );
}

#[test]
fn an_event_type_of_each_version_is_read() {
    are_read::<StoredEventType>(
        include_str!("../../data/stored/event-type-0.json"),
        include_str!("../../data/stored/event-type-1.json"),
    );
}

/// One of each version, and what it says. What is written is the newest.
#[test]
fn a_requests_head_of_each_version_is_read() {
    let golden: &[u8] = include_bytes!("../../data/stored/request-head-1.txt");
    let sent = Sent {
        // The name of a parameter can have anything in it.
        url: "https://r.example/in/…?a\n\nb: c=…".into(),
        headers: [("host", "r.example"), ("x-empty", ""), ("x-own", "[redacted]"), ("x", "a: b")].into_iter().collect(),
        ..Sent::default()
    };
    assert_eq!(read_request_head(golden), Ok(sent.clone()));
    assert_eq!(request_head(&sent), golden);
    let without = Sent { headers: HeaderLines::default(), ..sent };
    assert_eq!(read_request_head(&request_head(&without)), Ok(without));
    assert_eq!(read_request_head(b"\x02later"), Err(Unreadable::TooNew { needs: 2, reads: 1 }));
    for wrong in [&b""[..], b"\x01", b"\x01a: b\n", b"\x01\xff\n\n"] {
        assert!(matches!(read_request_head(wrong), Err(Unreadable::Form(_))), "{wrong:?}");
    }
}

/// A webhook with these settings.
fn webhook(settings: Value) -> Value {
    let mut document = json!({"settings": {"url": "https://r.example/in"}});
    document["settings"].as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    document
}

#[test]
fn what_was_accepted_once_is_not_measured_again() {
    let many: Vec<String> = (0..3000).map(|n| format!("S{n}")).collect();
    let clauses: Vec<Value> = (0..1500).map(|n| json!({"data": {"n": n}})).collect();
    let patterns: Vec<Value> = (0..40).map(|n| json!({"data": {"s": {"$regex": format!("^a{n}")}}})).collect();
    let long = "x".repeat(100_000);
    let headers: serde_json::Map<String, Value> = (0..100).map(|n| (format!("X-{n}"), json!("v"))).collect();
    for settings in [
        json!({"filter": {"data": {"symbol": {"$in": many}}}}),
        json!({"filter": {"$or": clauses}}),
        json!({"filter": {"$or": patterns}}),
        json!({"filter": {"data": {"s": {"$regex": "a".repeat(5000)}}}}),
        json!({"assets": {"symbols": many, "sectors": []}}),
        json!({"payload": {"type": "template", "template": long}}),
        json!({"payload": {"type": "javascript", "code": long}}),
        json!({"headers": headers}),
        json!({"headers": {"Host": "elsewhere", "X-Long": long}}),
        json!({"url": format!("https://user@r.example/{long}#part")}),
        json!({"name": long, "description": long, "metadata": {"k": long}, "fields": {"f": long}}),
        json!({"event_types": vec!["price.*"; 1000]}),
        json!({"event_types": [long]}),
        json!({"max_concurrency": 1_000_000, "timeout": "10m", "disable_after": 0}),
        json!({"rate_limit": {"limit": 0, "per": "second"}}),
        json!({"retry": {"schedule": vec!["30d"; 100]}}),
        json!({"batch": {"max_events": 1, "max_wait": "2d", "max_bytes": 1}}),
        json!({"auth": {"type": "bearer", "token": ""}}),
        json!({"signing": {"dialects": vec![json!({"type": "hub"}); 9], "algorithm": "sha512"}}),
    ] {
        let document = webhook(settings);
        let read_back = read::<StoredWebhook>(&document, VERSION);
        assert!(read_back.is_ok(), "{:?}: {:.200}", read_back.err(), document.to_string());
        let again = written::<StoredWebhook>(&read_back.unwrap(), Some(&document), VERSION).unwrap();
        assert!(read::<StoredWebhook>(&again, VERSION).is_ok());
    }
}

#[test]
fn what_cannot_be_worked_with_is_named() {
    for (settings, part) in [
        (json!({"payload": {"type": "hologram"}}), "settings.payload"),
        (json!({"platform": "of_the_future"}), "of_the_future"),
        (json!({"filter": {"data": {"n": {"$near": 1}}}}), "filter"),
        (json!({"filter": {"data": {"s": {"$regex": "("}}}}), "filter"),
        (json!({"url": "gopher://r.example/"}), "URL"),
        (json!({"headers": {"a b": "c"}}), "headers"),
        (json!({"retry": {"whenever": true}}), "retry"),
        (json!({"ordering": "random"}), "settings.ordering"),
        (json!({"signing": {"dialects": [{"type": "sigil"}]}}), "settings.signing"),
    ] {
        let error = read::<StoredWebhook>(&webhook(settings), VERSION).unwrap_err();
        assert!(matches!(&error, Unreadable::Form(text) if text.contains(part)), "{part}: {error}");
    }
}

#[test]
fn a_document_says_who_may_open_it() {
    let mut document = webhook(json!({}));
    document["stored"] = json!({"version": 9, "oldest_reader": 3});
    let too_new = |reader| read::<StoredWebhook>(&document, reader).err();
    assert_eq!(too_new(2), Some(Unreadable::TooNew { needs: 3, reads: 2 }));
    assert_eq!(too_new(3), None);
    let noun = read::<StoredWebhook>(&document, 3).unwrap();
    let over = written::<StoredWebhook>(&noun, Some(&document), 2).unwrap_err();
    assert_eq!(over, Unreadable::TooNew { needs: 3, reads: 2 }, "nor is it overwritten");
    let by_a_reader = written::<StoredWebhook>(&noun, Some(&document), 3).unwrap();
    assert_eq!(
        by_a_reader["stored"],
        json!({"version": 9, "oldest_reader": 3}),
        "an older version keeps the newer head"
    );
}
