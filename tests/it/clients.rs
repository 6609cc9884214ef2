//! The API's description in the hands of others: checkers find nothing in it, and clients that generators make of it work.
//! `make clients` installs them; what is missing is said, and is not tried.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::{
    app::TestApp,
    server::{OPERATOR, TestServer},
};

/// A folder with the description in it, and with what is installed for the tests.
struct Desk {
    folder: TempDir,
    server: TestServer,
}

impl Desk {
    /// None, and a line that says so, where something is not installed.
    async fn new(needed: &[&str]) -> Option<Desk> {
        let missing = needed.iter().map(|needed| root().join(needed)).find(|needed| !needed.exists());
        if let Some(missing) = missing {
            // Not by a macro: the test runner keeps what those say of tests that pass.
            let _ =
                writeln!(std::io::stderr(), "SKIPPED: {} is not here; `make clients` installs it", missing.display());
            return None;
        }
        let server = TestServer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let document = serde_json::to_vec_pretty(&server.get("/openapi.json").await).unwrap();
        std::fs::write(folder.path().join("openapi.json"), document).unwrap();
        if root().join(MODULES).exists() {
            std::os::unix::fs::symlink(root().join(MODULES), folder.path().join("node_modules")).unwrap();
        }
        Some(Desk { folder, server })
    }

    /// A program of ours, laid beside what a generator has made.
    fn lay(&self, name: &str) {
        std::fs::copy(root().join("tests/clients").join(name), self.folder.path().join(name)).unwrap();
    }

    /// Runs a command in the folder; what it says, if it succeeds.
    async fn run(&self, program: impl AsRef<Path>, arguments: &[&str]) -> String {
        let program = program.as_ref();
        let path = std::env::join_paths(
            [root().join(".venv/bin")]
                .into_iter()
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
        );
        let output = Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("PATH", path.unwrap())
            .env("LANEHOOK_URL", &self.server.base)
            .env("LANEHOOK_KEY", OPERATOR)
            // They are to say what is wrong with the document, to us, and nothing to anybody else.
            .env("REDOCLY_TELEMETRY", "off")
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
            .env("SCARF_ANALYTICS", "false")
            .env("NO_COLOR", "1")
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(Duration::from_secs(180), output).await.expect("it ends").unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(output.status.success(), "{}: {said}", program.display());
        said
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const MODULES: &str = "tests/clients/node_modules";
const PYTHON: &str = ".venv/bin/openapi-python-client";
const SCHEMATHESIS: &str = ".venv/bin/schemathesis";

fn module(name: &str) -> PathBuf {
    root().join(MODULES).join(".bin").join(name)
}

/// A line of it that warns of something. That a tool's own platform is old is not about the document.
fn warning(said: &str) -> Option<&str> {
    said.lines().find(|line| line.to_lowercase().contains("warn") && !line.contains("Deprecation warning: Node"))
}

/// What each program says in the end: that the webhook it made is listed as it was made, and what a refusal is called.
fn check(said: &str) {
    let last = said.lines().rfind(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{said}"));
    let expected = json!({
        "platform": "telegram", "filter": {"data": {"value": {"$gte": 180}}}, "rate": 20, "code": "invalid_body",
    });
    assert_eq!(serde_json::from_str::<Value>(last).unwrap(), expected);
}

#[tokio::test]
async fn checkers_find_nothing_in_the_description() {
    let Some(desk) = Desk::new(&[MODULES]).await else { return };
    std::fs::write(desk.folder.path().join(".spectral.yaml"), "extends: [\"spectral:oas\"]\n").unwrap();
    let arguments = ["lint", "openapi.json", "--ruleset", ".spectral.yaml", "--fail-severity", "hint"];
    desk.run(module("spectral"), &arguments).await;
    let said = desk.run(module("redocly"), &["lint", "openapi.json", "--extends", "recommended"]).await;
    assert!(said.contains("is valid") && warning(&said).is_none(), "{said}");
}

/// What is not asked for: a stream that does not end, what sends to the addresses that are made up, and lanes, which nobody runs here.
const LEFT_OUT: [&str; 4] = ["watchLive", "testWebhook", "probeWebhook", "readLane"];

/// A webhook that asks its receiver for permission is made up with a receiver that is anywhere.
fn ask_for_no_handshake(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(properties) = members.get_mut("properties").and_then(Value::as_object_mut)
                && properties.contains_key("handshake")
            {
                properties.insert("handshake".into(), json!({"type": "boolean", "enum": [false]}));
            }
            members.values_mut().for_each(ask_for_no_handshake);
        }
        Value::Array(parts) => parts.iter_mut().for_each(ask_for_no_handshake),
        _ => {}
    }
}

#[tokio::test]
async fn whatever_the_description_permits_is_answered_as_it_says() {
    if !root().join(SCHEMATHESIS).exists() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {SCHEMATHESIS} is not here; `make clients` installs it");
        return;
    }
    // Nobody runs lanes in this one, so nothing is sent.
    let app = TestApp::start().await;
    let document = app.bare_call("GET", "/openapi.json").send().await.expect(200).json;
    let paths = document["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let ids: Vec<&str> = operations.filter_map(|operation| operation["operationId"].as_str()).collect();
    assert!(LEFT_OUT.iter().all(|left_out| ids.contains(left_out)), "{ids:?}");
    let folder = tempfile::tempdir().unwrap();
    let mut asked = document.clone();
    ask_for_no_handshake(&mut asked);
    std::fs::write(folder.path().join("openapi.json"), serde_json::to_vec(&asked).unwrap()).unwrap();
    let (url, key) = (format!("http://{}", app.address), format!("Authorization: Bearer {}", crate::app::OPERATOR));
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
                  response_schema_conformance";
    let mut command = Command::new(root().join(SCHEMATHESIS));
    command.args(["run", "openapi.json", "--url", &url, "--header", &key, "--checks", checks]);
    command.args(["--phases", "examples,fuzzing", "--max-examples", "8", "--seed", "7", "--generation-deterministic"]);
    command.args(["--suppress-health-check", "all", "--no-shrink", "--warnings", "off"]);
    // One worker: of two, each of which has its generator set Python's recursion limit, one fails now and then.
    command.args(["--continue-on-failure", "--no-color", "--request-timeout", "20", "--workers", "1"]);
    for left_out in LEFT_OUT {
        command.args(["--exclude-operation-id", left_out]);
    }
    let output = command.current_dir(folder.path()).env("NO_PROXY", "*").kill_on_drop(true).output();
    let output = tokio::time::timeout(Duration::from_secs(300), output).await.expect("it ends").unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_typescript_client_of_openapi_typescript_works() {
    let Some(desk) = Desk::new(&[MODULES]).await else { return };
    desk.lay("openapi-fetch.ts");
    desk.lay("tsconfig.json");
    let said = desk.run(module("openapi-typescript"), &["openapi.json", "-o", "schema.d.ts"]).await;
    assert_eq!(warning(&said), None);
    desk.run(module("tsc"), &["-p", "."]).await;
    check(&desk.run("node", &["out/openapi-fetch.js"]).await);
}

#[tokio::test]
async fn a_typescript_client_of_hey_api_works() {
    let Some(desk) = Desk::new(&[MODULES]).await else { return };
    desk.lay("hey-api.ts");
    desk.lay("tsconfig.json");
    let said = desk.run(module("openapi-ts"), &["-i", "openapi.json", "-o", "hey"]).await;
    assert_eq!(warning(&said), None);
    desk.run(module("tsc"), &["-p", "."]).await;
    check(&desk.run("node", &["out/hey-api.js"]).await);
}

#[tokio::test]
async fn a_python_client_works() {
    let Some(desk) = Desk::new(&[PYTHON]).await else { return };
    let arguments = ["generate", "--path", "openapi.json", "--output-path", ".", "--overwrite"];
    let said = desk.run(root().join(PYTHON), &arguments).await;
    assert_eq!(warning(&said), None, "{said}");
    desk.lay("client.py");
    check(&desk.run(root().join(".venv/bin/python"), &["client.py"]).await);
}
