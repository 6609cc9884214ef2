//! The stages behind the lanes' door, put together: render, then deliver.
//!
//! In go a webhook and events that may go, out comes what became of each of them. Rendering is quick and happens in place,
//! but for scripts, which may run for long: those have threads of their own, few, and each webhook at most one, so that a
//! script that never ends costs its own webhook's deliveries only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};

use crate::{
    clock::Clock,
    deliver::Sender,
    lane::{Courier, Item, Part},
    model::{DeliveryId, Failure, FailureKind, Outcome, Webhook, WebhookKey},
    render::{Owed, Rendered, Renderer},
};

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
    turns: Mutex<HashMap<WebhookKey, Arc<AsyncMutex<()>>>>,
    /// All together.
    threads: Semaphore,
}

impl Post {
    /// Out of these.
    pub fn new(renderer: Renderer, sender: Sender, clock: Clock) -> Post {
        // More than processors: one that takes its time leaves others to the ones that do not.
        let threads = 4 * thread::available_parallelism().map_or(2, |count| count.get());
        let scripts = Arc::new(Scripts { turns: Mutex::default(), threads: Semaphore::new(threads) });
        Post { renderer, sender, clock, scripts }
    }

    /// The next message out of these events; scripts run elsewhere.
    pub async fn render(&self, webhook: &Arc<Webhook>, events: Vec<Owed>, again: bool) -> Rendered {
        if !Renderer::is_slow(webhook) {
            return self.renderer.render(webhook, &events, again, &|| false);
        }
        let turn = self.scripts.turn(webhook.key);
        let rendered = {
            let _turn = turn.lock().await;
            // It is never closed.
            let _thread = self.scripts.threads.acquire().await;
            let (renderer, webhook, own) = (self.renderer.clone(), webhook.clone(), events.clone());
            tokio::task::spawn_blocking(move || {
                let began = Instant::now();
                renderer.render(&webhook, &own, again, &|| began.elapsed() > LONGEST_SCRIPTS)
            })
            .await
        };
        drop(turn);
        self.scripts.forget(webhook.key);
        rendered.unwrap_or_else(|error| {
            tracing::error!(%error, "a script ended its thread");
            let failure = Failure {
                kind: FailureKind::Render,
                message: "the script could not be run; the server's log says why".into(),
                retry_after: None,
            };
            Rendered { message: None, apart: events.iter().map(|(id, _)| (*id, failure.clone())).collect() }
        })
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

impl Scripts {
    fn turn(&self, webhook: WebhookKey) -> Arc<AsyncMutex<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.entry(webhook).or_default().clone()
    }

    /// Nobody waits for a turn any more.
    fn forget(&self, webhook: WebhookKey) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.get(&webhook).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(&webhook);
        }
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
