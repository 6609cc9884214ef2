//! POST /filters/try: what of the last events would have matched.

use serde_json::{Value, json};

use crate::app::TestApp;

async fn publish(app: &TestApp, key: &str, count: usize) {
    for from in (0..count).step_by(1000) {
        let events = (from..count.min(from + 1000))
            .map(|n| json!({"id": format!("e{n}"), "type": if n % 2 == 0 { "even" } else { "odd" }, "data": {"n": n}}));
        let body = json!({"events": events.collect::<Vec<_>>()});
        app.call_as(key, "POST", "/events").json(body).await.expect(202);
    }
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_last_events_tell_what_of_them_would_have_matched_and_why_the_others_would_not() {
    let app = TestApp::start().await;
    let (alice, bob) = (app.tenant("alice").await, app.tenant("bob").await);
    publish(&app, &alice, 30).await;
    app.call_as(&bob, "POST", "/events").json(json!({"type": "even", "data": {"n": 8}})).await.expect(202);
    let ask = |body: Value| app.call_as(&alice, "POST", "/filters/try").json(body);
    let filter = json!({"data": {"n": {"$gte": 20}}});
    let tried = ask(json!({"event_types": ["even"], "filter": filter})).await.expect(200);
    assert_eq!(
        (tried.at("/looked_at"), tried.at("/matched"), tried.at("/complete")),
        (&json!(30), &json!(5), &json!(true))
    );
    assert_eq!(ids(tried.at("/matching")), ["e28", "e26", "e24", "e22", "e20"]);
    let verdicts: Vec<bool> = serde_json::from_value(tried.at("/verdicts").clone()).unwrap();
    let expected: Vec<bool> = (0..30).rev().map(|n| n % 2 == 0 && n >= 20).collect();
    assert_eq!(verdicts, expected, "of each, the newest first");
    assert_eq!(tried.at("/matching/0/mismatch"), &json!(null));
    assert_eq!(tried.at("/matching/0/type"), "even");
    let not = ids(tried.at("/not_matching"));
    assert_eq!((not.len(), not[0].as_str()), (10, "e29"));
    assert_eq!(tried.text("/not_matching/0/mismatch/reason"), "event_types");
    assert_eq!(tried.at("/not_matching/5/id"), "e19");
    assert_eq!(tried.at("/not_matching/6/id"), "e18");
    let clause = json!({"path": "/data/n", "operator": "$gte", "wanted": 20, "found": 18, "shortened": false});
    assert_eq!(tried.at("/not_matching/6/mismatch"), &json!({"reason": "filter", "clauses": [clause], "more": false}));
    assert_eq!(tried.text("/from"), tried.text("/to"), "the clock stands still");

    let last = ask(json!({"last": 4, "event_types": null, "filter": null, "assets": null})).await.expect(200);
    assert_eq!(
        (last.at("/looked_at"), last.at("/matched"), last.at("/complete")),
        (&json!(4), &json!(4), &json!(true))
    );
    assert_eq!(ids(last.at("/matching")), ["e29", "e28", "e27", "e26"]);
    let assets = ask(json!({"assets": {"symbols": ["A"]}, "last": 1})).await.expect(200);
    assert_eq!(assets.text("/not_matching/0/mismatch/reason"), "assets");
    let of_bob = app.call_as(&bob, "POST", "/filters/try").json(json!({})).await.expect(200);
    assert_eq!((of_bob.at("/looked_at"), of_bob.at("/matched")), (&json!(1), &json!(1)));
    let nobodys = app.tenant("carol").await;
    let none = app.call_as(&nobodys, "POST", "/filters/try").json(json!({})).await.expect(200);
    assert_eq!(
        (none.at("/looked_at"), none.at("/complete"), none.at("/from")),
        (&json!(0), &json!(true), &json!(null))
    );
}

#[tokio::test]
async fn as_many_events_are_looked_at_as_were_asked_for_and_a_thousand_at_most() {
    let app = TestApp::start().await;
    let alice = app.tenant("alice").await;
    publish(&app, &alice, 1_050).await;
    let ask = |body: Value| app.call_as(&alice, "POST", "/filters/try").json(body);
    let looked_at = async |body: Value| ask(body).await.expect(200).at("/looked_at").clone();
    assert_eq!(looked_at(json!({})).await, 100, "where nothing is said");
    assert_eq!(looked_at(json!({"last": 250})).await, 250, "more than a page");
    let tried = ask(json!({"last": 1_000, "event_types": ["odd"]})).await.expect(200);
    assert_eq!((tried.at("/looked_at"), tried.at("/matched")), (&json!(1_000), &json!(500)));
    assert_eq!((ids(tried.at("/matching")).len(), ids(tried.at("/not_matching")).len()), (10, 10));
    for last in [json!(0), json!(1_001)] {
        ask(json!({"last": last})).await.wrong_field("/last", "from 1 to 1000");
    }
}

#[tokio::test]
async fn what_a_webhook_could_not_have_cannot_be_tried() {
    let app = TestApp::start().await;
    let ask = |body: Value| app.post("/filters/try", body);
    ask(json!({"filter": {"data": {"a": {"$not_in": [1]}}}})).await.wrong_field("/filter/data/a/$not_in", "$nin");
    ask(json!({"event_types": ["a b"]})).await.wrong_field("/event_types/0", "event type");
    ask(json!({"assets": {"symbol": ["A"]}})).await.wrong_field("/assets/symbol", "symbols");
    ask(json!({"filters": {}})).await.wrong_field("/filters", "filter");
    let key = app.key(json!({"name": "k", "scopes": ["webhooks:read", "webhooks:write"]})).await;
    app.call_as(&key, "POST", "/filters/try").json(json!({})).await.problem(403, "missing_scope");
}

#[tokio::test]
async fn a_trial_that_takes_long_ends_and_says_how_far_it_came() {
    let app = TestApp::start().await;
    let data = json!({"text": "x".repeat(200_000)});
    for n in 0..12 {
        app.post("/events", json!({"id": format!("e{n}"), "type": "a", "data": data})).await.expect(202);
    }
    // Nearly as heavy as filters can be: what it could take is counted, though on this text it is quick.
    let filter = json!({"data": {"text": {"$regex": "[ab]*a[ab]{30}c"}}});
    let tried = app.post("/filters/try", json!({ "filter": filter })).await.expect(200);
    let looked_at = tried.at("/looked_at").as_u64().unwrap();
    assert_eq!((tried.at("/complete"), tried.at("/matched")), (&json!(false), &json!(0)), "{}", tried.raw);
    assert!((1..12).contains(&looked_at), "{looked_at}");
    assert_eq!(tried.at("/not_matching").as_array().unwrap().len() as u64, looked_at.min(10));
}
