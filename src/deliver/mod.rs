//! One attempt: a webhook and a message with the exact body enter; an [`Outcome`] leaves, whatever happens. Nothing here
//! survives a crash, and nothing needs to: an attempt that was under way is made again.
//!
//! The way of a request, a file each:
//! 1. [`request`]: the headers, signed now over this body
//! 2. [`pool`]: a kept connection, if one is there
//! 3. [`connect`]: or else resolve ([`resolve`]), judge every address ([`egress`], [`address`]), connect, [`tls`]
//! 4. [`exchange`]: write the request, read a bounded answer; [`seen`] notes how far it came
//! 5. [`classify`]: what it came to, in a kind and a sentence
//!
//! The deadline lies around all of it. Proxies of the environment are not used, and redirects not followed: each could
//! lead a request to where the policy does not let it.

mod address;
mod classify;
mod connect;
mod egress;
mod exchange;
mod pool;
mod request;
mod resolve;
mod seen;
mod tls;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use self::{
    classify::{Problem, answered, judged, timed_out},
    connect::Connector,
    exchange::exchange,
    pool::{Limits, Peer, Pool},
    request::Plan,
    seen::{Seen, micros},
    tls::Tls,
};
pub use self::{
    egress::EgressPolicy,
    resolve::{Resolve, ResolveError, Resolver},
};
use crate::{
    clock::Clock,
    model::{Credentials, Message, Outcome, Sent, Webhook, WebhookKey, WebhookSettings},
};

/// Webhooks whose plans are kept.
const KEPT_PLANS: usize = 10_000;

/// How to send.
#[derive(Clone, Debug)]
pub struct SenderConfig {
    /// Where to.
    pub egress: EgressPolicy,
    /// Who resolves names.
    pub resolver: Resolver,
    /// A PEM file with certificates to trust beside the platform's.
    pub extra_ca: Option<PathBuf>,
    /// Idle HTTP/1 connections that are kept for each host and port.
    pub pool_idle_per_host: usize,
    /// Idle HTTP/1 connections that are kept in all; each is an open file.
    pub pool_idle_total: usize,
    /// How long a connection is kept idle.
    pub pool_idle_for: Duration,
}

impl Default for SenderConfig {
    fn default() -> SenderConfig {
        SenderConfig {
            egress: EgressPolicy::default(),
            resolver: Resolver::System,
            extra_ca: None,
            pool_idle_per_host: 256,
            pool_idle_total: 2048,
            pool_idle_for: Duration::from_secs(55),
        }
    }
}

/// Why there is no sender.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The extra certificates cannot be read.
    #[error("the certificates in {} cannot be used: {reason}", path.display())]
    ExtraCa {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Sends. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Sender(Arc<Shared>);

struct Shared {
    connector: Connector,
    pool: Arc<Pool>,
    plans: Mutex<HashMap<WebhookKey, Arc<Prepared>>>,
}

/// A webhook's plan, and what it was made from.
struct Prepared {
    webhook: Arc<Webhook>,
    plan: Plan,
    peer: Arc<Peer>,
    credentials: Credentials,
}

impl Sender {
    /// A sender without connections.
    ///
    /// # Errors
    /// If the extra certificates cannot be used, or TLS not be set up.
    pub fn new(config: SenderConfig, clock: Clock) -> Result<Sender, SenderError> {
        let tls = Tls::new(config.extra_ca.as_deref())?;
        let limits = Limits {
            idle_per_host: config.pool_idle_per_host,
            idle_total: config.pool_idle_total,
            idle_for: config.pool_idle_for,
        };
        Ok(Sender(Arc::new(Shared {
            connector: Connector { egress: config.egress, resolver: config.resolver, tls, clock },
            pool: Pool::new(limits),
            plans: Mutex::default(),
        })))
    }

    /// Whether requests can be made from these settings; ask before they are saved.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub fn check(&self, settings: &WebhookSettings) -> Result<(), String> {
        let egress = &self.0.connector.egress;
        if !settings.verify_tls && !egress.allow_unverified_tls {
            return Err("certificates are always checked here: `verify_tls` cannot be false; give the receiver a \
                        certificate that is publicly trusted"
                .into());
        }
        Plan::new(settings, egress).map(drop).map_err(|problem| problem.failure().message)
    }

    /// Whether the operator has opened what development needs.
    pub fn is_dev(&self) -> bool {
        self.0.connector.egress.dev
    }

    /// One attempt, to its end: the message goes to the webhook, and what happened comes back, be it success, failure or
    /// nothing until the webhook's timeout. Dropping the future ends the request.
    pub async fn send(&self, webhook: &Arc<Webhook>, message: Message) -> Outcome {
        let clock = &self.0.connector.clock;
        let started_at = clock.now();
        let mut seen = Seen::new(Instant::now());
        let mut sent = Sent::default();
        let timeout = webhook.settings.timeout;
        let done = {
            let attempt = pin!(self.attempt(webhook, message, &mut sent, &mut seen));
            tokio::select! {
                biased;
                done = attempt => Some(done),
                () = clock.sleep_until(started_at + timeout.0) => None,
            }
        };
        // Before anything is taken from the answer: a reason, an excerpt.
        if seen.head.is_some()
            && let Ok(prepared) = self.prepared(webhook)
        {
            seen.hide(&prepared.credentials);
        }
        let result = match (done, &seen.head) {
            (Some(Ok(())), Some((status, headers))) => {
                let answer = answered(*status, headers, &webhook.settings.url, clock.now());
                match webhook.settings.preset() {
                    None => answer,
                    Some(platform) => judged(platform, *status, answer, &webhook.settings.url, &seen.body),
                }
            }
            (Some(Err(problem)), _) => Err(problem.failure()),
            (Some(Ok(())) | None, _) => Err(timed_out(&seen, timeout)),
        };
        seen.timings.total_us = micros(seen.began.elapsed());
        Outcome { started_at, sent, answer: seen.answer(), remote: seen.remote, timings: seen.timings, result }
    }

    /// Only resolves the name, connects and does the TLS handshake, within the webhook's timeout. Success has no answer.
    pub async fn connect(&self, webhook: &Arc<Webhook>) -> Outcome {
        let connector = &self.0.connector;
        let started_at = connector.clock.now();
        let mut seen = Seen::new(Instant::now());
        let timeout = webhook.settings.timeout;
        let done = {
            let opened = pin!(async {
                let plan = Plan::new(&webhook.settings, &connector.egress)?;
                connector.open(&plan.origin, &mut seen).await.map(drop)
            });
            tokio::select! {
                biased;
                done = opened => Some(done),
                () = connector.clock.sleep_until(started_at + timeout.0) => None,
            }
        };
        let result = match done {
            Some(done) => done.map_err(Problem::failure),
            None => Err(timed_out(&seen, timeout)),
        };
        seen.timings.total_us = micros(seen.began.elapsed());
        let sent = Sent { url: webhook.settings.redacted(&webhook.settings.url), ..Sent::default() };
        Outcome { started_at, sent, answer: None, remote: seen.remote, timings: seen.timings, result }
    }

    async fn attempt(
        &self,
        webhook: &Arc<Webhook>,
        message: Message,
        sent: &mut Sent,
        seen: &mut Seen,
    ) -> Result<(), Problem> {
        let Shared { connector, pool, .. } = &*self.0;
        sent.url = webhook.settings.redacted(&webhook.settings.url);
        let prepared = self.prepared(webhook)?;
        let Prepared { plan, peer, .. } = &*prepared;
        let (draft, shown) = plan.draft(webhook, message, connector.clock.now())?;
        *sent = shown;
        exchange(connector, pool, peer, plan, draft, seen).await
    }

    /// The webhook's plan, made anew when its settings have changed.
    fn prepared(&self, webhook: &Arc<Webhook>) -> Result<Arc<Prepared>, Problem> {
        let Shared { connector, pool, plans } = &*self.0;
        let current = |prepared: &&Arc<Prepared>| {
            Arc::ptr_eq(&prepared.webhook, webhook) || prepared.webhook.settings == webhook.settings
        };
        let locked = || plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = locked().get(&webhook.key).filter(current) {
            return Ok(prepared.clone());
        }
        let plan = Plan::new(&webhook.settings, &connector.egress)?;
        let peer = pool.peer(plan.origin.clone());
        let credentials = webhook.settings.credentials();
        let prepared = Arc::new(Prepared { webhook: webhook.clone(), plan, peer, credentials });
        let mut plans = locked();
        if plans.len() >= KEPT_PLANS {
            // Plans are made in microseconds: which of them go matters less than how fast.
            plans.clear();
        }
        plans.insert(webhook.key, prepared.clone());
        Ok(prepared)
    }
}
