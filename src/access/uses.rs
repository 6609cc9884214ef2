//! When keys were last used, and which were refused: noted in memory with each request, and kept in the store now and then.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, atomic::Ordering},
};

use super::{holder::Holder, state::Access};
use crate::{
    model::{ApiKey, ApiKeyId, Timestamp},
    store::Result as StoreResult,
};

impl Access {
    /// When a key was last used, if that is known.
    pub fn last_used(&self, key: &ApiKey) -> Option<Timestamp> {
        self.holders().by_hash.get(&key.hash).and_then(|holder| holder.last_use.at())
    }

    /// A key was refused since it has expired: noted once.
    pub(super) fn was_refused(&self, holder: &Holder) {
        if !holder.was_refused.swap(true, Ordering::Relaxed) {
            self.0.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(holder.key.id);
        }
    }

    /// The keys that were refused since they have expired and were not taken before, each once as long as the server runs.
    pub fn take_refused(&self) -> BTreeSet<ApiKeyId> {
        std::mem::take(&mut self.0.refused.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps when keys were last used that were since this was done before. Tells how many there were.
    pub async fn keep_uses(&self) -> StoreResult<usize> {
        let news = |holder: &Arc<Holder>| Some((holder.clone(), holder.last_use.news()?));
        let used: Vec<(Arc<Holder>, Timestamp)> = self.holders().by_hash.values().filter_map(news).collect();
        let uses: Vec<(ApiKeyId, Timestamp)> = used.iter().map(|(holder, at)| (holder.key.id, *at)).collect();
        self.0.store.keep_key_uses(uses).await?;
        used.iter().for_each(|(holder, at)| holder.last_use.was_kept(*at));
        Ok(used.len())
    }
}
