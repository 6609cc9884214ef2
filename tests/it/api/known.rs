//! Reading what one has already: `If-None-Match` on GET.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn what_a_reader_has_already_is_not_sent_again() {
    let app = TestApp::start().await;
    app.call("PUT", "/event-types/price.alert").json(json!({"versions": [{"schema": {}}]})).await.expect(201);
    let description = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    let (path, described) = ("/event-types/price.alert", "/event-types/{name}");
    let operation = &description.at("/paths")[format!("/api/v1{described}")]["get"];
    assert!(operation["responses"]["304"].is_object(), "{operation}");
    assert!(operation["parameters"].to_string().contains("If-None-Match"), "{operation}");
    let ask = |tags: &str| app.call("GET", path).header("if-none-match", tags).send();
    let first = app.get(path).await.expect(200).header("etag");
    for tags in [first.clone(), format!("\"other\", W/{first}"), "*".to_owned()] {
        let known = ask(&tags).await.expect(304);
        assert_eq!((known.header("etag"), known.raw.as_str()), (first.clone(), ""));
        assert!(!known.headers.contains_key("content-type"), "{:?}", known.headers);
        assert!(known.headers.contains_key("ratelimit") && known.headers.contains_key("x-request-id"));
    }
    app.call("PATCH", path).json(json!({"title": "t"})).await.expect(200);
    let changed = ask(&first).await.expect(200);
    assert_ne!(changed.header("etag"), first);
    app.bare_call("GET", path).header("if-none-match", "*").send().await.problem(401, "unauthorized");
    let list = app.call("GET", "/webhooks").header("if-none-match", "*").send().await.expect(200);
    assert!(!list.headers.contains_key("etag"), "a list has no version");
}

#[tokio::test]
async fn what_is_counted_or_observed_is_shown_though_nothing_was_set_anew() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    let description = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    let of = async |path: &str| app.get(path).await.expect(200);
    let (webhook, tenant) = (of("/webhooks/w").await, of("/tenants/default").await);
    app.post("/events", json!({"type": "x", "data": {}})).await.expect(202);
    for (path, described, before) in
        [("/webhooks/w", "/webhooks/{id}", webhook), ("/tenants/default", "/tenants/{id}", tenant)]
    {
        let operation = &description.at("/paths")[format!("/api/v1{described}")]["get"];
        assert!(operation["responses"]["304"].is_null(), "{path}: {operation}");
        let again = app.call("GET", path).header("if-none-match", &before.header("etag")).send().await.expect(200);
        assert_eq!(again.header("etag"), before.header("etag"), "{path}: the version is that of what was set");
    }
    let asked = app.call("GET", "/tenants/default").header("if-none-match", "*").send().await.expect(200);
    assert_eq!(asked.at("/usage/owed_deliveries/used"), &json!(1), "{}", asked.raw);
}
