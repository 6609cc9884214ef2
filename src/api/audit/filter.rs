//! Which lines are asked for.

use utoipa::IntoParams;

use crate::{
    api::edge::{
        extract::{FromQuery, Query, time},
        page::Page,
        problem::Problem,
    },
    model::{AuditId, TenantKey, Timestamp, audit::AuditAction, nearest},
    store::AuditQuery,
};

/// Ids and names are shorter.
const LONGEST_NAME: usize = 256;

/// Which lines to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Only of this action; several times: of one of these.
    #[param(rename = "action", value_type = Option<Vec<AuditAction>>)]
    actions: Vec<AuditAction>,
    /// Only by this actor: the id of an API key (with the sessions that came from it), of a session, or the name of one of the server's
    /// jobs.
    actor: Option<String>,
    /// Only about what has this id or name.
    subject: Option<String>,
    /// Only those at or after this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Only those before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// The same, and which page.
pub struct AuditList {
    pub filter: AuditFilter,
    pub page: Page,
}

impl FromQuery for AuditFilter {
    fn read(query: &mut Query<'_>) -> Result<AuditFilter, Problem> {
        let name = |text: &str| match text.len() {
            1..=LONGEST_NAME => Ok(text.to_owned()),
            _ => Err(format!("is 1 to {LONGEST_NAME} bytes")),
        };
        Ok(AuditFilter {
            actions: query.take_all("action", action)?,
            actor: query.take("actor", name)?,
            subject: query.take("subject", name)?,
            from: query.take("from", time)?,
            to: query.take("to", time)?,
        })
    }
}

impl FromQuery for AuditList {
    fn read(query: &mut Query<'_>) -> Result<AuditList, Problem> {
        Ok(AuditList { filter: AuditFilter::read(query)?, page: Page::read(query)? })
    }
}

impl AuditFilter {
    /// Of this tenant's, or of all.
    pub fn query(self, tenant: TenantKey) -> AuditQuery {
        let AuditFilter { actions, actor, subject, from, to } = self;
        let tenant = Some(tenant).filter(|&tenant| tenant != TenantKey::ALL);
        AuditQuery { tenant, actions, actor, subject, from, to, ..AuditQuery::default() }
    }
}

/// As an id in a query.
pub fn line_id(text: &str) -> Result<AuditId, String> {
    AuditId::parse(text).ok_or_else(|| "is the id of a line, like `aud_06f3n1qk2v0g0`".to_owned())
}

fn action(text: &str) -> Result<AuditAction, String> {
    AuditAction::parse(text).ok_or_else(|| {
        let meant = nearest(text, AuditAction::ALL.iter().map(|action| action.as_str()));
        let hint = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        let shown: String = text.chars().take(64).collect();
        format!("is an action like `webhook.changed`, not `{}`{hint}", shown.escape_debug())
    })
}
