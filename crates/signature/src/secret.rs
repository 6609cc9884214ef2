//! A webhook's signing secret. Text enters once, in [`Secret::parse`]; keys leave, decoded and ready to sign with.
//!
//! The text forms are those of [Standard Webhooks, "Signature scheme"][spec]: `whsec_` before a shared secret, `whsk_`
//! before an Ed25519 signing key, `whpk_` before its public half, each followed by standard base64 with padding.
//!
//! [spec]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme

mod no_secret;
mod written;

use std::fmt;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
#[cfg(feature = "ed25519")]
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::dialect::{Algorithm, Dialect};
use crate::form::KeyForm;
use no_secret::{has_invisible_around, is_placeholder, says_nothing};
pub(crate) use no_secret::{is_wrapped, unwrapped};
#[cfg(feature = "ed25519")]
use written::decode;
use written::{PREFIXES, SHARED, SIGNING, encode};
pub(crate) use written::{PUBLIC, decode_shared, shared_text};

/// Bytes in a key of the `standard` dialect that somebody else made: what is shorter can be found by trying.
const OTHERS_BYTES: RangeInclusive<usize> = 16..=1024;

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
    /// The key in every dialect; the text is made of it.
    Bytes(Zeroizing<Vec<u8>>),
    /// Boxed: it is several times the size of a shared secret, and rare. Zeroizes itself.
    #[cfg(feature = "ed25519")]
    Ed25519(Box<SigningKey>),
}

/// What a dialect signs with.
pub(crate) enum SigningWith<'a> {
    Hmac(&'a [u8]),
    #[cfg(feature = "ed25519")]
    Ed25519(&'a SigningKey),
}

/// Why a text is not a secret, or a secret not one for this dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The text is empty, or white space, quotes and invisible characters and nothing else: anyone could sign with it.
    #[error("the secret is empty, or nothing but white space or quotes: set it to the sender's")]
    Empty,
    /// The text is what programs write where there is no text (`null`, `undefined`, `None`, `nil`), a mask (`****`), or a name that
    /// was to be replaced by one (`${SECRET}`, `$SECRET`, `{{ secret }}`, `<secret>`), with a prefix before it or without: anyone
    /// could sign with it.
    #[error("the secret stands for a missing one, as null, **** or ${{NAME}} do: set it to the sender's")]
    Placeholder,
    /// The text begins with `whsec_`, and no key of a proper length follows: it was cut off, or typed.
    #[error("after whsec_ the secret needs base64 of 24 to 64 bytes")]
    DamagedShared,
    /// There is white space before or after a text that begins with one of the prefixes, mostly the line end of the file that
    /// it was read from.
    #[error("the secret has a space or a line end before or after it: cut that off")]
    WhiteSpace,
    /// There are quotes, a byte order mark, or spaces of another kind than ASCII's around the text: it was pasted, or a shell or a
    /// file left them there.
    #[error("the secret has quotes, a byte order mark or a no-break space before or after it: cut that off")]
    Wrapped,
    /// [`Secret::lenient`]: the text is no base64 of a key of 16 to 1,024 bytes.
    #[error("the secret needs to be base64 of 16 to 1024 bytes, with or without whsec_ before it")]
    NotBase64,
    /// [`Secret::from_bytes`]: the key is shorter than 16 bytes, so that it can be found by trying.
    #[error("the secret needs at least 16 bytes")]
    TooShort,
    /// An Ed25519 key, and the crate was built without the feature `ed25519`.
    #[error("an Ed25519 key needs the crate's feature ed25519")]
    NoEd25519,
    /// A shared secret is given to a dialect that knows only Ed25519 keys.
    #[error("the dialect needs an Ed25519 key")]
    Ed25519Only,
    /// The text begins with `whsk_`, and no signing key follows. Taken as a shared secret, it would sign, and receivers
    /// that hold the public key would understand none of it.
    #[error("after whsk_ the secret needs base64 of an Ed25519 seed, or of seed and public key")]
    DamagedSigningKey,
    /// [`Secret::lenient`]: the text is 64 hex digits, as Discord hands out its public keys, which everybody may know. Read as
    /// base64 it would be a key, and anyone could sign with it.
    #[error(
        "64 hex digits are a public key in some dialects, and no base64 of a secret; a public key here begins with whpk_"
    )]
    HexDigits,
    /// The text begins with `whpk_`: a public key, which everybody may know, so that anyone could sign with it.
    #[error("whpk_ is a public key, which is no secret; the signing key begins with whsk_")]
    PublicKey,
    /// A `whsk_` key of 64 bytes, of which the second 32 are not the public key of the first 32.
    #[error("the two halves of the whsk_ signing key do not belong together")]
    KeyPairMismatch,
    /// `standard` or `svix` is given a shared secret that is not in their form.
    #[error("the dialects standard and svix need whsec_ and base64 of 24 to 64 bytes, or a whsk_ signing key")]
    NotStandard,
    /// An Ed25519 key is given to a dialect that knows only shared secrets.
    #[error("an Ed25519 key can sign in the dialects standard, svix and discord only")]
    StandardOnly,
    /// The text is neither `whpk_` and base64 of an Ed25519 public key nor 64 hex digits, as Discord hands it out; or it is one
    /// under which forging is easy.
    #[error(
        "the public key must be whpk_ and base64 of the 32 bytes of an Ed25519 public key, or their 64 hex digits (Discord)"
    )]
    InvalidPublicKey,
}

impl Secret {
    /// Takes a secret from its text.
    ///
    /// `whsk_` and base64 of 64 bytes (seed, then public key) or of 32 bytes (seed) is an Ed25519 signing key; `whsec_`
    /// and base64 of 24 to 64 bytes is a shared secret for every dialect. A text that begins with neither is a shared
    /// secret for all dialects but `standard`, `svix` and `discord`, kept exactly as given, spaces included.
    ///
    /// # Errors
    /// [`SecretError::Empty`], [`SecretError::Placeholder`]; what a prefix promises and the rest does not keep: [`SecretError::DamagedShared`],
    /// [`SecretError::DamagedSigningKey`], [`SecretError::KeyPairMismatch`], [`SecretError::WhiteSpace`], [`SecretError::Wrapped`];
    /// [`SecretError::PublicKey`].
    pub fn parse(text: &str) -> Result<Secret, SecretError> {
        let bare = text.trim_ascii();
        let key = if says_nothing(text) {
            return Err(SecretError::Empty);
        } else if is_placeholder(text) {
            return Err(SecretError::Placeholder);
        } else if bare.len() != text.len() && PREFIXES.iter().any(|prefix| bare.starts_with(prefix)) {
            return Err(SecretError::WhiteSpace);
        } else if is_wrapped(text) && PREFIXES.iter().any(|prefix| unwrapped(text).starts_with(prefix)) {
            return Err(SecretError::Wrapped);
        } else if text.starts_with(PUBLIC) {
            return Err(SecretError::PublicKey);
        } else if text.starts_with(SIGNING) {
            of_signing_key(text)?
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

    /// Reads a secret of a dialect in which the text is the key, as others hand it out: any text, `whsec_` and something short too,
    /// but none that is evidently no secret.
    pub(crate) fn of_others(text: &str) -> Result<Secret, SecretError> {
        let bare = unwrapped(text);
        if bare.starts_with(PUBLIC) {
            return Err(SecretError::PublicKey);
        }
        match Secret::parse(text) {
            Err(SecretError::DamagedShared) if bare != SHARED => Secret::verbatim(text),
            // The prefix, and white space or quotes.
            Err(SecretError::WhiteSpace | SecretError::Wrapped) if bare == SHARED => Err(SecretError::DamagedShared),
            Ok(_) if has_invisible_around(text) => Err(SecretError::Wrapped),
            other => other,
        }
    }

    /// Reads a secret of `standard` or `svix` as others hand it out: white space around it is cut off, `whsec_` may be
    /// missing, the base64 may be the one for URLs and go without padding, and 16 to 1,024 bytes are a key. In the other
    /// dialects its key is the text, without the white space.
    ///
    /// 64 hex digits are refused, since they are what some hand out as a public key. One in base64 without `whpk_` before it
    /// cannot be told from a secret: mind which of the two you are given.
    ///
    /// # Errors
    /// [`SecretError::NotBase64`], [`SecretError::HexDigits`], [`SecretError::Wrapped`]; after `whsk_` and `whpk_`, and for a text of nothing, as in [`parse`](Secret::parse).
    pub fn lenient(text: &str) -> Result<Secret, SecretError> {
        let text = text.trim_ascii();
        if says_nothing(text) || is_placeholder(text) || text.starts_with(PUBLIC) || text.starts_with(SIGNING) {
            return Secret::parse(text);
        }
        if is_hex_key(text) {
            return Err(SecretError::HexDigits);
        }
        let encoded = text.strip_prefix(SHARED).unwrap_or(text);
        let decoded = decode_any(encoded).filter(|key| OTHERS_BYTES.contains(&key.len()));
        let wrong = if is_wrapped(text) { SecretError::Wrapped } else { SecretError::NotBase64 };
        let key = Key::Shared { decoded: Some(decoded.ok_or(wrong)?) };
        Ok(Secret { text: Zeroizing::new(text.to_owned()), key })
    }

    /// A shared secret whose key is these bytes, in every dialect.
    ///
    /// No dialect has a text for it: [`expose`](Secret::expose) gives `whsec_` and their base64, which read again is the same
    /// key in `standard` and `svix` alone.
    ///
    /// # Errors
    /// [`SecretError::Empty`], [`SecretError::TooShort`].
    pub fn from_bytes(key: &[u8]) -> Result<Secret, SecretError> {
        match key.len() {
            0 => Err(SecretError::Empty),
            length if length < *OTHERS_BYTES.start() => Err(SecretError::TooShort),
            _ => {
                let (text, key) = (Zeroizing::new(shared_text(key)), Zeroizing::new(key.to_vec()));
                Ok(Secret { text, key: Key::Bytes(key) })
            }
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
    #[cfg(feature = "ed25519")]
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
        match self.key {
            Key::Shared { .. } | Key::Bytes(_) => false,
            #[cfg(feature = "ed25519")]
            Key::Ed25519(_) => true,
        }
    }

    /// What the receiver of an Ed25519 signature verifies with: `whpk_` and base64 of the public key. A shared secret
    /// has none.
    #[cfg(feature = "ed25519")]
    #[must_use]
    pub fn public_key(&self) -> Option<String> {
        match &self.key {
            Key::Shared { .. } | Key::Bytes(_) => None,
            Key::Ed25519(key) => Some(encode(PUBLIC, key.verifying_key().as_bytes())),
        }
    }

    /// Whether the dialect can sign with this secret. Ask when the secret or the dialect is chosen:
    /// [`sign`](crate::sign()) passes over a secret that does not suit.
    ///
    /// `standard` and `svix` take an Ed25519 key, or `whsec_` and base64 of 24 to 64 bytes; `discord` takes an Ed25519 key. The
    /// other dialects take any shared secret.
    ///
    /// # Errors
    /// [`SecretError::NotStandard`], [`SecretError::StandardOnly`] or [`SecretError::Ed25519Only`].
    pub fn suits(&self, dialect: &Dialect) -> Result<(), SecretError> {
        self.signing_with(dialect.form(Algorithm::default()).key).map(drop)
    }

    /// Its key, in a dialect that makes this of it.
    pub(crate) fn signing_with(&self, form: KeyForm) -> Result<SigningWith<'_>, SecretError> {
        match (form, &self.key) {
            (KeyForm::Decoded, Key::Shared { decoded }) => {
                decoded.as_deref().map(|key| SigningWith::Hmac(key)).ok_or(SecretError::NotStandard)
            }
            // GitHub's, Stripe's and all others' verifiers do the same with the secrets they are given.
            (KeyForm::Text, Key::Shared { .. }) => Ok(SigningWith::Hmac(self.text.as_bytes())),
            (KeyForm::Decoded | KeyForm::Text, Key::Bytes(key)) => Ok(SigningWith::Hmac(key)),
            #[cfg(feature = "ed25519")]
            (KeyForm::Decoded | KeyForm::Ed25519, Key::Ed25519(key)) => Ok(SigningWith::Ed25519(key)),
            #[cfg(feature = "ed25519")]
            (KeyForm::Text, Key::Ed25519(_)) => Err(SecretError::StandardOnly),
            #[cfg(feature = "ed25519")]
            (KeyForm::Ed25519, _) => Err(SecretError::Ed25519Only),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_ed25519() { "Secret(Ed25519, redacted)" } else { "Secret(Hmac, redacted)" })
    }
}

/// What follows `whsec_`, if something does.
pub(crate) fn without_prefix(text: &str) -> Option<&[u8]> {
    text.strip_prefix(SHARED).map(str::as_bytes).filter(|bare| !bare.is_empty())
}

/// Whether it is a public key as Discord writes it.
fn is_hex_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether it is the text of a shared secret.
#[cfg(feature = "tower")]
pub(crate) fn is_shared(text: &[u8]) -> bool {
    text.starts_with(SHARED.as_bytes())
}

/// Reads a `whpk_` public key, or 64 hex digits as Discord hands them out. Keys of small order are refused: a signature under
/// one fits almost any message.
#[cfg(feature = "ed25519")]
pub(crate) fn parse_public_key(text: &str) -> Result<VerifyingKey, SecretError> {
    decode(text, PUBLIC)
        .or_else(|| from_hex(text))
        .and_then(|bytes| VerifyingKey::from_bytes(bytes.as_slice().try_into().ok()?).ok())
        .filter(|key| !key.is_weak())
        .ok_or_else(|| match text.trim_ascii() {
            _ if is_wrapped(text) => SecretError::Wrapped,
            bare if bare != text && (bare.starts_with(PUBLIC) || is_hex_key(bare)) => SecretError::WhiteSpace,
            _ => SecretError::InvalidPublicKey,
        })
}

#[cfg(feature = "ed25519")]
fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    if !is_hex_key(text) {
        return None;
    }
    let bytes = (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok());
    bytes.collect::<Option<Vec<u8>>>().map(Zeroizing::new)
}

#[cfg(not(feature = "ed25519"))]
fn of_signing_key(_: &str) -> Result<Key, SecretError> {
    Err(SecretError::NoEd25519)
}

/// What a `whsk_` text encodes.
#[cfg(feature = "ed25519")]
fn of_signing_key(text: &str) -> Result<Key, SecretError> {
    Ok(Key::Ed25519(Box::new(signing_key(text)?)))
}

#[cfg(feature = "ed25519")]
fn signing_key(text: &str) -> Result<SigningKey, SecretError> {
    let bytes = decode(text, SIGNING).ok_or(SecretError::DamagedSigningKey)?;
    if let Ok(seed) = <&[u8; 32]>::try_from(bytes.as_slice()) {
        return Ok(SigningKey::from_bytes(seed));
    }
    let pair = <&[u8; 64]>::try_from(bytes.as_slice()).map_err(|_| SecretError::DamagedSigningKey)?;
    SigningKey::from_keypair_bytes(pair).map_err(|_| SecretError::KeyPairMismatch)
}

/// Base64 of either alphabet, with padding or without.
fn decode_any(encoded: &str) -> Option<Zeroizing<Vec<u8>>> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if encoded.contains(['-', '_']) { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let mut bytes = Zeroizing::new(Vec::with_capacity(encoded.len()));
    GeneralPurpose::new(alphabet, LENIENT).decode_vec(encoded, &mut bytes).ok()?;
    Some(bytes)
}
