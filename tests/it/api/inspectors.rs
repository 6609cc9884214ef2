//! Inspectors as callers make and read them, and as strangers reach them where that is open.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::app::{Answer, Limits, TestApp};

async fn made(app: &TestApp, answers: serde_json::Value) -> String {
    app.post("/inspectors", answers).await.expect(201).text("/id")
}

/// A request to a path of the server, as a stranger makes it.
fn outside(app: &TestApp, method: Method, path: &str) -> RequestBuilder {
    reqwest::Client::builder().no_proxy().build().unwrap().request(method, format!("http://{}{path}", app.address))
}

async fn sent(request: RequestBuilder) -> Answer {
    Answer::read(request.send().await.unwrap()).await.unwrap()
}

async fn open() -> TestApp {
    TestApp::start_with(Limits { inspect_public: true, ..Limits::default() }).await
}

#[tokio::test]
async fn an_inspector_is_made_read_changed_and_deleted() {
    let app = TestApp::start().await;
    let new = app.call("POST", "/inspectors").send().await.expect(201);
    let id = new.text("/id");
    assert_eq!(new.text("/url"), format!("lanehook://inspect/{id}"));
    assert_eq!((new.at("/status"), new.at("/delay"), new.at("/body")), (&json!(200), &json!("0s"), &json!("")));
    let path = format!("/inspectors/{id}");
    let headers = json!({"Retry-After": "5", "X-A": "ä"});
    let change = json!({"name": "slow", "status": 503, "delay": "3s", "headers": headers, "body": "busy"});
    let changed = app.call("PATCH", &path).json(change).await.expect(200);
    let read = app.get(&path).await.expect(200);
    assert_eq!(changed.json, read.json);
    assert_eq!((read.at("/status"), read.at("/delay"), read.at("/body")), (&json!(503), &json!("3s"), &json!("busy")));
    assert_eq!(read.at("/headers"), &json!({"retry-after": "5", "x-a": "ä"}));
    let changed = app.call("PATCH", &path).json(json!({"headers": {}})).await.expect(200);
    assert_eq!((changed.at("/headers"), changed.at("/status")), (&json!({}), &json!(503)));
    let second = made(&app, json!({"name": "second"})).await;
    assert_eq!(app.get("/inspectors").await.expect(200).each("/id"), [second, id]);
    app.call("DELETE", &path).send().await.expect(204);
    for (method, path) in [("GET", path.clone()), ("DELETE", path.clone()), ("GET", format!("{path}/requests"))] {
        app.call(method, &path).send().await.problem(404, "not_found");
    }
    app.get("/inspectors/x").await.problem(404, "not_found");
}

#[tokio::test]
async fn what_cannot_be_is_refused_field_by_field() {
    let app = TestApp::start().await;
    let wrong = json!({"status": 99, "delay": "3m", "headers": {"Set-Cookie": "a=b"}, "body": "x".repeat(20_000)});
    let refused = app.post("/inspectors", wrong).await.problem(400, "invalid_body");
    let at = |place: usize| refused.text(&format!("/errors/{place}/pointer"));
    assert_eq!([at(0), at(1), at(2), at(3)], ["/status", "/delay", "/headers/Set-Cookie", "/body"]);
    app.post("/inspectors", json!({"url": "x"})).await.wrong_field("/url", "unknown field");
    for _ in 0..20 {
        made(&app, json!({})).await;
    }
    let refused = app.post("/inspectors", json!({})).await.problem(409, "quota_reached");
    assert!(refused.text("/detail").contains("20 inspectors"), "{}", refused.raw);
    app.tenant("acme").await;
    app.call("POST", "/inspectors").header("tenant", "acme").json(json!({})).await.expect(201);
}

#[tokio::test]
async fn there_is_no_memory_for_more_than_is_set_and_that_is_said() {
    let app = TestApp::start_with(Limits { inspector_bytes: 20_000, ..Limits::default() }).await;
    app.post("/inspectors", json!({"body": "x".repeat(12_000)})).await.problem(409, "quota_reached");
    let id = made(&app, json!({"body": "x".repeat(6_000)})).await;
    let change = app.call("PATCH", &format!("/inspectors/{id}")).json(json!({"body": "y".repeat(6_000)})).await;
    change.problem(409, "quota_reached");
}

#[tokio::test]
async fn nothing_is_open_to_strangers_unless_the_operator_says_so() {
    let app = TestApp::start().await;
    let id = made(&app, json!({})).await;
    assert_eq!(app.get(&format!("/inspectors/{id}")).await.at("/public_url"), &json!(null));
    let refused = sent(outside(&app, Method::POST, &format!("/inspect/{id}")).body("x")).await;
    refused.problem(404, "unknown_route");
    let list = app.get(&format!("/inspectors/{id}/requests")).await.expect(200);
    assert_eq!(list.at("/data"), &json!([]));
}

#[tokio::test]
async fn where_it_is_open_strangers_send_and_what_they_send_is_kept_byte_for_byte() {
    let app = open().await;
    let answers = json!({"status": 418, "body": "{\"a\":1}", "headers": {"content-type": "application/json"}});
    let id = made(&app, answers).await;
    let shown = app.get(&format!("/inspectors/{id}")).await.expect(200);
    assert_eq!(shown.text("/public_url"), format!("/inspect/{id}"));
    let binary = [0u8, 159, 146, 150, 255];
    let request = outside(&app, Method::PUT, &format!("/inspect/{id}/orders/7?a=b&c=%20"))
        .header("cookie", "lanehook_session=stolen")
        .header("authorization", "Bearer stolen")
        .header("x-own", "<b>bold</b>")
        .body(binary.to_vec());
    let answer = sent(request).await.expect(418);
    assert_eq!((answer.raw.as_str(), answer.header("content-type")), ("{\"a\":1}", "application/json".to_owned()));
    let list = app.get(&format!("/inspectors/{id}/requests")).await.expect(200);
    let got = list.at("/data/0");
    assert_eq!((&got["method"], &got["path"]), (&json!("PUT"), &json!("/orders/7?a=b&c=%20")));
    assert_eq!(got["body"], json!({"encoding": "base64", "content": "AJ+Slv8="}));
    assert_eq!((&got["size"], &got["from"], &got["webhook"]), (&json!(5), &json!("127.0.0.1"), &json!(null)));
    assert_eq!((&got["signature"]["state"], &got["answer"]["status"]), (&json!("not_checked"), &json!(418)));
    assert!(!list.raw.contains("stolen") && !list.raw.contains("cookie"), "{}", list.raw);
    assert!(got["headers"].as_array().unwrap().contains(&json!({"name": "x-own", "value": "<b>bold</b>"})));

    app.call("DELETE", &format!("/inspectors/{id}/requests")).send().await.expect(204);
    assert_eq!(app.get(&format!("/inspectors/{id}")).await.at("/request_count"), &json!(0));
}

#[tokio::test]
async fn a_browser_makes_nothing_of_what_strangers_are_answered() {
    let app = open().await;
    let headers = json!({
        "Content-Type": "text/html", "Location": "https://evil.example/", "Clear-Site-Data": "*", "WWW-Authenticate": "Basic",
        "Refresh": "0;url=https://evil.example/", "Access-Control-Allow-Origin": "*", "Service-Worker-Allowed": "/",
        "Content-Security-Policy": "default-src *", "X-Content-Type-Options": "no", "Link": "</x>;rel=preload"
    });
    let id = made(&app, json!({"status": 302, "headers": headers, "body": "<script>alert(1)</script>"})).await;
    for (method, path) in [
        (Method::GET, format!("/inspect/{id}?<script>")),
        (Method::POST, format!("/inspect/{id}/<script>")),
        (Method::GET, "/inspect/<script>".into()),
        (Method::GET, "/inspect/ins_00000000000000000000000000".into()),
    ] {
        let request =
            outside(&app, method, &path).header("accept", "text/html").header("origin", "https://evil.example");
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let answer = Answer::read(client.execute(request.build().unwrap()).await.unwrap()).await.unwrap();
        let kind = answer.header("content-type");
        assert!(kind == "text/plain; charset=utf-8" || kind == "application/problem+json", "{path}: {kind}");
        assert!(answer.header("content-security-policy").ends_with("; sandbox"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        for name in [
            "location",
            "set-cookie",
            "clear-site-data",
            "www-authenticate",
            "refresh",
            "link",
            "service-worker-allowed",
        ] {
            assert!(!answer.headers.contains_key(name), "{path}: {name}");
        }
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{path}");
        assert!(kind.starts_with("text/plain") || !answer.raw.contains("<script>"), "{path}: {}", answer.raw);
    }
}

#[tokio::test]
async fn strangers_are_bounded_by_address_and_body() {
    let app = open().await;
    let id = made(&app, json!({})).await;
    let path = format!("/inspect/{id}");
    sent(outside(&app, Method::POST, &path).body(vec![b'x'; 65_536])).await.expect(200);
    sent(outside(&app, Method::POST, &path).body(vec![b'x'; 65_537])).await.problem(413, "body_too_large");
    for _ in 2..100 {
        outside(&app, Method::POST, &path).send().await.unwrap();
    }
    let refused = sent(outside(&app, Method::POST, &path)).await.problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "10");
    assert_eq!(refused.header("x-content-type-options"), "nosniff");
    app.clock.advance(Duration::from_secs(10));
    sent(outside(&app, Method::POST, &path)).await.expect(200);
    let kept = app.get(&format!("/inspectors/{id}")).await.expect(200);
    assert_eq!((kept.at("/request_count"), kept.at("/forgotten_count")), (&json!(100), &json!(0)));
}

#[tokio::test]
async fn who_has_gone_gets_nothing_more_from_outside() {
    let app = open().await;
    app.tenant("acme").await;
    let id = app.call("POST", "/inspectors").header("tenant", "acme").json(json!({})).await.expect(201).text("/id");
    sent(outside(&app, Method::POST, &format!("/inspect/{id}"))).await.expect(200);
    app.call("DELETE", "/tenants/acme").send().await.expect(204);
    sent(outside(&app, Method::POST, &format!("/inspect/{id}"))).await.problem(404, "not_found");
}
