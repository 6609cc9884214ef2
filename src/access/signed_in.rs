//! The sessions there are, by what shows them.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use super::{holder::Holder, last_use::LastUse};
use crate::model::{IdMap, Session, SessionId, Timestamp};

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
    /// Of a portal: what it permits, and what is left of how often it may call.
    pub portal: OnceLock<Arc<Holder>>,
}

impl SessionHolders {
    pub fn enter(&mut self, session: Arc<Session>) {
        self.remove(session.id);
        self.hashes.insert(session.id, session.hash);
        let last_use = LastUse::kept(session.last_used_at);
        self.by_hash.insert(session.hash, Arc::new(SessionHolder { session, last_use, portal: OnceLock::new() }));
    }

    pub fn remove(&mut self, id: SessionId) {
        if let Some(hash) = self.hashes.remove(&id) {
            self.by_hash.remove(&hash);
        }
    }
}

impl SessionHolder {
    /// Whether it is over. One that was never used is idle since its begin.
    pub fn is_over(&self, now: Timestamp, limits: SessionLimits) -> bool {
        let since = self.last_use.at().unwrap_or(self.session.created_at()).max(self.session.created_at());
        let idle = self.session.begun && now.since(since) >= limits.idle;
        idle || self.session.expires_at <= now
    }
}
