//! Verifying: headers and the exact bytes of the body enter, with the time; yes leaves, or why not.
//!
//! Give it the body as it was read from the connection, before any JSON parser: parsing and writing again changes
//! bytes. Accepting is not deduplicating: within the tolerance a request can come twice. [`accept`](Verifier::accept)
//! says what to deduplicate by, and [`seen`](crate::seen) how.

mod claims;
mod diagnose;
mod error;
mod key;
#[cfg(feature = "http")]
pub(crate) mod over_http;
mod parse;
mod rewrite;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::dialect::{Algorithm, Dialect};
use crate::form::{Beside, Form, Part};
use crate::received::Received;
use crate::secret::Secret;
#[cfg(feature = "ed25519")]
use crate::secret::{SecretError, parse_public_key};
use crate::setup::SetupError;
use claims::Claims;
use diagnose::Refused;
pub(crate) use key::Key;

pub use error::{Alteration, Otherwise, VerifyError};

/// How far a timestamp may be from the receiver's clock: what Stripe's and the Standard Webhooks libraries allow.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// No clock shows these seconds before the year 5138; in a finer unit, all have since 1973.
const FAR_FUTURE: i64 = 100_000_000_000;

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
    /// What stands in for it, once that was asked for: made anew for each request, it would take longer than to judge one.
    #[cfg(feature = "tower")]
    nobodys: std::sync::OnceLock<std::sync::Arc<Verifier>>,
}

impl Verifier {
    /// A verifier with one secret, SHA-256 and a tolerance of five minutes.
    ///
    /// # Errors
    /// If the secret does not [suit](Secret::suits) the dialect, or no request can be signed in it as it is set.
    pub fn new(dialect: Dialect, secret: &Secret) -> Result<Verifier, SetupError> {
        dialect.check()?;
        let key = Key::of(secret, dialect.form(Algorithm::default()).key)?;
        Ok(Verifier::with_key(dialect, key))
    }

    /// A verifier with the secret as the dialect's senders hand it out, in whatever form that is. Where the text is the key, that
    /// is any text but what is evidently none: quotes or white space alone, `null` and its like, a mask (`****`), a name that should
    /// have been replaced (`${SECRET}`, `$SECRET`, `{{ secret }}`), `whsec_` and nothing behind it, a public key, half a signing key, and what has quotes around a
    /// prefix or an invisible character around anything. If such a text is in use, [`new`](Verifier::new) takes it, read by
    /// [`Secret::verbatim`]. In `standard` and `svix` it is what [`Secret::lenient`] reads, or a public key, `whpk_…`; in `discord` the application's public key.
    ///
    /// ```
    /// use lanehook_signature::{Dialect, Verifier};
    ///
    /// let stripe = Verifier::from_text(Dialect::Stripe, "whsec_4e1c…")?;
    /// let slack = Verifier::from_text(Dialect::Slack, "8f742231b10e8888abcd99yyyzzz85a5")?;
    /// # Ok::<(), lanehook_signature::SetupError>(())
    /// ```
    ///
    /// # Errors
    /// As for [`new`](Verifier::new).
    pub fn from_text(dialect: Dialect, secret: &str) -> Result<Verifier, SetupError> {
        dialect.check()?;
        let key = Key::read(secret, dialect.form(Algorithm::default()).key)?;
        Ok(Verifier::with_key(dialect, key))
    }

    /// A verifier in the `standard` dialect with the public half of an Ed25519 key, `whpk_…`: it can check signatures
    /// and make none.
    ///
    /// # Errors
    /// [`SecretError::InvalidPublicKey`]; [`SecretError::WhiteSpace`] and [`SecretError::Wrapped`], if it would be one without that.
    #[cfg(feature = "ed25519")]
    pub fn from_public_key(text: &str) -> Result<Verifier, SetupError> {
        Ok(Verifier::with_key(Dialect::Standard, Key::Ed25519(parse_public_key(text)?)))
    }

    fn with_key(dialect: Dialect, key: Key) -> Verifier {
        Verifier {
            dialect: lower_case(dialect),
            algorithm: Algorithm::default(),
            keys: vec![key],
            tolerance: TOLERANCE,
            diagnose: true,
            #[cfg(feature = "tower")]
            nobodys: std::sync::OnceLock::new(),
        }
    }

    /// What is made of it is made anew for what it is now.
    fn changed(mut self, change: impl FnOnce(&mut Verifier)) -> Verifier {
        change(&mut self);
        #[cfg(feature = "tower")]
        self.nobodys.take();
        self
    }

    /// Accepts signatures under this secret too.
    ///
    /// # Errors
    /// If the secret does not [suit](Secret::suits) the dialect.
    pub fn and_secret(self, secret: &Secret) -> Result<Verifier, SetupError> {
        let key = Key::of(secret, self.form().key)?;
        Ok(self.changed(|verifier| verifier.keys.push(key)))
    }

    /// Accepts signatures under this secret too, read as by [`from_text`](Verifier::from_text).
    ///
    /// # Errors
    /// As for [`and_secret`](Verifier::and_secret).
    pub fn and_text(self, secret: &str) -> Result<Verifier, SetupError> {
        let key = Key::read(secret, self.form().key)?;
        Ok(self.changed(|verifier| verifier.keys.push(key)))
    }

    /// Accepts signatures under this `whpk_` public key too, in the dialects that know them.
    ///
    /// # Errors
    /// As for [`from_public_key`](Verifier::from_public_key); [`SecretError::StandardOnly`] in a dialect that knows none.
    #[cfg(feature = "ed25519")]
    pub fn and_public_key(self, text: &str) -> Result<Verifier, SetupError> {
        if self.form().key == crate::form::KeyForm::Text {
            return Err(SecretError::StandardOnly.into());
        }
        let key = Key::Ed25519(parse_public_key(text)?);
        Ok(self.changed(|verifier| verifier.keys.push(key)))
    }

    /// Sets the hash under HMAC in `hub`, `plain` and `timestamped`; without meaning elsewhere.
    #[must_use]
    pub fn with_algorithm(self, algorithm: Algorithm) -> Verifier {
        self.changed(|verifier| verifier.algorithm = algorithm)
    }

    /// Sets how far the timestamp may be from `now`, in whole seconds, either way; without meaning in the dialects
    /// that sign no time. [`Duration::MAX`] accepts any.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Duration) -> Verifier {
        self.changed(|verifier| verifier.tolerance = tolerance)
    }

    /// Answers [`VerifyError::NoMatch`] at once when no signature fits, and does not look for the cause.
    #[must_use]
    pub fn without_diagnosis(self) -> Verifier {
        self.changed(|verifier| verifier.diagnose = false)
    }

    /// Checks one request: `Ok` if any of its signatures (16 are allowed, of which four with Ed25519) is made over this body
    /// with any of the keys.
    ///
    /// `headers` returns the value of the header of that name, which is given in lower case; `now` is in Unix seconds. A
    /// header that a request has twice should be refused before, as `verify_http` and `VerifyLayer` do: another
    /// program may look at the other one. Any map of headers will do, that of `http` 0.2 (actix-web 4, warp before 0.4) too, with a
    /// function that takes a header that is there twice for none:
    ///
    /// ```
    /// # use http::HeaderMap;
    /// fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    ///     let mut values = headers.get_all(name).iter();
    ///     let first = values.next()?;
    ///     if values.next().is_none() { first.to_str().ok() } else { None }
    /// }
    /// ```
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
        self.accept(headers, body, now).map(drop)
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
        self.accept_at(self.dialect.url(), headers, body, now)
    }

    /// As [`accept`](Verifier::accept), with the request's public URL and its query, for the dialects that sign it and when it is
    /// not just the one that the dialect is set up with. What is not in this URL is not verified: where a handler reads the
    /// query, it has to be the request's own, written as it came. `verify_request` (feature `http`) puts the two together.
    ///
    /// In `twilio`, `headers` should know `content-type`: what says that it is no form is not read as one.
    ///
    /// # Errors
    /// As for [`verify`](Verifier::verify).
    pub fn accept_at<'h>(
        &self,
        url: &str,
        headers: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: i64,
    ) -> Result<Received, VerifyError> {
        let form = self.form();
        let claims = self.read_headers(&form, &headers, now)?;
        let Some(covered) = self.covered_by_a_key(&form, &claims, url, body) else {
            return Err(self.why_none_fits(&form, &claims, url, headers("content-length"), body));
        };
        let time_beside = form.header_of(Beside::Time).and_then(&headers);
        let time = claims.timestamp.map(|(_, text)| text);
        Ok(Received::of(&form, claims.id, time, time_beside, url, &covered))
    }

    /// Twice the tolerance: how long after a request was accepted the same request can be accepted again. `None` if
    /// that never ends, in the dialects that sign no time and with a tolerance of [`Duration::MAX`].
    #[must_use]
    pub fn replay_window(&self) -> Option<Duration> {
        let has_end = self.form().signs(Part::Time) && self.tolerance != Duration::MAX;
        has_end.then(|| self.tolerance.saturating_mul(2))
    }

    pub(crate) fn form(&self) -> Form<'_> {
        self.dialect.form(self.algorithm)
    }

    /// Whether a message's id is signed.
    #[cfg(feature = "tower")]
    pub(crate) fn signs_id(&self) -> bool {
        self.form().signs(Part::Id)
    }

    /// Whether the time of an attempt is signed.
    #[cfg(feature = "tower")]
    pub(crate) fn signs_time(&self) -> bool {
        self.form().signs(Part::Time)
    }

    /// The message's key, in the space of its last key, which stays while a new one is put before it. Not of the key that a request is
    /// signed with, since whoever replays one with two signatures can leave one out.
    #[cfg(feature = "tower")]
    pub(crate) fn in_its_namespace(&self, message: crate::MessageKey) -> crate::MessageKey {
        self.keys.last().map_or(message, |key| key.in_its_namespace(message))
    }

    /// Whether the URL is signed, with nothing between it and the body.
    #[cfg(feature = "tower")]
    pub(crate) fn signs_url(&self) -> bool {
        self.form().signs(Part::Url)
    }

    /// Whether fields of a form are signed, with nothing between them, so that others have the same signature.
    #[cfg(feature = "tower")]
    pub(crate) fn signs_fields(&self) -> bool {
        self.form().covers_by_content_type()
    }

    /// One that does the same work for a request, with keys that nobody has. It is made once.
    #[cfg(feature = "tower")]
    pub(crate) fn stand_in(&self) -> std::sync::Arc<Verifier> {
        let keys = || self.keys.iter().map(Key::stand_in).collect();
        let made = self.nobodys.get_or_init(|| std::sync::Arc::new(Verifier { keys: keys(), ..self.clone() }));
        std::sync::Arc::clone(made)
    }

    /// All that can be refused without the body, so that nobody has to read one first.
    #[cfg(feature = "tower")]
    pub(crate) fn check_headers<'h>(
        &self,
        headers: &impl Fn(&str) -> Option<&'h str>,
        now: i64,
    ) -> Result<(), VerifyError> {
        self.read_headers(&self.form(), headers, now).map(drop)
    }

    fn read_headers<'c, 'h: 'c>(
        &self,
        form: &Form<'c>,
        headers: &impl Fn(&str) -> Option<&'h str>,
        now: i64,
    ) -> Result<Claims<'c>, VerifyError> {
        let claims = Claims::read(form, headers)?;
        if let Some((name, timestamp)) = claims.timestamp {
            self.check_time(name, timestamp, now)?;
        }
        claims.check_kinds(&self.keys)?;
        Ok(claims)
    }

    fn why_none_fits(
        &self,
        form: &Form<'_>,
        claims: &Claims<'_>,
        url: &str,
        content_length: Option<&str>,
        body: &[u8],
    ) -> VerifyError {
        let refused = Refused { form, keys: &self.keys, claims, url };
        let cause = if self.diagnose { diagnose::cause(&refused, content_length, body) } else { None };
        cause.unwrap_or(VerifyError::NoMatch)
    }

    /// What of the body is signed, if one of the signatures is made with one of the keys.
    fn covered_by_a_key<'b>(
        &self,
        form: &Form<'_>,
        claims: &Claims<'_>,
        url: &str,
        body: &'b [u8],
    ) -> Option<Cow<'b, [u8]>> {
        let covered = form.covered(url, claims.content_type, body)?;
        let fitting_at = |url: &str| {
            let parts = claims.signed_parts(form, url);
            self.keys.iter().any(|key| claims.fits(key, form, &parts, &covered))
        };
        let fits = fitting_at(url);
        #[cfg(feature = "twilio")]
        let fits = match &self.dialect {
            Dialect::Twilio { .. } => fits || crate::twilio::other_port(url).is_some_and(|url| fitting_at(&url)),
            _ => fits,
        };
        fits.then_some(covered)
    }

    /// Only the age is read off the number: the signature is checked over the header's text as it came.
    fn check_time(&self, name: &str, timestamp: &str, now: i64) -> Result<(), VerifyError> {
        let signed: i64 = timestamp
            .parse()
            .map_err(|_| VerifyError::malformed(name, "has a timestamp that is not a number of seconds"))?;
        let tolerance = self.tolerance.as_secs();
        let seconds = signed.abs_diff(now);
        let finer = |unit: i64| (now / unit).abs_diff(signed) <= tolerance;
        if seconds <= tolerance {
            Ok(())
        } else if now > FAR_FUTURE && [1_000, 1_000_000, 1_000_000_000].into_iter().any(finer) {
            Err(VerifyError::ClockNotInSeconds)
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

#[cfg(all(test, feature = "tower"))]
mod tests {
    use std::sync::Arc;

    use super::{Dialect, Duration, Secret, Verifier};

    /// Otherwise what is for nobody takes several times as long to judge as what is for somebody.
    #[test]
    fn what_stands_in_for_a_verifier_is_made_once() {
        let secret = |n| Secret::generate_hmac([n; 32]);
        let verifier = Verifier::new(Dialect::Standard, &secret(1)).unwrap();
        let stand_in = verifier.stand_in();
        assert!(Arc::ptr_eq(&stand_in, &verifier.stand_in()) && Arc::ptr_eq(&stand_in, &verifier.clone().stand_in()));

        let changed = verifier.and_secret(&secret(2)).unwrap().with_tolerance(Duration::ZERO).without_diagnosis();
        let stand_in = changed.stand_in();
        assert_eq!((stand_in.keys.len(), stand_in.tolerance, stand_in.diagnose), (2, Duration::ZERO, false));
    }
}
