//! What signatures are checked with: a secret and its dialect enter, the key that the dialect makes of it leaves.

use ed25519_dalek::VerifyingKey;
use zeroize::Zeroizing;

use crate::dialect::Dialect;
use crate::secret::{Secret, SecretError, StandardKey};

/// A key as its dialect uses it; of an Ed25519 pair, only the public half.
#[derive(Clone)]
pub(super) enum Key {
    Hmac(Zeroizing<Vec<u8>>),
    Ed25519(VerifyingKey),
}

impl Key {
    pub(super) fn of(secret: &Secret, dialect: &Dialect) -> Result<Key, SecretError> {
        let shared = match dialect {
            Dialect::Standard => match secret.standard_key()? {
                StandardKey::Hmac(key) => key,
                StandardKey::Ed25519(key) => return Ok(Key::Ed25519(key.verifying_key())),
            },
            Dialect::Hub | Dialect::Plain | Dialect::Timestamped { .. } => secret.text_key()?,
        };
        Ok(Key::Hmac(Zeroizing::new(shared.to_vec())))
    }
}
