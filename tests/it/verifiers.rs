//! Other people's libraries, in their languages, that verify what lanehook has signed. `make verifiers` installs them.

use std::{path::Path, process::Stdio};

use serde_json::Value;
use tokio::{io::AsyncWriteExt as _, process::Command};

/// The error is what the verifier says.
pub async fn python(case: &Value) -> Result<(), String> {
    in_python("verify.py", &case.to_string()).await.map(drop)
}

/// The error is what the verifier says.
pub async fn node(case: &Value) -> Result<(), String> {
    in_node("verify.mjs", &case.to_string()).await.map(drop)
}

/// What a script says about this input; the error is what it says if it fails.
pub async fn in_python(script: &str, input: &str) -> Result<Vec<u8>, String> {
    run(".venv/bin/python", ".venv/installed", script, input).await
}

/// What a script says about this input; the error is what it says if it fails.
pub async fn in_node(script: &str, input: &str) -> Result<Vec<u8>, String> {
    run("node", "tests/verifiers/node_modules/installed", script, input).await
}

async fn run(program: &str, installed: &str, script: &str, input: &str) -> Result<Vec<u8>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(root.join(installed).exists(), "the verifiers are not installed: run `make test`");
    let program = if program.contains('/') { root.join(program) } else { program.into() };
    let mut child = Command::new(&program)
        .arg(root.join("tests/verifiers").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; run `make test`", program.display()));
    let mut stdin = child.stdin.take().unwrap();
    // The scripts read everything before they write anything that could fill a pipe.
    stdin.write_all(input.as_bytes()).await.unwrap();
    drop(stdin);
    let output = child.wait_with_output().await.unwrap();
    if output.status.success() { Ok(output.stdout) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}
