//! The README's receivers in other languages, taken out of it and asked about the vectors and about hostile requests.
//!
//! Each is put beside the driver of its language in `tests/examples/`, which reads one request a line: secret, time, body
//! and each `name:value` of the headers, in base64 with tabs between, and writes `ok` or `refused` a line. Python and
//! JavaScript must be there; the others are left out where they are not, and the test says so.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::vectors::{body, text, vectors};

const README: &str = include_str!("../../README.md");

/// A request and what is to be said of it, if that is certain.
struct Asked {
    name: String,
    secret: String,
    now: String,
    body: Vec<u8>,
    headers: Vec<(String, String)>,
    expect: &'static str,
}

/// The code block under `<!-- example: … -->`.
fn example(name: &str) -> &'static str {
    let (_, rest) = README.split_once(&format!("<!-- example: {name} -->\n")).unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once("\n```\n").unwrap().0
}

/// Those of the vectors that an example can be asked about: with one shared secret.
fn from_vectors(dialect: &str) -> Vec<Asked> {
    let asked = |case: &Value| -> Option<Asked> {
        let [secret] = case["verify_with"].as_array()?.as_slice() else { return None };
        let fits = text(case, "dialect") == dialect
            && !secret.as_str()?.starts_with("whpk_")
            && case.get("lenient").is_none()
            && case.get("algorithm").is_none_or(|algorithm| algorithm == "sha256");
        fits.then(|| Asked {
            name: text(case, "name").to_owned(),
            secret: secret.as_str().unwrap().to_owned(),
            now: case["now"].to_string(),
            body: body(case),
            headers: headers(&case["headers"]),
            expect: if text(case, "expect") == "ok" { "ok" } else { "refused" },
        })
    };
    vectors("cases").iter().filter_map(asked).collect()
}

fn headers(headers: &Value) -> Vec<(String, String)> {
    let headers = headers.as_object().unwrap().iter();
    headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// Headers that no sender writes, around a good request: nothing but a refusal may come of them.
fn hostile() -> Vec<Asked> {
    let good = || from_vectors("standard").into_iter().find(|asked| asked.name == "one secret").unwrap();
    let with = |header: &str, value: String| {
        let mut asked = good();
        asked.name = format!("{header}: {}", value.chars().take(40).collect::<String>());
        asked.headers.iter_mut().find(|(name, _)| name == header).unwrap().1 = value;
        asked.expect = "refused";
        asked
    };
    let times = [
        "",
        " ",
        "nan",
        "NaN",
        "inf",
        "-Infinity",
        "1e400",
        "-1",
        "0x1",
        "1700000000.5",
        "１７００００００００",
        "9_9",
    ];
    let long = ["9".repeat(400), format!("-{}", "9".repeat(400)), "9223372036854775807".to_owned()];
    let times = times.map(str::to_owned).into_iter().chain(long).map(|time| with("webhook-timestamp", time));
    let ids = ["", "é", "evt_1.1700000000", "../../etc"].map(|id| with("webhook-id", id.to_owned()));
    let signatures = [
        String::new(),
        " ".repeat(5_000),
        "v1,".to_owned(),
        "v1,é".to_owned(),
        "v1,\u{1F600}".repeat(2_000),
        "v1,AAAA ".repeat(5_000),
        "v1".repeat(20_000),
    ];
    times.chain(ids).chain(signatures.map(|signature| with("webhook-signature", signature))).collect()
}

/// Compares what a program says of each request with what is to be said.
fn check(mut program: Command, asked: &[Asked]) {
    assert!(asked.len() > 10 && asked.iter().any(|asked| asked.expect == "ok"));
    let mut lines = String::new();
    for asked in asked {
        let headers = asked.headers.iter().map(|(name, value)| format!("{name}:{value}"));
        let fields = [asked.secret.clone().into_bytes(), asked.now.clone().into_bytes(), asked.body.clone()];
        let fields = fields.into_iter().chain(headers.map(String::into_bytes)).map(|field| STANDARD.encode(field));
        lines.push_str(&fields.collect::<Vec<_>>().join("\t"));
        lines.push('\n');
    }
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program:?}: {errors}");
    writer.join().unwrap().unwrap();

    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers.len(), asked.len(), "{errors}");
    for (asked, answer) in asked.iter().zip(answers) {
        assert_eq!(answer, asked.expect, "{}", asked.name);
    }
}

fn standard() -> Vec<Asked> {
    from_vectors("standard").into_iter().chain(hostile()).collect()
}

/// The example and its driver as one file, run by one program.
fn check_script(program: &str, name: &str, driver: &str, file: &str, asked: &[Asked]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    fs::write(&path, format!("{}\n{driver}", example(name))).unwrap();
    let mut command = Command::new(program);
    command.arg(&path);
    check(command, asked);
}

fn is_missing(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let missing = !found.is_ok_and(|status| status.success());
    if missing {
        println!("left out: {program} is not here");
    }
    missing
}

const PYTHON: &str = include_str!("../examples/driver.py");
const JAVASCRIPT: &str = include_str!("../examples/driver.mjs");

#[test]
fn the_python_example_is_right() {
    check_script("python3", "python", PYTHON, "example.py", &standard());
    check_script("python3", "python-plain", PYTHON, "example.py", &from_vectors("plain"));
}

#[test]
fn the_javascript_example_is_right() {
    check_script("node", "javascript", JAVASCRIPT, "example.mjs", &standard());
    check_script("node", "javascript-plain", JAVASCRIPT, "example.mjs", &from_vectors("plain"));
}

#[test]
fn the_php_example_is_right() {
    if !is_missing("php", "--version") {
        check_script("php", "php", include_str!("../examples/driver.php"), "example.php", &standard());
    }
}

#[test]
fn the_ruby_example_is_right() {
    if !is_missing("ruby", "--version") {
        check_script("ruby", "ruby", include_str!("../examples/driver.rb"), "example.rb", &standard());
    }
}

#[test]
fn the_go_example_is_right() {
    if is_missing("go", "version") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("example.go"), example("go")).unwrap();
    fs::write(folder.path().join("driver.go"), include_str!("../examples/driver.go")).unwrap();
    run(Command::new("go").args(["build", "-o", "receiver", "example.go", "driver.go"]), folder.path());
    check(Command::new(folder.path().join("receiver")), &standard());
}

#[test]
fn the_java_example_is_right() {
    if is_missing("javac", "-version") || is_missing("java", "-version") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Webhooks.java"), example("java")).unwrap();
    fs::write(folder.path().join("Driver.java"), include_str!("../examples/Driver.java")).unwrap();
    run(Command::new("javac").args(["Webhooks.java", "Driver.java"]), folder.path());
    let mut java = Command::new("java");
    java.arg("-cp").arg(folder.path()).arg("Driver");
    check(java, &standard());
}

fn run(command: &mut Command, folder: &Path) {
    let output = command.current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
