//! What takes long keeps nobody from being answered: it is done beside the thread that serves requests, of which these
//! tests have one, and waits in its own tenant's line.

use std::{future::Future, pin::pin, sync::mpsc, task::Poll};

use futures_util::{FutureExt as _, future::join_all};
use lanehook::{
    model::{TenantKey, TypePattern},
    work::Slice,
};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, yield_now};

use crate::{
    app::{Answer, OPERATOR, TestApp},
    client::GUARD,
    support::{TESTER, webhook},
};

/// Keeps the only thread for long work busy, until it is dropped.
struct Held {
    go: Option<mpsc::Sender<()>>,
    done: JoinHandle<()>,
}

impl Held {
    async fn of(app: &TestApp) -> Held {
        let ((begin, begun), (go, gone)) = (mpsc::channel(), mpsc::channel::<()>());
        let work = app.work.clone();
        let job = move |slice: &mut Slice| {
            if !slice.affords(Slice::UNKNOWN) {
                return Poll::Pending;
            }
            begin.send(()).unwrap();
            let _ = gone.recv();
            Poll::Ready(())
        };
        let done = tokio::spawn(async move { work.run(TenantKey(99), job).await });
        until(|| begun.try_recv().is_ok()).await;
        Held { go: Some(go), done }
    }

    async fn let_go(mut self) {
        self.go.take();
        self.done.await.unwrap();
    }
}

async fn until(mut holds: impl FnMut() -> bool) {
    let waiting = async {
        while !holds() {
            yield_now().await;
        }
    };
    tokio::time::timeout(GUARD, waiting).await.expect("it comes to that");
}

/// The answer to a request that has to wait while the thread for long work is held, and keeps nobody from being served.
async fn answered_beside_others(app: &TestApp, long: impl Future<Output = Answer>) -> Answer {
    // Whatever was changed is entered, so that the next event need not wait for that.
    app.post("/events", json!({"type": "quick", "data": 1})).await.expect(202);
    let held = Held::of(app).await;
    let mut long = pin!(long);
    let mut in_place = None;
    until(|| {
        in_place = long.as_mut().now_or_never();
        in_place.is_some() || app.work.waiting() > 0
    })
    .await;
    assert!(in_place.is_none(), "it was done in place: {in_place:?}");
    app.get("/healthz").await.expect(200);
    app.post("/events", json!({"type": "quick", "data": 1})).await.expect(202);
    assert!(long.as_mut().now_or_never().is_none(), "it waits");
    held.let_go().await;
    long.await
}

/// A filter that looks through long texts often.
fn costly_filter() -> Value {
    let clauses: Vec<Value> =
        (0..100).map(|n| json!({"data": {"text": {"$contains": format!("needle {n}")}}})).collect();
    json!({ "$or": clauses })
}

async fn with_webhook(app: &TestApp, settings: Value) {
    app.call("PUT", "/webhooks/w").json(settings).await.expect(201);
}

#[tokio::test]
async fn costly_filters_are_asked_beside_others() {
    let app = TestApp::start().await;
    let settings = json!({"url": "http://127.0.0.1:1024/", "event_types": ["long"], "filter": costly_filter()});
    with_webhook(&app, settings).await;
    let text = format!("{} needle 99", "x".repeat(3_000));
    let event = json!({"type": "long", "data": {"text": text}});
    let kept = answered_beside_others(&app, app.post("/events", event)).await.expect(202);
    assert_eq!(kept.at("/deliveries"), 1);
}

#[tokio::test]
async fn long_requests_are_read_beside_others() {
    let app = TestApp::start().await;
    let events: Vec<Value> = (0..1000).map(|n| json!({"type": "a", "data": n})).collect();
    let kept = answered_beside_others(&app, app.post("/events", json!({ "events": events }))).await.expect(202);
    assert_eq!(kept.at("/events").as_array().map(Vec::len), Some(1000));
}

#[tokio::test]
async fn long_settings_are_read_beside_others() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let long = json!({"name": "x".repeat(10_000)});
    answered_beside_others(&app, app.call("PATCH", "/tenants/acme").json(long)).await.wrong_field("/name", "200");
}

#[tokio::test]
async fn events_are_checked_and_added_to_beside_others() {
    let app = TestApp::start().await;
    let key = app.tenant("acme").await;
    let settings = json!({"validation": "warn", "enrichment": [{"field": "n", "expression": "data.a + 1"}]});
    app.call("PATCH", "/tenants/acme").json(settings).await.expect(200);
    let event = app.call_as(&key, "POST", "/events").json(json!({"type": "a", "data": {"a": 1}}));
    answered_beside_others(&app, event).await.expect(202);
}

#[tokio::test]
async fn costly_templates_are_rendered_beside_others() {
    let app = TestApp::start().await;
    let template = "{% for a in range(300) %}{% for b in range(300) %}{{ b }}{% endfor %}{% endfor %}";
    let payload = json!({"type": "template", "format": "text", "template": template});
    with_webhook(&app, json!({"url": "http://127.0.0.1:1024/", "payload": payload})).await;
    app.post("/events", json!({"id": "e1", "type": "a", "data": 1})).await.expect(202);
    let preview = app.post("/render", json!({"webhook_id": "w", "event": {"event_id": "e1"}}));
    answered_beside_others(&app, preview).await.expect(200);
}

#[tokio::test]
async fn settings_are_compiled_beside_others() {
    let app = TestApp::start().await;
    let webhook = || json!({"url": "http://127.0.0.1:1024/", "filter": {"data": {"a": {"$regex": "^[a-z]+$"}}}});
    answered_beside_others(&app, app.post("/webhooks", webhook())).await.expect(201);
    answered_beside_others(&app, app.call("PUT", "/webhooks/w").json(webhook())).await.expect(201);
    answered_beside_others(&app, app.call("PUT", "/webhooks/w").json(webhook())).await.expect(200);
    answered_beside_others(&app, app.call("PATCH", "/webhooks/w").json(json!({"filter": null}))).await.expect(200);
    answered_beside_others(&app, app.post("/event-types", json!({"pack": "market"}))).await.expect(200);
}

#[tokio::test]
async fn pages_of_what_can_be_long_are_written_beside_others() {
    let app = TestApp::start().await;
    with_webhook(&app, json!({"url": "http://127.0.0.1:1024/"})).await;
    app.post("/event-types", json!({"pack": "market"})).await.expect(200);
    for path in ["/webhooks", "/event-types", "/tenants", "/events", "/stats?granularity=minute"] {
        let page = answered_beside_others(&app, app.get(path)).await.expect(200);
        assert!(!page.at("/data").as_array().unwrap().is_empty(), "{path}");
    }
    let name = app.get("/event-types").await.expect(200).text("/data/0/name");
    let others = ["/webhooks/w", "/webhooks/w/stats", "/stats/failures", "/stats?by=webhook", "/overview"];
    for path in others.map(str::to_owned).into_iter().chain([format!("/event-types/{name}")]) {
        answered_beside_others(&app, app.get(&path)).await.expect(200);
    }
}

#[tokio::test]
async fn a_large_event_is_written_beside_others() {
    let app = TestApp::start().await;
    let event = json!({"type": "large", "id": "large", "data": "x".repeat(200_000)});
    app.post("/events", event).await.expect(202);
    let shown = answered_beside_others(&app, app.get("/events/large")).await.expect(200);
    assert_eq!(shown.text("/data").len(), 200_000);
}

#[tokio::test]
async fn a_tenant_that_asks_for_much_at_once_is_told_so_and_nobody_else() {
    let app = TestApp::start().await;
    let key = app.tenant("acme").await;
    app.post("/events", json!({"type": "quick", "data": 1})).await.expect(202);
    let held = Held::of(&app).await;
    let long = |key: &str| {
        let events: Vec<Value> = (0..300).map(|n| json!({"type": "a", "data": n})).collect();
        app.call_as(key, "POST", "/events").json(json!({ "events": events }))
    };
    let mut all = Box::pin(join_all((0..128).map(|_| long(&key))));
    until(|| (&mut all).now_or_never().is_none() && app.work.waiting() == 128).await;
    let refused = long(&key).await.problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "1");
    assert!(refused.text("/detail").contains("nothing of this request was kept"), "{}", refused.raw);
    app.call_as(&key, "POST", "/events").json(json!({"type": "quick", "data": 1})).await.expect(202);

    let mut other = Box::pin(long(OPERATOR));
    until(|| (&mut other).now_or_never().is_none() && app.work.waiting() > 128).await;
    held.let_go().await;
    other.await.expect(202);
    for answer in all.await {
        answer.expect(202);
    }
}

#[tokio::test]
async fn looking_through_very_many_webhooks_keeps_nobody_from_being_answered() {
    let app = TestApp::start().await;
    let names: Vec<String> = (0..1500).map(|number| format!("w{number}")).collect();
    let new = |name: &String| {
        let mut new = webhook(name);
        new.settings.event_types = vec![TypePattern::kept("slow")];
        new
    };
    let made = join_all(names.iter().map(|name| app.store.create_webhook(new(name), TESTER))).await;
    assert!(made.iter().all(Result::is_ok));
    app.call("PATCH", "/webhooks/w999").json(json!({"status": "paused"})).await.expect(200);
    let found = answered_beside_others(&app, app.get("/webhooks?status=paused")).await.expect(200);
    assert_eq!(found.each("/id"), ["w999"]);
    let page = app.get("/webhooks?status=active&limit=250").await.expect(200);
    assert_eq!(page.each("/id").len(), 250, "what is found soon is found in place");
}
