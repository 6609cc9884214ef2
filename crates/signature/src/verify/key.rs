//! What signatures are checked with: a secret and its dialect's form enter, the key that the dialect makes of it leaves.

#[cfg(feature = "ed25519")]
use ed25519_dalek::VerifyingKey;
use zeroize::Zeroizing;

use crate::form::KeyForm;
#[cfg(feature = "tower")]
use crate::received::MessageKey;
use crate::secret::{Secret, SecretError, SigningWith};

/// A key as its dialect uses it; of an Ed25519 pair, only the public half.
#[derive(Clone)]
pub(crate) enum Key {
    Hmac(Zeroizing<Vec<u8>>),
    #[cfg(feature = "ed25519")]
    Ed25519(VerifyingKey),
}

impl Key {
    pub(super) fn of(secret: &Secret, form: KeyForm) -> Result<Key, SecretError> {
        Ok(match secret.signing_with(form)? {
            SigningWith::Hmac(key) => Key::Hmac(Zeroizing::new(key.to_vec())),
            #[cfg(feature = "ed25519")]
            SigningWith::Ed25519(key) => Key::Ed25519(key.verifying_key()),
        })
    }

    /// As a dialect's own senders hand it out: a public key where that is what receivers get.
    pub(super) fn read(text: &str, form: KeyForm) -> Result<Key, SecretError> {
        match form {
            KeyForm::Text => {
                refuse_what_is_no_secret(text.trim_ascii())?;
                Key::of(&Secret::verbatim(text)?, form)
            }
            KeyForm::Decoded if crate::secret::is_public_key(text.trim_ascii()) => Key::public(text.trim_ascii()),
            KeyForm::Decoded => Key::of(&Secret::lenient(text)?, form),
            #[cfg(feature = "ed25519")]
            KeyForm::Ed25519 => Key::public(text.trim_ascii()),
        }
    }

    #[cfg(feature = "ed25519")]
    fn public(text: &str) -> Result<Key, SecretError> {
        crate::secret::parse_public_key(text).map(Key::Ed25519)
    }

    #[cfg(not(feature = "ed25519"))]
    fn public(_: &str) -> Result<Key, SecretError> {
        Err(SecretError::NoEd25519)
    }

    /// The bytes, if it is one for HMAC.
    pub(super) fn hmac(&self) -> Option<&[u8]> {
        match self {
            Key::Hmac(key) => Some(key),
            #[cfg(feature = "ed25519")]
            Key::Ed25519(_) => None,
        }
    }

    /// What tells it from other keys, and does not tell it.
    #[cfg(feature = "tower")]
    pub(crate) fn fingerprint(&self) -> MessageKey {
        match self {
            Key::Hmac(key) => MessageKey::of(&[b"secret", key]),
            #[cfg(feature = "ed25519")]
            Key::Ed25519(key) => MessageKey::of(&[b"public key", key.as_bytes()]),
        }
    }

    /// A key of the same kind that costs as much to check with, and is nobody's secret.
    #[cfg(feature = "tower")]
    pub(super) fn stand_in(&self) -> Key {
        match self {
            Key::Hmac(_) => Key::Hmac(Zeroizing::new(vec![0; 32])),
            #[cfg(feature = "ed25519")]
            Key::Ed25519(key) => Key::Ed25519(*key),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Key::Hmac(_) => Kind::Hmac,
            #[cfg(feature = "ed25519")]
            Key::Ed25519(_) => Kind::Ed25519,
        }
    }
}

/// Texts under which anybody could sign: a variable that is set to nothing, or holds the wrong one of two keys.
fn refuse_what_is_no_secret(text: &str) -> Result<(), SecretError> {
    if text.is_empty() {
        Err(SecretError::Empty)
    } else if crate::secret::is_public_key(text) {
        Err(SecretError::PublicKey)
    } else if crate::secret::is_only_prefix(text) {
        Err(SecretError::DamagedShared)
    } else {
        Ok(())
    }
}

/// What a signature is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Hmac,
    Ed25519,
}

impl Kind {
    /// For people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Hmac => "HMAC-SHA-256 (v1)",
            Kind::Ed25519 => "Ed25519 (v1a)",
        }
    }
}
