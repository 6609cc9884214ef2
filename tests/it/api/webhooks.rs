//! Webhooks: every verb, versions, secrets, tests.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

const URL: &str = "https://example.com/hook";

#[tokio::test]
async fn a_webhook_is_made_with_defaults_and_shows_its_secret_once() {
    let app = TestApp::start().await;
    let made = app.post("/webhooks", json!({"url": URL, "name": "n"})).await.expect(201);
    let id = made.text("/id");
    assert_eq!(made.header("location"), format!("/api/v1/webhooks/{id}"));
    assert!(made.text("/secret").starts_with("whsec_"));
    let read = app.get(&format!("/webhooks/{id}")).await.expect(200);
    assert_eq!(read.header("etag"), made.header("etag"));
    let mut expected = made.json.clone();
    expected.as_object_mut().unwrap().remove("secret");
    assert_eq!(read.json, expected);
    let parts = json!({
        "name": "n", "description": "", "url": URL, "event_types": ["*"], "headers": {}, "public_headers": [],
        "auth": {"type": "none"},
        "signing": {"dialects": [{"type": "standard"}], "algorithm": "sha256"}, "rate_limit": null,
        "max_concurrency": 16, "ordering": "none", "timeout": "10s", "retry": {"preset": "default", "jitter": 20},
        "disable_after": null, "self_heal": false, "status": "active", "status_reason": null, "verify_tls": true, "metadata": {}, "note": "", "starred": false,
        "has_secret": true, "public_key": null, "version": 1, "created_at": "2027-01-15T08:00:00.000Z",
        "updated_at": "2027-01-15T08:00:00.000Z",
        "counters": {
            "delivered": 0, "failed": 0, "consecutive_failures": 0, "last_attempt_at": null, "last_success_at": null,
            "last_failure_at": null,
        },
    });
    for (name, value) in parts.as_object().unwrap() {
        assert_eq!(&read.json[name], value, "{name}");
    }
    let event = app.post("/events", json!({"type": "a", "data": 1})).await.expect(202);
    assert_eq!(event.at("/deliveries"), &json!(1), "it matches the very next event");
}

#[tokio::test]
async fn wrong_settings_are_refused_with_pointer_and_fix() {
    let app = TestApp::start().await;
    let hub = |secret: &str| json!({"url": URL, "secret": secret, "signing": {"dialects": [{"type": "hub"}]}});
    for (settings, pointer, part) in [
        (json!({}), "/url", "missing"),
        (json!({"url": "ftp://example.com/"}), "/url", "use https"),
        (json!({"url": "https://10.0.0.1/"}), "/url", "private"),
        (json!({"url": "https://user:pw@example.com/"}), "/url", "auth"),
        (json!({"url": URL, "colour": 1}), "/colour", "unknown field"),
        (json!({"url": URL, "name": "x".repeat(201)}), "/name", "200"),
        (json!({"url": URL, "event_types": ["a", "*.b"]}), "/event_types/1", "no pattern"),
        (json!({"url": URL, "event_types": ["*.alert"]}), "/event_types/0", "how types begin (price.* or price_*)"),
        (json!({"url": URL, "event_types": ["a b"]}), "/event_types/0", "not an event type"),
        (json!({"url": URL, "headers": {"Host": "x"}}), "/headers/Host", "cannot be overridden"),
        (json!({"url": URL, "headers": {"X-Token": "[redacted]"}}), "/headers/X-Token", "placeholder"),
        (json!({"url": URL, "auth": {"type": "bearer", "token": "[redacted]"}}), "/auth/token", "placeholder"),
        (
            json!({"url": URL, "auth": {"type": "header", "name": "x-a", "value": "1"}, "headers": {"X-A": "2"}}),
            "/headers",
            "twice",
        ),
        (json!({"url": URL, "timeout": "61s"}), "/timeout", "from 100ms to 1m"),
        (json!({"url": URL, "retry": {"schedule": ["1d", "8d"]}}), "/retry/schedule/1", "at most 7d"),
        (json!({"url": URL, "retry": {"initial": "1s", "factor": 11}}), "/retry/factor", "from 1 to 10"),
        (json!({"url": URL, "retry": {"preset": "quick", "attempts": 9}}), "/retry/attempts", "from 1 to 4"),
        (json!({"url": URL, "assets": {"symbols": ["A", ""]}}), "/assets/symbols/1", "1 to 64 characters"),
        (json!({"url": URL, "metadata": {"a/b": "x".repeat(513)}}), "/metadata/a~1b", "at most 512 characters"),
        (json!({"url": URL, "public_headers": ["X-A", "Cookie"]}), "/public_headers/1", "never shown"),
        (json!({"url": URL, "max_concurrency": 0}), "/max_concurrency", "1 to 1000"),
        (json!({"url": URL, "rate_limit": {"limit": 0, "per": "minute"}}), "/rate_limit/limit", "pause it"),
        (json!({"url": URL, "disable_after": 0}), "/disable_after", "1 to 10000"),
        (json!({"url": URL, "verify_tls": false}), "/verify_tls", "cannot be false"),
        (hub(""), "/secret", "1 to 512"),
        (hub(" short"), "/secret", "without surrounding spaces"),
        (json!({"url": URL, "secret": "short"}), "/secret", "whsec_"),
        (json!({"url": URL, "secret": "long enough but not standard"}), "/secret", "whsec_"),
        (hub("whsec_AAAAAAAA"), "/secret", "24 to 64 bytes"),
        (hub("whsec_not base64 but long enough for a key"), "/secret", "24 to 64 bytes"),
        (hub("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="), "/secret", "is a public key"),
        (hub("whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCub"), "/secret", "Ed25519 seed"),
        (json!({"url": URL, "secret_type": "rsa"}), "/secret_type", "ed25519"),
        (
            json!({"url": URL, "secret_type": "ed25519", "signing": {"dialects": [{"type": "hub"}]}}),
            "/secret_type",
            "Ed25519",
        ),
    ] {
        app.post("/webhooks", settings.clone()).await.wrong_field(pointer, part);
        app.call("PUT", "/webhooks/w").json(settings).await.wrong_field(pointer, part);
    }
    app.get("/webhooks/w").await.problem(404, "not_found");
}

#[tokio::test]
async fn credentials_are_never_shown() {
    let app = TestApp::start().await;
    let settings = json!({
        "url": URL, "secret": null, "headers": {"X-Api-Key": "hunter2", "X-Any": "hunter2", "X-Team": "blue"},
        "public_headers": ["X-Team"],
        "auth": {"type": "basic", "username": "u", "password": "hunter2"},
    });
    let made = app.call("PUT", "/webhooks/w").json(settings).await.expect(201);
    for shown in [made, app.get("/webhooks/w").await, app.get("/webhooks").await] {
        assert!(!shown.raw.contains("hunter2") && shown.raw.contains("[redacted]") && shown.raw.contains("blue"));
        assert!(shown.raw.contains("\"has_secret\":false"), "{}", shown.raw);
    }
}

#[tokio::test]
async fn put_makes_and_replaces_under_the_callers_id() {
    let app = TestApp::start().await;
    let put = |body: Value| app.call("PUT", "/webhooks/user:7@acme").json(body);
    let made = put(json!({"url": URL, "name": "first", "timeout": "5s"})).await.expect(201);
    assert_eq!(made.header("location"), "/api/v1/webhooks/user:7@acme");
    let secret = made.text("/secret");
    let replaced = put(json!({"url": URL, "name": "second"})).await.expect(200);
    assert_eq!((replaced.text("/name"), replaced.text("/timeout")), ("second".into(), "10s".into()));
    assert!(replaced.json.get("secret").is_none() && replaced.json["version"] == 2);
    assert_eq!(app.get("/webhooks/user:7@acme/secret").await.text("/secret"), secret, "the secret stays");
    put(json!({"url": URL, "secret_type": "ed25519"})).await.wrong_field("/secret_type", "rotate");

    let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
    put(json!({"url": URL, "secret": own})).await.expect(200);
    assert_eq!(app.get("/webhooks/user:7@acme/secret").await.text("/secret"), own);
    assert_eq!(put(json!({"url": URL, "secret": null})).await.expect(200).at("/has_secret"), &json!(false));
    assert_eq!(put(json!({"url": URL})).await.expect(200).at("/has_secret"), &json!(false), "none stays none");

    let bad = app.call("PUT", "/webhooks/a%20b").json(json!({"url": URL})).await.problem(400, "invalid_parameter");
    assert_eq!(bad.text("/errors/0/parameter"), "id");
}

#[tokio::test]
async fn a_version_can_be_insisted_on() {
    let app = TestApp::start().await;
    let put = |name: &str, value: &str| app.call("PUT", "/webhooks/w").header(name, value).json(json!({"url": URL}));
    put("if-match", "*").await.problem(412, "version_mismatch");
    let first = put("if-none-match", "*").await.expect(201).header("etag");
    put("if-none-match", "*").await.problem(412, "version_mismatch");
    assert_eq!(put("if-match", &first).await.expect(200).header("etag"), first, "nothing has changed");
    let change = app.call("PATCH", "/webhooks/w").header("if-match", &first).json(json!({"name": "n"}));
    let second = change.await.expect(200).header("etag");
    assert_ne!(first, second);
    put("if-match", &first).await.problem(412, "version_mismatch");
    let patch = |etag: &str| app.call("PATCH", "/webhooks/w").header("if-match", etag).json(json!({"name": "x"}));
    patch(&first).await.problem(412, "version_mismatch");
    let third = patch(&second).await.expect(200).header("etag");
    let delete = |etag: &str| app.call("DELETE", "/webhooks/w").header("if-match", etag).send();
    delete(&second).await.problem(412, "version_mismatch");
    delete(&third).await.expect(204);
    let again = put("if-none-match", "*").await.expect(201).header("etag");
    assert_ne!(again, first, "another webhook under the same id has other versions");
}

#[tokio::test]
async fn patch_changes_what_it_names() {
    let app = TestApp::start().await;
    let made = app
        .post("/webhooks", json!({"url": URL, "name": "n", "timeout": "5s", "auth": {"type": "bearer", "token": "t1"}, "metadata": {"a": "1", "b": "2"}}))
        .await
        .expect(201);
    let path = format!("/webhooks/{}", made.text("/id"));
    let patch = |body: Value| app.call("PATCH", &path).json(body);
    app.clock.advance(Duration::from_secs(60));
    let changed = patch(json!({"timeout": null, "metadata": {"a": null, "c": "3"}})).await.expect(200);
    assert_eq!((changed.text("/name"), changed.text("/timeout")), ("n".into(), "10s".into()));
    assert_eq!(changed.at("/metadata"), &json!({"b": "2", "c": "3"}));
    assert_eq!(changed.text("/updated_at"), "2027-01-15T08:01:00.000Z");
    assert_eq!(changed.text("/auth/type"), "bearer");
    let merge = app.call("PATCH", &path).body("application/merge-patch+json", r#"{"name":"m"}"#).await;
    assert_eq!(merge.expect(200).text("/name"), "m");

    patch(json!({"url": "https://127.0.0.53:22/"})).await.wrong_field("/url", "port 22");
    patch(json!({"url": null})).await.wrong_field("/url", "missing");
    patch(json!({"event_types": ["x y"]})).await.wrong_field("/event_types/0", "not an event type");
    patch(json!({"id": "other"})).await.wrong_field("/id", "the id is not sent here");

    let before = app.get(&format!("{path}/secret")).await.text("/secret");
    assert_eq!(before, made.text("/secret"));
    let own = "my own secret";
    patch(json!({"secret": own})).await.wrong_field("/secret", "whsec_");
    patch(json!({"secret": own, "signing": {"dialects": [{"type": "hub"}]}})).await.expect(200);
    patch(json!({"signing": {"dialects": [{"type": "standard"}]}})).await.wrong_field("/signing/dialects", "whsec_");
    patch(json!({"secret": null})).await.expect(200);
    assert_eq!(app.get(&format!("{path}/secret")).await.at("/secret"), &json!(null));
}

/// A version names a change: without one there is none, nothing is written, and the ETag stays.
#[tokio::test]
async fn what_changes_nothing_makes_no_version() {
    let app = TestApp::start().await;
    let settings = json!({"url": URL, "name": "n", "headers": {"X-Team": "blue"}, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    let made = app.call("PUT", "/webhooks/w").json(settings.clone()).await.expect(201);
    app.clock.advance(Duration::from_secs(60));
    let same = |answer: Answer| {
        let answer = answer.expect(200);
        assert_eq!(answer.header("etag"), made.header("etag"), "{}", answer.raw);
        assert_eq!(answer.at("/updated_at"), made.at("/updated_at"));
    };
    // Grows when another connection has written.
    let database = app.database();
    let commits = || database.query_row("PRAGMA data_version", [], |row| row.get::<_, i64>(0)).unwrap();
    let before = commits();
    for nothing in [
        json!({}),
        json!({"name": "n", "timeout": null}),
        json!({"status": "active", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}),
    ] {
        same(app.call("PATCH", "/webhooks/w").json(nothing).await);
    }
    same(app.call("PUT", "/webhooks/w").json(settings).await);
    let tag = made.header("etag");
    same(app.call("PATCH", "/webhooks/w").header("if-match", &tag).json(json!({})).await);
    assert_eq!(commits(), before, "nothing was written");
    app.call("PATCH", "/webhooks/w")
        .header("if-match", "\"other\"")
        .json(json!({}))
        .await
        .problem(412, "version_mismatch");
    let changed = app.call("PATCH", "/webhooks/w").json(json!({"headers": {"x-team": "blue"}})).await.expect(200);
    assert_eq!(changed.at("/version"), &json!(2), "how a name is written is seen by receivers");
}

#[tokio::test]
async fn changes_at_the_same_time_all_count() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": URL})).await.expect(201);
    let change = |n: usize| app.call("PATCH", "/webhooks/w").json(json!({"metadata": {(format!("k{n}")): "1"}}));
    let answers = futures_util::future::join_all((0..4).map(change)).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let webhook = app.get("/webhooks/w").await.expect(200);
    assert_eq!(webhook.at("/metadata").as_object().unwrap().len(), 4);
    assert_eq!(webhook.at("/version"), &json!(5));
}

#[tokio::test]
async fn a_disabled_webhook_says_why_and_matches_nothing() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": URL, "status": "disabled"})).await.expect(201);
    assert_eq!(app.get("/webhooks/w").await.text("/status_reason"), "by_request");
    let deliveries = || async { app.post("/events", json!({"type": "a", "data": 1})).await.at("/deliveries").clone() };
    assert_eq!(deliveries().await, json!(0));
    let patch = |status: &str| app.call("PATCH", "/webhooks/w").json(json!({"status": status}));
    assert_eq!(patch("active").await.expect(200).at("/status_reason"), &json!(null));
    assert_eq!(deliveries().await, json!(1));
    patch("paused").await.expect(200);
    assert_eq!(deliveries().await, json!(1), "a paused webhook's deliveries are held");
}

#[tokio::test]
async fn webhooks_are_listed_newest_first_and_filtered() {
    let app = TestApp::start().await;
    for (id, kind, status) in
        [("d", "price.*", "active"), ("b", "news", "paused"), ("a", "price.alert", "active"), ("c", "*", "active")]
    {
        let settings = json!({"url": URL, "event_types": [kind], "status": status});
        app.call("PUT", &format!("/webhooks/{id}")).json(settings).await.expect(201);
    }
    let first = app.get("/webhooks?limit=3").await.expect(200);
    assert_eq!(first.each("/id"), ["c", "a", "b"]);
    let rest = app.get(&format!("/webhooks?limit=3&cursor={}", first.text("/next_cursor"))).await.expect(200);
    assert_eq!((rest.each("/id"), rest.at("/has_more")), (vec!["d".to_owned()], &json!(false)));
    assert_eq!(app.get("/webhooks?status=paused").await.each("/id"), ["b"]);
    assert_eq!(app.get("/webhooks?event_type=price.alert&limit=2").await.each("/id"), ["c", "a"]);
    app.call("DELETE", "/webhooks/a").send().await.expect(204);
    app.call("DELETE", "/webhooks/a").send().await.problem(404, "not_found");
    assert_eq!(app.get("/webhooks").await.each("/id"), ["c", "b", "d"]);
}

#[tokio::test]
async fn a_secret_is_rotated_with_grace() {
    let app = TestApp::start().await;
    let made = app.call("PUT", "/webhooks/w").json(json!({"url": URL, "secret_type": "ed25519"})).await.expect(201);
    assert!(made.text("/public_key").starts_with("whpk_") && made.text("/secret").starts_with("whsk_"));
    let rotate = |body: Value| app.call("POST", "/webhooks/w/secret/rotate").json(body);
    let rotated = app.call("POST", "/webhooks/w/secret/rotate").send().await.expect(200);
    assert_ne!(rotated.text("/public_key"), made.text("/public_key"), "a new key of the same kind");
    assert_eq!(rotated.text("/previous_expires_at"), "2027-01-16T08:00:00.000Z");
    assert_eq!(app.get("/webhooks/w/secret").await.expect(200).json, rotated.json);
    app.clock.advance(Duration::from_secs(24 * 3600));
    assert!(app.get("/webhooks/w/secret").await.json.get("previous_expires_at").is_none());

    let hmac = rotate(json!({"secret_type": "hmac", "grace": "0s"})).await.expect(200);
    assert!(hmac.text("/secret").starts_with("whsec_") && hmac.json.get("previous_expires_at").is_none());
    rotate(json!({"grace": "31d"})).await.wrong_field("/grace", "30d");
    rotate(json!({"grace": "soon"})).await.wrong_field("/grace", "24h".trim_start_matches("24"));
    rotate(json!({"secret": ""})).await.wrong_field("/secret", "1 to 512");
    rotate(json!({"secret": "not in the standard form"})).await.wrong_field("/secret", "whsec_");
    rotate(json!({"colour": 1})).await.wrong_field("/colour", "unknown field");
    app.call("POST", "/webhooks/none/secret/rotate").send().await.problem(404, "not_found");
}

#[tokio::test]
async fn a_secret_of_any_length_is_taken_and_a_short_one_is_warned_of() {
    let app = TestApp::start().await;
    let put = |secret: &str, dialect: &str| {
        let mut signing = json!({"dialects": [{"type": dialect}]});
        if dialect == "timestamped" {
            signing["dialects"][0]["header"] = json!("X-Signature");
        }
        app.call("PUT", "/webhooks/w").json(json!({"url": URL, "secret": secret, "signing": signing}))
    };
    let own = "0123456789".repeat(2) + "012";
    for dialect in ["hub", "plain", "timestamped"] {
        for secret in ["k", "seven77", &own] {
            let kept = put(secret, dialect).await;
            assert!([200, 201].contains(&kept.status), "{}", kept.raw);
            assert_eq!(kept.text("/warnings/0/pointer"), "/secret", "{dialect}");
            assert!(kept.text("/warnings/0/message").contains("fewer than 24"), "{}", kept.raw);
            assert_eq!(app.get("/webhooks/w/secret").await.text("/secret"), secret);
        }
        let long = put(&format!("{own}x"), dialect).await.expect(200);
        assert!(long.json.get("warnings").is_none(), "{}", long.raw);
    }
    let rotate = |secret: Value| app.call("POST", "/webhooks/w/secret/rotate").json(json!({"secret": secret}));
    assert_eq!(rotate(json!("y")).await.expect(200).text("/warnings/0/pointer"), "/secret");
    assert!(rotate(json!(null)).await.expect(200).json.get("warnings").is_none(), "one is generated");
}

/// A receiver that answers each request with this status and body.
async fn receiver(status: u16, body: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    let answer = move || async move { (status, [("set-cookie", "session=hunter2")], body) };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
    url
}

fn header(answer: &Answer, list: &str, name: &str) -> Option<String> {
    let found = answer.at(list).as_array().unwrap().iter().find(|header| header["name"] == name)?;
    Some(found["value"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_test_shows_what_was_sent_and_what_came_back() {
    let app = TestApp::start().await;
    let good = receiver(200, "thanks").await;
    let settings = json!({"url": good, "event_types": ["price.alert"], "auth": {"type": "bearer", "token": "hunter2"}});
    app.call("PUT", "/webhooks/good").json(settings).await.expect(201);
    let tested = app.call("POST", "/webhooks/good/test").send().await.expect(200);
    assert_eq!((tested.at("/delivered"), tested.at("/status")), (&json!(true), &json!(200)), "{}", tested.raw);
    assert_eq!(tested.text("/response/body/content"), "thanks");
    assert!(tested.text("/request/body/content").contains(r#""type":"price.alert""#));
    assert!(header(&tested, "/request/headers", "webhook-signature").unwrap().starts_with("v1,"));
    assert_eq!(header(&tested, "/request/headers", "authorization").unwrap(), "[redacted]");
    assert_eq!(header(&tested, "/response/headers", "set-cookie").unwrap(), "[redacted]");
    assert!(!tested.raw.contains("hunter2"));
    let own = app.post("/webhooks/good/test", json!({"event_type": "own.type", "data": {"n": 1.50}})).await.expect(200);
    assert!(own.text("/request/body/content").ends_with(r#""data":{"n":1.5}}"#), "{}", own.raw);
    let events = app.get("/events").await.expect(200);
    assert_eq!(
        (events.each("/type"), events.at("/data/0/test")),
        (vec!["own.type".into(), "price.alert".into()], &json!(true))
    );

    let bad = receiver(500, "broken").await;
    app.call("PUT", "/webhooks/bad").json(json!({"url": bad})).await.expect(201);
    let tested = app.call("POST", "/webhooks/bad/test").send().await.expect(200);
    assert_eq!((tested.at("/delivered"), tested.text("/error/kind")), (&json!(false), "http".into()));
    app.post("/webhooks/bad/test", json!({"event_type": "a b"})).await.wrong_field("/event_type", "not an event type");
    app.call("POST", "/webhooks/none/test").send().await.problem(404, "not_found");
}

#[tokio::test]
async fn a_patch_puts_one_form_in_the_place_of_another_or_says_what_is_in_the_way() {
    let app = TestApp::start().await;
    let patch = |body: Value| app.call("PATCH", "/webhooks/w").json(body);
    let script = "const transform = batch => ({ n: batch.count })";
    let body = json!({"url": URL, "batch": {"max_events": 7, "script": script}});
    app.call("PUT", "/webhooks/w").json(body).await.expect(201);
    let changed = patch(json!({"batch": {"template": "{}"}})).await.expect(200);
    assert_eq!((changed.json["batch"].get("script"), changed.at("/batch/max_events")), (None, &json!(7)));
    let changed = patch(json!({"batch": {"script": script}})).await.expect(200);
    assert_eq!((changed.json["batch"].get("template"), changed.text("/batch/script")), (None, script.to_owned()));
    patch(json!({"batch": {"script": script, "template": "{}"}}))
        .await
        .wrong_field("/batch/script", "leave one of them out");
    let in_the_way = patch(json!({"payload": {"type": "data"}})).await;
    in_the_way.wrong_field("/payload", "give `payload` or `batch.script`, not both");
    patch(json!({"batch": null, "payload": {"type": "data"}})).await.expect(200);
    let in_the_way = patch(json!({"batch": {"template": "{}"}})).await;
    in_the_way.wrong_field("/payload", "send another, or null to take it away");
    patch(json!({"batch": {"template": "{}"}, "payload": null})).await.expect(200);
}

#[tokio::test]
async fn an_id_of_ones_own_is_for_put_and_twice_is_not_once() {
    let app = TestApp::start().await;
    let made = app.post("/webhooks", json!({"id": "w", "url": URL})).await;
    made.wrong_field("/id", "PUT /api/v1/webhooks/{id}");
    app.post("/webhooks", json!({"url": URL, "secrets": "x"})).await.wrong_field("/secrets", "did you mean `secret`?");
    let twice = format!(r#"{{"url": "https://other.example/", "url": "{URL}"}}"#);
    for (method, path) in [("POST", "/webhooks"), ("PUT", "/webhooks/w"), ("PATCH", "/webhooks/w")] {
        let answer = app.call(method, path).body("application/json", twice.clone()).await;
        answer.wrong_field("/url", "`url` is there twice; give it once");
    }
}

#[tokio::test]
async fn a_patch_finds_a_header_whatever_its_case() {
    let app = TestApp::start().await;
    let headers = json!({"X-Team": "red", "X-Other": "1"});
    let body = json!({"url": "https://example.com/", "headers": headers, "public_headers": ["X-Team", "x-OTHER"]});
    app.call("PUT", "/webhooks/w").json(body).await.expect(201);
    let patch = json!({"headers": {"X-Team": "blue", "X-OTHER": null}});
    let changed = app.call("PATCH", "/webhooks/w").json(patch).await.expect(200);
    assert_eq!(changed.json["headers"], json!({"X-Team": "blue"}));
    assert_eq!(changed.json["public_headers"], json!(["X-Team"]), "what is taken away is not public any more");
    let twice = json!({"headers": {"x-team": null, "X-Team": "green"}});
    app.call("PATCH", "/webhooks/w").json(twice).await.wrong_field("/headers", "there twice");
}

#[tokio::test]
async fn a_header_is_secret_unless_it_is_marked_as_public() {
    let app = TestApp::start().await;
    let patch = |body: Value| app.call("PATCH", "/webhooks/w").json(body);
    let body = json!({"url": URL, "headers": {"X-Team": "blue", "X-Desk": "rates"}, "public_headers": ["X-TEAM"]});
    app.call("PUT", "/webhooks/w").json(body.clone()).await.expect(201);
    let shown = app.get("/webhooks/w").await;
    assert_eq!(shown.at("/headers"), &json!({"X-Desk": "[redacted]", "X-Team": "blue"}));
    assert_eq!(shown.at("/public_headers"), &json!(["X-Team"]));
    // What is shown cannot be sent back as if it were the value, whether changed or replaced.
    let back = json!({"url": URL, "headers": shown.at("/headers"), "public_headers": shown.at("/public_headers")});
    app.call("PUT", "/webhooks/w").json(back.clone()).await.wrong_field("/headers/X-Desk", "placeholder");
    patch(back).await.wrong_field("/headers/X-Desk", "placeholder");
    let renamed = patch(json!({"name": "n"})).await.expect(200);
    assert_eq!(renamed.at("/headers"), shown.at("/headers"), "what is not named stays, and how it is shown");
    assert_eq!(patch(json!({"public_headers": null})).await.expect(200).at("/headers/X-Team"), "[redacted]");
    for (names, pointer, part) in [
        (json!(["X-Tema"]), "/public_headers", "no header `x-tema` in `headers`"),
        (json!(["X-Team", "X-Api-Key"]), "/public_headers/1", "never shown"),
        (json!(["a b"]), "/public_headers/0", "not a header name"),
    ] {
        patch(json!({"public_headers": names})).await.wrong_field(pointer, part);
    }
}

#[tokio::test]
async fn a_url_that_grows_when_it_is_encoded_is_measured_as_it_is_kept() {
    let app = TestApp::start().await;
    let answer = app.post("/webhooks", json!({"url": format!("https://example.com/{}", "é".repeat(900))})).await;
    answer.wrong_field("/url", "percent-encoded");
}

#[tokio::test]
async fn event_types_are_patterns_and_never_none() {
    let app = TestApp::start().await;
    let types = async |types: serde_json::Value| {
        app.call("PUT", "/webhooks/w").json(json!({"url": URL, "event_types": types})).await
    };
    assert_eq!(types(json!(["all"])).await.expect(201).at("/event_types"), &json!(["*"]));
    app.post("/events", json!({"type": "price_above", "data": 1})).await.expect(202);
    assert_eq!(types(json!(["price_*"])).await.expect(200).at("/event_types"), &json!(["price_*"]));
    for (name, deliveries) in [("price_above", 1), ("price.above", 0), ("price", 0)] {
        let receipt = app.post("/events", json!({"type": name, "data": 1})).await.expect(202);
        assert_eq!(receipt.at("/deliveries"), &json!(deliveries), "{name}");
    }
    types(json!([])).await.wrong_field("/event_types", "write `[\"*\"]` for all");
    let emptied = app.call("PATCH", "/webhooks/w").json(json!({"event_types": []})).await;
    emptied.wrong_field("/event_types", "write `[\"*\"]`");
    let before = app.get("/webhooks/w").await.expect(200);
    assert_eq!(before.at("/event_types"), &json!(["price_*"]));
    assert_eq!(types(json!(null)).await.expect(200).at("/event_types"), &json!(["*"]), "as if it were left out");
}

#[tokio::test]
async fn what_is_hardly_meant_is_kept_with_a_warning() {
    let app = TestApp::start().await;
    app.post("/event-types", json!({"event_types": [{"name": "price_alert", "schema": {}}]})).await;
    let put = async |body: serde_json::Value| app.call("PUT", "/webhooks/w").json(body).await;
    let all = json!({"url": URL, "event_types": ["price_alrt", "pric*", "lanehook.*"],
        "filter": {"data": {"price": {"$gte": "180"}, "size": {"gte": 1}, "symbol": {"$in": []}, "ok": {"$lt": "abc"}}}});
    let pointers = |answer: &crate::app::Answer| {
        let warnings = answer.json.get("warnings").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        let mut all: Vec<String> = warnings.iter().map(|one| one["pointer"].as_str().unwrap().to_owned()).collect();
        all.sort_unstable();
        all
    };
    let of_filter = ["/filter/data/price/$gte", "/filter/data/size/gte", "/filter/data/symbol/$in"];
    assert_eq!(pointers(&put(all.clone()).await.expect(201)), of_filter, "the tenant does not validate");
    app.call("PATCH", "/tenants/default").json(json!({"validation": "warn"})).await.expect(200);
    let warned = put(all.clone()).await.expect(200);
    let asked = json!({"event_types": all["event_types"], "filter": all["filter"]});
    for tried in [
        app.post("/filters/try", asked).await,
        app.post("/render", json!({"webhook": all})).await,
        app.post("/render", json!({"webhook_id": "w"})).await,
    ] {
        assert_eq!(pointers(&tried.expect(200)), pointers(&warned), "whoever only tries it is told the same");
    }
    let types: Vec<String> = pointers(&warned).into_iter().filter(|pointer| pointer.starts_with("/event")).collect();
    assert!(types.contains(&"/event_types/0".to_owned()) && !types.contains(&"/event_types/2".to_owned()), "{types:?}");
    assert!(app.get("/webhooks/w").await.expect(200).json.get("warnings").is_none());
}

#[tokio::test]
async fn what_a_patch_meets_and_what_other_systems_call_it_is_told_with_the_cure() {
    let app = TestApp::start().await;
    let batch = json!({"template": r#"{"n": {{ count }}}"#});
    app.call("PUT", "/webhooks/w").json(json!({"url": URL, "batch": batch})).await.expect(201);
    let patch = |body: serde_json::Value| app.call("PATCH", "/webhooks/w").json(body);
    for (body, pointer, part) in [
        (
            json!({"payload": {"type": "data"}}),
            "/payload",
            r#"has `batch.template` from before, and PATCH keeps what it does not name: send {"batch":{"template":null}} with it"#,
        ),
        (json!({"retry": {"factor": 3}}), "/retry", r#"`retry` has {"preset":"default"} from before"#),
        (json!({"auth": {"token": "t"}}), "/auth/token", r#"`auth` has {"type":"none"} from before"#),
        (json!({"enabled": true}), "/enabled", r#"is said by `status`: "active", "paused" or "disabled""#),
        (json!({"status": "enabled"}), "/status", "did you mean `active`?"),
        (json!({"status": "inactive"}), "/status", "did you mean `disabled`?"),
    ] {
        patch(body).await.wrong_field(pointer, part);
    }
    patch(json!({"payload": {"type": "data"}, "batch": {"template": null}})).await.expect(200);
    let listed = app.get("/webhooks?status=enabled").await.problem(400, "invalid_parameter");
    assert!(listed.text("/detail").contains("did you mean `active`?"), "{}", listed.raw);
}

#[tokio::test]
async fn one_that_may_not_be_there_is_asked_for_by_a_list() {
    let app = TestApp::start().await;
    app.get("/webhooks/user:7").await.problem(404, "not_found");
    assert_eq!(app.get("/webhooks?id=user:7").await.expect(200).at("/data"), &json!([]));
    app.call("PUT", "/webhooks/user:7").json(json!({"url": URL})).await.expect(201);
    app.call("PUT", "/webhooks/user:8").json(json!({"url": URL})).await.expect(201);
    let found = app.get("/webhooks?id=user:7").await.expect(200);
    assert_eq!((found.each("/id"), found.at("/has_more")), (vec!["user:7".to_owned()], &json!(false)));
    assert_eq!(app.get("/webhooks?id=user:7&status=paused").await.expect(200).at("/data"), &json!([]));
    app.get("/webhooks?id=a%20b").await.problem(400, "invalid_parameter");
}
