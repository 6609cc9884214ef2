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
    /// Where it runs, and keeps what it took.
    folder: PathBuf,
}

impl App {
    fn start(mut command: Command, folder: &Path) -> App {
        let secret = secret();
        command.current_dir(folder).env("WEBHOOK_SECRET", secret.expose());
        command.stdout(Stdio::piped()).stderr(fs::File::create(folder.join("stderr")).unwrap());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("port ").and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{command:?} said {line:?} and not its port"));
        // Whatever it says later has somebody who reads it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        App { child, port, folder: folder.to_owned() }
    }

    /// What it wrote to its log.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("stderr")).unwrap()
    }

    /// The status that a POST is answered with.
    fn post(&self, headers: &[(String, String)], body: &[u8]) -> u16 {
        self.answer(headers, body).0
    }

    /// The status that a POST in chunks is answered with, which announces no length.
    fn post_in_chunks(&self, headers: &[(String, String)], body: &[u8]) -> u16 {
        self.post_in_chunks_of(10_000, headers, body)
    }

    fn post_in_chunks_of(&self, bytes: usize, headers: &[(String, String)], body: &[u8]) -> u16 {
        let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
        let chunks: Vec<Vec<u8>> = body.chunks(bytes).map(chunk).collect();
        self.exchange(headers, "transfer-encoding: chunked", &[chunks.concat().as_slice(), b"0\r\n\r\n"].concat()).0
    }

    /// The status that a POST is answered with, and all of the answer that comes.
    fn answer(&self, headers: &[(String, String)], body: &[u8]) -> (u16, String) {
        self.exchange(headers, &format!("content-length: {}", body.len()), body)
    }

    fn exchange(&self, headers: &[(String, String)], framing: &str, body: &[u8]) -> (u16, String) {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut head = String::from("POST /webhooks HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("{framing}\r\n\r\n"));
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
    let signature = signed(body, JSON, 0).into_iter().find(|(name, _)| name == "webhook-signature").unwrap();
    for other in [signature.1.clone(), "v1,AAAA".to_owned(), format!("v1,AAAA {}", signature.1)] {
        for first in [0, 4] {
            let mut twice = signed(body, JSON, 0);
            twice.insert(first, ("webhook-signature".to_owned(), other.clone()));
            assert_eq!(app.post(&twice, body), 401, "two headers with signatures: {twice:?}");
        }
    }

    // As long as the server sends at most, and longer than anybody should read.
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat((256 << 10) - 11)).into_bytes();
    assert_eq!(long.len(), 256 << 10);
    assert_eq!(app.post(&signed(&long, JSON, 0), &long), 204, "256 KiB");
    let longer = format!("{{\"text\":\"{}\"}}", "x".repeat(1 << 20)).into_bytes();
    assert_eq!(app.post(&signed(&longer, JSON, 0), &longer), 413, "more than 1 MiB");
    // Without a length to go by: nothing is cut off, and what was signed is not found in the beginning of something else.
    assert_eq!(app.post_in_chunks(&signed(&long, JSON, 0), &long), 204, "256 KiB in chunks");
    let mebibyte = format!("{{\"text\":\"{}\"}}", "x".repeat((1 << 20) - 11)).into_bytes();
    assert_eq!(app.post_in_chunks(&signed(&mebibyte, JSON, 0), &mebibyte), 204, "1 MiB in chunks");
    let more = [&mebibyte, &b"and more"[..]].concat();
    for signed in [signed(&mebibyte, JSON, 0), signed(&more, JSON, 0)] {
        assert_eq!(app.post_in_chunks(&signed, &more), 413, "more than 1 MiB in chunks");
    }
    packed_bodies_are_not_unpacked(app);

    // Verified as bytes: neither a byte order mark nor a broken character is lost before, which some parsers take.
    for odd in [&b"\xef\xbb\xbf{}"[..], b"{\"a\":\"\xff\"}"] {
        let status = app.post(&signed(odd, JSON, 0), odd);
        assert!([204, 400].contains(&status), "{}: {status}", odd.escape_ascii());
    }
    // Signed, and no JSON: whoever sends it is told so, and not that the receiver is broken.
    let deep = "[".repeat(100_000);
    for text in ["", "AAPL 1.0", "{\"symbol\": ", "[1, 2", "NaN", "[-Infinity]", &deep] {
        let (status, answer) = app.answer(&signed(text.as_bytes(), JSON, 0), text.as_bytes());
        assert!(status == 400 && answer.contains("the body is no JSON"), "{text:.20}: {answer}");
    }
    assert_eq!(app.post(&signed(b"[{}, {}]", JSON, 0), b"[{}, {}]"), 204, "a batch");
    what_is_answered_with_success_is_kept(app);
    lines_are_not_mixed(app);
    a_full_disk_loses_nothing(app);
}

/// What is signed is what came: not what some decompressor made of it, whose length nobody bounds.
fn packed_bodies_are_not_unpacked(app: &App) {
    // `{}`, stored by gzip without compressing it.
    let packed = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\x02\0\xfd\xff{}\x43\xbf\xa6\xa3\x02\0\0\0";
    let mut headers = signed(b"{}", JSON, 0);
    headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    let status = app.post(&headers, packed);
    assert!([401, 415].contains(&status), "unpacked: {status}");
    let mut headers = signed(packed, JSON, 0);
    headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    let status = app.post(&headers, packed);
    assert!([400, 415].contains(&status), "as it came: {status}");
}

/// A sender forgets what is answered 2xx. So that is kept by then; and what cannot be kept is answered 500, to come again.
fn what_is_answered_with_success_is_kept(app: &App) {
    let queue = app.folder.join("webhooks.jsonl");
    fs::remove_file(&queue).unwrap();
    fs::create_dir(&queue).unwrap();
    let body = br#"{"symbol": "AAPL"}"#;
    assert_eq!(app.post(&signed(body, JSON, 0), body), 500, "it cannot be kept");
    fs::remove_dir(&queue).unwrap();
    assert_eq!(app.post(&signed(body, JSON, 0), body), 204, "it comes again");
    let line = |body: &str| serde_json::json!({"id": "evt_1", "body": body}).to_string();
    assert_eq!(kept(app), [Ok(line(r#"{"symbol": "AAPL"}"#))]);

    // As it came: what a parser makes of a number may be another one.
    let digits = "7".repeat(5_000);
    for body in [
        r#"{"id": 12345678901234567890, "price": 1.10000000000000000001, "least": -0}"#,
        "{\"a\": 1e999,\r\n\"a\": \"\\u00fcü\\ud800\u{2028}<\"}",
        &digits,
    ] {
        assert_eq!(app.post(&signed(body.as_bytes(), JSON, 0), body.as_bytes()), 204, "{body}");
        assert_eq!(kept(app).pop(), Some(Ok(line(body))));
    }
}

/// The lines that it kept, as JSON is written here; and what is none.
fn kept(app: &App) -> Vec<Result<String, Vec<u8>>> {
    let file = fs::read(app.folder.join("webhooks.jsonl")).unwrap();
    let lines = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let json = |line: &[u8]| serde_json::from_slice(line).map(|json: serde_json::Value| json.to_string());
    lines.map(|line| json(line).map_err(|_| line.to_owned())).collect()
}

/// Requests that come together, each longer than a line is written at once by some.
fn lines_are_not_mixed(app: &App) {
    let before = kept(app).len();
    let bodies: Vec<String> = (0..8).map(|n| format!("\"{}\"", n.to_string().repeat(900_000))).collect();
    std::thread::scope(|scope| {
        for body in &bodies {
            scope.spawn(|| assert_eq!(app.post(&signed(body.as_bytes(), JSON, 0), body.as_bytes()), 204));
        }
    });
    let mut lines = kept(app).split_off(before);
    lines.sort();
    let expected = bodies.iter().map(|body| Ok(serde_json::json!({"id": "evt_1", "body": body}).to_string()));
    assert!(lines == expected.collect::<Vec<_>>(), "8 lines, each whole; there are {}", lines.len());
}

/// As a limit on the size of its files.
fn a_full_disk_loses_nothing(app: &App) {
    let limit = |bytes: &str| {
        let mut prlimit = Command::new("prlimit");
        let pid = app.child.id().to_string();
        prlimit.args(["--pid", &pid, &format!("--fsize={bytes}:")]).status().is_ok_and(|status| status.success())
    };
    let size = || fs::metadata(app.folder.join("webhooks.jsonl")).unwrap().len();
    let (before, lines) = (size(), kept(app));
    if !limit(&(before + 20).to_string()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: a full disk, which needs `prlimit`");
        return;
    }
    let body = br#"{"symbol": "AAPL"}"#;
    assert_eq!(app.post(&signed(body, JSON, 0), body), 500, "half a line has room");
    assert_eq!(size(), before + 20);
    assert_eq!(app.post(&signed(body, JSON, 0), body), 500, "nothing has");
    assert!(limit("unlimited"));
    assert_eq!(app.post(&signed(body, JSON, 0), body), 204, "it comes again");
    let mut now = kept(app);
    assert_eq!(now.pop(), Some(Ok(serde_json::json!({"id": "evt_1", "body": r#"{"symbol": "AAPL"}"#}).to_string())));
    assert!(now.pop().is_some_and(|half| half.is_err()));
    assert!(now == lines, "what was there before is whole");
}

/// Whoever set it up wrongly hears of it when it starts, and not from the sender, days later.
fn check_that_no_start_is_made_without_a_secret(make: impl Fn() -> Command, folder: &Path) {
    let secret = secret();
    let quoted = format!("\"{}\"", secret.expose());
    let line = format!("{}\n", secret.expose());
    for text in
        [None, Some(""), Some("whsec_"), Some(&secret.expose()[6..]), Some(quoted.as_str()), Some(line.as_str())]
    {
        let mut command = make();
        command.current_dir(folder).env_remove("WEBHOOK_SECRET").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.envs(text.map(|text| ("WEBHOOK_SECRET", text))).spawn().unwrap();
        let mut said = String::new();
        // Whoever starts says its port first.
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!said.starts_with("port") && errors.contains("WEBHOOK_SECRET must be"), "{text:?}: {said}{errors}");
    }
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

fn no_express() -> bool {
    let missing = !Path::new(HERE).join("official/node_modules/express").exists();
    if missing {
        skipped("Express");
    }
    missing
}

/// The program that serves the file of that folder.
fn node(folder: &Path, file: &str) -> Command {
    let mut node = Command::new("node");
    node.arg(Path::new(HERE).join("apps/serve.mjs")).arg(folder).arg(file);
    node
}

fn javascript(file: &str) {
    let folder = folder(&["verify.mjs", file]);
    check(&App::start(node(folder.path(), file), folder.path()));
    check_that_no_start_is_made_without_a_secret(|| node(folder.path(), file), folder.path());
}

fn python(file: &str, framework: &str) {
    let python: PathBuf = Path::new(HERE).join("official/.venv/bin/python");
    let mut import = Command::new(&python);
    import.args(["-c", &format!("import {framework}")]).stdout(Stdio::null()).stderr(Stdio::null());
    if !import.status().is_ok_and(|status| status.success()) {
        return skipped(framework);
    }
    let folder = folder(&["verify.py", file]);
    let serve = || {
        let mut command = Command::new(&python);
        command.arg(Path::new(HERE).join("apps/serve.py")).arg(folder.path()).arg(file);
        command
    };
    check(&App::start(serve(), folder.path()));
    check_that_no_start_is_made_without_a_secret(serve, folder.path());
}

#[test]
fn express_takes_deliveries() {
    if !no_express() {
        javascript("express_app.mjs");
    }
}

/// Behind an app-wide `express.json()` nothing is left to verify. That is no sender's fault, and not answered as if it were.
#[test]
fn express_says_aloud_that_a_parser_was_before_it() {
    if no_express() {
        return;
    }
    let folder = folder(&["verify.mjs", "express_app.mjs"]);
    let behind = "import express from 'express';\n\
        import { app as webhooks } from './express_app.mjs';\n\
        export const app = express().use(express.json()).use(webhooks);\n";
    fs::write(folder.path().join("behind.mjs"), behind).unwrap();
    let app = App::start(node(folder.path(), "behind.mjs"), folder.path());
    for body in ["{}", "{\"symbol\": \"AAPL\"}"] {
        assert_eq!(app.post(&signed(body.as_bytes(), JSON, 0), body.as_bytes()), 500);
    }
    assert!(app.log().contains("a parser has read the body before"), "{}", app.log());
    // Where no parser took it, and where there is none, all is as before.
    assert_eq!(app.post(&signed(b"{}", "text/plain", 0), b"{}"), 204);
    assert_eq!(app.post(&[], b""), 401);
}

/// A stranger sends a byte at a time, and what is kept of each chunk would be more than the byte: with a list of them, as
/// `express.raw` makes it, this much memory does not do.
#[test]
fn express_keeps_no_chunks() {
    if no_express() {
        return;
    }
    let folder = folder(&["verify.mjs", "express_app.mjs"]);
    let mut small = Command::new("node");
    small.arg("--max-old-space-size=50").arg(Path::new(HERE).join("apps/serve.mjs"));
    small.arg(folder.path()).arg("express_app.mjs");
    let app = App::start(small, folder.path());
    let body = format!("\"{}\"", "x".repeat((1 << 20) - 2));
    let headers = signed(body.as_bytes(), JSON, 0);
    assert_eq!(app.post_in_chunks_of(1, &headers, body.as_bytes()), 204, "{}", app.log());
    assert_eq!(app.post_in_chunks_of(1, &headers, format!("{body} ").as_bytes()), 413);
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
        let output = node.current_dir(folder.path()).env("WEBHOOK_SECRET", secret().expose()).output().unwrap();
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
    let receiver = || Command::new(folder.path().join("receiver"));
    check(&App::start(receiver(), folder.path()));
    check_that_no_start_is_made_without_a_secret(receiver, folder.path());
}
