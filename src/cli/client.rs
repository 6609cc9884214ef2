//! The API, as the subcommands call it: one client with the server's address, the key and the tenant.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use reqwest::{Method, Response};
use serde_json::Value;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which server to call, and as whom.
#[derive(Args, Clone)]
pub struct ServerArgs {
    /// The server
    #[arg(long, env = "LANEHOOK_URL", default_value = "http://127.0.0.1:8420")]
    pub url: String,
    /// An API key with the scope that this needs
    #[arg(long, env = "LANEHOOK_KEY", hide_env_values = true)]
    pub key: String,
    /// For which tenant; only with an operator's key
    #[arg(long, env = "LANEHOOK_TENANT")]
    pub tenant: Option<String>,
}

/// Calls one server with one key.
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
    tenant: Option<String>,
}

impl Client {
    /// Of this server. A proxy of the environment is not asked: the key is for the server only.
    pub fn new(server: ServerArgs) -> anyhow::Result<Client> {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let base = format!("{}/api/v1", server.url.trim_end_matches('/'));
        Ok(Client { http, base, key: server.key, tenant: server.tenant })
    }

    /// The key it calls with.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Sends a JSON text and returns the answer, whatever its status. `headers` are added.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: String,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, &url).bearer_auth(&self.key);
        request = request.header("Content-Type", "application/json").body(body);
        let tenant = self.tenant.as_deref().map(|tenant| ("Tenant", tenant));
        for (name, value) in headers.iter().copied().chain(tenant) {
            request = request.header(name, value);
        }
        request.send().await.with_context(|| format!("no answer from {url}; is the server running there?"))
    }

    /// Sends JSON and returns the JSON of the answer.
    ///
    /// # Errors
    /// There was no answer, or it was a refusal; then in the server's words.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let what = format!("{method} {path}");
        let response = self.send(method, path, body.to_string(), &[]).await?;
        let status = response.status();
        let text =
            response.text().await.with_context(|| format!("{what} was answered {status} and then broken off"))?;
        if !status.is_success() {
            bail!("{what} was refused ({status}): {}", explain(&text, &[]));
        }
        serde_json::from_str(&text).with_context(|| format!("{what} was answered {status} without JSON"))
    }
}

/// A problem document in words. `lines`: from which line of the input each event of a batch came, where the server names
/// events by their place in the batch.
pub fn explain(body: &str, lines: &[u64]) -> String {
    let Ok(problem) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let mut text = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or(body).to_owned();
    for error in problem["errors"].as_array().into_iter().flatten() {
        let (pointer, message) = (error["pointer"].as_str().unwrap_or_default(), error["message"].as_str());
        let mut parts = pointer.strip_prefix("/events/").unwrap_or_default().splitn(2, '/');
        let line = parts.next().and_then(|place| lines.get(place.parse::<usize>().ok()?));
        let place = match line {
            Some(line) => format!("line {line}, {}", parts.next().unwrap_or("the event")),
            None => pointer.to_owned(),
        };
        text.push_str(&format!("\n  {place}: {}", message.unwrap_or_default()));
    }
    text
}
