//! Signing in, and what a session reaches.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Answer, Call, OPERATOR, TestApp};

/// What a browser has after it signed in.
struct Browser<'a> {
    app: &'a TestApp,
    cookie: String,
    csrf: String,
}

impl Browser<'_> {
    /// Whoever shows this key or link's code.
    async fn sign_in<'a>(app: &'a TestApp, shown: &str) -> Browser<'a> {
        let answer = app.call_as(shown, "POST", "/session").send().await.expect(200);
        let cookie = answer.header("set-cookie");
        let (cookie, attributes) = cookie.split_once(';').unwrap();
        assert!(attributes.contains("HttpOnly") && attributes.contains("Path=/"), "{attributes}");
        assert_eq!(answer.header("cache-control"), "no-store");
        Browser { app, cookie: cookie.to_owned(), csrf: answer.text("/csrf_token") }
    }

    /// As a page of another site can make the browser send it.
    fn forged(&self, method: &str, path: &str) -> Call {
        self.app.bare_call(method, path).header("cookie", &self.cookie)
    }

    /// As the dashboard sends it.
    fn call(&self, method: &str, path: &str) -> Call {
        self.forged(method, path).header("x-lanehook-csrf", &self.csrf)
    }

    async fn get(&self, path: &str) -> Answer {
        self.forged("GET", path).send().await
    }
}

#[tokio::test]
async fn a_session_permits_what_its_key_does() {
    let app = TestApp::start().await;
    let reader = app.key(json!({"name": "reader", "scopes": ["events:read"]})).await;
    let browser = Browser::sign_in(&app, &reader).await;
    browser.get("/events").await.expect(200);
    browser.get("/webhooks").await.problem(403, "missing_scope");
    let who = browser.get("/session").await.expect(200);
    assert_eq!(who.text("/key/name"), "reader");
    assert_eq!(*who.at("/scopes"), json!(["events:read"]));
    assert_eq!(who.text("/csrf_token"), browser.csrf);
    assert!(!who.raw.contains(&reader) && !who.raw.contains("lhs_"));
    let with_key = app.call_as(&reader, "GET", "/session").send().await.expect(200);
    assert_eq!(*with_key.at("/csrf_token"), Value::Null);
    assert!(app.call_as(OPERATOR, "GET", "/session").send().await.expect(200).at("/tenant").is_null());
}

#[tokio::test]
async fn what_changes_something_needs_the_token_that_only_our_pages_know() {
    let app = TestApp::start().await;
    let browser = Browser::sign_in(&app, OPERATOR).await;
    let other = Browser::sign_in(&app, OPERATOR).await;
    let event = json!({"type": "a", "data": 1});
    browser.forged("POST", "/events").json(event.clone()).await.problem(403, "csrf_token_missing");
    for wrong in ["", "x", &other.csrf] {
        let forged = browser.forged("POST", "/events").header("x-lanehook-csrf", wrong);
        forged.json(event.clone()).await.problem(403, "csrf_token_missing");
    }
    browser.call("POST", "/events").json(event).await.expect(202);
    browser.forged("DELETE", "/session").send().await.problem(403, "csrf_token_missing");
    browser.get("/session").await.expect(200);
}

#[tokio::test]
async fn a_session_ends_without_use_at_its_end_and_with_its_key() {
    let app = TestApp::start().await;
    let key = app.post("/api-keys", json!({"name": "k", "scopes": ["events:read"]})).await.expect(201);
    let hours = |hours: u64| Duration::from_secs(hours * 3_600);
    let (used, idle) =
        (Browser::sign_in(&app, &key.text("/key")).await, Browser::sign_in(&app, &key.text("/key")).await);
    for _ in 0..13 {
        app.clock.advance(hours(11));
        used.get("/events").await.expect(200);
    }
    let answer = idle.get("/events").await.problem(401, "unauthorized");
    assert!(answer.text("/detail").contains("sign in again"), "{}", answer.raw);
    app.clock.advance(hours(11));
    used.get("/events").await.expect(200);
    app.clock.advance(hours(11));
    used.get("/events").await.expect(200);
    app.clock.advance(hours(4));
    used.get("/events").await.problem(401, "unauthorized");

    let last = Browser::sign_in(&app, &key.text("/key")).await;
    app.call("DELETE", &format!("/api-keys/{}", key.text("/id"))).send().await.expect(204);
    last.get("/events").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_session_is_no_longer_than_its_keys_time() {
    let app = TestApp::start().await;
    let until = "2027-01-15T09:00:00Z";
    let key = app.key(json!({"name": "k", "scopes": ["events:read"], "expires_at": until})).await;
    let browser = Browser::sign_in(&app, &key).await;
    assert_eq!(browser.get("/session").await.text("/expires_at"), "2027-01-15T09:00:00.000Z");
    app.clock.advance(Duration::from_secs(3_600));
    browser.get("/events").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn signing_out_ends_one_session_or_all_of_the_key() {
    let app = TestApp::start().await;
    let key = app.key(json!({"name": "k", "scopes": ["events:read"]})).await;
    let (one, two, three) =
        (Browser::sign_in(&app, &key).await, Browser::sign_in(&app, &key).await, Browser::sign_in(&app, &key).await);
    let other = Browser::sign_in(&app, OPERATOR).await;
    let out = one.call("DELETE", "/session").send().await.expect(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{:?}", out.headers);
    one.get("/events").await.problem(401, "unauthorized");
    two.get("/events").await.expect(200);
    two.call("DELETE", "/session?everywhere=true").send().await.expect(204);
    three.get("/events").await.problem(401, "unauthorized");
    other.get("/events").await.expect(200);
    app.call_as(&key, "GET", "/events").send().await.expect(200);
}

#[tokio::test]
async fn sessions_are_kept_as_their_hashes() {
    let app = TestApp::start().await;
    let browser = Browser::sign_in(&app, OPERATOR).await;
    let token = browser.cookie.split_once('=').unwrap().1.to_owned();
    let kept: Vec<(Vec<u8>, bool)> = {
        let database = app.database();
        let mut select = database.prepare("SELECT hash, begun FROM sessions").unwrap();
        select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    use sha2::Digest as _;
    assert_eq!(kept, [(sha2::Sha256::digest(token.as_bytes()).to_vec(), true)]);
}

#[tokio::test]
async fn of_very_many_sessions_of_a_key_the_first_makes_way() {
    let app = TestApp::start().await;
    let key = app.key(json!({"name": "k", "scopes": ["events:read"]})).await;
    let first = Browser::sign_in(&app, &key).await;
    let second = Browser::sign_in(&app, &key).await;
    for _ in 2..=lanehook::store::MOST_SESSIONS {
        Browser::sign_in(&app, &key).await;
    }
    first.get("/events").await.problem(401, "unauthorized");
    second.get("/events").await.expect(200);
}

#[tokio::test]
async fn customers_in_the_portal_and_people_with_the_key_do_not_make_way_for_one_another() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let person = Browser::sign_in(&app, OPERATOR).await;
    let customer = Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({})).await).await;
    for _ in 0..=lanehook::store::MOST_SESSIONS {
        link(&app, OPERATOR, "acme", json!({})).await;
    }
    person.get("/webhooks").await.expect(200);
    customer.get("/webhooks").await.expect(200);
    // A customer goes with the tenant.
    app.call("DELETE", "/tenants/acme").send().await.expect(204);
    customer.get("/webhooks").await.problem(401, "unauthorized");
    person.get("/webhooks").await.expect(200);
}

/// A link to the portal: its code.
async fn link(app: &TestApp, key: &str, tenant: &str, input: Value) -> String {
    let made = app.call_as(key, "POST", "/portal-links").header("tenant", tenant).json(input).await.expect(201);
    let url = made.text("/url");
    let (page, code) = url.split_once('#').unwrap();
    assert!(page.starts_with("/portal?link=ses_"), "{url}");
    code.to_owned()
}

#[tokio::test]
async fn a_portal_link_opens_once_and_in_time() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let code = link(&app, OPERATOR, "acme", json!({})).await;
    // A code is no key.
    app.call_as(&code, "GET", "/webhooks").send().await.problem(401, "unauthorized");
    let browser = Browser::sign_in(&app, &code).await;
    browser.get("/webhooks").await.expect(200);
    app.call_as(&code, "POST", "/session").send().await.problem(401, "used_link");
    let late = link(&app, OPERATOR, "acme", json!({"expires_in": "10m"})).await;
    app.clock.advance(Duration::from_secs(601));
    app.call_as(&late, "POST", "/session").send().await.problem(401, "used_link");
    app.call_as("lhl_made_up", "POST", "/session").send().await.problem(401, "used_link");
    // One that is opened after longer than a session may be idle.
    let day = link(&app, OPERATOR, "acme", json!({"expires_in": "1d", "session": "2d"})).await;
    app.clock.advance(Duration::from_secs(20 * 3_600));
    Browser::sign_in(&app, &day).await.get("/webhooks").await.expect(200);
    // An hour after it began.
    app.clock.advance(Duration::from_secs(3_000));
    browser.get("/webhooks").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn codes_cannot_be_tried_one_after_another() {
    let app = TestApp::start().await;
    let mut statuses = Vec::new();
    for number in 0..220 {
        statuses.push(app.call_as(&format!("lhl_{number}"), "POST", "/session").send().await.status);
    }
    assert_eq!((statuses[0], statuses[219]), (401, 429));
}

#[tokio::test]
async fn a_portal_reaches_its_tenants_webhooks_and_nothing_else() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    app.tenant("other").await;
    let webhook = json!({"url": "https://example.com/hook"});
    app.call_as(&acme, "PUT", "/webhooks/w").json(webhook.clone()).await.expect(201);
    app.call("PUT", "/webhooks/w").header("tenant", "other").json(webhook).await.expect(201);
    let reader = Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({"access": "read"})).await).await;
    let manager = Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({"access": "manage"})).await).await;
    let rename = json!({"name": "mine"});
    reader.call("PATCH", "/webhooks/w").json(rename.clone()).await.problem(403, "missing_scope");
    manager.call("PATCH", "/webhooks/w").json(rename).await.expect(200);
    for browser in [&reader, &manager] {
        browser.forged("GET", "/webhooks/w").header("tenant", "other").send().await.problem(403, "other_tenant");
        let document = app.bare_call("GET", "/openapi.json").send().await.expect(200);
        let who = browser.get("/session").await.expect(200);
        assert_eq!((who.text("/tenant"), who.text("/key/name")), ("acme".into(), String::new()));
        let held: Vec<String> =
            who.at("/scopes").as_array().unwrap().iter().map(|scope| scope.as_str().unwrap().to_owned()).collect();
        for forbidden in ["keys", "tenants", "catalogue:write", "events:write"] {
            assert!(!held.iter().any(|scope| scope == forbidden), "{held:?}");
        }
        // Every operation there is.
        for (path, item) in document.at("/paths").as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let needs: Vec<&str> =
                    operation["x-required-scopes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                let may = needs.iter().all(|scope| held.iter().any(|held| held == scope));
                if may && operation["x-operator-only"] != true || path == "/api/v1/session" {
                    continue;
                }
                let path = path.replace("{id}", "x").replace("{name}", "x");
                let answer = browser.call(&method.to_uppercase(), &path).json(json!({})).await;
                assert_eq!(answer.status, 403, "{method} {path}: {}", answer.raw);
            }
        }
    }
}

#[tokio::test]
async fn whoever_is_in_a_portal_has_the_inspectors_of_their_tenant() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    app.tenant("other").await;
    let made = |tenant: &'static str| app.call("POST", "/inspectors").header("tenant", tenant).json(json!({}));
    let (own, others) = (made("acme").await.expect(201).text("/id"), made("other").await.expect(201).text("/id"));
    let reader = Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({"access": "read"})).await).await;
    let manager = Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({"access": "manage"})).await).await;
    reader.call("POST", "/inspectors").json(json!({})).await.problem(403, "missing_scope");
    manager.forged("POST", "/inspectors").json(json!({})).await.problem(403, "csrf_token_missing");
    let new = manager.call("POST", "/inspectors").json(json!({"status": 500})).await.expect(201);
    manager.call("POST", "/webhooks").json(json!({"url": new.text("/url")})).await.expect(201);
    let url = format!("lanehook://inspect/{others}");
    manager.call("POST", "/webhooks").json(json!({"url": url})).await.wrong_field("/url", "there is no inspector");
    for browser in [&reader, &manager] {
        assert_eq!(browser.get("/inspectors").await.expect(200).each("/id"), [new.text("/id"), own.clone()]);
        browser.get(&format!("/inspectors/{own}/requests")).await.expect(200);
        browser.get(&format!("/inspectors/{others}/requests")).await.problem(404, "not_found");
    }
    reader.call("DELETE", &format!("/inspectors/{own}/requests")).send().await.problem(403, "missing_scope");
    manager.call("DELETE", &format!("/inspectors/{own}")).send().await.expect(204);
}

#[tokio::test]
async fn a_portal_link_gives_no_more_than_its_maker_has() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let scopes = json!(["keys", "webhooks:read", "deliveries:read"]);
    let weak = app.key(json!({"name": "weak", "tenant": "acme", "scopes": scopes})).await;
    let make = |input| app.call_as(&weak, "POST", "/portal-links").json(input);
    make(json!({"access": "manage"})).await.problem(403, "missing_scope");
    let made = make(json!({"access": "read"})).await.expect(201);
    let code = made.text("/url").split_once('#').unwrap().1.to_owned();
    let browser = Browser::sign_in(&app, &code).await;
    assert_eq!(*browser.get("/session").await.at("/scopes"), json!(["webhooks:read", "deliveries:read"]));
    browser.get("/events").await.problem(403, "missing_scope");
    // It ends nobody's session but its own.
    let other = Browser::sign_in(&app, &weak).await;
    browser.call("DELETE", "/session?everywhere=true").send().await.expect(204);
    other.get("/webhooks").await.expect(200);
    browser.get("/webhooks").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn what_is_wrong_with_a_portal_link_is_said_field_by_field() {
    let app = TestApp::start().await;
    let wrong = json!({"expires_in": "2d", "session": "0s", "origins": ["*", "https://a.example/", "https://b.example", "https://*.c.example", "https://x;script-src"]});
    let answer = app.post("/portal-links", wrong).await.problem(400, "invalid_body");
    let pointers: Vec<&str> =
        answer.at("/errors").as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/expires_in", "/session", "/origins/0", "/origins/1", "/origins/3", "/origins/4"]);
}
