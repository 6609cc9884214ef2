//! The receivers in the frameworks that README names, in `receivers/`: each is served as it stands there and gets deliveries over
//! TCP. What a framework does to a body before a handler sees it is tried here: limits, parsers, encodings.
//!
//! The frameworks are installed by `make receivers`; a test whose framework or language is not here says so and is left out.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use lanehook_signature::{Algorithm, Dialect, Message, Secret};

use crate::examples::{is_missing, receiver, run};

const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

/// An example that is being served; ended with the test.
struct App {
    child: Child,
    port: u16,
}

impl App {
    fn start(mut command: Command) -> App {
        let secret = secret();
        command.env("WEBHOOK_SECRET", secret.expose()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("port ").and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{command:?} said {line:?} and not its port"));
        // Whatever it says later has somebody who reads it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        App { child, port }
    }

    /// The status that a POST is answered with.
    fn post(&self, headers: &[(String, String)], body: &[u8]) -> u16 {
        self.answer(headers, body).0
    }

    /// The status that a POST is answered with, and all of the answer that comes.
    fn answer(&self, headers: &[(String, String)], body: &[u8]) -> (u16, String) {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut head = String::from("POST /webhooks HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let whole = [head.as_bytes(), body].concat();
        let mut sending = stream.try_clone().unwrap();
        // Who refuses a body may answer before it is all written, and read no more of it.
        std::thread::spawn(move || sending.write_all(&whole));
        let mut reader = BufReader::new(&stream);
        let mut answer = String::new();
        let mut length = 0;
        // Its head, and the text that this announces. Whoever refuses a long body may leave the connection open.
        while !answer.ends_with("\r\n\r\n") && reader.read_line(&mut answer).is_ok_and(|read| read > 0) {
            let line = answer.lines().last().unwrap_or_default().to_ascii_lowercase();
            length = line.strip_prefix("content-length: ").and_then(|text| text.parse().ok()).unwrap_or(length);
        }
        let _ = reader.take(length).read_to_string(&mut answer);
        let _ = stream.shutdown(std::net::Shutdown::Both);
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap_or_else(|| panic!("no status in {answer:?}")), answer)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn secret() -> Secret {
    Secret::generate_hmac([7; 32])
}

/// A delivery that is made `ago` seconds ago, as the server makes it.
fn signed(body: &[u8], kind: &str, ago: i64) -> Vec<(String, String)> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let timestamp = i64::try_from(now).unwrap() - ago;
    let message = Message::new("evt_1", timestamp, body);
    let mut headers = crate::sign(&Dialect::Standard, Algorithm::Sha256, &[secret()], &message);
    headers.push(("content-type".to_owned(), kind.to_owned()));
    headers
}

const JSON: &str = "application/json";

fn check(app: &App) {
    let body = "{\"symbol\": \"AAPL\", \"price\": 1.0, \"city\": \"Zürich\"}\r\n".as_bytes();
    for kind in [JSON, "application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"] {
        assert_eq!(app.post(&signed(body, kind, 0), body), 204, "{kind}");
    }
    assert_eq!(app.post(&signed(body, JSON, 0), &body[..body.len() - 2]), 401, "an altered body");
    assert_eq!(app.post(&signed(body, JSON, 400), body), 401, "an old request");
    assert_eq!(app.post(&[("content-type".to_owned(), JSON.to_owned())], body), 401, "no signature");
    assert_eq!(app.post(&[], b""), 401, "nothing at all");
    let mut twice = signed(body, JSON, 0);
    twice.push(("webhook-id".to_owned(), "evt_2".to_owned()));
    assert_eq!(app.post(&twice, body), 401, "two ids");

    // As long as the server sends at most, and longer than anybody should read.
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat((256 << 10) - 11)).into_bytes();
    assert_eq!(long.len(), 256 << 10);
    assert_eq!(app.post(&signed(&long, JSON, 0), &long), 204, "256 KiB");
    let longer = format!("{{\"text\":\"{}\"}}", "x".repeat(1 << 20)).into_bytes();
    assert_eq!(app.post(&signed(&longer, JSON, 0), &longer), 413, "more than 1 MiB");

    // Verified as bytes: neither a byte order mark nor a broken character is lost before, which some parsers take.
    for odd in [&b"\xef\xbb\xbf{}"[..], b"{\"a\":\"\xff\"}"] {
        let status = app.post(&signed(odd, JSON, 0), odd);
        assert!([204, 400].contains(&status), "{}: {status}", odd.escape_ascii());
    }
    // Signed, and no JSON: whoever sends it is told so, and not that the receiver is broken.
    let deep = "[".repeat(100_000);
    for text in ["", "AAPL 1.0", "{\"symbol\": ", "[1, 2", &deep] {
        let (status, answer) = app.answer(&signed(text.as_bytes(), JSON, 0), text.as_bytes());
        assert!(status == 400 && answer.contains("the body is no JSON"), "{text:.20}: {answer}");
    }
    assert_eq!(app.post(&signed(b"[{}, {}]", JSON, 0), b"[{}, {}]"), 204, "a batch");
}

/// The example and what it imports, in a folder beside the frameworks.
fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(Path::new(HERE).join("official")).unwrap();
    for file in files {
        fs::write(folder.path().join(file), receiver(file)).unwrap();
    }
    folder
}

/// Said past the test's own output, which nobody sees of a test that passes.
fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} is not installed; run: make receivers");
}

fn javascript(file: &str) {
    if file.starts_with("express") && !Path::new(HERE).join("official/node_modules/express").exists() {
        return skipped("Express");
    }
    let folder = folder(&["verify.mjs", file]);
    let mut node = Command::new("node");
    node.arg(Path::new(HERE).join("apps/serve.mjs")).arg(folder.path()).arg(file);
    check(&App::start(node));
}

fn python(file: &str, framework: &str) {
    let python: PathBuf = Path::new(HERE).join("official/.venv/bin/python");
    let mut import = Command::new(&python);
    import.args(["-c", &format!("import {framework}")]).stdout(Stdio::null()).stderr(Stdio::null());
    if !import.status().is_ok_and(|status| status.success()) {
        return skipped(framework);
    }
    let folder = folder(&["verify.py", file]);
    let mut command = Command::new(python);
    command.arg(Path::new(HERE).join("apps/serve.py")).arg(folder.path()).arg(file);
    check(&App::start(command));
}

#[test]
fn express_takes_deliveries() {
    javascript("express_app.mjs");
}

#[test]
fn a_fetch_handler_takes_deliveries() {
    javascript("fetch_handler.mjs");
}

/// A stranger sends a byte at a time, and what is kept of each chunk is more than the byte. So none may be kept: here all of them
/// are one piece of memory, which has another byte in it by the time that the body is all there.
#[test]
fn a_fetch_handler_keeps_no_chunks() {
    let folder = folder(&["verify.mjs", "fetch_handler.mjs"]);
    for (length, status) in [(0, "400"), (10, "204"), (100_000, "204"), (1 << 20, "204"), ((1 << 20) + 1, "413")] {
        let body = if length == 0 { String::new() } else { format!("\"{}\"", "x".repeat(length - 2)) };
        let mut node = Command::new("node");
        node.arg(Path::new(HERE).join("apps/chunks.mjs")).arg(folder.path()).arg(length.to_string());
        for (name, value) in signed(body.as_bytes(), JSON, 0) {
            node.arg(format!("{name}: {value}"));
        }
        let output = node.env("WEBHOOK_SECRET", secret().expose()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert_eq!(said, status, "{length}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn flask_takes_deliveries() {
    python("flask_app.py", "flask");
}

#[test]
fn fastapi_takes_deliveries() {
    python("fastapi_app.py", "fastapi, uvicorn");
}

/// A stranger sends thousands of headers, and each look-up goes through all of them.
#[test]
fn fastapi_looks_only_the_headers_up_that_it_needs() {
    let python: PathBuf = Path::new(HERE).join("official/.venv/bin/python");
    let folder = folder(&["verify.py", "fastapi_app.py"]);
    let mut command = Command::new(python);
    command.arg(Path::new(HERE).join("apps/headers.py")).arg(folder.path()).env("WEBHOOK_SECRET", secret().expose());
    let Ok(output) = command.output() else { return skipped("FastAPI") };
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("No module named") {
        return skipped("FastAPI");
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let looked: u32 = said.trim().parse().unwrap_or_else(|_| panic!("{said} {errors}"));
    assert!(looked <= 4, "it goes {looked} times through all headers");
}

#[test]
fn net_http_takes_deliveries() {
    if is_missing("go", "version") {
        return;
    }
    let folder = folder(&["verify.go", "nethttp.go"]);
    fs::write(folder.path().join("main.go"), include_str!("../apps/main.go")).unwrap();
    run(Command::new("go").args(["build", "-o", "receiver", "verify.go", "nethttp.go", "main.go"]), folder.path());
    check(&App::start(Command::new(folder.path().join("receiver"))));
}
