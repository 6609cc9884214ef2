//! What signatures are checked with: a secret and its dialect's form enter, the key that the dialect makes of it leaves.

#[cfg(feature = "ed25519")]
use ed25519_dalek::VerifyingKey;
use zeroize::Zeroizing;

use crate::form::KeyForm;
#[cfg(feature = "tower")]
use crate::mac;
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
            KeyForm::Text => Key::of(&Secret::of_others(text)?, form),
            KeyForm::Decoded if text.trim_ascii().starts_with(crate::secret::PUBLIC) => Key::public(text.trim_ascii()),
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

    /// The message's key, in a space of its own for all that are signed with this one. A store keeps it, so of a secret it is no
    /// hash that everybody can make, nor a tag that could be a signature.
    #[cfg(feature = "tower")]
    pub(super) fn in_its_namespace(&self, message: MessageKey) -> MessageKey {
        match self {
            Key::Hmac(key) => {
                let name = mac::derived(key, b"lanehook-signature: the namespace of a secret");
                MessageKey::of(&[b"secret's namespace", &*name, message.as_bytes()])
            }
            #[cfg(feature = "ed25519")]
            Key::Ed25519(key) => MessageKey::of(&[b"public key's namespace", key.as_bytes(), message.as_bytes()]),
        }
    }

    /// A key of the same kind that costs as much to check with. Nobody can sign for it: who knows neither this key nor its secret
    /// knows nothing of it, and neither does its owner.
    #[cfg(feature = "tower")]
    pub(super) fn stand_in(&self) -> Key {
        match self {
            Key::Hmac(key) => {
                let made = mac::derived(key, STAND_IN);
                let text = if crate::secret::is_shared(key) {
                    crate::secret::shared_text(&*made)
                } else {
                    let mut text = String::with_capacity(64);
                    mac::hex(&mut text, &*made);
                    // As long as the key, since one that is longer than a block is hashed first.
                    text.chars().cycle().take(key.len().max(32)).collect()
                };
                Key::Hmac(Zeroizing::new(text.into_bytes()))
            }
            #[cfg(feature = "ed25519")]
            Key::Ed25519(key) => Key::Ed25519(nobodys(key)),
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

#[cfg(feature = "tower")]
const STAND_IN: &[u8] = b"lanehook-signature: a key that stands in for another";

/// A public key that is hashed to, so that nobody has its private half. About every second hash is one.
#[cfg(all(feature = "tower", feature = "ed25519"))]
fn nobodys(key: &VerifyingKey) -> VerifyingKey {
    let hashes = (0_u64..).map(|n| MessageKey::of(&[STAND_IN, key.as_bytes(), &n.to_be_bytes()]));
    let mut keys = hashes.filter_map(|hash| VerifyingKey::from_bytes(hash.as_bytes()).ok());
    keys.find(|key| !key.is_weak()).unwrap_or(*key)
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
