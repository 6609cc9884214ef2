//! The first start: the key that is shown once, what is private, and what is refused.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Stdio};

use reqwest::Method;
use rustix::process::{Pid, Signal};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    client::Client,
    process::{Lines, Process, lanehook, run},
    receiver::Receiver,
    server::OPERATOR,
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The lines to paste, of what the first start has shown.
fn lines(shown: &str) -> Vec<String> {
    shown.lines().filter_map(|line| line.strip_prefix("    ")).map(str::to_owned).collect()
}

/// What a line says when it is pasted into a shell.
async fn paste(line: &str) -> Value {
    let line = line.replacen("curl ", "curl --silent --show-error ", 1);
    let (status, out, err) = run(Command::new("sh").args(["-c", &line])).await;
    assert!(status.success(), "{line}: {err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{line}: {error}: {out}"))
}

async fn has_curl() -> bool {
    run(Command::new("sh").args(["-c", "command -v curl"])).await.0.success()
}

#[tokio::test]
async fn the_first_start_shows_a_key_once_and_lines_that_work_when_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("not/there/yet");
    let process = Process::serve_with(&data, &[], &[]).await;
    let shown = process.stdout.containing("unless the server runs with --dev").await;
    assert!(shown.contains("shown this once"), "{shown}");
    let lines = lines(&shown);
    let [key, link, webhook, event, owed] = lines.as_slice() else { panic!("{shown}") };
    let client = Client::new(process.client.base.clone(), key);
    assert_eq!(client.get("/events").await["data"], json!([]));
    let (page, code) = link.split_once('#').unwrap();
    assert!(page.ends_with("/sign-in"), "{link}");
    let opening = Client::new(process.client.base.clone(), code);
    let signed_in = opening.try_call(Method::POST, "/session", None).await.unwrap();
    assert_eq!((signed_in.status, &signed_in.json["key"]["name"]), (200, &json!("operator (bootstrap)")));
    assert_eq!(opening.try_call(Method::POST, "/session", None).await.unwrap().status, 401, "only once");
    if has_curl().await {
        assert_eq!(paste(webhook).await["status"], "paused");
        let published = paste(event).await;
        assert_eq!((&published["type"], &published["deliveries"]), (&json!("price_alert"), &json!(1)));
        let owed = paste(owed).await;
        assert_eq!((&owed["data"][0]["event"], &owed["data"][0]["status"]), (&published["id"], &json!("pending")));
        assert!(paste(webhook).await.get("errors").is_none(), "also once more");
    }
    assert!(!process.stderr.text().contains(key), "not in the log");
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("master.key")), 0o600);
    assert!(process.terminate().await.success());

    let process = Process::serve_with(&data, &[], &[]).await;
    let client = Client::new(process.client.base.clone(), key);
    client.get("/events").await;
    assert_eq!(process.stdout.text(), "", "it is not shown again");
    process.stderr.containing("is shown once, when it is made").await;
    process.stderr.containing("lanehook keys create --data").await;
}

#[tokio::test]
async fn in_development_the_lines_of_the_first_start_show_an_event_arrive() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve_with(&data.path().join("new"), &["--dev", "--grace", "200ms"], &[]).await;
    let shown = process.stdout.containing("/api/v1/events").await;
    let lines = lines(&shown);
    let [_, _, listen, webhook, event] = lines.as_slice() else { panic!("{shown}") };
    // Another test may listen at the usual port.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let (listen, webhook) = (listen.replace("9000", &free), webhook.replace("9000", &free));
    let mut receiver = Command::new("sh");
    let exec = format!("exec {listen}");
    receiver.args(["-c", &exec]).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut receiver = receiver.spawn().unwrap();
    let arrived = Lines::of(receiver.stdout.take().unwrap());
    arrived.containing("Listening").await;
    if has_curl().await {
        paste(&webhook).await;
        assert_eq!(paste(event).await["deliveries"], 1);
        let arrived = arrived.containing("ACME").await;
        assert!(arrived.contains("price_alert"), "{arrived}");
    }
}

#[tokio::test]
async fn over_tls_the_lines_of_the_first_start_name_whom_to_trust() {
    for (names, host) in [(vec!["localhost"], "localhost"), (vec!["localhost", "127.0.0.1"], "127.0.0.1")] {
        let folder = tempfile::tempdir().unwrap();
        let made =
            rcgen::generate_simple_self_signed(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()).unwrap();
        // A shell would take this name apart.
        let (cert, key) = (folder.path().join("my cert's.pem"), folder.path().join("key.pem"));
        fs::write(&cert, made.cert.pem()).unwrap();
        fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let args = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
        let process = Process::serve_with(&folder.path().join("new"), &args, &[]).await;
        let shown = process.stdout.containing("unless the server runs with --dev").await;
        let lines = lines(&shown);
        let [_, _, webhook, event, owed] = lines.as_slice() else { panic!("{shown}") };
        assert!(webhook.contains(&format!(" https://{host}:")) && webhook.contains(" --cacert '/"), "{webhook}");
        if has_curl().await {
            paste(webhook).await;
            paste(event).await;
            assert_eq!(paste(owed).await["data"][0]["status"], "pending");
        }
    }
}

/// A start that is refused has made nothing.
#[tokio::test]
async fn a_start_that_is_refused_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let here = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, file, nowhere) = (here("not/there"), here("file"), here("nowhere"));
    fs::write(&file, "no certificate").unwrap();
    for (args, env, part) in [
        (vec!["--listen", &taken], None, "choose another with --listen"),
        (vec!["--listen", "127.0.0.1:0", "--metrics-listen", &taken], None, "--metrics-listen"),
        (
            vec!["--listen", &taken, "--metrics-listen", &taken],
            None,
            "--listen is there already; choose another with --metrics-listen",
        ),
        (vec!["--listen", "127.0.0.1:0", "--tls-cert", &nowhere, "--tls-key", &nowhere], None, "--tls-cert"),
        (vec!["--listen", "127.0.0.1:0", "--extra-ca", &file], None, "cannot be used"),
        (vec!["--listen", "127.0.0.1:0"], Some(("LANEHOOK_MASTER_KEY", "short")), "openssl rand"),
        (vec!["--listen", "127.0.0.1:0"], Some(("LANEHOOK_OPERATOR_KEY", "short")), "32 to 200"),
        (vec!["--listen", "127.0.0.1:0", "--log", "verbose"], None, "no filter"),
    ] {
        let mut serve = lanehook(&["serve", "--data", &data]);
        let (status, _, err) = run(serve.args(&args).envs(env)).await;
        assert!(!status.success() && err.contains(part), "{args:?}: {err}");
        assert!(!folder.path().join("not").exists(), "{args:?}");
    }
    let mut below_a_file = lanehook(&["serve", "--listen", "127.0.0.1:0", "--data", &format!("{file}/data")]);
    assert!(!run(&mut below_a_file).await.0.success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the file alone");
}

async fn new_key(data: &Path, args: &[&str]) -> (bool, String, String) {
    let folder = data.to_str().unwrap();
    let mut create = lanehook(&["keys", "create", "--data", folder]);
    let (status, out, err) = run(create.args(args)).await;
    (status.success(), out.trim().to_owned(), err)
}

#[tokio::test]
async fn the_owner_of_the_data_makes_a_key_while_the_server_runs_and_while_it_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (made, _, err) = new_key(&data, &[]).await;
    assert!(!made && err.contains("is no data folder of lanehook") && !data.exists(), "{err}");

    let process = Process::serve(&data).await;
    assert_eq!(mode(&data.join("owner.sock")), 0o600);
    let (made, running, err) = new_key(&data, &["--name", "spare"]).await;
    assert!(made, "{err}");
    Client::new(process.client.base.clone(), &running).get("/tenants").await;
    let (made, of_tenant, err) = new_key(&data, &["--tenant", "default"]).await;
    assert!(made, "{err}");
    let of_tenant = Client::new(process.client.base.clone(), &of_tenant);
    of_tenant.get("/events").await;
    assert_eq!(of_tenant.try_call(Method::GET, "/tenants", None).await.unwrap().status, 403);
    let names: Vec<Value> = process.client.get("/api-keys").await["data"].as_array().unwrap().clone();
    assert!(names.iter().any(|key| key["name"] == "spare"), "{names:?}");
    for (wrong, part) in [(["--tenant", "gone"], "no tenant `gone`"), (["--name", ""], "/name")] {
        let (made, _, err) = new_key(&data, &wrong).await;
        assert!(!made && err.contains(part), "{err}");
    }
    assert!(process.terminate().await.success());
    assert!(!data.join("owner.sock").exists());

    let (made, stopped, err) = new_key(&data, &[]).await;
    assert!(made, "{err}");
    let process = Process::serve(&data).await;
    for key in [running, stopped] {
        Client::new(process.client.base.clone(), &key).get("/tenants").await;
    }
    process.kill().await;
    let process = Process::serve(&data).await;
    let (made, _, err) = new_key(&data, &[]).await;
    assert!(made, "a socket that was left behind is made anew: {err}");
    drop(process);
}

#[tokio::test]
async fn an_api_that_others_can_reach_without_tls_is_warned_of() {
    let warned = async |args: &[&str]| {
        let data = tempfile::tempdir().unwrap();
        let mut serve = lanehook(&["serve", "--data", data.path().to_str().unwrap()]);
        let mut running = serve.args(args).spawn().unwrap();
        let said = Lines::of(running.stderr.take().unwrap());
        said.containing(" is ready").await;
        rustix::process::kill_process(Pid::from_raw(running.id().unwrap() as i32).unwrap(), Signal::TERM).unwrap();
        said.containing("stopped").await.contains("open to other machines without TLS")
    };
    assert!(warned(&["--listen", ":0"]).await);
    assert!(!warned(&["--listen", "127.0.0.1:0"]).await);
    assert!(!warned(&["--listen", ":0", "--proxy-trusted", "192.0.2.0/24"]).await);
}

#[tokio::test]
async fn the_operators_key_from_the_environment_is_used_and_replaced_with_it() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    process.client.get("/events").await;
    assert_eq!(process.stdout.text(), "", "a key that is known already is not shown");
    assert!(process.terminate().await.success());
    let other = "another-key-for-the-operator-0123456789";
    let process = Process::serve_with(data.path(), &[], &[("LANEHOOK_OPERATOR_KEY", other)]).await;
    Client::new(process.client.base.clone(), other).get("/events").await;
    assert_eq!(process.client.try_call(Method::GET, "/events", None).await.unwrap().status, 401);
    let said = process.stderr.containing("the operator's key before it is revoked").await;
    assert!(said.contains(&OPERATOR[..8]), "which it was: {said}");
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    let mut second = lanehook(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()]);
    let (status, _, err) = run(&mut second).await;
    assert!(!status.success());
    let first = format!("another lanehook (process {}) uses {}", process.pid().as_raw_pid(), data.path().display());
    assert!(err.contains(&first) && err.contains("--data") && !err.contains("cannot write"), "{err}");
    process.client.publish().await;
}

#[tokio::test]
async fn webhooks_that_need_the_development_mode_are_told_of_without_it() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    process.client.webhook("http://127.0.0.1:9999/", json!({})).await;
    process.client.webhook("https://example.com/", json!({})).await;
    assert!(process.terminate().await.success());
    let key = [("LANEHOOK_OPERATOR_KEY", OPERATOR)];
    let process = Process::serve_with(data.path(), &["--grace", "200ms"], &key).await;
    let said = process.stderr.containing("webhooks were made with --dev").await;
    assert!(said.contains("\"count\":1"), "{said}");
    assert!(process.terminate().await.success());
    let process = Process::serve(data.path()).await;
    assert!(!process.stderr.text().contains("were made with --dev"), "{}", process.stderr.text());
}

#[tokio::test]
async fn a_wrong_master_key_is_refused() {
    let data = tempfile::tempdir().unwrap();
    assert!(Process::serve(data.path()).await.terminate().await.success());
    let serve = || lanehook(&["serve", "--listen", "127.0.0.1:0", "--data", data.path().to_str().unwrap()]);
    let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let (status, _, err) = run(serve().env("LANEHOOK_MASTER_KEY", other)).await;
    assert!(!status.success());
    assert!(err.contains("master key"), "{err}");
    let (status, _, err) = run(serve().env("LANEHOOK_MASTER_KEY", "short")).await;
    assert!(!status.success());
    assert!(err.contains("openssl rand -base64 32"), "the fix is named: {err}");
    fs::set_permissions(data.path().join("master.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let (status, _, err) = run(&mut serve()).await;
    assert!(!status.success());
    assert!(err.contains("chmod 600"), "{err}");

    fs::remove_file(data.path().join("master.key")).unwrap();
    let (status, _, err) = run(&mut serve()).await;
    assert!(!status.success());
    assert!(err.contains("master.key is missing") && err.contains("put it back"), "{err}");
    assert!(!data.path().join("master.key").exists(), "no other is made in its place");
}

#[tokio::test]
async fn a_port_that_is_taken_and_a_setting_that_is_wrong_are_named() {
    let data = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = data.path().to_str().unwrap();
    let (status, _, err) = run(&mut lanehook(&["serve", "--listen", &address, "--data", folder])).await;
    assert!(!status.success());
    assert!(err.contains(&address) && err.contains("--listen"), "{err}");
    let (status, _, err) = run(&mut lanehook(&["serve", "--log", "verbose", "--data", folder])).await;
    assert!(!status.success());
    assert!(err.contains("`verbose` is no filter; write a level"), "it would silence everything: {err}");
    let mut short = lanehook(&["serve", "--data", folder]);
    let (status, _, err) = run(short.env("LANEHOOK_OPERATOR_KEY", "short")).await;
    assert!(!status.success());
    assert!(err.contains("LANEHOOK_OPERATOR_KEY") && err.contains("32 to 200"), "{err}");
    assert!(OPERATOR.len() >= 32);
}

#[tokio::test]
async fn without_dev_receivers_on_this_machine_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let env = [("LANEHOOK_OPERATOR_KEY", OPERATOR)];
    let process = Process::serve_with(data.path(), &[], &env).await;
    for url in ["http://127.0.0.1:8080/", "https://127.0.0.1:8443/", "https://localhost/", "https://[::1]:8443/"] {
        let refused = process.client.post("/webhooks", json!({"url": url})).await;
        assert_eq!(refused.status, 400, "{url}");
        assert_eq!(refused.json["errors"][0]["pointer"], "/url", "{}", refused.raw);
    }
}

#[tokio::test]
async fn proxies_of_the_environment_are_ignored() {
    let data = tempfile::tempdir().unwrap();
    let (proxy, receiver) = (Receiver::start().await, Receiver::start().await);
    let at = proxy.url("");
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let mut env: Vec<(&str, &str)> = names.map(|name| (name, at.as_str())).into();
    env.extend([("LANEHOOK_OPERATOR_KEY", OPERATOR), ("no_proxy", ""), ("NO_PROXY", "")]);
    let process = Process::serve_with(data.path(), &["--dev", "--grace", "200ms"], &env).await;
    process.client.webhook(&receiver.url("/"), json!({})).await;
    process.client.publish().await;
    receiver.received(1).await;
    process.client.idle().await;
    assert_eq!(proxy.count(), 0);
}
