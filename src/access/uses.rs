//! When keys were last used: noted in memory with each request, and kept in the store now and then.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use super::state::{Access, Holder};
use crate::{
    model::{ApiKey, ApiKeyId, Timestamp},
    store::Result as StoreResult,
};

/// Of a key that nobody has used.
const NEVER: i64 = i64::MIN;

/// When a key was last used, in milliseconds.
#[derive(Debug)]
pub(super) struct LastUse {
    at: AtomicI64,
    /// As the store has it.
    kept: AtomicI64,
}

impl LastUse {
    pub fn kept(at: Option<Timestamp>) -> LastUse {
        let at = at.map_or(NEVER, |at| at.millis());
        LastUse { at: AtomicI64::new(at), kept: AtomicI64::new(at) }
    }

    pub fn now(&self, now: Timestamp) {
        self.at.fetch_max(now.millis(), Ordering::Relaxed);
    }

    fn at(&self) -> Option<Timestamp> {
        Some(self.at.load(Ordering::Relaxed)).filter(|&at| at != NEVER).map(Timestamp::from_millis)
    }

    /// What the store does not have yet.
    fn news(&self) -> Option<Timestamp> {
        self.at().filter(|at| at.millis() > self.kept.load(Ordering::Relaxed))
    }
}

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
        for (holder, at) in &used {
            holder.last_use.kept.fetch_max(at.millis(), Ordering::Relaxed);
        }
        Ok(used.len())
    }
}
