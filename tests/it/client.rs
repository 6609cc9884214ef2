//! A caller of the API: what each test needs said in a word, whichever process the server runs in.

use std::{future::Future, time::Duration};

use reqwest::Method;
use serde_json::{Value, json};

use crate::app::Answer;

/// How long to wait for something that happens soon, unless something is broken.
pub const GUARD: Duration = Duration::from_secs(180);

/// Calls the API with an operator's key.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Like `http://127.0.0.1:8420`
    pub base: String,
    key: String,
    /// Otherwise the default tenant.
    tenant: Option<String>,
}

impl Client {
    pub fn new(base: impl Into<String>, key: &str) -> Client {
        let http = reqwest::Client::builder().no_proxy().timeout(GUARD).build().unwrap();
        Client { http, base: base.into(), key: key.to_owned(), tenant: None }
    }

    /// The same over TLS, where this certificate is trusted and nothing else.
    pub fn trusting(base: impl Into<String>, key: &str, certificate: &[u8]) -> Client {
        let certificate = reqwest::Certificate::from_der(certificate).unwrap();
        let http = reqwest::Client::builder().no_proxy().timeout(GUARD).tls_certs_only([certificate]);
        Client { http: http.build().unwrap(), ..Client::new(base, key) }
    }

    /// The same operator, for another tenant.
    pub fn of_tenant(&self, tenant: &str) -> Client {
        Client { tenant: Some(tenant.to_owned()), ..self.clone() }
    }

    /// A call that may fail because the server is gone.
    pub async fn try_call(&self, method: Method, path: &str, body: Option<&Value>) -> reqwest::Result<Answer> {
        let place = if matches!(path, "/healthz" | "/readyz") { "" } else { "/api/v1" };
        let mut request = self.http.request(method, format!("{}{place}{path}", self.base)).bearer_auth(&self.key);
        if let Some(tenant) = &self.tenant {
            request = request.header("tenant", tenant);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        Answer::read(response).await
    }

    pub async fn get(&self, path: &str) -> Value {
        self.try_call(Method::GET, path, None).await.unwrap().expect(200).json
    }

    /// A stream of what happens, from behind the message with this id on.
    pub async fn watch(&self, query: &str, last: Option<&str>) -> reqwest::Response {
        let mut request = self.http.get(format!("{}/api/v1/live?{query}", self.base)).bearer_auth(&self.key);
        for (name, value) in [("tenant", self.tenant.as_deref()), ("last-event-id", last)] {
            request = value.into_iter().fold(request, |request, value| request.header(name, value));
        }
        request.send().await.unwrap()
    }

    /// The same caller with another key.
    pub fn with_key(&self, key: &str) -> Client {
        Client { key: key.to_owned(), tenant: None, ..self.clone() }
    }

    /// What is measured.
    pub async fn metrics(&self) -> String {
        let request = self.http.get(format!("{}/metrics", self.base)).bearer_auth(&self.key);
        request.send().await.unwrap().error_for_status().unwrap().text().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.try_call(Method::POST, path, Some(&body)).await.unwrap()
    }

    /// Changes a webhook.
    pub async fn change(&self, webhook: &str, patch: Value) -> Value {
        let path = format!("/webhooks/{webhook}");
        self.try_call(Method::PATCH, &path, Some(&patch)).await.unwrap().expect(200).json
    }

    /// Deletes only this version.
    pub async fn delete_version(&self, path: &str, etag: &str) -> Answer {
        let request = self.http.delete(format!("{}/api/v1{path}", self.base)).bearer_auth(&self.key);
        Answer::read(request.header("if-match", etag).send().await.unwrap()).await.unwrap()
    }

    pub async fn delete(&self, path: &str) {
        self.try_call(Method::DELETE, path, None).await.unwrap().expect(204);
    }

    // ── in a word ───────────────────────────────────────────────────────────────────────────────────────────────

    /// Makes a webhook with these settings.
    pub async fn webhook(&self, url: &str, mut settings: Value) -> Hook {
        settings["url"] = json!(url);
        let made = self.post("/webhooks", settings).await.expect(201).json;
        Hook { id: text(&made["id"]), secret: made["secret"].as_str().unwrap_or_default().to_owned(), made }
    }

    /// The same under an id of one's own.
    pub async fn webhook_named(&self, id: &str, url: &str, mut settings: Value) -> Hook {
        settings["url"] = json!(url);
        let put = self.try_call(Method::PUT, &format!("/webhooks/{id}"), Some(&settings)).await.unwrap();
        let made = put.expect(201).json;
        Hook { id: id.to_owned(), secret: made["secret"].as_str().unwrap_or_default().to_owned(), made }
    }

    /// Publishes an event of the type `test.event` and returns its id.
    pub async fn publish(&self) -> String {
        self.publish_event(json!({"type": "test.event", "data": {"n": 1}})).await
    }

    /// Publishes an event with this id.
    pub async fn publish_id(&self, id: &str) -> String {
        self.publish_event(json!({"id": id, "type": "test.event", "data": {"n": 1}})).await
    }

    pub async fn publish_event(&self, event: Value) -> String {
        text(&self.post("/events", event).await.expect(202).json["id"])
    }

    /// Publishes this text as it is, with these headers beside.
    pub async fn publish_text(&self, event: &str, headers: &[(&str, &str)]) -> String {
        let mut request = self.http.post(format!("{}/api/v1/events", self.base)).bearer_auth(&self.key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("content-type", "application/json").body(event.to_owned());
        text(&Answer::read(request.send().await.unwrap()).await.unwrap().expect(202).json["id"])
    }

    /// Publishes this many in one request, with the ids `e1`, `e2`…
    pub async fn publish_many(&self, count: usize) {
        let event = |number| json!({"id": format!("e{number}"), "type": "test.event", "data": {"n": number}});
        let events: Vec<Value> = (1..=count).map(event).collect();
        self.post("/events", json!({"events": events})).await.expect(202);
    }

    /// The only delivery of an event, with its attempts.
    pub async fn delivery(&self, event: &str) -> Value {
        let found = self.get(&format!("/events/{event}/deliveries")).await;
        let data = found["data"].as_array().unwrap();
        assert_eq!(data.len(), 1, "the deliveries of {event}: {found}");
        self.get(&format!("/deliveries/{}", text(&data[0]["id"]))).await
    }

    /// The only delivery of an event, as soon as it is in this status.
    pub async fn delivery_in(&self, event: &str, status: &str) -> Value {
        self.delivery_when(event, status, |delivery| delivery["status"] == status).await
    }

    /// The only delivery of an event, as soon as it is retrying after this many attempts.
    pub async fn delivery_after(&self, event: &str, attempts: u64) -> Value {
        let reached =
            |delivery: &Value| delivery["status"] == "retrying" && delivery["attempt_count"].as_u64() >= Some(attempts);
        self.delivery_when(event, &format!("retrying after {attempts} attempts"), reached).await
    }

    /// The only delivery of an event, as soon as this is so.
    pub async fn delivery_when(&self, event: &str, what: &str, reached: impl Fn(&Value) -> bool) -> Value {
        let what = format!("the delivery of {event} to be {what}");
        eventually(&what, async || {
            let delivery = self.delivery(event).await;
            if reached(&delivery) { Ok(delivery) } else { Err(delivery.to_string()) }
        })
        .await
    }

    /// The webhook as soon as this is so.
    pub async fn webhook_when(&self, webhook: &str, what: &str, reached: impl Fn(&Value) -> bool) -> Value {
        eventually(what, async || {
            let now = self.get(&format!("/webhooks/{webhook}")).await;
            if reached(&now) { Ok(now) } else { Err(now.to_string()) }
        })
        .await
    }

    /// Every delivery that matches the query, by all pages.
    pub async fn deliveries(&self, query: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/deliveries?limit=250&{query}{cursor}")).await;
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Returns when nothing is owed any more that could be sent.
    pub async fn idle(&self) {
        eventually("nothing to be owed", async || self.owes_nothing().await).await
    }

    /// The same, however long that takes while `sent` grows.
    pub async fn idle_in_the_end(&self, sent: impl Fn() -> usize) {
        loop {
            let before = sent();
            let is_idle = async || match self.owes_nothing().await {
                Err(_) if sent() > before => Ok(false),
                owed => owed.map(|()| true),
            };
            if eventually("nothing to be owed", is_idle).await {
                return;
            }
        }
    }

    async fn owes_nothing(&self) -> Result<(), String> {
        let (pending, retrying) =
            (self.get("/deliveries?status=pending").await, self.get("/deliveries?status=retrying").await);
        let empty = |page: &Value| page["data"].as_array().is_some_and(Vec::is_empty);
        if empty(&pending) && empty(&retrying) { Ok(()) } else { Err(format!("{pending}\n{retrying}")) }
    }
}

/// A webhook just made.
pub struct Hook {
    pub id: String,
    pub secret: String,
    pub made: Value,
}

#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no string: {value}")).to_owned()
}

/// Asks again and again; every question is real work for the server, so there is nothing to sleep for. The error says
/// how far it has come.
pub async fn eventually<T, F>(what: &str, ask: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let begun = tokio::time::Instant::now();
    loop {
        match ask().await {
            Ok(reached) => return reached,
            Err(now) => assert!(begun.elapsed() < GUARD, "waited in vain for {what}; now: {now}"),
        }
        tokio::task::yield_now().await;
    }
}
