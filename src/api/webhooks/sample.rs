//! Events that were not published: to try a webhook with, and to see what it would be sent.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    access::{AccessError, Caller},
    api::{
        app::App,
        edge::{extract::given_json, problem::Problem},
        events::handlers,
        saved_events,
    },
    model::{CallerId, Event, EventType, SavedName, Scope, TenantKey},
    webhook::WebhookSettings,
    work::Slice,
};

/// Which event to take.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(
    deny_unknown_fields,
    expecting = "an object: {\"event_id\": …} for an event that is kept, {\"saved_event\": …} for one that is saved by name, or {\"type\": …, \"data\": …} for one of your own"
)]
pub struct Sample {
    /// A stored event's id; then nothing else can be given.
    #[schema(value_type = CallerId, nullable = false, required = false)]
    pub(super) event_id: Option<String>,
    /// The name of a saved event; then nothing else can be given.
    #[schema(nullable = false, required = false)]
    pub(super) saved_event: Option<SavedName>,
    /// Otherwise the first type that the webhook asks for by its whole name, or `webhook.test`.
    #[serde(rename = "type", alias = "event_type")]
    #[schema(example = "price_alert")]
    pub(super) event_type: Option<EventType>,
    /// Any JSON; otherwise the catalogue's example of the type, or a sentence that says that this is a test.
    #[serde(default, deserialize_with = "given_json")]
    #[schema(value_type = Option<Value>)]
    pub(super) data: Option<Box<RawValue>>,
}

impl Sample {
    /// The event, as the tenant's webhooks would get it: with the fields that the tenant adds.
    /// The answers show it, so one that is stored or saved is only for those who may read events.
    pub async fn event(
        self,
        app: &App,
        caller: &Caller,
        tenant: TenantKey,
        settings: &WebhookSettings,
    ) -> Result<Arc<Event>, Problem> {
        // A null beside a name is data that was left out.
        let says_more = self.event_type.is_some() || self.data.as_ref().is_some_and(|data| data.get() != "null");
        if self.event_id.is_some() || self.saved_event.is_some() {
            caller.permits(Scope::EventsRead)?;
        }
        if self.saved_event.is_some() && caller.is_portal() {
            return Err(AccessError::NotInPortal.into());
        }
        match (&self.event_id, &self.saved_event) {
            (Some(_), _) if says_more => {
                return Err(Problem::field("/event_id", "names a whole event; leave `type` and `data` out"));
            }
            (None, Some(_)) if says_more => {
                return Err(Problem::field("/saved_event", "names a whole event; leave `type` and `data` out"));
            }
            (Some(_), Some(_)) => {
                return Err(Problem::field(
                    "/saved_event",
                    "names another event than `event_id`; leave one of them out",
                ));
            }
            (Some(id), None) => return handlers::find_whole(app, caller, tenant, id).await.map(Arc::new),
            (None, Some(name)) => {
                let published = saved_events::find(app, tenant, name.clone()).await?.1.published();
                let publisher = app.publisher.clone();
                let make = move || publisher.sample_of(tenant, published, rand::random());
                return Ok(Arc::new(app.work.ask_once(tenant, Slice::UNKNOWN, make).await?));
            }
            (None, None) => {}
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
