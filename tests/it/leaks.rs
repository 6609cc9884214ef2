//! Looks for credentials where none may be: in answers, in a talkative log, in files.

use std::path::Path;

use crate::{client::text, process::Process, server::OPERATOR};

/// A server whose log leaves nothing out.
pub async fn talkative(data: &Path) -> Process {
    let env = [("LANEHOOK_OPERATOR_KEY", OPERATOR), ("LANEHOOK_LOG", "debug,lanehook=trace,hyper=trace")];
    Process::serve_with(data, &["--dev", "--grace", "200ms"], &env).await
}

/// Ends the process after it has shown each of its deliveries, and looks for the credentials in what it has said, logged
/// and left in its folder. `answers` is what the API has answered so far.
pub async fn none(credentials: &[String], mut answers: String, process: Process, data: &Path) {
    let client = process.client.clone();
    for delivery in client.deliveries("").await {
        answers.push_str(&client.get(&format!("/deliveries/{}", text(&delivery["id"]))).await.to_string());
    }
    let stderr = process.stderr.clone();
    assert!(process.terminate().await.success());
    let log = stderr.containing("\"stopped\"").await;
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log is a talkative one");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(data).unwrap() {
        files.push(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(!files.is_empty(), "nothing was kept");
    for credential in credentials {
        assert_eq!(around(&answers, credential), None, "{credential} is in an answer");
        assert_eq!(around(&log, credential), None, "{credential} is in the log");
        let found = |bytes: &Vec<u8>| bytes.windows(credential.len()).any(|window| window == credential.as_bytes());
        assert!(!files.iter().any(found), "{credential} is on disk");
    }
}

/// Where it stands, for whoever has to mend it.
fn around(text: &str, credential: &str) -> Option<String> {
    let at = text.find(credential)?;
    Some(text[text.floor_char_boundary(at.saturating_sub(200))..].chars().take(300).collect())
}
