//! What platforms are sent for every kind of event: shown to fakes of them, and held against other people's libraries.

mod connected;
mod credentials;
mod documented;
mod fakes;
mod rendered;
mod samples;

use lanehook::{
    model::FailureKind,
    platform::{Platform, Step, Unit},
    render::limits,
};
use proptest::{prelude::*, test_runner::TestRunner};
use rendered::{filled, webhooks};
use serde_json::{Value, json};

use crate::verifiers;

#[test]
fn the_samples_are_events_that_are_taken() {
    for (event_type, data) in samples::samples() {
        lanehook::model::EventType::parse(event_type).unwrap();
        assert!(data.to_string().len() <= 256 * 1024, "{event_type}");
    }
}

#[test]
fn what_is_filled_in_is_taken() {
    for platform in Platform::all() {
        platform.check_fields(&filled(platform)).unwrap_or_else(|error| panic!("{}: {error:?}", platform.id));
    }
}

#[test]
fn every_platform_takes_every_event() {
    let mut refused = Vec::new();
    for webhook in webhooks() {
        for (event_type, data) in samples::samples() {
            let Some(message) = webhook.message(event_type, &data) else { continue };
            assert_eq!(limits::excess(&webhook.platform.limits, &webhook.payload(&message)), None);
            refused.extend(webhook.refusal(&message).map(|reason| format!("{event_type}: {reason}")));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

/// Any JSON, with names that cards look for and texts that markup trips over.
fn any_data() -> impl Strategy<Value = Value> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        "[a-z<>&*_@\\[\\]()`~|\\\\\"'\n#.!{}:-]{0,16}",
        Just("@all @everyone <!here> @**all**".to_owned()),
        Just("👩🏽‍🚀\u{202e}e\u{301}".to_owned()),
        Just("x\n".to_owned()),
        Just("see https://ops.example/on_call/(a)?b=*c*&d=[e]#f. ".to_owned()),
    ];
    let text = (prop::collection::vec(piece, 0..4), prop_oneof![9 => Just(1_usize), 1 => 1..10_000_usize]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(|(pieces, times)| Value::from(
            pieces.concat().repeat(times).chars().take(20_000).collect::<String>()
        )),
        Just(Value::from("https://h.example/a?b=c&d=(e)")),
    ];
    leaf.prop_recursive(4, 60, 12, |inner| {
        let names = "title|text|message|url|image_url|severity|status|id|source|symbol|[ -~]{0,9}|\\PC{0,9}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..12).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn every_platform_takes_any_event() {
    let webhooks = webhooks();
    // Each case is an event for all platforms.
    let cases = (ProptestConfig::default().cases / 5).max(1);
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let taken = runner.run(&any_data(), |data| {
        prop_assume!(data.to_string().len() <= 256 * 1024);
        for webhook in &webhooks {
            let message = webhook.message("any.event", &data);
            prop_assert_eq!(message.and_then(|message| webhook.refusal(&message)), None);
        }
        Ok(())
    });
    taken.unwrap();
}

/// What these take is not documented; their limits are our own choice.
const OUR_CHOICE: [&str; 5] = ["gotify", "ifttt", "datadog", "incident_io", "splunk_oncall"];

#[test]
fn a_fake_refuses_what_is_too_long() {
    // Else the test above would prove nothing.
    for webhook in webhooks().iter().filter(|webhook| !OUR_CHOICE.contains(&webhook.platform.id.as_str())) {
        let platform = webhook.platform;
        let message = webhook.message("a.b", &json!({"title": "t", "text": "x", "f": "y", "id": "1"})).unwrap();
        let fitting = webhook.payload(&message);
        let refused = |payload: &Value| webhook.refusal(&webhook.with_payload(&message, payload)).is_some();
        assert!(!refused(&fitting), "{}", platform.id);
        let mut lengthened = 0;
        for limit in platform.limits.single.iter().flat_map(|limit| &limit.at) {
            let mut longer = fitting.clone();
            let mut found = false;
            texts_at(&mut longer, limit.steps(), &mut |text| {
                *text = "x".repeat(70_000);
                found = true;
            });
            if found {
                assert!(refused(&longer), "{} {limit}", platform.id);
                lengthened += 1;
            }
        }
        let texts = platform.limits.single.iter().any(|limit| limit.unit != Unit::Items);
        assert!(lengthened > 0 || !texts, "no text of {} was made longer", platform.id);
    }
}

fn texts_at(value: &mut Value, steps: &[Step], change: &mut impl FnMut(&mut String)) {
    match (value, steps.split_first()) {
        (Value::String(text), None) => change(text),
        (Value::Object(members), Some((Step::Name(name), rest))) => {
            members.get_mut(name).into_iter().for_each(|value| texts_at(value, rest, change));
        }
        (Value::Array(items), Some((Step::Each, rest))) => {
            items.iter_mut().for_each(|item| texts_at(item, rest, change));
        }
        (Value::Array(items), Some((Step::EachWith(name, text), rest))) => {
            let meant = items.iter_mut().filter(|item| item[name] == text.as_str());
            meant.for_each(|item| texts_at(item, rest, change));
        }
        _ => {}
    }
}

/// A line for each platform and event.
fn payloads() -> String {
    let mut lines = String::new();
    for webhook in webhooks() {
        for (event_type, data) in samples::samples() {
            let Some(message) = webhook.message(event_type, &data) else { continue };
            let payload = webhook.payload(&message);
            lines += &json!({"platform": webhook.platform.id, "event": event_type, "payload": payload}).to_string();
            lines.push('\n');
        }
    }
    lines
}

/// Counts are how many payloads of each platform a library took.
#[track_caller]
fn all_checked(counts: &[u8], payloads: &str, platforms: &[&str]) {
    let counts: Value = serde_json::from_slice(counts).unwrap();
    for platform in platforms {
        let of_platform = payloads.lines().filter(|line| line.contains(&format!(r#""platform":"{platform}""#)));
        assert_eq!(counts[platform].as_u64(), Some(of_platform.count() as u64), "{platform}: {counts}");
    }
}

#[test]
fn the_end_of_an_alert_opens_none() {
    let without_key = json!({"status": "resolved", "title": "All is well", "message": "again"});
    let with_key = json!({"status": "resolved", "title": "All is well", "alert_id": "a1"});
    let alerting = webhooks().into_iter().filter(|webhook| webhook.platform.alerts.is_some());
    let mut seen = 0;
    for webhook in alerting {
        let failure = webhook.rendered("disk.alert", &without_key).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Skipped, "{}: {}", webhook.platform.id, failure.message);
        assert!(failure.message.contains("would open"), "{}", failure.message);
        let message = webhook.rendered("disk.alert", &with_key).unwrap();
        let request = format!("{} {}", webhook.request(&message).target, webhook.payload(&message));
        let ends = ["resolve", "RECOVERY", "/a1/close?identifierType=alias"];
        assert!(ends.iter().any(|word| request.contains(word)) && request.contains("a1"), "{request}");
        assert_eq!(webhook.refusal(&message), None);
        // A key is one segment of a path, whatever it is made of.
        let odd = json!({"status": "resolved", "title": "All is well", "alert_id": "../x?y=1#z é"});
        assert_eq!(webhook.refusal(&webhook.rendered("disk.alert", &odd).unwrap()), None, "{}", webhook.platform.id);
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn two_alerts_never_share_a_key_and_a_number_has_its_digits() {
    let long = "x".repeat(300);
    let keys = [
        json!("123456789012345678901"),
        json!(18_446_744_073_709_551_615_u64),
        json!(18_446_744_073_709_551_614_u64),
        json!(format!("{long}1")),
        json!(format!("{long}2")),
    ];
    for webhook in webhooks().into_iter().filter(|webhook| webhook.platform.alerts.is_some()) {
        let sent: std::collections::BTreeSet<String> = keys
            .iter()
            .map(|key| webhook.payload(&webhook.message("a.b", &json!({"alert_id": key, "title": "t"})).unwrap()))
            .map(|payload| {
                ["dedup_key", "alias", "entity_id", "deduplication_key"].map(|name| payload[name].to_string()).concat()
            })
            .collect();
        assert_eq!(sent.len(), keys.len(), "{}: {sent:?}", webhook.platform.id);
    }
}

#[tokio::test]
async fn libraries_in_python_take_what_platforms_are_sent() {
    let payloads = payloads();
    let counts = verifiers::in_python("platforms.py", &payloads).await.unwrap();
    let platforms = [
        "slack",
        "teams",
        "opsgenie",
        "jira_service_management",
        "googlechat",
        "datadog",
        "telegram",
        "matrix",
        "pagerduty",
        "pushover",
        "zulip",
        "ntfy",
    ];
    all_checked(&counts, &payloads, &platforms);
}

#[tokio::test]
async fn libraries_in_javascript_take_what_platforms_are_sent() {
    let payloads = payloads();
    let counts = verifiers::in_node("platforms.mjs", &payloads).await.unwrap();
    all_checked(&counts, &payloads, &["discord", "teams"]);
}
