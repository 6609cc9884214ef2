//! Templates that are kept for a webhook's next request. With a template go its target and the HTTP/2 connections to it, so
//! those that are used stay: when there are too many, the longest kept one goes that was not used since its last turn.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::template::RequestTemplate;
use crate::{
    model::{IdMap, WebhookKey},
    webhook::Webhook,
};

/// Webhooks whose templates are kept.
pub(super) const KEPT_TEMPLATES: usize = 10_000;
/// Bytes of what is searched for in answers and of the names of headers, in all templates together.
pub(super) const KEPT_BYTES: usize = 64 << 20;

/// The templates that are kept, and what they take.
#[derive(Default)]
pub(super) struct Templates {
    of: IdMap<WebhookKey, Arc<KeptTemplate>>,
    /// All keys, each once; the first is the next to go or to be spared.
    turns: VecDeque<WebhookKey>,
    weight: usize,
}

/// A webhook's template, and what it was made from.
pub(super) struct KeptTemplate {
    webhook: Arc<Webhook>,
    pub template: Arc<RequestTemplate>,
    /// Since it was made, or was spared.
    was_used: AtomicBool,
}

impl Templates {
    /// The webhook's, unless its settings have changed since.
    pub fn of(&self, webhook: &Arc<Webhook>) -> Option<Arc<KeptTemplate>> {
        let kept = self.of.get(&webhook.key).filter(|kept| kept.is_current(webhook))?;
        kept.was_used.store(true, Ordering::Relaxed);
        Some(kept.clone())
    }

    /// Keeps it, instead of its webhook's earlier one. Others go for it as far as they must; each is spared once for having
    /// been used, so a look at all of them comes after as many uses.
    pub fn keep(&mut self, template: Arc<KeptTemplate>) {
        let key = template.webhook.key;
        self.weight += template.weight();
        match self.of.insert(key, template) {
            Some(before) => self.weight -= before.weight(),
            None => self.turns.push_back(key),
        }
        while self.of.len() > 1 && (self.of.len() > KEPT_TEMPLATES || self.weight > KEPT_BYTES) {
            let Some(next) = self.turns.pop_front() else { return };
            let spare = |kept: &Arc<KeptTemplate>| kept.was_used.swap(false, Ordering::Relaxed);
            if next == key || self.of.get(&next).is_some_and(spare) {
                self.turns.push_back(next);
            } else if let Some(gone) = self.of.remove(&next) {
                self.weight -= gone.weight();
            }
        }
    }
}

impl KeptTemplate {
    pub fn new(webhook: Arc<Webhook>, template: Arc<RequestTemplate>) -> KeptTemplate {
        KeptTemplate { webhook, template, was_used: AtomicBool::new(false) }
    }

    fn weight(&self) -> usize {
        self.template.credentials.weight() + self.template.casing.bytes()
    }

    fn is_current(&self, webhook: &Arc<Webhook>) -> bool {
        Arc::ptr_eq(&self.webhook, webhook)
            || self.webhook.settings == webhook.settings && self.webhook.secrets.texts().eq(webhook.secrets.texts())
    }
}

#[cfg(test)]
impl Templates {
    /// How many are kept, after a look whether the weight and the turns are theirs.
    pub fn count(&self) -> usize {
        assert_eq!(self.weight, self.of.values().map(|kept| kept.weight()).sum::<usize>());
        assert!(self.turns.len() == self.of.len() && self.turns.iter().all(|key| self.of.contains_key(key)));
        self.of.len()
    }
}
