//! Signing in, and what a session reaches.

use std::time::Duration;

use serde_json::{Value, json};

use lanehook::{
    model::{EventType, NewEvent, TenantId, WebhookId},
    store::{Accepted, Append},
};

use crate::app::{Answer, Call, Limits, OPERATOR, TestApp};

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
    for number in 0..70 {
        statuses.push(app.call_as(&format!("lhl_{number}"), "POST", "/session").send().await.status);
    }
    assert_eq!((statuses[0], statuses[69]), (401, 429));
    // Who has a good link waits for nobody who has none, and other clients are told why they are refused.
    app.tenant("acme").await;
    Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({})).await).await.get("/webhooks").await.expect(200);
    let from = |client: &str| app.call_as("lhl_made_up", "POST", "/session").header("x-forwarded-for", client);
    from("127.0.0.1").send().await.problem(429, "too_many_requests");
    // By chance one of a few shares the place of the first.
    let mut told = Vec::new();
    for client in ["203.0.113.1", "203.0.113.2", "2001:db8::1"] {
        told.push(from(client).send().await.status);
    }
    assert!(told.iter().filter(|&&status| status == 401).count() >= 2, "{told:?}");
}

#[tokio::test]
async fn a_portal_beside_the_dashboard_leaves_it_signed_in() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let own = Browser::sign_in(&app, OPERATOR).await;
    let portal = Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({"access": "manage"})).await).await;
    assert_ne!(own.cookie.split_once('=').unwrap().0, portal.cookie.split_once('=').unwrap().0);
    let both = format!("{}; {}", portal.cookie, own.cookie);
    let call = |method: &str, path: &str| app.bare_call(method, path).header("cookie", &both);
    let of_portal = |method: &str, path: &str| call(method, path).header("x-lanehook-portal", "1");
    // Each request belongs to the one that it names.
    assert!(call("GET", "/session").send().await.expect(200).at("/portal").is_null());
    assert_eq!(of_portal("GET", "/session").send().await.expect(200).at("/portal/manage"), true);
    of_portal("GET", "/tenants").send().await.expect(403);
    let event_of_operator = json!({"type": "a", "data": 1});
    let changes = |call: Call, csrf: &str| call.header("x-lanehook-csrf", csrf).json(event_of_operator.clone());
    changes(call("POST", "/events"), &portal.csrf).await.problem(403, "csrf_token_missing");
    changes(of_portal("POST", "/events"), &own.csrf).await.problem(403, "csrf_token_missing");
    changes(of_portal("POST", "/events"), &portal.csrf).await.expect(403);
    changes(call("POST", "/events"), &own.csrf).await.expect(202);
    // Nor does the portal get more where nobody is signed in to it.
    let only_own = app.bare_call("GET", "/session").header("cookie", &own.cookie).header("x-lanehook-portal", "1");
    only_own.send().await.problem(401, "unauthorized");
    // A session under the other's name is none.
    let renamed = |cookie: &str, name: &str| format!("{name}={}", cookie.split_once('=').unwrap().1);
    for cookie in [renamed(&own.cookie, "lanehook_portal"), renamed(&portal.cookie, "lanehook_session")] {
        app.bare_call("GET", "/session").header("cookie", &cookie).send().await.problem(401, "unauthorized");
    }
    // Signing out of one leaves the other.
    let out = of_portal("DELETE", "/session").header("x-lanehook-csrf", &portal.csrf).send().await.expect(204);
    assert!(out.header("set-cookie").starts_with("lanehook_portal=;"), "{:?}", out.headers);
    assert_eq!(out.headers.get_all("set-cookie").iter().count(), 1);
    own.get("/session").await.expect(200);
    portal.get("/session").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn with_tls_only_the_cookie_counts_that_browsers_keep_for_this_host() {
    let app = TestApp::start_with(Limits { secure: true, ..Limits::default() }).await;
    let browser = Browser::sign_in(&app, OPERATOR).await;
    assert!(browser.cookie.starts_with("__Host-lanehook_session="), "{}", browser.cookie);
    browser.get("/session").await.expect(200);
    let planted = browser.cookie.trim_start_matches("__Host-");
    app.bare_call("GET", "/session").header("cookie", planted).send().await.problem(401, "unauthorized");
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
    let mut all_reached = Vec::new();
    for browser in [&reader, &manager] {
        let mut reached = Vec::new();
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
                if may && operation["x-in-portal"] == true {
                    reached.push(operation["operationId"].as_str().unwrap().to_owned());
                    continue;
                }
                let path = path.replace("{id}", "x").replace("{name}", "x");
                let answer = browser.call(&method.to_uppercase(), &path).json(json!({})).await;
                assert_eq!(answer.status, 403, "{method} {path}: {}", answer.raw);
            }
        }
        reached.sort();
        all_reached.push(reached);
    }
    let [reads, changes] = &all_reached[..] else { panic!("two browsers") };
    assert_eq!(
        *reads,
        [
            "listDeliveries",
            "listDeliveriesOfEvent",
            "listDeliveriesOfWebhook",
            "listEventTypes",
            "listEvents",
            "listPlatforms",
            "listWebhookChanges",
            "listWebhooks",
            "listWebhooksOfEvent",
            "readDelivery",
            "readEvent",
            "readEventType",
            "readFailures",
            "readLane",
            "readOverview",
            "readPlatform",
            "readSession",
            "readStats",
            "readTheme",
            "readWebhook",
            "readWebhookStats",
            "renderPayload",
            "sampleEvent",
            "signIn",
            "signOut",
            "tryFilter",
            "watchLive",
        ]
    );
    let more: Vec<&String> = changes.iter().filter(|id| !reads.contains(id)).collect();
    assert_eq!(
        more,
        [
            "cancelDelivery",
            "changeWebhook",
            "createWebhook",
            "deleteWebhook",
            "probeWebhook",
            "putWebhook",
            "readWebhookSecret",
            "replayDelivery",
            "retryDeliveries",
            "retryDelivery",
            "rotateWebhookSecret",
            "testWebhook",
        ]
    );
}

/// Keeps an event, as another part of the server does, for one webhook. Its id.
async fn kept(app: &TestApp, tenant: &str, webhook: &str, event_type: &str, data: &'static str) -> String {
    let tenant = app.store.tenants().find(&TenantId::parse(tenant).unwrap()).unwrap().key;
    let webhook = app.store.webhooks().find(tenant, &WebhookId::parse(webhook).unwrap()).unwrap().key;
    let event = NewEvent::new(EventType::parse(event_type).unwrap(), data.into());
    match app.store.append(Append { tenant, events: vec![(event, vec![webhook])] }).await.unwrap()[..] {
        [Accepted::Kept { key, .. }] => key.to_string(),
        ref other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn customers_in_the_portal_see_no_notices_and_get_none() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let own = |method: &str, path: &str| app.call_as(&acme, method, path);
    own("PUT", "/webhooks/w").json(json!({"url": "https://example.com/hook"})).await.expect(201);
    let hears = json!({"url": "https://example.com/on-call", "event_types": ["lanehook.*", "price_alert"]});
    own("PUT", "/webhooks/n").json(hears).await.expect(201);
    let mut notices = Vec::new();
    kept(&app, "acme", "w", "price_alert", "1").await;
    for _ in 0..3 {
        notices.push(kept(&app, "acme", "n", "lanehook.key.created", r#"{"by": "key_of_somebody"}"#).await);
    }
    let last = kept(&app, "acme", "n", "price_alert", "2").await;
    let of_notice = own("GET", "/deliveries?event_type=lanehook.key.created").send().await.expect(200);
    let delivery = of_notice.each("/id").pop().unwrap();
    let browser = Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({"access": "manage"})).await).await;
    let tells = |answer: &Answer| answer.raw.contains("lanehook.key") || answer.raw.contains("key_of_somebody");
    for path in [
        "/events".to_owned(),
        "/events?type=lanehook.key.created".into(),
        "/deliveries".into(),
        "/deliveries?event_type=lanehook.key.created".into(),
        "/webhooks/n/deliveries".into(),
        "/stats?last=1h&by=event_type".into(),
        "/stats/failures?last=1h".into(),
        "/overview".into(),
    ] {
        assert!(!tells(&browser.get(&path).await.expect(200)), "{path}");
    }
    assert!(tells(&own("GET", "/stats?last=1h&by=event_type").send().await.expect(200)), "they are there");
    let sums = browser.get("/stats?last=1h&event_type=lanehook.key.created").await.expect(200);
    assert_eq!(*sums.at("/data"), json!([]));
    let trial = json!({"event_types": ["lanehook.*"]});
    let tried = browser.call("POST", "/filters/try").json(trial).await.expect(200);
    assert_eq!((tried.at("/looked_at"), tells(&tried)), (&json!(2), false));
    // The lists go on behind them, one way and the other.
    for list in ["/events", "/deliveries"] {
        let (mut seen, mut path, mut pages) = (0, format!("{list}?limit=1"), 0);
        loop {
            let page = browser.get(&path).await.expect(200);
            (seen, pages) = (seen + page.each("/id").len(), pages + 1);
            match page.at("/next_cursor").as_str() {
                Some(next) => path = format!("{list}?limit=1&cursor={next}"),
                None => break,
            }
        }
        assert!(seen == 2 && pages < 9, "{list}: {seen} on {pages}");
    }
    browser.get(&format!("/events/{last}")).await.expect(200);
    let notice = &notices[0];
    for (method, path) in [
        ("GET", format!("/events/{notice}")),
        ("GET", format!("/events/{notice}/deliveries")),
        ("GET", format!("/events/{notice}/webhooks")),
        ("GET", format!("/deliveries/{delivery}")),
        ("POST", format!("/deliveries/{delivery}/retry")),
        ("POST", format!("/deliveries/{delivery}/replay")),
        ("POST", format!("/deliveries/{delivery}/cancel")),
    ] {
        browser.call(method, &path).send().await.problem(404, "not_found");
    }
    for (path, input) in [
        ("/webhooks/w/test", json!({"event_id": notice})),
        ("/render", json!({"webhook_id": "w", "event": {"event_id": notice}})),
    ] {
        browser.call("POST", path).json(input).await.problem(404, "not_found");
    }
    let saved = json!({"saved_event": "s"});
    browser.call("POST", "/webhooks/w/test").json(saved).await.problem(403, "not_in_portal");
    // Nobody has them sent to themselves.
    let asks = json!({"url": "https://customer.example/", "event_types": ["price_alert", "lanehook.*"]});
    for (method, path) in [("POST", "/webhooks"), ("PUT", "/webhooks/new"), ("PATCH", "/webhooks/w")] {
        browser.call(method, path).json(asks.clone()).await.wrong_field("/event_types/1", "not part of the portal");
    }
    let moved = json!({"url": "https://customer.example/", "event_types": ["price_alert"]});
    for (method, path, input) in [
        ("PATCH", "/webhooks/n", moved.clone()),
        ("PUT", "/webhooks/n", moved),
        ("DELETE", "/webhooks/n", json!({})),
        ("GET", "/webhooks/n/secret", json!({})),
        ("POST", "/webhooks/n/secret/rotate", json!({})),
        ("POST", "/webhooks/n/test", json!({})),
        ("POST", "/webhooks/n/probe", json!({})),
    ] {
        let call = browser.call(method, path);
        let answer = if input == json!({}) { call.send().await } else { call.json(input).await };
        answer.problem(403, "not_in_portal");
    }
}

#[tokio::test]
async fn who_makes_a_portal_link_with_an_operators_key_names_the_tenant() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let refused = app.post("/portal-links", json!({})).await.problem(400, "invalid_header");
    assert!(refused.text("/detail").contains("Tenant") || refused.raw.contains("Tenant"), "{}", refused.raw);
    app.call_as(&acme, "POST", "/portal-links").json(json!({})).await.expect(201);
    link(&app, OPERATOR, "default", json!({})).await;
}

#[tokio::test]
async fn sessions_call_no_more_often_than_their_key_may() {
    let app = TestApp::start().await;
    let slow = |limit: u32| {
        let scopes = json!(["keys", "webhooks:read", "deliveries:read", "events:read"]);
        json!({"name": "slow", "tenant": "acme", "scopes": scopes, "rate_limit": {"limit": limit, "per": "minute"}})
    };
    app.tenant("acme").await;
    let key = app.key(slow(5)).await;
    let (one, two) = (Browser::sign_in(&app, &key).await, Browser::sign_in(&app, &key).await);
    for browser in [&one, &two, &one] {
        browser.get("/webhooks").await.expect(200);
    }
    two.get("/webhooks").await.problem(429, "too_many_requests");
    app.call_as(&key, "GET", "/webhooks").send().await.problem(429, "too_many_requests");
    app.call_as(&key, "POST", "/session").send().await.problem(429, "too_many_requests");
    // All portals of a key together are as fast as the key.
    let key = app.key(slow(4)).await;
    let mut portals = Vec::new();
    for _ in 0..3 {
        portals.push(Browser::sign_in(&app, &link(&app, &key, "acme", json!({})).await).await);
    }
    for browser in [&portals[0], &portals[1], &portals[2], &portals[0]] {
        browser.get("/webhooks").await.expect(200);
    }
    portals[2].get("/webhooks").await.problem(429, "too_many_requests");
    app.call_as(&key, "GET", "/webhooks").send().await.expect(200);
}

#[tokio::test]
async fn whose_pages_may_show_a_portal_is_told_to_whoever_has_its_link() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let input = json!({"access": "read", "origins": ["https://app.example.com"]});
    let made = app.call("POST", "/portal-links").header("tenant", "acme").json(input).await.expect(201);
    let url = made.text("/url");
    let page = url.split('#').next().unwrap();
    let browser = reqwest::Client::builder().no_proxy().build().unwrap();
    let policy = async |page: &str| {
        let asked = browser.get(format!("http://{}{page}", app.address)).header("accept", "text/html");
        let answer = asked.send().await.unwrap();
        answer.headers()["content-security-policy"].to_str().unwrap().to_owned()
    };
    assert!(policy(page).await.ends_with("frame-ancestors https://app.example.com"), "{page}");
    // Ids can be counted through.
    let (id, mark) = page.split_once('.').unwrap();
    assert_eq!(mark.len(), 16);
    for other in [id.to_owned(), format!("{id}."), format!("{id}.{}", "0".repeat(16)), format!("{page}0")] {
        assert!(policy(&other).await.ends_with("frame-ancestors 'none'"), "{other}");
    }
}

#[tokio::test]
async fn inspectors_are_no_part_of_the_portal() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let id = app.call_as(&acme, "POST", "/inspectors").json(json!({})).await.expect(201).text("/id");
    let one = format!("/inspectors/{id}");
    for access in ["read", "manage"] {
        let browser = Browser::sign_in(&app, &link(&app, OPERATOR, "acme", json!({"access": access})).await).await;
        for (method, path) in [
            ("GET", "/inspectors".to_owned()),
            ("POST", "/inspectors".to_owned()),
            ("GET", one.clone()),
            ("PATCH", one.clone()),
            ("DELETE", one.clone()),
            ("GET", format!("{one}/requests")),
            ("DELETE", format!("{one}/requests")),
            ("GET", "/live?kind=inspector".to_owned()),
        ] {
            browser.call(method, &path).json(json!({})).await.problem(403, "not_in_portal");
        }
    }
    app.call_as(&acme, "GET", &one).send().await.expect(200);
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
    let make = |input| app.call("POST", "/portal-links").header("tenant", "default").json(input);
    let answer = make(wrong).await.problem(400, "invalid_body");
    let pointers: Vec<&str> =
        answer.at("/errors").as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/expires_in", "/session", "/origins/0", "/origins/1", "/origins/3", "/origins/4"]);
}
