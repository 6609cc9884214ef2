//! Which message a request carries: verified headers and body enter, id, time and the key to deduplicate by leave.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::dialect::{self, Dialect};

/// A request that was accepted, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The message's id, the same on every attempt: `webhook-id` in `standard`, where it is signed; `X-Webhook-ID` in
    /// `plain`, where it is not, so that whoever can send a request can change it. The other dialects have none.
    pub id: Option<String>,
    /// When this attempt was made, in Unix seconds. Not signed in `plain`; `hub` has none.
    pub timestamp: Option<i64>,
    /// What to deduplicate by.
    pub key: MessageKey,
}

/// What a message is told apart by: 32 bytes, whatever a sender puts into its headers.
///
/// By dialect, it is the SHA-256 of
///
/// | dialect | of | so that |
/// |---|---|---|
/// | `standard` | the signed id | retries and replays are recognised |
/// | `plain` | the unsigned id, and the body | retries are recognised. A replay under another id is not; nor can it take the id of a message to come, and have that one passed over |
/// | `plain` without id, `hub` | the body | retries and replays are recognised, and so is *another message with the same body*: if bodies can repeat, name a header or a field with an id |
/// | `timestamped` | the signed time, and the body | replays are recognised. A retry is signed anew and is not, unless a header or a field with an id is named |
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageKey([u8; 32]);

impl MessageKey {
    /// A key of one's own, of these parts; the first should say what they are.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> MessageKey {
        let mut hash = Sha256::new();
        for part in parts {
            // Their lengths keep them apart: ("a", "bc") is not ("ab", "c").
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        MessageKey(hash.finalize().into())
    }

    /// The bytes, for a store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Received {
    /// Reads it off a request that was verified, with the id and the time that its signature covers.
    pub(crate) fn of<'h>(
        dialect: &Dialect,
        signed_id: Option<&str>,
        signed_time: Option<&str>,
        headers: &impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
    ) -> Received {
        let (id, timestamp) = match dialect {
            Dialect::Plain => (headers(dialect::PLAIN_ID), headers(dialect::PLAIN_TIMESTAMP)),
            Dialect::Standard | Dialect::Hub | Dialect::Timestamped { .. } => (signed_id, signed_time),
        };
        let key = match (dialect, id, signed_time) {
            (Dialect::Standard, Some(id), _) => MessageKey::of(&[b"standard", id.as_bytes()]),
            (Dialect::Plain, Some(id), _) => MessageKey::of(&[b"plain", id.as_bytes(), body]),
            (Dialect::Timestamped { .. }, _, Some(time)) => MessageKey::of(&[b"timestamped", time.as_bytes(), body]),
            _ => MessageKey::of(&[b"body", body]),
        };
        Received { id: id.map(str::to_owned), timestamp: timestamp.and_then(|text| text.parse().ok()), key }
    }
}

/// Lower-case hex.
impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageKey({self})")
    }
}
