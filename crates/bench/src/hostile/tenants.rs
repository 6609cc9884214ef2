//! The two tenants: one that goes about its business, and one that does what it can.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Empty};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{lab::Lab, subject::Api};

/// The tenant that is watched.
pub struct Neighbour {
    pub key: String,
}

impl Neighbour {
    pub const EVENT_TYPE: &str = "neighbour.tick";

    /// With a webhook at this URL.
    pub async fn settle(lab: &Lab, addr: SocketAddr, url: &str) -> anyhow::Result<Neighbour> {
        let key = tenant(&lab.api(addr)?, "neighbour").await?;
        Api::new(addr, &key)?.create_webhook(url, Neighbour::EVENT_TYPE, None).await?;
        Ok(Neighbour { key })
    }
}

/// The tenant that attacks, with what it needs for that.
pub struct Attacker {
    pub addr: SocketAddr,
    pub key: String,
    pub api: Api,
    /// A receiver that takes everything.
    pub sink: String,
    /// What was answered when events were refused, and how often.
    refusals: Mutex<HashMap<String, u64>>,
}

impl Attacker {
    /// Makes a tenant with this id, and a receiver that takes everything.
    pub async fn settle(lab: &Lab, addr: SocketAddr, id: &str) -> anyhow::Result<Attacker> {
        let key = tenant(&lab.api(addr)?, id).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let sink = format!("http://{}/", listener.local_addr()?);
        lab.attack.handle.spawn(take_everything(listener.into_std()?));
        Ok(Attacker { addr, api: Api::new(addr, &key)?, key, sink, refusals: Mutex::default() })
    }

    /// Makes a webhook with these settings, at the sink.
    ///
    /// # Errors
    /// It was refused.
    pub async fn webhook(&self, mut settings: Value) -> anyhow::Result<()> {
        settings["url"] = self.sink.as_str().into();
        self.api.call(Method::POST, "/webhooks", Some(settings)).await.map(drop)
    }

    /// Publishes, whatever becomes of it. Of refusals, the first of each kind is shown.
    pub async fn publish(&self, body: &Value) {
        if let Err(error) = self.api.call(Method::POST, "/events", Some(body.clone())).await {
            let refusal = format!("{error:#}").chars().take(300).collect::<String>();
            let kind = refusal.split("\"detail\"").next().unwrap_or_default().to_owned();
            let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
            let count = refusals.entry(kind).or_default();
            *count += 1;
            if *count == 1 {
                eprintln!("  {refusal}");
            }
        }
    }
}

/// Makes a tenant and a key with which it does all that a tenant can.
async fn tenant(operator: &Api, id: &str) -> anyhow::Result<String> {
    operator.call(Method::POST, "/tenants", Some(json!({ "id": id }))).await?;
    let scopes = ["events:write", "events:read", "webhooks:write", "webhooks:read", "deliveries:read"];
    let key = json!({ "name": id, "tenant": id, "scopes": scopes });
    let made = operator.call(Method::POST, "/api-keys", Some(key)).await?;
    made["key"].as_str().map(str::to_owned).context("POST /api-keys answered no key")
}

async fn take_everything(listener: std::net::TcpListener) -> anyhow::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let service = service_fn(async |request: Request<Incoming>| {
                // Whatever the attacker is sent.
                let _ = request.into_body().collect().await;
                Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
