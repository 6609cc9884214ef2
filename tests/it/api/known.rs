//! Reading what one has already: `If-None-Match` on GET.

use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn what_a_reader_has_already_is_not_sent_again() {
    let app = TestApp::start().await;
    app.call("PUT", "/webhooks/w").json(json!({"url": "https://example.com/"})).await.expect(201);
    app.call("PUT", "/event-types/price.alert").json(json!({"versions": [{"schema": {}}]})).await.expect(201);
    let description = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    for (path, described, change) in [
        ("/webhooks/w", "/webhooks/{id}", json!({"name": "n"})),
        ("/tenants/default", "/tenants/{id}", json!({"name": "n"})),
        ("/event-types/price.alert", "/event-types/{name}", json!({"title": "t"})),
    ] {
        let operation = &description.at("/paths")[format!("/api/v1{described}")]["get"];
        assert!(operation["responses"]["304"].is_object(), "{path}: {operation}");
        let ask = |tags: &str| app.call("GET", path).header("if-none-match", tags).send();
        let first = app.get(path).await.expect(200).header("etag");
        for tags in [first.clone(), format!("\"other\", W/{first}"), "*".to_owned()] {
            let known = ask(&tags).await.expect(304);
            assert_eq!((known.header("etag"), known.raw.as_str()), (first.clone(), ""), "{path}");
            assert!(!known.headers.contains_key("content-type"), "{:?}", known.headers);
            assert!(known.headers.contains_key("ratelimit") && known.headers.contains_key("x-request-id"));
        }
        app.call("PATCH", path).json(change).await.expect(200);
        let changed = ask(&first).await.expect(200);
        assert_ne!(changed.header("etag"), first, "{path}");
        app.bare_call("GET", path).header("if-none-match", "*").send().await.problem(401, "unauthorized");
    }
    let list = app.call("GET", "/webhooks").header("if-none-match", "*").send().await.expect(200);
    assert!(!list.headers.contains_key("etag"), "a list has no version");
}
