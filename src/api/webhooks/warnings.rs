//! What a webhook may say and hardly means. It is kept as it is; the answer that keeps it says so, and so does one that only tries it.

use std::sync::Arc;

use crate::{
    api::{app::App, edge::problem::Problem},
    model::{EventType, FieldError, TenantKey, TypePattern, Validation, nearest},
    store::CatalogueEntry,
    webhook::WebhookSettings,
    work::Slice,
};

/// What is doubtful in a webhook's settings; pointers are into them.
pub async fn warnings(app: &App, tenant: TenantKey, settings: WebhookSettings) -> Result<Vec<FieldError>, Problem> {
    let validates = app.access.settings(tenant)?.validation != Validation::Off;
    let catalogue = if validates { app.event_types.all() } else { Vec::new() };
    let find = move || {
        let mut found = if validates { unknown_types(&settings.event_types, &catalogue) } else { Vec::new() };
        let doubts = settings.filter.iter().flat_map(|filter| filter.doubts());
        found.extend(doubts.map(|doubt| FieldError::at(format!("/filter{}", doubt.pointer), doubt.message)));
        found
    };
    Ok(app.work.ask_once(tenant, Slice::UNKNOWN, find).await?)
}

/// Patterns that match no type of the catalogue, where the tenant's events are compared with it.
fn unknown_types(patterns: &[TypePattern], catalogue: &[Arc<CatalogueEntry>]) -> Vec<FieldError> {
    let known = || catalogue.iter().map(|entry| &entry.event_type.name);
    let is_known = |pattern: &TypePattern| {
        matches!(pattern, TypePattern::All) || pattern.is_reserved() || known().any(|name| pattern.matches(name))
    };
    let unknown = patterns.iter().enumerate().filter(|(_, pattern)| !is_known(pattern));
    let told = unknown.map(|(place, pattern)| {
        let meant = nearest(&pattern.to_string(), known().map(EventType::as_str));
        let hint = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        FieldError::at(
            format!("/event_types/{place}"),
            format!("`{pattern}` matches no event type of the catalogue{hint}"),
        )
    });
    told.take(20).collect()
}
