//! The audit trail: who did what, in the order in which it was committed, hashed together.

use async_trait::async_trait;

use super::{Counted, Result};
use crate::model::{
    Actor, AuditId, TenantKey, Timestamp, WebhookKey,
    audit::{AuditAction, AuditDraft, AuditLine},
};

/// The lines there are. Those of changes are written by the verbs that make them, in their transactions.
#[async_trait]
pub trait Audit: Send + Sync + 'static {
    /// Writes a line of what changes nothing that is kept: a secret is read, a lane is told to try.
    async fn tell(&self, what: AuditDraft, by: &Actor) -> Result<()>;

    /// Some lines, newest first. Ends early where their texts pass [`ANSWER_BYTES`](super::ANSWER_BYTES), but has two at least.
    async fn audit_lines(&self, query: AuditQuery) -> Result<Vec<AuditLine>>;

    /// How many of all of these there are.
    async fn count_audit_lines(&self, query: AuditQuery) -> Result<Counted>;

    /// Up to where a page looks that few of many lines may be on; `None`: to the end.
    async fn reach_of_audit(&self, query: AuditQuery) -> Result<Option<AuditId>>;
}

/// Which lines to list.
#[derive(Clone, Debug, Default)]
pub struct AuditQuery {
    /// Only this tenant's; otherwise all, also those of nobody's.
    pub tenant: Option<TenantKey>,
    /// Only of this webhook.
    pub webhook: Option<WebhookKey>,
    /// Only of what has this id.
    pub subject: Option<String>,
    /// Only by this key, session or job, or by a session that came from this key.
    pub actor: Option<String>,
    /// Only of these; empty: of all.
    pub actions: Vec<AuditAction>,
    /// Only those at or after this time.
    pub from: Option<Timestamp>,
    /// Only those before this time.
    pub to: Option<Timestamp>,
    /// Only those before this one.
    pub before: Option<AuditId>,
    /// Only those after this one.
    pub after: Option<AuditId>,
    /// How many at most.
    pub limit: usize,
    /// Which of more than that: the oldest, or else the newest. They come newest first all the same.
    pub oldest: bool,
}

impl AuditQuery {
    /// Looks no further than this line.
    pub fn up_to(&mut self, reach: AuditId) {
        match self.oldest {
            true => self.before = Some(AuditId(reach.0.next())),
            false => self.after = Some(AuditId(reach.0.before())),
        }
    }

    /// Whether it asks for what no index tells.
    pub fn is_choosy(&self) -> bool {
        let by_index = [self.webhook.is_some(), self.subject.is_some(), self.tenant.is_some()];
        let asked = by_index.into_iter().filter(|is_asked| *is_asked).count();
        self.actor.is_some() || !self.actions.is_empty() || asked > 1
    }
}
