//! What event types there are, and whether an event is what its type says.
//!
//! The store's view of event types is what counts, whoever changed it: an event type that was answered is known to the
//! very next event. What is compiled of them is kept here, and made anew when one changes. Schemas are compiled when the
//! first event of their version comes.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;

use crate::{
    catalogue::KnownType,
    model::{EventType, FieldError, NewEvent},
    store::{Catalogue, Change, Derived},
};

/// The event types there are, with what is compiled of them. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(super) struct KnownTypes(Arc<Inner>);

struct Inner {
    store: Arc<dyn Catalogue>,
    known: Derived<HashMap<EventType, Arc<KnownType>>>,
}

impl KnownTypes {
    /// Of this store.
    pub fn new(store: Arc<dyn Catalogue>) -> KnownTypes {
        KnownTypes(Arc::new(Inner { store, known: Derived::default() }))
    }

    /// Data that fits the current version of this type: its example.
    pub fn example(&self, name: &EventType) -> Option<Value> {
        let entry = self.0.store.event_types().get(name)?;
        entry.event_type.current().map(|version| version.example.clone())
    }

    /// What is wrong with an event by the catalogue; pointers are into the event. `data` is the event's, read.
    pub fn check(&self, event: &NewEvent, data: &Value) -> Vec<FieldError> {
        let Some(known) = self.known(&event.event_type) else {
            let message = format!(
                "the event type `{}` is not in the catalogue; add it with PUT /api/v1/event-types/{0}",
                event.event_type
            );
            return vec![FieldError::at("/type", message)];
        };
        known.check(event.version, data)
    }

    /// What is compiled of an event type, as it is now.
    fn known(&self, name: &EventType) -> Option<Arc<KnownType>> {
        let known = self.0.known.look(self.0.store.event_types(), |known, change| match change {
            Change::Saved(entry) => {
                let event_type = entry.event_type.clone();
                known.insert(event_type.name.clone(), Arc::new(KnownType::new(event_type)));
            }
            Change::Deleted(name) => drop(known.remove(&name)),
        });
        known.get(name).cloned()
    }
}
