//! The sessions there are, by what shows them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use super::{holder::Holder, last_use::LastUse};
use crate::model::{ApiKey, IdMap, Session, SessionId, Timestamp};

/// How long people stay signed in.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// After this without a request a session is over.
    pub idle: Duration,
    /// After this it is over in any case.
    pub lasts: Duration,
}

impl Default for SessionLimits {
    fn default() -> SessionLimits {
        SessionLimits { idle: Duration::from_secs(12 * 3_600), lasts: Duration::from_secs(7 * 86_400) }
    }
}

/// The sessions there are, by the hashes of what shows them.
#[derive(Default)]
pub(super) struct SessionHolders {
    pub by_hash: HashMap<[u8; 32], Arc<SessionHolder>>,
    hashes: IdMap<SessionId, [u8; 32]>,
}

/// A session, or a link.
pub(super) struct SessionHolder {
    pub session: Arc<Session>,
    pub last_use: LastUse,
    /// Of a portal: what it permits, and what is left of how often it may call; made of its key as that was then.
    portal: Mutex<Option<(Arc<ApiKey>, Arc<Holder>)>>,
}

impl SessionHolders {
    pub fn enter(&mut self, session: Arc<Session>) {
        self.remove(session.id);
        self.hashes.insert(session.id, session.hash);
        let last_use = LastUse::kept(session.last_used_at);
        self.by_hash.insert(session.hash, Arc::new(SessionHolder { session, last_use, portal: Mutex::default() }));
    }

    pub fn remove(&mut self, id: SessionId) {
        if let Some(hash) = self.hashes.remove(&id) {
            self.by_hash.remove(&hash);
        }
    }
}

impl SessionHolder {
    /// What a portal's session permits by its key, of which `made` makes it. It is made anew where the key has become another, so that it
    /// permits no more than the key does now.
    pub fn of_portal(&self, key: &Arc<ApiKey>, made: impl FnOnce() -> Holder) -> Arc<Holder> {
        // Single steps: a panic in between leaves nothing half done.
        let mut portal = self.portal.lock().unwrap_or_else(PoisonError::into_inner);
        match &*portal {
            Some((of, holder)) if Arc::ptr_eq(of, key) => holder.clone(),
            _ => {
                let holder = Arc::new(made());
                *portal = Some((key.clone(), holder.clone()));
                holder
            }
        }
    }

    /// Whether it is over. One that was never used is idle since its begin.
    pub fn is_over(&self, now: Timestamp, limits: SessionLimits) -> bool {
        let since = self.last_use.at().unwrap_or(self.session.created_at()).max(self.session.created_at());
        let idle = self.session.begun && now.since(since) >= limits.idle;
        idle || self.session.expires_at <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::bucket::{Bucket, Whose},
        model::{ApiKeyId, RateLimit, RateUnit, Scope, Serial},
    };

    #[test]
    fn a_portal_permits_no_more_than_its_key_does_now() {
        let session = Session {
            id: SessionId(Serial::nth(1)),
            hash: [1; 32],
            key: ApiKeyId(Serial::nth(2)),
            portal: None,
            begun: true,
            expires_at: Timestamp::from_millis(1),
            last_used_at: None,
        };
        let mut sessions = SessionHolders::default();
        sessions.enter(Arc::new(session));
        let session = sessions.by_hash[&[1; 32]].clone();
        let key = |scopes| {
            Arc::new(ApiKey {
                id: ApiKeyId(Serial::nth(2)),
                hash: [0; 32],
                hint: String::new(),
                name: String::new(),
                tenant: None,
                scopes,
                rate_limit: None,
                expires_at: None,
                last_used_at: None,
                created_at: Timestamp::from_millis(0),
            })
        };
        let permitted = |key: &Arc<ApiKey>| {
            let bucket = || Arc::new(Bucket::new(Whose::Key, RateLimit { limit: 1, per: RateUnit::Second }));
            session.of_portal(key, || Holder::new(key.clone(), bucket(), LastUse::kept(None)))
        };
        let (before, after) = (key(vec![Scope::WebhooksRead, Scope::Secrets]), key(vec![Scope::WebhooksRead]));
        let first = permitted(&before);
        assert!(Arc::ptr_eq(&first, &permitted(&before)), "what was used of its rate stays used");
        assert_eq!(permitted(&after).key.scopes, [Scope::WebhooksRead]);
    }
}
