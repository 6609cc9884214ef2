//! What somebody wants done with many deliveries, read and checked.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    api::app::App,
    model::{
        DeliveryStatus, FailureKind, FieldError, RateLimit, ReplayAction, ReplayPlan, ReplayQuery, TenantKey,
        Timestamp, TypePattern, WebhookId, WebhookKey, field_error::MOST_ERRORS,
    },
};

/// Patterns that can be given.
const MOST_TYPES: usize = 200;

/// Which deliveries are sent again, how fast, and as what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayInput {
    /// Only of the webhook with this id that there is now.
    #[schema(nullable = false, required = false)]
    webhook: Option<WebhookId>,
    /// Only those in one of these statuses: `delivered`, `failed`, `cancelled`, by default all of these.
    #[schema(nullable = false, required = false, min_items = 1)]
    statuses: Option<Vec<DeliveryStatus>>,
    /// Only of events of these types, written as a webhook's.
    #[schema(nullable = false, required = false, min_items = 1, max_items = 200)]
    event_types: Option<Vec<TypePattern>>,
    /// Only those of which the last attempt failed so.
    #[schema(nullable = false, required = false, min_items = 1)]
    failures: Option<Vec<FailureKind>>,
    /// Only what was accepted at or after this time.
    #[schema(value_type = String, format = DateTime, nullable = false, required = false)]
    from: Option<Timestamp>,
    /// Only what was accepted before this time.
    #[schema(value_type = String, format = DateTime, nullable = false, required = false)]
    to: Option<Timestamp>,
    /// How many are sent again in which time; otherwise as fast as it goes.
    rate: Option<RateLimit>,
    /// Only tells how many there are.
    #[serde(default)]
    dry_run: bool,
    /// Asks events instead of deliveries: each goes to every webhook that wants it by today's types and filters, also where it
    /// never went before. Without `statuses` and `failures`.
    #[serde(default)]
    rematch: bool,
    /// Sends each under the new delivery's id instead of the event's. Receivers that remember ids answer one that they know without
    /// handling it.
    #[serde(default)]
    new_id: bool,
}

/// Which deliveries something is done with, and how fast.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ManyInput {
    /// Only of the webhook with this id that there is now.
    #[schema(nullable = false, required = false)]
    webhook: Option<WebhookId>,
    /// Only those in one of these statuses. Of those to retry: `failed` by default, `retrying`, `cancelled`; of those to cancel:
    /// `pending` and `retrying`, by default both.
    #[schema(nullable = false, required = false, min_items = 1)]
    statuses: Option<Vec<DeliveryStatus>>,
    /// Only of events of these types, written as a webhook's.
    #[schema(nullable = false, required = false, min_items = 1, max_items = 200)]
    event_types: Option<Vec<TypePattern>>,
    /// Only those of which the last attempt failed so.
    #[schema(nullable = false, required = false, min_items = 1)]
    failures: Option<Vec<FailureKind>>,
    /// Only what was accepted at or after this time.
    #[schema(value_type = String, format = DateTime, nullable = false, required = false)]
    from: Option<Timestamp>,
    /// Only what was accepted before this time.
    #[schema(value_type = String, format = DateTime, nullable = false, required = false)]
    to: Option<Timestamp>,
    /// How many in which time; otherwise as fast as it goes.
    rate: Option<RateLimit>,
    /// Only tells how many there are.
    #[serde(default)]
    dry_run: bool,
}

/// What was read: whether anything is done, and what.
pub struct Wish {
    pub dry_run: bool,
    pub plan: ReplayPlan,
}

impl ReplayInput {
    /// As a plan for this tenant.
    ///
    /// # Errors
    /// Every member that is wrong.
    pub fn read(self, app: &App, tenant: TenantKey) -> Result<Wish, Vec<FieldError>> {
        let ReplayInput { webhook, statuses, event_types, failures, from, to, rate, dry_run, rematch, new_id } = self;
        let action = if rematch { ReplayAction::Rematch } else { ReplayAction::Replay };
        let which = ManyInput { webhook, statuses, event_types, failures, from, to, rate, dry_run };
        which.read(app, tenant, action, new_id)
    }
}

impl ManyInput {
    /// As a plan for this tenant to do this.
    ///
    /// # Errors
    /// Every member that is wrong.
    pub fn read(
        self,
        app: &App,
        tenant: TenantKey,
        action: ReplayAction,
        new_id: bool,
    ) -> Result<Wish, Vec<FieldError>> {
        let mut errors = self.flaws(action);
        let webhook = self.webhook.map(|id| find(app, tenant, id)).transpose();
        let webhook = webhook.map_err(|error| errors.push(error)).unwrap_or_default();
        if !errors.is_empty() {
            return Err(errors);
        }
        let statuses = self.statuses.unwrap_or_else(|| action.usual_statuses().to_vec());
        let query = ReplayQuery {
            webhook,
            statuses: distinct(statuses),
            event_types: self.event_types.unwrap_or_default(),
            failures: distinct(self.failures.unwrap_or_default()),
            from: self.from,
            to: self.to,
        };
        Ok(Wish { dry_run: self.dry_run, plan: ReplayPlan { action, query, rate: self.rate, new_id } })
    }

    fn flaws(&self, action: ReplayAction) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut refuse = |pointer: String, message: String| errors.push(FieldError::at(pointer, message));
        if action == ReplayAction::Rematch {
            let of_deliveries = [("statuses", self.statuses.is_some()), ("failures", self.failures.is_some())];
            for (name, _) in of_deliveries.into_iter().filter(|(_, is_there)| *is_there) {
                refuse(format!("/{name}"), "a rematch asks events, which have none; leave it out".into());
            }
        } else {
            let possible = action.statuses();
            let statuses = self.statuses.iter().flatten().enumerate();
            for (place, _) in statuses.filter(|(_, status)| !possible.contains(status)).take(MOST_ERRORS) {
                let names = possible.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
                refuse(format!("/statuses/{place}"), format!("is none that this is possible with: {names}"));
            }
        }
        let lengths = [
            ("statuses", self.statuses.as_ref().map(Vec::len)),
            ("event_types", self.event_types.as_ref().map(Vec::len)),
            ("failures", self.failures.as_ref().map(Vec::len)),
        ];
        for (name, _) in lengths.iter().filter(|(_, length)| *length == Some(0)) {
            refuse(format!("/{name}"), "is empty, which would be about none; leave it out for all".into());
        }
        if self.event_types.as_ref().is_some_and(|types| types.len() > MOST_TYPES) {
            refuse("/event_types".into(), format!("has more than {MOST_TYPES} types; a prefix like `price.*` is one"));
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from >= to
        {
            refuse("/to".into(), "is not after `from`".into());
        }
        let is_narrow =
            self.webhook.is_some() || self.event_types.is_some() || self.failures.is_some() || self.from.is_some();
        if !is_narrow && action != ReplayAction::Retry {
            let message = "name a `webhook`, `event_types`, `failures` or a time `from` which on; for everything there is, give a \
                           `from` that lies before it";
            refuse(String::new(), message.into());
        }
        errors
    }
}

/// Each delivery is compared with all of them, so a body full of the same one must not cost more than one.
fn distinct<T: Ord>(mut values: Vec<T>) -> Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}

fn find(app: &App, tenant: TenantKey, id: WebhookId) -> Result<(WebhookKey, WebhookId), FieldError> {
    let found = app.webhooks.find(tenant, id.as_str());
    found.map(|webhook| (webhook.key, id)).map_err(|_| {
        FieldError::at("/webhook", "there is no webhook with this id, and to one that was deleted nothing is sent")
    })
}

#[cfg(test)]
mod tests {
    use super::distinct;
    use crate::model::FailureKind;

    #[test]
    fn a_kind_that_is_named_again_and_again_is_compared_once() {
        let named = [FailureKind::Unknown, FailureKind::Http].repeat(10_000);
        assert_eq!(distinct(named).len(), 2);
    }
}
