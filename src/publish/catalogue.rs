//! The catalogue in memory: what event types there are, and whether an event is what its type says.
//!
//! Kept like the keys in `access`: whoever changes it changes the store first and the memory before the answer, so an
//! event type that was answered is known to the very next event. Schemas are compiled when the first event of their
//! version comes.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use serde_json::Value;
use tokio::sync::Mutex;

use crate::{
    catalogue::{EventTypeEntry, KnownType},
    model::{EventType, FieldError, NewEvent, Timestamp},
    store::{CatalogueEntry, Result, Store, uncancelled},
};

/// The event types there are. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Catalogue(Arc<Inner>);

struct Inner {
    store: Arc<dyn Store>,
    /// Held while store and memory change, so that both see changes in one order.
    changes: Mutex<()>,
    known: RwLock<BTreeMap<EventType, Arc<Known>>>,
}

/// An event type as it was last committed.
struct Known {
    event_type: KnownType,
    version: u64,
    updated_at: Timestamp,
}

impl Catalogue {
    /// With everything that the store knows.
    pub async fn load(store: Arc<dyn Store>) -> Result<Catalogue> {
        let entries = store.event_types().await?;
        let known = entries.into_iter().map(|entry| (entry.event_type.name.clone(), Arc::new(Known::new(entry))));
        Ok(Catalogue(Arc::new(Inner { known: RwLock::new(known.collect()), changes: Mutex::default(), store })))
    }

    /// Every event type, by name.
    pub fn all(&self) -> Vec<CatalogueEntry> {
        self.read().values().map(|known| known.entry()).collect()
    }

    /// An event type.
    pub fn find(&self, name: &EventType) -> Option<CatalogueEntry> {
        self.read().get(name).map(|known| known.entry())
    }

    /// Data that fits the current version of this type: its example.
    pub fn example(&self, name: &EventType) -> Option<Value> {
        let known = self.read().get(name).cloned()?;
        known.event_type.entry().current().map(|version| version.example.clone())
    }

    /// Keeps an event type if it is still at the version `expected`, 0 for a new one.
    pub async fn put(&self, event_type: EventTypeEntry, expected: u64) -> Result<CatalogueEntry> {
        let catalogue = self.clone();
        uncancelled(async move {
            let _turn = catalogue.0.changes.lock().await;
            let entry = catalogue.0.store.put_event_type(event_type, expected).await?;
            catalogue.write().insert(entry.event_type.name.clone(), Arc::new(Known::new(entry.clone())));
            Ok(entry)
        })
        .await
    }

    /// Forgets an event type. Tells whether it was there.
    pub async fn delete(&self, name: &EventType) -> Result<bool> {
        let (catalogue, name) = (self.clone(), name.clone());
        uncancelled(async move {
            let _turn = catalogue.0.changes.lock().await;
            let there = catalogue.0.store.delete_event_type(name.clone()).await?;
            catalogue.write().remove(&name);
            Ok(there)
        })
        .await
    }

    /// What is wrong with an event by the catalogue; pointers are into the event. `data` is the event's, read.
    pub fn check(&self, event: &NewEvent, data: &Value) -> Vec<FieldError> {
        let Some(known) = self.read().get(&event.event_type).cloned() else {
            let message = format!(
                "the event type `{}` is not in the catalogue; add it with PUT /api/v1/event-types/{0}",
                event.event_type
            );
            return vec![FieldError::at("/type", message)];
        };
        known.event_type.check(event.version, data)
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<EventType, Arc<Known>>> {
        // Held for look-ups and inserts only.
        self.0.known.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<EventType, Arc<Known>>> {
        self.0.known.write().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Known {
    fn new(entry: CatalogueEntry) -> Known {
        let CatalogueEntry { event_type, version, updated_at } = entry;
        Known { event_type: KnownType::new(event_type), version, updated_at }
    }

    fn entry(&self) -> CatalogueEntry {
        let event_type = self.event_type.entry().clone();
        CatalogueEntry { event_type, version: self.version, updated_at: self.updated_at }
    }
}
