//! What a commit has done, for those who watch: gathered when it is durable, and only for tenants that somebody watches.

use rusqlite::{Connection, OptionalExtension};

use super::{shared::Shared, transaction::Effects};
use crate::{
    clock::Clock,
    model::{
        CallerId, DeliveryStatus, Event, EventKey, EventType, IdMap, Owed, Serial, TenantKey, Timestamp, WebhookId,
        WebhookKey,
    },
    observe::{DeliveryMoved, DeliveryTold, EventTold, Happening, Live, Watched, WebhookChange, WebhookTold, What},
    store::{Change, views::Changed},
    webhook::Webhook,
};

/// What a commit has done that is to be told.
#[derive(Default)]
pub(super) struct ToTell {
    /// In order: what made a serial by that, and then what is about nothing new.
    happened: Vec<(Option<Serial>, Happening)>,
    /// Somebody may not read any more.
    ends_some: bool,
}

/// Gathers what a commit has done, before anybody can see it.
pub(super) fn gather(conn: &Connection, shared: &Shared, effects: &Effects, clock: &Clock) -> ToTell {
    let Some(watched) = shared.live.watched() else { return ToTell::default() };
    let events = effects.events.iter().chain(&effects.accepted).map(|event| (event.key, &**event)).collect();
    let gathering = Gathering { conn, shared, watched, events, now: clock.now() };
    let mut happened: Vec<(Option<Serial>, Happening)> = Vec::new();
    let accepted = effects.accepted.iter().filter_map(|event| gathering.event(event));
    let owed = effects.owed.iter().filter_map(|owed| gathering.owed(owed));
    happened.extend(accepted.chain(owed));
    happened.sort_by_key(|(serial, _)| *serial);
    let moved = effects.moved.iter().filter_map(|moved| gathering.delivery(*moved));
    let webhooks = effects.changed.iter().filter_map(|changed| gathering.webhook(changed));
    happened.extend(moved.chain(webhooks).map(|happening| (None, happening)));
    let ends_some = |changed: &Changed| matches!(changed, Changed::ApiKey(_) | Changed::Tenant(_));
    ToTell { happened, ends_some: effects.changed.iter().any(ends_some) }
}

impl ToTell {
    /// Tells it, once everybody can see it.
    pub fn tell(self, live: &Live, clock: &Clock) {
        if !self.happened.is_empty() {
            live.tell(clock.passed(), self.happened);
        }
        if self.ends_some {
            live.wake_all();
        }
    }
}

struct Gathering<'a> {
    conn: &'a Connection,
    shared: &'a Shared,
    watched: Watched,
    /// Those at hand.
    events: IdMap<EventKey, &'a Event>,
    now: Timestamp,
}

impl Gathering<'_> {
    fn happening(&self, tenant: TenantKey, what: What) -> Happening {
        Happening { tenant, at: self.now, what }
    }

    fn event(&self, event: &Event) -> Option<(Option<Serial>, Happening)> {
        self.watched.has(event.tenant).then(|| {
            let told = EventTold {
                key: event.key,
                caller_id: event.caller_id.clone(),
                event_type: event.event_type.clone(),
                deliveries: event.fan_out,
            };
            (Some(event.key.0), self.happening(event.tenant, What::Event(told)))
        })
    }

    /// One that is new.
    fn owed(&self, owed: &Owed) -> Option<(Option<Serial>, Happening)> {
        let of_event = self.events.get(&owed.event).map(|event| event.tenant);
        let tenant = of_event.or_else(|| self.webhook_of(owed.webhook).map(|(tenant, _)| tenant))?;
        let moved = DeliveryMoved {
            tenant,
            id: owed.id,
            webhook: owed.webhook,
            event: owed.event,
            status: DeliveryStatus::Pending,
            attempts: 0,
            due_at: None,
            cancel_reason: None,
            attempt: None,
            test: false,
        };
        self.delivery(moved).map(|happening| (Some(owed.id.0), happening))
    }

    fn delivery(&self, moved: DeliveryMoved) -> Option<Happening> {
        if !self.watched.has(moved.tenant) {
            return None;
        }
        let (event_type, event_caller_id) = self.names_of(moved.event).unzip();
        let told = DeliveryTold {
            moved,
            webhook: self.webhook_of(moved.webhook).map(|(_, id)| id),
            event_caller_id: event_caller_id.flatten(),
            event_type,
        };
        Some(self.happening(moved.tenant, What::Delivery(told)))
    }

    fn webhook(&self, changed: &Changed) -> Option<Happening> {
        let Changed::Webhook(changed) = changed else { return None };
        let (webhook, change) = match changed {
            Change::Saved(webhook) if webhook.version == 1 => (webhook.clone(), WebhookChange::Created),
            Change::Saved(webhook) => (webhook.clone(), WebhookChange::Changed),
            // It is still there for those who look.
            Change::Deleted(key) => (self.shared.views.webhooks.get(*key)?, WebhookChange::Deleted),
        };
        let Webhook { key, tenant, id, settings, disabled, .. } = &*webhook;
        let told = WebhookTold { key: *key, id: id.clone(), change, status: settings.status, disabled: *disabled };
        self.watched.has(*tenant).then(|| self.happening(*tenant, What::Webhook(told)))
    }

    /// Nearly always from memory. What cannot be read is told without its names.
    fn names_of(&self, key: EventKey) -> Option<(EventType, Option<CallerId>)> {
        let names = |event: &Event| (event.event_type.clone(), event.caller_id.clone());
        if let Some(event) = self.events.get(&key) {
            return Some(names(event));
        }
        if let Some(event) = self.shared.recent.event(key) {
            return Some(names(&event));
        }
        let mut find = self.conn.prepare_cached("SELECT type, caller_id FROM events WHERE key = ?1").ok()?;
        let found = find.query_row([key.0.number()], |row| {
            let caller_id = row.get::<_, Option<String>>(1)?.map(|id| CallerId::kept(&id));
            Ok((EventType::kept(row.get_ref(0)?.as_str()?), caller_id))
        });
        found.optional().ok()?
    }

    /// Whose a webhook is and what it is called, also of one that is deleted.
    fn webhook_of(&self, key: WebhookKey) -> Option<(TenantKey, WebhookId)> {
        if let Some(webhook) = self.shared.views.webhooks.get(key) {
            return Some((webhook.tenant, webhook.id.clone()));
        }
        let mut find = self.conn.prepare_cached("SELECT tenant, id FROM webhooks WHERE key = ?1").ok()?;
        let found = find.query_row([key.0.number()], |row| Ok((TenantKey(row.get(0)?), row.get::<_, String>(1)?)));
        let (tenant, id) = found.optional().ok()??;
        Some((tenant, WebhookId::kept(&id)))
    }
}
