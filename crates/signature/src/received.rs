//! Which message a request carries: verified headers and body enter, id, time and the key to deduplicate by leave.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::form::{Covers, Form, Part};

/// A request that was accepted, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The message's id, the same on every attempt. It is signed in `standard` and `svix`. In `plain`, `github` and `shopify`
    /// it is not, so whoever can send a request can change it. The other dialects have none.
    pub id: Option<String>,
    /// When this attempt was made, in Unix seconds. Not signed in `plain`; dialects that sign the body alone have none.
    pub timestamp: Option<i64>,
    /// What to deduplicate by.
    pub key: MessageKey,
    /// What is signed, whatever stands beside it: the key of a message without an id. Whoever recorded one request of `plain`,
    /// `github` or `shopify` can send it under as many ids as they like, and each is another [`key`](Received::key), but all have
    /// this in common. A store of one's own should bound how many of them it takes, as `VerifyLayer` does. So have forms of `twilio` that
    /// were cut anew, whatever id is found in them.
    pub content: MessageKey,
}

/// What a message is told apart by: 32 bytes, whatever a sender puts into its headers.
///
/// By dialect, it is the SHA-256 of
///
/// | dialect | of | so that |
/// |---|---|---|
/// | `standard`, `svix` | the signed id | retries and replays are recognised |
/// | `plain`, `github`, `shopify` | the unsigned id, and the body | retries are recognised. A replay under another id is not, of which `VerifyLayer` takes a few and no more; nor can it take the id of a message to come, and have that one passed over |
/// | these without id, `hub` | the body | retries and replays are recognised, and so is *another message with the same body*: if bodies can repeat, name a header or a field with an id |
/// | `square`, `twilio` | the signed text: URL and body, or fields | likewise, for one URL; and so is a replay with other borders in that text |
/// | `timestamped`, `stripe`, `slack`, `discord` | the signed time, and the body | replays are recognised, and so is *another message with the same body in the same second*. A retry is signed anew and is not, unless a header or a field with an id is named |
///
/// What else stands beside a body is in no key: neither `x-webhook-event`, `x-github-event` nor `x-shopify-topic` is signed, so a
/// request that is sent again with another one is the message that it was.
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
    /// Reads it off a request that was verified, with the id, the time and the URL that its headers and its setup name,
    /// and with what of its body is signed.
    pub(crate) fn of(
        form: &Form<'_>,
        id: Option<&str>,
        signed_time: Option<&str>,
        time_beside: Option<&str>,
        url: &str,
        covered: &[u8],
    ) -> Received {
        let signed_id = id.filter(|_| form.signs(Part::Id));
        let content = match (signed_id, signed_time, form.covers) {
            (Some(id), _, _) => MessageKey::of(&[b"standard", id.as_bytes()]),
            (None, Some(time), _) => MessageKey::of(&[b"timestamped", time.as_bytes(), covered]),
            #[cfg(feature = "twilio")]
            (None, None, Covers::Fields) => MessageKey::of(&[b"twilio", &[url.as_bytes(), covered].concat()]),
            (None, None, Covers::Bytes) if form.signs(Part::Url) => {
                MessageKey::of(&[b"url and body", &[url.as_bytes(), covered].concat()])
            }
            (None, None, Covers::Bytes) => MessageKey::of(&[b"body", covered]),
        };
        let key = match id {
            Some(id) if signed_id.is_none() => MessageKey::of(&[b"plain", id.as_bytes(), covered]),
            _ => content,
        };
        let timestamp = signed_time.or(time_beside).and_then(|text| text.parse().ok());
        Received { id: id.map(str::to_owned), timestamp, key, content }
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
