//! HMAC over the parts of a message, written out as the headers want it. The sender sends this text, the receiver
//! compares it, so there is one way of writing a tag.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use crate::dialect::Algorithm;

/// Appends the tag in lower-case hex.
pub(crate) fn push_hex(out: &mut String, algorithm: Algorithm, key: &[u8], parts: &[&[u8]]) {
    match algorithm {
        Algorithm::Sha256 => hex(out, &keyed::<Sha256>(key, parts).finalize().into_bytes()),
        Algorithm::Sha512 => hex(out, &keyed::<Sha512>(key, parts).finalize().into_bytes()),
    }
}

/// Appends the HMAC-SHA-256 tag in base64.
pub(crate) fn push_base64(out: &mut String, key: &[u8], parts: &[&[u8]]) {
    STANDARD.encode_string(keyed::<Sha256>(key, parts).finalize().into_bytes(), out);
}

/// Compares two tags in time that depends on their lengths only.
pub(crate) fn same(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

fn keyed<D: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Hmac<D> {
    let mut mac = Hmac::<D>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}

fn hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}
