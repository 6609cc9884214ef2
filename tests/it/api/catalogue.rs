//! The catalogue: event types, their versions, samples and imports.

use lanehook::catalogue::packs;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{Answer, TestApp},
    client::Client,
    process::{Process, lanehook, run},
    server::OPERATOR,
};

fn schema(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

/// A price with a symbol.
fn quote() -> Value {
    let schema = schema(json!({"symbol": {"type": "string"}, "price": {"type": "number"}}), &["symbol", "price"]);
    json!({
        "title": "Quote", "description": "A price.", "group": "market",
        "versions": [{"schema": schema, "example": {"symbol": "AAPL", "price": 187.5}}],
    })
}

async fn put(app: &TestApp, name: &str, body: Value) -> Answer {
    app.call("PUT", &format!("/event-types/{name}")).json(body).await
}

#[tokio::test]
async fn an_event_type_is_made_read_replaced_and_deleted() {
    let app = TestApp::start().await;
    let made = put(&app, "price.quote", quote()).await.expect(201);
    assert_eq!(made.header("location"), "/api/v1/event-types/price.quote");
    assert_eq!(
        (made.text("/name"), made.at("/breaks"), made.at("/revision")),
        ("price.quote".into(), &json!([]), &json!(1))
    );
    assert_eq!(made.at("/versions/0/version"), &json!(1));
    assert_eq!(made.text("/versions/0/created_at"), "2027-01-15T08:00:00.000Z");
    let read = app.get("/event-types/price.quote").await.expect(200);
    assert_eq!(read.header("etag"), made.header("etag"));
    assert_eq!(read.at("/versions/0/schema"), &quote()["versions"][0]["schema"]);

    app.clock.advance(std::time::Duration::from_secs(60));
    let mut other = quote();
    other["title"] = json!("Price");
    other["versions"][0]["created_at"] = json!("2001-01-01T00:00:00Z");
    let replaced = put(&app, "price.quote", other).await.expect(200);
    assert_eq!((replaced.text("/title"), replaced.at("/revision")), ("Price".into(), &json!(2)));
    assert_eq!(replaced.text("/versions/0/created_at"), "2027-01-15T08:00:00.000Z", "a version keeps its time");
    assert_eq!(replaced.text("/updated_at"), "2027-01-15T08:01:00.000Z");
    assert_ne!(replaced.header("etag"), made.header("etag"));

    app.call("DELETE", "/event-types/price.quote").send().await.expect(204);
    app.get("/event-types/price.quote").await.problem(404, "not_found");
    app.call("DELETE", "/event-types/price.quote").send().await.problem(404, "not_found");
    assert_eq!(put(&app, "price.quote", quote()).await.expect(201).at("/revision"), &json!(1));
}

#[tokio::test]
async fn what_is_wrong_with_an_event_type_is_told_with_its_place() {
    let app = TestApp::start().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = quote();
        change(&mut body);
        body
    };
    for (body, pointer, part) in [
        (with(&|body| body["name"] = json!("another")), "/name", "leave it out"),
        (with(&|body| body["colour"] = json!(1)), "/colour", "unknown field"),
        (with(&|body| body["versions"] = json!([])), "/versions", "1 to 100"),
        (
            with(&|body| body["versions"][0]["schema"]["properties"]["price"]["type"] = json!("money")),
            "/versions/0/schema/properties/price/type",
            "",
        ),
        (with(&|body| body["versions"][0]["example"]["price"] = json!("1")), "/versions/0/example/price", "number"),
        (with(&|body| body["status"] = json!("retired")), "/status", "unknown variant"),
        (with(&|body| body["group"] = json!("a b")), "/group", "letters"),
    ] {
        put(&app, "price.quote", body).await.wrong_field(pointer, part);
    }
    put(&app, "a%20b", quote()).await.problem(400, "invalid_parameter");
    let named = with(&|body| body["name"] = json!("price.quote"));
    put(&app, "price.quote", named).await.expect(201);
    let patch = |body: Value| app.call("PATCH", "/event-types/price.quote").json(body);
    patch(json!({"name": "x"})).await.wrong_field("/name", "stays");
    patch(json!({"versions": null})).await.problem(400, "invalid_body");
    app.call("PATCH", "/event-types/none").json(json!({})).await.problem(404, "not_found");
    assert_eq!(app.get("/event-types/price.quote").await.at("/revision"), &json!(1), "nothing was changed");
}

#[tokio::test]
async fn a_patch_deprecates_and_archives() {
    let app = TestApp::start().await;
    put(&app, "price.quote", quote()).await.expect(201);
    let patch = |body: Value| app.call("PATCH", "/event-types/price.quote").json(body);
    let changed = patch(json!({"status": "deprecated"})).await.expect(200);
    assert_eq!((changed.text("/status"), changed.text("/title")), ("deprecated".into(), "Quote".into()));
    assert_eq!(patch(json!({"title": null, "status": "archived"})).await.expect(200).text("/status"), "archived");
    let read = app.get("/event-types/price.quote").await.expect(200);
    assert_eq!((read.text("/status"), read.json.get("title")), ("archived".into(), None));
}

#[tokio::test]
async fn a_version_more_says_what_it_breaks_and_a_dry_run_keeps_nothing() {
    let app = TestApp::start().await;
    put(&app, "price.quote", quote()).await.expect(201);
    let add =
        |query: &str, body: Value| app.call("POST", &format!("/event-types/price.quote/versions{query}")).json(body);
    // The price may be missing, and be a text.
    let properties = json!({"symbol": {"type": "string"}, "price": {"type": ["number", "string"]}});
    let breaking = json!({"schema": schema(properties, &["symbol"]), "example": {"symbol": "AAPL"}});
    for _ in 0..2 {
        let tried = add("?dry_run=true", breaking.clone()).await.expect(200);
        assert_eq!(tried.at("/versions/1/version"), &json!(2));
        assert_eq!(tried.text("/breaks/0/pointer"), "/price", "{}", tried.raw);
        assert_eq!(tried.text("/breaks/0/impact"), "breaks");
        let read = app.get("/event-types/price.quote").await.expect(200);
        assert_eq!((read.at("/revision"), read.at("/versions").as_array().unwrap().len()), (&json!(1), 1));
    }
    let added = add("", breaking.clone()).await.expect(201);
    assert!(!added.at("/breaks").as_array().unwrap().is_empty());
    assert_eq!(app.get("/event-types/price.quote").await.at("/versions/1/version"), &json!(2));

    // Less than before: nothing breaks.
    let narrower =
        schema(json!({"symbol": {"type": "string"}, "price": {"type": "number"}, "more": {}}), &["symbol", "price"]);
    let added = add("", json!({"schema": narrower, "version": 7})).await.expect(201);
    assert_eq!((added.at("/breaks"), added.at("/versions/2/version")), (&json!([]), &json!(7)));
    assert!(added.at("/versions/2/example").is_object(), "one was made");
    add("", json!({"schema": {}, "version": 7})).await.wrong_field("/version", "newest, 7");
    add("", json!({"schema": {"type": "money"}})).await.wrong_field("/schema/type", "");
    add("?dry_run=perhaps", json!({"schema": {}})).await.problem(400, "invalid_parameter");
    app.call("POST", "/event-types/none/versions").json(json!({"schema": {}})).await.problem(404, "not_found");
}

#[tokio::test]
async fn event_types_are_listed_by_name_and_filtered() {
    let app = TestApp::start().await;
    for (name, group, status) in [
        ("b", "market", "active"),
        ("c", "other", "archived"),
        ("a.x", "market", "deprecated"),
        ("d", "market", "active"),
    ] {
        let mut body = quote();
        (body["group"], body["status"]) = (json!(group), json!(status));
        put(&app, name, body).await.expect(201);
    }
    let first = app.get("/event-types?limit=3").await.expect(200);
    assert_eq!(first.each("/name"), ["a.x", "b", "c"]);
    let rest = app.get(&format!("/event-types?limit=3&cursor={}", first.text("/next_cursor"))).await.expect(200);
    assert_eq!((rest.each("/name"), rest.at("/has_more")), (vec!["d".to_owned()], &json!(false)));
    assert_eq!(app.get("/event-types?status=archived").await.each("/name"), ["c"]);
    assert_eq!(app.get("/event-types?group=market").await.each("/name"), ["a.x", "b", "d"]);
    assert_eq!(app.get("/event-types?group=market&status=active").await.each("/name"), ["b", "d"]);
    app.get("/event-types?status=retired").await.problem(400, "invalid_parameter");
    app.get("/event-types?colour=red").await.problem(400, "invalid_parameter");
}

#[tokio::test]
async fn a_revision_can_be_insisted_on() {
    let app = TestApp::start().await;
    let call = |method: &str, name: &str, value: &str| app.call(method, "/event-types/q").header(name, value);
    call("PUT", "if-match", "*").json(quote()).await.problem(412, "version_mismatch");
    let first = call("PUT", "if-none-match", "*").json(quote()).await.expect(201).header("etag");
    call("PUT", "if-none-match", "*").json(quote()).await.problem(412, "version_mismatch");
    // What changes nothing makes no revision.
    assert_eq!(call("PUT", "if-match", &first).json(quote()).await.expect(200).header("etag"), first);
    assert_eq!(call("PATCH", "if-match", &first).json(json!({})).await.expect(200).header("etag"), first);
    let mut other = quote();
    other["title"] = json!("Another");
    let second = call("PUT", "if-match", &first).json(other).await.expect(200).header("etag");
    call("PUT", "if-match", &first).json(quote()).await.problem(412, "version_mismatch");
    call("PATCH", "if-match", &first).json(json!({"title": "x"})).await.problem(412, "version_mismatch");
    call("PATCH", "if-match", &second).json(json!({"title": "x"})).await.expect(200);
}

#[tokio::test]
async fn changes_at_the_same_time_are_not_lost_in_silence() {
    let app = TestApp::start().await;
    put(&app, "q", quote()).await.expect(201);
    let add = |n: u64| {
        let version = json!({"schema": {"type": "object", "description": format!("number {n}")}});
        app.call("POST", "/event-types/q/versions").json(version)
    };
    let answers = futures_util::future::join_all((0..6).map(add)).await;
    let added = answers.iter().filter(|answer| answer.status == 201).count();
    for answer in answers {
        assert!(matches!(answer.status, 201 | 409), "{}", answer.raw);
    }
    let read = app.get("/event-types/q").await.expect(200);
    assert!(added > 0);
    assert_eq!(read.at("/versions").as_array().unwrap().len(), 1 + added, "each that was answered is there");
    assert_eq!(read.at("/revision"), &json!(1 + added));
}

#[tokio::test]
async fn a_sample_is_the_example_or_made_anew_and_fits_the_schema() {
    let app = TestApp::start().await;
    app.post("/event-types", json!({"pack": "market"})).await.expect(200);
    let example = app.get("/event-types/price_alert/sample").await.expect(200);
    assert_eq!(example.at("/data"), app.get("/event-types/price_alert").await.at("/versions/0/example"));
    assert_eq!((example.text("/type"), example.at("/version")), ("price_alert".into(), &json!(1)));
    app.call("PATCH", "/tenants/default").json(json!({"validation": "enforce"})).await.expect(200);
    let mut made = Vec::new();
    for name in app.get("/event-types?limit=100").await.each("/name") {
        for seed in 0..5 {
            let path = format!("/event-types/{name}/sample?seed={seed}");
            let sample = app.get(&path).await.expect(200).json;
            assert_eq!(app.get(&path).await.expect(200).json, sample, "the same seed, the same sample");
            app.post("/events", sample.clone()).await.expect(202);
            made.push(sample.to_string());
        }
    }
    made.sort_unstable();
    made.dedup();
    assert!(made.len() > 30, "other seeds, other samples");
    app.get("/event-types/price_alert/sample?version=2").await.problem(400, "invalid_parameter");
    app.get("/event-types/price_alert/sample?seed=x").await.problem(400, "invalid_parameter");
    app.get("/event-types/none/sample").await.problem(404, "not_found");
}

#[tokio::test]
async fn an_import_adds_what_is_new_and_replaces_only_if_told() {
    let app = TestApp::start().await;
    let import = |body: Value| app.post("/event-types", body);
    for pack in packs() {
        let names: Vec<String> = pack.event_types.iter().map(|entry| entry.name.to_string()).collect();
        let imported = import(json!({"pack": pack.name})).await.expect(200);
        assert_eq!(imported.at("/created"), &json!(names), "{}", pack.name);
    }
    let mut changed = quote();
    changed["name"] = json!("price_alert");
    let new = json!({"name": "of.ours", "versions": [{"schema": {"type": "string"}, "example": "x"}]});
    let list = json!([changed, new]);
    let kept = import(json!({"event_types": list})).await.expect(200);
    assert_eq!(kept.json, json!({"created": ["of.ours"], "replaced": [], "unchanged": ["price_alert"]}));
    assert_ne!(app.get("/event-types/price_alert").await.text("/title"), "Quote");
    let replaced = import(json!({"event_types": list, "replace": true})).await.expect(200);
    assert_eq!(replaced.json, json!({"created": [], "replaced": ["price_alert"], "unchanged": ["of.ours"]}));
    assert_eq!(app.get("/event-types/price_alert").await.text("/title"), "Quote");

    let document = json!({
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "webhooks": {"order.shipped": {"post": {"summary": "An order left", "requestBody": {"content": {"application/json": {
            "schema": {"type": "object", "required": ["order_id"], "properties": {"order_id": {"type": "string"}}}}}}}}},
    });
    assert_eq!(import(json!({"openapi": document})).await.expect(200).at("/created"), &json!(["order.shipped"]));
    let shipped = app.get("/event-types/order.shipped").await.expect(200);
    assert_eq!(shipped.at("/versions/0/schema/required"), &json!(["order_id"]), "{}", shipped.raw);

    import(json!({"pack": "fish"})).await.wrong_field("/pack", "market");
    import(json!({})).await.wrong_field("", "exactly one of");
    import(json!({"pack": "market", "openapi": {}})).await.wrong_field("", "exactly one of");
    import(json!({"openapi": {"openapi": "3.1.0"}})).await.wrong_field("/openapi/webhooks", "no webhooks");
    let wrong = json!({"name": "b", "versions": [{"schema": {"type": "money"}}]});
    let half = json!({"event_types": [{"name": "a", "versions": [{"schema": {}, "example": 1}]}, wrong]});
    import(half).await.wrong_field("/event_types/1/versions/0/schema/type", "");
    app.get("/event-types/a").await.problem(404, "not_found");
}

#[tokio::test]
async fn everybody_reads_the_catalogue_and_operators_write_it() {
    let app = TestApp::start().await;
    put(&app, "q", quote()).await.expect(201);
    app.post("/tenants", json!({"id": "acme"})).await.expect(201);
    let reader = app.key(json!({"name": "r", "tenant": "acme", "scopes": ["catalogue:read"]})).await;
    for path in ["/event-types", "/event-types/q", "/event-types/q/sample"] {
        app.call_as(&reader, "GET", path).send().await.expect(200);
    }
    let nobody = app.key(json!({"name": "n", "tenant": "acme", "scopes": ["events:write"]})).await;
    app.call_as(&nobody, "GET", "/event-types").send().await.problem(403, "missing_scope");
    for (method, path) in [
        ("PUT", "/event-types/q"),
        ("PATCH", "/event-types/q"),
        ("DELETE", "/event-types/q"),
        ("POST", "/event-types/q/versions"),
        ("POST", "/event-types"),
    ] {
        app.call_as(&reader, method, path).json(json!({})).await.problem(403, "operator_only");
    }
    let asked = app.post("/api-keys", json!({"name": "w", "tenant": "acme", "scopes": ["catalogue:write"]})).await;
    asked.wrong_field("/scopes/0", "operators'");
}

#[tokio::test]
async fn the_command_lists_packs_and_imports_them_and_the_catalogue_survives_a_restart() {
    let (status, packs, _) = run(&mut lanehook(&["catalogue", "packs"])).await;
    assert!(status.success());
    for name in ["market", "portfolio", "benchmark", "memory"] {
        assert!(packs.contains(name), "{packs}");
    }
    let data = tempfile::tempdir().unwrap();
    let document = data.path().join("webhooks.json");
    let schema = json!({"type": "object", "properties": {"id": {"type": "string"}}});
    let body = json!({"requestBody": {"content": {"application/json": {"schema": schema}}}});
    let webhooks = json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "webhooks": {"order.shipped": {"post": body}}});
    std::fs::write(&document, webhooks.to_string()).unwrap();
    let broken = data.path().join("broken.toml");
    std::fs::write(&broken, "name = 1").unwrap();

    let process = Process::serve(&data.path().join("data")).await;
    let import = async |sources: &[&str]| {
        let mut command = lanehook(&["catalogue", "import"]);
        command.args(sources).env("LANEHOOK_URL", &process.client.base).env("LANEHOOK_KEY", OPERATOR);
        run(&mut command).await
    };
    let (status, said, error) = import(&["portfolio", document.to_str().unwrap()]).await;
    assert!(status.success(), "{error}");
    assert!(said.contains("portfolio: 8 created, 0 replaced, 0 left as they were"), "{said}");
    assert!(said.contains("webhooks.json: 1 created"), "{said}");
    let (_, said, _) = import(&["portfolio"]).await;
    assert!(said.contains("0 created, 0 replaced, 8 left as they were"), "{said}");
    let (_, said, _) = import(&["portfolio", "--replace"]).await;
    assert!(said.contains("0 created, 0 replaced, 8 left as they were"), "what is the same is not replaced: {said}");
    for (source, part) in [("fish", "neither a pack"), (broken.to_str().unwrap(), "broken.toml")] {
        let (status, _, error) = import(&[source]).await;
        assert!(!status.success() && error.contains(part), "{error}");
    }
    let before = process.client.get("/event-types?limit=100").await;
    assert_eq!(before["data"].as_array().unwrap().len(), 9);
    process.kill().await;
    let again = Process::serve(&data.path().join("data")).await;
    let client: &Client = &again.client;
    assert_eq!(client.get("/event-types?limit=100").await, before);
    client.try_call(Method::DELETE, "/event-types/order.shipped", None).await.unwrap().expect(204);
}
