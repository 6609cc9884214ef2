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
use crate::form::{Covers, Form, KeyForm, Part, Written};
use crate::secret;

/// Signatures computed or checked for one refused request, and over how many bytes in all; and how many bytes of a body are
/// looked at to write it in other forms. Any stranger can make a receiver spend this.
const MOST_CHECKS: usize = 32;
const MOST_BYTES: usize = 1 << 20;

/// A request that no key fits: what it claims, and what it was checked with.
pub(super) struct Refused<'s> {
    pub(super) form: &'s Form<'s>,
    pub(super) keys: &'s [Key],
    pub(super) claims: &'s Claims<'s>,
    /// What the receiver takes for the request's URL.
    pub(super) url: &'s str,
}

/// The cause, if it can be proved.
pub(super) fn cause(refused: &Refused<'_>, content_length: Option<&str>, body: &[u8]) -> Option<VerifyError> {
    let mut search = Search { refused, checks: MOST_CHECKS, bytes: MOST_BYTES, to_write: MOST_BYTES };
    // As the request has it, whatever key, separator or URL its sender signs with.
    let covered = refused.form.covered(refused.url, refused.claims.content_type, body);
    let otherwise = covered.and_then(|covered| {
        let by_key = search.other_key(&covered);
        by_key.or_else(|| search.other_separator(&covered)).or_else(|| search.other_url(&covered))
    });
    if let Some(how) = otherwise {
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
    to_write: usize,
}

impl Search<'_> {
    fn other_key(&mut self, covered: &[u8]) -> Option<Otherwise> {
        let refused = self.refused;
        let prefix = refused.claims.signed_parts(refused.form, refused.url);
        let hmac = refused.keys.iter().filter_map(Key::hmac);
        hmac.flat_map(|key| other_forms(refused.form.key, key))
            .find(|(_, key)| self.affords(key, covered) && refused.claims.fits(key, refused.form, &prefix, covered))
            .map(|(how, _)| how)
    }

    fn other_separator(&mut self, covered: &[u8]) -> Option<Otherwise> {
        let form = *self.refused.form;
        let (Written::Pairs, [Part::Time, Part::Text(separator), ..]) = (form.written, form.before) else {
            return None;
        };
        let others = [".", ""].into_iter().filter(|other| *other != separator);
        others
            .map(|other| (other, Form { before: [Part::Time, Part::Text(other), Part::None, Part::None], ..form }))
            .find(|(_, form)| self.any_key_fits(form, self.refused.url, covered))
            .map(|(separator, _)| Otherwise::Separator { separator })
    }

    /// What the sender may have signed where the receiver is set up with a URL that is nearly the same.
    fn other_url(&mut self, covered: &[u8]) -> Option<Otherwise> {
        let Refused { form, url, .. } = *self.refused;
        if !form.signs(Part::Url) {
            return None;
        }
        let scheme = match url.strip_prefix("http://") {
            Some(rest) => format!("https://{rest}"),
            None => url.replacen("https://", "http://", 1),
        };
        let slash = url.strip_suffix('/').map_or_else(|| format!("{url}/"), str::to_owned);
        if self.any_key_fits(form, &scheme, covered) {
            Some(Otherwise::UrlScheme)
        } else if self.any_key_fits(form, &slash, covered) {
            Some(Otherwise::UrlSlash)
        } else {
            None
        }
    }

    /// The forms that the body may have had, likely ones first. Each is made when it is its turn.
    fn alteration(&mut self, body: &[u8]) -> Option<Alteration> {
        if self.refused.form.covers != Covers::Bytes {
            return None;
        }
        let is_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
        let json = |spaces, strings| move |body: &[u8]| rewrite(body, spaces, strings);
        if body.ends_with(b"\n") && self.fits(body, without_line_end) {
            Some(Alteration::NewlineAdded)
        } else if self.fits(body, |body| Some([body, b"\n"].concat()))
            || self.fits(body, |body| Some([body, b"\r\n"].concat()))
        {
            Some(Alteration::NewlineRemoved)
        } else if is_json
            && (self.fits(body, json(Spaces::None, Strings::AsTheyAre))
                || self.fits(body, json(Spaces::AsPython, Strings::AsTheyAre))
                || self.fits(body, json(Spaces::None, Strings::Plain))
                || self.fits(body, json(Spaces::AsPython, Strings::Ascii))
                || self.fits(body, json(Spaces::None, Strings::Ascii))
                || self.fits(body, json(Spaces::AsPython, Strings::Plain)))
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

    /// Whether a signature fits this form of the body. To write it costs a look at the whole body, whether it comes to anything or
    /// not. Once a form was made that could not be looked at, no more are.
    fn fits(&mut self, body: &[u8], form: impl FnOnce(&[u8]) -> Option<Vec<u8>>) -> bool {
        if self.checks == 0 || self.bytes < body.len() / 2 {
            return false;
        }
        let Some(left) = self.to_write.checked_sub(body.len()) else { return false };
        self.to_write = left;
        let refused = self.refused;
        let Some(form) = form(body).filter(|form| form != body) else { return false };
        if form.len() > self.bytes {
            // It was made for nothing; the next would be, too.
            self.bytes = 0;
        }
        self.any_key_fits(refused.form, refused.url, &form)
    }

    fn any_key_fits(&mut self, form: &Form<'_>, url: &str, covered: &[u8]) -> bool {
        let refused = self.refused;
        let prefix = refused.claims.signed_parts(form, url);
        let mut keys = refused.keys.iter();
        keys.any(|key| self.affords(key, covered) && refused.claims.fits(key, form, &prefix, covered))
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

/// The keys that senders make of the same secret by mistake, and those that it would be if it were written down right.
fn other_forms(form: KeyForm, key: &[u8]) -> Vec<(Otherwise, Key)> {
    let hmac = |bytes: &[u8]| Key::Hmac(Zeroizing::new(bytes.to_vec()));
    if form == KeyForm::Decoded {
        let text = Zeroizing::new(secret::shared_text(key));
        let bare = secret::without_prefix(&text).map(|bare| (Otherwise::KeyIsTextWithoutPrefix, hmac(bare)));
        return [Some((Otherwise::KeyIsText, hmac(text.as_bytes()))), bare].into_iter().flatten().collect();
    }
    let text = std::str::from_utf8(key).unwrap_or_default();
    let decoded = secret::decode_shared(text).map(|key| (Otherwise::KeyIsDecoded, Key::Hmac(key)));
    let bare = secret::without_prefix(text).map(|bare| (Otherwise::KeyIsTextWithoutPrefix, hmac(bare)));
    let trimmed = key.trim_ascii();
    let white_space = match trimmed.len() == key.len() {
        false => Some((Otherwise::WhiteSpaceHere, hmac(trimmed))),
        true => {
            let longer = Zeroizing::new([key, b"\n"].concat());
            Some((Otherwise::WhiteSpaceThere, hmac(&longer)))
        }
    };
    let wrapped = secret::is_wrapped(text).then(|| (Otherwise::WrappedHere, hmac(secret::unwrapped(text).as_bytes())));
    [decoded, bare, white_space, wrapped].into_iter().flatten().collect()
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
