//! When keys were last used: noted in memory with each request, and kept in the store now and then.

use std::sync::Arc;

use super::state::{Access, Holder};
use crate::{
    model::{ApiKey, ApiKeyId, Timestamp},
    store::Result as StoreResult,
};

impl Access {
    /// When a key was last used, if that is known.
    pub fn last_used(&self, key: &ApiKey) -> Option<Timestamp> {
        self.holders().by_hash.get(&key.hash).and_then(|holder| holder.last_use.at())
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
