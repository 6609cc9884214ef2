//! What holds for every request.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    app::{Limits, OPERATOR, TestApp},
    client::GUARD,
};

#[tokio::test]
async fn every_answer_has_a_request_id() {
    let app = TestApp::start().await;
    let own = app.call("GET", "/events").header("x-request-id", "trace-1_A").send().await.expect(200);
    assert_eq!(own.header("x-request-id"), "trace-1_A");
    for bad in ["a b", "<x>", &"x".repeat(65)] {
        let answer = app.call("GET", "/nothing").header("x-request-id", bad).send().await.problem(404, "unknown_route");
        assert!(answer.header("x-request-id").starts_with("req_"));
    }
    assert!(app.bare_call("GET", "/healthz").send().await.expect(200).header("x-request-id").starts_with("req_"));
}

#[tokio::test]
async fn what_is_asked_for_is_no_longer_than_it_needs_to_be() {
    let app = TestApp::start().await;
    let long = "x".repeat(8 << 10);
    for path in [format!("/events/{long}"), format!("/nothing/{long}"), format!("/events?{long}")] {
        app.get(&path).await.problem(414, "uri_too_long");
    }
    app.bare_call("GET", &format!("/{long}")).send().await.problem(414, "uri_too_long");
    let many = |count| format!("/events?{}", vec!["a"; count].join("&"));
    let refused = app.get(&many(65)).await.problem(400, "invalid_parameter");
    assert!(refused.text("/detail").contains("more than 64"), "{}", refused.raw);
    let unknown = app.get(&many(64)).await.problem(400, "invalid_parameter");
    assert!(unknown.text("/detail").contains("unknown"), "{}", unknown.raw);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let app = TestApp::start().await;
    app.get("/nothing").await.problem(404, "unknown_route");
    app.bare_call("GET", "/buzz").send().await.problem(404, "unknown_route");
    let slash = app.get("/webhooks/").await.problem(404, "unknown_route");
    assert!(slash.text("/detail").ends_with("so this is /api/v1/webhooks"), "{}", slash.raw);
    let answer = app.call("DELETE", "/events").send().await.problem(405, "method_not_allowed");
    assert!(answer.header("allow").contains("POST"), "{:?}", answer.headers);
    app.bare_call("POST", "/healthz").send().await.problem(405, "method_not_allowed");
}

#[tokio::test]
async fn bodies_are_json_whole_and_not_too_large() {
    let app = TestApp::start_with(Limits { max_body_bytes: 4096, max_event_bytes: 1024, ..Limits::default() }).await;
    let post = |path: &str, kind: &'static str, body: String| app.call("POST", path).body(kind, body);
    for path in ["/events", "/webhooks", "/tenants", "/api-keys"] {
        post(path, "text/plain", "{}".into()).await.problem(415, "unsupported_media_type");
        post(path, "application/json", "{".into()).await.wrong_field("", "a `}` is missing");
        post(path, "application/json", "{} x".into()).await.problem(400, "invalid_body");
        post(path, "application/json", "[]".into()).await.problem(400, "invalid_body");
        post(path, "application/json", String::new()).await.wrong_field("", "there is nothing to read");
        app.call("POST", path).send().await.problem(415, "unsupported_media_type");
    }
    let large = |bytes: usize| json!({"type": "a", "data": "x".repeat(bytes)}).to_string();
    post("/events", "application/json", large(5000)).await.problem(413, "body_too_large");
    post("/events", "application/json", large(1100)).await.wrong_field("/data", "at most 1024 bytes");
    post("/events", "application/json; charset=utf-8", large(1000)).await.expect(202);
    post("/webhooks", "application/json", large(300_000)).await.problem(413, "body_too_large");
}

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_refused() {
    let app = TestApp::start().await;
    let twice = app.call("GET", "/webhooks").header("authorization", "Bearer another").send().await;
    let twice = twice.problem(400, "invalid_header");
    assert_eq!(twice.text("/errors/0/header"), "Authorization");
    for (codings, status, code) in [
        (&["gzip, chunked"][..], 501, "unknown_transfer_coding"),
        (&["chunked", "chunked"], 400, "invalid_header"),
        (&["chunked, chunked"], 400, "invalid_header"),
        // Only that there is no event in it.
        (&["chunked"], 400, "invalid_body"),
    ] {
        let lines: String = codings.iter().map(|coding| format!("Transfer-Encoding: {coding}\r\n")).collect();
        let coded = format!(
            "POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {OPERATOR}\r\nContent-Type: \
             application/json\r\n{lines}Connection: close\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"
        );
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(coded.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(GUARD, stream.read_to_string(&mut answer)).await.expect("an end").unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(code), "{codings:?}: {answer}");
    }
}

#[tokio::test]
async fn a_member_is_sent_once_whatever_the_body_is_about() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    app.call("PUT", "/event-types/price.alert").json(json!({"versions": [{"schema": {}}]})).await.expect(201);
    for (method, path, body, pointer) in [
        ("POST", "/events", r#"{"type": "a", "data": 1, "type": "b"}"#, "/type"),
        ("PATCH", "/webhooks/w", r#"{"metadata": {"a": "1", "a": "2"}}"#, "/metadata/a"),
        ("POST", "/webhooks/w/test", r#"{"timeout": "1s", "timeout": "2s"}"#, "/timeout"),
        ("POST", "/webhooks/w/secret/rotate", r#"{"grace": "1s", "grace": "2s"}"#, "/grace"),
        ("POST", "/render", r#"{"webhook": {"url": "a", "url": "b"}}"#, "/webhook/url"),
        ("POST", "/tenants", r#"{"id": "a", "id": "b"}"#, "/id"),
        ("PATCH", "/tenants/default", r#"{"quotas": {"webhooks": 1, "webhooks": 2}}"#, "/quotas/webhooks"),
        ("POST", "/api-keys", r#"{"name": "a", "scopes": ["keys"], "name": "b"}"#, "/name"),
        (
            "PUT",
            "/event-types/a",
            r#"{"versions": [{"schema": {"type": "object", "type": "null"}}]}"#,
            "/versions/0/schema/type",
        ),
        ("PATCH", "/event-types/price.alert", r#"{"title": "a", "title": "b"}"#, "/title"),
        ("POST", "/event-types/price.alert/versions", r#"{"schema": {}, "schema": {}}"#, "/schema"),
        ("POST", "/event-types", r#"{"event_types": [{"name": "a", "name": "b"}]}"#, "/event_types/0/name"),
        ("POST", "/event-types", r#"{"openapi": {"openapi": "3.1.0", "openapi": "3.1.1"}}"#, "/openapi/openapi"),
    ] {
        let answer = app.call(method, path).body("application/json", body).await;
        assert_eq!(answer.status, 400, "{method} {path}: {}", answer.raw);
        answer.wrong_field(pointer, "is there twice");
    }
    // An event's data is its publisher's own, and sent on byte for byte.
    let data = r#"{"type": "a", "data": {"n": 1, "n": 2}}"#;
    app.call("POST", "/events").body("application/json", data).await.expect(202);
}

#[tokio::test]
async fn text_is_read_as_json_where_the_operator_says_so() {
    let app = TestApp::start_with(Limits { text_is_json: true, ..Limits::default() }).await;
    let post = async |kind: &str, body: &'static str| app.call("POST", "/events").body(kind, body).await;
    post("text/plain; charset=utf-8", r#"{"type": "a", "data": 1}"#).await.expect(202);
    post("text/plain", "AAPL rose").await.problem(400, "invalid_body");
    post("text/html", "{}").await.problem(415, "unsupported_media_type");
    let app = TestApp::start().await;
    let refused = app.call("POST", "/events").body("text/plain", "{}").await.problem(415, "unsupported_media_type");
    assert!(refused.text("/detail").contains("text_is_json"));
}

#[tokio::test]
async fn pages_of_named_origins_may_call_from_a_browser() {
    let origins = vec!["https://app.example.com".parse().unwrap()];
    let app = TestApp::start_with(Limits { cors_origins: origins, ..Limits::default() }).await;
    let ask = |origin: &str| {
        let asked = app.bare_call("OPTIONS", "/webhooks").header("origin", origin);
        asked.header("access-control-request-method", "POST").header("access-control-request-headers", "authorization")
    };
    let permitted = ask("https://app.example.com").send().await.expect(204);
    assert_eq!(permitted.header("access-control-allow-origin"), "https://app.example.com");
    let description = app.bare_call("GET", "/openapi.json").send().await.expect(200).json;
    let operations =
        description["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let parameters = operations.flat_map(|operation| operation["parameters"].as_array().into_iter().flatten());
    let described =
        parameters.filter(|parameter| parameter["in"] == "header").map(|header| header["name"].as_str().unwrap());
    let sent = permitted.header("access-control-allow-headers").to_lowercase();
    let sent: Vec<&str> = sent.split(',').map(str::trim).collect();
    for name in described.chain(["Authorization", "Tenant", "If-None-Match", "Content-Type"]) {
        assert!(sent.contains(&&*name.to_lowercase()), "{name}: {sent:?}");
    }
    assert!(permitted.header("access-control-allow-methods").contains("PATCH"));
    let refused = ask("https://other.example").send().await.expect(401);
    assert!(!refused.headers.contains_key("access-control-allow-origin"));
    assert_eq!(refused.header("vary"), "Origin");

    for (call, status) in [(app.call("GET", "/webhooks"), 200), (app.bare_call("GET", "/webhooks"), 401)] {
        let answer = call.header("origin", "https://app.example.com").send().await.expect(status);
        assert_eq!(answer.header("access-control-allow-origin"), "https://app.example.com");
        for name in ["ETag", "RateLimit", "Retry-After"] {
            assert!(answer.header("access-control-expose-headers").contains(name), "{name}");
        }
    }
    // With any origin permitted, no answer permits a browser's own credentials.
    let app = TestApp::start_with(Limits { cors_origins: vec!["*".parse().unwrap()], ..Limits::default() }).await;
    let asked = app.bare_call("OPTIONS", "/webhooks").header("origin", "https://any.example");
    let asked = asked.header("access-control-request-method", "POST").send().await.expect(204);
    let answered = app.call("GET", "/webhooks").header("origin", "https://any.example").send().await.expect(200);
    for answer in [asked, answered] {
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    }
    // As it is without a word of the operator's.
    let app = TestApp::start().await;
    let asked = app.bare_call("OPTIONS", "/webhooks").header("origin", "https://app.example.com");
    let refused = asked.header("access-control-request-method", "POST").send().await.expect(401);
    assert!(!refused.headers.contains_key("access-control-allow-origin") && !refused.headers.contains_key("vary"));
}

#[tokio::test]
async fn an_events_type_is_called_type_everywhere_and_its_other_name_is_taken() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    for name in ["type", "event_type"] {
        app.post("/events", json!({name: "price.alert", "data": 1})).await.expect(202);
        app.post("/events", json!({"events": [{name: "price.alert", "data": 1}]})).await.expect(202);
        let preview = json!({"webhook_id": "w", "event": {name: "price.alert", "data": 1}});
        assert_eq!(app.post("/render", preview).await.expect(200).text("/event/type"), "price.alert");
        for list in ["/events", "/deliveries", "/webhooks/w/deliveries", "/webhooks"] {
            assert!(!app.get(&format!("{list}?{name}=price.alert")).await.expect(200).each("/id").is_empty(), "{list}");
            let wrong = app.get(&format!("{list}?{name}=a%20b")).await.problem(400, "invalid_parameter");
            assert!(wrong.text("/detail").contains(&format!("`{name}`")), "{}", wrong.raw);
        }
    }
    let twice = json!({"type": "a", "event_type": "b", "data": 1});
    app.post("/events", twice).await.problem(400, "invalid_body");
}

#[tokio::test]
async fn unknown_and_malformed_parameters_are_named() {
    let app = TestApp::start().await;
    for (path, name) in [
        ("/events?colour=red", "colour"),
        ("/events?limit=251", "limit"),
        ("/events?limit=0", "limit"),
        ("/events?from=yesterday", "from"),
        ("/events?event_type=a%20b", "event_type"),
        ("/events?cursor=%25", "cursor"),
        ("/events?cursor=YWJj", "cursor"),
        ("/events?limit=1&limit=2", "limit"),
        ("/events/x?limit=1", "limit"),
        ("/webhooks?status=gone", "status"),
        ("/webhooks?cursor=", "cursor"),
        ("/deliveries?status=lost", "status"),
        ("/deliveries?cursor=YWJj", "cursor"),
        ("/api-keys?cursor=YWJj", "cursor"),
        ("/tenants?cursor=Kg", "cursor"),
    ] {
        let answer = app.get(path).await.problem(400, "invalid_parameter");
        assert_eq!(answer.text("/errors/0/parameter"), name, "{path}: {}", answer.raw);
    }
    let answer = app.call("POST", "/events?dry=1").json(json!({"type": "a", "data": 1})).await;
    assert_eq!(answer.problem(400, "invalid_parameter").text("/errors/0/parameter"), "dry");
}

#[tokio::test]
async fn what_readiness_tells_besides_does_not_decide_it() {
    let app = TestApp::start().await;
    app.post("/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
    app.post("/events", json!({"type": "a", "data": 1})).await.expect(202);
    // Nobody can say any more what is owed; what is written for readiness is elsewhere.
    app.database().execute_batch("ALTER TABLE deliveries RENAME TO elsewhere").unwrap();
    let ready = async || app.call("GET", "/readyz").send().await.expect(200);
    let without = ready().await;
    assert_eq!((without.text("/store"), without.at("/oldest_undelivered_seconds")), ("ok".to_owned(), &json!(null)));
    app.database().execute_batch("ALTER TABLE elsewhere RENAME TO deliveries").unwrap();
    app.clock.advance(std::time::Duration::from_secs(59));
    assert_eq!(ready().await.at("/oldest_undelivered_seconds"), &json!(null), "it is not asked again so soon");
    app.clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(ready().await.at("/oldest_undelivered_seconds"), &json!(61));
}

#[tokio::test]
async fn health_is_told_to_everyone() {
    let app = TestApp::start().await;
    app.bare_call("GET", "/healthz").send().await.expect(200);
    let mut ready = app.call("GET", "/readyz").send().await.expect(200);
    let log = ready.json.as_object_mut().unwrap().remove("log_bytes");
    assert!(log.is_some_and(|bytes| bytes.is_u64()), "{}", ready.raw);
    assert_eq!(
        ready.json,
        json!({
            "status": "ready", "troubles": [], "store": "ok", "disk": "ok", "sending": "ok", "clock": "ok", "log": "ok",
            "oldest_undelivered_seconds": null, "webhooks": 0, "jobs": [], "set_aside": {"webhooks": 0, "reasons": []},
            "scripts": {"status": "unknown", "missing": []},
        })
    );
    let little = json!({"status": "ready", "troubles": []});
    assert_eq!(app.bare_call("GET", "/readyz").send().await.expect(200).json, little);
    let tenants = app.tenant("acme").await;
    assert_eq!(app.call_as(&tenants, "GET", "/readyz").send().await.expect(200).json, little);
    app.call_as("lhk_wrong", "GET", "/readyz").send().await.problem(401, "unauthorized");
    app.post("/webhooks", json!({"url": "https://example.com/"})).await.expect(201);
    app.post("/events", json!({"type": "a", "data": 1})).await.expect(202);
    app.clock.advance(std::time::Duration::from_secs(90));
    let ready = app.call("GET", "/readyz").send().await.expect(200);
    assert_eq!((ready.at("/oldest_undelivered_seconds"), ready.at("/webhooks")), (&json!(90), &json!(1)));
    // An hour back: what was seen then is not for now.
    app.clock.set(app.clock.now() - std::time::Duration::from_secs(3600));
    let ahead = app.call("GET", "/readyz").send().await.expect(200);
    assert_eq!(ahead.at("/troubles"), &json!(["clock"]));
    assert!(ahead.text("/clock").contains("ahead of the clock"), "{}", ahead.raw);
    app.store.close().await;
    let still = app.bare_call("GET", "/readyz").send().await.expect(200);
    assert_eq!(still.text("/status"), "ready", "what was seen last holds for two seconds");
    app.clock.advance(std::time::Duration::from_secs(2));
    let not_ready = json!({"status": "not_ready", "troubles": ["store", "clock"]});
    assert_eq!(app.bare_call("GET", "/readyz").send().await.expect(503).json, not_ready);
    let answer = app.post("/events", json!({"type": "a", "data": 1})).await.problem(503, "shutting_down");
    assert_eq!(answer.header("retry-after"), "5");
}

#[tokio::test]
async fn what_other_systems_have_elsewhere_is_pointed_at() {
    let app = TestApp::start().await;
    for (path, status, part) in [
        ("/webhooks/templates", "not_found", "/api/v1/platforms"),
        ("/subscriptions", "unknown_route", "/api/v1/webhooks"),
        ("/webhooks/w/logs", "unknown_route", "/webhooks/{id}/deliveries"),
    ] {
        let detail = app.get(path).await.problem(404, status).text("/detail");
        assert!(detail.contains(part), "{path}: {detail}");
    }
}

#[tokio::test]
async fn a_byte_order_mark_is_no_part_of_the_body() {
    let app = TestApp::start().await;
    let body = |json: serde_json::Value| format!("\u{feff}{json}");
    let post = |path: &str, body: String| app.call("POST", path).body("application/json", body);
    post("/events", body(json!({"type": "a", "data": 1}))).await.expect(202);
    post("/webhooks", body(json!({"url": "https://example.com/"}))).await.expect(201);
}

#[tokio::test]
async fn a_cursor_of_one_list_is_refused_by_another() {
    let app = TestApp::start().await;
    for id in ["a", "b"] {
        app.call("PUT", &format!("/webhooks/{id}")).json(json!({"url": "https://example.com/"})).await.expect(201);
    }
    for id in ["a", "b"] {
        app.post("/events", json!({"type": "a", "data": 1, "id": id})).await.expect(202);
    }
    let lists = [
        "/events",
        "/webhooks",
        "/deliveries",
        "/webhooks/a/deliveries",
        "/webhooks/b/deliveries",
        "/events/a/deliveries",
    ];
    for list in lists {
        let cursor = app.get(&format!("{list}?limit=1")).await.expect(200).text("/next_cursor");
        app.get(&format!("{list}?cursor={cursor}&limit=1")).await.expect(200);
        for other in lists.into_iter().chain(["/tenants", "/event-types"]).filter(|other| *other != list) {
            let refused = app.get(&format!("{other}?cursor={cursor}")).await.problem(400, "invalid_parameter");
            let cure = format!("is of the list `{}`; give it there, or leave it out", &list[1..]);
            assert!(refused.text("/detail").contains(&cure), "{other}: {}", refused.raw);
        }
    }
    // The same path, written in another way.
    let cursor = app.get("/webhooks/%61/deliveries?limit=1").await.expect(200).text("/next_cursor");
    app.get(&format!("/webhooks/a/deliveries?cursor={cursor}&status=failed")).await.expect(200);
    let cursor = app.get("/webhooks?sort=worst&limit=1").await.expect(200).text("/next_cursor");
    let refused = app.get(&format!("/webhooks?cursor={cursor}")).await.problem(400, "invalid_parameter");
    assert!(
        refused.text("/detail").contains("in another order; give the `sort` of the page before"),
        "{}",
        refused.raw
    );
}

#[tokio::test]
async fn every_answer_tells_what_is_left_of_the_quota() {
    let app = TestApp::start().await;
    for answer in [
        app.bare_call("GET", "/api/v1/events").send().await.problem(401, "unauthorized"),
        app.call_as("lhk_wrong", "GET", "/events").send().await.problem(401, "unauthorized"),
        app.bare_call("GET", "/api/v1/openapi.json").send().await.expect(200),
    ] {
        assert!(answer.header("ratelimit").starts_with("\"no_key\";r="), "{:?}", answer.headers);
        assert!(answer.header("ratelimit-policy").starts_with("\"no_key\";q="));
    }
    let refused = loop {
        let answer = app.bare_call("GET", "/api/v1/events").send().await;
        if answer.status != 401 {
            break answer.problem(429, "too_many_requests");
        }
    };
    let (after, state) = (refused.header("retry-after"), refused.header("ratelimit"));
    assert_eq!(state, format!("\"no_key\";r=0;t={after}"));
}

#[tokio::test]
async fn a_body_can_come_compressed() {
    use std::io::Write as _;
    let app = TestApp::start_with(Limits { max_body_bytes: 4096, ..Limits::default() }).await;
    let gzip = |json: serde_json::Value| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(json.to_string().as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |json: serde_json::Value| {
        let mut encoded = Vec::with_capacity(4096);
        zstd_safe::compress(&mut encoded, json.to_string().as_bytes(), 19).unwrap();
        encoded
    };
    let post = async |path: &str, coding: &str, body: Vec<u8>| {
        app.call("POST", path).header("content-encoding", coding).body("application/json", body).await
    };
    type Encode = fn(serde_json::Value) -> Vec<u8>;
    let encodings: [(&str, Encode); 2] = [("gzip", gzip), ("zstd", zstd)];
    for (coding, encoded) in encodings {
        let event = json!({"id": coding, "type": "a", "data": {"by": coding}});
        post("/events", coding, encoded(event)).await.expect(202);
        assert_eq!(app.get(&format!("/events/{coding}")).await.at("/data"), &json!({"by": coding}));
        post("/webhooks", coding, encoded(json!({"url": "https://example.com/"}))).await.expect(201);
        let long = json!({"type": "a", "data": "x".repeat(5000)});
        post("/events", coding, encoded(long)).await.problem(413, "body_too_large");
        post("/events", coding, b"{}".to_vec()).await.problem(400, "invalid_body");
    }
    for coding in ["br", "deflate", "gzip, gzip", "zstd, gzip"] {
        post("/events", coding, gzip(json!({"type": "a", "data": 1}))).await.problem(415, "unsupported_media_type");
    }
}

#[tokio::test]
async fn what_a_body_is_read_into_takes_room_as_well() {
    let app = TestApp::start_with(Limits { buffered_bytes: 8 << 20, ..Limits::default() }).await;
    app.call("PUT", "/webhooks/w")
        .json(json!({"url": "https://example.com/", "filter": {"data": {"a": 1}}}))
        .await
        .expect(201);
    let objects = |count: usize| vec![json!({"": 0}); count];
    let settings = |count| json!({"url": "https://example.com/", "filter": {"$or": objects(count)}});
    app.call("PUT", "/webhooks/hostile").json(settings(20_000)).await.problem(429, "too_many_requests");
    app.post("/render", json!({"webhook": settings(20_000), "event": {"type": "a", "data": 1}}))
        .await
        .problem(429, "too_many_requests");
    app.post("/events", json!({"type": "a", "data": objects(20_000)})).await.problem(429, "too_many_requests");
    app.post("/events", json!({"events": [{"type": "a", "data": objects(20_000)}]}))
        .await
        .problem(429, "too_many_requests");
    // As large, and nothing to be read into much.
    app.post("/events", json!({"type": "a", "data": "x".repeat(200_000)})).await.expect(202);
    let many: Vec<_> = (0..500).map(|_| json!({"type": "a", "data": objects(20)})).collect();
    app.post("/events", json!({"events": many})).await.expect(202);
}
