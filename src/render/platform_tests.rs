//! Every platform with every kind of event: rendered, made to fit, and shown to a fake of the platform.

use serde_json::{Value, json};

use super::limits;
use crate::{self as lanehook, model::platform::Platform};

#[path = "../../tests/it/platforms/fakes/mod.rs"]
mod fakes;
#[path = "../../tests/it/platforms/rendered.rs"]
mod rendered;
#[path = "../../tests/it/platforms/samples.rs"]
mod samples;

use rendered::{filled, payload, request, templates};

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
            limits::each(&mut longer, limit, &mut |value| {
                if value.is_string() {
                    *value = Value::from("x".repeat(70_000));
                    found = true;
                }
            });
            assert!(!found || refused(&longer), "{} {limit}", platform.id);
        }
    }
}
