//! Event types: every change to the catalogue, and what it means for receivers.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{error::ManageError, expected::Expected};
use crate::{
    catalogue::{Breakage, EventTypeEntry, EventTypeInput, EventTypeSource, SchemaVersion, sample},
    clock::Clock,
    merge_patch,
    model::{Actor, EventType, TenantKey, read_json_fully},
    store::{Catalogue, CatalogueEntry},
    work::{Cost, Slice, Work},
};

/// Looking for a text in the names of one.
const OF_READING: Cost = 1_000;

/// The catalogue, and every change to it. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct EventTypeService {
    store: Arc<dyn Catalogue>,
    clock: Clock,
    work: Work,
}

/// An event type after a change, and what the change means for receivers.
#[derive(Clone, Debug)]
pub struct ChangedEventType {
    /// As it is kept, or would be.
    pub entry: Arc<CatalogueEntry>,
    /// What data of the newest version can hold that data of the version before could not.
    pub breaks: Vec<Breakage>,
    /// Whether there was none before.
    pub is_new: bool,
}

/// What an import did.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Imported {
    /// These are new.
    pub created: Vec<EventType>,
    /// These were replaced.
    pub replaced: Vec<EventType>,
    /// These were there, and stayed as they were.
    pub unchanged: Vec<EventType>,
}

/// An event as it could be published.
#[derive(Clone, PartialEq, Debug)]
pub struct SampleOfType {
    /// Its type.
    pub event_type: EventType,
    /// The version whose schema the data fits.
    pub version: u32,
    /// Its data.
    pub data: Value,
}

impl EventTypeService {
    /// Of this store; `work` does what takes long.
    pub fn new(store: Arc<dyn Catalogue>, clock: Clock, work: Work) -> EventTypeService {
        EventTypeService { store, clock, work }
    }

    /// Every event type, by name.
    pub fn all(&self) -> Vec<Arc<CatalogueEntry>> {
        self.store.event_types().all()
    }

    /// Those with a text in their name or title, in any case, by name; at most `limit`. `tenant`: whose turn it is.
    pub async fn search(
        &self,
        tenant: TenantKey,
        text: &str,
        limit: usize,
    ) -> Result<Vec<Arc<CatalogueEntry>>, ManageError> {
        let (all, lower) = (self.all(), text.to_lowercase());
        let cost = OF_READING * all.len() as Cost;
        let search = move || {
            let is_in = |part: &str| part.to_lowercase().contains(&lower);
            let wanted = |entry: &Arc<CatalogueEntry>| {
                let event_type = &entry.event_type;
                is_in(event_type.name.as_str()) || event_type.title.as_deref().is_some_and(is_in)
            };
            all.into_iter().filter(wanted).take(limit).collect()
        };
        Ok(self.work.ask_once(tenant, cost, search).await?)
    }

    /// An event type.
    pub fn find(&self, name: &str) -> Result<Arc<CatalogueEntry>, ManageError> {
        let name = EventType::parse(name).ok();
        name.and_then(|name| self.store.event_types().get(name)).ok_or(NO_EVENT_TYPE)
    }

    /// Makes an event type, or replaces the one there is.
    pub async fn put(
        &self,
        input: EventTypeInput,
        expected: &Expected,
        by: &Actor,
    ) -> Result<ChangedEventType, ManageError> {
        let before = self.store.event_types().get(&input.name);
        expected.check_name(before.as_ref().map(|entry| entry.version.to_string()))?;
        self.replace(input, before, by).await
    }

    /// Changes what a merge patch (RFC 7396) names.
    pub async fn change(
        &self,
        name: &str,
        patch: &Map<String, Value>,
        expected: &Expected,
        by: &Actor,
    ) -> Result<ChangedEventType, ManageError> {
        let before = self.find(name)?;
        expected.check_name(Some(before.version.to_string()))?;
        if patch.contains_key("name") {
            return Err(ManageError::field("/name", "stays; make another event type with PUT"));
        }
        let current = serde_json::to_value(&before.event_type).map_err(defect)?;
        let merged = serde_json::to_vec(&merge_patch::merged(current, patch)).map_err(defect)?;
        self.replace(read_json_fully(&merged)?, Some(before), by).await
    }

    /// Adds a version. `dry_run`: only says what it would be.
    pub async fn add_version(
        &self,
        name: &str,
        version: Map<String, Value>,
        dry_run: bool,
        by: &Actor,
    ) -> Result<ChangedEventType, ManageError> {
        let before = self.find(name)?;
        let mut input = before.event_type.read_version(version)?;
        input.created_at = Some(self.clock.now());
        let known = before.event_type.clone();
        let (event_type, breaks) = self.elsewhere(move || known.with_version(input)).await??;
        let entry = match dry_run {
            true => Arc::new(CatalogueEntry { event_type, ..CatalogueEntry::clone(&before) }),
            false => self.store.put_event_type(event_type, before.version, by).await?,
        };
        Ok(ChangedEventType { entry, breaks, is_new: false })
    }

    /// Forgets an event type. Events of the type stay.
    pub async fn delete(&self, name: &str, by: &Actor) -> Result<(), ManageError> {
        let name = self.find(name)?.event_type.name.clone();
        match self.store.delete_event_type(name, by).await? {
            true => Ok(()),
            false => Err(NO_EVENT_TYPE),
        }
    }

    /// Keeps event types of elsewhere. Those that are there already stay as they are, unless `replace`.
    pub async fn import(&self, source: EventTypeSource, replace: bool, by: &Actor) -> Result<Imported, ManageError> {
        let mut imported = Imported::default();
        for event_type in self.elsewhere(move || source.read()).await?? {
            let before = self.store.event_types().get(&event_type.name);
            let name = event_type.name.clone();
            if before.is_some() && !replace {
                imported.unchanged.push(name);
                continue;
            }
            let version = before.as_ref().map(|entry| entry.version);
            let kept = self.keep(event_type, before, by).await?;
            match version {
                None => imported.created.push(name),
                Some(version) if version == kept.version => imported.unchanged.push(name),
                Some(_) => imported.replaced.push(name),
            }
        }
        Ok(imported)
    }

    /// Data that fits a version of an event type: the version's example, or what is made of `seed`. Without `version`, of
    /// the newest that is not deprecated.
    pub async fn sample(
        &self,
        name: &str,
        version: Option<u32>,
        seed: Option<u64>,
    ) -> Result<SampleOfType, ManageError> {
        let entry = self.find(name)?;
        let event_type = &entry.event_type;
        let found = version.map_or_else(|| event_type.current(), |number| event_type.version(number));
        let SchemaVersion { version, schema, example, .. } = found.cloned().ok_or(ManageError::NoSuchVersion)?;
        let data = match seed {
            None => example,
            Some(seed) => {
                let made = self.elsewhere(move || sample(&schema, seed)).await?;
                made.map_err(|error| ManageError::NoSample(error.to_string()))?
            }
        };
        Ok(SampleOfType { event_type: event_type.name.clone(), version, data })
    }

    /// Writes an event type as the input has it, with the times of its versions, if it is still as it was read.
    async fn replace(
        &self,
        input: EventTypeInput,
        before: Option<Arc<CatalogueEntry>>,
        by: &Actor,
    ) -> Result<ChangedEventType, ManageError> {
        let made = self.elsewhere(move || EventTypeEntry::try_from(input).map(|made| (made.breaks(), made))).await?;
        let (breaks, event_type) = made?;
        let is_new = before.is_none();
        let entry = self.keep(event_type, before, by).await?;
        Ok(ChangedEventType { entry, breaks, is_new })
    }

    /// Writes an event type, unless it is as it was.
    async fn keep(
        &self,
        mut event_type: EventTypeEntry,
        before: Option<Arc<CatalogueEntry>>,
        by: &Actor,
    ) -> Result<Arc<CatalogueEntry>, ManageError> {
        event_type.stamp(before.as_deref().map(|entry| &entry.event_type), self.clock.now());
        match before {
            Some(before) if before.event_type == event_type => Ok(before),
            before => Ok(self.store.put_event_type(event_type, before.map_or(0, |entry| entry.version), by).await?),
        }
    }

    /// Reading schemas and comparing them may take a moment; the threads that serve others go on. The catalogue is one for
    /// all tenants, and so are its turns.
    async fn elsewhere<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ManageError> {
        Ok(self.work.ask_once(TenantKey::ALL, Slice::UNKNOWN, work).await?)
    }
}

const NO_EVENT_TYPE: ManageError = ManageError::NotFound("event type");

fn defect(error: impl ToString) -> ManageError {
    ManageError::Defect(error.to_string())
}
