//! Webhooks' scripts, run on the events of a batch before it is rendered.
//!
//! They run in processes of their own ([`Workers`]) that yield to this one, when it is their webhook's turn
//! ([`ScriptQueue`]): a script that never ends costs its own webhook's deliveries only.

use std::{path::PathBuf, sync::Arc, thread, time::Duration};

use futures_util::FutureExt as _;
use lanehook_script::{Barrier, Input, Owner, RunLimits, Script, ScriptError, Transformed, Workers};
use tokio::process::Command;

use super::script_queue::ScriptQueue;
use crate::{
    clock::Clock,
    model::{Cohesion, DueBatch, DueDelivery, LocalFailure, LocalKind, TenantKey},
    render::{Renderer, Scripted},
    webhook::Webhook,
    work::{Cost, Work},
};

/// The only argument of a worker, which calls [`lanehook_script::serve`] before anything else.
pub const WORKER_COMMAND: &str = "script-worker";
/// Reading a byte of an event's data and writing it for a script.
const OF_INPUT_BYTE: Cost = 20;
/// A batch takes no more events once scripts have run for so long; the others go in the next.
const LONGEST_SCRIPTS: Duration = Duration::from_millis(250);

/// Runs and checks webhooks' scripts.
pub(super) struct Scripts {
    queue: ScriptQueue,
    workers: Workers,
}

impl Scripts {
    /// In processes of this program, which is a lanehook.
    pub fn new(program: PathBuf) -> Scripts {
        // More than processors: one that takes its time leaves others to the ones that do not.
        let count = 4 * thread::available_parallelism().map_or(2, |count| count.get());
        let workers = Workers::new(count, move || {
            let mut command = Command::new(&program);
            command.arg(WORKER_COMMAND);
            command
        });
        Scripts { queue: ScriptQueue::new(count), workers }
    }

    /// Starts a worker before it is needed, and says in the log what keeps scripts in their processes.
    pub async fn start_one(&self) {
        let missing: Vec<&str> = match self.workers.start_one().await {
            Ok(confinement) => confinement.missing().map(Barrier::name).collect(),
            Err(error) => return tracing::error!(%error, "webhooks' scripts cannot run"),
        };
        match missing.is_empty() {
            true => tracing::info!("webhooks' scripts run in processes that can do nothing but compute"),
            false => tracing::warn!(
                missing = missing.join("; "),
                "webhooks' scripts run in processes that this system does not confine in every way"
            ),
        }
    }

    /// What workers are not confined by; none before the first was started.
    pub fn unconfined(&self) -> Option<Vec<&'static str>> {
        Some(self.workers.confinement()?.missing().map(Barrier::name).collect())
    }

    /// Whether a script of this tenant can be run.
    pub async fn check(&self, tenant: TenantKey, code: &str) -> Result<Result<(), ScriptError>, LocalFailure> {
        unless_local(self.queue.check(tenant, self.workers.compile(of(tenant), code)).await.map(drop))
    }

    /// What the webhook's script makes of each event. When that takes long or fills the request, and the batch may be parted,
    /// the later ones are taken out of it: they go in the next.
    pub async fn run(
        &self,
        clock: &Clock,
        work: &Work,
        webhook: &Arc<Webhook>,
        code: &str,
        batch: &mut DueBatch,
    ) -> Result<Scripted, LocalFailure> {
        let (script, owner) = (Script::unchecked(code), (webhook.tenant, webhook.key));
        let all = async {
            let (mut scripted, began, limits) = (Scripted::new(), clock.now(), RunLimits::default());
            let most = webhook.settings.batch.as_ref().map_or(usize::MAX, |batch| batch.max_bytes as usize);
            let mut bytes = 0;
            for place in 0..batch.deliveries.len() {
                let may_be_parted = place > 0 && batch.cohesion != Cohesion::Whole;
                if may_be_parted && (bytes >= most || clock.now().since(began) > LONGEST_SCRIPTS) {
                    batch.deliveries.truncate(place);
                    break;
                }
                let DueDelivery { id, event } = &batch.deliveries[place];
                let (asking, about, cost) = (webhook.clone(), event.clone(), OF_INPUT_BYTE * event.data.len() as Cost);
                let input = move || Renderer::script_input(&asking, &about);
                let made = match work.run_once(webhook.tenant, cost, input).await {
                    Ok(json) => {
                        // What is now for a script follows from the event, so that each attempt makes the same of it.
                        let input = Input { json: &json, now: event.timestamp.millis() };
                        let run = self.workers.run(of(webhook.tenant), &script, input, &limits);
                        self.queue.run(owner, run.map(|run| (run.made, run.used))).await
                    }
                    Err(failure) => Err(ScriptError { line: None, message: failure.message, no_worker: false }),
                };
                if let Ok(Transformed::Json(payload)) = &made {
                    bytes += payload.len();
                }
                scripted.insert(*id, unless_local(made)?);
            }
            Ok(scripted)
        };
        self.queue.of_webhook(owner, all).await
    }
}

/// No two tenants share a process.
fn of(tenant: TenantKey) -> Owner {
    Owner(tenant.0)
}

/// What came of a script, unless none could be run.
fn unless_local<T>(made: Result<T, ScriptError>) -> Result<Result<T, ScriptError>, LocalFailure> {
    match made {
        Err(error) if error.no_worker => Err(LocalFailure { kind: LocalKind::ScriptWorker, detail: error.message }),
        made => Ok(made),
    }
}
