//! The senders' own libraries as judges of the vectors: Svix's, Stripe's, Slack's, Discord's, Square's and Twilio's. They are
//! installed by `make receivers`; where they are not, the test says so and is left out.

use std::io::Write as _;
use std::process::Command;

#[test]
fn the_senders_libraries_accept_and_refuse_the_same() {
    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/official");
    let python = format!("{FOLDER}/.venv/bin/python");
    let installed =
        Command::new(&python).args(["-c", "import svix, stripe, slack_sdk, square, twilio, flask"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: the senders' libraries are not installed; run: make receivers");
        return;
    }
    let output = Command::new(&python).arg(format!("{FOLDER}/verify.py")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let compared: serde_json::Value = serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap();
    for dialect in ["svix", "stripe", "slack", "discord", "square", "twilio"] {
        assert!(compared[dialect].as_u64() > Some(8), "{dialect} in {compared}");
    }
}
