//! What is never shown, and what stands in its place.

use std::borrow::Cow;

/// What stands for a credential wherever one is shown.
pub const REDACTED: &str = "[redacted]";

/// Whether a header's value is likely to be a credential, and so is shown as `[redacted]`.
pub fn is_sensitive_header(name: &str) -> bool {
    let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
    let name = if is_lower { Cow::Borrowed(name) } else { name.to_ascii_lowercase().into() };
    let exact = ["authorization", "proxy-authorization", "cookie", "set-cookie"];
    // Signatures prove nothing without the secret and are what a receiver's developer needs to see.
    let parts = ["token", "secret", "password", "key", "credential", "auth", "session"];
    exact.contains(&&*name) || parts.iter().any(|part| name.contains(part))
}
