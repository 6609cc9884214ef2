//! The senders' own libraries as judges of the vectors: Svix's, Stripe's, Slack's, Discord's, Square's, Twilio's, GitHub's and
//! Shopify's. They are installed by `make receivers`; where they are not, the test says so and is left out.

use std::io::Write as _;
use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/official");

/// Runs what compares, which says how many cases of each dialect it compared.
fn check(mut program: Command, dialects: &[&str]) {
    let output = program.current_dir(FOLDER).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let compared: serde_json::Value = serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap();
    for dialect in dialects {
        assert!(compared[dialect].as_u64() > Some(5), "{dialect} in {compared}");
    }
}

fn skipped() {
    let _ = writeln!(std::io::stderr(), "SKIPPED: the senders' libraries are not installed; run: make receivers");
}

#[test]
fn the_senders_libraries_in_python_accept_and_refuse_the_same() {
    let python = format!("{FOLDER}/.venv/bin/python");
    let installed =
        Command::new(&python).args(["-c", "import svix, stripe, slack_sdk, square, twilio, flask"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        return skipped();
    }
    let mut program = Command::new(python);
    program.arg("verify.py");
    check(program, &["svix", "stripe", "slack", "discord", "square", "twilio"]);
}

#[test]
fn the_senders_libraries_in_javascript_accept_and_refuse_the_same() {
    if !std::path::Path::new(FOLDER).join("node_modules/@shopify/shopify-api").exists() {
        return skipped();
    }
    let mut program = Command::new("node");
    program.arg("verify.mjs");
    check(program, &["github", "shopify"]);
}
