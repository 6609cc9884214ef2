//! The stored form of what a replay does with which deliveries.

use serde::{Deserialize, Serialize};

use super::{Form, Unreadable, parts::StoredRate};
use crate::model::{
    DeliveryStatus, FailureKind, ReplayAction, ReplayPlan, ReplayQuery, Serial, Timestamp, TypePattern, WebhookId,
    WebhookKey,
};

/// See [`ReplayPlan`].
#[derive(Serialize, Deserialize)]
pub struct StoredReplayPlan {
    action: ReplayAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhook: Option<StoredWebhookName>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    statuses: Vec<DeliveryStatus>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    event_types: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failures: Vec<FailureKind>,
    /// In milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<StoredRate>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    new_id: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredWebhookName {
    key: Serial,
    id: String,
}

impl Form for StoredReplayPlan {
    type Noun = ReplayPlan;

    fn of(plan: &ReplayPlan) -> StoredReplayPlan {
        let ReplayPlan { action, query, rate, new_id } = plan;
        StoredReplayPlan {
            action: *action,
            webhook: query.webhook.as_ref().map(|(key, id)| StoredWebhookName { key: key.0, id: id.to_string() }),
            statuses: query.statuses.clone(),
            event_types: query.event_types.iter().map(TypePattern::to_string).collect(),
            failures: query.failures.clone(),
            from: query.from.map(Timestamp::millis),
            to: query.to.map(Timestamp::millis),
            rate: rate.map(StoredRate::of),
            new_id: *new_id,
        }
    }

    fn noun(self) -> Result<ReplayPlan, Unreadable> {
        let query = ReplayQuery {
            webhook: self.webhook.map(|name| (WebhookKey(name.key), WebhookId::kept(&name.id))),
            statuses: self.statuses,
            event_types: self.event_types.iter().map(|name| TypePattern::kept(name)).collect(),
            failures: self.failures,
            from: self.from.map(Timestamp::from_millis),
            to: self.to.map(Timestamp::from_millis),
        };
        Ok(ReplayPlan { action: self.action, query, rate: self.rate.map(StoredRate::rate), new_id: self.new_id })
    }
}
