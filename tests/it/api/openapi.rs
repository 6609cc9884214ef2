//! The API's description.

use std::collections::BTreeSet;

use lanehook_schema::Validator;
use serde_json::{Map, Value, json};

use crate::app::TestApp;

#[tokio::test]
async fn the_description_is_there_for_everyone_and_complete() {
    let app = TestApp::start().await;
    let answer = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.text("/openapi"), "3.1.0");
    assert_eq!(answer.text("/components/securitySchemes/api_key/scheme"), "bearer");
    assert!(answer.at("/webhooks/event/post/requestBody").is_object());
    for (path, item) in answer.at("/paths").as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["operationId"].is_string(), "{method} {path}");
            for status in ["400", "401", "403", "404", "414", "429", "500", "501", "503"] {
                assert!(operation["responses"][status].is_object(), "{method} {path}: {status}");
            }
            let asks_for_versions = operation["parameters"].to_string().contains(r#""If-None-Match""#);
            let is_known = operation["responses"]["304"].is_object();
            assert_eq!(is_known, method == "get" && asks_for_versions, "{method} {path}");
            assert!(operation["summary"].is_string() && operation["tags"].is_array(), "{method} {path}");
        }
    }
    let publishing = &answer.at("/paths")["/api/v1/events"]["post"]["responses"];
    for (status, code) in [("429", "too_much_owed"), ("429", "too_much_kept"), ("507", "disk_full")] {
        let response = &publishing[status];
        assert!(response["description"].as_str().unwrap().contains(code), "{status}: {response}");
        assert!(response["content"]["application/problem+json"].is_object(), "{response}");
    }
    check_references(&answer.json, &answer.json);
    check_words(&answer.json);
    if let Some(file) = std::env::var_os("LANEHOOK_TEST_OPENAPI_OUT") {
        std::fs::write(file, &answer.raw).unwrap();
    }
}

#[tokio::test]
async fn every_operation_names_itself_and_answers() {
    let app = TestApp::start().await;
    let document = app.bare_call("GET", "/openapi.json").send().await.expect(200);
    let mut names = BTreeSet::new();
    for (path, item) in document.at("/paths").as_object().unwrap() {
        let parameters = path.matches('{').count();
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} is there twice");
            let in_path = operation["parameters"].as_array().into_iter().flatten().filter(|part| part["in"] == "path");
            assert_eq!(in_path.count(), parameters, "{method} {path}");
            // What is described is there: a name that nothing has is not found, which is no unknown route.
            let path = path.replace("{id}", "x").replace("{name}", "x");
            let answer = app.call(&method.to_uppercase(), &path).json(json!({})).await;
            assert!(!answer.raw.contains("unknown_route") && answer.status != 405, "{method} {path}: {}", answer.raw);
        }
    }
    assert!(!names.is_empty());
}

/// What the members of a body have to do with each other, and how texts look, is in the schemas: a client that checks
/// against them learns what the server would say.
#[tokio::test]
async fn what_the_server_refuses_does_not_fit_the_schema_either() {
    let app = TestApp::start().await;
    let document = app.bare_call("GET", "/openapi.json").send().await.expect(200).json;
    let schemas = Schemas::of(&document);
    let url = "https://example.com/hook";
    let webhooks = [
        json!({}),
        json!({"platform": "slack"}),
        json!({"platform": "pigeon", "url": url}),
        json!({"url": "example.com"}),
        json!({"url": url, "secret": "long enough", "secret_type": "hmac"}),
        json!({"url": url, "secret": " spaces around "}),
        json!({"url": url, "timeout": "10"}),
        json!({"url": url, "timeout": "61s"}),
        json!({"url": url, "event_types": ["a..b"]}),
        json!({"url": url, "event_types": []}),
        json!({"url": url, "retry": {"preset": "quick", "schedule": ["1s"]}}),
        json!({"url": url, "retry": {"schedule": ["8d"]}}),
        json!({"url": url, "auth": {"type": "bearer"}}),
        json!({"url": url, "auth": {"type": "basic", "username": "a:b", "password": "c"}}),
        json!({"url": url, "payload": {"type": "data", "more": 1}}),
        json!({"url": url, "headers": {"a b": "c"}}),
        json!({"url": url, "batch": {"max_wait": "2h"}}),
        json!({"url": url, "batch": {"collapse": "symbol"}}),
        json!({"url": url, "colour": 1}),
    ];
    let events = [
        json!({"type": "a b", "data": 1}),
        json!({"type": "a", "id": "a.b", "data": 1}),
        json!({"type": "a", "version": 4_294_967_296u64, "data": 1}),
        json!({"type": "a", "metadata": {"a": [1]}, "data": 1}),
        json!({"events": []}),
    ];
    let previews = [
        json!({}),
        json!({"webhook_id": "a", "webhook": {}}),
        json!({"webhook": {}, "event": {"event_id": "a", "data": 1}}),
    ];
    let imports = [json!({}), json!({"pack": "market", "openapi": {}})];
    let trials = [json!({"last": 0}), json!({"last": 1_001}), json!({"event_types": []}), json!({"colour": 1})];
    for (path, bodies) in [
        ("/webhooks", &webhooks[..]),
        ("/events", &events),
        ("/render", &previews),
        ("/event-types", &imports),
        ("/filters/try", &trials),
    ] {
        let schema = &document["paths"][format!("/api/v1{path}")]["post"]["requestBody"]["content"]["application/json"];
        for body in bodies {
            assert!(app.post(path, body.clone()).await.status == 400, "{path} takes {body}");
            assert!(schemas.flaw(&schema["schema"], body).is_some(), "{path}: the schema takes {body}");
        }
    }
    let seed = &document["paths"]["/api/v1/event-types/{name}/sample"]["get"]["parameters"];
    let seed = seed.as_array().unwrap().iter().find(|parameter| parameter["name"] == "seed").unwrap();
    assert!(schemas.flaw(&seed["schema"], &json!(1u64 << 63)).is_some());
}

#[tokio::test]
async fn where_a_platform_has_an_address_none_is_asked_for() {
    let app = TestApp::start().await;
    let document = app.bare_call("GET", "/openapi.json").send().await.expect(200).json;
    let telegram = json!({"platform": "telegram", "fields": {
        "bot_token": "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678", "chat_id": "-1001234567890",
    }});
    assert_eq!(Schemas::of(&document).flaw(&json!({"$ref": "#/components/schemas/WebhookInput"}), &telegram), None);
    app.post("/webhooks", telegram).await.expect(201);
}

/// What clients send for what is not set: null is taken wherever a member can be left out, and the schemas say so. Where it is
/// refused, they say that, too.
#[tokio::test]
async fn null_is_taken_where_a_member_can_be_left_out_and_the_schema_says_so() {
    let app = TestApp::start().await;
    let document = app.bare_call("GET", "/openapi.json").send().await.expect(200).json;
    let schemas = Schemas::of(&document);
    app.call("PUT", "/webhooks/w").json(json!({"url": "http://127.0.0.1:9999/"})).await.expect(201);
    for (method, path, described, body) in good_bodies() {
        let operation = &document["paths"][format!("/api/v1{described}")][method.to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        // In a list a name has to be there, and the schema is that of PUT, where the path says it. Maps without a name are taken for
        // null without saying it (`openapi/nullable.rs`).
        let said = |(place, body): &(String, Value)| {
            let flaw = schemas.flaw(schema, body).unwrap_or_default();
            place != "/event_types/0/name" && !flaw.contains("must be of type object")
        };
        for (place, body) in with_nulls(&body).into_iter().filter(said) {
            let flaw = schemas.flaw(schema, &body);
            let answer = app.call(method, path).json(body).await;
            let taken = answer.status < 300 || answer.status == 409;
            assert_eq!(taken, flaw.is_none(), "{method} {path}, null at {place}: {} and {flaw:?}", answer.raw);
        }
    }
}

/// Limits that the server keeps are in the schemas: each member of a good body is made empty, long, large or many, and the two agree on
/// what comes of it. Where they do not, a client that checks by the schema learns of the limit only from the server.
#[tokio::test]
async fn what_is_too_little_or_too_much_is_so_by_the_schema_too() {
    let app = TestApp::start().await;
    let document = app.bare_call("GET", "/openapi.json").send().await.expect(200).json;
    let schemas = Schemas::of(&document);
    app.call("PUT", "/webhooks/w").json(json!({"url": "http://127.0.0.1:9999/"})).await.expect(201);
    let mut wrong = Vec::new();
    for (method, path, described, body) in good_bodies() {
        let operation = &document["paths"][format!("/api/v1{described}")][method.to_lowercase()];
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        for (place, body) in with_extremes(&body) {
            // Which packs and webhooks there are, and what a template means, no schema says.
            let beyond = ["/pack", "/webhook_id", "/batch/template", "/payload/template"];
            if beyond.contains(&place.as_str()) {
                continue;
            }
            let flaw = schemas.flaw(schema, &body);
            let answer = app.call(method, path).json(body.clone()).await;
            let refused = answer.status == 400;
            if refused != flaw.is_some() {
                let value = body.pointer(&place).map(|value| value.to_string().chars().take(40).collect::<String>());
                wrong.push(format!("{method} {path} {place} {value:?}: {} {}, {flaw:?}", answer.status, answer.raw));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The body with each of its members so small or large as it can hardly be.
fn with_extremes(body: &Value) -> Vec<(String, Value)> {
    let mut pointers = Vec::new();
    members(body, String::new(), &mut pointers);
    let extremes = |value: &Value| match value {
        Value::String(text) => ["", "\u{1}", &text.repeat(70_000 / text.len().max(1))].map(Value::from).into(),
        Value::Number(_) => vec![json!(-1), json!(0), json!(4_294_967_296u64), json!(0.5), json!(1e300)],
        Value::Array(items) if items.first().is_none_or(|item| !item.is_object()) => {
            vec![json!([]), items.iter().cycle().take(1_001 * items.len().min(1)).cloned().collect()]
        }
        Value::Object(members) if members.values().all(Value::is_string) => {
            let many = (0..60).map(|number| (format!("n{number}"), json!("x")));
            vec![Value::Object(many.collect())]
        }
        _ => Vec::new(),
    };
    let changed = |pointer: String| {
        let value = body.pointer(&pointer).unwrap();
        let change = |extreme| {
            let mut changed = body.clone();
            *changed.pointer_mut(&pointer).unwrap() = extreme;
            (pointer.clone(), changed)
        };
        extremes(value).into_iter().map(change).collect::<Vec<_>>()
    };
    pointers.into_iter().flat_map(changed).collect()
}

/// Bodies that are taken, with all that they can say: how and where each is sent, and where that is described.
fn good_bodies() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let webhook = json!({
        "url": "http://127.0.0.1:9999/", "name": "n", "description": "d", "platform": null, "fields": {}, "event_types": ["*"],
        "filter": {"data": {"a": 1}}, "assets": {"symbols": ["A"], "sectors": ["b"]},
        "batch": {"max_events": 2, "max_wait": "1s", "max_bytes": 2048, "collapse": "type", "template": "{}"}, "headers": {},
        "public_headers": [], "auth": {"type": "basic", "username": "u", "password": "p"},
        "signing": {"algorithm": "sha256", "dialects": [{"type": "timestamped", "header": "X-S", "separator": "."}]},
        "rate_limit": {"limit": 1, "per": "second"}, "max_concurrency": 1, "ordering": "none", "timeout": "1s",
        "retry": {"initial": "1s", "factor": 2, "max": "1m", "attempts": 3, "jitter": 0}, "disable_after": 5,
        "self_heal": true, "status": "active", "verify_tls": true, "metadata": {}, "note": "n", "starred": true, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    });
    let other = json!({
        "url": "http://127.0.0.1:9999/", "secret_type": "hmac", "retry": {"schedule": ["1s"], "attempts": 1, "jitter": 1},
        "payload": {"type": "template", "template": "{}", "format": "json", "content_type": "a/b", "names": "bare"},
    });
    let cloud = json!({"url": "http://127.0.0.1:9999/", "retry": {"preset": "quick", "attempts": 1},
        "payload": {"type": "cloudevents", "mode": "binary", "source": "/a", "handshake": false}});
    let event = json!({
        "type": "a", "data": 1, "id": "e1", "timestamp": "2026-01-31T12:00:00Z", "version": 1, "ordering_key": "k",
        "correlation_id": "c", "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "source": "/s",
        "metadata": {"a": 1},
    });
    let version =
        json!({"version": 1, "schema": {}, "example": 1, "deprecated": false, "created_at": "2026-01-31T12:00:00Z"});
    let event_type = json!({
        "name": "a.b", "title": "t", "description": "d", "group": "g", "status": "active", "versions": [version],
    });
    let mut added = version.clone();
    added["version"] = json!(2);
    vec![
        ("POST", "/webhooks", "/webhooks", webhook.clone()),
        ("POST", "/webhooks", "/webhooks", other),
        ("PUT", "/webhooks/w2", "/webhooks/{id}", cloud),
        ("POST", "/events", "/events", event.clone()),
        ("POST", "/events", "/events", json!({"events": [event.clone(), event]})),
        ("POST", "/tenants", "/tenants", json!({"id": "fresh", "name": "n"})),
        (
            "POST",
            "/api-keys",
            "/api-keys",
            json!({"name": "n", "tenant": null, "scopes": ["keys"], "rate_limit": {"limit": 1, "per": "second"},
                "expires_at": "2030-01-31T12:00:00Z"}),
        ),
        ("PUT", "/event-types/a.b", "/event-types/{name}", event_type.clone()),
        ("POST", "/event-types/a.b/versions?dry_run=true", "/event-types/{name}/versions", added),
        (
            "POST",
            "/event-types",
            "/event-types",
            json!({"pack": "market", "openapi": null, "event_types": null, "replace": true}),
        ),
        ("POST", "/event-types", "/event-types", json!({"event_types": [event_type], "replace": true})),
        (
            "POST",
            "/render",
            "/render",
            json!({"webhook_id": "w", "webhook": null, "event": {"event_id": null, "type": "a", "data": 1}}),
        ),
        ("POST", "/render", "/render", json!({"webhook": {"url": "https://a.example/", "timeout": "1s"}, "event": {}})),
        (
            "POST",
            "/webhooks/w/test",
            "/webhooks/{id}/test",
            json!({"connect_only": true, "type": "a", "data": 1, "timeout": "1s", "event_id": null}),
        ),
        (
            "POST",
            "/webhooks/w/secret/rotate",
            "/webhooks/{id}/secret/rotate",
            json!({"grace": "0s", "secret": null, "secret_type": "hmac"}),
        ),
    ]
}

/// The body, and the body with each of its members null, but for what the caller's own names are in.
fn with_nulls(body: &Value) -> Vec<(String, Value)> {
    let mut pointers = Vec::new();
    members(body, String::new(), &mut pointers);
    let with_null = |pointer: String| {
        let mut changed = body.clone();
        *changed.pointer_mut(&pointer).unwrap() = Value::Null;
        (pointer, changed)
    };
    let changed = pointers.into_iter().map(with_null);
    [("nowhere".to_owned(), body.clone())].into_iter().chain(changed).collect()
}

fn members(value: &Value, place: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                let place = format!("{place}/{name}");
                // Its schema says that it is any JSON, which a JSON Schema is not.
                if name != "schema" {
                    pointers.push(place.clone());
                }
                if !["data", "metadata", "fields", "headers", "filter", "schema", "example"].contains(&name.as_str()) {
                    members(member, place, pointers);
                }
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, item)| members(item, format!("{place}/{number}"), pointers));
        }
        _ => {}
    }
}

/// The document's schemas, to compare bodies with.
pub struct Schemas(Map<String, Value>);

impl Schemas {
    pub fn of(document: &Value) -> Schemas {
        let mut schemas = document["components"]["schemas"].clone();
        strip(&mut schemas);
        Schemas(schemas.as_object().unwrap().clone())
    }

    /// What does not fit, if anything does not.
    pub fn flaw(&self, schema: &Value, body: &Value) -> Option<String> {
        let mut schema = json!({"allOf": [schema.clone()]});
        strip(&mut schema);
        let mut needed = Map::new();
        self.gather(&schema, &mut needed);
        let text = json!({"allOf": schema["allOf"], "$defs": needed}).to_string();
        let whole: Value = serde_json::from_str(&text.replace("#/components/schemas/", "#/$defs/")).unwrap();
        let validator = Validator::new(&whole).unwrap_or_else(|errors| panic!("{errors:?}"));
        validator.validate(body).err().map(|violations| format!("{violations:?}"))
    }

    fn gather(&self, part: &Value, needed: &mut Map<String, Value>) {
        match part {
            Value::Object(object) => {
                let name = object.get("$ref").and_then(Value::as_str).and_then(|pointer| pointer.rsplit('/').next());
                if let Some(name) = name.filter(|name| !needed.contains_key(*name)) {
                    needed.insert(name.to_owned(), self.0[name].clone());
                    self.gather(&self.0[name], needed);
                }
                object.values().for_each(|member| self.gather(member, needed));
            }
            Value::Array(items) => items.iter().for_each(|item| self.gather(item, needed)),
            _ => {}
        }
    }
}

/// Takes out what is for people and for generators.
fn strip(part: &mut Value) {
    match part {
        Value::Object(object) => {
            object.retain(|name, value| match name.as_str() {
                "description" | "title" => !value.is_string(),
                "example" | "examples" | "discriminator" => false,
                "format" => value == "date-time",
                _ => true,
            });
            for (name, member) in object.iter_mut() {
                match (name.as_str(), member) {
                    // A member can be called like what is taken out.
                    ("properties", Value::Object(members)) => members.values_mut().for_each(strip),
                    (_, member) => strip(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Descriptions are for readers of JSON: none speaks of the program's own types, paths or traits.
fn check_words(part: &Value) {
    match part {
        Value::Object(fields) => {
            for text in ["description", "summary"].iter().filter_map(|name| fields.get(*name)?.as_str()) {
                let of_rust = [
                    "`Debug`",
                    "[`",
                    "::",
                    "Serde",
                    "serde",
                    "utoipa",
                    "Deserialize",
                    "struct ",
                    "enum ",
                    "Option<",
                    "Vec<",
                    "None",
                ];
                let of_rust: Vec<_> = of_rust.iter().filter(|word| text.contains(**word)).collect();
                assert!(of_rust.is_empty(), "{of_rust:?} in: {text}");
                assert!(!text.contains("\n") || text.contains("\n\n") || text.contains("\n-"), "wrapped: {text}");
            }
            fields.values().for_each(check_words);
        }
        Value::Array(items) => items.iter().for_each(check_words),
        _ => {}
    }
}

/// Every `$ref` leads somewhere.
fn check_references(document: &Value, part: &Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
            }
            fields.values().for_each(|value| check_references(document, value));
        }
        Value::Array(items) => items.iter().for_each(|value| check_references(document, value)),
        _ => {}
    }
}

#[tokio::test]
async fn the_dashboards_client_is_made_of_this_description() {
    let app = TestApp::start().await;
    let described = app.get("/openapi.json").await.expect(200).json;
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web/openapi.json");
    if std::env::var_os("LANEHOOK_TEST_RECORD").is_some() {
        std::fs::write(&file, format!("{}\n", serde_json::to_string_pretty(&described).unwrap())).unwrap();
    }
    let known: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert!(
        known == described,
        "web/openapi.json is stale: run this with LANEHOOK_TEST_RECORD=1, then `npm run api` in web"
    );
}
