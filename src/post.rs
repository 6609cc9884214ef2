//! The stages behind the lanes' door, put together: render, then deliver.
//!
//! In go a webhook and events that may go, out comes what became of each of them. Rendering is quick and happens in place.
//! Scripts may run for long, or for ever, so they run before, in processes of their own ([`Workers`]) that yield to this one,
//! each webhook's one after another, and no tenant's in more than a few of them: a script that never ends costs its own
//! webhook's deliveries only.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use async_trait::async_trait;
use tokio::{process::Command, sync::Semaphore};

use crate::{
    clock::Clock,
    deliver::Sender,
    lane::{Courier, Item, Part},
    model::{DeliveryId, Failure, FieldError, Outcome, Payload, TenantKey, Webhook, WebhookKey, WebhookSettings},
    render::{
        Owed, Rendered, Renderer, Scripted,
        script::{Script, ScriptError, ScriptLimits, worker::Workers},
    },
};

/// The subcommand of a worker, which calls [`crate::render::script::worker::serve`].
pub const WORKER_COMMAND: &str = "script-worker";
/// A batch takes no more events once scripts have run for so long; the others go in the next.
const LONGEST_SCRIPTS: Duration = Duration::from_millis(250);

/// Renders and delivers. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    /// Makes messages.
    pub renderer: Renderer,
    /// Sends them.
    pub sender: Sender,
    clock: Clock,
    scripts: Arc<Scripts>,
}

/// Who runs scripts.
struct Scripts {
    /// Each webhook one at a time.
    webhooks: Turns<(TenantKey, WebhookKey)>,
    /// Each tenant a few, so that no tenant has all workers.
    tenants: Turns<TenantKey>,
    /// All together.
    workers: Workers,
}

/// Who waits for a turn.
struct Turns<K> {
    at_a_time: usize,
    waiting: Mutex<HashMap<K, Arc<Semaphore>>>,
}

impl Post {
    /// Out of these. `program`: a lanehook, to run scripts in.
    pub fn new(renderer: Renderer, sender: Sender, clock: Clock, program: PathBuf) -> Post {
        // More than processors: one that takes its time leaves others to the ones that do not.
        let count = 4 * thread::available_parallelism().map_or(2, |count| count.get());
        let workers = Workers::new(count, move || {
            let mut command = Command::new(&program);
            command.arg(WORKER_COMMAND);
            command
        });
        let (webhooks, tenants) = (Turns::new(1), Turns::new((count / 4).max(2)));
        Post { renderer, sender, clock, scripts: Arc::new(Scripts { webhooks, tenants, workers }) }
    }

    /// Whether payloads can be made as these settings say.
    ///
    /// # Errors
    /// The first setting that cannot be obeyed, and how to mend it.
    pub async fn check(&self, tenant: TenantKey, settings: &WebhookSettings) -> Result<(), FieldError> {
        self.renderer.check(settings, self.sender.is_dev())?;
        if let Some(Payload::JavaScript { code }) = &settings.payload {
            let compiled = self.scripts.tenants.take(tenant, self.scripts.workers.compile(code)).await;
            compiled.map_err(|error| FieldError::at("/payload/code", error.to_string()))?;
        }
        Ok(())
    }

    /// The next message out of these events.
    pub async fn render(&self, webhook: &Webhook, mut events: Vec<Owed>, again: bool) -> Rendered {
        let scripted = match &webhook.settings.payload {
            Some(Payload::JavaScript { code }) => self.run_scripts(webhook, code, &mut events, again).await,
            _ => Scripted::new(),
        };
        self.renderer.render(webhook, &events, again, &scripted)
    }

    /// Runs the script on each event. When that takes long, the later ones are taken out: they go in the next message.
    async fn run_scripts(&self, webhook: &Webhook, code: &str, events: &mut Vec<Owed>, again: bool) -> Scripted {
        let script = Script::stored(code);
        let run = async {
            let mut scripted = Scripted::new();
            let (began, limits) = (self.clock.now(), ScriptLimits::default());
            for place in 0..events.len() {
                // What was tried together is tried together again: before, it was within the time.
                if place > 0 && !again && self.clock.now().since(began) > LONGEST_SCRIPTS {
                    events.truncate(place);
                    break;
                }
                let (delivery, event) = &events[place];
                let made = match Renderer::script_input(webhook, event) {
                    Ok(input) => {
                        let run = self.scripts.workers.run(&script, &input, &limits);
                        self.scripts.tenants.take(webhook.tenant, run).await
                    }
                    Err(failure) => Err(ScriptError { line: None, message: failure.message }),
                };
                scripted.insert(*delivery, made);
            }
            scripted
        };
        self.scripts.webhooks.take((webhook.tenant, webhook.key), run).await
    }

    /// What is set apart together has one reason: it is recorded together.
    fn apart(&self, webhook: &Webhook, apart: Vec<(DeliveryId, Failure)>) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for (delivery, failure) in apart {
            match parts.iter_mut().find(|part| part.outcome.result.as_ref().err() == Some(&failure)) {
                Some(part) => part.deliveries.push(delivery),
                None => {
                    let outcome = Outcome::unsent(webhook, self.clock.now(), failure.kind, failure.message);
                    parts.push(Part { deliveries: vec![delivery], outcome });
                }
            }
        }
        parts
    }
}

impl<K: Copy + Eq + Hash> Turns<K> {
    fn new(at_a_time: usize) -> Turns<K> {
        Turns { at_a_time, waiting: Mutex::default() }
    }

    /// Does the work when it is the turn of whoever has this key.
    async fn take<T>(&self, key: K, work: impl Future<Output = T>) -> T {
        let locked = || self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = locked().entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.at_a_time))).clone();
        let done = {
            // It is never closed.
            let _turn = turns.acquire().await;
            work.await
        };
        drop(turns);
        // Nobody else waits.
        let mut waiting = locked();
        if waiting.get(&key).is_some_and(|turns| Arc::strong_count(turns) == 1) {
            waiting.remove(&key);
        }
        done
    }
}

#[async_trait]
impl Courier for Post {
    async fn deliver(&self, webhook: &Arc<Webhook>, items: Vec<Item>) -> Vec<Part> {
        let again = items.first().is_some_and(|item| item.again);
        let events: Vec<Owed> = items.into_iter().map(|item| (item.delivery, item.event)).collect();
        let Rendered { message, apart } = self.render(webhook, events, again).await;
        let mut parts = self.apart(webhook, apart);
        if let Some((message, deliveries)) = message {
            let outcome = self.sender.send(webhook, message).await;
            parts.push(Part { deliveries, outcome });
        }
        parts
    }
}
