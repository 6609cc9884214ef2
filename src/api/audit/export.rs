//! The trail as a file, written as it is read: a page at a time, the next when the client has taken it.

use std::{collections::VecDeque, io, time::Duration};

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use http::{
    HeaderValue,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    filter::{AuditFilter, line_id},
    rows::{COLUMNS, row},
    view::{AuditLineView, Reader},
};
use crate::{
    access::Caller,
    api::{
        app::Shared,
        edge::{
            extract::{FromQuery, Params, Query, one_of},
            problem::Problem,
            scopes::{AllowedForAll, AuditRead},
        },
    },
    model::{AuditId, Serial, audit::AuditLine},
    store::AuditQuery,
};

/// Lines that are read in one go.
const AT_ONCE: usize = 250;

/// How the lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A JSON object in each line.
    #[default]
    Ndjson,
    /// Comma-separated values, with a row of names.
    Csv,
}

/// What to export.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportParams {
    /// How to write it.
    #[param(inline)]
    format: Option<ExportFormat>,
    /// Only what comes after this line: the last of an export that was broken off, or of yesterday's.
    #[param(value_type = Option<AuditId>)]
    after: Option<AuditId>,
    #[param(ignore)]
    filter: AuditFilter,
}

impl FromQuery for ExportParams {
    fn read(query: &mut Query<'_>) -> Result<ExportParams, Problem> {
        Ok(ExportParams {
            format: query.take("format", one_of("ndjson, csv"))?,
            after: query.take("after", line_id)?,
            filter: AuditFilter::read(query)?,
        })
    }
}

/// Export the audit trail
///
/// Oldest first, up to what there is now. For an operator each line of `ndjson` is the very text that was hashed: the SHA-256 of its
/// bytes, without the newline, is the `previous` of the line that was written next. With `Tenant: *` and no filter that holds from each
/// line to the following one. Others get the lines as the list shows them.
#[utoipa::path(
    get, path = "/api/v1/audit/export", tag = "audit", operation_id = "exportAudit",
    params(AuditFilter, ExportParams),
    responses((status = 200, description = "The lines", content(
        (String = "application/x-ndjson"), (String = "text/csv"),
    )))
)]
pub async fn export(
    AllowedForAll { tenant, caller, .. }: AllowedForAll<AuditRead>,
    State(app): State<Shared>,
    Params(ExportParams { format, after, filter }): Params<ExportParams>,
) -> Result<Response, Problem> {
    let format = format.unwrap_or_default();
    // Of this millisecond more may be to come.
    let upto = AuditId(Serial::at(app.clock.now() + Duration::from_millis(1)));
    let query = AuditQuery { after, before: Some(upto), limit: AT_ONCE, oldest: true, ..filter.query(tenant) };
    let head = match format {
        ExportFormat::Ndjson => None,
        ExportFormat::Csv => Some(Bytes::from(row(COLUMNS))),
    };
    let exporting = Exporting {
        app,
        reader: Reader::of(&caller),
        caller,
        format,
        query,
        parts: head.into_iter().collect(),
        is_over: false,
    };
    let (kind, name) = match format {
        ExportFormat::Ndjson => ("application/x-ndjson", "attachment; filename=\"audit.ndjson\""),
        ExportFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
    };
    let mut answer = exporting.into_body().into_response();
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static(name));
    Ok(answer)
}

/// An export on its way.
struct Exporting {
    app: Shared,
    caller: Caller,
    reader: Reader,
    format: ExportFormat,
    query: AuditQuery,
    /// What was read and not taken yet.
    parts: VecDeque<Bytes>,
    is_over: bool,
}

impl Exporting {
    fn into_body(self) -> Body {
        Body::from_stream(stream::try_unfold(self, |mut exporting| async move {
            let part = exporting.next().await?;
            Ok::<_, io::Error>(part.map(|part| (part, exporting)))
        }))
    }

    /// The next part. An error breaks the answer off, so that nobody takes it for the whole.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        while self.parts.is_empty() && !self.is_over {
            if !self.app.access.still_admits(&self.caller, self.app.clock.now()) {
                return Err(io::Error::other("the key was revoked"));
            }
            self.read().await?;
        }
        Ok(self.parts.pop_front())
    }

    async fn read(&mut self) -> io::Result<()> {
        let reach = self.app.store.reach_of_audit(self.query.clone()).await.map_err(io::Error::other)?;
        let mut query = self.query.clone();
        if let Some(reach) = reach {
            query.up_to(reach);
        }
        // Newest first.
        let lines = self.app.store.audit_lines(query).await.map_err(io::Error::other)?;
        self.is_over = lines.is_empty() && reach.is_none();
        self.query.after = lines.first().map(|last| last.id).or(reach).or(self.query.after);
        let texts: String = lines.iter().rev().filter_map(|line| self.text(line)).collect();
        self.parts.extend((!texts.is_empty()).then(|| Bytes::from(texts)));
        Ok(())
    }

    fn text(&self, line: &AuditLine) -> Option<String> {
        match (self.format, self.reader) {
            (ExportFormat::Ndjson, Reader::Operator) => Some(format!("{}\n", line.text)),
            (ExportFormat::Ndjson, _) => {
                let text = serde_json::to_string(&AuditLineView::of(line, self.reader)?).ok()?;
                Some(format!("{text}\n"))
            }
            (ExportFormat::Csv, _) => {
                let cells = AuditLineView::of(line, self.reader)?.cells();
                Some(row(cells.iter().map(String::as_str)))
            }
        }
    }
}
