//! Saved events: kept by name as they are, published again, and samples for tests and previews.

use serde_json::{Value, json};

use crate::{
    app::{Limits, TestApp},
    receiver::Receiver,
};
use lanehook::model::{Amounts, QuotaKind};

fn put(app: &TestApp, name: &str) -> crate::app::Call {
    app.call("PUT", &format!("/saved-events/{name}"))
}

#[tokio::test]
async fn a_saved_event_is_read_as_it_was_saved_and_replaced_under_its_name() {
    let app = TestApp::start().await;
    let body = r#"{"type": "price_alert", "description": "a drop", "data": {"price": 1.50, "n": 12345678901234567890123},
        "version": 2, "ordering_key": "ACME", "correlation_id": "c-1", "source": "/desk", "metadata": {"region": "eu"}}"#;
    let made = put(&app, "drop").body("application/json", body).await.expect(201);
    assert!(
        made.raw.contains(r#""data":{"price": 1.50, "n": 12345678901234567890123}"#),
        "byte for byte: {}",
        made.raw
    );
    let read = app.get("/saved-events/drop").await.expect(200);
    assert_eq!(read.raw, made.raw);
    let expected = json!({"name": "drop", "description": "a drop", "type": "price_alert", "version": 2, "ordering_key": "ACME",
        "correlation_id": "c-1", "source": "/desk", "metadata": {"region": "eu"}});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&read.json[name], value, "{name}");
    }
    app.clock.advance(std::time::Duration::from_secs(60));
    let replaced = put(&app, "drop").json(json!({"type": "a", "data": null})).await.expect(200);
    assert_eq!((replaced.at("/data"), replaced.at("/version")), (&Value::Null, &Value::Null), "null is data");
    assert_eq!(replaced.at("/created_at"), made.at("/created_at"));
    assert_ne!(replaced.at("/updated_at"), made.at("/updated_at"));
    app.call("DELETE", "/saved-events/drop").send().await.expect(204);
    for method in ["GET", "DELETE"] {
        app.call(method, "/saved-events/drop").send().await.problem(404, "not_found");
    }
    app.call("POST", "/saved-events/drop/send").send().await.problem(404, "not_found");
}

#[tokio::test]
async fn what_a_stored_event_says_is_saved_by_its_id() {
    let app = TestApp::start().await;
    let event = json!({"id": "e1", "type": "price_alert", "data": {"price": 2}, "version": 1, "ordering_key": "k",
        "correlation_id": "c", "source": "/s", "metadata": {"a": 1}, "timestamp": "2020-01-01T00:00:00Z"});
    app.post("/events", event.clone()).await.expect(202);
    let saved = put(&app, "one").json(json!({"event": "e1", "description": "of Monday"})).await.expect(201);
    for name in ["type", "data", "version", "ordering_key", "correlation_id", "source", "metadata"] {
        assert_eq!(saved.json[name], event[name], "{name}");
    }
    assert_eq!(saved.text("/description"), "of Monday");
    put(&app, "two").json(json!({"event": "none"})).await.wrong_field("/event", "no event with this id");
    let both = put(&app, "two").json(json!({"event": "e1", "type": "a", "data": 1, "source": "/x"})).await;
    let pointers: Vec<&str> =
        both.at("/errors").as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/type", "/data", "/source"]);
    app.get("/saved-events/two").await.problem(404, "not_found");

    let blind = app.key(json!({"name": "blind", "scopes": ["events:write"]})).await;
    let save = |body: Value| app.call_as(&blind, "PUT", "/saved-events/three").json(body);
    save(json!({"event": "e1"})).await.problem(403, "missing_scope");
    save(json!({"type": "a", "data": 1})).await.expect(201);
    app.call_as(&blind, "GET", "/saved-events/three").send().await.problem(403, "missing_scope");
    let reader = app.key(json!({"name": "reader", "scopes": ["events:read"]})).await;
    app.call_as(&reader, "GET", "/saved-events/three").send().await.expect(200);
    for (method, path) in
        [("PUT", "/saved-events/x"), ("DELETE", "/saved-events/one"), ("POST", "/saved-events/one/send")]
    {
        let call = app.call_as(&reader, method, path).json(json!({"type": "a", "data": 1})).await;
        call.problem(403, "missing_scope");
    }
}

#[tokio::test]
async fn what_no_event_can_be_is_not_saved() {
    let app = TestApp::start_with(Limits { max_event_bytes: 100, ..Limits::default() }).await;
    for (body, pointers) in [
        (json!({}), vec!["/type", "/data"]),
        (json!({"type": "a"}), vec!["/data"]),
        (json!({"type": "lanehook.webhook.failing", "data": 1}), vec!["/type"]),
        (json!({"type": "a b", "data": 1}), vec!["/type"]),
        (json!({"type": "a", "data": "x".repeat(200), "description": "d".repeat(501)}), vec!["/description", "/data"]),
        (json!({"type": "a", "data": 1, "id": "mine"}), vec!["/id"]),
        (json!({"type": "a", "data": 1, "version": "x", "ordering_key": ""}), vec!["/ordering_key", "/version"]),
    ] {
        let refused = put(&app, "x").json(body.clone()).await.problem(400, "invalid_body");
        let found: Vec<&str> =
            refused.at("/errors").as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(found, pointers, "{body}: {}", refused.raw);
    }
    put(&app, "x").body("application/json", r#"{"type":"a","data":1e999}"#).await.wrong_field("/data", "");
    for name in ["a%20b", ".hidden", "a%2Fb", &"n".repeat(65)] {
        let refused = put(&app, name).json(json!({"type": "a", "data": 1})).await;
        assert_eq!(refused.status, 400, "{name}: {}", refused.raw);
        app.get(&format!("/saved-events/{name}")).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_saved_event_is_published_as_a_new_one_each_time_it_is_sent() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/", "event_types": ["a"]})).await.expect(201);
    let enrichment = json!({"enrichment": [{"field": "desk", "value": "eu"}]});
    app.call("PATCH", "/tenants/default").json(enrichment).await.expect(200);
    put(&app, "s").json(json!({"type": "a", "data": {"n": 1}, "source": "/desk"})).await.expect(201);
    let send = || app.call("POST", "/saved-events/s/send");
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let (first, second) =
        (send().send().await.expect(202), send().header("traceparent", trace).send().await.expect(202));
    assert_ne!(first.at("/id"), second.at("/id"));
    assert_eq!((first.at("/deliveries"), first.at("/duplicate")), (&json!(1), &json!(false)));
    let event = app.get(&format!("/events/{}", second.text("/id"))).await.expect(200);
    assert_eq!(event.at("/data"), &json!({"n": 1, "desk": "eu"}));
    assert_eq!((event.text("/source").as_str(), event.text("/traceparent").as_str()), ("/desk", trace));
    assert_eq!(event.at("/test"), &json!(false));
    let keyed = send().header("idempotency-key", "k1").send().await.expect(202);
    let again = send().header("idempotency-key", "k1").send().await.expect(202);
    assert_eq!((again.at("/id"), again.at("/duplicate")), (keyed.at("/id"), &json!(true)));
    put(&app, "s").json(json!({"type": "a", "data": {"n": 2}})).await.expect(200);
    send().header("idempotency-key", "k1").send().await.problem(409, "event_conflict");
    app.call("PATCH", "/tenants/default").json(json!({"validation": "enforce"})).await.expect(200);
    send().send().await.problem(400, "invalid_event");
}

#[tokio::test]
async fn a_webhook_is_tried_and_previewed_with_a_saved_event() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    app.call("PUT", "/webhooks/w").json(json!({"url": receiver.url("/")})).await.expect(201);
    put(&app, "s").json(json!({"type": "price_alert", "data": {"n": 7}, "correlation_id": "c-7"})).await.expect(201);
    let tested = app.post("/webhooks/w/test", json!({"saved_event": "s"})).await.expect(200);
    assert_eq!((tested.at("/delivered"), receiver.last().header("x-correlation-id")), (&json!(true), "c-7"));
    assert_eq!(receiver.last().json()["data"], json!({"n": 7}));
    let kept = app.get(&format!("/deliveries/{}", tested.text("/delivery"))).await.expect(200);
    assert_eq!((kept.at("/test"), kept.text("/event_type")), (&json!(true), "price_alert".into()));
    let shown = app.post("/render", json!({"webhook_id": "w", "event": {"saved_event": "s"}})).await.expect(200);
    assert_eq!((shown.text("/event/type"), shown.at("/event/data")), ("price_alert".into(), &json!({"n": 7})));
    app.post("/webhooks/w/test", json!({"saved_event": "none"})).await.problem(404, "not_found");
    for (body, pointer) in [
        (json!({"saved_event": "s", "data": 1}), "/saved_event"),
        (json!({"saved_event": "s", "event_id": "e"}), "/saved_event"),
        (json!({"saved_event": "a b"}), "/saved_event"),
    ] {
        app.post("/webhooks/w/test", body).await.wrong_field(pointer, "");
    }
    let blind = app.key(json!({"name": "blind", "scopes": ["webhooks:write"]})).await;
    let refused = app.call_as(&blind, "POST", "/webhooks/w/test").json(json!({"saved_event": "s"})).await;
    assert!(refused.problem(403, "missing_scope").text("/detail").contains("`events:read`"));
}

#[tokio::test]
async fn a_tenant_saves_as_many_and_as_much_as_its_quotas_allow() {
    let quotas = Amounts::DEFAULT.with(QuotaKind::Saved, 2).with(QuotaKind::EventBytes, 1 << 20);
    let app = TestApp::start_with(Limits { quotas, ..Limits::default() }).await;
    let key = app.tenant("acme").await;
    let save = |name: &str, bytes: usize| {
        let event = json!({"type": "a", "data": "x".repeat(bytes)});
        app.call_as(&key, "PUT", &format!("/saved-events/{name}")).json(event)
    };
    save("one", 1_000).await.expect(201);
    save("two", 1_000).await.expect(201);
    let refused = save("three", 10).await.problem(409, "quota_reached");
    assert!(refused.text("/detail").contains("`quotas.saved`"), "{}", refused.raw);
    save("two", 2_000).await.expect(200);
    let usage = async || app.call_as(&key, "GET", "/usage").send().await.expect(200).json;
    let used = usage().await;
    assert_eq!(used["saved"], json!({"used": 2, "most": 2}));
    let bytes = used["event_bytes"]["used"].as_u64().unwrap();
    assert!((3_512..4_000).contains(&bytes), "{bytes}");
    for _ in 0..4 {
        let event = json!({"type": "a", "data": "x".repeat(240_000)});
        app.call_as(&key, "POST", "/events").json(event).await.expect(202);
    }
    save("one", 200_000).await.problem(429, "too_much_kept");
    save("one", 10).await.expect(200);
    for name in ["one", "two"] {
        app.call_as(&key, "DELETE", &format!("/saved-events/{name}")).send().await.expect(204);
    }
    let used = usage().await;
    assert_eq!((&used["saved"]["used"], used["event_bytes"]["used"].as_u64()), (&json!(0), Some(4 * 240_258)));
    save("one", 10).await.expect(201);
    app.call("DELETE", "/tenants/acme").send().await.expect(204);
    let left: i64 = app.database().query_row("SELECT count(*) FROM saved", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "they go with their tenant");
}

#[tokio::test]
async fn a_page_of_large_saved_events_ends_early() {
    let app = TestApp::start().await;
    for n in 10..32 {
        let event = json!({"type": "a", "data": "x".repeat(250_000)});
        put(&app, &format!("s{n}")).json(event).await.expect(201);
    }
    let (mut names, mut path) = (Vec::new(), "/saved-events?limit=250".to_owned());
    loop {
        let page = app.get(&path).await.expect(200);
        let own = page.each("/name");
        assert!(own.len() < 22 && page.raw.len() < 5 << 20);
        names.extend(own);
        match page.at("/next_cursor").as_str() {
            Some(next) => path = format!("/saved-events?limit=250&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, (10..32).map(|n| format!("s{n}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_goes_on_behind_what_cannot_be_read_and_where_it_was_enough() {
    let app = TestApp::start().await;
    for n in 10..40 {
        put(&app, &format!("s{n}")).json(json!({"type": "a", "data": 1})).await.expect(201);
    }
    // As another version of the program may have left it: longer than what is shown of it, or unreadable.
    let sql = "UPDATE saved SET document = json_insert(document, '$.later', hex(zeroblob(200000)))";
    assert_eq!(app.database().execute(sql, []).unwrap(), 30);
    let unreadable = "UPDATE saved SET document = '{' WHERE name IN ('s12', 's13', 's14', 's15')";
    assert_eq!(app.database().execute(unreadable, []).unwrap(), 4);
    let expected: Vec<String> = (10..40).filter(|n| !(12..16).contains(n)).map(|n| format!("s{n}")).collect();
    for limit in [3, 250] {
        let (mut names, mut path, mut last) = (Vec::new(), format!("/saved-events?limit={limit}"), None);
        loop {
            let page = app.get(&path).await.expect(200);
            assert_eq!(page.at("/has_more").as_bool(), Some(page.at("/next_cursor").is_string()));
            names.extend(page.each("/name"));
            last = page.at("/previous_cursor").as_str().map(str::to_owned).or(last);
            match page.at("/next_cursor").as_str() {
                Some(next) => path = format!("/saved-events?limit={limit}&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(names, expected, "{limit}");
        let mut back = Vec::new();
        while let Some(cursor) = last {
            let page = app.get(&format!("/saved-events?limit={limit}&cursor={cursor}")).await.expect(200);
            back.splice(0..0, page.each("/name"));
            last = page.at("/previous_cursor").as_str().map(str::to_owned);
        }
        assert_eq!(back, expected[..back.len()], "{limit}");
        assert!(back.len() > 10, "{limit}");
    }
}
