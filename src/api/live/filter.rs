//! What a reader wants to be told.

use std::collections::BTreeSet;

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    access::{AccessError, Caller},
    api::edge::{
        extract::{FromQuery, Query, one_of},
        problem::Problem,
    },
    model::{DeliveryStatus, EventType, Scope, WebhookId},
    observe::{Happening, What},
};

/// Values of one parameter.
const MOST_VALUES: usize = 50;

/// What there is to be told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiveKind {
    /// An event was accepted.
    Event,
    /// A delivery is owed, or was tried, or stands otherwise.
    Delivery,
    /// A webhook was made, changed or deleted.
    Webhook,
    /// A webhook does better or worse.
    Health,
    /// A request came to an inspector, or was answered.
    Inspector,
}

impl LiveKind {
    pub const ALL: [LiveKind; 5] =
        [LiveKind::Event, LiveKind::Delivery, LiveKind::Webhook, LiveKind::Health, LiveKind::Inspector];

    /// What is needed to be told of it.
    fn scope(self) -> Scope {
        match self {
            LiveKind::Event => Scope::EventsRead,
            LiveKind::Delivery | LiveKind::Inspector => Scope::DeliveriesRead,
            LiveKind::Webhook | LiveKind::Health => Scope::WebhooksRead,
        }
    }

    /// Whether a caller may be told of it. Inspectors are no part of the portal.
    fn permitted(self, caller: &Caller) -> Result<(), AccessError> {
        match self == LiveKind::Inspector && caller.is_portal() {
            true => Err(AccessError::NotInPortal),
            false => caller.permits(self.scope()),
        }
    }

    /// As the stream names it.
    pub fn name(self) -> &'static str {
        match self {
            LiveKind::Event => "event",
            LiveKind::Delivery => "delivery",
            LiveKind::Webhook => "webhook",
            LiveKind::Health => "health",
            LiveKind::Inspector => "inspector",
        }
    }

    pub fn of(what: &What) -> LiveKind {
        match what {
            What::Event(_) => LiveKind::Event,
            What::Delivery(_) => LiveKind::Delivery,
            What::Webhook(_) => LiveKind::Webhook,
            What::Health(_) => LiveKind::Health,
            What::Inspector(_) => LiveKind::Inspector,
        }
    }
}

/// What is to be told. Of each there can be several: with commas between them, or each by itself.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveFilter {
    /// Only this: `event`, `delivery`, `webhook`, `health`, `inspector`.
    #[param(value_type = Option<String>, example = "delivery,health")]
    pub kind: Option<BTreeSet<LiveKind>>,
    /// Only what is about these webhooks.
    #[param(value_type = Option<String>, example = "user-42,user-43")]
    pub webhook: Option<BTreeSet<WebhookId>>,
    /// Only deliveries that are in one of these statuses now.
    #[param(value_type = Option<String>, example = "retrying,failed")]
    pub status: Option<BTreeSet<DeliveryStatus>>,
    /// Only what is about events of these types.
    #[param(value_type = Option<String>, example = "price.alert")]
    pub event_type: Option<BTreeSet<EventType>>,
    /// Whether our own notices are left out.
    #[param(ignore)]
    pub hides_notices: bool,
}

impl FromQuery for LiveFilter {
    fn read(query: &mut Query<'_>) -> Result<LiveFilter, Problem> {
        let kind = one_of("event, delivery, webhook, health, inspector");
        let status = one_of("pending, retrying, delivered, failed, cancelled, unknown");
        Ok(LiveFilter {
            kind: several("kind", query.take_all("kind", kind)?)?,
            webhook: several("webhook", query.take_all("webhook", WebhookId::parse)?)?,
            status: several("status", query.take_all("status", status)?)?,
            event_type: several("event_type", query.take_all_of_either("event_type", "type", EventType::parse)?)?,
            hides_notices: false,
        })
    }
}

/// None: all.
fn several<T: Ord>(name: &'static str, values: Vec<T>) -> Result<Option<BTreeSet<T>>, Problem> {
    match values.len() {
        0 => Ok(None),
        1..=MOST_VALUES => Ok(Some(values.into_iter().collect())),
        _ => Err(Problem::parameter(name, format!("is at most {MOST_VALUES} values"))),
    }
}

impl LiveFilter {
    /// The same without what a caller's key does not permit.
    ///
    /// # Errors
    /// It permits nothing of what is named.
    pub fn permitted(mut self, caller: &Caller) -> Result<LiveFilter, Problem> {
        let wanted = self.kind.take().unwrap_or_else(|| LiveKind::ALL.into());
        let permitted: BTreeSet<LiveKind> =
            wanted.iter().copied().filter(|kind| kind.permitted(caller).is_ok()).collect();
        if let (Some(first), true) = (wanted.first(), permitted.is_empty()) {
            first.permitted(caller)?;
        }
        Ok(LiveFilter { kind: Some(permitted), hides_notices: caller.is_portal(), ..self })
    }

    /// Whether things of this kind are to be told at all.
    pub fn wants_kind(&self, kind: LiveKind) -> bool {
        let is_named = self.kind.as_ref().is_none_or(|kinds| kinds.contains(&kind));
        is_named
            && match kind {
                LiveKind::Event => self.webhook.is_none() && self.status.is_none(),
                LiveKind::Delivery => true,
                LiveKind::Webhook | LiveKind::Health | LiveKind::Inspector => {
                    self.status.is_none() && self.event_type.is_none()
                }
            }
    }

    /// Whether this is to be told.
    pub fn wants(&self, happening: &Happening) -> bool {
        let named =
            |id: Option<&WebhookId>| self.webhook.as_ref().is_none_or(|ids| id.is_some_and(|id| ids.contains(id)));
        let typed = |event_type: Option<&EventType>| {
            let is_seen = !self.hides_notices || event_type.is_some_and(|one| !one.is_reserved());
            is_seen && self.event_type.as_ref().is_none_or(|types| event_type.is_some_and(|one| types.contains(one)))
        };
        self.wants_kind(LiveKind::of(&happening.what))
            && match &happening.what {
                What::Event(event) => typed(Some(&event.event_type)),
                What::Delivery(delivery) => {
                    let in_status = self.status.as_ref().is_none_or(|some| some.contains(&delivery.moved.status));
                    in_status && named(delivery.webhook.as_ref()) && typed(delivery.event_type.as_ref())
                }
                What::Webhook(webhook) => named(Some(&webhook.id)),
                What::Health(health) => named(Some(&health.id)),
                What::Inspector(inspector) => named(inspector.webhook.as_ref()),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{EventKey, Serial, TenantKey, Timestamp},
        observe::EventTold,
    };

    #[test]
    fn customers_in_the_portal_are_told_of_no_notices() {
        let filter =
            |hides_notices| LiveFilter { kind: None, webhook: None, status: None, event_type: None, hides_notices };
        let event = |event_type: &str| {
            let (key, event_type) = (EventKey(Serial::nth(1)), EventType::kept(event_type));
            let told = EventTold { key, caller_id: None, event_type, deliveries: 0 };
            Happening { tenant: TenantKey(1), at: Timestamp::from_millis(0), what: What::Event(told) }
        };
        for (hides, event_type, is_told) in
            [(true, "lanehook.key.created", false), (true, "price.alert", true), (false, "lanehook.key.created", true)]
        {
            assert_eq!(filter(hides).wants(&event(event_type)), is_told, "{hides} {event_type}");
        }
    }
}
