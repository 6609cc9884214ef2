//! The signature within the payload `plain`, checked as its documentation shows, in each language of the examples.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::payloads::sent;
use crate::{receiver::Receiver, server::TestServer};

const PYTHON: &str = r#"
import base64
import sys

for line in sys.stdin:
    secret, body = map(base64.b64decode, line.rstrip("\n").split("\t"))
    print("ok" if verify(secret.decode(), body) else "refused")
"#;

const JAVASCRIPT: &str = r#"
import { readFileSync } from "node:fs";

for (const line of readFileSync(0, "utf8").split("\n").slice(0, -1)) {
  const [secret, body] = line.split("\t").map((field) => Buffer.from(field, "base64"));
  console.log(verify(secret.toString(), body) ? "ok" : "refused");
}
"#;

const PERL: &str = r#"
use MIME::Base64;

while (<STDIN>) {
    chomp;
    my ($secret, $body) = map { decode_base64($_) } split /\t/, $_, -1;
    print verify_body($secret, $body) ? "ok\n" : "refused\n";
}
"#;

const JAVA: &str = r#"
import java.util.Base64;
import java.util.Scanner;

final class Driver {
    public static void main(String[] arguments) throws Exception {
        for (Scanner lines = new Scanner(System.in); lines.hasNextLine();) {
            String[] fields = lines.nextLine().split("\t", -1);
            String secret = new String(Base64.getDecoder().decode(fields[0]), java.nio.charset.StandardCharsets.UTF_8);
            System.out.println(SignedBody.verify(secret, Base64.getDecoder().decode(fields[1])) ? "ok" : "refused");
        }
    }
}
"#;

/// What is asked: secret, body, and whether it is signed.
type Case = (String, String, bool);

/// The check in Python that `docs/payloads.md` shows, as a function.
fn documented() -> String {
    let docs = include_str!("../../../docs/payloads.md");
    let lines: Vec<&str> = docs.split("```python\n").nth(1).unwrap().split("```").next().unwrap().lines().collect();
    let (last, first) = lines.split_last().unwrap();
    let first: String = first.iter().map(|line| format!("    {line}\n")).collect();
    format!("import hashlib, hmac\n\ndef verify(secret, body):\n{first}    return {last}\n")
}

fn source(file: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/signature/receivers");
    fs::read_to_string(Path::new(folder).join(file)).unwrap()
}

/// Runs the example with its driver behind it.
fn ask(command: &mut Command, cases: &[Case]) {
    let line =
        |(secret, body, _): &Case| format!("{}\t{}\n", BASE64_STANDARD.encode(secret), BASE64_STANDARD.encode(body));
    let lines: String = cases.iter().map(line).collect();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    let answers = String::from_utf8(output.stdout).unwrap();
    let expected: String = cases.iter().map(|(.., signed)| if *signed { "ok\n" } else { "refused\n" }).collect();
    assert_eq!(answers, expected, "{command:?} {cases:#?}");
}

fn ask_script(program: &str, file: &str, driver: &str, cases: &[Case]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    fs::write(&path, source(file) + driver).unwrap();
    ask(Command::new(program).arg(&path), cases);
}

/// Says so if the language is not here.
fn is_here(program: &str) -> bool {
    let found = Command::new(program).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let here = found.is_ok_and(|status| status.success());
    if !here {
        println!("left out: {program} is not here");
    }
    here
}

#[tokio::test]
async fn the_examples_in_each_language_check_the_body_of_the_payload_plain() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (request, secret) = sent(&server, &receiver, json!({"payload": {"type": "plain"}})).await;
    let body = request.text().to_owned();
    let again = serde_json::from_str::<Value>(&body).unwrap().to_string();
    let tag = body.split("sha256=").nth(1).unwrap()[..64].to_owned();
    assert_ne!(body, again, "the data has spaces, so that it is another text when it is written again");
    let not = |secret: &str, body: String| (secret.to_owned(), body, false);
    let cases = vec![
        (secret.clone(), body.clone(), true),
        not("another secret", body.clone()),
        not("", body.clone()),
        not("whsec_", body.clone()),
        not(&secret, again),
        not(&secret, body.replace("first", "other")),
        not(&secret, format!("{body} ")),
        not(&secret, body.replace(&tag, &tag.to_uppercase())),
        not(&secret, body.replace(&tag, &"0".repeat(64))),
        not(&secret, body.replace(&format!("\"sha256={tag}\""), "null")),
        not(&secret, String::new()),
        not(&secret, "}".into()),
    ];
    ask_script("python3", "verify_body.py", PYTHON, &cases);
    // The lines in the documentation leave out what is no secret.
    ask(Command::new("python3").arg("-c").arg(documented() + PYTHON), &cases[..2]);
    ask_script("node", "verify_body.mjs", JAVASCRIPT, &cases);
    if is_here("perl") {
        ask_script("perl", "verify_body.pl", PERL, &cases);
    }
    if is_here("javac") && is_here("java") {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("SignedBody.java"), source("SignedBody.java")).unwrap();
        fs::write(folder.path().join("Driver.java"), JAVA).unwrap();
        let compiled =
            Command::new("javac").args(["SignedBody.java", "Driver.java"]).current_dir(folder.path()).output();
        let compiled = compiled.unwrap();
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        ask(Command::new("java").arg("-cp").arg(folder.path()).arg("Driver"), &cases);
    }
}
