//! People who sign in. A browser exchanges an API key, or a link that signs in once, for a session: a cookie that pages cannot read.
//! A session permits what its key does, or less in a portal; it ends with the key, after a time without use, and at its end.

use std::{net::IpAddr, sync::Arc, time::Duration};

use subtle::ConstantTimeEq as _;

use super::{
    admission::{Credential, NamedTenant},
    bucket::{Bucket, Whose},
    caller::Caller,
    error::AccessError,
    holder::Holder,
    key_text::{self, KeyText},
    last_use::LastUse,
    signed_in::{SessionHolder, SessionLimits},
    state::Access,
};
use crate::{
    model::{Actor, ApiKey, ApiKeyId, Portal, Scope, Session, SessionId, Timestamp},
    store::{Begun, NewSession, Result as StoreResult, WhichSessions},
};

/// For how long a link can be opened that the server prints.
const OWNERS_LINK: Duration = Duration::from_secs(15 * 60);
/// Who makes it.
const OWNER: Actor = Actor::system("sign_in_link");

/// What a session that is shown as a customer's portal permits; changes besides, if it manages.
const PORTAL_READS: [Scope; 4] = [Scope::WebhooksRead, Scope::DeliveriesRead, Scope::EventsRead, Scope::CatalogueRead];
const PORTAL_CHANGES: [Scope; 3] = [Scope::WebhooksWrite, Scope::DeliveriesWrite, Scope::Secrets];

/// A link or a cookie just made.
#[derive(Debug)]
pub struct MadeSession {
    /// As it is kept.
    pub session: Arc<Session>,
    /// The text that shows it, which is kept nowhere.
    pub text: KeyText,
}

impl Access {
    /// Who is signed in by this cookie: what counts and permits, and the session.
    /// One of a portal is shown as that, and no other is.
    pub(super) fn signed_in(
        &self,
        text: &[u8],
        of_portal: bool,
        now: Timestamp,
    ) -> Option<(Arc<Holder>, Arc<Session>)> {
        let found = self.session_holder(text).filter(|found| found.session.begun)?;
        if found.session.portal.is_some() != of_portal || found.is_over(now, self.0.limits.sessions) {
            return None;
        }
        // A customer goes with the tenant.
        let tenant = found.session.portal.as_ref().map(|portal| portal.tenant);
        if tenant.is_some_and(|tenant| self.0.store.tenants().get(tenant).is_none()) {
            return None;
        }
        let of_key = self.holder_of(found.session.key)?;
        if of_key.key.expires_at.is_some_and(|until| until <= now) {
            return None;
        }
        found.last_use.now(now);
        let holder = match &found.session.portal {
            None => of_key,
            Some(portal) => found.of_portal(&of_key.key, || self.portal_holder(&of_key, portal)),
        };
        Some((holder, found.session.clone()))
    }

    /// As the key of a customer would be: it permits no more than the key that made the link.
    fn portal_holder(&self, of_key: &Holder, portal: &Portal) -> Holder {
        let maker: &ApiKey = &of_key.key;
        let scopes = scopes_of(portal).filter(|scope| maker.scopes.contains(scope)).collect();
        // A tenant's key makes many sessions that are together as fast as the key; an operator's makes them for all customers, each as
        // fast as a tenant's key is.
        let rate_limit = maker.rate_limit.filter(|_| maker.tenant.is_some());
        let key = ApiKey { tenant: Some(portal.tenant), scopes, rate_limit, ..maker.clone() };
        let bucket = match maker.tenant {
            Some(_) => of_key.portals.get_or_init(|| Arc::new(Bucket::new(Whose::Key, self.0.limits.of(&key)))).clone(),
            None => Arc::new(Bucket::new(Whose::Key, self.0.limits.of(&key))),
        };
        Holder::new(Arc::new(key), bucket, LastUse::kept(None))
    }

    fn session_holder(&self, text: &[u8]) -> Option<Arc<SessionHolder>> {
        let hash = key_text::hash(text);
        self.session_holders().by_hash.get(&hash).cloned()
    }

    /// How long people stay signed in.
    pub fn session_limits(&self) -> SessionLimits {
        self.0.limits.sessions
    }

    /// Who is signed in by a session that was just made.
    pub fn caller_of(&self, made: &MadeSession, now: Timestamp) -> Result<Caller, AccessError> {
        let (text, of_portal) = (made.text.expose().as_bytes(), made.session.portal.is_some());
        // It was counted when it was let in.
        let (holder, session) = self.find(Credential::Session { text, of_portal }, now)?;
        self.caller(holder, NamedTenant::Own).map(|caller| Caller { session, ..caller })
    }

    /// Signs the owner of a key in, who was let in by it.
    pub async fn sign_in(&self, caller: &Caller, now: Timestamp) -> Result<MadeSession, AccessError> {
        let lasts = now + self.0.limits.sessions.lasts;
        let expires_at = caller.key().expires_at.map_or(lasts, |until| until.min(lasts));
        self.new_session(caller.key().id, None, true, expires_at, &caller.actor()).await
    }

    /// A link for whoever owns the data: it signs in whoever opens it first, within a quarter of an hour, with what this key permits.
    pub async fn owners_link(&self, key: &str, now: Timestamp) -> Result<MadeSession, AccessError> {
        let holder = self.holder(key.as_bytes()).ok_or(AccessError::UnknownKey)?;
        self.new_session(holder.key.id, None, false, now + OWNERS_LINK, &OWNER).await
    }

    /// A link that opens a tenant's portal once.
    pub async fn portal_link(
        &self,
        by: &Caller,
        portal: Portal,
        within: Duration,
        now: Timestamp,
    ) -> Result<MadeSession, AccessError> {
        // What it could only look at less is no loss that somebody would run into.
        PORTAL_CHANGES.into_iter().filter(|_| portal.manage).try_for_each(|scope| by.permits(scope))?;
        self.new_session(by.key().id, Some(portal), false, now + within, &by.actor()).await
    }

    async fn new_session(
        &self,
        key: ApiKeyId,
        portal: Option<Portal>,
        begun: bool,
        expires_at: Timestamp,
        by: &Actor,
    ) -> Result<MadeSession, AccessError> {
        let text = KeyText::generate(if begun { KeyText::SESSION } else { KeyText::LINK });
        let session = NewSession { hash: text.hash(), key, portal, begun, expires_at };
        let session = self.0.store.create_session(session, by).await?;
        Ok(MadeSession { session, text })
    }

    /// Begins the session that a link stands for, if nobody did before and it is not too old. The code is looked up first, as a key
    /// is: who shows a good one waits for no stranger. What is none costs its client a place.
    pub async fn open_link(
        &self,
        code: &[u8],
        client: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<MadeSession, AccessError> {
        let limits = self.0.limits.sessions;
        let link = self.session_holder(code).filter(|link| !link.session.begun && !link.is_over(now, limits));
        let maker = link.as_ref().and_then(|link| self.holder_of(link.session.key));
        let maker = maker.filter(|maker| maker.key.expires_at.is_none_or(|until| until > now));
        let (Some(link), Some(maker)) = (link, maker) else { return Err(self.used_link(client, now)) };
        let lasts = match &link.session.portal {
            Some(portal) => Duration::from_millis(portal.lasts),
            None => limits.lasts,
        };
        let expires_at = maker.key.expires_at.map_or(now + lasts, |until| until.min(now + lasts));
        let text = KeyText::generate(KeyText::SESSION);
        let begun = Begun { hash: text.hash(), at: now, expires_at };
        let (id, key) = (link.session.id, link.session.key);
        let by = if link.session.portal.is_some() { Actor::portal(id, key) } else { Actor::session(id, key) };
        let by = by.at(client);
        match self.0.store.begin_session(link.session.id, begun, &by).await? {
            Some(session) => Ok(MadeSession { session, text }),
            None => Err(self.used_link(client, now)),
        }
    }

    /// Codes cannot be tried one after another: such requests count as those with a wrong key do.
    fn used_link(&self, client: Option<IpAddr>, now: Timestamp) -> AccessError {
        self.admit_without_key(client, now).1.err().unwrap_or(AccessError::UsedLink)
    }

    /// Signs the caller out; of all places, if they say so.
    pub async fn sign_out(&self, caller: &Caller, everywhere: bool) -> Result<usize, AccessError> {
        let which = match (&caller.session, everywhere) {
            // Whoever is in a portal ends their own session only: the others of the link's key are other people's.
            (Some(session), false) => WhichSessions::One(session.id),
            (Some(session), true) if session.portal.is_some() => WhichSessions::One(session.id),
            (_, true) => WhichSessions::OfKey(caller.key().id),
            (None, false) => return Ok(0),
        };
        Ok(self.0.store.end_sessions(which, &caller.actor()).await?)
    }

    /// Origins of the pages that may show a portal in a frame: of the link with this id, or of the session that somebody is in.
    pub fn portal_origins(&self, link: Option<&str>, cookie: Option<&[u8]>) -> Vec<String> {
        let link = link.and_then(|link| {
            let (id, mark) = link.split_once('.')?;
            let session = self.0.store.sessions().get(SessionId::parse(id)?)?;
            let known = &session.portal.as_ref()?.mark;
            (!known.is_empty() && bool::from(known.as_bytes().ct_eq(mark.as_bytes()))).then_some(session)
        });
        let session = link.or_else(|| Some(self.session_holder(cookie?)?.session.clone()));
        session.and_then(|session| session.portal.clone()).map(|portal| portal.origins).unwrap_or_default()
    }

    /// Keeps when sessions were last used, and forgets those that are over. Tells how many of both.
    pub async fn tidy_sessions(&self, now: Timestamp) -> StoreResult<(usize, usize)> {
        let news = |holder: &Arc<SessionHolder>| Some((holder.clone(), holder.last_use.news()?));
        let used: Vec<(Arc<SessionHolder>, Timestamp)> =
            self.session_holders().by_hash.values().filter_map(news).collect();
        let uses: Vec<(SessionId, Timestamp)> = used.iter().map(|(holder, at)| (holder.session.id, *at)).collect();
        self.0.store.keep_session_uses(uses).await?;
        used.iter().for_each(|(holder, at)| holder.last_use.was_kept(*at));
        let forgotten = self.0.store.forget_sessions(now, now - self.0.limits.sessions.idle).await?;
        Ok((used.len(), forgotten))
    }
}

/// What a portal asks for.
fn scopes_of(portal: &Portal) -> impl Iterator<Item = Scope> {
    PORTAL_READS.into_iter().chain(PORTAL_CHANGES.into_iter().filter(|_| portal.manage))
}
