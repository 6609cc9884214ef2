//! What all lists have in common: pages both ways, counts, several values of a filter.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{Limits, TestApp};

/// A webhook `w`, and an event `e` that it is owed; and several of everything that is listed.
async fn filled() -> TestApp {
    let app = TestApp::start_with(Limits { inspect_public: true, ..Limits::default() }).await;
    for id in ["w", "b", "c", "d", "f"] {
        let webhook = json!({"url": "https://example.com/", "event_types": ["a", "b.x"]});
        app.call("PUT", &format!("/webhooks/{id}")).json(webhook).await.expect(201);
        app.clock.advance(Duration::from_secs(60));
    }
    for (id, event_type) in [("e", "a"), ("e2", "b.x"), ("e3", "c"), ("e4", "a"), ("e5", "b.x")] {
        app.post("/events", json!({"type": event_type, "data": {"n": 1}, "id": id})).await.expect(202);
        let saved = json!({"type": event_type, "data": {"n": 1}});
        app.call("PUT", &format!("/saved-events/{id}")).json(saved).await.expect(201);
        app.call("PUT", &format!("/reports/{id}")).json(json!({"last": "7d"})).await.expect(201);
        app.post("/tenants", json!({"id": format!("of-{id}")})).await.expect(201);
        app.post("/api-keys", json!({"name": id, "scopes": ["events:read"]})).await.expect(201);
        app.call("PUT", &format!("/event-types/own.{id}"))
            .json(json!({"versions": [{"schema": {}}]}))
            .await
            .expect(201);
    }
    for name in ["one", "two", "three"] {
        app.call("PATCH", "/webhooks/w").json(json!({"name": name})).await.expect(200);
    }
    for _ in 0..4 {
        app.post("/inspectors", json!({})).await.expect(201);
    }
    let open = app.get("/inspectors").await.expect(200).text("/data/0/public_url");
    let stranger = reqwest::Client::builder().no_proxy().build().unwrap();
    for _ in 0..4 {
        stranger.post(format!("http://{}{open}", app.address)).send().await.unwrap();
    }
    for _ in 0..4 {
        let replay = json!({"webhook": "w", "rate": {"limit": 1, "per": "day"}});
        app.post("/replays", replay).await.expect(202);
    }
    app
}

/// Every list of the API, of what [`filled`] has.
async fn lists(app: &TestApp) -> Vec<String> {
    let document = app.get("/openapi.json").await.expect(200);
    let inspector = app.get("/inspectors").await.expect(200).text("/data/0/id");
    let mut lists = Vec::new();
    for (path, item) in document.at("/paths").as_object().unwrap() {
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        if parameters.iter().any(|parameter| parameter["name"] == "cursor") {
            let id = match path {
                path if path.contains("/events/") => "e",
                path if path.contains("/inspectors/") => &inspector,
                _ => "w",
            };
            lists.push(path.replace("{id}", id).strip_prefix("/api/v1").unwrap().to_owned());
        }
    }
    assert!(lists.len() >= 9, "{lists:?}");
    lists.push("/webhooks?sort=worst".into());
    lists
}

async fn page(app: &TestApp, list: &str, limit: usize, cursor: Option<&str>) -> Value {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let and = if list.contains('?') { '&' } else { '?' };
    app.get(&format!("{list}{and}limit={limit}&count=true{cursor}")).await.expect(200).json
}

#[tokio::test]
async fn every_list_can_be_turned_both_ways_and_counted() {
    let app = filled().await;
    for list in lists(&app).await {
        let all = page(&app, &list, 250, None).await;
        let all = all["data"].as_array().unwrap();
        assert!(all.len() > 1, "{list}");
        let (mut pages, mut cursor) = (Vec::new(), None::<String>);
        let mut back = loop {
            let page = page(&app, &list, 2, cursor.as_deref()).await;
            assert_eq!((&page["count"], &page["count_is_capped"]), (&json!(all.len()), &json!(false)), "{list}");
            assert_eq!(page["previous_cursor"].is_null(), cursor.is_none(), "{list}");
            let text = |name: &str| page[name].as_str().map(str::to_owned);
            let (next, previous) = (text("next_cursor"), text("previous_cursor"));
            pages.push(page["data"].clone());
            match next {
                Some(next) => cursor = Some(next),
                None => break previous,
            }
        };
        let there: Vec<Value> = pages.iter().flat_map(|page| page.as_array().unwrap().clone()).collect();
        assert_eq!(&there, all, "{list}");
        for expected in pages.iter().rev().skip(1) {
            let page = page(&app, &list, 2, back.as_deref()).await;
            assert_eq!((&page["data"], &page["has_more"]), (expected, &json!(true)), "{list}");
            back = page["previous_cursor"].as_str().map(str::to_owned);
        }
        assert_eq!(back, None, "{list}");
    }
}

#[tokio::test]
async fn several_values_of_a_filter_are_any_of_them_in_every_list() {
    let app = filled().await;
    let of = async |path: &str| app.get(path).await.expect(200).json["data"].as_array().unwrap().clone();
    assert_eq!(of("/events?type=a&type=c").await.len(), 3);
    assert_eq!(of("/events?type=a&event_type=c&type=a").await.len(), 3);
    let first = of("/deliveries?limit=1").await[0]["id"].as_str().unwrap().to_owned();
    app.call("POST", &format!("/deliveries/{first}/cancel")).send().await.expect(200);
    assert_eq!(of("/deliveries?status=cancelled&status=failed").await.len(), 1);
    assert_eq!(of("/deliveries?status=cancelled&status=pending").await.len(), 20);
    assert_eq!(of("/deliveries?event_type=a&event_type=c").await.len(), 10);
    assert_eq!(of("/webhooks/w/deliveries?event_type=a&event_type=b.x").await.len(), 4);
    assert_eq!(of("/events/e5/deliveries?status=cancelled&status=delivered").await.len(), 1);
    app.call("PATCH", "/webhooks/b").json(json!({"status": "paused"})).await.expect(200);
    app.call("PATCH", "/webhooks/c").json(json!({"status": "disabled"})).await.expect(200);
    assert_eq!(of("/webhooks?status=paused&status=disabled").await.len(), 2);
    assert_eq!(of("/webhooks?health=paused&health=healthy").await.len(), 4);
    assert_eq!(of("/webhooks?event_type=c&event_type=a").await.len(), 5);
    assert_eq!(of("/webhooks?event_type=c").await.len(), 0);
    let counted = app.get("/webhooks?status=paused&count=true&limit=1").await.expect(200);
    assert_eq!(counted.at("/count"), &json!(1));
    assert_eq!(of("/deliveries?status=cancelled,%20pending").await.len(), 20, "with commas between them, too");
    let refused = app.get("/deliveries?status=failed,lost").await.problem(400, "invalid_parameter");
    assert!(refused.text("/detail").contains("not `lost`"), "{}", refused.raw);
}

#[tokio::test]
async fn webhooks_are_listed_by_when_they_were_made() {
    let app = filled().await;
    let made = app.get("/webhooks").await.expect(200).each("/created_at");
    let between = app.get(&format!("/webhooks?from={}&to={}", made[3], made[1])).await.expect(200);
    assert_eq!(between.each("/id"), ["c", "b"]);
}

#[tokio::test]
async fn of_a_rare_type_a_page_looks_so_far_and_the_next_goes_on_from_there() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    app.post("/events", json!({"type": "rare", "data": 1, "id": "e"})).await.expect(202);
    let often: Vec<Value> = (0..1_000).map(|n| json!({"type": "often", "data": n})).collect();
    for _ in 0..11 {
        app.post("/events", json!({"events": often})).await.expect(202);
    }
    for (list, id) in [("/events?type=rare", "/id"), ("/deliveries?event_type=rare&status=pending", "/event")] {
        let first = app.get(list).await.expect(200);
        assert_eq!((first.at("/data"), first.at("/has_more")), (&json!([]), &json!(true)), "{list}");
        let next = app.get(&format!("{list}&cursor={}", first.text("/next_cursor"))).await.expect(200);
        assert_eq!((next.each(id), next.at("/has_more")), (vec!["e".to_owned()], &json!(false)), "{list}");
        let back = app.get(&format!("{list}&cursor={}", next.text("/previous_cursor"))).await.expect(200);
        assert_eq!((back.at("/data"), back.at("/has_more")), (&json!([]), &json!(true)), "{list}");
        let counted = app.get(&format!("{list}&count=true")).await.expect(200);
        assert_eq!((counted.at("/count"), counted.at("/count_is_capped")), (&json!(0), &json!(true)), "{list}");
    }
}
