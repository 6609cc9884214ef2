//! Events that were not published: to try a webhook with, and to see what it would be sent.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    access::Caller,
    api::{app::App, edge::problem::Problem, events::handlers},
    model::{CallerId, Event, EventType, Scope, TenantKey},
    webhook::WebhookSettings,
    work::Slice,
};

/// Which event to take.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object: {\"event_id\": …} for an event that is kept, or {\"type\": …, \"data\": …} for one of your own"
)]
pub struct Sample {
    /// A stored event's id; then nothing else can be given.
    #[schema(value_type = CallerId, nullable = false, required = false)]
    pub(super) event_id: Option<String>,
    /// Otherwise the first type that the webhook asks for by its whole name, or `webhook.test`.
    #[serde(rename = "type", alias = "event_type")]
    #[schema(example = "price_alert")]
    pub(super) event_type: Option<EventType>,
    /// Any JSON; otherwise the catalogue's example of the type, or a sentence that says that this is a test.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Value>)]
    pub(super) data: Option<Box<RawValue>>,
}

/// A null that was given is data, too.
pub(super) fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

impl Sample {
    /// The event, as the tenant's webhooks would get it: with the fields that the tenant adds.
    /// The answers show it, so a stored one is only for those who may read events.
    pub async fn event(
        self,
        app: &App,
        caller: &Caller,
        tenant: TenantKey,
        settings: &WebhookSettings,
    ) -> Result<Arc<Event>, Problem> {
        if let Some(id) = &self.event_id {
            caller.permits(Scope::EventsRead)?;
            // A null beside an id is data that was left out.
            let names_data = self.data.as_ref().is_some_and(|data| data.get() != "null");
            if self.event_type.is_some() || names_data {
                return Err(Problem::field("/event_id", "names a whole event; leave `type` and `data` out"));
            }
            return handlers::find(app, tenant, id).await.map(Arc::new);
        }
        let (publisher, settings) = (app.publisher.clone(), settings.clone());
        let make = move || {
            let data = self.data.as_deref().map(RawValue::get);
            publisher.sample(tenant, &settings, self.event_type, data, rand::random())
        };
        // With the fields that the tenant adds, which may be computed.
        Ok(Arc::new(app.work.ask_once(tenant, Slice::UNKNOWN, make).await??))
    }
}
