//! Header text to its parts. The text is a stranger's: whatever it holds, this returns parts or `None`.

use super::key::Kind;
use crate::form::Written;
use crate::mac::Hash;

/// A signature as it stands in a header.
pub(super) type Given<'h> = (Kind, &'h str);

/// The signatures in a header that is written like this. What is not known is passed over, as new schemes may come.
pub(super) fn signatures(written: Written, hash: Hash, header: &str) -> Box<dyn Iterator<Item = Given<'_>> + '_> {
    match written {
        Written::Versions => Box::new(versions(header)),
        Written::Scheme(scheme) => Box::new(
            header
                .split(',')
                .filter_map(move |entry| entry.trim_matches(' ').strip_prefix(scheme))
                .filter(move |tag| is_hex(tag, hash.length()))
                .map(|tag| (Kind::Hmac, tag)),
        ),
        // Stripe sends a `v0` in test mode.
        Written::Pairs => {
            Box::new(pairs(header, "v1").filter(move |tag| is_hex(tag, hash.length())).map(|tag| (Kind::Hmac, tag)))
        }
        Written::Base64 => {
            let length = hash.length().div_ceil(3) * 4;
            Box::new(Some(header).into_iter().filter(move |tag| tag.len() == length).map(|tag| (Kind::Hmac, tag)))
        }
        #[cfg(feature = "ed25519")]
        Written::Ed25519Hex => {
            Box::new(Some(header).into_iter().filter(|tag| is_hex(tag, 64)).map(|tag| (Kind::Ed25519, tag)))
        }
    }
}

fn versions(header: &str) -> impl Iterator<Item = Given<'_>> {
    header.split(' ').filter_map(|entry| match entry.split_once(',')? {
        ("v1", signature) => Some((Kind::Hmac, signature)),
        ("v1a", signature) => Some((Kind::Ed25519, signature)),
        _ => None,
    })
}

/// Whether these are two headers of that name, which some servers make one with a comma between: a signature among `v1,<base64>`
/// has one comma.
pub(super) fn is_joined(header: &str) -> bool {
    header.split(' ').any(|entry| entry.bytes().filter(|byte| *byte == b',').count() > 1)
}

/// The timestamp of `t=<seconds>,v1=<hex>,…`; none unless it stands there exactly once.
pub(super) fn timestamp(header: &str) -> Option<&str> {
    let mut timestamps = pairs(header, "t");
    let first = timestamps.next()?;
    timestamps.next().is_none().then_some(first)
}

fn pairs<'a>(header: &'a str, key: &'static str) -> impl Iterator<Item = &'a str> {
    header.split(',').filter_map(move |pair| match pair.trim_matches(' ').split_once('=')? {
        (name, value) if name == key => Some(value),
        _ => None,
    })
}

/// Lower-case hex of this many bytes.
fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == 2 * bytes && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
