//! Filters, payloads, platforms and batches: what cannot work is refused when it is saved, with the place.

use serde_json::{Value, json};

use crate::app::TestApp;

const URL: &str = "https://example.com/hook";

fn wrong_settings() -> Vec<(Value, &'static str, &'static str)> {
    let template = |source: &str| json!({"payload": {"type": "template", "template": source}});
    let script = |code: &str| json!({"payload": {"type": "javascript", "code": code}});
    vec![
        (json!({"filter": {"data": {"price": {"$gte": null}}}}), "/filter/data/price/$gte", "number or a text"),
        (json!({"filter": {"data": {"price": {"$near": 1}}}}), "/filter/data/price/$near", "unknown operator"),
        (json!({"filter": {"price": 1}}), "/filter/price", "data"),
        (json!({"filter": {"data": {"s": {"$regex": "(a"}}}}), "/filter/data/s/$regex", ""),
        (template("{\n{{ data. }}}"), "/payload/template", "line 2"),
        (template("{% include 'x' %}"), "/payload/template", "template"),
        (template("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), "/payload/template", "macro"),
        (template(""), "/payload/template", "1 to 65536"),
        (script("function transform(event) {\n  return {;\n}"), "/payload/code", "line 2"),
        (script("const other = 1"), "/payload/code", "transform"),
        (script("for (;;) {}"), "/payload/code", ""),
        (script("'' + new Array(4294967295); function transform() {}"), "/payload/code", ""),
        (json!({"payload": {"type": "xml"}}), "/payload/type", "unknown variant"),
        (json!({"payload": {"type": "cloudevents", "source": "a b"}}), "/payload/source", "URI reference"),
        (json!({"platform": "faxmachine"}), "/platform", "GET /api/v1/platforms"),
        (json!({"fields": {"chat_id": "1"}}), "/fields/chat_id", "set `platform`"),
        (
            json!({"platform": "telegram", "url": "https://api.telegram.org/bot1:AAAAAAAAAAAAAAAAAAAAAAAA/sendMessage"}),
            "/fields/chat_id",
            "",
        ),
        (json!({"platform": "telegram", "fields": {"chat_id": "not a chat"}}), "/fields/chat_id", ""),
        (json!({"batch": {"max_events": 1}}), "/batch/max_events", "2 to 1000"),
        (json!({"batch": {"max_wait": "2h"}}), "/batch/max_wait", "0s to 1h"),
        (json!({"batch": {"collapse": "symbol"}}), "/batch/collapse", "data.symbol"),
        (json!({"batch": {}, "payload": {"type": "form"}}), "/batch", "one by one"),
        (json!({"batch": {}, "payload": {"type": "cloudevents", "mode": "binary"}}), "/batch", "one by one"),
        (
            json!({"batch": {}, "platform": "slack", "url": "https://hooks.slack.com/services/T0/B0/abc"}),
            "/batch",
            "Slack",
        ),
    ]
}

#[tokio::test]
async fn what_cannot_work_is_refused_with_its_place_and_the_old_webhook_stays() {
    let app = TestApp::start().await;
    let old = json!({
        "url": URL, "filter": {"data": {"price": {"$gte": 180}}}, "batch": null,
        "payload": {"type": "template", "template": "{{ data }}"},
    });
    let made = app.call("PUT", "/webhooks/w").json(old).await.expect(201);
    for (settings, pointer, part) in wrong_settings() {
        let mut whole = settings.clone();
        if whole.get("url").is_none() && whole.get("platform").is_none_or(|id| id == "faxmachine") {
            whole["url"] = json!(URL);
        }
        app.post("/webhooks", whole.clone()).await.wrong_field(pointer, part);
        app.call("PUT", "/webhooks/w").json(whole.clone()).await.wrong_field(pointer, part);
        app.call("PATCH", "/webhooks/w").json(whole).await.wrong_field(pointer, part);
    }
    let kept = app.get("/webhooks/w").await.expect(200);
    assert_eq!(kept.header("etag"), made.header("etag"));
    for field in ["filter", "payload", "url", "batch", "platform"] {
        assert_eq!(kept.json[field], made.json[field], "{field}");
    }
    assert_eq!(app.get("/webhooks").await.each("/id"), ["w"]);
}

#[tokio::test]
async fn filters_payloads_and_batches_read_back_as_they_were_given() {
    let app = TestApp::start().await;
    for (field, value) in [
        ("filter", json!({"data": {"price": {"$gte": 180}, "symbol": {"$in": ["A", "B"]}}})),
        ("payload", json!({"type": "data"})),
        ("payload", json!({"type": "cloudevents", "mode": "binary", "source": "/x", "handshake": false})),
        (
            "payload",
            json!({
                "type": "template", "template": "{{ data }}", "format": "text", "content_type": "text/csv", "names": "bare",
            }),
        ),
        ("payload", json!({"type": "javascript", "code": "function transform(e) { return e }"})),
        ("batch", json!({"max_events": 7, "max_wait": "30s", "max_bytes": 2048, "collapse": "data.a.b"})),
        ("assets", json!({"symbols": ["AAPL"], "sectors": ["tech"]})),
    ] {
        let mut settings = json!({"url": URL});
        settings[field] = value.clone();
        let path = format!("/webhooks/{}", app.post("/webhooks", settings).await.expect(201).text("/id"));
        assert_eq!(app.get(&path).await.json[field], value);
        let patched = app.call("PATCH", &path).json(json!({(field): null})).await.expect(200);
        assert_eq!(patched.json[field], Value::Null);
    }
}

#[tokio::test]
async fn a_changed_filter_applies_to_the_next_event() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": URL, "status": "paused"})).await.expect(201);
    let matches = async |price: i64| {
        let event = json!({"type": "price.alert", "data": {"price": price, "symbol": "AAPL"}});
        app.post("/events", event).await.expect(202).at("/deliveries") == &json!(1)
    };
    for (patch, low, high) in [
        (json!({"filter": {"data": {"price": {"$gte": 180}}}}), false, true),
        (json!({"filter": {"data": {"price": {"$lt": 180}}}}), true, false),
        (json!({"filter": {"data": {"note": {"$eq": null}}}}), false, false),
        (json!({"filter": null, "assets": {"symbols": ["MSFT"]}}), false, false),
        (json!({"assets": {"symbols": ["aapl"]}}), true, true),
        (json!({"filter": null, "assets": null}), true, true),
    ] {
        app.call("PATCH", "/webhooks/w").json(patch.clone()).await.expect(200);
        assert_eq!((matches(100).await, matches(200).await), (low, high), "{patch}");
    }
}

#[tokio::test]
async fn the_credentials_of_a_platform_are_never_shown() {
    let app = TestApp::start().await;
    let token = "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678";
    let settings = json!({"platform": "telegram", "fields": {"bot_token": token, "chat_id": "-1001"}});
    let made = app.call("PUT", "/webhooks/w").json(settings).await.expect(201);
    for shown in [made, app.get("/webhooks/w").await, app.get("/webhooks").await] {
        assert!(!shown.raw.contains("AbCdEfGh") && shown.raw.contains("-1001"), "{}", shown.raw);
    }
    let fields = json!({"fields": {"chat_id": "-1002"}});
    let changed = app.call("PATCH", "/webhooks/w").json(fields).await.expect(200);
    assert_eq!(changed.text("/fields/bot_token"), "[redacted]");
    let shown = app.get("/webhooks/w").await.json["fields"].clone();
    app.call("PATCH", "/webhooks/w")
        .json(json!({"fields": shown}))
        .await
        .wrong_field("/fields/bot_token", "placeholder");
}
