//! What platforms are sent, held against other people's libraries.

mod fakes;
mod rendered;
mod samples;

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use ::lanehook;

/// A line for each platform and event.
fn payloads() -> String {
    let mut lines = String::new();
    for (platform, template) in rendered::templates() {
        for (event_type, data) in samples::samples() {
            let payload = rendered::payload(platform, &template, event_type, &data);
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
