//! Webhooks' scripts, run on each event of a batch before it is rendered, or on the whole batch once its events are gathered.
//!
//! They run in processes of their own ([`Workers`]) that yield to this one, when it is their webhook's turn
//! ([`ScriptQueue`]): a script that never ends costs its own webhook's deliveries only.

use std::{mem, path::PathBuf, sync::Arc, thread, time::Duration};

use futures_util::FutureExt as _;
use lanehook_script::{Barrier, Input, Owner, RunLimits, Script, ScriptError, Transformed, Workers};
use tokio::process::Command;

use super::script_queue::ScriptQueue;
use crate::{
    budget::Room,
    clock::Clock,
    lane::no_room,
    model::{Cohesion, DueBatch, Event, LocalFailure, LocalKind, TenantKey, Timestamp, WebhookKey},
    render::{Gathered, Made, NoRoom, Rendered, Renderer, Scripted},
    webhook::Webhook,
    work::{Cost, Work},
};

/// The only argument of a worker, which calls [`lanehook_script::serve`] before anything else.
pub const WORKER_COMMAND: &str = "script-worker";
/// Reading a byte of an event's data and writing it for a script.
const OF_INPUT_BYTE: Cost = 20;
/// Reading a byte of what the script of a batch has returned, and making it fit a platform.
const OF_OUTPUT_BYTE: Cost = 40;
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

    /// What the webhook's script makes of each event. When that takes long, or fills the request or the memory, and the batch may
    /// be parted, the later ones are taken out of it: they go in the next. `room` grows before anything is kept.
    pub async fn run(
        &self,
        clock: &Clock,
        work: &Work,
        webhook: &Arc<Webhook>,
        code: &str,
        batch: &mut DueBatch,
        room: &mut Room,
    ) -> Result<Scripted, LocalFailure> {
        let running = Running { scripts: self, work, webhook, script: Script::unchecked(code) };
        let all = async {
            let (mut scripted, mut made, began) = (Scripted::new(), Made::of(batch), clock.now());
            let most = webhook.settings.batch.as_ref().map_or(usize::MAX, |batch| batch.max_bytes as usize);
            for place in 0..batch.deliveries.len() {
                let may_be_parted = place > 0 && batch.cohesion != Cohesion::Whole;
                if may_be_parted && (made.bytes() >= most || clock.now().since(began) > LONGEST_SCRIPTS) {
                    batch.deliveries.truncate(place);
                    break;
                }
                let due = &batch.deliveries[place];
                match running.transformed(&due.event, &mut made, room).await? {
                    Ok(transformed) => scripted.insert(due.id, transformed),
                    Err(_) if may_be_parted => {
                        batch.deliveries.truncate(place);
                        break;
                    }
                    Err(NoRoom::Yet(exhausted)) => return Err(no_room(exhausted)),
                    // Of a batch that goes whole, none goes then, so the others need not be run.
                    Err(NoRoom::Ever(failure)) => {
                        scripted.insert(due.id, Err(failed(failure.message)));
                        break;
                    }
                };
            }
            Ok(scripted)
        };
        self.queue.of_webhook(running.owner(), all).await
    }

    /// The message that the batch's script writes of what was gathered. `room` grows before anything is kept.
    pub async fn run_batch(
        &self,
        work: &Work,
        webhook: &Arc<Webhook>,
        mut gathered: Gathered,
        mut room: Room,
    ) -> Result<(Rendered, Room), LocalFailure> {
        let running = Running { scripts: self, work, webhook, script: gathered.script.clone() };
        let (input, now) = (mem::take(&mut gathered.input), gathered.now);
        let run = running.returned(input, now, &mut gathered.made, &mut room);
        let written = match self.queue.of_webhook(running.owner(), run).await? {
            Ok(written) => written,
            Err(NoRoom::Yet(exhausted)) => return Err(no_room(exhausted)),
            Err(NoRoom::Ever(failure)) => Err(failed(failure.message)),
        };
        let bytes = written.as_ref().map_or(0, length_of);
        let writing = webhook.clone();
        let finish = move || {
            let rendered = gathered.written(&writing, &written, &mut room);
            rendered.map(|rendered| (rendered, room))
        };
        work.run_once(webhook.tenant, OF_OUTPUT_BYTE * bytes as Cost, finish).await.map_err(no_room)
    }
}

/// A webhook's script, run on one event after the other.
struct Running<'r> {
    scripts: &'r Scripts,
    work: &'r Work,
    webhook: &'r Arc<Webhook>,
    script: Script,
}

impl Running<'_> {
    fn owner(&self) -> (TenantKey, WebhookKey) {
        (self.webhook.tenant, self.webhook.key)
    }

    /// What the script makes of an event, if there is room for it.
    async fn transformed(
        &self,
        event: &Arc<Event>,
        made: &mut Made,
        room: &mut Room,
    ) -> Result<Result<Result<Transformed, ScriptError>, NoRoom>, LocalFailure> {
        let (tenant, cost) = (self.webhook.tenant, OF_INPUT_BYTE * event.data.len() as Cost);
        let (asking, about) = (self.webhook.clone(), event.clone());
        let input = move || Renderer::script_input(&asking, &about);
        let json = match self.work.run_once(tenant, cost, input).await {
            Ok(json) => json,
            Err(failure) => return Ok(Ok(Err(failed(failure.message)))),
        };
        // It waits for the script's turn.
        if let Err(none) = made.keep(json.len(), room) {
            return Ok(Err(none));
        }
        // What is now for a script follows from the event, so that each attempt makes the same of it.
        self.returned(json, event.timestamp, made, room).await
    }

    /// What the script makes of this, if there is room for it. The input is kept in `made` before, and is not any more then.
    async fn returned(
        &self,
        json: String,
        now: Timestamp,
        made: &mut Made,
        room: &mut Room,
    ) -> Result<Result<Result<Transformed, ScriptError>, NoRoom>, LocalFailure> {
        let (input, limits) = (Input { json: &json, now: now.millis() }, RunLimits::default());
        let run = self.scripts.workers.run(of(self.webhook.tenant), &self.script, input, &limits);
        let transformed = self.scripts.queue.run(self.owner(), run.map(|run| (run.made, run.used))).await;
        made.forget(json.len());
        match made.keep(transformed.as_ref().map_or(0, length_of), room) {
            Ok(()) => Ok(Ok(unless_local(transformed)?)),
            Err(none) => Ok(Err(none)),
        }
    }
}

fn length_of(transformed: &Transformed) -> usize {
    match transformed {
        Transformed::Json(payload) => payload.len(),
        Transformed::Null => 0,
    }
}

fn failed(message: String) -> ScriptError {
    ScriptError { line: None, message, no_worker: false }
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
