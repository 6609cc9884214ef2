//! Notices as events.

use bytes::Bytes;
use serde_json::{Value, json};

use super::incident::Step;
use crate::{
    model::{CallerId, EventType, NewEvent, TenantId, Timestamp},
    store::Incident,
    webhook::Webhook,
};

/// The types, as [`EventType`] has them.
const FAILING: &str = "lanehook.webhook.failing";
const DISABLED: &str = "lanehook.webhook.disabled";
const RECOVERED: &str = "lanehook.webhook.recovered";

/// What tells of this step, if it is one that is told.
pub(super) fn notice(step: Step, incident: &Incident, webhook: &Webhook) -> Option<NewEvent> {
    let (name, state, reason) = match step {
        Step::TellFailing(trouble) => (FAILING, "failing", Some(trouble.cause.to_string())),
        Step::TellDisabled(reason) => (DISABLED, "disabled", Some(reason.in_words().to_owned())),
        Step::TellRecovered => (RECOVERED, "recovered", None),
        Step::Open(_) | Step::Forget => return None,
    };
    let data = json!({
        "webhook": webhook.id,
        "name": webhook.settings.name,
        "url": webhook.settings.redacted(&webhook.settings.url),
        "state": state,
        "since": incident.since,
        "reason": reason,
    });
    Some(event(name, format!("{state}-{}-{}", incident.webhook, incident.since.millis()), &data))
}

/// A webhook of a tenant's, as its operator hears of it.
pub(super) fn of_tenant(tenant: &TenantId, webhook: &Webhook, incident: &Incident, reason: &str) -> Value {
    json!({ "tenant": tenant, "webhook": webhook.id, "since": incident.since, "reason": reason })
}

/// What the operator hears of tenants' webhooks that began to fail: how many, and the first of them.
pub(super) fn summary(count: usize, first: &[Value], now: Timestamp) -> NewEvent {
    let data = json!({ "state": "failing", "count": count, "webhooks": first });
    event(FAILING, format!("failing-of-tenants-{}", now.millis()), &data)
}

fn event(name: &str, id: String, data: &Value) -> NewEvent {
    let data = Bytes::from(data.to_string());
    NewEvent { caller_id: Some(CallerId::kept(&id)), ..NewEvent::new(EventType::kept(name), data) }
}
