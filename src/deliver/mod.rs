//! One attempt: a webhook and a message with the exact body enter; an [`Outcome`] leaves, whatever happens. Nothing here
//! survives a crash, and nothing needs to: an attempt that was under way is made again.
//!
//! The way of a request:
//! 1. [`template`]: what all requests of a webhook have in common, [`kept`] for the next, and from it this one, signed now
//!    over this body
//! 2. [`route`]: over the network, or to an inspector in this process ([`inspected`])
//! 3. [`lanehook_egress`]: guards the address, sends, reads a bounded answer, tells what it saw
//! 4. [`observed`]: what of that is shown
//! 5. [`classify`]: what it came to, in a kind and a sentence; how long the receiver asks to [`wait`], what it says of the [`cure`], and
//!    the [`permission`] that a URL lacks
//!
//! Deliveries wait for their turn in the lanes. What else is sent has the places of [`outbound`].

mod classify;
mod cure;
mod inspected;
mod kept;
mod observed;
mod outbound;
mod permission;
mod route;
mod template;
mod wait;

#[cfg(test)]
mod tests;

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lanehook_egress::{Answer, BuildError, Client, Config, Error, Exchange, Limits, Request, Stats};

pub use self::outbound::{NoPlace, Outbound};
use self::{
    classify::{SendError, answered, in_all, judged, local, remarked, unanswered},
    kept::{KeptTemplate, Templates},
    route::Route,
    template::{RequestTemplate, Signed, SignedRequest},
};
use crate::{
    clock::Clock,
    inspect::{Checked, Inspectors},
    model::{
        Failure, HeaderLines, InspectorId, LocalFailure, Message, Outcome, Sent, TenantKey, Timestamp, Timings,
        WebhookId,
    },
    webhook::{Secrets, Webhook, WebhookSettings},
    work::{Cost, Slice, Work},
};

/// Bytes of an answer's body that are kept and shown.
const KEPT_BODY: usize = 16 * 1024;

/// Sends. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Sender(Arc<Inner>);

struct Inner {
    client: Client<Clock>,
    clock: Clock,
    work: Work,
    inspectors: Inspectors,
    templates: Mutex<Templates>,
}

/// In whose name a request is made.
#[derive(Clone, Copy)]
struct Behalf<'a> {
    tenant: TenantKey,
    /// None for one that is not saved yet.
    webhook: Option<&'a WebhookId>,
    settings: &'a WebhookSettings,
    secrets: &'a Secrets,
}

impl lanehook_egress::Clock for Clock {
    fn now(&self) -> Duration {
        Clock::now(self).since(Timestamp::default())
    }

    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        Clock::sleep(self, span)
    }
}

impl Sender {
    /// A sender without connections. `work`: signs long bodies and searches long answers; `inspectors`: who gets what does not leave
    /// the server.
    ///
    /// # Errors
    /// If the extra certificates cannot be used, or TLS not be set up.
    pub fn new(config: Config, clock: Clock, work: Work, inspectors: Inspectors) -> Result<Sender, BuildError> {
        let client = Client::with_clock(config, clock.clone())?;
        Ok(Sender(Arc::new(Inner { client, clock, work, inspectors, templates: Mutex::default() })))
    }

    /// Whether requests of a tenant can be made from these settings; ask before they are saved.
    ///
    /// # Errors
    /// A sentence that says what is wrong and what to do.
    pub fn check(&self, tenant: TenantKey, settings: &WebhookSettings) -> Result<(), String> {
        let client = &self.0.client;
        if !settings.verify_tls && !client.policy().unverified_tls {
            return Err("certificates are always checked here: `verify_tls` cannot be false; give the receiver a \
                        certificate that is publicly trusted"
                .into());
        }
        let made = RequestTemplate::new(tenant, settings, &Secrets::default(), client);
        let made = made.and_then(|template| match template.target {
            Route::Inspector(id) => inspected::connect(&self.0.inspectors, tenant, id).map(drop),
            Route::Network(_) => Ok(()),
        });
        made.map_err(|error| error.failure().message)
    }

    /// The headers that a message would go with, but for those that sign it, as they may be shown.
    ///
    /// # Errors
    /// There can be no such request.
    pub fn shown_headers(&self, webhook: &Webhook, message: Message) -> Result<HeaderLines, Failure> {
        let Webhook { tenant, settings, secrets, .. } = webhook;
        let made = RequestTemplate::new(*tenant, settings, secrets, &self.0.client);
        let made = made.and_then(|template| template.request(settings, message, Vec::new()));
        made.map(|(_, sent)| sent.headers).map_err(|error| error.failure())
    }

    /// What there is of look-ups and connections.
    pub fn stats(&self) -> Stats {
        self.0.client.stats()
    }

    /// Whether the operator has opened what development needs.
    pub fn is_dev(&self) -> bool {
        let policy = self.0.client.policy();
        policy.http && policy.loopback
    }

    /// One attempt, to its end: the message goes to the webhook, and what happened comes back, be it success, failure or
    /// nothing until the webhook's timeout. Dropping the future ends the request.
    ///
    /// # Errors
    /// It could not be made for want of something on this machine; the receiver has no part in that.
    pub async fn send(&self, webhook: &Arc<Webhook>, message: Message) -> Result<Outcome, LocalFailure> {
        let Webhook { tenant, id, settings, secrets, .. } = &**webhook;
        match self.prepared(webhook) {
            Ok(prepared) => {
                let behalf = Behalf { tenant: *tenant, webhook: Some(id), settings, secrets };
                self.attempt(behalf, &prepared.template, message).await
            }
            Err(error) => Ok(self.unsent(settings, error)),
        }
    }

    /// The same for settings that no webhook has yet. Nothing is kept of them but a connection of HTTP/1.
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub async fn send_unsaved(
        &self,
        tenant: TenantKey,
        settings: &WebhookSettings,
        secrets: &Secrets,
        message: Message,
    ) -> Result<Outcome, LocalFailure> {
        match RequestTemplate::new(tenant, settings, secrets, &self.0.client) {
            Ok(template) => {
                let behalf = Behalf { tenant, webhook: None, settings, secrets };
                self.attempt(behalf, &Arc::new(template), message).await
            }
            Err(error) => Ok(self.unsent(settings, error)),
        }
    }

    /// Only resolves the name, connects and does the TLS handshake, within the timeout. Success has no answer.
    ///
    /// # Errors
    /// As [`Sender::send`].
    pub async fn connect(&self, tenant: TenantKey, settings: &WebhookSettings) -> Result<Outcome, LocalFailure> {
        let started_at = self.0.clock.now();
        let template = match RequestTemplate::new(tenant, settings, &Secrets::default(), &self.0.client) {
            Ok(template) => Arc::new(template),
            Err(error) => return Ok(self.unsent(settings, error)),
        };
        let exchange = match &template.target {
            Route::Network(target) => self.0.client.connect(target, &limits(settings)).await,
            Route::Inspector(id) => match inspected::connect(&self.0.inspectors, tenant, *id) {
                Ok(exchange) => exchange,
                Err(error) => return Ok(self.unsent(settings, error)),
            },
        };
        self.outcome(started_at, only_url(settings), tenant, &template, settings, exchange).await
    }

    async fn attempt(
        &self,
        behalf: Behalf<'_>,
        template: &Arc<RequestTemplate>,
        message: Message,
    ) -> Result<Outcome, LocalFailure> {
        let Behalf { tenant, settings, secrets, .. } = behalf;
        let cost_of_check = template.cost_of_signing(secrets, &message);
        let Signed { message, at: started_at, headers } = self.signed(tenant, template, secrets, message).await;
        let made = headers.and_then(|headers| template.request(settings, message, headers));
        let (SignedRequest { target, request }, sent) = match made {
            Ok(made) => made,
            Err(error) => return Ok(self.unsent(settings, error)),
        };
        let target = target.as_ref().unwrap_or(&template.target);
        let exchange = match target {
            Route::Network(target) => self.0.client.send(target, request, &limits(settings)).await,
            // Few requests go there, and the others' futures stay small.
            Route::Inspector(id) => match Box::pin(self.inspected(behalf, *id, request, &sent, cost_of_check)).await {
                Ok(exchange) => exchange,
                Err(error) => return Ok(self.unsent(settings, error)),
            },
        };
        self.outcome(started_at, sent, tenant, template, settings, exchange).await
    }

    /// Hands a request over to an inspector, with the word whether it is signed as it should be: for a long one that is found out where
    /// nobody else waits for it.
    async fn inspected(
        &self,
        behalf: Behalf<'_>,
        id: InspectorId,
        request: Request,
        sent: &Sent,
        cost_of_check: Cost,
    ) -> Result<Exchange, SendError> {
        let Behalf { tenant, webhook, settings, secrets } = behalf;
        let now = self.0.clock.now();
        let signature: Checked = if Slice::in_place().affords(cost_of_check) {
            inspected::checked(settings, secrets, &request, now)
        } else {
            let (settings, secrets, request) = (settings.clone(), secrets.clone(), request.clone());
            let checking = move || inspected::checked(&settings, &secrets, &request, now);
            self.0.work.run_once(tenant, cost_of_check, checking).await
        };
        let arrival = inspected::arrival(id, webhook, signature, sent, &request);
        inspected::send(&self.0.inspectors, &self.0.clock, tenant, id, arrival, settings.timeout).await
    }

    /// Signs a message: a long one where nobody else waits for it.
    async fn signed(
        &self,
        tenant: TenantKey,
        template: &Arc<RequestTemplate>,
        secrets: &Secrets,
        message: Message,
    ) -> Signed {
        let cost = template.cost_of_signing(secrets, &message);
        if Slice::in_place().affords(cost) {
            return template.signed(secrets, message, self.0.clock.now());
        }
        let (template, secrets, clock) = (template.clone(), secrets.clone(), self.0.clock.clone());
        let signing = move || template.signed(&secrets, message, clock.now());
        Box::pin(self.0.work.run_once(tenant, cost, signing)).await
    }

    /// Hides credentials in an answer, and says whether there were any: in a long one where nobody else waits for it.
    async fn hidden(&self, tenant: TenantKey, template: &Arc<RequestTemplate>, mut answer: Answer) -> (Answer, bool) {
        let cost = observed::cost_of_hiding(&answer, &template.credentials);
        if Slice::in_place().affords(cost) {
            let found = observed::hide(&mut answer, &template.credentials);
            return (answer, found);
        }
        let template = template.clone();
        let hiding = move || {
            let found = observed::hide(&mut answer, &template.credentials);
            (answer, found)
        };
        Box::pin(self.0.work.run_once(tenant, cost, hiding)).await
    }

    /// What an exchange came to.
    async fn outcome(
        &self,
        started_at: Timestamp,
        mut sent: Sent,
        tenant: TenantKey,
        template: &Arc<RequestTemplate>,
        settings: &WebhookSettings,
        exchange: Exchange,
    ) -> Result<Outcome, LocalFailure> {
        let Exchange { remote, http2, requests, repeated, timings, answer, error, .. } = exchange;
        if let Some(Error::Local(error)) = &error {
            return Err(local(error));
        }
        if let Some(inside) = error.as_ref().and_then(Error::inside) {
            match &error {
                Some(Error::Blocked(_)) => tracing::info!(reason = %inside, "a request was not permitted"),
                _ => tracing::debug!(reason = %inside, "a request did not reach its receiver"),
            }
        }
        let incomplete = error.map(|error| unanswered(&error, answer.as_ref(), settings.timeout));
        let (answer, result) = match answer {
            None => (None, incomplete.clone().map_or(Ok(()), Err)),
            Some(answer) => {
                let (mut answer, result) = self.taken(tenant, template, settings, answer).await;
                answer.truncated |= incomplete.is_some();
                let result = in_all(answer.status, result, incomplete.as_ref());
                (Some(answer), result)
            }
        };
        let (result, remark) = remarked(result, incomplete, repeated);
        if http2 {
            sent.headers = sent.headers.in_lower_case();
        }
        Ok(Outcome {
            started_at,
            answer: answer.map(|answer| observed::answer(answer, &sent)),
            sent,
            is_connected: remote.is_some() || matches!(template.target, Route::Inspector(_)),
            requests,
            remote: remote.filter(|remote| observed::is_shown(*remote, &settings.url)),
            timings: observed::timings(timings),
            result,
            remark,
        })
    }

    /// What an answer says, as far as it came, and with that, the answer without credentials. What it comes to is decided by what the
    /// receiver has said: a word that it has in common with a credential is no reason to misread it. The sentence about it
    /// is made of what is shown, since a reason or an excerpt can begin or end within a credential.
    async fn taken(
        &self,
        tenant: TenantKey,
        template: &Arc<RequestTemplate>,
        settings: &WebhookSettings,
        answer: Answer,
    ) -> (Answer, Result<(), Failure>) {
        let now = self.0.clock.now();
        let judge = |answer: &Answer| {
            let of_http = answered(answer.status, &answer.headers, &settings.url, now);
            match settings.preset() {
                None => of_http,
                Some(platform) => judged(platform, answer.status, of_http, &settings.url, &answer.body),
            }
        };
        let result = judge(&answer);
        let (answer, found) = self.hidden(tenant, template, answer).await;
        if !found {
            return (answer, result);
        }
        let result = result.map_err(|failure| {
            let message = match judge(&answer) {
                Err(shown) => shown.message,
                Ok(()) => format!("the receiver answered {}, and did not take it", answer.status.as_u16()),
            };
            Failure { message, ..failure }
        });
        (answer, result)
    }

    /// Of an attempt for which no request could be made.
    fn unsent(&self, settings: &WebhookSettings, error: SendError) -> Outcome {
        Outcome {
            started_at: self.0.clock.now(),
            sent: only_url(settings),
            answer: None,
            remote: None,
            is_connected: false,
            requests: 0,
            timings: Timings::default(),
            result: Err(error.failure()),
            remark: None,
        }
    }

    /// The webhook's template, made anew when its settings have changed.
    fn prepared(&self, webhook: &Arc<Webhook>) -> Result<Arc<KeptTemplate>, SendError> {
        let Inner { client, templates, .. } = &*self.0;
        let locked = || templates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = locked().of(webhook) {
            return Ok(prepared);
        }
        let template = RequestTemplate::new(webhook.tenant, &webhook.settings, &webhook.secrets, client)?;
        let prepared = Arc::new(KeptTemplate::new(webhook.clone(), Arc::new(template)));
        locked().keep(prepared.clone());
        Ok(prepared)
    }
}

fn limits(settings: &WebhookSettings) -> Limits {
    Limits { timeout: settings.timeout.0, body: KEPT_BODY, ..Limits::default() }
}

fn only_url(settings: &WebhookSettings) -> Sent {
    Sent { url: settings.redacted(&settings.url), ..Sent::default() }
}
