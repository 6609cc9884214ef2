//! Deliveries: lists, one with its attempts, retry, cancel.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use lanehook::{
    model::{Answer, DeliveryId, Failure, FailureKind, FailureRun, Outcome, Owed, Sent, Timings},
    store::{ANSWER_BYTES, Settlement, Verdict},
};
use serde_json::{Value, json};

use crate::app::TestApp;

/// A webhook `w`, and an event `e` that it is owed; the delivery's id.
async fn owed(app: &TestApp) -> String {
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    app.post("/events", json!({"type": "price.alert", "data": {"n": 1}, "id": "e"})).await.expect(202);
    app.get("/deliveries").await.expect(200).text("/data/0/id")
}

/// Records an attempt that was answered with 500, or with 200.
async fn attempted(app: &TestApp, id: &str, verdict: Verdict) {
    let id = DeliveryId::parse(id).unwrap();
    let tenant = lanehook::model::TenantKey(1);
    let (delivery, attempts) = app.store.delivery(tenant, id).await.unwrap().unwrap();
    let good = verdict == Verdict::Delivered;
    let failure = Failure { kind: FailureKind::Http, message: "answered 500".into(), retry_after: None };
    let outcome = Outcome {
        started_at: app.clock.now(),
        sent: Sent {
            url: "https://example.com/".into(),
            headers: [("webhook-id", "e")].into_iter().collect(),
            method: None,
            body: None,
        },
        answer: Some(Answer {
            status: if good { 200 } else { 500 },
            headers: [("content-type", "text/plain")].into_iter().collect(),
            body: Bytes::from_static(b"oh"),
            truncated: false,
        }),
        remote: Some("192.0.2.7:443".parse().unwrap()),
        is_connected: true,
        requests: 1,
        timings: Timings { first_byte_us: 1000, total_us: 1500, ..Timings::default() },
        result: if good { Ok(()) } else { Err(failure) },
        remark: good.then(|| "it broke off".into()),
    };
    let attempts = attempts.len() as u32;
    let owed = Owed {
        id,
        webhook: delivery.webhook,
        event: delivery.event,
        attempts,
        failed: attempts,
        last_attempt: None,
        ordering_key: None,
        own_id: false,
    };
    let settlement = Settlement {
        attempt: Some(app.store.begin_attempt()),
        owed: vec![owed],
        outcome,
        verdict,
        failure_run: FailureRun::default(),
        judged_at: app.clock.now(),
    };
    app.store.record(tenant, vec![settlement]).await;
}

#[tokio::test]
async fn attempts_that_repeat_a_large_body_are_shown_without_it_from_the_oldest_on() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    let data = "x".repeat(250_000);
    app.post("/events", json!({"type": "price.alert", "data": data, "id": "e"})).await.expect(202);
    let id = app.get("/deliveries").await.expect(200).text("/data/0/id");
    for _ in 0..30 {
        attempted(&app, &id, later(&app)).await;
    }
    let delivery = app.get(&format!("/deliveries/{id}")).await.expect(200);
    assert!(delivery.raw.len() < ANSWER_BYTES * 11 / 10, "{}", delivery.raw.len());
    let attempts = delivery.at("/attempts").as_array().unwrap();
    assert_eq!(attempts.len(), 30);
    let (old, new) = attempts.split_at(30 - ANSWER_BYTES / 250_100);
    assert!(old.iter().all(|attempt| attempt["request"]["body"].is_null() && attempt["request"]["truncated"] == true));
    assert!(old.iter().all(|attempt| attempt["response"]["truncated"] == true && attempt["response"]["status"] == 500));
    assert!(new.iter().all(|attempt| attempt["request"]["body"]["content"].as_str().unwrap().contains(&data)));
    assert!(new.iter().all(|attempt| attempt["request"]["truncated"] == false));
}

#[tokio::test]
async fn a_page_of_large_events_is_short_and_leads_to_the_others() {
    let app = TestApp::start().await;
    for number in 0..40 {
        let data = "x".repeat(200_000);
        app.post("/events", json!({"type": "price.alert", "data": data, "id": format!("e{number}")})).await.expect(202);
    }
    assert_eq!(ids_by_short_pages(&app, "/events", "/id").await.len(), 40);
}

/// What a list of large things names, page by page, of which none is too long.
async fn ids_by_short_pages(app: &TestApp, list: &str, id: &str) -> BTreeSet<String> {
    let (mut seen, mut pages, mut cursor) = (BTreeSet::new(), 0, String::new());
    loop {
        let page = app.get(&format!("{list}?limit=250{cursor}")).await.expect(200);
        assert!(page.raw.len() < ANSWER_BYTES * 11 / 10, "{}", page.raw.len());
        for thing in page.at("/data").as_array().unwrap() {
            assert!(seen.insert(thing.pointer(id).unwrap().as_str().unwrap().to_owned()), "{thing} comes twice");
        }
        pages += 1;
        match page.json["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(pages > 1, "{list}");
    seen
}

#[tokio::test]
async fn pages_of_large_webhooks_event_types_and_tenants_are_short_and_lead_to_the_others() {
    let app = TestApp::start().await;
    let template = "x".repeat(60_000);
    let payload = json!({"type": "template", "template": template});
    let fields: Vec<Value> =
        (0..10).map(|number| json!({"field": format!("f{number}"), "value": "x".repeat(15_000)})).collect();
    let versions = json!([{"schema": {"description": "x".repeat(60_000)}}]);
    for number in 0..75 {
        let webhook = json!({"url": "https://example.com/", "payload": payload});
        app.call("PUT", &format!("/webhooks/w{number}")).json(webhook).await.expect(201);
        let event_type = json!({"title": "t", "versions": versions});
        app.call("PUT", &format!("/event-types/large.t{number}")).json(event_type).await.expect(201);
        if number < 30 {
            let id = format!("large-{number}");
            app.post("/tenants", json!({"id": id, "name": "n"})).await.expect(201);
            app.call("PATCH", &format!("/tenants/{id}")).json(json!({"enrichment": fields})).await.expect(200);
        }
    }
    assert_eq!(ids_by_short_pages(&app, "/webhooks", "/id").await.len(), 75);
    let event_types = ids_by_short_pages(&app, "/event-types", "/name").await;
    assert_eq!(event_types.iter().filter(|name| name.starts_with("large.")).count(), 75);
    let tenants = ids_by_short_pages(&app, "/tenants", "/id").await;
    assert_eq!(tenants.iter().filter(|id| id.starts_with("large-")).count(), 30);
}

fn later(app: &TestApp) -> Verdict {
    Verdict::Retry { at: app.clock.now() + Duration::from_secs(5), counted: true }
}

/// The tries to come, as `number at`.
fn planned(delivery: &crate::app::Answer) -> Vec<String> {
    let planned = delivery.at("/planned_attempts").as_array().unwrap();
    planned.iter().map(|one| format!("{} {}", one["number"], one["at"].as_str().unwrap_or("null"))).collect()
}

#[tokio::test]
async fn a_delivery_tells_its_tries_to_come() {
    let app = TestApp::start().await;
    let retry = json!({"schedule": ["5s", "1m", "1h"]});
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/", "retry": retry})).await.expect(201);
    app.post("/events", json!({"type": "price.alert", "data": 1})).await.expect(202);
    let id = app.get("/deliveries").await.expect(200).text("/data/0/id");
    let read = async || app.get(&format!("/deliveries/{id}")).await.expect(200);
    assert_eq!(
        planned(&read().await),
        [
            "1 2027-01-15T08:00:00.000Z",
            "2 2027-01-15T08:00:05.000Z",
            "3 2027-01-15T08:01:05.000Z",
            "4 2027-01-15T09:01:05.000Z"
        ]
    );
    attempted(&app, &id, later(&app)).await;
    let next = ["2 2027-01-15T08:00:05.000Z", "3 2027-01-15T08:01:05.000Z", "4 2027-01-15T09:01:05.000Z"];
    assert_eq!(planned(&read().await), next);
    // A pause that the receiver asked for uses up nothing of the schedule.
    attempted(&app, &id, Verdict::Retry { at: app.clock.now() + Duration::from_secs(9), counted: false }).await;
    let next = ["3 2027-01-15T08:00:09.000Z", "4 2027-01-15T08:01:09.000Z", "5 2027-01-15T09:01:09.000Z"];
    assert_eq!(planned(&read().await), next);
    app.call("PATCH", "/webhooks/w").json(json!({"retry": {"preset": "none"}})).await.expect(200);
    assert_eq!(planned(&read().await), ["3 2027-01-15T08:00:09.000Z"]);
    app.call("POST", &format!("/deliveries/{id}/cancel")).send().await.expect(200);
    assert_eq!(planned(&read().await), Vec::<String>::new());
}

#[tokio::test]
async fn a_delivery_tells_how_many_others_failed_as_it_did_and_how_long_answers_take() {
    let app = TestApp::start().await;
    for id in ["w", "v"] {
        app.call("PUT", &format!("/webhooks/{id}")).json(json!({"url": "https://example.com/"})).await.expect(201);
    }
    for _ in 0..3 {
        app.post("/events", json!({"type": "price.alert", "data": 1})).await.expect(202);
    }
    let of = async |webhook: &str| app.get(&format!("/webhooks/{webhook}/deliveries")).await.expect(200).each("/id");
    let (w, v) = (of("w").await, of("v").await);
    let read = async |id: &str| app.get(&format!("/deliveries/{id}")).await.expect(200);
    let untried = read(&w[0]).await;
    assert_eq!((untried.at("/same_cause"), untried.at("/usual")), (&Value::Null, &Value::Null));
    attempted(&app, &w[0], later(&app)).await;
    let alone = read(&w[0]).await;
    let none = json!({"attempts": 0, "failed": 0, "share": null});
    assert_eq!((alone.at("/same_cause/webhook"), alone.at("/same_cause/tenant")), (&none, &none));
    attempted(&app, &w[1], later(&app)).await;
    attempted(&app, &w[2], Verdict::Delivered).await;
    attempted(&app, &v[0], Verdict::Delivered).await;
    app.clock.advance(Duration::from_secs(13 * 60));
    attempted(&app, &w[0], later(&app)).await;
    let failed = read(&w[0]).await;
    assert_eq!(
        failed.at("/same_cause"),
        &json!({
            "kind": "http", "since": "2027-01-15T07:59:00.000Z",
            "webhook": {"attempts": 2, "failed": 1, "share": 0.5},
            "tenant": {"attempts": 3, "failed": 1, "share": 0.3333},
        })
    );
    assert_eq!(failed.at("/usual/count"), &json!(4));
    assert!((0.9..1.1).contains(&failed.at("/usual/p50_ms").as_f64().unwrap()), "{}", failed.raw);
    assert_eq!(read(&w[2]).await.at("/same_cause"), &Value::Null, "it did not fail");
    app.clock.advance(Duration::from_secs(5 * 60));
    assert_eq!(read(&w[0]).await.at("/same_cause/tenant"), &none, "they are longer ago");
}

#[tokio::test]
async fn a_delivery_is_shown_with_everything_that_was_tried() {
    let app = TestApp::start().await;
    let id = owed(&app).await;
    attempted(&app, &id, later(&app)).await;
    app.clock.advance(Duration::from_secs(5));
    attempted(&app, &id, Verdict::Delivered).await;
    let delivery = app.get(&format!("/deliveries/{id}")).await.expect(200);
    let summary = json!({
        "id": id, "webhook": "w", "event": "e", "event_type": "price.alert", "status": "delivered", "attempt_count": 2,
        "next_attempt_at": null, "last_status": 200, "last_error": null, "created_at": "2027-01-15T08:00:00.000Z",
        "finished_at": "2027-01-15T08:00:05.000Z",
    });
    for (name, value) in summary.as_object().unwrap() {
        assert_eq!(&delivery.json[name], value, "{name}");
    }
    assert_eq!(delivery.at("/attempts/0/number"), &json!(1));
    assert_eq!(delivery.at("/attempts/0/error"), &json!({"kind": "http", "message": "answered 500"}));
    assert_eq!(delivery.at("/attempts/1/error"), &json!(null));
    assert_eq!(
        [0, 1].map(|number| delivery.at(&format!("/attempts/{number}/remark"))),
        [&json!(null), &json!("it broke off")]
    );
    assert_eq!(delivery.text("/attempts/1/started_at"), "2027-01-15T08:00:05.000Z");
    assert_eq!(delivery.text("/attempts/0/request/method"), "POST");
    assert_eq!(
        delivery.text("/attempts/0/request/body/content"),
        r#"{"id":"e","type":"price.alert","timestamp":"2027-01-15T08:00:00.000Z","data":{"n":1}}"#
    );
    assert_eq!(delivery.text("/attempts/0/response/body/content"), "oh");
    assert_eq!(delivery.text("/attempts/0/remote"), "192.0.2.7:443");
    assert_eq!(delivery.at("/attempts/0/timings/total_us"), &json!(1500));
    for path in ["/deliveries/dlv_0000000000000", "/deliveries/x", "/deliveries/%FF"] {
        app.get(path).await.problem(404, "not_found");
    }
    let webhook = app.get("/webhooks/w").await.expect(200);
    assert_eq!(webhook.at("/counters/delivered"), &json!(1));
}

#[tokio::test]
async fn deliveries_are_filtered_and_paged() {
    let app = TestApp::start().await;
    let settings = |kind: &str| json!({"url": "https://example.com/", "event_types": [kind]});
    app.call("PUT", "/webhooks/all").json(settings("*")).await.expect(201);
    app.call("PUT", "/webhooks/news").json(settings("news")).await.expect(201);
    for (n, kind) in ["news", "price", "news"].iter().enumerate() {
        app.post("/events", json!({"type": kind, "data": n, "id": format!("e{n}")})).await.expect(202);
        app.clock.advance(Duration::from_secs(1));
    }
    let failed = app.get("/deliveries?webhook=news&limit=1").await.text("/data/0/id");
    attempted(&app, &failed, Verdict::Failed).await;

    let count = |path: &'static str| async { app.get(path).await.expect(200).each("/id").len() };
    assert_eq!(count("/deliveries").await, 5);
    assert_eq!(count("/deliveries?webhook=news").await, 2);
    assert_eq!(count("/deliveries?webhook=nothing").await, 0);
    assert_eq!(count("/deliveries?event_type=price").await, 1);
    assert_eq!(count("/deliveries?status=pending").await, 4);
    assert_eq!(count("/deliveries?from=2027-01-15T08:00:01Z").await, 3);
    assert_eq!(count("/deliveries?to=2027-01-15T08:00:01Z").await, 2);
    assert_eq!(count("/webhooks/all/deliveries").await, 3);
    assert_eq!(count("/webhooks/all/deliveries?event_type=news").await, 2);
    assert_eq!(count("/events/e0/deliveries").await, 2);
    assert_eq!(app.get("/deliveries?status=failed").await.each("/id"), [failed]);
    app.get("/webhooks/nothing/deliveries").await.problem(404, "not_found");
    app.get("/events/nothing/deliveries").await.problem(404, "not_found");

    for list in ["/deliveries?limit=2", "/webhooks/all/deliveries?limit=2", "/events/e0/deliveries?limit=1"] {
        let all = app.get(list.split('?').next().unwrap()).await.each("/id");
        let mut seen = Vec::new();
        let mut path = list.to_owned();
        loop {
            let page = app.get(&path).await.expect(200);
            seen.extend(page.each("/id"));
            if page.at("/has_more") == &json!(false) {
                break;
            }
            path = format!("{list}&cursor={}", page.text("/next_cursor"));
        }
        assert_eq!(seen, all, "{list}");
        assert!(seen.is_sorted_by(|a, b| a > b), "newest first: {seen:?}");
    }
}

#[tokio::test]
async fn a_webhooks_deliveries_are_found_by_its_id_after_it_was_deleted_and_made_again() {
    let app = TestApp::start().await;
    let first = owed(&app).await;
    let lists = ["/deliveries?webhook=w", "/webhooks/w/deliveries"];
    let found = async |expected: &[&str], query: &str| {
        for list in lists {
            let list = if list.contains('?') { format!("{list}&{query}") } else { format!("{list}?{query}") };
            assert_eq!(app.get(&list).await.expect(200).each("/id"), expected, "{list}");
        }
    };
    app.call("DELETE", "/webhooks/w").send().await.expect(204);
    found(&[&first], "limit=9").await;
    found(&[], "status=failed").await;

    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    found(&[&first], "limit=9").await;
    app.post("/events", json!({"type": "price.alert", "data": {"n": 2}, "id": "e2"})).await.expect(202);
    let second = app.get("/deliveries?event=e2").await.expect(200).text("/data/0/id");
    found(&[&second, &first], "limit=9").await;

    app.get("/webhooks/x/deliveries").await.problem(404, "not_found");
    assert_eq!(app.get("/deliveries?webhook=x").await.expect(200).each("/id"), [""; 0]);
}

#[tokio::test]
async fn a_list_says_what_went_where_and_how_it_failed() {
    let app = TestApp::start().await;
    let url = "https://example.com/in?token=hunter2";
    app.call("PUT", "/webhooks/w").json(json!({"url": url})).await.expect(201);
    let event = |data: Value| json!({"type": "price.alert", "data": data, "id": "e"});
    app.post("/events", event(json!({"symbol": "AAPL", "price": 187.5, "currency": "USD"}))).await.expect(202);
    let first = app.get("/deliveries").await.expect(200);
    assert_eq!(first.at("/data/0/last_error_message"), &Value::Null);
    attempted(&app, &first.text("/data/0/id"), later(&app)).await;
    let id = first.text("/data/0/id");
    for (path, place) in [
        ("/deliveries".to_owned(), "/data/0"),
        ("/webhooks/w/deliveries".into(), "/data/0"),
        ("/events/e/deliveries".into(), "/data/0"),
        (format!("/deliveries/{id}"), ""),
    ] {
        let shown = app.get(&path).await.expect(200);
        let text = |name: &str| shown.text(&format!("{place}/{name}"));
        assert_eq!(text("summary"), "Price alert: AAPL $187.50", "{path}");
        assert_eq!((text("last_error"), text("last_error_message")), ("http".into(), "answered 500".into()));
        assert!(text("url").starts_with("https://example.com/in") && !shown.raw.contains("hunter2"), "{}", shown.raw);
    }
    app.call("DELETE", "/webhooks/w").send().await.expect(204);
    assert_eq!(app.get("/deliveries").await.expect(200).at("/data/0/url"), &Value::Null);
}

#[tokio::test]
async fn deliveries_are_listed_by_event() {
    let app = TestApp::start().await;
    let id = owed(&app).await;
    app.call("PUT", "/webhooks/v").json(json!({"url": "https://example.com/"})).await.expect(201);
    app.post("/events", json!({"type": "price.alert", "data": {"n": 2}, "id": "e2"})).await.expect(202);
    let ids = async |query: &str| app.get(&format!("/deliveries?{query}")).await.expect(200).each("/id");
    assert_eq!(ids("event=e").await.as_slice(), std::slice::from_ref(&id));
    let both = ids("event=e2").await;
    assert_eq!((both.len(), ids("event=e2&limit=1").await.as_slice()), (2, &both[..1]));
    assert_eq!((ids("event=e2&webhook=v").await.len(), ids("event=e&webhook=v").await.len()), (1, 0));
    assert_eq!((ids("event=e&status=pending").await, ids("event=e&status=failed").await.len()), (vec![id], 0));
    assert_eq!(ids("event=nobody").await.len(), 0);
}

#[tokio::test]
async fn a_failed_delivery_can_be_retried_while_its_webhook_can_take_it() {
    let app = TestApp::start().await;
    let id = owed(&app).await;
    attempted(&app, &id, Verdict::Failed).await;
    let retry = || app.call("POST", &format!("/deliveries/{id}/retry")).send();
    let retried = retry().await.expect(202);
    assert_eq!(retried.text("/status"), "retrying");
    assert_eq!(retried.text("/next_attempt_at"), "2027-01-15T08:00:00.000Z");

    app.call("PATCH", "/webhooks/w").json(json!({"status": "disabled"})).await.expect(200);
    let refused = retry().await.problem(409, "webhook_disabled");
    assert!(refused.text("/detail").contains("PATCH"));
    app.call("DELETE", "/webhooks/w").send().await.expect(204);
    retry().await.problem(409, "webhook_deleted");
    assert_eq!(app.get(&format!("/deliveries/{id}")).await.expect(200).text("/webhook"), "w");
    app.call("POST", "/deliveries/dlv_0000000000000/retry").send().await.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_owed_can_be_cancelled_and_what_is_done_cannot() {
    let app = TestApp::start().await;
    let id = owed(&app).await;
    let cancel = || app.call("POST", &format!("/deliveries/{id}/cancel")).send();
    for _ in 0..2 {
        let cancelled = cancel().await.expect(200);
        assert_eq!(
            (cancelled.text("/status"), cancelled.text("/cancel_reason")),
            ("cancelled".into(), "by_request".into())
        );
    }
    app.call("POST", &format!("/deliveries/{id}/retry")).send().await.expect(202);
    attempted(&app, &id, Verdict::Delivered).await;
    let refused = cancel().await.problem(409, "already_finished");
    assert!(refused.text("/detail").contains("delivered"));
    app.call("POST", "/deliveries/dlv_0000000000000/cancel").send().await.problem(404, "not_found");
}

#[tokio::test]
async fn a_delivery_that_is_delivered_is_replayed_and_not_retried() {
    let app = TestApp::start().await;
    let id = owed(&app).await;
    let call = |action: &str| app.call("POST", &format!("/deliveries/{id}/{action}")).send();
    let refused = call("replay").await.problem(409, "still_owed");
    assert!(refused.text("/detail").contains("/retry"));
    attempted(&app, &id, Verdict::Delivered).await;
    let before = app.get(&format!("/deliveries/{id}")).await.expect(200).json;

    let refused = call("retry").await.problem(409, "already_finished");
    assert!(refused.text("/detail").contains(&format!("/api/v1/deliveries/{id}/replay")));
    let made = call("replay").await.expect(202);
    assert_eq!((made.text("/status"), made.text("/replay_of")), ("pending".into(), id.clone()));
    assert_eq!((made.text("/event"), made.text("/webhook")), ("e".into(), "w".into()));
    attempted(&app, &made.text("/id"), Verdict::Failed).await;
    let after = app.get(&format!("/deliveries/{id}")).await.expect(200).json;
    // What others come to is told with it.
    let own = |mut delivery: Value| {
        delivery.as_object_mut().unwrap().retain(|name, _| !["usual", "same_cause"].contains(&name.as_str()));
        delivery
    };
    assert_eq!(own(after), own(before), "it stays delivered");
    assert_eq!(app.get("/events/e/deliveries").await.each("/replay_of"), [id.clone(), String::new()]);

    app.call("PATCH", "/webhooks/w").json(json!({"status": "disabled"})).await.expect(200);
    call("replay").await.problem(409, "webhook_disabled");
    app.call("DELETE", "/webhooks/w").send().await.expect(204);
    call("replay").await.problem(409, "webhook_deleted");
    app.call("POST", "/deliveries/dlv_0000000000000/replay").send().await.problem(404, "not_found");
}
