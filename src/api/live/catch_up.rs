//! What the store knows of what a reader has missed whose place is not remembered any more: what was accepted since, as it is now.

use std::collections::{HashMap, HashSet};

use super::filter::{LiveFilter, LiveKind};
use crate::{
    api::{app::App, edge::problem::Problem},
    model::{DeliveryStatus, Event, Serial, TenantKey, Timestamp},
    observe::{DeliveryMoved, DeliveryTold, EventTold, Happening, LiveReader, What},
    store::{DeliveryQuery, EventQuery},
};

/// Events and deliveries, of each so many: the last of them.
const MOST: usize = 500;
/// Bytes of their data, which comes along.
const MOST_BYTES: usize = 4 << 20;

/// What was accepted since, as it is now.
pub struct CaughtUp {
    /// Oldest first, by the serial of each.
    pub rows: Vec<(Serial, Happening)>,
    /// From when on these are all that was accepted.
    pub complete_from: Option<Timestamp>,
}

impl CaughtUp {
    /// Of a tenant after this serial, without what the reader is going to take. Of all tenants together nothing is looked up.
    ///
    /// # Errors
    /// The store cannot be asked now.
    pub async fn after(
        since: Serial,
        app: &App,
        tenant: TenantKey,
        filter: &LiveFilter,
        reader: &LiveReader,
    ) -> Result<CaughtUp, Problem> {
        let mut caught_up = CaughtUp { rows: Vec::new(), complete_from: None };
        if tenant == TenantKey::ALL {
            return Ok(caught_up);
        }
        if filter.wants_kind(LiveKind::Event) {
            let query =
                EventQuery { from: Some(since.time()), limit: MOST, bytes: Some(MOST_BYTES), ..EventQuery::default() };
            let events = app.store.events(tenant, query).await?;
            // What was made for a test was not published.
            caught_up.add(events.iter().filter(|event| !event.test).map(of_event).collect(), since);
        }
        if filter.wants_kind(LiveKind::Delivery) {
            let query = DeliveryQuery { from: Some(since.time()), limit: MOST, ..DeliveryQuery::default() };
            let deliveries = app.store.deliveries(tenant, query).await?;
            let of_delivery = deliveries.into_iter().map(|delivery| {
                let moved = DeliveryMoved::of(tenant, &delivery);
                let told = DeliveryTold {
                    moved,
                    webhook: Some(delivery.webhook_id),
                    event_caller_id: delivery.event_caller_id,
                    event_type: Some(delivery.event_type),
                };
                let at = delivery.finished_at.unwrap_or(delivery.id.0.time());
                (delivery.id.0, Happening { tenant, at, what: What::Delivery(told) })
            });
            caught_up.add(of_delivery.collect(), since);
        }
        // What was committed while the store was asked is told by the reader.
        let to_come: HashSet<Serial> =
            reader.look(usize::MAX).items.iter().filter_map(|item| item.told.about()).collect();
        caught_up.rows.retain(|(serial, happening)| !to_come.contains(serial) && filter.wants(happening));
        caught_up.rows.sort_by_key(|(serial, _)| *serial);
        Ok(caught_up)
    }

    /// The newest come first, and if there are as many as were asked for, there may be more.
    fn add(&mut self, found: Vec<(Serial, Happening)>, since: Serial) {
        if let (Some((oldest, _)), true) = (found.last(), found.len() >= MOST) {
            self.complete_from = self.complete_from.max(Some(oldest.time()));
        }
        self.rows.extend(found.into_iter().filter(|(serial, _)| *serial > since));
    }

    /// How each is shown, so that it is not told once more.
    pub fn shown(&self) -> Shown {
        Shown(self.rows.iter().map(|(serial, happening)| (*serial, stand(happening))).collect())
    }
}

fn of_event(event: &Event) -> (Serial, Happening) {
    let told = EventTold {
        key: event.key,
        caller_id: event.caller_id.clone(),
        event_type: event.event_type.clone(),
        deliveries: event.fan_out,
    };
    (event.key.0, Happening { tenant: event.tenant, at: event.key.0.time(), what: What::Event(told) })
}

/// What was read from the store and may be told by the reader just afterwards: a commit can be read before it is told.
#[derive(Default)]
pub struct Shown(HashMap<Serial, Option<(DeliveryStatus, u32)>>);

impl Shown {
    /// Whether it was shown just like this. What is asked about comes from here on as it is told.
    pub fn takes(&mut self, serial: Option<Serial>, happening: &Happening) -> bool {
        serial.and_then(|serial| self.0.remove(&serial)).is_some_and(|shown| shown == stand(happening))
    }

    /// By now all of it was told.
    pub fn forget(&mut self) {
        self.0 = HashMap::new();
    }
}

fn stand(happening: &Happening) -> Option<(DeliveryStatus, u32)> {
    match &happening.what {
        What::Delivery(delivery) => Some((delivery.moved.status, delivery.moved.attempts)),
        _ => None,
    }
}
