//! Verifying: headers and the exact bytes of the body enter, with the time; yes leaves, or why not.
//!
//! Give it the body as it was read from the connection, before any JSON parser: parsing and writing again changes
//! bytes. Accepting is not deduplicating: within the tolerance a request can come twice, so keep the message's id.

mod error;
mod parse;

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::ed25519::signature::MultipartVerifier as _;
use ed25519_dalek::{Signature, VerifyingKey};
use zeroize::Zeroizing;

use crate::dialect::{self, Algorithm, BodyHeaders, Dialect};
use crate::mac;
use crate::secret::{Secret, SecretError, StandardKey, parse_public_key};
use crate::sign::standard_parts;

pub use error::VerifyError;
use parse::Version;

/// How far a timestamp may be from the receiver's clock: what Stripe's and the Standard Webhooks libraries allow.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// Signatures looked at in one request. A rotation needs two; an Ed25519 signature costs tens of microseconds to
/// check, and a stranger may fill a header with them.
const MAX_SIGNATURES: usize = 16;

/// Checks requests that are signed in one dialect, under any of its keys.
///
/// It holds at least one key. While a secret is being rotated, give it both.
#[derive(Clone)]
pub struct Verifier {
    /// Its header, if it has one, in lower case.
    dialect: Dialect,
    algorithm: Algorithm,
    keys: Vec<Key>,
    tolerance: Duration,
}

/// A key as its dialect uses it; of an Ed25519 pair, only the public half.
#[derive(Clone)]
enum Key {
    Hmac(Zeroizing<Vec<u8>>),
    Ed25519(VerifyingKey),
}

impl Verifier {
    /// A verifier with one secret, SHA-256 and a tolerance of five minutes.
    ///
    /// # Errors
    /// If the secret does not [suit](Secret::suits) the dialect.
    pub fn new(dialect: Dialect, secret: &Secret) -> Result<Verifier, SecretError> {
        let keys = vec![Key::of(secret, &dialect)?];
        Ok(Verifier { dialect: lower_case(dialect), algorithm: Algorithm::default(), keys, tolerance: TOLERANCE })
    }

    /// A verifier in the `standard` dialect with the public half of an Ed25519 key, `whpk_…`: it can check signatures
    /// and make none.
    ///
    /// # Errors
    /// [`SecretError::InvalidPublicKey`].
    pub fn from_public_key(text: &str) -> Result<Verifier, SecretError> {
        let keys = vec![Key::Ed25519(parse_public_key(text)?)];
        Ok(Verifier { dialect: Dialect::Standard, algorithm: Algorithm::default(), keys, tolerance: TOLERANCE })
    }

    /// Accepts signatures under this secret too.
    ///
    /// # Errors
    /// If the secret does not [suit](Secret::suits) the dialect.
    pub fn and_secret(mut self, secret: &Secret) -> Result<Verifier, SecretError> {
        self.keys.push(Key::of(secret, &self.dialect)?);
        Ok(self)
    }

    /// Accepts signatures under this `whpk_` public key too, in the `standard` dialect.
    ///
    /// # Errors
    /// [`SecretError::InvalidPublicKey`]; [`SecretError::StandardOnly`] in another dialect.
    pub fn and_public_key(mut self, text: &str) -> Result<Verifier, SecretError> {
        if self.dialect != Dialect::Standard {
            return Err(SecretError::StandardOnly);
        }
        self.keys.push(Key::Ed25519(parse_public_key(text)?));
        Ok(self)
    }

    /// Sets the hash under HMAC; without meaning in the `standard` dialect.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Verifier {
        self.algorithm = algorithm;
        self
    }

    /// Sets how far the timestamp may be from `now`, in whole seconds, either way; without meaning in `hub` and
    /// `plain`, which sign no time. [`Duration::MAX`] accepts any.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Duration) -> Verifier {
        self.tolerance = tolerance;
        self
    }

    /// Checks one request: `Ok` if any of its signatures (16 are allowed) is made over this body with any of the keys.
    ///
    /// `headers` returns the value of the header of that name, which is given in lower case; `now` is in Unix seconds.
    ///
    /// # Errors
    /// Why it is not accepted, the first reason found: header missing or malformed, time, signature.
    pub fn verify<'h>(
        &self,
        headers: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: i64,
    ) -> Result<(), VerifyError> {
        let header = |name: &str| headers(name).ok_or_else(|| VerifyError::missing(name));
        match &self.dialect {
            Dialect::Standard => {
                let id = header(dialect::WEBHOOK_ID)?;
                let timestamp = header(dialect::WEBHOOK_TIMESTAMP)?;
                let signatures = header(dialect::WEBHOOK_SIGNATURE)?;
                self.check_time(dialect::WEBHOOK_TIMESTAMP, timestamp, now)?;
                self.check_standard(signatures, &standard_parts(id, timestamp, body))
            }
            Dialect::Hub => {
                let names = dialect::hub(self.algorithm);
                self.check_body(names, header(names.newest)?, headers(names.previous), body)
            }
            Dialect::Plain => {
                let names = dialect::PLAIN;
                self.check_body(names, header(names.newest)?, headers(names.previous), body)
            }
            Dialect::Timestamped { header: name, separator } => {
                self.check_timestamped(name, header(name)?, separator, body, now)
            }
        }
    }

    fn check_standard(&self, header: &str, parts: &[&[u8]]) -> Result<(), VerifyError> {
        let signatures = bounded(
            dialect::WEBHOOK_SIGNATURE,
            parse::standard(header),
            "has no signature of the form v1,<base64> or v1a,<base64>",
        )?;
        let of = |version| signatures.iter().filter(move |(v, _)| *v == version).map(|(_, signature)| *signature);
        let matches = self.keys.iter().any(|key| match key {
            Key::Hmac(key) => {
                let mut expected = String::new();
                mac::push_base64(&mut expected, key, parts);
                of(Version::V1).any(|given| mac::same(&expected, given))
            }
            Key::Ed25519(key) => of(Version::V1a).any(|given| is_signed_by(key, given, parts)),
        });
        if matches { Ok(()) } else { Err(VerifyError::NoMatch) }
    }

    fn check_body(
        &self,
        names: BodyHeaders,
        newest: &str,
        previous: Option<&str>,
        body: &[u8],
    ) -> Result<(), VerifyError> {
        let tags = parse::body_tags(newest, self.algorithm)
            .chain(parse::body_tags(previous.unwrap_or_default(), self.algorithm));
        let tags = bounded(
            names.newest,
            tags,
            match self.algorithm {
                Algorithm::Sha256 => "has no signature of the form sha256=<64 lower-case hex digits>",
                Algorithm::Sha512 => "has no signature of the form sha512=<128 lower-case hex digits>",
            },
        )?;
        self.check_hex(&tags, &[body])
    }

    fn check_timestamped(
        &self,
        name: &str,
        value: &str,
        separator: &str,
        body: &[u8],
        now: i64,
    ) -> Result<(), VerifyError> {
        let timestamp = parse::timestamp(value)
            .ok_or_else(|| VerifyError::malformed(name, "does not hold exactly one t=<unix seconds>"))?;
        let tags = bounded(
            name,
            parse::timestamped_tags(value, self.algorithm),
            match self.algorithm {
                Algorithm::Sha256 => "has no signature of the form v1=<64 lower-case hex digits>",
                Algorithm::Sha512 => "has no signature of the form v1=<128 lower-case hex digits>",
            },
        )?;
        self.check_time(name, timestamp, now)?;
        self.check_hex(&tags, &[timestamp.as_bytes(), separator.as_bytes(), body])
    }

    fn check_hex(&self, tags: &[&str], parts: &[&[u8]]) -> Result<(), VerifyError> {
        let matches = self.keys.iter().any(|key| match key {
            Key::Hmac(key) => {
                let mut expected = String::with_capacity(self.algorithm.hex_digits());
                mac::push_hex(&mut expected, self.algorithm, key, parts);
                tags.iter().any(|given| mac::same(&expected, given))
            }
            Key::Ed25519(_) => false,
        });
        if matches { Ok(()) } else { Err(VerifyError::NoMatch) }
    }

    /// Only the age is read off the number: the signature is checked over the header's text as it came.
    fn check_time(&self, name: &str, timestamp: &str, now: i64) -> Result<(), VerifyError> {
        let signed: i64 = timestamp
            .parse()
            .map_err(|_| VerifyError::malformed(name, "has a timestamp that is not a number of seconds"))?;
        let seconds = signed.abs_diff(now);
        if seconds <= self.tolerance.as_secs() {
            Ok(())
        } else if signed < now {
            Err(VerifyError::TooOld { seconds })
        } else {
            Err(VerifyError::InFuture { seconds })
        }
    }
}

impl Key {
    fn of(secret: &Secret, dialect: &Dialect) -> Result<Key, SecretError> {
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

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("dialect", &self.dialect)
            .field("algorithm", &self.algorithm)
            .field("keys", &self.keys.len())
            .field("tolerance", &self.tolerance)
            .finish()
    }
}

fn lower_case(mut dialect: Dialect) -> Dialect {
    if let Dialect::Timestamped { header, .. } = &mut dialect {
        header.make_ascii_lowercase();
    }
    dialect
}

/// The signatures found in a header: at least one, at most [`MAX_SIGNATURES`].
fn bounded<T>(name: &str, found: impl Iterator<Item = T>, none: &'static str) -> Result<Vec<T>, VerifyError> {
    let found: Vec<T> = found.take(MAX_SIGNATURES + 1).collect();
    match found.len() {
        0 => Err(VerifyError::malformed(name, none)),
        1..=MAX_SIGNATURES => Ok(found),
        _ => Err(VerifyError::malformed(name, "has more than 16 signatures")),
    }
}

/// Not constant in time, and need not be: nothing here is secret. Without the batch or the legacy rules, dalek refuses
/// a signature that was altered into another valid one (RFC 8032 §5.1.7, S < L).
fn is_signed_by(key: &VerifyingKey, given: &str, parts: &[&[u8]]) -> bool {
    let mut bytes = [0; 66]; // base64 decodes by fours, so up to two bytes more than a signature
    let Ok(length) = STANDARD.decode_slice(given, &mut bytes) else {
        return false;
    };
    Signature::from_slice(&bytes[..length]).is_ok_and(|signature| key.multipart_verify(parts, &signature).is_ok())
}
