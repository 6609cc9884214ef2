//! What the headers of a request claim: header text enters, the signatures and what they are to cover leave. Whether a
//! key fits them is asked here, as often as there are keys and readings of the body.

use super::error::VerifyError;
use super::key::{Key, Kind};
use super::parse::{self, Given};
use crate::form::{Beside, CONTENT_TYPE, Form, Part, SHA1_HEADER, SIGNATURE_HEADERS, Written};
use crate::mac::{self, Hash};
use crate::signed_text::{self, SignError};

/// Signatures looked at in one request. A rotation needs two, and a stranger may fill a header with them.
const MAX_SIGNATURES: usize = 16;

/// Ed25519 signatures looked at in one request. Each costs a hash of the whole body and tens of microseconds; those of an
/// HMAC cost one hash together.
const MAX_ED25519: usize = 4;

/// A request's headers, read in one dialect. Nothing in it is verified.
pub(crate) struct Claims<'h> {
    pub(crate) id: Option<&'h str>,
    /// The signed time as text, with the name of its header.
    pub(crate) timestamp: Option<(&'h str, &'h str)>,
    /// What kind of body it says that it has, where that matters.
    pub(crate) content_type: Option<&'h str>,
    /// At least one, at most [`MAX_SIGNATURES`], each once.
    signatures: Vec<Given<'h>>,
}

/// What is signed before the body; the parts that a dialect does not have are empty.
pub(crate) type Prefix<'a> = [&'a [u8]; 4];

impl<'h> Claims<'h> {
    /// Reads the headers that the dialect needs.
    pub(super) fn read<'v: 'h>(
        form: &Form<'h>,
        headers: &impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Claims<'h>, VerifyError> {
        let header = |name: &str| headers(name).ok_or_else(|| absent(form, name, headers));
        let id = match form.header_of(Beside::Id) {
            Some(name) if form.signs(Part::Id) => {
                let id = header(name)?;
                signed_text::check_id(id).map_err(|error| malformed(name, error))?;
                Some(id)
            }
            Some(name) => headers(name),
            None => None,
        };
        let mut timestamp = None;
        if let Some(name) = form.header_of(Beside::Time).filter(|_| form.signs(Part::Time)) {
            timestamp = Some((name, header(name)?));
        }
        let value = header(form.header)?;
        if form.written == Written::Pairs {
            let time = parse::timestamp(value)
                .ok_or_else(|| VerifyError::malformed(form.header, "does not hold exactly one t=<unix seconds>"))?;
            timestamp = Some((form.header, time));
        }
        if let Some((name, time)) = timestamp {
            signed_text::check_time(time, form.after_time()).map_err(|error| malformed(name, error))?;
        }
        let signatures = signatures(form, value, form.previous.and_then(headers))?;
        let content_type = if form.covers_by_content_type() { headers(CONTENT_TYPE) } else { None };
        Ok(Claims { id, timestamp, content_type, signatures })
    }

    /// The headers are of no use to a verifier that has no key of their kind.
    pub(super) fn check_kinds(&self, keys: &[Key]) -> Result<(), VerifyError> {
        let usable = |kind: Kind| keys.iter().any(|key| key.kind() == kind);
        if self.signatures.iter().any(|(kind, _)| usable(*kind)) {
            return Ok(());
        }
        let (found, expected) =
            if usable(Kind::Hmac) { (Kind::Ed25519, Kind::Hmac) } else { (Kind::Hmac, Kind::Ed25519) };
        Err(VerifyError::OtherAlgorithm { found: found.name(), expected: expected.name() })
    }

    /// What the signatures are to cover, the body excepted.
    pub(super) fn signed_parts<'a>(&'a self, form: &Form<'a>, url: &'a str) -> Prefix<'a> {
        let time = self.timestamp.map_or("", |(_, text)| text);
        form.prefix(self.id.unwrap_or_default(), time, url)
    }

    /// Whether one of the signatures is this key's, over these parts and what of the body is signed.
    pub(super) fn fits(&self, key: &Key, form: &Form<'_>, prefix: &Prefix<'_>, covered: &[u8]) -> bool {
        let [a, b, c, d] = *prefix;
        let parts = [a, b, c, d, covered];
        match key {
            Key::Hmac(key) => {
                let mut expected = String::new();
                match form.written {
                    Written::Versions | Written::Base64 => mac::push_base64(&mut expected, form.hash, key, &parts),
                    _ => mac::push_hex(&mut expected, form.hash, key, &parts),
                }
                self.of(Kind::Hmac).any(|given| mac::same(&expected, given))
            }
            #[cfg(feature = "ed25519")]
            Key::Ed25519(key) => self.of(Kind::Ed25519).any(|given| ed25519::fits(key, form.written, given, &parts)),
        }
    }

    /// What [`fits`](Claims::fits) costs with this key, in hashes of the body.
    pub(super) fn cost(&self, key: &Key) -> usize {
        match key.kind() {
            Kind::Hmac => 1,
            Kind::Ed25519 => self.of(Kind::Ed25519).count(),
        }
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &'h str> {
        self.signatures.iter().filter(move |(given, _)| *given == kind).map(|(_, signature)| *signature)
    }
}

/// The signatures of the header and of the one for older secrets, each once, and few enough.
fn signatures<'h>(form: &Form<'_>, value: &'h str, previous: Option<&'h str>) -> Result<Vec<Given<'h>>, VerifyError> {
    let values = || [Some(value), previous].into_iter().flatten();
    if form.written == Written::Versions && parse::is_joined(value) {
        return Err(VerifyError::malformed(form.header, "stands there more than once, joined by a comma"));
    }
    let found = values().flat_map(|value| parse::signatures(form.written, form.hash, value));
    let found: Vec<Given<'h>> = found.take(MAX_SIGNATURES + 1).collect();
    if found.len() > MAX_SIGNATURES {
        return Err(VerifyError::malformed(form.header, "has more than 16 signatures"));
    }
    let mut once: Vec<Given<'h>> = Vec::with_capacity(found.len());
    for given in found {
        if !once.contains(&given) {
            once.push(given);
        }
    }
    if once.is_empty() {
        return Err(none_found(form, values()));
    }
    if once.iter().filter(|(kind, _)| *kind == Kind::Ed25519).count() > MAX_ED25519 {
        return Err(VerifyError::malformed(form.header, "has more than 4 Ed25519 signatures"));
    }
    Ok(once)
}

/// Why a header holds no signature: those in it have another hash, or none is written as it should be.
fn none_found<'h>(form: &Form<'_>, mut values: impl Iterator<Item = &'h str>) -> VerifyError {
    let (other, other_scheme) = match form.hash {
        Hash::Sha256 => (Hash::Sha512, "sha512="),
        _ => (Hash::Sha256, "sha256="),
    };
    let written = match form.written {
        Written::Scheme("sha256=" | "sha512=") => Written::Scheme(other_scheme),
        written => written,
    };
    let in_hex = matches!(written, Written::Scheme(_) | Written::Pairs);
    if in_hex && values.any(|value| parse::signatures(written, other, value).next().is_some()) {
        return VerifyError::OtherAlgorithm { found: hash_name(other), expected: hash_name(form.hash) };
    }
    let problem = match (form.written, form.hash) {
        (Written::Versions, _) => "has no signature of the form v1,<base64> or v1a,<base64>",
        (Written::Scheme("v0="), _) => "has no signature of the form v0=<64 lower-case hex digits>",
        (Written::Scheme(_), Hash::Sha512) => "has no signature of the form sha512=<128 lower-case hex digits>",
        (Written::Scheme(_), _) => "has no signature of the form sha256=<64 lower-case hex digits>",
        (Written::Pairs, Hash::Sha512) => "has no signature of the form v1=<128 lower-case hex digits>",
        (Written::Pairs, _) => "has no signature of the form v1=<64 lower-case hex digits>",
        (Written::Base64, _) => "is not the base64 of a signature",
        #[cfg(feature = "ed25519")]
        (Written::Ed25519Hex, _) => "is not 128 lower-case hex digits",
    };
    VerifyError::malformed(form.header, problem)
}

/// Why a header is not there: its dialect is another, its hash is another, or it is just missing.
fn absent<'h>(form: &Form<'_>, name: &str, headers: &impl Fn(&str) -> Option<&'h str>) -> VerifyError {
    let here = |name: &str| headers(name).is_some();
    let (sha256, sha512) = ("x-hub-signature-256", "x-hub-signature-512");
    let other_hash = |found, expected| VerifyError::OtherAlgorithm { found, expected };
    // Its own dialect, and another header of it is not there.
    if here(form.header) {
        return VerifyError::missing(name);
    }
    let found = SIGNATURE_HEADERS.into_iter().filter(|found| *found != form.header).find(|found| here(found));
    match found {
        Some(found) if name == sha256 && found == sha512 => other_hash("HMAC-SHA-512", "HMAC-SHA-256"),
        Some(found) if name == sha512 && found == sha256 => other_hash("HMAC-SHA-256", "HMAC-SHA-512"),
        Some(found) => VerifyError::OtherDialect { name: name.to_owned(), found },
        None if here(SHA1_HEADER) && name == sha256 => other_hash("HMAC-SHA-1", "HMAC-SHA-256"),
        None if here(SHA1_HEADER) && name == sha512 => other_hash("HMAC-SHA-1", "HMAC-SHA-512"),
        None if here(SHA1_HEADER) => VerifyError::OtherDialect { name: name.to_owned(), found: SHA1_HEADER },
        None => VerifyError::missing(name),
    }
}

/// What a sender may not sign, a receiver does not accept.
fn malformed(name: &str, error: SignError) -> VerifyError {
    let problem = match error {
        SignError::EmptyId => "is empty",
        SignError::DottedId => "has a full stop in it, which separates the parts of what is signed",
        SignError::HeaderValue | SignError::HeaderName => "is no text of a header",
        SignError::Time | SignError::Body => "has a timestamp that is not a number of seconds",
    };
    VerifyError::malformed(name, problem)
}

fn hash_name(hash: Hash) -> &'static str {
    match hash {
        #[cfg(feature = "twilio")]
        Hash::Sha1 => "HMAC-SHA-1",
        Hash::Sha256 => "HMAC-SHA-256",
        Hash::Sha512 => "HMAC-SHA-512",
    }
}

#[cfg(feature = "ed25519")]
mod ed25519 {
    //! Ed25519 signatures as headers write them.

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use ed25519_dalek::ed25519::signature::MultipartVerifier as _;
    use ed25519_dalek::{Signature, VerifyingKey};

    use crate::form::Written;

    /// Not constant in time, and need not be: nothing here is secret. Without the batch or the legacy rules, dalek refuses
    /// a signature that was altered into another valid one (RFC 8032 §5.1.7, S < L).
    pub(super) fn fits(key: &VerifyingKey, written: Written, given: &str, parts: &[&[u8]]) -> bool {
        let signature = if written == Written::Ed25519Hex { from_hex(given) } else { from_base64(given) };
        signature.is_some_and(|signature| key.multipart_verify(parts, &signature).is_ok())
    }

    fn from_base64(given: &str) -> Option<Signature> {
        let mut bytes = [0; 66]; // base64 decodes by fours, so up to two bytes more than a signature
        let length = STANDARD.decode_slice(given, &mut bytes).ok()?;
        Signature::from_slice(&bytes[..length]).ok()
    }

    /// Of 128 lower-case digits, which was looked at before.
    fn from_hex(given: &str) -> Option<Signature> {
        let mut bytes = [0; 64];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(given.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Signature::from_bytes(&bytes))
    }
}
