//! Header text to its parts. The text is a stranger's: whatever it holds, this returns parts or `None`.

use crate::dialect::Algorithm;

/// The versions of the `standard` dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// `v1`: HMAC-SHA-256.
    V1,
    /// `v1a`: Ed25519.
    V1a,
}

/// The signatures in a `webhook-signature` header. Versions that are not known are passed over, as new ones may come.
pub(super) fn standard(header: &str) -> impl Iterator<Item = (Version, &str)> {
    header.split(' ').filter_map(|entry| match entry.split_once(',')? {
        ("v1", signature) => Some((Version::V1, signature)),
        ("v1a", signature) => Some((Version::V1a, signature)),
        _ => None,
    })
}

/// The tags in a list of `sha256=<hex>` (or `sha512=<hex>`).
pub(super) fn body_tags(header: &str, algorithm: Algorithm) -> impl Iterator<Item = &str> {
    header
        .split(',')
        .filter_map(move |entry| entry.trim_matches(' ').strip_prefix(algorithm.scheme()))
        .filter(move |tag| is_tag(tag, algorithm))
}

/// The timestamp of `t=<seconds>,v1=<hex>,…`; none unless it stands there exactly once.
pub(super) fn timestamp(header: &str) -> Option<&str> {
    let mut timestamps = pairs(header, "t");
    let first = timestamps.next()?;
    timestamps.next().is_none().then_some(first)
}

/// The tags of `t=<seconds>,v1=<hex>,…`. Other schemes are passed over: Stripe sends a `v0` in test mode.
pub(super) fn timestamped_tags(header: &str, algorithm: Algorithm) -> impl Iterator<Item = &str> {
    pairs(header, "v1").filter(move |tag| is_tag(tag, algorithm))
}

fn pairs<'a>(header: &'a str, key: &'static str) -> impl Iterator<Item = &'a str> {
    header.split(',').filter_map(move |pair| match pair.trim_matches(' ').split_once('=')? {
        (name, value) if name == key => Some(value),
        _ => None,
    })
}

fn is_tag(text: &str, algorithm: Algorithm) -> bool {
    text.len() == algorithm.hex_digits() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The hash that is not this one.
pub(super) const fn other(algorithm: Algorithm) -> Algorithm {
    match algorithm {
        Algorithm::Sha256 => Algorithm::Sha512,
        Algorithm::Sha512 => Algorithm::Sha256,
    }
}
