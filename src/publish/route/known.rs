//! The webhooks that there are, in an index that is brought up to date before it is asked.

use std::sync::{Arc, RwLock, RwLockReadGuard, TryLockError};

use super::index::Index;
use crate::{
    clock::Clock,
    model::{Event, IdMap, NewEvent, TenantKey, WebhookKey},
    store::{Changes, WebhookChange, Webhooks},
    webhook::{Assets, Facts, Filter, Status, Webhook},
};

/// The webhooks, as far as they are entered.
pub(super) struct Known {
    store: Arc<dyn Webhooks>,
    clock: Clock,
    pub entered: RwLock<Entered>,
}

/// The index, and up to which revision of the webhooks it is made.
#[derive(Default)]
pub(super) struct Entered {
    revision: u64,
    pub index: Index,
    /// The webhooks as they were entered.
    webhooks: IdMap<WebhookKey, Arc<Webhook>>,
}

impl Known {
    /// Over the webhooks of this store, none of which is entered yet.
    pub fn new(store: Arc<dyn Webhooks>, clock: Clock) -> Known {
        Known { store, clock, entered: RwLock::default() }
    }

    /// What filters can ask about; an event that does not say when it happened, happens now.
    pub fn facts<'a>(&self, event: &'a NewEvent) -> Facts<'a> {
        match event.timestamp {
            Some(_) => Facts::of(event),
            None => Facts::of(event).timestamp(self.clock.now()),
        }
    }

    /// The tenant's webhooks that want the event, oldest first, each once.
    pub fn matching(&self, tenant: TenantKey, event: &Facts<'_>) -> Vec<WebhookKey> {
        self.catch_up();
        let candidates = self.read().index.candidates(Some(tenant), event, usize::MAX);
        candidates.into_iter().flat_map(|all| all.wanting(event)).map(|(_, webhook)| webhook).collect()
    }

    /// Every tenant's webhooks that want the event, tenant by tenant, each once.
    pub fn matching_everywhere(&self, event: &Facts<'_>) -> Vec<(TenantKey, WebhookKey)> {
        self.catch_up();
        let candidates = self.read().index.candidates(None, event, usize::MAX);
        candidates.into_iter().flat_map(|all| all.wanting(event)).collect()
    }

    /// The index with every change that was committed before, if that takes no waiting: nobody is changing it, and there
    /// is nothing to enter.
    pub fn current(&self) -> Option<RwLockReadGuard<'_, Entered>> {
        let entered = match self.entered.try_read() {
            Ok(entered) => entered,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        (entered.revision == self.store.webhooks().revision()).then_some(entered)
    }

    pub fn catch_up(&self) {
        if self.store.webhooks().revision() == self.read().revision {
            return;
        }
        let mut entered = self.entered.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let Changes { revision, anew, changes } = self.store.webhooks().changed_since(entered.revision);
        if anew {
            *entered = Entered::default();
        }
        for change in changes {
            match change {
                WebhookChange::Saved(webhook) => drop(entered.enter(webhook)),
                WebhookChange::Deleted(key) => entered.remove(key),
            }
        }
        entered.revision = revision;
    }

    pub fn read(&self) -> RwLockReadGuard<'_, Entered> {
        self.entered.read().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Entered {
    /// Most changes have nothing to do with which events a webhook gets: then there is nothing to enter, which is dear where a
    /// filter has many keys. Tells whether there was.
    fn enter(&mut self, webhook: Arc<Webhook>) -> bool {
        if webhook.settings.status == Status::Disabled {
            self.remove(webhook.key);
            return true;
        }
        let is_new = self.webhooks.get(&webhook.key).is_none_or(|before| !asks_for_the_same(before, &webhook));
        if is_new {
            self.index.enter(webhook.key, webhook.tenant, &webhook.settings.event_types, condition(&webhook));
        }
        // Always the one that others hold, too: an earlier one would be kept for nothing else.
        self.webhooks.insert(webhook.key, webhook);
        is_new
    }

    fn remove(&mut self, key: WebhookKey) {
        self.index.remove(key);
        self.webhooks.remove(&key);
    }
}

/// Whether a webhook that is entered and what has become of it want the same events.
fn asks_for_the_same(before: &Webhook, now: &Webhook) -> bool {
    let (old, new) = (&before.settings, &now.settings);
    let same = old.event_types == new.event_types && old.filter == new.filter && old.assets == new.assets;
    same && before.tenant == now.tenant
}

/// Whether a webhook asks for an event, by type and filter, whatever its status.
pub fn asks_for(webhook: &Webhook, event: &Event) -> bool {
    let facts = Facts::of_event(event);
    webhook.settings.asks_for_type(&event.event_type) && condition(webhook).is_none_or(|filter| filter.matches(&facts))
}

/// What a webhook asks of an event besides its type.
fn condition(webhook: &Webhook) -> Option<Filter> {
    let assets = webhook.settings.assets.as_ref().and_then(Assets::filter);
    Filter::all(assets.into_iter().chain(webhook.settings.filter.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Serial, TargetUrl, Timestamp, WebhookId},
        webhook::{Secrets, WebhookSettings},
    };

    #[test]
    fn only_what_decides_which_events_it_gets_is_entered_anew() {
        let mut entered = Entered::default();
        let mut webhook = Webhook {
            key: WebhookKey(Serial::nth(1)),
            tenant: TenantKey(1),
            id: WebhookId::parse("w").unwrap(),
            settings: WebhookSettings::new(TargetUrl::parse("https://receiver.example/").unwrap()),
            secrets: Secrets::default(),
            disabled: None,
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        let mut is_entered = |change: &dyn Fn(&mut WebhookSettings)| {
            change(&mut webhook.settings);
            entered.enter(Arc::new(webhook.clone()))
        };
        assert!(is_entered(&|_| {}));
        assert!(!is_entered(&|settings| settings.name = "another".into()));
        assert!(!is_entered(&|settings| settings.status = Status::Paused));
        assert!(is_entered(&|settings| settings.event_types = vec![serde_json::from_str(r#""a.*""#).unwrap()]));
        let filter = |text: &str| Some(serde_json::from_str(text).unwrap());
        assert!(is_entered(&|settings| settings.filter = filter(r#"{"data": {"a": 1}}"#)));
        assert!(is_entered(&|settings| settings.status = Status::Disabled), "it is removed");
        assert!(is_entered(&|settings| settings.status = Status::Active));
        assert!(!is_entered(&|settings| settings.name = "a third".into()));
    }
}
