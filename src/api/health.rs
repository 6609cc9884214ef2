//! Whether the server is alive, and whether it can keep anything.
//!
//! At the API's address, anyone is told the state and the kinds of trouble; numbers and reasons are for operators' keys. A
//! listener of its own, which the operator keeps off public networks, tells all. Readiness asks the disk, and anyone may ask
//! for it, so it is looked at no more than every two seconds, by one request at a time; all others get what was seen last.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension, Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    access::Caller,
    api::app::{App, Shared},
    model::Timestamp,
    store::{CLOCK_AHEAD, SetAside},
    upkeep::{JobReport, JobResult},
};

/// How long what was seen is answered again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(2);
/// A store that takes longer for a commit counts as not ready.
const SLOWEST: Duration = Duration::from_secs(5);
/// So long is the oldest delivery looked for, and so much later again where that was not enough.
const SLOWEST_OLDEST: Duration = Duration::from_secs(1);
const OLDEST_AGAIN_AFTER: Duration = Duration::from_secs(60);
const MOST_REASONS: usize = 10;

/// Whether the server can keep anything.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ready` or `not_ready`
    status: &'static str,
    /// What is wrong: `store` (it cannot keep anything), `disk` (so little of it is free that events are refused, some or all),
    /// `sending` (requests to receivers wait for something that this machine is short of), `clock` (ids tell a time that is far ahead of it), `log`
    /// (the store's write-ahead log grows and cannot be shortened), `jobs` (the last run of one failed), `set_aside` (webhooks that
    /// this version cannot read). Only the first makes the server not ready.
    troubles: Vec<&'static str>,
    #[serde(flatten)]
    details: Option<Details>,
}

/// What operators are told besides.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Details {
    /// `ok`, or in words why it is not, and what to do where that is known.
    store: String,
    /// `ok`, or in words how little of the disk is free, and whose events are refused meanwhile; all else goes on.
    disk: String,
    /// `ok`, or in words what this machine is short of: requests to receivers wait meanwhile.
    sending: String,
    /// `ok`, or in words that ids tell a time that is far ahead of the clock.
    clock: String,
    /// `ok`, or in words who keeps the store's write-ahead log from being shortened.
    log: String,
    /// How long that is.
    log_bytes: u64,
    /// How long the oldest delivery that could be sent has waited; null if there is none, or if it could not be found in a second.
    oldest_undelivered_seconds: Option<u64>,
    /// How many webhooks there are.
    webhooks: usize,
    /// How the periodic jobs are doing. One that fails or panics runs again in its next turn.
    jobs: Vec<JobHealth>,
    /// Webhooks that this version of the program cannot read: they stay as they are, and what they are owed is held.
    set_aside: SetAsideView,
    /// How the processes are confined in which webhooks' scripts run.
    scripts: ScriptsHealth,
}

/// How the processes of scripts are confined.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScriptsHealth {
    /// `confined`; `weakly_confined` where the system lacks something; `unknown` before such a process was started.
    status: &'static str,
    /// What the system lacks.
    missing: Vec<&'static str>,
}

impl ScriptsHealth {
    fn of(missing: Option<Vec<&'static str>>) -> ScriptsHealth {
        let status = match &missing {
            None => "unknown",
            Some(missing) if missing.is_empty() => "confined",
            Some(_) => "weakly_confined",
        };
        ScriptsHealth { status, missing: missing.unwrap_or_default() }
    }
}

/// How a periodic job is doing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobHealth {
    /// Like `retention`.
    name: &'static str,
    /// `waiting` for its first run, or how the last one ended: `done`, `failed`, `panicked`.
    status: &'static str,
    /// When its last run began.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_run_at: Option<Timestamp>,
    /// How long that took.
    took_ms: Option<u64>,
    /// What it did, or what kept it from its work.
    detail: Option<String>,
    /// How many runs ended by a panic.
    panics: u64,
    /// When it is due again.
    #[schema(value_type = String, format = DateTime)]
    next_run_at: Timestamp,
}

impl JobHealth {
    fn of(report: JobReport) -> JobHealth {
        let last = report.last;
        let (status, detail) = match last.as_ref().map(|run| &run.result) {
            None => ("waiting", None),
            Some(JobResult::Done(what)) => ("done", Some(what.clone())),
            Some(JobResult::Failed(problem)) => ("failed", Some(problem.clone())),
            Some(JobResult::Panicked) => ("panicked", Some("a defect; the log says where".to_owned())),
        };
        JobHealth {
            name: report.name,
            status,
            last_run_at: last.as_ref().map(|run| run.started_at),
            took_ms: last.map(|run| run.took.as_millis() as u64),
            detail,
            panics: report.panics,
            next_run_at: report.next_at,
        }
    }
}

/// Webhooks that cannot be read.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct SetAsideView {
    /// How many there are; the log names them.
    webhooks: usize,
    /// Why, each reason once, at most ten.
    reasons: Vec<String>,
}

impl SetAsideView {
    fn of(webhooks: &[SetAside]) -> SetAsideView {
        let reasons: BTreeSet<&str> = webhooks.iter().map(|webhook| webhook.reason.as_str()).collect();
        SetAsideView {
            webhooks: webhooks.len(),
            reasons: reasons.into_iter().take(MOST_REASONS).map(str::to_owned).collect(),
        }
    }
}

#[derive(Default)]
struct LastLook {
    last: Mutex<Option<(Timestamp, Readiness)>>,
    looking: AtomicBool,
    /// When the oldest delivery was looked for and not found in time, last.
    oldest_unknown: Mutex<Option<Timestamp>>,
}

/// At the API's address.
pub(super) fn router(app: Shared) -> Router<Shared> {
    let last_look = Arc::new(LastLook::default());
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready).with_state((app, last_look)))
}

/// At an address of its own.
pub fn open_router(app: App) -> Router {
    let state = (Arc::new(app), Arc::new(LastLook::default()));
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready_with_details)).with_state(state)
}

async fn alive() -> &'static str {
    "alive\n"
}

type Looked = (Shared, Arc<LastLook>);

async fn ready(State((app, last_look)): State<Looked>, caller: Option<Extension<Caller>>) -> Response {
    let mut readiness = last_look.readiness(&app).await;
    if !caller.is_some_and(|caller| caller.is_operator()) {
        readiness.details = None;
    }
    answer(readiness)
}

async fn ready_with_details(State((app, last_look)): State<Looked>) -> Response {
    answer(last_look.readiness(&app).await)
}

fn answer(readiness: Readiness) -> Response {
    let status = if readiness.status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(readiness)).into_response()
}

impl LastLook {
    async fn readiness(&self, app: &Shared) -> Readiness {
        let last = self.lock().clone();
        if let Some((at, readiness)) = last {
            let now = app.clock.now();
            // What is in the future was seen before the clock was set back.
            if at <= now && now.since(at) < LOOK_AGAIN_AFTER {
                return readiness;
            }
            // Someone else is looking; that takes `SLOWEST` at most, and so old is the answer at most.
            if self.looking.swap(true, Ordering::AcqRel) {
                return readiness;
            }
        } else {
            self.looking.store(true, Ordering::Release);
        }
        let _done = Done(&self.looking);
        let readiness = self.look(app).await;
        *self.lock() = Some((app.clock.now(), readiness.clone()));
        readiness
    }

    /// Whether the server is ready is asked of the disk alone. What else is told is told if it is known.
    async fn look(&self, app: &Shared) -> Readiness {
        let inspected = app.store.inspect().await;
        let store = match tokio::time::timeout(SLOWEST, app.store.ping()).await {
            Ok(Ok(())) => "ok",
            Ok(Err(error)) => {
                tracing::warn!(%error, "the store is not ready");
                "cannot write"
            }
            Err(_) => "does not answer",
        };
        let store = inspected.map_or_else(|damage| damage, |()| store.to_owned());
        let details = Details::of(app, store, self.oldest_owed(app).await);
        Readiness {
            status: if details.is_ready() { "ready" } else { "not_ready" },
            troubles: details.troubles(),
            details: Some(details),
        }
    }

    /// When the oldest delivery was accepted that could be sent, if that is found soon.
    async fn oldest_owed(&self, app: &Shared) -> Option<Timestamp> {
        let mut unknown = self.oldest_unknown.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        let now = app.clock.now();
        if unknown.is_none_or(|at| at > now || now.since(at) >= OLDEST_AGAIN_AFTER) {
            match tokio::time::timeout(SLOWEST_OLDEST, app.store.oldest_owed()).await {
                Ok(Ok(oldest)) => return oldest,
                Ok(Err(error)) => tracing::warn!(%error, "the oldest delivery was not found"),
                Err(_) => tracing::info!("the oldest delivery was not found within a second"),
            }
            unknown = Some(now);
        }
        *self.oldest_unknown.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = unknown;
        None
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Timestamp, Readiness)>> {
        self.last.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Lets the next one look, also when the client hung up while we did.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn clock_view(ahead: Duration) -> String {
    match ahead > CLOCK_AHEAD {
        false => "ok".to_owned(),
        true => format!(
            "the last ids that were given out tell a time that is {} s ahead of the clock, which must have been ahead once; until it has \
             caught up, times of events in lists are of those ids",
            ahead.as_secs()
        ),
    }
}

impl Details {
    fn of(app: &Shared, store: String, oldest: Option<Timestamp>) -> Details {
        let log = app.store.write_ahead_log();
        Details {
            store,
            disk: app.store.disk().unwrap_or_else(|| "ok".to_owned()),
            sending: app.courier.trouble().map_or_else(|| "ok".to_owned(), |failure| format!("waits: {failure}")),
            clock: clock_view(app.store.last_serial().time().since(app.clock.now())),
            log: log.held.unwrap_or_else(|| "ok".to_owned()),
            log_bytes: log.bytes,
            oldest_undelivered_seconds: oldest.map(|oldest| app.clock.now().since(oldest).as_secs()),
            webhooks: app.store.webhooks().len(),
            jobs: app.jobs.reports().into_iter().map(JobHealth::of).collect(),
            set_aside: SetAsideView::of(&app.store.set_aside()),
            scripts: ScriptsHealth::of(app.courier.unconfined_scripts()),
        }
    }

    fn is_ready(&self) -> bool {
        self.store == "ok"
    }

    fn troubles(&self) -> Vec<&'static str> {
        let jobs = self.jobs.iter().any(|job| matches!(job.status, "failed" | "panicked"));
        let kinds = [
            ("store", !self.is_ready()),
            ("disk", self.disk != "ok"),
            ("sending", self.sending != "ok"),
            ("clock", self.clock != "ok"),
            ("log", self.log != "ok"),
            ("jobs", jobs),
            ("set_aside", self.set_aside.webhooks > 0),
        ];
        kinds.into_iter().filter(|(_, there)| *there).map(|(kind, _)| kind).collect()
    }
}
