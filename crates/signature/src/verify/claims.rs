//! What the headers of a request claim: header text enters, the signatures and what they are to cover leave. Whether a
//! key fits them is asked here, as often as there are keys and readings of the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::ed25519::signature::MultipartVerifier as _;
use ed25519_dalek::{Signature, VerifyingKey};

use super::error::VerifyError;
use super::key::Key;
use super::parse::{self, Version, other};
use crate::dialect::{self, Algorithm, BodyHeaders, Dialect};
use crate::mac;
use crate::signed_text::{self, SignError};

/// Signatures looked at in one request. A rotation needs two; an Ed25519 signature costs tens of microseconds to
/// check, and a stranger may fill a header with them.
const MAX_SIGNATURES: usize = 16;

/// A request's headers, read in one dialect. Nothing in it is verified.
pub(crate) struct Claims<'h> {
    /// The `webhook-id`, in `standard`.
    pub(crate) id: Option<&'h str>,
    /// The signed time as text, with the name of its header.
    pub(crate) timestamp: Option<(&'h str, &'h str)>,
    signatures: Signatures<'h>,
}

/// At least one, at most [`MAX_SIGNATURES`].
enum Signatures<'h> {
    /// `hub`, `plain` and `timestamped`: hex.
    Hex(Vec<&'h str>),
    /// `standard`: base64.
    Standard(Vec<(Version, &'h str)>),
}

/// What is signed before the body; the parts that a dialect does not have are empty.
pub(crate) type Prefix<'a> = [&'a [u8]; 4];

impl<'h> Claims<'h> {
    /// Reads the headers that the dialect needs.
    pub(super) fn read<'v: 'h>(
        dialect: &'h Dialect,
        algorithm: Algorithm,
        headers: &impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Claims<'h>, VerifyError> {
        let header =
            |name: &str| -> Result<&'h str, VerifyError> { headers(name).ok_or_else(|| absent(name, headers)) };
        match dialect {
            Dialect::Standard => {
                let id = header(dialect::WEBHOOK_ID)?;
                signed_text::check_id(id).map_err(|error| malformed(dialect::WEBHOOK_ID, error))?;
                let timestamp = header(dialect::WEBHOOK_TIMESTAMP)?;
                signed_text::check_time(timestamp, ".")
                    .map_err(|error| malformed(dialect::WEBHOOK_TIMESTAMP, error))?;
                let signatures =
                    bounded(dialect::WEBHOOK_SIGNATURE, parse::standard(header(dialect::WEBHOOK_SIGNATURE)?), || {
                        VerifyError::malformed(dialect::WEBHOOK_SIGNATURE, NO_STANDARD)
                    })?;
                Ok(Claims {
                    id: Some(id),
                    timestamp: Some((dialect::WEBHOOK_TIMESTAMP, timestamp)),
                    signatures: Signatures::Standard(signatures),
                })
            }
            Dialect::Hub => over_body(dialect::hub(algorithm), algorithm, headers),
            Dialect::Plain => over_body(dialect::PLAIN, algorithm, headers),
            Dialect::Timestamped { header: name, separator } => timestamped(name, header(name)?, separator, algorithm),
        }
    }

    /// The headers are of no use to a verifier that has no key of their kind.
    pub(super) fn check_kinds(&self, keys: &[Key]) -> Result<(), VerifyError> {
        let Signatures::Standard(signatures) = &self.signatures else { return Ok(()) };
        let usable = |version: Version| {
            keys.iter().any(|key| match key {
                Key::Hmac(_) => version == Version::V1,
                Key::Ed25519(_) => version == Version::V1a,
            })
        };
        if signatures.iter().any(|(version, _)| usable(*version)) {
            return Ok(());
        }
        let (hmac, ed25519) = ("HMAC-SHA-256 (v1)", "Ed25519 (v1a)");
        let (found, expected) = if usable(Version::V1) { (ed25519, hmac) } else { (hmac, ed25519) };
        Err(VerifyError::OtherAlgorithm { found, expected })
    }

    /// What the signatures are to cover, the body excepted.
    pub(super) fn signed_parts<'a>(&'a self, dialect: &'a Dialect) -> Prefix<'a> {
        let time = self.timestamp.map_or(&b""[..], |(_, text)| text.as_bytes());
        match dialect {
            Dialect::Standard => [self.id.unwrap_or_default().as_bytes(), b".", time, b"."],
            Dialect::Hub | Dialect::Plain => [b""; 4],
            Dialect::Timestamped { separator, .. } => [time, separator.as_bytes(), b"", b""],
        }
    }

    /// Whether one of the signatures is this key's, over these parts and this body.
    pub(super) fn fits(&self, key: &Key, algorithm: Algorithm, prefix: &Prefix<'_>, body: &[u8]) -> bool {
        let [a, b, c, d] = *prefix;
        let parts = [a, b, c, d, body];
        match (&self.signatures, key) {
            (Signatures::Hex(tags), Key::Hmac(key)) => {
                let mut expected = String::with_capacity(algorithm.hex_digits());
                mac::push_hex(&mut expected, algorithm, key, &parts);
                tags.iter().any(|given| mac::same(&expected, given))
            }
            (Signatures::Standard(signatures), Key::Hmac(key)) => {
                let mut expected = String::new();
                mac::push_base64(&mut expected, key, &parts);
                of(signatures, Version::V1).any(|given| mac::same(&expected, given))
            }
            (Signatures::Standard(signatures), Key::Ed25519(key)) => {
                of(signatures, Version::V1a).any(|given| is_signed_by(key, given, &parts))
            }
            (Signatures::Hex(_), Key::Ed25519(_)) => false,
        }
    }

    /// What [`fits`](Claims::fits) costs with this key, in hashes of the body.
    pub(super) fn cost(&self, key: &Key) -> usize {
        match (&self.signatures, key) {
            (Signatures::Standard(signatures), Key::Ed25519(_)) => of(signatures, Version::V1a).count(),
            _ => 1,
        }
    }
}

const NO_STANDARD: &str = "has no signature of the form v1,<base64> or v1a,<base64>";

fn over_body<'h>(
    names: BodyHeaders,
    algorithm: Algorithm,
    headers: &impl Fn(&str) -> Option<&'h str>,
) -> Result<Claims<'h>, VerifyError> {
    let newest = headers(names.newest).ok_or_else(|| absent(names.newest, headers))?;
    let previous = headers(names.previous).unwrap_or_default();
    let tags = |algorithm| parse::body_tags(newest, algorithm).chain(parse::body_tags(previous, algorithm));
    let tags = bounded(names.newest, tags(algorithm), || match tags(other(algorithm)).next() {
        Some(_) => other_hash(algorithm),
        None => VerifyError::malformed(
            names.newest,
            match algorithm {
                Algorithm::Sha256 => "has no signature of the form sha256=<64 lower-case hex digits>",
                Algorithm::Sha512 => "has no signature of the form sha512=<128 lower-case hex digits>",
            },
        ),
    })?;
    Ok(Claims { id: None, timestamp: None, signatures: Signatures::Hex(tags) })
}

fn timestamped<'h>(
    name: &'h str,
    value: &'h str,
    separator: &str,
    algorithm: Algorithm,
) -> Result<Claims<'h>, VerifyError> {
    let timestamp = parse::timestamp(value)
        .ok_or_else(|| VerifyError::malformed(name, "does not hold exactly one t=<unix seconds>"))?;
    signed_text::check_time(timestamp, separator).map_err(|error| malformed(name, error))?;
    let tags = |algorithm| parse::timestamped_tags(value, algorithm);
    let tags = bounded(name, tags(algorithm), || match tags(other(algorithm)).next() {
        Some(_) => other_hash(algorithm),
        None => VerifyError::malformed(
            name,
            match algorithm {
                Algorithm::Sha256 => "has no signature of the form v1=<64 lower-case hex digits>",
                Algorithm::Sha512 => "has no signature of the form v1=<128 lower-case hex digits>",
            },
        ),
    })?;
    Ok(Claims { id: None, timestamp: Some((name, timestamp)), signatures: Signatures::Hex(tags) })
}

/// Why a header is not there: its dialect is another, its hash is another, or it is just missing.
fn absent<'h>(name: &str, headers: &impl Fn(&str) -> Option<&'h str>) -> VerifyError {
    let sha256 = dialect::hub(Algorithm::Sha256).newest;
    let sha512 = dialect::hub(Algorithm::Sha512).newest;
    let known = [dialect::WEBHOOK_SIGNATURE, sha256, sha512, dialect::PLAIN.newest];
    match known.into_iter().find(|found| headers(found).is_some()) {
        // Its own dialect, and another header of it is not there.
        Some(dialect::WEBHOOK_SIGNATURE) if name.starts_with("webhook-") => VerifyError::missing(name),
        Some(found) if name == sha256 && found == sha512 => other_hash(Algorithm::Sha256),
        Some(found) if name == sha512 && found == sha256 => other_hash(Algorithm::Sha512),
        Some(found) => VerifyError::OtherDialect { name: name.to_owned(), found },
        None => VerifyError::missing(name),
    }
}

/// What a sender may not sign, a receiver does not accept.
fn malformed(name: &str, error: SignError) -> VerifyError {
    let problem = match error {
        SignError::EmptyId => "is empty",
        SignError::DottedId => "has a full stop in it, which separates the parts of what is signed",
        SignError::Time => "has a timestamp that is not a number of seconds",
    };
    VerifyError::malformed(name, problem)
}

fn other_hash(expected: Algorithm) -> VerifyError {
    let name = |algorithm| match algorithm {
        Algorithm::Sha256 => "HMAC-SHA-256",
        Algorithm::Sha512 => "HMAC-SHA-512",
    };
    VerifyError::OtherAlgorithm { found: name(other(expected)), expected: name(expected) }
}

fn bounded<T>(
    name: &str,
    found: impl Iterator<Item = T>,
    none: impl FnOnce() -> VerifyError,
) -> Result<Vec<T>, VerifyError> {
    let found: Vec<T> = found.take(MAX_SIGNATURES + 1).collect();
    match found.len() {
        0 => Err(none()),
        1..=MAX_SIGNATURES => Ok(found),
        _ => Err(VerifyError::malformed(name, "has more than 16 signatures")),
    }
}

fn of<'s, 'h>(signatures: &'s [(Version, &'h str)], version: Version) -> impl Iterator<Item = &'h str> + use<'s, 'h> {
    signatures.iter().filter(move |(v, _)| *v == version).map(|(_, signature)| *signature)
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
