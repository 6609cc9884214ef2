//! The cause of a signature that fits nothing: the refused request enters, what can be proved leaves.
//!
//! Whoever signed the request knew a key, so if a signature fits what the body (or the key) is with one of the usual
//! accidents undone, that accident is proved. It tells a forger nothing: to be told of an accident takes a signature
//! under the secret. Whatever is found, the request stays refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::claims::Claims;
use super::error::{Alteration, Otherwise, VerifyError};
use super::key::Key;
use super::rewrite::{Spaces, Strings, rewrite};
use crate::dialect::{Algorithm, Dialect};
use crate::secret;

/// Signatures computed or checked for one refused request, and over how many bytes in all. Any stranger can make a
/// receiver spend this.
const MOST_CHECKS: usize = 32;
const MOST_BYTES: usize = 1 << 20;

/// A request that no key fits: what it claims, and what it was checked with.
pub(super) struct Refused<'s> {
    pub(super) dialect: &'s Dialect,
    pub(super) algorithm: Algorithm,
    pub(super) keys: &'s [Key],
    pub(super) claims: &'s Claims<'s>,
}

/// The cause, if it can be proved.
pub(super) fn cause(refused: &Refused<'_>, content_length: Option<&str>, body: &[u8]) -> Option<VerifyError> {
    let mut search = Search { refused, checks: MOST_CHECKS, bytes: MOST_BYTES };
    if let Some(how) = search.other_key(body).or_else(|| search.other_separator(body)) {
        return Some(VerifyError::SignedOtherwise { how });
    }
    let how = search.alteration(body).or_else(|| other_length(content_length?, body))?;
    Some(VerifyError::AlteredBody { how })
}

/// The bytes that a body had when it was sent are not these many, so it need not be asked whose key it is.
fn other_length(content_length: &str, body: &[u8]) -> Option<Alteration> {
    let (sent, received) = (content_length.parse().ok()?, u64::try_from(body.len()).ok()?);
    (sent != received).then_some(Alteration::Length { sent, received })
}

struct Search<'s> {
    refused: &'s Refused<'s>,
    checks: usize,
    bytes: usize,
}

impl Search<'_> {
    fn other_key(&mut self, body: &[u8]) -> Option<Otherwise> {
        let refused = self.refused;
        let prefix = refused.claims.signed_parts(refused.dialect);
        let hmac = refused.keys.iter().filter_map(|key| match key {
            Key::Hmac(key) => Some(key),
            Key::Ed25519(_) => None,
        });
        hmac.flat_map(|key| other_forms(refused.dialect, key))
            .find(|(_, key)| self.affords(key, body) && refused.claims.fits(key, refused.algorithm, &prefix, body))
            .map(|(how, _)| how)
    }

    fn other_separator(&mut self, body: &[u8]) -> Option<Otherwise> {
        let Dialect::Timestamped { header, separator } = self.refused.dialect else { return None };
        let others = [".", ""].into_iter().filter(|other| other != separator);
        others
            .map(|other| (other, Dialect::Timestamped { header: header.clone(), separator: other.to_owned() }))
            .find(|(_, dialect)| self.any_key_fits(dialect, body))
            .map(|(separator, _)| Otherwise::Separator { separator })
    }

    /// The forms that the body may have had, likely ones first. Each is made when it is its turn.
    fn alteration(&mut self, body: &[u8]) -> Option<Alteration> {
        let json = |spaces, strings| move |body: &[u8]| rewrite(body, spaces, strings);
        if self.fits(body, without_line_end) {
            Some(Alteration::NewlineAdded)
        } else if self.fits(body, |body| Some([body, b"\n"].concat()))
            || self.fits(body, |body| Some([body, b"\r\n"].concat()))
        {
            Some(Alteration::NewlineRemoved)
        } else if self.fits(body, json(Spaces::None, Strings::AsTheyAre))
            || self.fits(body, json(Spaces::AsPython, Strings::AsTheyAre))
            || self.fits(body, json(Spaces::None, Strings::Plain))
            || self.fits(body, json(Spaces::AsPython, Strings::Ascii))
            || self.fits(body, json(Spaces::None, Strings::Ascii))
            || self.fits(body, json(Spaces::AsPython, Strings::Plain))
        {
            Some(Alteration::JsonRewritten)
        } else if self.fits(body, lf) || self.fits(body, crlf) {
            Some(Alteration::LineEnds)
        } else if self.fits(body, |body| STANDARD.decode(body.trim_ascii()).ok()) {
            Some(Alteration::Base64)
        } else if self.fits(body, from_latin1) {
            Some(Alteration::Charset)
        } else {
            None
        }
    }

    /// Whether a signature fits this form of the body. Once a form was made that could not be looked at, no more are.
    fn fits(&mut self, body: &[u8], form: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> bool {
        if self.checks == 0 || self.bytes < body.len() / 2 {
            return false;
        }
        let refused = self.refused;
        let Some(form) = form(body).filter(|form| form != body) else { return false };
        if form.len() > self.bytes {
            // It was made for nothing; the next would be, too.
            self.bytes = 0;
        }
        self.any_key_fits(refused.dialect, &form)
    }

    fn any_key_fits(&mut self, dialect: &Dialect, body: &[u8]) -> bool {
        let refused = self.refused;
        let prefix = refused.claims.signed_parts(dialect);
        let mut keys = refused.keys.iter();
        keys.any(|key| self.affords(key, body) && refused.claims.fits(key, refused.algorithm, &prefix, body))
    }

    /// Pays for one more look with this key, if there is enough left.
    fn affords(&mut self, key: &Key, body: &[u8]) -> bool {
        let checks = self.refused.claims.cost(key);
        let left = self.checks.checked_sub(checks).zip(self.bytes.checked_sub(checks.saturating_mul(body.len())));
        match left {
            Some((checks, bytes)) => (self.checks, self.bytes) = (checks, bytes),
            None => return false,
        }
        true
    }
}

/// The keys that senders make of the same secret by mistake.
fn other_forms(dialect: &Dialect, key: &[u8]) -> Vec<(Otherwise, Key)> {
    let hmac = |bytes: &[u8]| Key::Hmac(Zeroizing::new(bytes.to_vec()));
    match dialect {
        Dialect::Standard => {
            let text = Zeroizing::new(secret::shared_text(key));
            let bare = secret::without_prefix(&text).map(|bare| (Otherwise::KeyIsTextWithoutPrefix, hmac(bare)));
            [Some((Otherwise::KeyIsText, hmac(text.as_bytes()))), bare].into_iter().flatten().collect()
        }
        Dialect::Hub | Dialect::Plain | Dialect::Timestamped { .. } => {
            let text = std::str::from_utf8(key).unwrap_or_default();
            let decoded = secret::decode_shared(text).map(|key| (Otherwise::KeyIsDecoded, Key::Hmac(key)));
            let bare = secret::without_prefix(text).map(|bare| (Otherwise::KeyIsTextWithoutPrefix, hmac(bare)));
            [decoded, bare].into_iter().flatten().collect()
        }
    }
}

fn without_line_end(body: &[u8]) -> Option<Vec<u8>> {
    body.strip_suffix(b"\r\n").or_else(|| body.strip_suffix(b"\n")).map(<[u8]>::to_vec)
}

fn lf(body: &[u8]) -> Option<Vec<u8>> {
    let pairs = body.windows(2).filter(|pair| pair == b"\r\n").count();
    if pairs == 0 {
        return None;
    }
    let mut out = Vec::with_capacity(body.len() - pairs);
    let mut bytes = body.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\r' || bytes.peek() != Some(&b'\n') {
            out.push(byte);
        }
    }
    Some(out)
}

fn crlf(body: &[u8]) -> Option<Vec<u8>> {
    if !body.contains(&b'\n') || body.contains(&b'\r') {
        return None;
    }
    let mut out = Vec::with_capacity(body.len() + body.len() / 16);
    for byte in body {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    Some(out)
}

fn from_latin1(body: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok().filter(|text| !text.is_ascii())?;
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}
