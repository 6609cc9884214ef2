//! Other people's libraries, in their languages, that verify what lanehook has signed. `make verifiers` installs them.

use std::{path::Path, process::Stdio};

use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, process::Command};

pub async fn python(case: &Value) -> Result<(), String> {
    run(".venv/bin/python", ".venv/installed", "tests/verifiers/verify.py", case).await
}

pub async fn node(case: &Value) -> Result<(), String> {
    run("node", "tests/verifiers/node_modules/installed", "tests/verifiers/verify.mjs", case).await
}

/// The error is what the verifier says.
async fn run(program: &str, installed: &str, script: &str, case: &Value) -> Result<(), String> {
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
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(case.to_string().as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
