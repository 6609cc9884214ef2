//! `lanehook send`, `lanehook listen` and `lanehook demo`.

use std::{path::Path, process::Stdio};

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, process::Command};

use crate::{
    process::{Lines, closed_pipe, full_disk, lanehook, run},
    receiver::{Receiver, answer, status},
    server::{OPERATOR, TestServer},
};

fn send(server: &TestServer, args: &[&str]) -> Command {
    let mut command = lanehook(&["send"]);
    command.args(args).env("LANEHOOK_URL", &server.base).env("LANEHOOK_KEY", OPERATOR);
    command
}

async fn send_lines(server: &TestServer, lines: &str) -> (bool, String, String) {
    let mut child = send(server, &[]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = lines.to_owned();
    let writing = tokio::spawn(async move {
        // It may end early, because of a wrong line.
        let _ = stdin.write_all(lines.as_bytes()).await;
    });
    let output = tokio::time::timeout(crate::client::GUARD, child.wait_with_output()).await.unwrap().unwrap();
    writing.await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn send_publishes_one_event() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({})).await;
    let args = ["price.alert", r#"{"price":187.5}"#, "--id", "p-1", "--ordering-key", "ACME"];
    let (status, out, err) = run(&mut send(&server, &args)).await;
    assert!(status.success(), "{err}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["id"], "p-1");
    assert_eq!(receiver.received(1).await[0].json()["data"], json!({"price": 187.5}));
    assert_eq!(server.get("/events/p-1").await["ordering_key"], "ACME");
    let (status, _, err) = run(&mut send(&server, &["price.alert", "{price}"])).await;
    assert!(!status.success() && err.contains("DATA is not JSON"), "{err}");
}

#[tokio::test]
async fn send_takes_no_word_of_anybody_but_the_server_for_an_answer() {
    let receiver = Receiver::start().await;
    let page = || answer(200, &[("content-type", "text/html")], b"<p>Sign in</p>");
    let list = || answer(200, &[], br#"{"data": [], "events": []}"#);
    let away = |status| answer(status, &[("location", "/login")], b"");
    for (reply, says) in [
        (status(204), "is --url the server"),
        (page(), "is --url the server"),
        (list(), "is --url the server"),
        (away(301), "/login; is that the server?"),
        (away(302), "/login; is that the server?"),
        (away(308), "/login; is that the server?"),
    ] {
        receiver.usually(reply);
        let asked = receiver.count();
        let mut one = lanehook(&["send", "a.b", "1", "--url", &receiver.url(""), "--key", OPERATOR]);
        let (ended, out, err) = run(&mut one).await;
        assert!(!ended.success() && out.is_empty() && err.contains(says), "{says}: {out}{err}");
        let mut file = lanehook(&["send", "--url", &receiver.url(""), "--key", OPERATOR, "-"]);
        let mut child = file.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(b"{\"type\":\"a.b\",\"data\":1}\n").await.unwrap();
        let ended = tokio::time::timeout(crate::client::GUARD, child.wait_with_output()).await.unwrap().unwrap();
        assert!(!ended.status.success() && ended.stdout.is_empty(), "{ended:?}");
        assert_eq!(receiver.count() - asked, 2, "once each: nothing else is asked, and nothing tried again");
    }
}

#[tokio::test]
async fn listen_shows_what_arrives_and_checks_its_signature() {
    let server = TestServer::start_now().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let mut listen = lanehook(&["listen", "--port", "0", "--fail", "1"]);
    let mut listen = listen.env("LANEHOOK_SECRET", secret).spawn().unwrap();
    let shown = Lines::of(listen.stdout.take().unwrap());
    let said = shown.containing("http://127.0.0.1:").await;
    let url = said.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    let retry = json!({"schedule": ["1s"]});
    server.webhook(url, json!({"secret": secret, "retry": retry, "event_types": ["good"]})).await;
    server
        .webhook(
            url,
            json!({"secret": "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY", "retry": {"preset": "none"}, "event_types": ["bad"]}),
        )
        .await;
    let good = server.publish_event(json!({"type": "good", "data": {"price": 187.5}})).await;
    server.delivery_in(&good, "retrying").await;
    shown.containing("503 Service Unavailable: signature verified (standard); refused 1 of 1 times").await;
    server.advance(std::time::Duration::from_secs(2));
    server.delivery_in(&good, "delivered").await;
    let said = shown.containing("204 No Content: signature verified (standard)").await;
    assert!(said.contains("\"price\": 187.5") && said.contains("webhook-id: "), "{said}");
    let bad = server.publish_event(json!({"type": "bad", "data": 1})).await;
    server.delivery_in(&bad, "failed").await;
    shown.containing("401 Unauthorized").await;
    rustix::process::kill_process(Pid::from_raw(listen.id().unwrap() as i32).unwrap(), Signal::INT).unwrap();
    assert!(tokio::time::timeout(crate::client::GUARD, listen.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn who_sends_without_a_key_is_told_both_places_for_it() {
    for args in [&["send", "a.b", "1"][..], &["catalogue", "import", "market"]] {
        let (status, _, err) = run(lanehook(args).env_remove("LANEHOOK_KEY")).await;
        assert!(!status.success() && err.contains("--key <KEY>"), "{err}");
        assert!(err.contains("tip: `--key` can be in the environment instead, as LANEHOOK_KEY"), "{err}");
    }
    let (status, _, err) = run(&mut lanehook(&["send", "--colour", "1"])).await;
    assert!(!status.success() && !err.contains("environment"), "{err}");
}

#[tokio::test]
async fn the_help_of_the_receiver_says_how_it_shows_headers() {
    let (status, out, _) = run(&mut lanehook(&["listen", "--help"])).await;
    assert!(status.success() && out.contains("Names of headers are shown in small letters"), "{out}");
}

#[tokio::test]
async fn send_publishes_for_a_tenant() {
    let server = TestServer::start().await;
    server.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let (status, _, err) = run(&mut send(&server, &["a.b", "1", "--tenant", "acme"])).await;
    assert!(status.success(), "{err}");
    assert_eq!(server.of_tenant("acme").get("/events").await["data"].as_array().unwrap().len(), 1);
    assert_eq!(server.get("/events").await["data"], json!([]));
}

#[tokio::test]
async fn send_publishes_lines_from_standard_input() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"ordering": "strict"})).await;
    let line = |number| json!({"type": "test.event", "id": format!("l{number}"), "data": number}).to_string() + "\n";
    let lines: String = (0..1203).map(line).collect::<String>() + "\n";
    let (success, out, err) = send_lines(&server, &lines).await;
    assert!(success, "{err}");
    assert!(out.contains("1203 events accepted"), "{out}");
    receiver.received(1203).await;
    assert_eq!(receiver.ids()[1202], "l1202", "in the order of the lines");
}

#[tokio::test]
async fn send_leaves_data_as_they_are_byte_for_byte() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"payload": {"type": "data"}})).await;
    let data = r#"{ "b":1.50, "a":12345678901234567890123, "e":1E2 }"#;
    let (status, _, err) = run(&mut send(&server, &["price.alert", data])).await;
    assert!(status.success(), "{err}");
    let (success, _, err) = send_lines(&server, &format!("{{\"type\":\"price.alert\",\"data\":{data}}}")).await;
    assert!(success, "{err}");
    for received in receiver.received(2).await {
        assert_eq!(std::str::from_utf8(&received.body).unwrap(), data);
    }
}

#[tokio::test]
async fn send_takes_an_array_and_a_file_and_names_the_line_of_what_is_wrong() {
    let (server, folder) = (TestServer::start().await, tempfile::tempdir().unwrap());
    let file = folder.path().join("events.json");
    let array = "\n[\n {\"type\":\"a.b\",\n  \"data\":1},\n {\"type\":\"a.b\",\"data\":2}\n]\n";
    std::fs::write(&file, array).unwrap();
    let file = file.to_str().unwrap();
    let (status, out, err) = run(&mut send(&server, &[file])).await;
    assert!(status.success() && out.contains("2 events accepted"), "{out} {err}");
    let (success, out, err) = send_lines(&server, array).await;
    assert!(success && out.contains("2 events accepted"), "{out} {err}");
    std::fs::write(file, array.replace("a.b\",\"data", "two words\",\"data")).unwrap();
    let (status, _, err) = run(&mut send(&server, &[file])).await;
    assert!(!status.success() && err.contains("line 5, type"), "{err}");
    assert_eq!(err.matches("two words").count(), 1, "said once: {err}");
    let (status, _, err) = run(&mut send(&server, &["price.alert"])).await;
    assert!(!status.success() && err.contains("price.alert '{}'"), "the cure: {err}");
}

#[tokio::test]
async fn errors_are_said_once_and_without_a_trace_and_waiting_is_not_silent() {
    let folder = tempfile::tempdir().unwrap();
    let (taken, free) = (std::net::TcpListener::bind("127.0.0.1:0"), std::net::TcpListener::bind("127.0.0.1:0"));
    let address = taken.as_ref().unwrap().local_addr().unwrap().to_string();
    let mut serve = lanehook(&["serve", "--listen", &address, "--data", folder.path().to_str().unwrap()]);
    let (_, _, err) = run(serve.env("RUST_BACKTRACE", "1")).await;
    assert_eq!(err.matches("Address already in use").count(), 1, "{err}");
    assert!(!err.contains("backtrace"), "{err}");
    let nobody = free.unwrap().local_addr().unwrap();
    let mut away = lanehook(&["send", "a.b", "1", "--url", &format!("http://{nobody}"), "--key", "k"]);
    let mut waiting = away.env("RUST_BACKTRACE", "1").spawn().unwrap();
    let said = Lines::of(waiting.stderr.take().unwrap())
        .containing("trying again in 250ms (1 of 8; it is given up after 26s of waiting")
        .await;
    assert!(
        said.matches(&nobody.to_string()).count() == 1 && said.contains("nothing listens there; is the server running"),
        "{said}"
    );
}

#[tokio::test]
async fn a_misspelt_variable_is_refused_whatever_is_run() {
    for command in [vec!["serve", "--listen", "127.0.0.1:0"], vec!["catalogue", "packs"]] {
        let (status, _, err) = run(lanehook(&command).env("LANEHOOK_LISEN", "1")).await;
        assert!(!status.success() && err.contains("did you mean `LANEHOOK_LISTEN`?"), "{err}");
    }
    let (status, _, err) = run(lanehook(&["catalogue", "packs"]).env("LANEHOOK_DEV", "1")).await;
    assert!(status.success(), "{err}");
}

#[tokio::test]
async fn send_names_the_lines_that_were_not_accepted() {
    let server = TestServer::start().await;
    let good = "{\"type\":\"test.event\",\"data\":1}\n";
    for wrong in ["{\"type\":\"two words\",\"data\":1}\n", "{\"type\":\"test.event\",\n", "nonsense\n"] {
        let before = server.get("/events?limit=250").await["data"].as_array().unwrap().len();
        let (success, _, err) = send_lines(&server, &[good, good, "\n", wrong, good].concat()).await;
        assert!(!success);
        assert!(err.contains("line 4"), "{wrong} {err}");
        let after = server.get("/events?limit=250").await["data"].as_array().unwrap().len();
        assert_eq!(before, after, "nothing of what it says was not accepted was kept");
    }
}

#[tokio::test]
async fn send_says_when_nobody_is_there_or_the_key_is_wrong() {
    let server = TestServer::start().await;
    let mut wrong = send(&server, &["a.b", "1"]);
    let (status, _, err) = run(wrong.env("LANEHOOK_KEY", "wrong-key-0123456789-0123456789-0123456789")).await;
    assert!(!status.success() && err.contains("401"), "{err}");
}

#[tokio::test]
async fn the_demo_delivers_and_ends_by_itself() {
    let mut demo = lanehook(&["demo", "--for", "3s", "--listen", "127.0.0.1:0", "--rate", "20"]);
    let (status, out, err) = run(&mut demo).await;
    assert!(status.success(), "{err}");
    assert!(out.contains("curl http://127.0.0.1:"), "{out}");
    let pasted = out.split("-d '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let pasted: Value = serde_json::from_str(pasted).unwrap();
    assert!(pasted["type"].as_str().unwrap().starts_with("price_") && pasted["data"]["title"].is_string(), "{pasted}");
    assert!(!out.contains('\x1b'), "colours are for terminals");
    for receiver in ["steady", "flaky"] {
        let delivered = out.lines().any(|line| line.contains(receiver) && line.contains("signature verified"));
        assert!(delivered, "nothing reached {receiver}: {out}");
    }
}

#[tokio::test]
async fn what_the_demo_prints_to_be_pasted_works_and_stays_in_sight() {
    let folders = tempfile::tempdir().unwrap();
    let mut running = demo(folders.path()).spawn().unwrap();
    let said = Lines::of(running.stdout.take().unwrap());
    let shown = said.containing("api/v1/deliveries -H").await;
    let lines: Vec<&str> = shown.lines().map(str::trim).filter(|line| line.starts_with("curl ")).collect();
    let [publish, list] = lines[..] else { panic!("two lines to paste: {shown}") };
    let paste = async |line: &str| {
        let line = format!("{line} --silent --show-error");
        let (status, out, err) = run(Command::new("sh").args(["-c", &line])).await;
        assert!(status.success(), "{err}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    if run(Command::new("sh").args(["-c", "command -v curl"])).await.0.success() {
        let id = paste(publish).await["id"].as_str().expect("it was accepted").to_owned();
        said.containing(&format!("{id}  received, signature verified")).await;
        assert!(paste(list).await["data"].as_array().is_some_and(|deliveries| !deliveries.is_empty()));
    }
    let sight = async || loop {
        if said.text().matches(publish).count() > 1 {
            return;
        }
        tokio::task::yield_now().await;
    };
    tokio::time::timeout(crate::client::GUARD, sight()).await.expect("it is shown again");
    running.kill().await.unwrap();
}

#[tokio::test]
async fn the_version_is_said() {
    let (status, out, _) = run(&mut lanehook(&["--version"])).await;
    assert!(status.success() && out.starts_with(concat!("lanehook ", env!("CARGO_PKG_VERSION"))), "{out}");
}

/// Of a demonstration whose temporary folders are here.
fn demo(folders: &Path) -> Command {
    let mut demo = lanehook(&["demo", "--listen", "127.0.0.1:0", "--rate", "20"]);
    demo.env("TMPDIR", folders);
    demo
}

fn left_behind(folders: &Path) -> usize {
    std::fs::read_dir(folders).unwrap().count()
}

#[tokio::test]
async fn the_demo_leaves_nothing_behind_however_it_is_ended() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let folders = tempfile::tempdir().unwrap();
        let mut running = demo(folders.path()).spawn().unwrap();
        let said = Lines::of(running.stdout.take().unwrap());
        said.containing("signature verified").await;
        assert_eq!(left_behind(folders.path()), 1);
        rustix::process::kill_process(Pid::from_raw(running.id().unwrap() as i32).unwrap(), signal).unwrap();
        let ended = tokio::time::timeout(crate::client::GUARD, running.wait()).await.unwrap().unwrap();
        assert!(ended.success(), "{signal:?}: {ended}");
        assert_eq!(left_behind(folders.path()), 0, "{signal:?}");
    }
}

#[tokio::test]
async fn the_demo_ends_when_nobody_listens_any_more() {
    let folders = tempfile::tempdir().unwrap();
    let mut unheard = demo(folders.path()).stdout(closed_pipe()).spawn().unwrap();
    let ended = tokio::time::timeout(crate::client::GUARD, unheard.wait()).await.unwrap().unwrap();
    assert_eq!(ended.code(), Some(141));
    assert_eq!(left_behind(folders.path()), 0);
}

#[tokio::test]
async fn a_reader_that_has_had_enough_is_no_problem_and_a_full_disk_is_one() {
    let packs = async |output: Stdio| {
        let unheard = lanehook(&["catalogue", "packs"]).stdout(output).spawn().unwrap();
        let output = tokio::time::timeout(crate::client::GUARD, unheard.wait_with_output()).await.unwrap().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(packs(closed_pipe()).await, (Some(141), String::new()));
    let (code, said) = packs(full_disk()).await;
    assert!(code == Some(1) && said.contains("standard output cannot be written: No space left"), "{said}");
    // An error that cannot be told is still one.
    let mut wrong = lanehook(&["catalogue", "import", "nothing", "--key", "k"]);
    let status = wrong.stderr(full_disk()).status();
    assert_eq!(tokio::time::timeout(crate::client::GUARD, status).await.unwrap().unwrap().code(), Some(1));
}

#[tokio::test]
async fn what_can_never_be_sent_is_not_tried_again() {
    let refused = async |url: &str, key: &str| {
        let mut command = lanehook(&["send", "a.b", "1", "--url", url]);
        let (status, _, err) = run(command.env("LANEHOOK_KEY", key)).await;
        assert!(!status.success());
        err
    };
    for (url, cure) in [
        ("localhost:8420", "write http://localhost:8420"),
        ("127.0.0.1:8420/", "write http://127.0.0.1:8420/"),
        ("[::1]:8420", "write http://[::1]:8420"),
        ("example.com", "write http://example.com"),
        ("ftp://example.com", "write it like http://127.0.0.1:8420"),
        ("http://", "write it like http://127.0.0.1:8420"),
        ("", "write it like http://127.0.0.1:8420"),
    ] {
        let said = refused(url, "k").await;
        assert!(said.contains("--url") && said.contains(cure), "{url}: {said}");
    }
    let said = refused("http://127.0.0.1:1", "two\nlines").await;
    assert!(said.contains("the request cannot be made; are --key"), "{said}");
}

#[tokio::test]
async fn bench_says_where_the_benchmark_is() {
    let (status, _, err) = run(&mut lanehook(&["bench", "--scenario", "latency-300"])).await;
    assert!(!status.success());
    assert!(err.contains("cargo run --release -p lanehook-bench -- --scenario latency-300"), "{err}");
}

#[tokio::test]
async fn a_document_that_says_something_twice_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    for (text, said) in [
        (r#"{"webhooks": {"a": 1, "a": 2}}"#, "read: /webhooks/a: `a` is there twice; give it once"),
        ("{\"webhooks\"", "the text ends in the middle of an object"),
    ] {
        std::fs::write(&file, text).unwrap();
        let mut import = lanehook(&["catalogue", "import", file.to_str().unwrap(), "--key", "k"]);
        let (status, _, err) = run(&mut import).await;
        assert!(!status.success() && err.contains(said), "{err}");
    }
}

#[tokio::test]
async fn an_import_is_for_all_tenants_whatever_is_set_for_sending() {
    let server = TestServer::start().await;
    let import = |key: &str| {
        let mut command = lanehook(&["catalogue", "import", "market"]);
        command.env("LANEHOOK_URL", &server.base).env("LANEHOOK_KEY", key).env("LANEHOOK_TENANT", "gone");
        command
    };
    let (status, out, err) = run(&mut import(OPERATOR)).await;
    assert!(status.success() && out.contains("market: "), "{out} {err}");
    let (status, _, err) = run(&mut import("wrong-key-0123456789-0123456789-0123456789")).await;
    assert!(!status.success() && err.contains("market: POST /api/v1/event-types was refused (401"), "{err}");
}
