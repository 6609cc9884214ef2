//! A webhook's signing secret. Text enters once, in [`Secret::parse`]; keys leave, decoded and ready to sign with.
//!
//! The text forms are those of [Standard Webhooks, "Signature scheme"][spec]: `whsec_` before a shared secret, `whsk_`
//! before an Ed25519 signing key, `whpk_` before its public half, each followed by standard base64 with padding.
//!
//! [spec]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme

use std::fmt;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::dialect::Dialect;

const SHARED: &str = "whsec_";
const SIGNING: &str = "whsk_";
const PUBLIC: &str = "whpk_";

/// Bytes in a shared secret of the `standard` dialect: "at least 24 bytes (192 bits, 512 maximum)".
const STANDARD_BYTES: RangeInclusive<usize> = 24..=64;

/// A webhook's signing secret: a shared secret for HMAC, or an Ed25519 signing key.
///
/// Keys are decoded when it is made, so signing decodes nothing. `Debug` shows only the kind; the memory is zeroized
/// on drop.
#[derive(Clone)]
pub struct Secret {
    text: Zeroizing<String>,
    key: Key,
}

#[derive(Clone)]
enum Key {
    /// `decoded` is the key of the `standard` dialect, where the text has that form.
    Shared { decoded: Option<Zeroizing<Vec<u8>>> },
    /// Boxed: it is several times the size of a shared secret, and rare. Zeroizes itself.
    Ed25519(Box<SigningKey>),
}

/// What the `standard` dialect signs with.
pub(crate) enum StandardKey<'a> {
    Hmac(&'a [u8]),
    Ed25519(&'a SigningKey),
}

/// Why a text is not a secret, or a secret not one for this dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The text is empty: anyone could sign with it.
    #[error("the secret is empty")]
    Empty,
    /// The text begins with `whsec_`, and no key of a proper length follows: it was cut off, or typed.
    #[error("after whsec_ the secret needs base64 of 24 to 64 bytes")]
    DamagedShared,
    /// The text begins with `whsk_`, and no signing key follows. Taken as a shared secret, it would sign, and receivers
    /// that hold the public key would understand none of it.
    #[error("after whsk_ the secret needs base64 of an Ed25519 seed, or of seed and public key")]
    DamagedSigningKey,
    /// The text begins with `whpk_`: a public key, which everybody may know, so that anyone could sign with it.
    #[error("whpk_ is a public key, which is no secret; the signing key begins with whsk_")]
    PublicKey,
    /// A `whsk_` key of 64 bytes, of which the second 32 are not the public key of the first 32.
    #[error("the two halves of the whsk_ signing key do not belong together")]
    KeyPairMismatch,
    /// The `standard` dialect is given a shared secret that is not in its form.
    #[error("the standard dialect needs whsec_ and base64 of 24 to 64 bytes, or a whsk_ signing key")]
    NotStandard,
    /// An Ed25519 key is given to a dialect that knows only shared secrets.
    #[error("an Ed25519 key can sign in the standard dialect only")]
    StandardOnly,
    /// The text is not `whpk_` and base64 of an Ed25519 public key, or it is one under which forging is easy.
    #[error("the public key must be whpk_ and base64 of the 32 bytes of an Ed25519 public key")]
    InvalidPublicKey,
}

impl Secret {
    /// Takes a secret from its text.
    ///
    /// `whsk_` and base64 of 64 bytes (seed, then public key) or of 32 bytes (seed) is an Ed25519 signing key; `whsec_`
    /// and base64 of 24 to 64 bytes is a shared secret for every dialect. A text that begins with neither is a shared
    /// secret for all dialects but `standard`, kept exactly as given, spaces included.
    ///
    /// # Errors
    /// [`SecretError::Empty`]; what a prefix promises and the rest does not keep: [`SecretError::DamagedShared`],
    /// [`SecretError::DamagedSigningKey`], [`SecretError::KeyPairMismatch`]; [`SecretError::PublicKey`].
    pub fn parse(text: &str) -> Result<Secret, SecretError> {
        let key = if text.is_empty() {
            return Err(SecretError::Empty);
        } else if text.starts_with(PUBLIC) {
            return Err(SecretError::PublicKey);
        } else if text.starts_with(SIGNING) {
            Key::Ed25519(Box::new(signing_key(text)?))
        } else if text.starts_with(SHARED) {
            Key::Shared { decoded: Some(decode_shared(text).ok_or(SecretError::DamagedShared)?) }
        } else {
            Key::Shared { decoded: None }
        };
        Ok(Secret { text: Zeroizing::new(text.to_owned()), key })
    }

    /// Takes any text as a shared secret, whatever its prefix promises: for a text that is in use already and that nobody
    /// can change. What [`parse`](Secret::parse) takes means the same here.
    ///
    /// # Errors
    /// [`SecretError::Empty`].
    pub fn verbatim(text: &str) -> Result<Secret, SecretError> {
        match Secret::parse(text) {
            Ok(secret) => Ok(secret),
            Err(SecretError::Empty) => Err(SecretError::Empty),
            Err(_) => Ok(Secret { text: Zeroizing::new(text.to_owned()), key: Key::Shared { decoded: None } }),
        }
    }

    /// Makes a shared secret of 32 random bytes: `whsec_` and their base64. It suits every dialect.
    #[must_use]
    pub fn generate_hmac(random: [u8; 32]) -> Secret {
        let random = Zeroizing::new(random);
        let decoded = Some(Zeroizing::new(random.to_vec()));
        Secret { text: Zeroizing::new(encode(SHARED, &*random)), key: Key::Shared { decoded } }
    }

    /// Makes an Ed25519 signing key of a random seed: `whsk_` and base64 of seed and public key.
    #[must_use]
    pub fn generate_ed25519(seed: [u8; 32]) -> Secret {
        let key = SigningKey::from_bytes(&Zeroizing::new(seed));
        let pair = Zeroizing::new(key.to_keypair_bytes());
        Secret { text: Zeroizing::new(encode(SIGNING, &*pair)), key: Key::Ed25519(Box::new(key)) }
    }

    /// The text form, to seal for storage or to show to the webhook's owner. Keep it out of logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Whether this is an Ed25519 signing key.
    #[must_use]
    pub fn is_ed25519(&self) -> bool {
        matches!(self.key, Key::Ed25519(_))
    }

    /// What the receiver of an Ed25519 signature verifies with: `whpk_` and base64 of the public key. A shared secret
    /// has none.
    #[must_use]
    pub fn public_key(&self) -> Option<String> {
        match &self.key {
            Key::Shared { .. } => None,
            Key::Ed25519(key) => Some(encode(PUBLIC, key.verifying_key().as_bytes())),
        }
    }

    /// Whether the dialect can sign with this secret. Ask when the secret or the dialect is chosen:
    /// [`sign`](crate::sign()) passes over a secret that does not suit.
    ///
    /// `standard` takes an Ed25519 key, or `whsec_` and base64 of 24 to 64 bytes. The other dialects take any shared
    /// secret.
    ///
    /// # Errors
    /// [`SecretError::NotStandard`] or [`SecretError::StandardOnly`].
    pub fn suits(&self, dialect: &Dialect) -> Result<(), SecretError> {
        match dialect {
            Dialect::Standard => self.standard_key().map(drop),
            Dialect::Hub | Dialect::Plain | Dialect::Timestamped { .. } => self.text_key().map(drop),
        }
    }

    /// The key in the `standard` dialect: the bytes the text encodes.
    pub(crate) fn standard_key(&self) -> Result<StandardKey<'_>, SecretError> {
        match &self.key {
            Key::Shared { decoded } => {
                decoded.as_deref().map(|key| StandardKey::Hmac(key)).ok_or(SecretError::NotStandard)
            }
            Key::Ed25519(key) => Ok(StandardKey::Ed25519(key)),
        }
    }

    /// The key in every other dialect: the text itself, prefix included. GitHub's and Stripe's verifiers do the same
    /// with the secrets they are given.
    pub(crate) fn text_key(&self) -> Result<&[u8], SecretError> {
        match &self.key {
            Key::Shared { .. } => Ok(self.text.as_bytes()),
            Key::Ed25519(_) => Err(SecretError::StandardOnly),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_ed25519() { "Secret(Ed25519, redacted)" } else { "Secret(Hmac, redacted)" })
    }
}

/// The bytes that a `whsec_` secret encodes.
pub(crate) fn decode_shared(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    decode(text, SHARED).filter(|key| STANDARD_BYTES.contains(&key.len()))
}

/// The text of a shared secret of these bytes.
pub(crate) fn shared_text(bytes: &[u8]) -> String {
    encode(SHARED, bytes)
}

/// What follows `whsec_`, if something does.
pub(crate) fn without_prefix(text: &str) -> Option<&[u8]> {
    text.strip_prefix(SHARED).map(str::as_bytes).filter(|bare| !bare.is_empty())
}

/// Reads a `whpk_` public key. Keys of small order are refused: a signature under one fits almost any message.
pub(crate) fn parse_public_key(text: &str) -> Result<VerifyingKey, SecretError> {
    decode(text, PUBLIC)
        .and_then(|bytes| VerifyingKey::from_bytes(bytes.as_slice().try_into().ok()?).ok())
        .filter(|key| !key.is_weak())
        .ok_or(SecretError::InvalidPublicKey)
}

/// The signing key that a `whsk_` text encodes.
fn signing_key(text: &str) -> Result<SigningKey, SecretError> {
    let bytes = decode(text, SIGNING).ok_or(SecretError::DamagedSigningKey)?;
    if let Ok(seed) = <&[u8; 32]>::try_from(bytes.as_slice()) {
        return Ok(SigningKey::from_bytes(seed));
    }
    let pair = <&[u8; 64]>::try_from(bytes.as_slice()).map_err(|_| SecretError::DamagedSigningKey)?;
    SigningKey::from_keypair_bytes(pair).map_err(|_| SecretError::KeyPairMismatch)
}

fn decode(text: &str, prefix: &str) -> Option<Zeroizing<Vec<u8>>> {
    let encoded = text.strip_prefix(prefix)?;
    // As long as the text, so that it never moves and leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    STANDARD.decode_vec(encoded, &mut bytes).ok()?;
    Some(bytes)
}

fn encode(prefix: &str, bytes: &[u8]) -> String {
    // Exactly as long as the result, for the same reason.
    let mut text = String::with_capacity(prefix.len() + bytes.len().div_ceil(3) * 4);
    text.push_str(prefix);
    STANDARD.encode_string(bytes, &mut text);
    text
}
