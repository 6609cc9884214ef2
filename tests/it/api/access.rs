//! Keys, scopes, tenants.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{OPERATOR, TestApp};

#[tokio::test]
async fn without_a_valid_key_nothing_is_answered() {
    let app = TestApp::start().await;
    let answer = app.bare_call("GET", "/events").send().await.problem(401, "unauthorized");
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    app.call_as("lhk_wrong", "GET", "/events").send().await.problem(401, "unauthorized");
    app.bare_call("GET", "/events").header("authorization", "Basic eDp5").send().await.problem(401, "unauthorized");
    app.bare_call("GET", "/no-such-path").send().await.problem(401, "unauthorized");
}

#[tokio::test]
async fn wrong_keys_are_answered_so_fast_and_no_faster() {
    let app = TestApp::start().await;
    let mut statuses = Vec::new();
    for _ in 0..220 {
        statuses.push(app.call_as("lhk_wrong", "GET", "/events").send().await.status);
    }
    assert_eq!((statuses[0], statuses[219]), (401, 429));
    app.get("/events").await.expect(200);
    app.clock.advance(Duration::from_secs(1));
    app.call_as("lhk_wrong", "GET", "/events").send().await.expect(401);
}

#[tokio::test]
async fn the_description_is_there_for_strangers_so_often_and_for_who_has_a_key_always() {
    let app = TestApp::start().await;
    let mut statuses = Vec::new();
    for _ in 0..220 {
        statuses.push(app.bare_call("GET", "/openapi.json").send().await.status);
    }
    assert_eq!((statuses[0], statuses[219]), (200, 429));
    app.get("/openapi.json").await.expect(200);
    app.call_as("lhk_wrong", "GET", "/openapi.json").send().await.problem(429, "too_many_requests");
    app.clock.advance(Duration::from_secs(1));
    app.bare_call("GET", "/openapi.json").send().await.expect(200);
    app.call_as("lhk_wrong", "GET", "/openapi.json").send().await.problem(401, "unauthorized");
}

/// An operation as the API's description has it.
struct Operation {
    method: String,
    path: String,
    scopes: Vec<String>,
    operator_only: bool,
}

/// Every operation with the scopes that its description demands, but for those that any key can do; another without a scope fails
/// the test.
async fn operations(app: &TestApp) -> Vec<Operation> {
    let document = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    let mut found = Vec::new();
    for (path, item) in document.at("/paths").as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let scopes = operation["x-required-scopes"].as_array().cloned().unwrap_or_default();
            let scopes: Vec<String> = scopes.iter().map(|scope| scope.as_str().unwrap().to_owned()).collect();
            if path == "/api/v1/session" {
                // Whoever has a key signs in with it.
                assert!(scopes.is_empty(), "{method} {path}");
                continue;
            }
            assert!(!scopes.is_empty(), "{method} {path} demands no scope");
            let described = operation["description"].as_str().unwrap();
            assert!(
                scopes.iter().all(|scope| described.contains(&format!("`{scope}`"))),
                "{method} {path}: {described}"
            );
            let operator_only = operation["x-operator-only"] == true;
            let path = path.replace("{id}", "x").replace("{name}", "x");
            found.push(Operation { method: method.to_uppercase(), path, scopes, operator_only });
        }
    }
    found
}

/// Every scope that an operation demands, but this one.
fn all_but(operations: &[Operation], scope: &str) -> Vec<String> {
    let all: std::collections::BTreeSet<&str> =
        operations.iter().flat_map(|operation| &operation.scopes).map(String::as_str).collect();
    all.into_iter().filter(|other| *other != scope).map(str::to_owned).collect()
}

#[tokio::test]
async fn each_operation_is_refused_to_a_key_with_every_scope_but_its_own() {
    let app = TestApp::start().await;
    let operations = operations(&app).await;
    assert!(operations.iter().any(|operation| operation.scopes.len() > 1), "some need several");
    for Operation { method, path, scopes, .. } in &operations {
        for scope in scopes {
            let others = all_but(&operations, scope);
            let key = app.key(json!({"name": "all but one", "tenant": null, "scopes": others})).await;
            let answer = app.call_as(&key, method, path).json(json!({})).await.problem(403, "missing_scope");
            assert!(answer.text("/detail").contains(&format!("`{scope}`")), "{method} {path}: {}", answer.raw);
        }
    }
}

#[tokio::test]
async fn each_operation_is_open_to_a_key_with_its_scopes_and_no_other() {
    let app = TestApp::start().await;
    for Operation { method, path, scopes, .. } in operations(&app).await {
        let key = app.key(json!({"name": "only", "tenant": null, "scopes": scopes})).await;
        let answer = app.call_as(&key, &method, &path).json(json!({})).await;
        assert!(answer.status != 403 && answer.status != 401, "{method} {path} with {scopes:?}: {}", answer.raw);
    }
}

#[tokio::test]
async fn what_is_for_operators_is_refused_to_tenants_keys_whatever_their_scopes() {
    let app = TestApp::start().await;
    let key = app.tenant("acme").await;
    let operations = operations(&app).await;
    assert!(operations.iter().any(|operation| operation.operator_only));
    for Operation { method, path, scopes, operator_only } in operations {
        let answer = app.call_as(&key, &method, &path).json(json!({})).await;
        let refused = answer.status == 403 && answer.text("/code") == "operator_only";
        assert_eq!(refused, operator_only, "{method} {path} with {scopes:?}: {}", answer.raw);
    }
}

#[tokio::test]
async fn a_key_is_shown_once_expires_and_can_be_revoked() {
    let app = TestApp::start().await;
    let made = app
        .post("/api-keys", json!({"name": "k", "scopes": ["events:read"], "expires_at": "2027-01-15T09:00:00Z"}))
        .await
        .expect(201);
    let key = made.text("/key");
    assert!(key.starts_with("lhk_") && key.starts_with(&made.text("/hint")));
    let list = app.get("/api-keys").await.expect(200);
    assert!(!list.raw.contains(&key) && list.raw.contains(&made.text("/id")), "{}", list.raw);

    app.call_as(&key, "GET", "/events").send().await.expect(200);
    app.clock.advance(Duration::from_secs(3600));
    app.call_as(&key, "GET", "/events").send().await.problem(401, "key_expired");

    let other = app.post("/api-keys", json!({"name": "k2", "scopes": ["events:read"]})).await.expect(201);
    app.call_as(&other.text("/key"), "GET", "/events").send().await.expect(200);
    let path = format!("/api-keys/{}", other.text("/id"));
    app.call("DELETE", &path).send().await.expect(204);
    app.call_as(&other.text("/key"), "GET", "/events").send().await.problem(401, "unauthorized");
    app.call("DELETE", &path).send().await.problem(404, "not_found");
}

#[tokio::test]
async fn nobody_gives_rights_that_they_do_not_have() {
    let app = TestApp::start().await;
    app.post("/tenants", json!({"id": "acme", "name": "Acme"})).await.expect(201);
    let input = json!({
        "name": "small", "tenant": "acme", "scopes": ["keys", "events:read"], "expires_at": "2027-02-01T00:00:00Z",
        "rate_limit": {"limit": 10, "per": "second"},
    });
    let key = app.key(input).await;
    let make = |input| app.call_as(&key, "POST", "/api-keys").json(input);
    let until = "2027-01-20T00:00:00Z";

    make(json!({"name": "n", "scopes": ["secrets"], "expires_at": until})).await.problem(403, "missing_scope");
    make(json!({"name": "n", "scopes": ["tenants"], "expires_at": until})).await.wrong_field("/scopes/0", "operators'");
    make(json!({"name": "n", "scopes": ["keys"]})).await.wrong_field("/expires_at", "2027-02-01");
    let faster = json!({"limit": 11, "per": "second"});
    make(json!({"name": "n", "scopes": ["keys"], "expires_at": until, "rate_limit": faster}))
        .await
        .wrong_field("/rate_limit", "more than");
    for tenant in [json!(null), json!("default"), json!("nobody")] {
        let input = json!({"name": "n", "scopes": ["keys"], "expires_at": until, "tenant": tenant});
        make(input).await.problem(403, "other_tenant");
    }
    let made = make(json!({"name": "n", "scopes": ["keys"], "expires_at": until})).await.expect(201);
    assert_eq!(made.text("/tenant"), "acme");

    app.post("/api-keys", json!({"name": "", "scopes": ["keys"]})).await.wrong_field("/name", "1 to 200");
    app.post("/api-keys", json!({"name": "n", "scopes": []})).await.wrong_field("/scopes", "at least one");
    app.post("/api-keys", json!({"name": "n", "scopes": ["all"]})).await.wrong_field("/scopes/0", "unknown variant");
    app.post("/api-keys", json!({"name": "n", "scopes": ["keys"], "tenant": "nobody"}))
        .await
        .wrong_field("/tenant", "no such tenant");
    app.post("/api-keys", json!({"name": "n", "scopes": ["keys"], "expires_at": "2020-01-01T00:00:00Z"}))
        .await
        .wrong_field("/expires_at", "past");
}

#[tokio::test]
async fn an_operator_names_the_tenant_and_a_tenants_key_cannot() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let publish = |key: &str, tenant: &str| {
        app.call_as(key, "POST", "/events").header("tenant", tenant).json(json!({"type": "a", "data": 1, "id": "e1"}))
    };
    publish(OPERATOR, "acme").await.expect(202);
    app.get("/events/e1").await.problem(404, "not_found");
    app.call_as(&acme, "GET", "/events/e1").send().await.expect(200);
    publish(&acme, "acme").await.expect(202);

    let answer = publish(OPERATOR, "nobody").await.problem(404, "unknown_tenant");
    assert!(answer.text("/detail").contains("`nobody`"));
    publish(&acme, "*").await.problem(403, "operator_only");
    let all = app.call("GET", "/events").header("tenant", "*").send().await;
    all.problem(400, "one_tenant_only");
    let existing = publish(&acme, "default").await.problem(403, "other_tenant").text("/detail");
    assert_eq!(publish(&acme, "nobody").await.problem(403, "other_tenant").text("/detail"), existing);
}

#[tokio::test]
async fn tenants_come_and_go_with_their_keys() {
    let app = TestApp::start().await;
    let made = app.post("/tenants", json!({"id": "acme", "name": "Acme Ltd."})).await.expect(201);
    assert_eq!(made.header("location"), "/api/v1/tenants/acme");
    app.post("/tenants", json!({"id": "acme"})).await.problem(409, "exists");
    app.post("/tenants", json!({"id": "Acme"})).await.wrong_field("/id", "lower-case");
    app.post("/tenants", json!({"id": "b", "name": "x".repeat(201)})).await.wrong_field("/name", "200");
    assert_eq!(app.get("/tenants/acme").await.expect(200).text("/name"), "Acme Ltd.");
    let first = app.get("/tenants?limit=1").await.expect(200);
    let second = app.get(&format!("/tenants?limit=1&cursor={}", first.text("/next_cursor"))).await.expect(200);
    assert_eq!((first.text("/data/0/id"), second.text("/data/0/id")), ("acme".into(), "default".into()));

    let key = app.key(json!({"name": "k", "tenant": "acme", "scopes": ["events:read"]})).await;
    app.call_as(&key, "GET", "/events").send().await.expect(200);
    app.call("DELETE", "/tenants/acme").send().await.expect(204);
    app.call_as(&key, "GET", "/events").send().await.problem(401, "unauthorized");
    app.get("/tenants/acme").await.problem(404, "not_found");
    app.call("DELETE", "/tenants/acme").send().await.problem(404, "not_found");
    app.call("DELETE", "/tenants/default").send().await.problem(409, "default_tenant");
}

#[tokio::test]
async fn nobody_takes_rights_that_they_do_not_have() {
    let app = TestApp::start().await;
    let strong = app.tenant("acme").await;
    let keys = app.call_as(&strong, "GET", "/api-keys").send().await.expect(200);
    let strong_id = keys.text("/data/0/id");
    let weak = app.key(json!({"name": "weak", "tenant": "acme", "scopes": ["keys"]})).await;
    let revoke = |key: &str, id: &str| app.call_as(key, "DELETE", &format!("/api-keys/{id}")).send();
    let refused = revoke(&weak, &strong_id).await.problem(403, "missing_scope").text("/detail");
    assert!(refused.contains("which the key you use does not have"), "{refused}");
    app.call_as(&strong, "GET", "/events").send().await.expect(200);
    // An operator's is no exception, and its own key is not one that is stronger.
    let operator = app.key(json!({"name": "o", "tenant": null, "scopes": ["keys"]})).await;
    revoke(&operator, &strong_id).await.problem(403, "missing_scope");
    let listed = app.call_as(&weak, "GET", "/api-keys").send().await.expect(200);
    assert_eq!(listed.each("/name").len(), 2, "what it cannot revoke, it sees");
    let weak_id = listed.text("/data/1/id");
    revoke(&weak, &weak_id).await.expect(204);
    app.call_as(&weak, "GET", "/api-keys").send().await.problem(401, "unauthorized");
    revoke(&strong, &strong_id).await.expect(204);
}

#[tokio::test]
async fn what_a_slow_key_makes_is_no_faster_whoever_it_is() {
    let app = TestApp::start().await;
    app.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let slow = json!({
        "name": "slow", "tenant": null, "scopes": ["keys", "events:read"], "rate_limit": {"limit": 30, "per": "minute"},
        "expires_at": "2027-02-01T00:00:00Z",
    });
    let slow = app.key(slow).await;
    for tenant in [json!(null), json!("acme")] {
        let make = |more: Value| {
            let mut input = json!({
                "name": "n", "tenant": tenant, "scopes": ["events:read"], "expires_at": "2027-01-20T00:00:00Z",
            });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            app.call_as(&slow, "POST", "/api-keys").json(input)
        };
        make(json!({"rate_limit": {"limit": 31, "per": "minute"}})).await.wrong_field("/rate_limit", "more than");
        make(json!({"expires_at": null})).await.wrong_field("/expires_at", "2027-02-01");
        let made = make(json!({})).await.expect(201);
        assert_eq!(made.at("/rate_limit"), &json!({"limit": 30, "per": "minute"}));
    }
}

#[tokio::test]
async fn a_tenant_named_twice_is_no_tenant() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    for second in ["acme", "default", "*"] {
        let call = app.call("GET", "/events").header("tenant", "acme").header("tenant", second).send().await;
        let refused = call.problem(400, "invalid_header").text("/detail");
        assert!(refused.contains("more than once"), "{refused}");
    }
    let stranger = app.call_as("lhk_wrong", "GET", "/events").header("tenant", "a").header("tenant", "b").send().await;
    stranger.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_tenant_is_changed_and_deleted_as_the_version_that_is_expected() {
    let app = TestApp::start().await;
    let made = app.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let first = made.header("etag");
    assert_eq!(app.get("/tenants/acme").await.expect(200).header("etag"), first);
    let change = |tag: &str| app.call("PATCH", "/tenants/acme").header("if-match", tag).json(json!({"name": "n"}));
    let changed = change(&first).await.expect(200);
    assert_eq!((made.at("/version"), changed.at("/version")), (&json!(1), &json!(2)));
    change(&first).await.problem(412, "version_mismatch");
    // What changes nothing makes no version.
    let same = change("*").await.expect(200);
    assert_eq!(same.header("etag"), changed.header("etag"));
    for nothing in [json!({}), json!({"quotas": null}), json!({"validation": "off"})] {
        let same = app.call("PATCH", "/tenants/acme").json(nothing).await.expect(200);
        assert_eq!(same.header("etag"), changed.header("etag"), "{}", same.raw);
    }
    app.call("PATCH", "/tenants/acme").json(json!({"name": "m"})).await.expect(200);
    let delete = |tag: &str| app.call("DELETE", "/tenants/acme").header("if-match", tag).send();
    delete(&changed.header("etag")).await.problem(412, "version_mismatch");
    delete(&app.get("/tenants/acme").await.header("etag")).await.expect(204);
    let again = app.post("/tenants", json!({"id": "acme"})).await.expect(201);
    assert_ne!(again.header("etag"), first, "the next of that name is another");

    // Of two that expect the same version, one is first.
    let tag = again.header("etag");
    let both = futures_util::future::join_all((0..2).map(|_| change(&tag))).await;
    let mut statuses: Vec<u16> = both.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
}

#[tokio::test]
async fn changes_of_a_tenant_at_the_same_time_are_all_kept() {
    let app = TestApp::start().await;
    app.post("/tenants", json!({"id": "acme"})).await.expect(201);
    for round in 0..10 {
        let wanted = json!({
            "name": format!("round {round}"), "validation": if round % 2 == 0 { "warn" } else { "enforce" },
            "enrichment": [{"field": "round", "value": round}],
        });
        let wanted = wanted.as_object().unwrap();
        let change =
            |(name, value): (&String, &Value)| app.call("PATCH", "/tenants/acme").json(json!({(name.as_str()): value}));
        for changed in futures_util::future::join_all(wanted.iter().map(change)).await {
            changed.expect(200);
        }
        let kept = app.get("/tenants/acme").await.expect(200);
        for (name, value) in wanted {
            assert_eq!(&kept.json[name.as_str()], value, "round {round}: {}", kept.raw);
        }
    }
}
