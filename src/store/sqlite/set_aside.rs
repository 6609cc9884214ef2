//! Webhooks that cannot be read, as they were found when the store was opened.

use std::sync::{RwLock, RwLockReadGuard};

use crate::{model::WebhookKey, store::SetAside};

/// The webhooks that are set aside, shared by the writer and the verbs.
#[derive(Debug)]
pub(super) struct SetAsides(RwLock<Vec<SetAside>>);

impl SetAsides {
    pub fn new(found: Vec<SetAside>) -> SetAsides {
        SetAsides(RwLock::new(found))
    }

    pub fn list(&self) -> Vec<SetAside> {
        self.read().clone()
    }

    pub fn contains(&self, key: WebhookKey) -> bool {
        self.read().iter().any(|one| one.key == key)
    }

    /// It was deleted with its tenant.
    pub fn forget(&self, key: WebhookKey) {
        self.0.write().unwrap_or_else(|poisoned| poisoned.into_inner()).retain(|one| one.key != key);
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<SetAside>> {
        // Replaced and shortened only: nothing in between that a panic could leave.
        self.0.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
