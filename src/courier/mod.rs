//! The lanes' courier: renders a batch, then delivers it over HTTP.
//!
//! In go a webhook and deliveries that may go, out comes what became of each of them. Rendering is quick and happens in
//! place; a webhook's script may run for long, or for ever, so it runs in a process of its own ([`scripts`]): that of one event
//! before rendering, that of a whole batch after its events were gathered.

mod metrics;
mod outbound;
mod script_queue;
mod scripts;
mod trouble;

use std::{
    path::PathBuf,
    sync::Arc,
    task::{Poll, ready},
};

use async_trait::async_trait;

use self::{metrics::CourierMetrics, scripts::Scripts, trouble::Trouble};
use crate::{
    budget::{Budget, Exhausted, Room},
    clock::Clock,
    deliver::{Outbound, Sender},
    lane::{BatchOutcome, Courier, no_room},
    metrics::Metrics,
    model::{DeliveryId, DueBatch, Failure, FieldError, LocalFailure, LocalKind, Outcome, TenantKey},
    render::{self, Progress, Rendered, Renderer, Scripted, Step},
    webhook::{Batch, Payload, Summary, Webhook, WebhookSettings},
    work::{Slice, TooMuchWork, Work},
};

pub use self::{outbound::NotSent, scripts::WORKER_COMMAND};

/// Requests that are no deliveries, at one time.
const PLACES: usize = 32;
/// Room beyond a message that is not worth giving back before it is sent.
const KEPT_ROOM: usize = 16 << 10;

/// Renders and delivers. Cheap to clone.
#[derive(Clone)]
pub struct HttpCourier {
    /// Makes messages.
    pub renderer: Renderer,
    /// Sends them.
    pub sender: Sender,
    outbound: Outbound,
    /// Bytes of messages on their way, and of the events that they are made of.
    messages: Budget<TenantKey>,
    clock: Clock,
    work: Work,
    scripts: Arc<Scripts>,
    metrics: CourierMetrics,
    trouble: Arc<Trouble>,
}

/// Why something was not worked out that somebody asked for; that is nobody's fault, and may be different soon.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// Much work of the tenant is waiting.
    #[error(transparent)]
    TooMuchWork(#[from] TooMuchWork),
    /// This machine was short of something.
    #[error(transparent)]
    Local(#[from] LocalFailure),
}

impl HttpCourier {
    /// Out of these. `work`: does what takes long; `program`: a lanehook, to run scripts in; `messages`: bytes of messages on
    /// their way.
    pub fn new(
        renderer: Renderer,
        sender: Sender,
        clock: Clock,
        work: Work,
        program: PathBuf,
        messages: Budget<TenantKey>,
    ) -> HttpCourier {
        let scripts = Arc::new(Scripts::new(program));
        let (metrics, trouble) = (CourierMetrics::new(), Arc::default());
        let outbound = Outbound::new(PLACES);
        HttpCourier { renderer, sender, outbound, messages, clock, work, scripts, metrics, trouble }
    }

    /// Adds to `metrics` what is counted of requests.
    pub fn register(&self, metrics: &Metrics) {
        self.metrics.register(metrics, &self.sender);
    }

    /// What this machine was short of in the last half minute, so that requests have to wait.
    pub fn trouble(&self) -> Option<LocalFailure> {
        self.trouble.lately(self.clock.now())
    }

    /// Starts a process for scripts before one is needed, and says in the log how it is confined.
    pub async fn start_script_worker(&self) {
        self.scripts.start_one().await;
    }

    /// Which barriers around scripts' processes this system lacks; none before one was started.
    pub fn unconfined_scripts(&self) -> Option<Vec<&'static str>> {
        self.scripts.unconfined()
    }

    /// Whether payloads can be made as these settings say. If not: the first setting that cannot be obeyed, and how to mend
    /// it.
    ///
    /// # Errors
    /// It could not be found out.
    pub async fn check(
        &self,
        tenant: TenantKey,
        settings: &WebhookSettings,
    ) -> Result<Result<(), FieldError>, NotDone> {
        let (is_dev, checked) = (self.sender.is_dev(), settings.clone());
        let checking = move || render::check(&checked, is_dev);
        if let Err(error) = self.work.ask_once(tenant, Slice::UNKNOWN, checking).await? {
            return Ok(Err(error));
        }
        let summary = settings.batch.as_ref().and_then(Batch::summary);
        let (code, place) = match (&settings.payload, summary) {
            (Some(Payload::JavaScript { code }), _) => (code.as_str(), "/payload/code"),
            (_, Some(Summary::Script(code))) => (code, "/batch/script"),
            _ => return Ok(Ok(())),
        };
        let checked = self.noted(self.scripts.check(tenant, code).await)?;
        Ok(checked.map_err(|error| FieldError::at(place, error.to_string())))
    }

    /// The next message out of these deliveries, with the room that it takes up. `room` is what its events take up.
    ///
    /// # Errors
    /// No process could be had for the webhook's script, or there is no room for what is made.
    pub async fn render(
        &self,
        webhook: &Arc<Webhook>,
        mut batch: DueBatch,
        mut room: Room,
    ) -> Result<(Rendered, Room), LocalFailure> {
        let scripted = self.scripted(webhook, &mut batch, &mut room).await?;
        let rendering = self.rendering(webhook, batch, scripted, room);
        let (step, room) = self.noted(self.work.run(webhook.tenant, rendering).await.map_err(no_room))?;
        self.completed(webhook, step, room).await
    }

    /// The same for a request.
    ///
    /// # Errors
    /// The same, or much work of the tenant is waiting.
    pub async fn preview(&self, webhook: &Arc<Webhook>, mut batch: DueBatch) -> Result<(Rendered, Room), NotDone> {
        let mut room = self.room(webhook);
        let scripted = self.scripted(webhook, &mut batch, &mut room).await?;
        let rendering = self.rendering(webhook, batch, scripted, room);
        let (step, room) = self.noted(self.work.ask(webhook.tenant, rendering).await?.map_err(no_room))?;
        Ok(self.completed(webhook, step, room).await?)
    }

    async fn scripted(
        &self,
        webhook: &Arc<Webhook>,
        batch: &mut DueBatch,
        room: &mut Room,
    ) -> Result<Scripted, LocalFailure> {
        match &webhook.settings.payload {
            // Few webhooks have a script, and waiting for one holds much: the others' futures stay small.
            Some(Payload::JavaScript { code }) => {
                self.noted(Box::pin(self.scripts.run(&self.clock, &self.work, webhook, code, batch, room)).await)
            }
            _ => Ok(Scripted::new()),
        }
    }

    fn rendering(
        &self,
        webhook: &Arc<Webhook>,
        batch: DueBatch,
        scripted: Scripted,
        mut room: Room,
    ) -> impl FnMut(&mut Slice) -> Poll<Result<(Step, Room), Exhausted>> + Send + 'static {
        let (renderer, webhook, mut progress) = (self.renderer.clone(), webhook.clone(), Progress::default());
        move |slice| {
            let step = ready!(renderer.go_on(&webhook, &batch, &scripted, &mut progress, &mut room, slice));
            Poll::Ready(step.map(|step| (step, room.hand_over())))
        }
    }

    /// What was rendered, after the batch's script has written it if there is one.
    async fn completed(
        &self,
        webhook: &Arc<Webhook>,
        step: Step,
        room: Room,
    ) -> Result<(Rendered, Room), LocalFailure> {
        match step {
            Step::Done(rendered) => Ok((rendered, room)),
            Step::ForScript(gathered) => {
                self.noted(Box::pin(self.scripts.run_batch(&self.work, webhook, gathered, room)).await)
            }
        }
    }

    /// What came of something, after its failure was taken down if it is one of this machine.
    fn noted<T>(&self, done: Result<T, LocalFailure>) -> Result<T, LocalFailure> {
        if let Err(failure) = &done {
            self.metrics.local_failure(failure.kind);
            // Memory is a tenant's own affair: it has as much as it leaves.
            if failure.kind != LocalKind::MessageRoom {
                self.trouble.note(failure, self.clock.now());
            }
        }
        done
    }

    /// One outcome for each reason why deliveries were rejected: what has one reason is recorded together.
    fn of_rejected(&self, webhook: &Webhook, rejected: Vec<(DeliveryId, Failure)>) -> Vec<BatchOutcome> {
        let mut outcomes: Vec<BatchOutcome> = Vec::new();
        for (delivery, failure) in rejected {
            match outcomes.iter_mut().find(|known| known.outcome.result.as_ref().err() == Some(&failure)) {
                Some(known) => known.deliveries.push(delivery),
                None => {
                    let outcome = Outcome::unsent(webhook, self.clock.now(), failure.kind, failure.message);
                    outcomes.push(BatchOutcome { attempt: None, deliveries: vec![delivery], outcome });
                }
            }
        }
        outcomes
    }
}

#[async_trait]
impl Courier for HttpCourier {
    async fn deliver(
        &self,
        webhook: &Arc<Webhook>,
        batch: DueBatch,
        room: Room,
    ) -> Result<Vec<BatchOutcome>, LocalFailure> {
        let attempt = batch.attempt;
        let (Rendered { message, rejected }, mut room) = self.render(webhook, batch, room).await?;
        let mut outcomes = self.of_rejected(webhook, rejected);
        if let Some((message, deliveries)) = message {
            // The events are gone, and so are the payloads of which it is put together.
            let bytes = message.body.len() + message.shown.as_ref().map_or(0, |shown| shown.len());
            if room.amount() > 2 * bytes + KEPT_ROOM {
                room.shrink_to(bytes + KEPT_ROOM);
            }
            // If it fails here, all of the batch goes once more: what was rejected is rejected again.
            let outcome = self.noted(self.sender.send(webhook, message).await)?;
            outcomes.push(BatchOutcome { attempt, deliveries, outcome });
        }
        outcomes.iter().for_each(|one| self.metrics.ended(&one.outcome));
        Ok(outcomes)
    }

    fn room(&self, webhook: &Webhook) -> Room {
        self.messages.nothing(webhook.tenant)
    }

    fn has_room(&self, webhook: &Webhook, gathered_bytes: usize) -> bool {
        Renderer::has_room(webhook, gathered_bytes)
    }
}
