//! The name of a webhook in the API.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// A webhook's id: the caller's own (`PUT /webhooks/{id}`) or a generated `wh_…`. Unique within its tenant.
/// 1 to 64 letters, digits, `_`, `-`, `.`, `:` and `@`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookId(Arc<str>);

impl WebhookId {
    /// Checks the id.
    pub fn parse(text: &str) -> Result<WebhookId, String> {
        let fits = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b':' | b'@');
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) && !matches!(text, "." | "..") {
            return Ok(WebhookId(text.into()));
        }
        Err("a webhook's id is 1 to 64 letters, digits, `_`, `-`, `.`, `:` and `@`".into())
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> WebhookId {
        WebhookId(text.into())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WebhookId {
    type Error = String;
    fn try_from(text: String) -> Result<WebhookId, String> {
        WebhookId::parse(&text)
    }
}

impl From<WebhookId> for String {
    fn from(id: WebhookId) -> String {
        id.0.as_ref().into()
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
