//! The audit trail's nouns: what is told of a change, and how a line of it is written and hashed.
//!
//! A line is a JSON text, and that text is what is kept, exported and hashed: its hash is the SHA-256 of its UTF-8 bytes, without the
//! newline that ends it in an export. Each line has in `previous` the hash of the line before it in its chain, in lower-case hex; the
//! first has [`GENESIS`]. So whoever has the lines one after another can recompute all of it.

use std::{borrow::Cow, fmt::Write as _, net::IpAddr};

use serde::{Deserialize, Serialize};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};
use sha2::{Digest, Sha256};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::{AuditId, REDACTED, TenantKey, Timestamp, WebhookKey};

/// What the first line of a chain has in place of a hash.
pub const GENESIS: [u8; 32] = [0; 32];

/// A member of `before` or `after` that is longer is told by its length and hash. So are those that would make all together too long.
const LONGEST_MEMBER: usize = 8 << 10;
const LONGEST_SIDE: usize = 32 << 10;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What was done. Before the dot stands of what kind its subject is.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub enum AuditAction {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl AuditAction {
            /// All of them.
            pub const ALL: &[AuditAction] = &[$(AuditAction::$name,)*];

            /// As the API writes it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(AuditAction::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    /// A webhook was made.
    WebhookCreated = "webhook.created",
    /// A webhook's settings or its status changed.
    WebhookChanged = "webhook.changed",
    /// Nothing but its secret changed.
    WebhookSecretRotated = "webhook.secret_rotated",
    /// Its secret was shown.
    WebhookSecretRead = "webhook.secret_read",
    /// A test was sent.
    WebhookTested = "webhook.tested",
    /// Its lane was told to try now.
    WebhookProbed = "webhook.probed",
    /// A webhook was deleted, and what it was owed cancelled.
    WebhookDeleted = "webhook.deleted",
    /// A delivery was made due.
    DeliveryRetried = "delivery.retried",
    /// A delivery was sent again as a new one.
    DeliveryReplayed = "delivery.replayed",
    /// A delivery was given up.
    DeliveryCancelled = "delivery.cancelled",
    /// What an event says was deleted, and what was sent of it.
    EventScrubbed = "event.scrubbed",
    /// What was sent in one attempt was deleted, and what was answered.
    AttemptScrubbed = "attempt.scrubbed",
    /// A job over many deliveries was begun.
    ReplayBegun = "replay.begun",
    /// Such a job was stopped.
    ReplayStopped = "replay.stopped",
    /// A tenant was made.
    TenantCreated = "tenant.created",
    /// A tenant's name or settings changed.
    TenantChanged = "tenant.changed",
    /// A tenant was deleted with all that it had. Told when that begins.
    TenantDeleted = "tenant.deleted",
    /// An API key was made.
    ApiKeyCreated = "api_key.created",
    /// An API key was revoked.
    ApiKeyDeleted = "api_key.deleted",
    /// An event type came into the catalogue.
    EventTypeCreated = "event_type.created",
    /// An event type of the catalogue changed.
    EventTypeChanged = "event_type.changed",
    /// An event type left the catalogue.
    EventTypeDeleted = "event_type.deleted",
    /// An event was saved under a name.
    SavedEventSaved = "saved_event.saved",
    /// A saved event was deleted.
    SavedEventDeleted = "saved_event.deleted",
    /// A report was saved.
    ReportSaved = "report.saved",
    /// A report was deleted.
    ReportDeleted = "report.deleted",
    /// A theme was saved.
    ThemeSaved = "theme.saved",
    /// A theme was deleted.
    ThemeDeleted = "theme.deleted",
    /// An inspector was made.
    InspectorCreated = "inspector.created",
    /// What an inspector answers changed.
    InspectorChanged = "inspector.changed",
    /// What an inspector has got was deleted.
    InspectorEmptied = "inspector.emptied",
    /// An inspector was deleted.
    InspectorDeleted = "inspector.deleted",
    /// A link to a portal, or to the dashboard, was made.
    LinkCreated = "link.created",
    /// Somebody signed in.
    SessionBegun = "session.begun",
    /// Somebody signed out, here or everywhere.
    SessionEnded = "session.ended",
}

impl PartialSchema for AuditAction {
    fn schema() -> RefOr<Schema> {
        let names = AuditAction::ALL.iter().map(|action| action.as_str());
        let description = "What was done. Before the dot stands of what kind its subject is.";
        let one_of = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names));
        Schema::Object(one_of.description(Some(description)).build()).into()
    }
}

impl ToSchema for AuditAction {
    fn name() -> Cow<'static, str> {
        "AuditAction".into()
    }
}

impl AuditAction {
    /// Reads its name.
    pub fn parse(text: &str) -> Option<AuditAction> {
        AuditAction::ALL.iter().copied().find(|action| action.as_str() == text)
    }

    /// Of which kind its subject is: `webhook`, `tenant`.
    pub fn subject_kind(self) -> &'static str {
        let text = self.as_str();
        text.split_once('.').map_or(text, |(kind, _)| kind)
    }
}

/// What is told of a change, by whoever makes it.
#[derive(Debug)]
pub struct AuditDraft {
    /// What is done.
    pub action: AuditAction,
    /// To which, by its id in the API.
    pub subject: String,
    /// Whose it is; none for what belongs to all.
    pub tenant: Option<TenantKey>,
    /// Which webhook, if it is one: that stays when its id changes.
    pub webhook: Option<WebhookKey>,
    /// How it stood, without credentials: of a change, what is otherwise after it.
    pub before: Option<Box<RawValue>>,
    /// How it stands.
    pub after: Option<Box<RawValue>>,
}

impl AuditDraft {
    /// Of this.
    pub fn new(action: AuditAction, subject: impl ToString, tenant: Option<TenantKey>) -> AuditDraft {
        AuditDraft { action, subject: subject.to_string(), tenant, webhook: None, before: None, after: None }
    }

    /// That stood so before.
    pub fn before(self, before: Option<Map<String, Value>>) -> AuditDraft {
        AuditDraft { before: before.and_then(rendered), ..self }
    }

    /// That stands so now.
    pub fn after(self, after: Option<Map<String, Value>>) -> AuditDraft {
        AuditDraft { after: after.and_then(rendered), ..self }
    }

    /// That has changed in these members.
    pub fn changed(self, (before, after): (Map<String, Value>, Map<String, Value>)) -> AuditDraft {
        self.before(Some(before)).after(Some(after))
    }

    /// About this webhook.
    pub fn of_webhook(self, webhook: WebhookKey) -> AuditDraft {
        AuditDraft { webhook: Some(webhook), ..self }
    }

    /// How long it is, about.
    pub fn bytes(&self) -> usize {
        [&self.before, &self.after].into_iter().flatten().map(|side| side.get().len()).sum()
    }
}

/// Of two states, the members that differ, and those of which it is known that they do though they look alike: credentials.
pub fn difference(
    mut before: Map<String, Value>,
    mut after: Map<String, Value>,
    hidden: &[&str],
) -> (Map<String, Value>, Map<String, Value>) {
    let alike = |name: &String, value: &Value, other: &Map<String, Value>| {
        other.get(name) == Some(value) && !hidden.contains(&name.as_str())
    };
    let differ: Vec<String> = before
        .iter()
        .filter(|(name, value)| !alike(name, value, &after))
        .chain(after.iter().filter(|(name, value)| !alike(name, value, &before)))
        .map(|(name, _)| name.clone())
        .collect();
    before.retain(|name, _| differ.contains(name));
    after.retain(|name, _| differ.contains(name));
    (before, after)
}

/// What serde makes of it, if that is an object.
pub fn members(value: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    }
}

/// As it is kept, with what is too long in short.
fn rendered(mut side: Map<String, Value>) -> Option<Box<RawValue>> {
    let mut room = LONGEST_SIDE;
    for value in side.values_mut() {
        let text = value.to_string();
        if text.len() > LONGEST_MEMBER.min(room) {
            *value = Value::String(format!("[{} bytes, sha256 {}]", text.len(), hex(&hash(&text))));
        }
        room = room.saturating_sub(text.len().min(LONGEST_MEMBER));
    }
    to_raw_value(&side).ok()
}

/// Who did it, as a line tells it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditActor {
    /// By what they were let in.
    pub kind: ActorKind,
    /// The key, the session, or the server's job. Null where that is not shown.
    pub id: Option<String>,
    /// The API key that a session came from, or the key itself.
    pub key: Option<String>,
    /// That key's name.
    pub name: Option<String>,
    /// Whether it is an operator: of the server, by their key or at its command line.
    pub operator: bool,
}

/// By what somebody was let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// An API key.
    Key,
    /// Somebody who was signed in with a key.
    Session,
    /// A customer in a portal.
    Portal,
    /// Whoever owns the server's data, at its command line.
    Owner,
    /// The server itself.
    System,
    /// Shown in place of an operator's, or of anybody outside of the portal, to those who are not to know more.
    Operator,
}

/// What it was done to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditSubject {
    /// Like `webhook`.
    #[schema(example = "webhook")]
    pub kind: String,
    /// Its id, or its name.
    #[schema(example = "user-42")]
    pub id: String,
}

/// A line, read. Its members stand in this order in its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id: by these a chain is in order.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Whose it is, by the tenant's id then.
    pub tenant: Option<String>,
    /// Who.
    pub actor: AuditActor,
    /// From which network address, if it is known.
    pub address: Option<IpAddr>,
    /// What: an [`AuditAction`], or one of a newer version.
    pub action: String,
    /// To what.
    pub subject: AuditSubject,
    /// How that stood.
    pub before: Option<Box<RawValue>>,
    /// How it stands.
    pub after: Option<Box<RawValue>>,
    /// The hash of the line before, in hex.
    pub previous: String,
}

/// A line as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditLine {
    /// Its id.
    pub id: AuditId,
    /// Its text: an [`AuditEntry`].
    pub text: String,
}

impl AuditLine {
    /// What it says; `None`, if this version cannot read it.
    pub fn entry(&self) -> Option<AuditEntry> {
        serde_json::from_str(&self.text).ok()
    }

    /// Its hash, in hex.
    pub fn hash(&self) -> String {
        hex(&hash(&self.text))
    }
}

impl AuditEntry {
    /// As whoever is no operator sees it: of operators only that they are, and no address of theirs. To whoever is `in_portal` all are
    /// operators who are not in a portal, or the server itself.
    pub fn seen_by_others(mut self, in_portal: bool) -> AuditEntry {
        let own = match self.actor.kind {
            ActorKind::System => true,
            ActorKind::Portal => {
                self.actor.key = None;
                self.actor.name = None;
                true
            }
            ActorKind::Key | ActorKind::Session => !self.actor.operator && !in_portal,
            ActorKind::Owner | ActorKind::Operator => false,
        };
        if !own {
            self.actor = AuditActor { kind: ActorKind::Operator, id: None, key: None, name: None, operator: true };
            self.address = None;
        }
        if in_portal {
            self.address = None;
        }
        self
    }
}

/// Of a line's text.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// In lower-case digits.
pub fn hex(hash: &[u8; 32]) -> String {
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// In place of a credential that is there.
pub fn masked(is_there: bool) -> Value {
    if is_there { Value::from(REDACTED) } else { Value::Null }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        members(&value).unwrap()
    }

    #[test]
    fn a_difference_has_what_differs_and_what_is_known_to() {
        let (before, after) =
            (json!({"a": 1, "b": 2, "s": "x", "old": 1}), json!({"a": 1, "b": 3, "s": "x", "new": 1}));
        let (before, after) = difference(object(before), object(after), &["s"]);
        assert_eq!(Value::from(before), json!({"b": 2, "s": "x", "old": 1}));
        assert_eq!(Value::from(after), json!({"b": 3, "s": "x", "new": 1}));
    }

    #[test]
    fn what_is_long_is_told_by_its_hash_and_all_together_is_bounded() {
        let long = "x".repeat(LONGEST_MEMBER);
        let side: Map<String, Value> = (0..90).map(|n| (n.to_string(), json!("y".repeat(7_000)))).collect();
        let side = rendered(side).unwrap();
        assert!(side.get().len() < 2 * LONGEST_SIDE, "{}", side.get().len());
        let side = rendered(object(json!({"long": long, "short": 1}))).unwrap();
        let hash = hex(&hash(&json!(long).to_string()));
        assert_eq!(side.get(), format!(r#"{{"long":"[{} bytes, sha256 {hash}]","short":1}}"#, LONGEST_MEMBER + 2));
    }

    #[test]
    fn an_action_is_read_by_its_name_and_names_its_subject() {
        for &action in AuditAction::ALL {
            assert_eq!(AuditAction::parse(action.as_str()), Some(action));
            assert_eq!(json!(action), json!(action.as_str()));
        }
        assert_eq!(AuditAction::WebhookSecretRead.subject_kind(), "webhook");
    }
}
