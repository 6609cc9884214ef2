//! People who are signed in, and links that sign somebody in once.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Result, View};
use crate::model::{Actor, ApiKeyId, Portal, Session, SessionId, Timestamp};

/// The most sessions of one API key. The one that was made first makes way for one more.
pub const MOST_SESSIONS: usize = 100;
/// The most links and sessions of portals that came from one key: of an operator's, which makes them for all customers, and of a
/// tenant's. The one that was made first makes way, and neither makes way for the sessions of whoever has the key.
pub const MOST_PORTALS: [usize; 2] = [10_000, 1_000];

/// The sessions there are.
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// All sessions and links as last committed, in memory. Some may be over.
    fn sessions(&self) -> &View<Session>;

    /// Keeps one. [`Conflict`](super::StoreError::Conflict) if its key is gone. Of
    /// [`MOST_SESSIONS`], or [`MOST_PORTALS`], of a key the first makes way.
    async fn create_session(&self, session: NewSession, by: &Actor) -> Result<Arc<Session>>;

    /// Begins the session that a link stands for: from now on it is shown by this `hash`, and no longer by the link's code. `None`
    /// if it has begun already, or is gone.
    async fn begin_session(&self, link: SessionId, begun: Begun, by: &Actor) -> Result<Option<Arc<Session>>>;

    /// Ends one, or all of a key. Tells how many there were.
    async fn end_sessions(&self, which: WhichSessions, by: &Actor) -> Result<usize>;

    /// Forgets those that were over at this time or were used last before `idle_since`, and those whose key is gone. Tells how many.
    async fn forget_sessions(&self, now: Timestamp, idle_since: Timestamp) -> Result<usize>;

    /// Keeps when sessions were last used. Those that are gone are left out. The view does not change with it.
    async fn keep_session_uses(&self, uses: Vec<(SessionId, Timestamp)>) -> Result<()>;
}

/// A session, or a link, to be made.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// SHA-256 of what shows it.
    pub hash: [u8; 32],
    /// The API key that it comes from.
    pub key: ApiKeyId,
    /// What it permits, if that is less than the key does.
    pub portal: Option<Portal>,
    /// Whether it begins now.
    pub begun: bool,
    /// After this it is over.
    pub expires_at: Timestamp,
}

/// What a link becomes.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// SHA-256 of what shows the session.
    pub hash: [u8; 32],
    /// When it begins: it counts as used then.
    pub at: Timestamp,
    /// After this it is over.
    pub expires_at: Timestamp,
}

/// Which sessions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WhichSessions {
    /// This one.
    One(SessionId),
    /// All that came from this key, links included.
    OfKey(ApiKeyId),
}
