//! What Twilio signs of a body: of a form, its fields; of anything else nothing, since the URL has its SHA-256. As Twilio's own
//! libraries do it, which put names and values together with nothing between them.

use sha2::{Digest as _, Sha256};

/// Fields in one form. Twilio sends a few dozen; a stranger may send a body that is nothing but borders of fields.
const MOST_FIELDS: usize = 1_000;

const BODY_HASH: &str = "bodySHA256=";

/// What of the body is signed beside this URL. `None` if the body is not the one that the URL is for, or has too many fields.
pub(crate) fn covered(url: &str, body: &[u8]) -> Option<Vec<u8>> {
    match body_hash(url) {
        Some(expected) => {
            let hash: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
            expected.eq_ignore_ascii_case(&hash).then(Vec::new)
        }
        None => fields(body),
    }
}

fn body_hash(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.strip_prefix(BODY_HASH))
}

/// The fields by name, a field that is there several times with each of its values once, by value.
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
    fields.sort_unstable();
    fields.dedup();
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
/// other.
pub(crate) fn other_port(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let port = if scheme == "https" { ":443" } else { ":80" };
    match authority.strip_suffix(port) {
        Some(host) => Some(format!("{scheme}://{host}{path}")),
        None if authority.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']')) => None,
        None => Some(format!("{scheme}://{authority}{port}{path}")),
    }
}
