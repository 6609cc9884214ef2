//! What platforms are sent for every kind of event: shown to fakes of them, and held against other people's libraries.

mod connected;
mod credentials;
mod fakes;
mod rendered;
mod samples;

use lanehook::{
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
            let message = webhook.message(event_type, &data);
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
    ];
    let text = (prop::collection::vec(piece, 0..4), prop_oneof![9 => Just(1_usize), 1 => 1..2_000_usize]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(|(pieces, times)| Value::from(
            pieces.concat().repeat(times).chars().take(9_000).collect::<String>()
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
            prop_assert_eq!(webhook.refusal(&webhook.message("any.event", &data)), None);
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
        let message = webhook.message("a.b", &json!({"title": "t", "text": "x", "f": "y", "id": "1"}));
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
            let payload = webhook.payload(&webhook.message(event_type, &data));
            lines += &json!({"platform": webhook.platform.id, "event": event_type, "payload": payload}).to_string();
            lines.push('\n');
        }
    }
    lines
}

/// Counts are how many payloads of each platform a library took.
#[track_caller]
fn all_checked(counts: &[u8], platforms: &[&str]) {
    let counts: Value = serde_json::from_slice(counts).unwrap();
    let events = samples::samples().len();
    for platform in platforms {
        assert_eq!(counts[platform].as_u64(), Some(events as u64), "{platform}: {counts}");
    }
}

#[tokio::test]
async fn libraries_in_python_take_what_platforms_are_sent() {
    let counts = verifiers::in_python("platforms.py", &payloads()).await.unwrap();
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
    all_checked(&counts, &platforms);
}

#[tokio::test]
async fn libraries_in_javascript_take_what_platforms_are_sent() {
    let counts = verifiers::in_node("platforms.mjs", &payloads()).await.unwrap();
    all_checked(&counts, &["discord", "teams"]);
}
