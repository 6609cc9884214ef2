//! What Twilio signs of a body: of a form, its fields; of anything else nothing, since the URL has its SHA-256. As Twilio's own
//! libraries do it, which put names and values together with nothing between them.
//!
//! So names and values of a form can stand where another reader sees the end of the URL. Two rules keep a form from passing for
//! something else, whoever chose some of its names: a hash counts where the URL that is set is followed by it and by nothing
//! else; and what a request says it is decides how it is read. A request whose URL has a hash is no form, whatever it says: its
//! signature has no fields in it, so a form without any would have the same one.

use sha2::{Digest as _, Sha256};

/// Fields in one form. Twilio sends a few dozen; a stranger may send a body that is nothing but borders of fields.
const MOST_FIELDS: usize = 1_000;

const BODY_HASH: &str = "bodySHA256=";

/// What of the body is signed beside this URL. `None` if the body is not the one that the URL is for, is no form as senders write
/// them, or has too many fields. Where it is not told what kind of body it is, the URL says so.
///
/// A URL with a hash is for a body that is no form: read as one, a body without fields would have the same signature.
pub(crate) fn covered(set: &str, url: &str, content_type: Option<&str>, body: &[u8]) -> Option<Vec<u8>> {
    match (content_type.map(is_form), body_hash(set, url)) {
        (Some(true), Some(_)) => None,
        (_, Some(expected)) => expected.eq_ignore_ascii_case(&hash(body)).then(Vec::new),
        (_, None) if has_more_hashes(set, url) => None,
        (Some(true) | None, None) => fields(body),
        (Some(false), None) => body.is_empty().then(Vec::new),
    }
}

/// Whether a hash stands in the URL where it does not count.
fn has_more_hashes(set: &str, url: &str) -> bool {
    url.matches(BODY_HASH).count() > set.matches(BODY_HASH).count()
}

fn is_form(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn hash(body: &[u8]) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The URL with what Twilio adds to it for a body that is no form. One that has it is left as it is.
#[cfg(feature = "testing")]
pub(crate) fn with_hash(url: &str, body: &[u8]) -> String {
    if body_hash(url, url).is_some() {
        return url.to_owned();
    }
    let border = if url.contains('?') { '&' } else { '?' };
    format!("{url}{border}{BODY_HASH}{}", hash(body))
}

/// The hash behind the URL that is set, or at its own end.
fn body_hash<'u>(set: &str, url: &'u str) -> Option<&'u str> {
    let (before, hash) = url.rsplit_once(BODY_HASH)?;
    let border = if set.contains('?') { '&' } else { '?' };
    let is_behind = |set: &str| before.strip_suffix(border) == Some(set);
    let is_set = url == set || is_behind(set) || other_port(set).is_some_and(|set| is_behind(&set));
    (is_set && hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(hash)
}

/// The fields by name. A name that is there several times has each of its values once, by value: the order in which they are
/// signed, so that nobody can change which of them comes first.
fn fields(body: &[u8]) -> Option<Vec<u8>> {
    let pairs = || body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    if pairs().take(MOST_FIELDS + 1).count() > MOST_FIELDS {
        return None;
    }
    let mut fields: Vec<(Vec<u8>, Vec<u8>)> = pairs()
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            (decoded(&pair[..at]), decoded(pair.get(at + 1..).unwrap_or_default()))
        })
        .collect();
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    if fields.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 >= pair[1].1) {
        return None;
    }
    let mut out = Vec::with_capacity(body.len());
    for (name, value) in fields {
        out.extend(name);
        out.extend(value);
    }
    Some(out)
}

/// `application/x-www-form-urlencoded`, as the URL standard reads it: what is no escape stands for itself.
fn decoded(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escaped = digit(at + 1).zip(digit(at + 2)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        at += 1;
        out.push(match (byte, escaped) {
            (b'%', Some(escaped)) => {
                at += 2;
                escaped
            }
            (b'+', _) => b' ',
            _ => byte,
        });
    }
    out
}

/// The URL as it is and with its port written out or left out: Twilio's libraries accept each, as Twilio signs now one, now the
/// other. Not where the port would be the end of the URL: behind that stand the fields, and one of them can be called `:443`.
pub(crate) fn other_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#'])?;
    let (authority, path) = rest.split_at(end);
    let port = if scheme == "https" { ":443" } else { ":80" };
    match authority.strip_suffix(port) {
        Some(host) => Some(format!("{scheme}://{host}{path}")),
        None if authority.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']')) => None,
        None => Some(format!("{scheme}://{authority}{port}{path}")),
    }
}
