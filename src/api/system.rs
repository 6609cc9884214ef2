//! What an operator sees of the server itself.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        edge::{
            extract::NoParams,
            problem::Problem,
            scopes::{Operator, Tenants},
        },
        setting::SettingView,
        stats::view::SpanView,
    },
    mail::MailStatus,
    model::Timestamp,
    store::{DiskKind, StoreFigures, WriteAheadLog},
    upkeep::{JobReport, JobResult, JobRun},
};

/// The server itself.
#[derive(Serialize, ToSchema)]
pub struct System {
    #[schema(example = "0.2.0")]
    version: &'static str,
    /// The commit that it was built from, as git describes it; null in a build for development.
    #[schema(example = "v0.2.0-3-gf5dc5c0")]
    commit: Option<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    uptime_seconds: u64,
    store: StoreView,
    disk: DiskView,
    /// How notices are mailed; null where no mail is sent.
    mail: Option<MailStatusView>,
    /// What runs periodically, by name.
    jobs: Vec<JobView>,
    /// The settings that are not at their defaults. Secrets are shown as `[redacted]`.
    settings: Vec<SettingView>,
}

/// Where everything is kept.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemStore)]
pub struct StoreView {
    /// Of which kind.
    #[schema(example = "sqlite")]
    kind: &'static str,
    /// Bytes of the database.
    database_bytes: u64,
    /// Bytes of it that nothing is in: they are used again before it grows.
    unused_bytes: u64,
    /// What its bytes are for, with indexes, the most first; of a large database estimated.
    by_kind: Vec<KindView>,
    /// Bytes of the write-ahead log beside it.
    log_bytes: u64,
    /// Who keeps that from becoming less, if it is too much.
    log_held: Option<String>,
    /// How long the last one or two thousand commits took, from their begin to the disk's word; null before the first.
    commits: Option<SpanView>,
}

/// Bytes of the database for one kind of thing.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemStoreKind)]
pub struct KindView {
    #[schema(example = "events")]
    kind: DiskKind,
    bytes: u64,
}

/// The disk that the data is on.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemDisk)]
pub struct DiskView {
    /// Bytes that are free; null where that is not known.
    free_bytes: Option<u64>,
    /// Whose events are refused, and why, while too little is free.
    trouble: Option<String>,
}

/// How notices are mailed.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemMail)]
pub struct MailStatusView {
    /// Tenants to whom something is still to be mailed.
    waiting: u64,
    /// Mails that the mail server has taken since the start of the server, and tries that failed.
    sent: u64,
    failures: u64,
    /// The last of these.
    last_failure: Option<MailFailureView>,
}

/// A try to send a mail that failed.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemMailFailure)]
pub struct MailFailureView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Why.
    #[schema(example = "the mail server did not take it within 30 s")]
    detail: String,
}

/// How a periodic job does.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemJob)]
pub struct JobView {
    #[schema(example = "retention")]
    name: &'static str,
    every_seconds: u64,
    /// When its present run began, while there is one.
    #[schema(value_type = Option<String>, format = DateTime)]
    running_since: Option<Timestamp>,
    /// Its last run that came to an end.
    last_run: Option<JobRunView>,
    /// The last of its runs that failed, since the start of the server.
    last_failure: Option<JobRunView>,
    /// Runs since the start of the server, and those of them that failed.
    runs: u64,
    failures: u64,
    #[schema(value_type = String, format = DateTime)]
    next_run_at: Timestamp,
}

/// A run of a job.
#[derive(Serialize, ToSchema)]
#[schema(as = SystemJobRun)]
pub struct JobRunView {
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    took_ms: u64,
    /// What it did, or what kept it from its work.
    #[schema(example = "kept when 3 API keys were used")]
    detail: String,
}

/// Read how the server itself does
///
/// Its version, store, disk, periodic jobs and settings, for operators. How it does by the numbers is in `/metrics`, whether it is
/// ready in `/readyz`.
#[utoipa::path(
    get, path = "/api/v1/system", tag = "system", operation_id = "readSystem",
    responses((status = 200, description = "How it does", body = System))
)]
pub async fn read(_: Operator<Tenants>, State(app): State<Shared>, _: NoParams) -> Result<Json<System>, Problem> {
    let (figures, now) = (app.store.figures().await?, app.clock.now());
    Ok(Json(System {
        version: env!("CARGO_PKG_VERSION"),
        commit: option_env!("COMMIT"),
        started_at: app.started_at,
        uptime_seconds: now.since(app.started_at).as_secs(),
        disk: DiskView { free_bytes: figures.free_bytes, trouble: app.store.disk() },
        store: StoreView::of(figures, app.store.write_ahead_log()),
        mail: app.mail.as_ref().map(MailStatusView::of),
        jobs: app.jobs.reports().into_iter().map(JobView::of).collect(),
        settings: app.settings.clone(),
    }))
}

impl StoreView {
    fn of(figures: StoreFigures, log: WriteAheadLog) -> StoreView {
        StoreView {
            kind: figures.kind,
            database_bytes: figures.database_bytes,
            unused_bytes: figures.unused_bytes,
            by_kind: by_kind(&figures),
            log_bytes: log.bytes,
            log_held: log.held,
            commits: SpanView::of(&figures.commits),
        }
    }
}

fn by_kind(figures: &StoreFigures) -> Vec<KindView> {
    let mut kinds: Vec<KindView> = figures.by_kind.iter().map(|(&kind, &bytes)| KindView { kind, bytes }).collect();
    kinds.sort_by_key(|one| std::cmp::Reverse(one.bytes));
    kinds
}

impl MailStatusView {
    fn of(status: &MailStatus) -> MailStatusView {
        MailStatusView {
            waiting: status.waiting(),
            sent: status.sent(),
            failures: status.failures(),
            last_failure: status.last_failure().map(|(at, detail)| MailFailureView { at, detail }),
        }
    }
}

impl JobView {
    fn of(report: JobReport) -> JobView {
        JobView {
            name: report.name,
            every_seconds: report.every.as_secs(),
            running_since: report.running_since,
            last_run: report.last.map(JobRunView::of),
            last_failure: report.last_failure.map(JobRunView::of),
            runs: report.runs,
            failures: report.failures,
            next_run_at: report.next_at,
        }
    }
}

impl JobRunView {
    fn of(JobRun { started_at, took, result }: JobRun) -> JobRunView {
        let detail = match result {
            JobResult::Done(what) => what,
            JobResult::Failed(problem) => problem,
            JobResult::Panicked => "a defect; the log says where".to_owned(),
        };
        JobRunView { at: started_at, took_ms: millis(took), detail }
    }
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
