//! What is never shown, and what stands in its place.

/// What stands for a credential wherever one is shown.
pub const REDACTED: &str = "[redacted]";

/// Whether a header's value is likely to be a credential, and so is shown as `[redacted]`.
pub fn is_sensitive_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let exact = ["authorization", "proxy-authorization", "cookie", "set-cookie"];
    // Signatures prove nothing without the secret and are what a receiver's developer needs to see.
    let parts = ["token", "secret", "password", "key", "credential", "auth", "session"];
    exact.contains(&name.as_str()) || parts.iter().any(|part| name.contains(part))
}
