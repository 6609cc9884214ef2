//! Reports: the parameters of `GET /stats` under a name, checked when they are saved and answered as it is then.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::TestApp;

const DAY: Duration = Duration::from_secs(86_400);

async fn with_events() -> TestApp {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/", "event_types": ["a"]})).await.expect(201);
    for _ in 0..3 {
        app.post("/events", json!({"events": [{"type": "a", "data": 1}, {"type": "b", "data": 1}]})).await.expect(202);
        app.clock.advance(DAY);
    }
    app
}

fn put(app: &TestApp, name: &str) -> crate::app::Call {
    app.call("PUT", &format!("/reports/{name}"))
}

#[tokio::test]
async fn a_report_answers_what_its_parameters_do_at_that_time() {
    let app = with_events().await;
    for (name, body, query) in [
        ("week", json!({"granularity": "day", "last": "7d"}), "granularity=day&last=7d"),
        (
            "types",
            json!({"granularity": "day", "last": "2d", "by": "event_type"}),
            "granularity=day&last=2d&by=event_type",
        ),
        ("one", json!({"last": "48h", "webhook": "w", "whole": true}), "last=48h&webhook=w&whole=true"),
        ("of-a", json!({"granularity": "minute", "type": "a"}), "granularity=minute&type=a"),
        ("usual", json!({}), ""),
        (
            "each",
            json!({"by": "webhook", "from": "2027-01-15T00:00:00Z", "to": "2027-01-17T00:00:00Z"}),
            "by=webhook&from=2027-01-15T00:00:00Z&to=2027-01-17T00:00:00Z",
        ),
    ] {
        let saved = put(&app, name).json(body).await.expect(201);
        assert_eq!(app.get(&format!("/reports/{name}")).await.expect(200).json, saved.json);
        for _ in 0..2 {
            let (report, stats) =
                (app.get(&format!("/reports/{name}/stats")).await, app.get(&format!("/stats?{query}")).await);
            assert_eq!(report.expect(200).json, stats.expect(200).json, "{name}");
            app.clock.advance(DAY / 3);
        }
    }
    let week = put(&app, "week").json(json!({"description": "now of 3", "last": "3d"})).await.expect(200);
    assert_eq!((week.text("/description"), week.text("/granularity")), ("now of 3".into(), "hour".into()));
    app.call("DELETE", "/webhooks/w").send().await.expect(204);
    // What was counted of a webhook that is gone stays.
    app.get("/reports/one/stats").await.expect(200);
    app.call("DELETE", "/reports/week").send().await.expect(204);
    for path in ["/reports/week", "/reports/week/stats"] {
        app.get(path).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_time_until_now_has_whole_spans_and_that_which_is_under_way() {
    let app = with_events().await;
    // Three days after 2027-01-15T08:00.
    for (query, from, to) in [
        ("granularity=day&last=2d", "2027-01-17T00:00:00.000Z", "2027-01-19T00:00:00.000Z"),
        ("granularity=day&last=1h", "2027-01-18T00:00:00.000Z", "2027-01-19T00:00:00.000Z"),
        ("last=90m", "2027-01-18T07:00:00.000Z", "2027-01-18T09:00:00.000Z"),
        ("granularity=minute&last=5m", "2027-01-18T07:56:00.000Z", "2027-01-18T08:01:00.000Z"),
    ] {
        let stats = app.get(&format!("/stats?{query}")).await.expect(200);
        assert_eq!((stats.text("/from").as_str(), stats.text("/to").as_str()), (from, to), "{query}");
        app.get(&format!("/stats/failures?{query}")).await.expect(200);
    }
    for query in
        ["last=0s", "last=7", "last=1d&from=2027-01-15T00:00:00Z", "last=1d&to=2027-01-15T00:00:00Z", "last=367d"]
    {
        let refused = app.get(&format!("/stats?{query}")).await.problem(400, "invalid_parameter");
        assert_eq!(refused.text("/errors/0/parameter"), "last", "{query}");
    }
}

#[tokio::test]
async fn what_could_not_be_asked_is_not_saved() {
    let app = with_events().await;
    for (body, pointer) in [
        (json!({"last": "7d", "from": "2027-01-15T00:00:00Z"}), "/last"),
        (json!({"last": "0s"}), "/last"),
        (json!({"last": "a week"}), "/last"),
        (json!({"from": "2027-01-15T00:00:00Z", "to": "2027-01-14T00:00:00Z"}), "/from"),
        (json!({"webhook": "none"}), "/webhook"),
        (json!({"by": "tenant"}), "/by"),
        (json!({"by": "colour"}), "/by"),
        (json!({"granularity": "year"}), "/granularity"),
        (json!({"granularity": "minute", "last": "366d", "whole": true}), "/whole"),
        (json!({"description": "d".repeat(501)}), "/description"),
        (json!({"limit": 5}), "/limit"),
    ] {
        put(&app, "x").json(body).await.wrong_field(pointer, "");
    }
    app.get("/reports/x").await.problem(404, "not_found");
    assert_eq!(put(&app, "a%20b").json(json!({})).await.status, 400);
    let reader = app.key(json!({"name": "reader", "scopes": ["deliveries:read"]})).await;
    app.call_as(&reader, "PUT", "/reports/x").json(json!({})).await.problem(403, "missing_scope");
    app.call_as(&reader, "DELETE", "/reports/x").send().await.problem(403, "missing_scope");
    put(&app, "x").json(json!({})).await.expect(201);
    app.call_as(&reader, "GET", "/reports/x/stats").send().await.expect(200);
    assert_eq!(app.get("/usage").await.at("/saved/used"), &json!(1));
    let all = put(&app, "y").header("tenant", "*").json(json!({})).await;
    assert_eq!((all.status, all.at("/code")), (400, &Value::from("one_tenant_only")));
}
