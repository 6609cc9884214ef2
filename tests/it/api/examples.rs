//! The examples in the API's description, tried: each request is sent to a server and taken, and each answer that is
//! shown has the members that the server answers with. `LANEHOOK_TEST_RECORD=1` writes the answers that have others by now.

use std::{collections::BTreeMap, path::Path};

use serde_json::{Map, Value, json};

use crate::{api::openapi::Schemas, app::Answer, receiver::Receiver, server::TestServer};

/// In which order the operations are called: what one makes, another needs. Those that delete are called last.
const TOUR: [&str; 65] = [
    "createTenant",
    "changeTenant",
    "readTenant",
    "listTenants",
    "signIn",
    "readSession",
    "createPortalLink",
    "createApiKey",
    "listApiKeys",
    "importEventTypes",
    "putEventType",
    "addEventTypeVersion",
    "changeEventType",
    "readEventType",
    "listEventTypes",
    "sampleEvent",
    "listPlatforms",
    "readPlatform",
    "putWebhook",
    "createWebhook",
    "readWebhook",
    "listWebhooks",
    "readWebhookSecret",
    "renderPayload",
    "publishEvents",
    "putSavedEvent",
    "testWebhook",
    "listSavedEvents",
    "readSavedEvent",
    "sendSavedEvent",
    "putReport",
    "listReports",
    "readReport",
    "runReport",
    "putTheme",
    "readTheme",
    "listWebhooksOfEvent",
    "tryFilter",
    "search",
    "listEvents",
    "readEvent",
    "listDeliveries",
    "listDeliveriesOfEvent",
    "listDeliveriesOfWebhook",
    "readDelivery",
    "changeWebhook",
    "rotateWebhookSecret",
    "readUsage",
    "retryDelivery",
    "cancelDelivery",
    "createInspector",
    "listInspectors",
    "readInspector",
    "listInspectedRequests",
    "changeInspector",
    "deleteInspectedRequests",
    "deleteInspector",
    "deleteSavedEvent",
    "deleteReport",
    "deleteTheme",
    "deleteEventType",
    "deleteWebhook",
    "signOut",
    "deleteApiKey",
    "deleteTenant",
];
/// Where the examples' webhooks are; in the test the receiver's address stands in its place.
const PUBLIC: &str = "https://example.com/hook";

pub(super) fn file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api/openapi/examples.json")
}

#[tokio::test]
async fn every_example_is_taken_and_answered_as_it_is_shown() {
    let server = TestServer::start().await;
    let receiver = Receiver::start().await;
    let tour = Tour::new(&server, receiver.url("/hook")).await;
    let mut shown: Map<String, Value> = serde_json::from_slice(&std::fs::read(file()).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for name in tour.in_order() {
        let answer = tour.call(&name, &shown, &mut wrong).await;
        let of_operation = shown.entry(name.clone()).or_insert_with(|| json!({}));
        if !answer.is_null() && (of_operation["answer"].is_null() || !alike(&of_operation["answer"], &answer)) {
            wrong.push(format!("{name}: what is shown as its answer has not the members of {answer}"));
            of_operation["answer"] = answer;
        }
    }
    shown.retain(|name, _| tour.operations.contains_key(name));
    if std::env::var_os("LANEHOOK_TEST_RECORD").is_some() {
        std::fs::write(file(), format!("{}\n", serde_json::to_string_pretty(&shown).unwrap())).unwrap();
    }
    assert!(wrong.is_empty(), "{}\nLANEHOOK_TEST_RECORD=1 writes the answers anew", wrong.join("\n"));
}

/// What is called, and what is put into paths.
pub(super) struct Tour<'a> {
    server: &'a TestServer,
    schemas: Schemas,
    receiver: String,
    pub(super) operations: BTreeMap<String, Operation>,
}

pub(super) struct Operation {
    pub(super) method: reqwest::Method,
    path: String,
    body: Value,
    answer: Value,
}

impl<'a> Tour<'a> {
    pub(super) async fn new(server: &'a TestServer, receiver: String) -> Tour<'a> {
        let document = server.get("/openapi.json").await;
        let mut operations = BTreeMap::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let ok = operation["responses"].as_object().unwrap().iter().find(|(status, _)| status.starts_with('2'));
                let kinds = ["application/json", "application/merge-patch+json"];
                let json = |body: &Value| {
                    let schemas = kinds.iter().map(|kind| &body["content"][kind]["schema"]);
                    schemas.into_iter().find(|schema| !schema.is_null()).cloned().unwrap_or_default()
                };
                let called = Operation {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.strip_prefix("/api/v1").unwrap().to_owned(),
                    body: json(&operation["requestBody"]),
                    answer: json(ok.unwrap().1),
                };
                operations.insert(operation["operationId"].as_str().unwrap().to_owned(), called);
            }
        }
        Tour { server, schemas: Schemas::of(&document), receiver, operations }
    }

    /// Those of the tour that there are, then all others, so that a new one is not left out.
    pub(super) fn in_order(&self) -> Vec<String> {
        let (last, first): (Vec<&str>, Vec<&str>) = TOUR.iter().partition(|name| name.starts_with("delete"));
        let known = first.into_iter().filter(|name| self.operations.contains_key(*name)).map(str::to_owned);
        let others = self.operations.keys().filter(|name| !TOUR.contains(&name.as_str())).cloned();
        let last = last.into_iter().filter(|name| self.operations.contains_key(*name)).map(str::to_owned);
        known.chain(others).chain(last).collect()
    }

    /// Sends each example of the operation's body, or no body, and says what the first was answered with.
    async fn call(&self, name: &str, shown: &Map<String, Value>, wrong: &mut Vec<String>) -> Value {
        let operation = &self.operations[name];
        let none = Map::from_iter([("no body".to_owned(), Value::Null)]);
        let requests = match (operation.body.is_null(), shown.get(name).and_then(|shown| shown["request"].as_object()))
        {
            (true, _) => &none,
            (false, Some(requests)) => requests,
            (false, None) => {
                wrong.push(format!("{name}: there is no example of its body"));
                return Value::Null;
            }
        };
        let mut first = Value::Null;
        for (which, body) in requests {
            if let Some(flaw) = (!body.is_null()).then(|| self.schemas.flaw(&operation.body, body)).flatten() {
                wrong.push(format!("{name}, {which}: is not as the schema says: {flaw}"));
            }
            let answer = self.send(name, body).await;
            // What is finished cannot be cancelled; that is said.
            if answer.status != 409 && !(200..300).contains(&answer.status) {
                wrong.push(format!("{name}, {which}: is answered with {}: {}", answer.status, answer.raw));
            } else if first.is_null() && answer.status < 300 {
                first = self.short(answer.json);
                let described = (!operation.answer.is_null()).then(|| self.schemas.flaw(&operation.answer, &first));
                if let Some(flaw) = described.flatten() {
                    wrong.push(format!("{name}: its answer is not as the schema says: {flaw}"));
                }
                first = in_place_of(&self.receiver, PUBLIC, &first);
            }
            match name {
                "publishEvents" => self.server.settle().await,
                "createInspector" => self.try_inspector().await,
                _ => {}
            }
        }
        first
    }

    /// Something comes to the newest inspector.
    async fn try_inspector(&self) {
        let inspectors = self.server.get("/inspectors").await;
        let hook = self.server.webhook(inspectors["data"][0]["url"].as_str().unwrap(), json!({})).await;
        self.server.post(&format!("/webhooks/{}/test", hook.id), json!({"type": "price_alert"})).await.expect(200);
        self.server.delete(&format!("/webhooks/{}", hook.id)).await;
    }

    /// Sends a body as it is shown, or none.
    pub(super) async fn send(&self, name: &str, body: &Value) -> Answer {
        let operation = &self.operations[name];
        let sent = in_place_of(PUBLIC, &self.receiver, body);
        let body = (!sent.is_null()).then_some(&sent);
        let path = self.path(name, &operation.path).await;
        let method = operation.method.clone();
        let answer = match name {
            // An operator's key says for whom.
            "createPortalLink" => self.server.of_tenant("default").try_call(method, &path, body).await,
            _ => self.server.try_call(method, &path, body).await,
        };
        answer.unwrap()
    }

    /// A path to something that there is.
    async fn path(&self, operation: &str, path: &str) -> String {
        if operation == "search" {
            return format!("{path}?q=user-42");
        }
        if !path.contains('{') {
            return path.to_owned();
        }
        let newest = async |list: &str| {
            let found = self.server.get(list).await;
            // Of keys the oldest is first, and the caller's own.
            let place = if list == "/api-keys" { found["data"].as_array().unwrap().len() - 1 } else { 0 };
            found["data"][place]["id"].as_str().unwrap_or("none").to_owned()
        };
        let id = match path.split('/').nth(1).unwrap() {
            "webhooks" => "user-42".into(),
            "event-types" => "fruit.picked".into(),
            "tenants" => "acme".into(),
            "saved-events" => "acme-above-180".into(),
            "reports" => "last-week".into(),
            "platforms" => "telegram".into(),
            // One that nobody is owed.
            "events" if operation == "scrubEvent" => {
                self.server.publish_event(json!({"type": "nobody.asks", "data": {}})).await
            }
            "events" => "alert-4711".into(),
            "attempts" => {
                let delivery = newest("/deliveries?webhook=user-42&status=delivered").await;
                let shown = self.server.get(&format!("/deliveries/{delivery}")).await;
                shown["attempts"][0]["id"].as_str().unwrap_or("none").to_owned()
            }
            // Of the webhook that waits for more to come: it is still owed.
            "deliveries" if matches!(operation, "retryDelivery" | "cancelDelivery") => {
                newest("/deliveries?status=pending").await
            }
            "deliveries" => newest("/deliveries?webhook=user-42").await,
            _ => newest(&format!("/{}", path.split('/').nth(1).unwrap())).await,
        };
        path.replace("{id}", &id).replace("{name}", &id)
    }

    /// Lists are shown with one thing in them: one that refers to nothing, since some checkers of documents follow references
    /// also where they are values.
    fn short(&self, mut answer: Value) -> Value {
        if let Some(data) = answer.get_mut("data").and_then(Value::as_array_mut) {
            let plain = data.iter().position(|one| !one.to_string().contains("\"$ref\"")).unwrap_or_default();
            data.drain(..plain);
            data.truncate(1);
        }
        answer
    }
}

fn in_place_of(old: &str, new: &str, value: &Value) -> Value {
    serde_json::from_str(&value.to_string().replace(old, new)).unwrap()
}

/// Whether both have the same members, as deep as they go. Null stands for anything, and the first of a list for all.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, _) | (_, Value::Null) => true,
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(name, value)| other.get(name).is_some_and(|o| alike(value, o)))
        }
        (Value::Array(one), Value::Array(other)) => match (one.first(), other.first()) {
            (Some(one), Some(other)) => alike(one, other),
            _ => true,
        },
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

#[test]
fn what_has_other_members_is_not_alike() {
    assert!(alike(&json!({"a": [1, 2], "b": null}), &json!({"a": [3], "b": "x"})));
    assert!(!alike(&json!({"a": 1}), &json!({"a": 1, "b": 2})));
    assert!(!alike(&json!({"a": [{"b": 1}]}), &json!({"a": [{"c": 1}]})));
}
