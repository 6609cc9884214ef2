//! What is done to events before they are matched: checked and added to, as their tenant wants it.

use std::sync::Arc;

use super::{enrich::Enricher, error::PublishError, known_types::KnownTypes};
use crate::{
    clock::Clock,
    model::{FieldError, NewEvent, TenantKey, TenantSettings, Validation},
};

/// Prepares events. Cheap to clone; all clones are one.
#[derive(Clone)]
pub(super) struct Preparer {
    /// What it checks by.
    pub known_types: KnownTypes,
    /// What it adds with.
    pub enricher: Enricher,
    /// When an event happens that does not say.
    pub clock: Clock,
    /// Nothing is added to an event that would be longer with it.
    pub max_event_bytes: usize,
}

/// An event that can be matched.
pub(super) struct Prepared {
    pub event: NewEvent,
    /// What is wrong with it, where its tenant wants it kept all the same.
    pub warnings: Vec<FieldError>,
}

/// Whether there is nothing to do to any event.
pub(super) fn is_idle(settings: &TenantSettings) -> bool {
    settings.validation == Validation::Off && settings.enrichment.is_empty()
}

impl Preparer {
    /// Checks each event; with a tenant, adds its fields.
    pub fn prepare(
        &self,
        events: Vec<NewEvent>,
        settings: &Arc<TenantSettings>,
        enriched: Option<TenantKey>,
    ) -> Result<Vec<Prepared>, PublishError> {
        let mut prepared = Vec::with_capacity(events.len());
        for (place, mut event) in events.into_iter().enumerate() {
            let warnings = self.wrong(&event, settings);
            if settings.validation == Validation::Enforce && !warnings.is_empty() {
                return Err(PublishError::Invalid { place, errors: warnings });
            }
            if let Some(tenant) = enriched {
                self.enrich(tenant, settings, &mut event);
            }
            prepared.push(Prepared { event, warnings });
        }
        Ok(prepared)
    }

    /// Adds a tenant's fields to an event.
    pub fn enrich(&self, tenant: TenantKey, settings: &Arc<TenantSettings>, event: &mut NewEvent) {
        self.enricher.enrich(tenant, settings, event, self.clock.now(), self.max_event_bytes);
    }

    /// What is wrong with an event by the catalogue, if the tenant wants to know.
    fn wrong(&self, event: &NewEvent, settings: &TenantSettings) -> Vec<FieldError> {
        if settings.validation == Validation::Off {
            return Vec::new();
        }
        match serde_json::from_slice(&event.data) {
            Ok(data) => self.known_types.check(event, &data),
            Err(error) => vec![FieldError::at("/data", format!("cannot be read: {error}"))],
        }
    }
}
