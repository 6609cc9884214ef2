//! Looking before sending: POST /render, and tests that only connect or send an example.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    app::TestApp,
    receiver::{Receiver, Reply},
};

const URL: &str = "https://example.com/hook";

async fn with_event(app: &TestApp) {
    let event = json!({"id": "e1", "type": "price.alert", "data": {"symbol": "ACME", "price": 187.5}});
    app.post("/events", event).await.expect(202);
}

#[tokio::test]
async fn a_draft_is_rendered_for_any_event_and_nothing_is_kept_or_sent() {
    let app = TestApp::start().await;
    let draft = json!({"payload": {"type": "template", "template": "{\"text\": \"{{ data.symbol }}\"}"}});
    let event = json!({"event_type": "price.alert", "data": {"symbol": "A\"B"}});
    let shown = app.post("/render", json!({"webhook": draft, "event": event})).await.expect(200);
    assert_eq!(shown.text("/request/body/content"), r#"{"text": "A\"B"}"#);
    assert_eq!(
        (shown.text("/request/content_type"), shown.text("/request/method")),
        ("application/json".into(), "POST".into())
    );
    assert_eq!((shown.at("/matches"), shown.at("/error")), (&json!(true), &json!(null)));
    assert_eq!(
        (shown.text("/event/type"), shown.at("/event/data")),
        ("price.alert".into(), &json!({"symbol": "A\"B"}))
    );
    for list in ["/webhooks", "/events", "/deliveries"] {
        assert_eq!(app.get(list).await.at("/data"), &json!([]), "{list}");
    }
}

#[tokio::test]
async fn a_webhook_is_rendered_for_a_stored_event_and_says_whether_it_asks_for_it() {
    let app = TestApp::start().await;
    with_event(&app).await;
    let settings = json!({"url": URL, "filter": {"data": {"price": {"$gte": 200}}}, "event_types": ["price.*"]});
    app.call("PUT", "/webhooks/w").json(settings).await.expect(201);
    let render = async |data: Value| {
        let event =
            if data.is_null() { json!({"event_id": "e1"}) } else { json!({"event_type": "price.alert", "data": data}) };
        app.post("/render", json!({"webhook_id": "w", "event": event})).await.expect(200)
    };
    let shown = render(Value::Null).await;
    assert_eq!((shown.at("/matches"), shown.text("/event/id")), (&json!(false), "e1".into()));
    let clause = json!({"path": "/data/price", "operator": "$gte", "wanted": 200, "found": 187.5, "shortened": false});
    assert_eq!(shown.at("/mismatch"), &json!({"reason": "filter", "clauses": [clause], "more": false}));
    let expected = r#"{"id":"e1","type":"price.alert","timestamp":"2027-01-15T08:00:00.000Z","data":{"price":187.5,"symbol":"ACME"}}"#;
    assert_eq!(shown.text("/request/body/content"), expected, "though it does not ask for it");
    let shown = render(json!({"price": 200})).await;
    assert_eq!((shown.at("/matches"), shown.at("/mismatch")), (&json!(true), &json!(null)));
    let other = json!({"webhook_id": "w", "event": {"event_type": "other", "data": {"price": 500}}});
    let shown = app.post("/render", other).await.expect(200);
    assert_eq!((shown.at("/matches"), shown.text("/mismatch/reason")), (&json!(false), "event_types".into()));
}

#[tokio::test]
async fn what_cannot_be_rendered_says_why_and_where() {
    let app = TestApp::start().await;
    let render = async |payload: Value| app.post("/render", json!({"webhook": {"payload": payload}})).await.expect(200);
    let template = json!({"type": "template", "template": "{\n\"a\": {{ data.nothing }}}"});
    let script = json!({"type": "javascript", "code": "function transform(event) {\n  return event.data.a.b;\n}"});
    for payload in [template, script] {
        let shown = render(payload).await;
        assert_eq!((shown.at("/request"), shown.text("/error/kind")), (&json!(null), "render".into()));
        assert!(shown.text("/error/message").contains("line 2"), "{}", shown.raw);
    }
    let skipped = render(json!({"type": "javascript", "code": "const transform = () => null"})).await;
    assert_eq!((skipped.at("/request"), skipped.text("/error/kind")), (&json!(null), "skipped".into()));
    let endless = render(json!({"type": "javascript", "code": "const transform = () => { for (;;) {} }"})).await;
    assert_eq!(endless.text("/error/kind"), "render");
}

#[tokio::test]
async fn what_is_wrong_with_a_preview_is_told_at_its_place_in_the_body() {
    let app = TestApp::start().await;
    for (body, pointer) in [
        (json!({"webhook": {"url": 5}}), "/webhook/url"),
        (json!({"webhook": {"secret": 5}}), "/webhook/secret"),
        (json!({"webhook": {"platform": "slcak"}}), "/webhook/platform"),
        (
            json!({"webhook": {"payload": {"type": "template", "template": "{{ datta.x }}"}}}),
            "/webhook/payload/template",
        ),
        (json!({"webhook": {}, "event": {"type": "a b"}}), "/event/type"),
        (json!({"webhook": []}), "/webhook"),
    ] {
        let answer = app.post("/render", body).await;
        assert!(answer.text("/detail").starts_with(&format!("{pointer}: ")), "{}", answer.raw);
        answer.wrong_field(pointer, "");
    }
    for (body, pointer, cure) in [
        (json!({"webhook": "w"}), "/webhook", "goes into `webhook_id`"),
        (json!({"webhook_id": "w", "event": "e1"}), "/event", r#"{"event_id": …} for an event that is kept"#),
        (json!({"webhookId": "w"}), "/webhookId", "did you mean `webhook_id`?"),
    ] {
        app.post("/render", body).await.wrong_field(pointer, cure);
    }
}

#[tokio::test]
async fn data_is_shown_byte_for_byte_as_it_is_sent() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let data = r#"{ "n": 1, "n": 2.50, "m": {"a": 1, "a": 1e2}, "big": 12345678901234567890123 }"#;
    let saved = json!({"url": receiver.url("/hook"), "payload": {"type": "data"}});
    app.call("PUT", "/webhooks/w").json(saved).await.expect(201);
    let event = format!(r#"{{"id": "e1", "type": "price.alert", "data": {data}}}"#);
    app.call("POST", "/events").body("application/json", event).await.expect(202);
    let of_own = format!(r#"{{"type": "price.alert", "data": {data}}}"#);
    for event in [of_own.as_str(), r#"{"event_id": "e1"}"#] {
        for webhook in [r#""webhook_id": "w""#, r#""webhook": {"payload": {"type": "data"}}, "webhook_id": null"#] {
            let ask = format!(r#"{{{webhook}, "event": {event}}}"#);
            let shown = app.call("POST", "/render").body("application/json", ask).await.expect(200);
            assert_eq!(shown.text("/request/body/content"), data, "{event}");
            assert!(shown.raw.contains(&format!(r#""data":{data}"#)), "{}", shown.raw);
        }
        app.call("POST", "/webhooks/w/test").body("application/json", event.to_owned()).await.expect(200);
        let received = receiver.received(1).await;
        assert_eq!(std::str::from_utf8(&received.last().unwrap().body).unwrap(), data);
    }
}

#[tokio::test]
async fn a_template_of_the_batch_is_checked_when_it_is_saved() {
    let app = TestApp::start().await;
    let save = |settings: Value| app.call("PUT", "/webhooks/w").json(settings);
    let batch = |template: &str| json!({"url": URL, "batch": {"template": template}});
    save(batch(r#"{"n": {{ cuont }}}"#)).await.wrong_field("/batch/template", "did you mean `count`?");
    save(batch("{{ events | frobnicate }}")).await.wrong_field("/batch/template", "there is no filter");
    let mut both = batch(r#"{"n": {{ count }}}"#);
    both["payload"] = json!({"type": "data"});
    save(both).await.wrong_field("/payload", "give `payload` or `batch.template`");
    save(batch(r#"{"n": {{ count }}}"#)).await.expect(201);
    let discord = "https://discord.com/api/webhooks/1234567890123456789/abcdefghijklmnopqrstuvwxyz0123456789";
    let mut platform = json!({"url": discord, "platform": "discord", "batch": {}});
    save(platform.clone()).await.wrong_field("/batch", "give a `batch.template`");
    platform["batch"] = json!({"template": r#"{"content": "{{ count }} alerts"}"#});
    save(platform).await.expect(200);
}

#[tokio::test]
async fn a_script_of_the_batch_is_checked_when_it_is_saved_and_can_be_previewed() {
    let app = TestApp::start().await;
    let save = |settings: Value| app.call("PUT", "/webhooks/w").json(settings);
    let batch = |script: &str| json!({"url": URL, "batch": {"script": script}});
    save(batch("function transform(batch) {\n  return {;\n}")).await.wrong_field("/batch/script", "line 2");
    save(batch("const x = 1")).await.wrong_field("/batch/script", "defines no `transform`");
    save(batch("")).await.wrong_field("/batch/script", "1 to 65536 bytes");
    let script = "function transform(batch) { return { n: batch.count, first: batch.events[0].data.symbol } }";
    let mut both = batch(script);
    both["payload"] = json!({"type": "data"});
    save(both.clone()).await.wrong_field("/payload", "the batch's script writes the whole body; give `payload` or");
    both["payload"] = Value::Null;
    both["batch"]["template"] = json!(r#"{"n": {{ count }}}"#);
    save(both).await.wrong_field("/batch/script", "leave one of them out");
    let saved = save(batch(script)).await.expect(201);
    assert_eq!(saved.text("/batch/script"), script);
    let event = json!({"event_type": "price.alert", "data": {"symbol": "ACME"}});
    let shown = app.post("/render", json!({"webhook_id": "w", "event": event})).await.expect(200);
    assert_eq!(shown.text("/request/body/content"), r#"{"n":1,"first":"ACME"}"#);
    let broken = batch("function transform(batch) {\n  return batch.events[1].data;\n}");
    let shown = app.post("/render", json!({"webhook": broken, "event": event})).await.expect(200);
    assert_eq!((shown.at("/request"), shown.text("/error/kind")), (&json!(null), "render".into()));
    assert!(shown.text("/error/message").contains("line 2"), "{}", shown.raw);
    let discord = "https://discord.com/api/webhooks/1234567890123456789/abcdefghijklmnopqrstuvwxyz0123456789";
    let script = "const transform = batch => ({ content: `${batch.count} alerts`, embeds: batch.fields.nothing })";
    save(json!({"url": discord, "platform": "discord", "batch": {"script": script}})).await.expect(200);
    let shown = app.post("/render", json!({"webhook_id": "w", "event": event})).await.expect(200);
    assert_eq!(shown.text("/request/body/content"), r#"{"content":"1 alerts"}"#, "one message of the platform");
}

#[tokio::test]
async fn the_headers_of_what_would_be_sent_are_shown_without_credentials() {
    let app = TestApp::start().await;
    let webhook = json!({
        "url": URL, "payload": {"type": "cloudevents", "mode": "binary"}, "headers": {"X-Own": "a secret"},
        "auth": {"type": "bearer", "token": "another secret"},
    });
    let event = json!({"event_type": "price.alert", "data": 1});
    let shown = app.post("/render", json!({"webhook": webhook, "event": event})).await.expect(200);
    let header = |name: &str| {
        let headers = shown.at("/request/headers").as_array().unwrap();
        let found = headers.iter().find(|header| header["name"].as_str().unwrap().eq_ignore_ascii_case(name));
        found.map(|header| header["value"].as_str().unwrap().to_owned())
    };
    assert_eq!(header("ce-type").as_deref(), Some("price.alert"));
    assert_eq!(header("content-type").as_deref(), Some("application/json"));
    assert_eq!(header("authorization").as_deref(), Some("[redacted]"));
    assert!(!shown.raw.contains("a secret") && !shown.raw.contains("another secret"), "{}", shown.raw);
    assert_eq!(header("webhook-signature"), None, "it is not signed");
}

#[tokio::test]
async fn names_that_can_stand_for_nothing_are_refused_when_they_are_saved() {
    let app = TestApp::start().await;
    let payload = |template: &str, names: Value| {
        let mut payload = json!({"type": "template", "template": template});
        if !names.is_null() {
            payload["names"] = names;
        }
        json!({"url": URL, "payload": payload})
    };
    let bare = r#"{"text": "{{ symbol }} {{ type }}"}"#;
    let save = |settings: Value| app.call("PUT", "/webhooks/w").json(settings);
    save(payload(bare, Value::Null)).await.wrong_field("/payload/template", "did you mean `data.symbol`?");
    save(payload("{\n\"a\": {{ dta.x }}}", Value::Null)).await.wrong_field("/payload/template", "line 2");
    save(payload(bare, json!("qualified"))).await.wrong_field("/payload/template", "or set `names` to `bare`");
    let zone = r#"{"at": "{{ timestamp | time(zone='Europe/Berlim') }}"}"#;
    save(payload(zone, Value::Null)).await.wrong_field("/payload/template", "did you mean Europe/Berlin?");
    let saved = save(payload(bare, json!("bare"))).await.expect(201);
    assert_eq!(saved.at("/payload/names"), &json!("bare"));
    let event = json!({"event_type": "price.alert", "data": {"symbol": "ACME", "type": "mine"}});
    let shown = app.post("/render", json!({"webhook_id": "w", "event": event})).await.expect(200);
    assert_eq!(shown.text("/request/body/content"), r#"{"text": "ACME price.alert"}"#, "an event's own names stay");
}

#[tokio::test]
async fn a_preview_without_sense_points_to_the_place() {
    let app = TestApp::start().await;
    with_event(&app).await;
    let draft = |settings: Value| json!({"webhook": settings});
    app.post("/render", json!({})).await.wrong_field("", "exactly one");
    app.post("/render", draft(json!({"timeout": "1h"}))).await.wrong_field("/webhook/timeout", "1m");
    let broken = json!({"payload": {"type": "javascript", "code": "function ("}});
    app.post("/render", draft(broken)).await.wrong_field("/webhook/payload/code", "");
    app.post("/render", json!({"webhook_id": "none"})).await.problem(404, "not_found");
    let both = json!({"webhook": {}, "event": {"event_id": "e1", "data": 1}});
    let answer = app.post("/render", both).await.problem(400, "invalid_body");
    assert!(answer.text("/errors/0/pointer").ends_with("/event_id"), "{}", answer.raw);
    let missing = json!({"webhook": {}, "event": {"event_id": "none"}});
    app.post("/render", missing).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_preview_shows_no_credentials() {
    let app = TestApp::start().await;
    let token = "abcdefghijklmnopqrstuvwxyz0123";
    let pushover = json!({"platform": "pushover", "fields": {"token": token, "user": token.to_uppercase()}});
    let shown = app.post("/render", json!({"webhook": pushover})).await.expect(200);
    assert!(!shown.raw.contains("abcdefghij") && !shown.raw.contains("ABCDEFGHIJ"), "{}", shown.raw);
    assert!(shown.text("/request/body/content").contains("[redacted]"));
    let telegram = json!({"platform": "telegram", "fields": {"bot_token": "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678", "chat_id": "1"}});
    let shown = app.post("/render", json!({"webhook": telegram.clone()})).await.expect(200);
    assert!(
        !shown.raw.contains("AbCdEfGh") && shown.text("/request/url").contains("api.telegram.org"),
        "{}",
        shown.raw
    );
    // Scripts know what was filled in, and do not tell it by their errors.
    let mut own = telegram.clone();
    let code = "const transform = event => { if (event.data) throw new Error(event.fields.bot_token); \
                return {chat_id: event.fields.chat_id, text: 'hi'} }";
    own["payload"] = json!({"type": "javascript", "code": code});
    let sent = app.post("/render", json!({"webhook": own, "event": {"data": null}})).await.expect(200);
    assert_eq!(sent.text("/request/body/content"), r#"{"chat_id":"1","text":"hi"}"#);
    let failed = app.post("/render", json!({"webhook": own, "event": {"data": 1}})).await.expect(200);
    assert!(failed.text("/error/message").contains("the script") && !failed.raw.contains("AbCdEfGh"), "{}", failed.raw);
    let own = json!({"url": "https://user.example/in?token=hunter2", "auth": {"type": "bearer", "token": "hunter2"}});
    let shown = app.post("/render", json!({"webhook": own})).await.expect(200);
    assert!(!shown.raw.contains("hunter2"), "{}", shown.raw);
}

#[tokio::test]
async fn a_preview_of_one_of_a_batch_shows_the_batch() {
    let app = TestApp::start().await;
    let shown = app.post("/render", json!({"webhook": {"batch": {}}, "event": {"data": 7}})).await.expect(200);
    let body: Value = serde_json::from_str(&shown.text("/request/body/content")).unwrap();
    assert_eq!((&body["type"], &body["events"][0]["data"]), (&json!("batch"), &json!(7)));
}

#[tokio::test]
async fn a_test_ends_sooner_than_a_patient_webhook_and_says_when() {
    let app = TestApp::start().await;
    let receiver = Receiver::that(Reply::Hold).await;
    app.call("PUT", "/webhooks/w").json(json!({"url": receiver.url("/"), "timeout": "60s"})).await.expect(201);
    for (count, (input, wait, timeout)) in
        [(json!({}), 10, "10s"), (json!({"timeout": "20s"}), 20, "20s")].into_iter().enumerate()
    {
        let test = tokio::spawn(app.call("POST", "/webhooks/w/test").json(input));
        receiver.holding(1).await;
        app.clock.advance(Duration::from_secs(wait));
        let tested = test.await.unwrap().expect(200);
        assert_eq!((tested.text("/timeout"), tested.text("/error/kind")), (timeout.into(), "timeout".into()));
        assert!(tested.text("/error/message").contains("no response head arrived"), "{}", tested.raw);
        receiver.hung_up(count + 1).await;
    }
    app.post("/webhooks/w/test", json!({"timeout": "61s"})).await.wrong_field("/timeout", "1m");
    app.post("/webhooks/w/test", json!({"timeout": 5})).await.wrong_field("/timeout", "5s");
}

#[tokio::test]
async fn a_test_that_only_connects_sends_nothing() {
    let app = TestApp::start().await;
    let receiver = Receiver::that(Reply::Hold).await;
    app.call("PUT", "/webhooks/w").json(json!({"url": receiver.url("/")})).await.expect(201);
    let tested = app.post("/webhooks/w/test", json!({"connect_only": true})).await.expect(200);
    assert_eq!((tested.at("/connected"), tested.at("/delivered")), (&json!(true), &json!(false)), "{}", tested.raw);
    assert_eq!((tested.at("/error"), tested.at("/status")), (&json!(null), &json!(null)));
    assert_eq!(tested.text("/remote"), receiver.address.to_string());
    receiver.next_epoch().await;
    assert_eq!(receiver.count(), 0);

    // A port that is taken, and at which nobody listens.
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}/", nobody.local_addr().unwrap());
    app.call("PUT", "/webhooks/w").json(json!({"url": url})).await.expect(200);
    let tested = app.post("/webhooks/w/test", json!({"connect_only": true})).await.expect(200);
    assert_eq!((tested.at("/connected"), tested.text("/error/kind")), (&json!(false), "connection".into()));
    assert!(tested.at("/timings/connect_us").as_u64() > Some(0), "it took its time, too: {}", tested.raw);
    let tested = app.post("/webhooks/w/test", json!({"data": {"n": 1}})).await.expect(200);
    assert_eq!((tested.at("/delivered"), tested.text("/error/kind")), (&json!(false), "connection".into()));
    assert_eq!(tested.at("/connected"), &json!(false));
    assert!(tested.text("/request/body/content").contains(r#""data":{"n":1}"#), "what was to be sent: {}", tested.raw);
    let tested = app.post("/webhooks/w/test", json!({"data": null})).await.expect(200);
    assert!(tested.text("/request/body/content").contains(r#""data":null"#), "null is data: {}", tested.raw);
}

#[tokio::test]
async fn a_test_sends_the_catalogues_example() {
    let app = TestApp::start().await;
    let example = json!({"symbol": "ACME", "price": 187.5});
    let version = json!({"version": 1, "schema": {"type": "object"}, "example": example});
    let made = app.call("PUT", "/event-types/price.alert").json(json!({"versions": [version]})).await;
    assert!(matches!(made.status, 200 | 201), "{}", made.raw);
    let receiver = Receiver::start().await;
    let settings = json!({"url": receiver.url("/"), "event_types": ["price.alert"]});
    app.call("PUT", "/webhooks/w").json(settings).await.expect(201);
    let tested = app.call("POST", "/webhooks/w/test").send().await.expect(200);
    assert_eq!(tested.at("/delivered"), &json!(true), "{}", tested.raw);
    assert_eq!(receiver.last().json()["data"], example);
    let shown = app.post("/render", json!({"webhook_id": "w"})).await.expect(200);
    assert_eq!(shown.at("/event/data"), &example);

    app.post("/events", json!({"id": "stored", "type": "price.alert", "data": 7})).await.expect(202);
    app.post("/webhooks/w/test", json!({"event_id": "stored"})).await.expect(200);
    assert_eq!((receiver.last().id(), &receiver.last().json()["data"]), ("stored", &json!(7)));
}

#[tokio::test]
async fn a_test_of_a_webhook_whose_script_skips_says_so() {
    let app = TestApp::start().await;
    let receiver = Receiver::start().await;
    let payload = json!({"type": "javascript", "code": "const transform = () => null"});
    app.call("PUT", "/webhooks/w").json(json!({"url": receiver.url("/"), "payload": payload})).await.expect(201);
    let tested = app.post("/webhooks/w/test", json!({})).await.expect(200);
    assert_eq!((tested.at("/delivered"), tested.text("/error/kind")), (&json!(false), "skipped".into()));
    assert_eq!(tested.at("/request/body"), &json!(null));
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn a_stored_event_is_shown_only_to_who_may_read_events() {
    let app = TestApp::start().await;
    with_event(&app).await;
    let receiver = Receiver::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": receiver.url("/")})).await.expect(201);
    let scopes = ["webhooks:read", "webhooks:write"];
    let key = app.key(json!({"name": "blind", "scopes": scopes})).await;
    let render = |event: Value| app.call_as(&key, "POST", "/render").json(json!({"webhook_id": "w", "event": event}));
    // Nor whether there is one.
    for id in ["e1", "none"] {
        for refused in [
            render(json!({"event_id": id})).await,
            app.call_as(&key, "POST", "/webhooks/w/test").json(json!({"event_id": id})).await,
        ] {
            let refused = refused.problem(403, "missing_scope");
            assert!(refused.text("/detail").contains("`events:read`") && !refused.raw.contains("ACME"));
        }
    }
    assert_eq!(receiver.count(), 0);
    render(json!({"data": {"symbol": "own"}})).await.expect(200);
    let reader = app.key(json!({"name": "reader", "scopes": ["webhooks:read", "events:read"]})).await;
    let ask = json!({"webhook_id": "w", "event": {"event_id": "e1"}});
    let shown = app.call_as(&reader, "POST", "/render").json(ask).await.expect(200);
    assert_eq!(shown.at("/event/data/symbol"), &json!("ACME"));
}
