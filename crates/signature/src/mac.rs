//! HMAC over the parts of a message, written out as the headers want it. The sender sends this text, the receiver
//! compares it, so there is one way of writing a tag.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{EagerHash, Hmac, KeyInit as _, Mac as _};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use crate::dialect::Algorithm;

/// The hash under an HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    /// Twilio's. What breaks SHA-1 itself, collisions, does not break HMAC with it.
    #[cfg(feature = "twilio")]
    Sha1,
    Sha256,
    Sha512,
}

impl Hash {
    /// Bytes in a tag.
    pub(crate) const fn length(self) -> usize {
        match self {
            #[cfg(feature = "twilio")]
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
            Hash::Sha512 => 64,
        }
    }
}

impl From<Algorithm> for Hash {
    fn from(algorithm: Algorithm) -> Hash {
        match algorithm {
            Algorithm::Sha256 => Hash::Sha256,
            Algorithm::Sha512 => Hash::Sha512,
        }
    }
}

/// Appends the tag in lower-case hex.
pub(crate) fn push_hex(out: &mut String, hash: Hash, key: &[u8], parts: &[&[u8]]) {
    with_tag(hash, key, parts, |tag| hex(out, tag));
}

/// Appends the tag in base64.
pub(crate) fn push_base64(out: &mut String, hash: Hash, key: &[u8], parts: &[&[u8]]) {
    with_tag(hash, key, parts, |tag| STANDARD.encode_string(tag, out));
}

/// What only who has the key can make of this label: a key for another use, or a name of the key.
#[cfg(feature = "tower")]
pub(crate) fn derived(key: &[u8], label: &[u8]) -> zeroize::Zeroizing<[u8; 32]> {
    zeroize::Zeroizing::new(keyed::<Sha256>(key, &[label]).finalize().into_bytes().into())
}

/// Compares two tags in time that depends on their lengths only.
pub(crate) fn same(expected: &str, given: &str) -> bool {
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}

fn with_tag(hash: Hash, key: &[u8], parts: &[&[u8]], write: impl FnOnce(&[u8])) {
    match hash {
        #[cfg(feature = "twilio")]
        Hash::Sha1 => write(&keyed::<sha1::Sha1>(key, parts).finalize().into_bytes()),
        Hash::Sha256 => write(&keyed::<Sha256>(key, parts).finalize().into_bytes()),
        Hash::Sha512 => write(&keyed::<Sha512>(key, parts).finalize().into_bytes()),
    }
}

fn keyed<D: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Hmac<D> {
    let mut mac = Hmac::<D>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}

/// Appends these bytes in lower-case hex.
pub(crate) fn hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}
