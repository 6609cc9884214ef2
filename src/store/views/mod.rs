//! What is asked too often to be read from disk, complete in memory, as last committed: webhooks, tenants, API keys,
//! sessions and event types.
//!
//! The store fills the views when it is opened, and puts each change in after its commit and before it answers, whoever
//! made it. So who reads a view afterwards sees the change: a webhook created with 201 matches the very next event, and
//! a revoked key is refused by everybody who has the store. Nothing else may keep these things: who keeps something
//! made of them (the routing index, compiled schemas, quotas) asks what changed since it last looked, see [`Derived`].

mod derived;
mod follow;
mod items;
mod log;
mod view;

pub use self::{
    derived::{Derived, Look},
    follow::{Followed, Step},
    view::{Change, Changes, GroupRevision, Item, View},
};
use super::CatalogueEntry;
use crate::{
    model::{ApiKey, Session, Tenant, WebhookKey},
    webhook::Webhook,
};

/// A webhook that changed.
pub type WebhookChange = Change<Webhook>;

/// The views of one store.
#[derive(Default, Debug)]
pub(super) struct Views {
    /// By key, and by tenant and id.
    pub webhooks: View<Webhook>,
    /// By key and by id.
    pub tenants: View<Tenant>,
    /// By id and by hash.
    pub api_keys: View<ApiKey>,
    /// By id and by hash.
    pub sessions: View<Session>,
    /// Of the catalogue, by name.
    pub event_types: View<CatalogueEntry>,
}

/// A change of something that has a view.
#[derive(Debug)]
pub(super) enum Changed {
    Webhook(Change<Webhook>),
    Tenant(Change<Tenant>),
    ApiKey(Change<ApiKey>),
    Session(Change<Session>),
    EventType(Change<CatalogueEntry>),
}

impl Changed {
    /// The webhook that is gone, if it is that.
    pub fn deleted_webhook(&self) -> Option<WebhookKey> {
        match self {
            Changed::Webhook(Change::Deleted(key)) => Some(*key),
            _ => None,
        }
    }
}

impl Views {
    /// Puts a committed change in. Changes come in the order in which they were committed.
    pub fn apply(&self, changed: Changed) {
        match changed {
            Changed::Webhook(change) => self.webhooks.apply(change),
            Changed::Tenant(change) => self.tenants.apply(change),
            Changed::ApiKey(change) => self.api_keys.apply(change),
            Changed::Session(change) => self.sessions.apply(change),
            Changed::EventType(change) => self.event_types.apply(change),
        }
    }
}

impl From<Change<Webhook>> for Changed {
    fn from(change: Change<Webhook>) -> Changed {
        Changed::Webhook(change)
    }
}

impl From<Change<Tenant>> for Changed {
    fn from(change: Change<Tenant>) -> Changed {
        Changed::Tenant(change)
    }
}

impl From<Change<ApiKey>> for Changed {
    fn from(change: Change<ApiKey>) -> Changed {
        Changed::ApiKey(change)
    }
}

impl From<Change<Session>> for Changed {
    fn from(change: Change<Session>) -> Changed {
        Changed::Session(change)
    }
}

impl From<Change<CatalogueEntry>> for Changed {
    fn from(change: Change<CatalogueEntry>) -> Changed {
        Changed::EventType(change)
    }
}
