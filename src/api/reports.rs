//! Reports: questions for statistics under names, asked again whenever somebody wants to know.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    api::{
        app::{App, Shared},
        edge::{
            extract::{Body, Id, NoParams, Params},
            page::{Between, List, Page, PageParams},
            problem::Problem,
            scopes::{Allowed, DeliveriesRead, DeliveriesWrite},
        },
        stats::handlers::{Stats, StatsParams, answer},
    },
    model::{
        Dimension, EventType, FieldError, Granularity, Saved, SavedKind, SavedName, SavedReport, SavedWhat, Span,
        TenantKey, Timestamp, WebhookId,
    },
    store::{SavedPage, SavedQuery},
};

const LONGEST_DESCRIPTION: usize = 500;

/// A question for statistics, with the parameters of `GET /stats`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportInput {
    /// For people: up to 500 characters.
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    /// How long each span is.
    #[serde(default)]
    #[schema(default = "hour")]
    granularity: Granularity,
    /// So long until now, the span that is under way included. Instead of `from` and `to`.
    #[schema(example = "7d")]
    last: Option<Span>,
    /// From the span in which this time is.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Up to the span in which this time is, if it is not its begin.
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Of one webhook.
    webhook: Option<WebhookId>,
    /// Of one event type.
    #[serde(alias = "type")]
    event_type: Option<EventType>,
    /// Each event type, or each webhook apart.
    by: Option<Dimension>,
    /// All spans together, as one.
    #[serde(default)]
    whole: bool,
}

/// A report.
#[derive(Serialize, ToSchema)]
#[schema(as = Report)]
pub struct ReportView {
    name: SavedName,
    /// For people.
    description: String,
    granularity: Granularity,
    last: Option<Span>,
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    webhook: Option<WebhookId>,
    event_type: Option<EventType>,
    by: Option<Dimension>,
    whole: bool,
    /// When something was first saved under this name.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last saved.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl ReportView {
    fn of(saved: &Saved, report: SavedReport) -> ReportView {
        let SavedReport { description, granularity, last, from, to, webhook, event_type, by, whole } = report;
        ReportView {
            name: saved.name.clone(),
            description,
            granularity,
            last,
            from,
            to,
            webhook,
            event_type,
            by,
            whole,
            created_at: saved.created_at,
            updated_at: saved.updated_at,
        }
    }
}

/// List reports
///
/// By name.
#[utoipa::path(
    get, path = "/api/v1/reports", tag = "statistics", operation_id = "listReports",
    params(PageParams),
    responses((status = 200, description = "A page of reports", body = List<ReportView>))
)]
pub async fn list(
    Allowed { tenant, .. }: Allowed<DeliveriesRead>,
    State(app): State<Shared>,
    Params(mut page): Params<Page>,
) -> Result<Json<List<ReportView>>, Problem> {
    let Between { after, before } = page.between(|name| SavedName::parse(name).ok())?;
    if page.counts() {
        page.counted(app.store.count_saved(tenant, SavedKind::Report).await?);
    }
    let query = SavedQuery { after, before, limit: page.limit + 1, is_from_end: page.is_from_end() };
    let SavedPage { found, reach } = app.store.list_saved(tenant, SavedKind::Report, query).await?;
    if let Some(reach) = reach {
        page.reaches(reach.to_string());
    }
    let found: Vec<_> = found.into_iter().filter_map(of_report).collect();
    Ok(Json(page.of(found, |(saved, _)| saved.name.to_string(), |(saved, report)| ReportView::of(&saved, report))))
}

/// Save a report
///
/// Keeps a question for statistics under a name, in the place of what was saved under it before. `GET /reports/{name}/stats` answers it as
/// it is then: with `last`, up to that moment. It stays until it is deleted, and counts in the quota `saved`.
#[utoipa::path(
    put, path = "/api/v1/reports/{name}", tag = "statistics", operation_id = "putReport",
    params(("name" = String, Path, description = "Its name")),
    request_body = ReportInput,
    responses(
        (status = 200, description = "Replaced", body = ReportView),
        (status = 201, description = "Saved under a new name", body = ReportView),
        (status = 409, description = "The tenant has saved as much as it may (`quota_reached`)"),
        (status = 507, description = "The disk is nearly full (`disk_full`): nothing was saved"),
    )
)]
pub async fn put(
    Allowed { tenant, caller, .. }: Allowed<(DeliveriesWrite, DeliveriesRead)>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
    Body(input, _): Body<ReportInput>,
) -> Result<Response, Problem> {
    let name = SavedName::parse(&name).map_err(|message| Problem::parameter("name", message))?;
    let report = input.read(&app, tenant).await?;
    let (saved, is_new) = app.store.save(tenant, name, SavedWhat::Report(report.clone()), &caller.actor()).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(ReportView::of(&saved, report))).into_response())
}

/// Read a report
#[utoipa::path(
    get, path = "/api/v1/reports/{name}", tag = "statistics", operation_id = "readReport",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "What it asks", body = ReportView))
)]
pub async fn read(
    Allowed { tenant, .. }: Allowed<DeliveriesRead>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
) -> Result<Json<ReportView>, Problem> {
    let (saved, report) = find(&app, tenant, &name).await?;
    Ok(Json(ReportView::of(&saved, report)))
}

/// Delete a report
#[utoipa::path(
    delete, path = "/api/v1/reports/{name}", tag = "statistics", operation_id = "deleteReport",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete(
    Allowed { tenant, caller, .. }: Allowed<DeliveriesWrite>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    match app.store.forget_saved(tenant, SavedKind::Report, parse(&name)?, &caller.actor()).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(none()),
    }
}

/// Read a report's statistics
///
/// What `GET /stats` answers to the same parameters now.
#[utoipa::path(
    get, path = "/api/v1/reports/{name}/stats", tag = "statistics", operation_id = "runReport",
    params(("name" = String, Path, description = "Its name")),
    responses((status = 200, description = "What was counted", body = Stats))
)]
pub async fn run(
    Allowed { tenant, caller, .. }: Allowed<DeliveriesRead>,
    State(app): State<Shared>,
    Id(name): Id,
    _: NoParams,
) -> Result<Json<Box<RawValue>>, Problem> {
    let (_, report) = find(&app, tenant, &name).await?;
    answer(&app, &caller, tenant, StatsParams::of(&report)).await
}

async fn find(app: &App, tenant: TenantKey, name: &str) -> Result<(Saved, SavedReport), Problem> {
    let saved = app.store.saved(tenant, SavedKind::Report, parse(name)?).await?;
    saved.and_then(of_report).ok_or_else(none)
}

/// With the report that it is; none, if it is something else.
fn of_report(saved: Saved) -> Option<(Saved, SavedReport)> {
    match &saved.what {
        SavedWhat::Report(report) => {
            let report = report.clone();
            Some((saved, report))
        }
        SavedWhat::Event(_) | SavedWhat::Theme(_) => None,
    }
}

/// What nothing can be called is the name of nothing.
fn parse(name: &str) -> Result<SavedName, Problem> {
    SavedName::parse(name).map_err(|_| none())
}

fn none() -> Problem {
    Problem::not_found("report")
}

impl ReportInput {
    /// What is to be saved: what could be asked now.
    async fn read(self, app: &Shared, tenant: TenantKey) -> Result<SavedReport, Problem> {
        let ReportInput { description, granularity, last, from, to, webhook, event_type, by, whole } = self;
        if description.chars().count() > LONGEST_DESCRIPTION {
            let message = format!("has at most {LONGEST_DESCRIPTION} characters");
            return Err(FieldError::at("/description", message).into());
        }
        let report = SavedReport { description, granularity, last, from, to, webhook, event_type, by, whole };
        match StatsParams::of(&report).check(app, tenant).await {
            Ok(()) => Ok(report),
            Err(problem) if problem.is_about_nothing() => {
                Err(Problem::field("/webhook", "there is no webhook with this id"))
            }
            Err(problem) => Err(problem.of_members()),
        }
    }
}
