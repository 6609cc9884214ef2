//! What the API shows, each in its tenant's turn to read.

use std::sync::atomic::Ordering;

use async_trait::async_trait;

use super::{counting, read, search, store::SqliteStore};
use crate::{
    model::{Attempt, Delivery, DeliveryId, Event, EventKey, TenantKey, Timestamp, WebhookId, WebhookKey},
    store::{Counted, DeliveryQuery, DeliveryTo, EventQuery, History, NamedEvent, Result},
};

#[async_trait]
impl History for SqliteStore {
    async fn find_event(&self, tenant: TenantKey, public_id: &str) -> Result<Option<Event>> {
        let id = public_id.to_owned();
        self.read(tenant, move |conn| read::find_event(conn, tenant, &id)).await
    }

    async fn is_scrubbed(&self, tenant: TenantKey, event: EventKey) -> Result<bool> {
        let find = "SELECT 1 FROM events WHERE key = ?1 AND scrubbed_at IS NOT NULL";
        self.read(tenant, move |conn| conn.prepare_cached(find)?.exists([event.0.number()])).await
    }

    async fn events(&self, tenant: TenantKey, query: EventQuery) -> Result<Vec<Event>> {
        self.read(tenant, move |conn| read::events(conn, tenant, &query)).await
    }

    async fn delivery(&self, tenant: TenantKey, id: DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>> {
        let forms = self.shared.forms.clone();
        self.read(tenant, move |conn| read::delivery_with_attempts(conn, tenant, id, &forms)).await
    }

    async fn deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Vec<Delivery>> {
        self.read(tenant, move |conn| read::deliveries(conn, tenant, &query)).await
    }

    async fn count_events(&self, tenant: TenantKey, query: EventQuery) -> Result<Counted> {
        counting::events(self, tenant, query).await
    }

    async fn count_deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Counted> {
        counting::deliveries(self, tenant, query).await
    }

    async fn reach_of_events(&self, tenant: TenantKey, query: EventQuery) -> Result<Option<EventKey>> {
        self.read(tenant, move |conn| counting::reach_of_events(conn, tenant, &query)).await
    }

    async fn reach_of_deliveries(&self, tenant: TenantKey, query: DeliveryQuery) -> Result<Option<DeliveryId>> {
        self.read(tenant, move |conn| counting::reach_of_deliveries(conn, tenant, &query)).await
    }

    async fn events_of(&self, tenant: TenantKey, deliveries: Vec<DeliveryId>) -> Result<Vec<(DeliveryId, Event)>> {
        self.read(tenant, move |conn| read::events_of(conn, tenant, &deliveries)).await
    }

    async fn deliveries_to(&self, event: &Event, webhooks: Vec<WebhookKey>) -> Result<Vec<DeliveryTo>> {
        let key = event.key;
        self.read(event.tenant, move |conn| search::deliveries_to(conn, key, &webhooks)).await
    }

    async fn events_named(&self, tenant: TenantKey, start: &str, limit: usize) -> Result<Vec<NamedEvent>> {
        let start = start.to_owned();
        self.read(tenant, move |conn| search::events_named(conn, tenant, &start, limit)).await
    }

    async fn newest_events(&self, tenant: TenantKey, from: Timestamp, limit: usize) -> Result<Vec<NamedEvent>> {
        self.read(tenant, move |conn| search::newest_events(conn, tenant, from, limit)).await
    }

    async fn deleted_webhooks(&self, tenant: TenantKey, limit: usize) -> Result<Vec<(WebhookKey, WebhookId)>> {
        self.read(tenant, move |conn| search::deleted_webhooks(conn, tenant, limit)).await
    }

    async fn webhooks_named(&self, tenant: TenantKey, id: WebhookId) -> Result<Vec<WebhookKey>> {
        self.read(tenant, move |conn| read::webhooks_named(conn, tenant, &id)).await
    }

    async fn deliveries_to_come(&self, tenant: TenantKey, events: Vec<EventKey>) -> Result<Vec<u64>> {
        if self.shared.unfolding.load(Ordering::Acquire) == 0 {
            return Ok(vec![0; events.len()]);
        }
        self.read(tenant, move |conn| read::to_come(conn, &events)).await
    }
}
