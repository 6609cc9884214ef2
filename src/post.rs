//! The stages behind the lanes' door, put together: render, then deliver.
//!
//! In go a webhook and events that may go, out comes what became of each of them. Rendering is quick and happens in place.
//! Scripts may run for long, or for ever, so they run before, in processes of their own ([`Workers`]) that yield to this
//! one, when it is their webhook's turn ([`Turns`]): a script that never ends costs its own webhook's deliveries only.

mod turns;

use std::{path::PathBuf, sync::Arc, thread, time::Duration};

use async_trait::async_trait;
use futures_util::FutureExt as _;
use tokio::process::Command;

use crate::{
    clock::Clock,
    deliver::Sender,
    lane::{BatchOutcome, Courier},
    model::{
        Cohesion, DeliveryId, DueBatch, DueDelivery, Failure, FieldError, Outcome, Payload, TenantKey, Webhook,
        WebhookSettings,
    },
    render::{
        Rendered, Renderer, Scripted,
        script::{Script, ScriptError, ScriptLimits, worker::Workers},
    },
};
use turns::Turns;

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
    turns: Turns,
    workers: Workers,
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
        Post { renderer, sender, clock, scripts: Arc::new(Scripts { turns: Turns::new(count), workers }) }
    }

    /// Whether payloads can be made as these settings say.
    ///
    /// # Errors
    /// The first setting that cannot be obeyed, and how to mend it.
    pub async fn check(&self, tenant: TenantKey, settings: &WebhookSettings) -> Result<(), FieldError> {
        self.renderer.check(settings, self.sender.is_dev())?;
        if let Some(Payload::JavaScript { code }) = &settings.payload {
            let compiled = self.scripts.turns.check(tenant, self.scripts.workers.compile(code)).await;
            compiled.map_err(|error| FieldError::at("/payload/code", error.to_string()))?;
        }
        Ok(())
    }

    /// The next message out of these deliveries.
    pub async fn render(&self, webhook: &Webhook, mut batch: DueBatch) -> Rendered {
        let scripted = match &webhook.settings.payload {
            Some(Payload::JavaScript { code }) => self.run_scripts(webhook, code, &mut batch).await,
            _ => Scripted::new(),
        };
        self.renderer.render(webhook, &batch, &scripted)
    }

    /// Runs the script on each event. When that takes long, the later ones are taken out: they go in the next message.
    async fn run_scripts(&self, webhook: &Webhook, code: &str, batch: &mut DueBatch) -> Scripted {
        let (script, whose) = (Script::stored(code), (webhook.tenant, webhook.key));
        let run = async {
            let mut scripted = Scripted::new();
            let (began, limits) = (self.clock.now(), ScriptLimits::default());
            for place in 0..batch.deliveries.len() {
                let may_be_parted = place > 0 && batch.cohesion != Cohesion::Whole;
                if may_be_parted && self.clock.now().since(began) > LONGEST_SCRIPTS {
                    batch.deliveries.truncate(place);
                    break;
                }
                let DueDelivery { id, event } = &batch.deliveries[place];
                let made = match Renderer::script_input(webhook, event) {
                    Ok(input) => {
                        let run = self.scripts.workers.run(&script, &input, &limits);
                        self.scripts.turns.run(whose, run.map(|run| (run.made, run.used))).await
                    }
                    Err(failure) => Err(ScriptError { line: None, message: failure.message }),
                };
                scripted.insert(*id, made);
            }
            scripted
        };
        self.scripts.turns.of_webhook(whose, run).await
    }

    /// What is set apart together has one reason: it is recorded together.
    fn apart(&self, webhook: &Webhook, apart: Vec<(DeliveryId, Failure)>) -> Vec<BatchOutcome> {
        let mut parts: Vec<BatchOutcome> = Vec::new();
        for (delivery, failure) in apart {
            match parts.iter_mut().find(|part| part.outcome.result.as_ref().err() == Some(&failure)) {
                Some(part) => part.deliveries.push(delivery),
                None => {
                    let outcome = Outcome::unsent(webhook, self.clock.now(), failure.kind, failure.message);
                    parts.push(BatchOutcome { deliveries: vec![delivery], outcome });
                }
            }
        }
        parts
    }
}

#[async_trait]
impl Courier for Post {
    async fn deliver(&self, webhook: &Arc<Webhook>, batch: DueBatch) -> Vec<BatchOutcome> {
        let Rendered { message, apart } = self.render(webhook, batch).await;
        let mut parts = self.apart(webhook, apart);
        if let Some((message, deliveries)) = message {
            let outcome = self.sender.send(webhook, message).await;
            parts.push(BatchOutcome { deliveries, outcome });
        }
        parts
    }

    fn has_room(&self, webhook: &Webhook, gathered: &[DueDelivery]) -> bool {
        Renderer::has_room(webhook, gathered)
    }
}
