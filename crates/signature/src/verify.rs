//! Verifying: headers and the exact bytes of the body enter, with the time; yes leaves, or why not.
//!
//! Give it the body as it was read from the connection, before any JSON parser: parsing and writing again changes
//! bytes. Accepting is not deduplicating: within the tolerance a request can come twice. [`accept`](Verifier::accept)
//! says what to deduplicate by, and [`seen`](crate::seen) how.

mod claims;
mod diagnose;
mod error;
mod key;
mod parse;
mod rewrite;

use std::fmt;
use std::time::Duration;

use crate::dialect::{Algorithm, Dialect};
use crate::received::Received;
use crate::secret::{Secret, SecretError, parse_public_key};
use claims::Claims;
use diagnose::Refused;
use key::Key;

pub use error::{Alteration, Otherwise, VerifyError};

/// How far a timestamp may be from the receiver's clock: what Stripe's and the Standard Webhooks libraries allow.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

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
    /// Whether the cause of a failure is looked for.
    diagnose: bool,
}

impl Verifier {
    /// A verifier with one secret, SHA-256 and a tolerance of five minutes.
    ///
    /// # Errors
    /// If the secret does not [suit](Secret::suits) the dialect.
    pub fn new(dialect: Dialect, secret: &Secret) -> Result<Verifier, SecretError> {
        let key = Key::of(secret, &dialect)?;
        Ok(Verifier::with_key(dialect, key))
    }

    /// Whether a message's id is signed.
    #[cfg(feature = "tower")]
    pub(crate) fn signs_id(&self) -> bool {
        matches!(self.dialect, Dialect::Standard)
    }

    /// A verifier in the `standard` dialect with the public half of an Ed25519 key, `whpk_…`: it can check signatures
    /// and make none.
    ///
    /// # Errors
    /// [`SecretError::InvalidPublicKey`].
    pub fn from_public_key(text: &str) -> Result<Verifier, SecretError> {
        Ok(Verifier::with_key(Dialect::Standard, Key::Ed25519(parse_public_key(text)?)))
    }

    fn with_key(dialect: Dialect, key: Key) -> Verifier {
        Verifier {
            dialect: lower_case(dialect),
            algorithm: Algorithm::default(),
            keys: vec![key],
            tolerance: TOLERANCE,
            diagnose: true,
        }
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

    /// Answers [`VerifyError::NoMatch`] at once when no signature fits, and does not look for the cause.
    #[must_use]
    pub fn without_diagnosis(mut self) -> Verifier {
        self.diagnose = false;
        self
    }

    /// Checks one request: `Ok` if any of its signatures (16 are allowed) is made over this body with any of the keys.
    ///
    /// `headers` returns the value of the header of that name, which is given in lower case; `now` is in Unix seconds. A
    /// header that a request has twice should be refused before, as the `VerifyLayer` does: another
    /// program may look at the other one.
    ///
    /// When no signature fits, the cause is looked for, as far as it can be proved: [`VerifyError::AlteredBody`] and
    /// [`VerifyError::SignedOtherwise`]. That costs at most 32 signatures more, over at most 1 MiB in all; the request
    /// is refused whatever is found.
    ///
    /// # Errors
    /// Why it is not accepted, the first reason found: header missing or malformed, time, signature.
    pub fn verify<'h>(
        &self,
        headers: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: i64,
    ) -> Result<(), VerifyError> {
        let claims = self.check_headers(&headers, now)?;
        self.check_signatures(&claims, &headers, body)
    }

    /// Checks one request as [`verify`](Verifier::verify) does, and says which message it is.
    ///
    /// # Errors
    /// As for [`verify`](Verifier::verify).
    pub fn accept<'h>(
        &self,
        headers: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: i64,
    ) -> Result<Received, VerifyError> {
        let claims = self.check_headers(&headers, now)?;
        self.check_signatures(&claims, &headers, body)?;
        let signed_time = claims.timestamp.map(|(_, text)| text);
        Ok(Received::of(&self.dialect, claims.id, signed_time, &headers, body))
    }

    /// Twice the tolerance: how long after a request was accepted the same request can be accepted again. `None` if
    /// that never ends, in the dialects that sign no time and with a tolerance of [`Duration::MAX`].
    #[must_use]
    pub fn replay_window(&self) -> Option<Duration> {
        match self.dialect {
            Dialect::Standard | Dialect::Timestamped { .. } if self.tolerance != Duration::MAX => {
                Some(self.tolerance.saturating_mul(2))
            }
            _ => None,
        }
    }

    /// The names of the headers that it reads.
    #[cfg(feature = "tower")]
    pub(crate) fn header_names(&self) -> Vec<&str> {
        self.dialect.header_names(self.algorithm)
    }

    /// All that can be refused without the body, so that nobody has to read one first.
    pub(crate) fn check_headers<'c, 'h: 'c>(
        &'c self,
        headers: &impl Fn(&str) -> Option<&'h str>,
        now: i64,
    ) -> Result<Claims<'c>, VerifyError> {
        let claims = Claims::read(&self.dialect, self.algorithm, headers)?;
        if let Some((name, timestamp)) = claims.timestamp {
            self.check_time(name, timestamp, now)?;
        }
        claims.check_kinds(&self.keys)?;
        Ok(claims)
    }

    fn check_signatures<'h>(
        &self,
        claims: &Claims<'_>,
        headers: &impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
    ) -> Result<(), VerifyError> {
        let parts = claims.signed_parts(&self.dialect);
        if self.keys.iter().any(|key| claims.fits(key, self.algorithm, &parts, body)) {
            Ok(())
        } else if self.diagnose {
            let refused = Refused { dialect: &self.dialect, algorithm: self.algorithm, keys: &self.keys, claims };
            Err(diagnose::cause(&refused, headers("content-length"), body).unwrap_or(VerifyError::NoMatch))
        } else {
            Err(VerifyError::NoMatch)
        }
    }

    /// Only the age is read off the number: the signature is checked over the header's text as it came.
    fn check_time(&self, name: &str, timestamp: &str, now: i64) -> Result<(), VerifyError> {
        let signed: i64 = timestamp
            .parse()
            .map_err(|_| VerifyError::malformed(name, "has a timestamp that is not a number of seconds"))?;
        let tolerance = self.tolerance.as_secs();
        let seconds = signed.abs_diff(now);
        if seconds <= tolerance {
            Ok(())
        } else if signed < now {
            Err(VerifyError::TooOld { seconds })
        } else if (signed / 1000).abs_diff(now) <= tolerance {
            Err(VerifyError::malformed(name, "has a timestamp in milliseconds, where seconds are wanted"))
        } else {
            Err(VerifyError::InFuture { seconds })
        }
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
