//! A line as the API shows it.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    access::Caller,
    model::{
        AuditId, Timestamp,
        audit::{AuditAction, AuditActor, AuditEntry, AuditLine, AuditSubject},
    },
};

/// Who did what, when, from where. Of operators, others see only that they were operators.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditLine)]
pub struct AuditLineView {
    #[schema(value_type = AuditId)]
    id: String,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whose it is: the tenant's id then. Null for what belongs to all.
    tenant: Option<String>,
    actor: AuditActor,
    /// The network address that the request came from; null for the server's own deeds, and where it is not shown.
    #[schema(example = "192.0.2.7")]
    address: Option<String>,
    #[schema(value_type = AuditAction)]
    action: String,
    subject: AuditSubject,
    /// How it stood: of a change, the members that are otherwise after it. Credentials are `[redacted]`; what is long is told by its
    /// length and its SHA-256.
    #[schema(value_type = Option<Value>)]
    before: Option<Box<RawValue>>,
    /// How it stands.
    #[schema(value_type = Option<Value>)]
    after: Option<Box<RawValue>>,
    /// The hash of the line before it in the chain, for operators: SHA-256, in hex.
    previous: Option<String>,
    /// This line's hash, for operators: that of its text in the export.
    hash: Option<String>,
}

/// How much of a line its reader is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reader {
    /// All of it.
    Operator,
    /// Nothing of who operators are.
    Tenant,
    /// Nothing of who those outside of the portal are.
    Customer,
}

impl Reader {
    pub fn of(caller: &Caller) -> Reader {
        match caller.session().is_some_and(|session| session.portal.is_some()) {
            true => Reader::Customer,
            false if caller.is_operator() => Reader::Operator,
            false => Reader::Tenant,
        }
    }
}

impl AuditLineView {
    /// Of a line that this version can read.
    pub fn of(line: &AuditLine, reader: Reader) -> Option<AuditLineView> {
        let Some(entry) = line.entry() else {
            tracing::error!(line = %line.id, "a line of the audit trail cannot be read and is left out");
            return None;
        };
        let hash = (reader == Reader::Operator).then(|| line.hash());
        let entry = match reader {
            Reader::Operator => entry,
            Reader::Tenant => entry.seen_by_others(false),
            Reader::Customer => entry.seen_by_others(true),
        };
        let AuditEntry { id, at, tenant, actor, address, action, subject, before, after, previous } = entry;
        let address = address.map(|address| address.to_string());
        // From a hash, what is hidden could be guessed.
        let previous = hash.is_some().then_some(previous);
        Some(AuditLineView { id, at, tenant, actor, address, action, subject, before, after, previous, hash })
    }

    /// As a row of a table, in the order of [`COLUMNS`](super::rows::COLUMNS).
    pub fn cells(&self) -> [String; 15] {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let json = |value: &Option<Box<RawValue>>| value.as_ref().map(|json| json.get().to_owned()).unwrap_or_default();
        let kind = serde_json::to_value(self.actor.kind).unwrap_or_default();
        [
            self.id.clone(),
            self.at.to_string(),
            text(&self.tenant),
            kind.as_str().unwrap_or_default().to_owned(),
            text(&self.actor.id),
            text(&self.actor.key),
            text(&self.actor.name),
            text(&self.address),
            self.action.clone(),
            self.subject.kind.clone(),
            self.subject.id.clone(),
            json(&self.before),
            json(&self.after),
            text(&self.previous),
            text(&self.hash),
        ]
    }
}
