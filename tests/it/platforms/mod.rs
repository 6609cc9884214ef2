//! What platforms are sent for every kind of event: shown to fakes of them, and held against other people's libraries.

mod connected;
mod credentials;
mod fakes;
mod rendered;
mod samples;

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use lanehook::{
    model::platform::{Platform, Step},
    render::limits,
};
use proptest::{prelude::*, test_runner::TestRunner};
use rendered::{filled, payload, request, templates};
use serde_json::{Value, json};

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
    for (platform, template) in templates() {
        for (event_type, data) in samples::samples() {
            let payload = payload(platform, &template, event_type, &data);
            assert_eq!(limits::excess(&platform.limits, &payload), None);
            let answer = fakes::respond(platform.id.as_str(), &request(platform, &payload));
            if let Err(refusal) = platform.success(answer.status, answer.body.as_bytes()) {
                refused.push(format!("{event_type}: {}", refusal.message));
            }
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
    let templates: Vec<_> = templates().collect();
    // Each case is an event for all platforms.
    let cases = ProptestConfig::default().cases / 5;
    let mut runner = TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    let taken = runner.run(&any_data(), |data| {
        prop_assume!(data.to_string().len() <= 256 * 1024);
        for (platform, template) in &templates {
            let payload = payload(platform, template, "any.event", &data);
            let answer = fakes::respond(platform.id.as_str(), &request(platform, &payload));
            let refusal = platform.success(answer.status, answer.body.as_bytes()).err();
            prop_assert!(refusal.is_none(), "{}", refusal.map(|refusal| refusal.message).unwrap_or_default());
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
    for (platform, template) in templates().filter(|(platform, _)| !OUR_CHOICE.contains(&platform.id.as_str())) {
        let data = json!({"title": "t", "text": "x", "f": "y", "id": "1"});
        let fitting = payload(platform, &template, "a.b", &data);
        let refused = |payload: &Value| {
            let answer = fakes::respond(platform.id.as_str(), &request(platform, payload));
            platform.success(answer.status, answer.body.as_bytes()).is_err()
        };
        assert!(!refused(&fitting), "{}", platform.id);
        for limit in platform.limits.single.iter().flat_map(|limit| &limit.at) {
            let mut longer = fitting.clone();
            let mut found = false;
            texts_at(&mut longer, limit.steps(), &mut |text| {
                *text = "x".repeat(70_000);
                found = true;
            });
            assert!(!found || refused(&longer), "{} {limit}", platform.id);
        }
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
    for (platform, template) in templates() {
        for (event_type, data) in samples::samples() {
            let payload = payload(platform, &template, event_type, &data);
            lines += &json!({"platform": platform.id, "event": event_type, "payload": payload}).to_string();
            lines.push('\n');
        }
    }
    lines
}

/// How many payloads of each platform the libraries took.
fn checked(program: &str, installed: &str, script: &str) -> Value {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(root.join(installed).exists(), "the verifiers are not installed: run `make test`");
    let program = if program.contains('/') { root.join(program) } else { program.into() };
    let mut child = Command::new(&program)
        .arg(root.join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; run `make test`", program.display()));
    // The scripts read everything before they write anything that could fill a pipe.
    child.stdin.take().unwrap().write_all(payloads().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[track_caller]
fn all_checked(counts: &Value, platforms: &[&str]) {
    let events = samples::samples().len();
    for platform in platforms {
        assert_eq!(counts[platform].as_u64(), Some(events as u64), "{platform}: {counts}");
    }
}

#[test]
fn libraries_in_python_take_what_platforms_are_sent() {
    let counts = checked(".venv/bin/python", ".venv/installed", "tests/verifiers/platforms.py");
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

#[test]
fn libraries_in_javascript_take_what_platforms_are_sent() {
    let counts = checked("node", "tests/verifiers/node_modules/installed", "tests/verifiers/platforms.mjs");
    all_checked(&counts, &["discord", "teams"]);
}
