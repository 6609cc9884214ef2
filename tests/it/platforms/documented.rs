//! `docs/platform-messages.md`: what each platform is sent for one alert, as the program renders it. `LANEHOOK_TEST_RECORD=1`
//! writes it.

use std::{fmt::Write as _, path::Path};

use serde_json::json;

use super::rendered::of_every_platform;

const HEAD: &str = "\
# What each platform is sent

Made by the program for one event, and compared with it by a test. What is secret in addresses is left out.

```json
";

#[test]
fn the_messages_in_the_docs_are_those_that_are_sent() {
    let data = json!({
        "symbol": "ACME", "price": 187.5, "threshold": 180, "direction": "above", "severity": "warning",
        "message": "ACME rose above 180.00 USD", "url": "https://example.com/alerts/7f3a",
    });
    let event = json!({"type": "price_alert", "data": data});
    let mut page = format!("{HEAD}{}\n```\n", serde_json::to_string_pretty(&event).unwrap());
    for webhook in of_every_platform() {
        let message = webhook.message("price_alert", &data).unwrap();
        let payload = serde_json::to_string_pretty(&webhook.payload(&message)).unwrap();
        let _ = write!(
            page,
            "\n## {}\n\n`{}` as `{}`\n\n```json\n{payload}\n```\n",
            webhook.platform.name, message.method, message.content_type
        );
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/platform-messages.md");
    if std::env::var_os("LANEHOOK_TEST_RECORD").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == page, "{} is out of date; LANEHOOK_TEST_RECORD=1 writes it anew", file.display());
}
