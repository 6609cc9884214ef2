//! GET /events/{id}/webhooks: what an event is to each webhook, and why it is nothing to some.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

async fn put(app: &TestApp, key: &str, id: &str, more: Value) {
    let mut settings = json!({"url": "https://example.com/hook", "name": format!("Name of {id}")});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.call_as(key, "PUT", &format!("/webhooks/{id}")).json(settings).await.expect(201);
}

fn by_id(answer: &Answer) -> BTreeMap<String, Value> {
    let data = answer.at("/data").as_array().unwrap().iter();
    data.map(|one| (one["webhook"].as_str().unwrap().to_owned(), one.clone())).collect()
}

fn clause(path: &str, operator: &str, wanted: Value, found: Value) -> Value {
    json!({"path": path, "operator": operator, "wanted": wanted, "found": found, "shortened": false})
}

#[tokio::test]
async fn each_webhook_tells_whether_it_matches_what_says_no_and_what_the_event_came_to() {
    let app = TestApp::start().await;
    let alice = app.tenant("alice").await;
    let gte = json!({"data": {"change_percent": {"$gte": 5}}});
    put(&app, &alice, "all", json!({})).await;
    put(&app, &alice, "paused", json!({"status": "paused"})).await;
    put(&app, &alice, "disabled", json!({"status": "disabled"})).await;
    put(&app, &alice, "type", json!({"event_types": ["order.*", "trade"]})).await;
    put(&app, &alice, "assets", json!({"assets": {"symbols": ["aapl"]}})).await;
    put(&app, &alice, "filter", json!({"filter": gte})).await;
    put(&app, &alice, "either", json!({"filter": {"$or": [gte, {"data": {"urgent": true}}]}})).await;
    let event = json!({"id": "e1", "type": "price.alert", "data": {"symbol": "7203.T", "change_percent": 2.36}});
    let receipt = app.call_as(&alice, "POST", "/events").json(event).await.expect(202);
    assert_eq!(receipt.at("/deliveries"), &json!(2));
    put(&app, &alice, "later", json!({})).await;
    let ask = || app.call_as(&alice, "GET", "/events/e1/webhooks").send();
    let verdicts = by_id(&ask().await.expect(200));

    for (id, matches, reason, clauses) in [
        ("all", true, json!(null), vec![]),
        ("paused", true, json!(null), vec![]),
        ("later", true, json!(null), vec![]),
        ("disabled", false, json!("disabled"), vec![]),
        (
            "type",
            false,
            json!("event_types"),
            vec![clause("/type", "$in", json!(["order.*", "trade"]), json!("price.alert"))],
        ),
        ("assets", false, json!("assets"), vec![clause("/data/symbol", "$in", json!(["aapl"]), json!("7203.T"))]),
        ("filter", false, json!("filter"), vec![clause("/data/change_percent", "$gte", json!(5), json!(2.36))]),
        (
            "either",
            false,
            json!("filter"),
            vec![
                clause("/data/change_percent", "$gte", json!(5), json!(2.36)),
                json!({"path": "/data/urgent", "operator": "$eq", "wanted": true, "shortened": false}),
            ],
        ),
    ] {
        let verdict = &verdicts[id];
        assert_eq!((&verdict["matches"], &verdict["mismatch"]["reason"]), (&json!(matches), &reason), "{verdict}");
        assert_eq!(verdict["mismatch"]["clauses"].as_array().cloned().unwrap_or_default(), clauses, "{verdict}");
        assert_eq!(verdict["name"], format!("Name of {id}"));
    }
    let statuses = ["all", "paused", "disabled"].map(|id| verdicts[id]["status"].as_str().unwrap());
    assert_eq!(statuses, ["active", "paused", "disabled"]);
    let deliveries = app.call_as(&alice, "GET", "/deliveries?webhook=all").send().await;
    let own = deliveries.text("/data/0/id");
    assert_eq!(verdicts["all"]["delivery"], json!({"id": own, "status": "pending"}));
    assert_eq!(verdicts["paused"]["delivery"]["status"], "pending");
    assert!(["later", "disabled", "type", "filter"].iter().all(|id| verdicts[*id]["delivery"].is_null()));

    // By today's settings, and what became of it since.
    app.call_as(&alice, "POST", &format!("/deliveries/{own}/cancel")).send().await.expect(200);
    let narrow = json!({"event_types": ["trade"]});
    app.call_as(&alice, "PATCH", "/webhooks/all").json(narrow).await.expect(200);
    app.call_as(&alice, "PATCH", "/webhooks/filter").json(json!({"filter": null})).await.expect(200);
    let verdicts = by_id(&ask().await.expect(200));
    assert_eq!(
        (&verdicts["all"]["matches"], &verdicts["all"]["delivery"]["status"]),
        (&json!(false), &json!("cancelled"))
    );
    assert_eq!((&verdicts["filter"]["matches"], &verdicts["filter"]["delivery"]), (&json!(true), &json!(null)));
    let replayed = app.call_as(&alice, "PATCH", "/webhooks/all").json(json!({"event_types": ["*"]})).await;
    replayed.expect(200);
    let again = app.call_as(&alice, "POST", &format!("/deliveries/{own}/replay")).send().await;
    assert!(again.status < 300, "{}", again.raw);
    let newest = &by_id(&ask().await.expect(200))["all"]["delivery"];
    assert_eq!(newest, &json!({"id": again.text("/id"), "status": "pending"}), "the newest");
}

#[tokio::test]
async fn pages_go_through_all_webhooks_of_the_tenant_and_no_others() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.tenant("alice").await, app.tenant("bob").await);
    put(&app, &bob, "w-of-bob", json!({})).await;
    let names: Vec<String> = (0..7).map(|n| format!("w{n}")).collect();
    for name in &names {
        put(&app, &alice, name, json!({"event_types": [if name < &"w3".to_owned() { "a" } else { "b" }]})).await;
    }
    for key in [&alice, &bob] {
        app.call_as(key, "POST", "/events").json(json!({"id": "e1", "type": "a", "data": 1})).await.expect(202);
    }
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/events/e1/webhooks?limit=3{cursor}");
        let page = app.call_as(&alice, "GET", &path).send().await.expect(200);
        let data = page.at("/data").as_array().unwrap().clone();
        assert!(data.len() <= 3);
        found.extend(data);
        match page.at("/next_cursor").as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let ids: Vec<&str> = found.iter().map(|one| one["webhook"].as_str().unwrap()).collect();
    assert_eq!(ids, names.iter().rev().map(String::as_str).collect::<Vec<_>>(), "newest first");
    for one in &found {
        assert_eq!(one["matches"].as_bool().unwrap(), !one["delivery"].is_null(), "{one}");
    }
    let of_bob = app.call_as(&bob, "GET", "/events/e1/webhooks").send().await.expect(200);
    assert_eq!(of_bob.each("/webhook"), ["w-of-bob"]);
}

#[tokio::test]
async fn verdicts_are_for_who_may_read_webhooks_events_and_deliveries() {
    let app = TestApp::start().await;
    app.post("/events", json!({"id": "e1", "type": "a", "data": 1})).await.expect(202);
    let all = ["webhooks:read", "events:read", "deliveries:read"];
    for missing in all {
        let scopes: Vec<&str> = all.into_iter().filter(|scope| *scope != missing).collect();
        let key = app.key(json!({"name": missing, "scopes": scopes})).await;
        let refused = app.call_as(&key, "GET", "/events/e1/webhooks").send().await.problem(403, "missing_scope");
        assert!(refused.text("/detail").contains(missing), "{}", refused.raw);
    }
    let key = app.key(json!({"name": "all", "scopes": all})).await;
    app.call_as(&key, "GET", "/events/e1/webhooks").send().await.expect(200);
}

#[tokio::test]
async fn what_is_told_of_long_lists_and_large_events_is_short() {
    let app = TestApp::start().await;
    let symbols: Vec<String> = (0..1000).map(|n| format!("SYMBOL-{n}")).collect();
    let types: Vec<String> = (0..200).map(|n| format!("some.type.{n}")).collect();
    let either: Vec<Value> = (0..100).map(|n| json!({"data": {"text": {"$startsWith": format!("x{n}")}}})).collect();
    for (id, more) in [
        ("assets", json!({"assets": {"symbols": symbols}})),
        ("types", json!({"event_types": types})),
        ("filter", json!({"filter": {"data": {"text": {"$in": symbols}}}})),
        ("either", json!({"filter": {"$or": either}})),
    ] {
        let mut settings = json!({"url": "https://example.com/hook"});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.call("PUT", &format!("/webhooks/{id}")).json(settings).await.expect(201);
    }
    let data = json!({"symbol": "y".repeat(50_000), "text": "z".repeat(100_000)});
    app.post("/events", json!({"id": "e1", "type": "a", "data": data})).await.expect(202);
    let answer = app.get("/events/e1/webhooks").await.expect(200);
    assert!(answer.raw.len() < 20_000, "{}", answer.raw.len());
    let verdicts = by_id(&answer);
    for id in ["assets", "types", "filter"] {
        assert_eq!(verdicts[id]["mismatch"]["clauses"][0]["shortened"], true, "{id}");
    }
    assert_eq!(verdicts["either"]["mismatch"]["clauses"].as_array().map(Vec::len), Some(8));
    assert_eq!(verdicts["either"]["mismatch"]["more"], true);
}
