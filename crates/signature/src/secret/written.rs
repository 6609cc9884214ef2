//! How secrets and keys are written: a prefix, and base64 behind it.

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

pub(crate) const SHARED: &str = "whsec_";
pub(crate) const SIGNING: &str = "whsk_";
pub(crate) const PUBLIC: &str = "whpk_";
pub(crate) const PREFIXES: [&str; 3] = [SHARED, SIGNING, PUBLIC];

/// Bytes in a shared secret of the `standard` dialect: "at least 24 bytes (192 bits, 512 maximum)".
const STANDARD_BYTES: RangeInclusive<usize> = 24..=64;

/// The bytes that a `whsec_` secret encodes.
pub(crate) fn decode_shared(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    decode(text, SHARED).filter(|key| STANDARD_BYTES.contains(&key.len()))
}

/// The text of a shared secret of these bytes.
pub(crate) fn shared_text(bytes: &[u8]) -> String {
    encode(SHARED, bytes)
}

pub(crate) fn decode(text: &str, prefix: &str) -> Option<Zeroizing<Vec<u8>>> {
    let encoded = text.strip_prefix(prefix)?;
    // As long as the text, so that it never moves and leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    STANDARD.decode_vec(encoded, &mut bytes).ok()?;
    Some(bytes)
}

pub(crate) fn encode(prefix: &str, bytes: &[u8]) -> String {
    // Exactly as long as the result, for the same reason.
    let mut text = String::with_capacity(prefix.len() + bytes.len().div_ceil(3) * 4);
    text.push_str(prefix);
    STANDARD.encode_string(bytes, &mut text);
    text
}
