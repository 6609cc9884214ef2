//! What is done to events before they are matched: checked and added to, as their tenant wants it.

use std::{mem, sync::Arc, task::Poll, vec};

use super::{enrich::Enricher, error::PublishError, known_types::KnownTypes};
use crate::{
    clock::Clock,
    model::{FieldError, NewEvent, TenantKey, TenantSettings, Validation},
    work::Slice,
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

/// How far the events of a request are prepared.
pub(super) struct Preparing {
    preparer: Preparer,
    settings: Arc<TenantSettings>,
    enriched: Option<TenantKey>,
    events: vec::IntoIter<NewEvent>,
    prepared: Vec<Prepared>,
}

impl Preparing {
    /// Goes on as far as the slice allows: an event, since nobody knows beforehand what one takes.
    pub fn go_on(&mut self, slice: &mut Slice) -> Poll<Result<Vec<Prepared>, PublishError>> {
        while !self.events.as_slice().is_empty() {
            if slice.is_over() || !slice.affords(Slice::UNKNOWN) {
                return Poll::Pending;
            }
            let Some(event) = self.events.next() else { break };
            let place = self.prepared.len();
            match self.preparer.prepare_one(event, &self.settings, self.enriched, place) {
                Ok(prepared) => self.prepared.push(prepared),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(mem::take(&mut self.prepared)))
    }
}

/// Whether there is nothing to do to any event.
pub(super) fn is_idle(settings: &TenantSettings) -> bool {
    settings.validation == Validation::Off && settings.enrichment.is_empty()
}

impl Preparer {
    /// Checks each event; with a tenant, adds its fields.
    pub fn prepare(
        self,
        events: Vec<NewEvent>,
        settings: Arc<TenantSettings>,
        enriched: Option<TenantKey>,
    ) -> Preparing {
        let prepared = Vec::with_capacity(events.len());
        Preparing { preparer: self, settings, enriched, events: events.into_iter(), prepared }
    }

    fn prepare_one(
        &self,
        mut event: NewEvent,
        settings: &Arc<TenantSettings>,
        enriched: Option<TenantKey>,
        place: usize,
    ) -> Result<Prepared, PublishError> {
        let warnings = self.wrong(&event, settings);
        if settings.validation == Validation::Enforce && !warnings.is_empty() {
            return Err(PublishError::Invalid { place, errors: warnings });
        }
        if let Some(tenant) = enriched {
            self.enrich(tenant, settings, &mut event);
        }
        Ok(Prepared { event, warnings })
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
