//! Real deliveries, to the receivers that the signature crate's README shows, served in their frameworks: with the default
//! settings and in each dialect that they can verify, small and as large as they can be. What is not installed is left out aloud.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::server::TestServer;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// An example that is being served, until it is dropped.
struct Served {
    url: String,
    _child: Child,
    _folder: tempfile::TempDir,
}

/// `verify` for this dialect, as whoever uses these files would name it, in the language of files that end like this.
fn verify(dialect: &str, ending: &str) -> &'static str {
    match (dialect, ending) {
        ("plain", "py") => "from verify_plain import verify",
        ("hub", "py") => {
            "import functools, verify_plain\nverify = functools.partial(verify_plain.verify, name='x-hub-signature-256')"
        }
        ("plain", "mjs") => "export { verify } from './verify_plain.mjs';",
        ("hub", "mjs") => {
            "import { verify as named } from './verify_plain.mjs';\n\
             export const verify = (secret, headers, body) => named(secret, headers, body, 'x-hub-signature-256');"
        }
        _ => panic!("no receiver in {ending} verifies {dialect}"),
    }
}

/// Serves this file of `receivers/`, for this dialect. `None` if its framework is not installed.
async fn served(file: &str, dialect: &str) -> Option<Served> {
    let signature = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/signature");
    let installed = signature.join("tests/official");
    let ending = file.rsplit_once('.').unwrap().1;
    let (program, script, mark): (PathBuf, _, _) = match ending {
        "py" => (installed.join(".venv/bin/python"), "serve.py", ".venv/installed"),
        _ => ("node".into(), "serve.mjs", "node_modules/installed"),
    };
    if !installed.join(mark).exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: what {file} needs is not installed; run: make receivers");
        return None;
    }
    let folder = tempfile::tempdir_in(&installed).unwrap();
    let copy = |name: &str| std::fs::copy(signature.join("receivers").join(name), folder.path().join(name)).unwrap();
    copy(file);
    if dialect == "standard" {
        copy(&format!("verify.{ending}"));
    } else {
        copy(&format!("verify_plain.{ending}"));
        std::fs::write(folder.path().join(format!("verify.{ending}")), verify(dialect, ending)).unwrap();
    }
    let mut child = Command::new(program)
        .arg(signature.join("tests/apps").join(script))
        .arg(folder.path())
        .arg(file)
        .current_dir(folder.path())
        .env("WEBHOOK_SECRET", SECRET)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap_or_default();
    let port: u16 = line.strip_prefix("port ").unwrap_or_else(|| panic!("{file} said {line:?}")).parse().unwrap();
    // What it says later is read, so that it never waits.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some(Served { url: format!("http://127.0.0.1:{port}/webhooks"), _child: child, _folder: folder })
}

async fn takes_deliveries(file: &str) {
    let server = TestServer::start_now().await;
    for dialect in ["standard", "plain", "hub"] {
        let Some(served) = served(file, dialect).await else { return };
        let settings = match dialect {
            "standard" => json!({"secret": SECRET}),
            _ => json!({"secret": SECRET, "signing": {"dialects": [{"type": dialect}]}}),
        };
        let hook = server.webhook(&served.url, settings.clone()).await;
        for text in ["é € 🚀 \u{feff}", &"x".repeat(250 << 10)] {
            let event =
                server.publish_event(json!({"type": "price.alert", "data": {"text": text, "price": 1.0}})).await;
            let delivery = server.delivery_in(&event, "delivered").await;
            assert_eq!(delivery["attempts"][0]["response"]["status"], 204, "{file}, {dialect}: {delivery}");
        }
        server.delete(&format!("/webhooks/{}", hook.id)).await;

        let settings = merged(settings, json!({"secret": OTHER}));
        let hook = server.webhook(&served.url, settings).await;
        let event = server.publish().await;
        let delivery = server.delivery_after(&event, 1).await;
        assert_eq!(delivery["attempts"][0]["response"]["status"], 401, "{file}, {dialect}: {delivery}");
        server.delete(&format!("/webhooks/{}", hook.id)).await;
    }
}

/// The first with the members of the second.
fn merged(mut one: Value, other: Value) -> Value {
    one.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    one
}

#[tokio::test]
async fn express_takes_deliveries() {
    takes_deliveries("express_app.mjs").await;
}

#[tokio::test]
async fn a_fetch_handler_takes_deliveries() {
    takes_deliveries("fetch_handler.mjs").await;
}

#[tokio::test]
async fn flask_takes_deliveries() {
    takes_deliveries("flask_app.py").await;
}

#[tokio::test]
async fn fastapi_takes_deliveries() {
    takes_deliveries("fastapi_app.py").await;
}
