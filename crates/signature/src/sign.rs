//! Signing: a message and its webhook's secrets enter, the headers to send leave.
//!
//! A signature is over the exact bytes of the body, so render first, sign what will be sent, and sign anew for every
//! attempt, with that attempt's time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::ed25519::signature::MultipartSigner as _;

use crate::dialect::{self, Algorithm, BodyHeaders, Dialect};
use crate::mac;
use crate::secret::{Secret, StandardKey};
use crate::signed_text::{self, SignError};

/// One attempt to deliver: what the headers say, and the body they sign.
///
/// `id`, `event_type` and `delivery` become header values as they are, so they must be fit for that (visible ASCII).
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// What the receiver deduplicates by; the same on every attempt. `standard` signs it: there it is not empty, and has no
    /// `.`, which separates it from the timestamp in what is signed.
    pub id: &'a str,
    /// When this attempt is made, in Unix seconds.
    pub timestamp: i64,
    /// The exact bytes that will be sent.
    pub body: &'a [u8],
    /// The event's type, such as `price.alert`; sent by `plain` only.
    pub event_type: &'a str,
    /// The delivery's id; sent by `plain` only.
    pub delivery: &'a str,
}

/// The headers to send, in order, as (lower-case name, value).
///
/// `secrets` holds the newest secret first; while it is being rotated, the older ones follow until their grace ends.
/// A secret that does not [suit](Secret::suits) the dialect signs nothing. Where none is left, the headers that carry
/// no signature are still sent: `webhook-id` and `webhook-timestamp` in `standard`, four in `plain`, none elsewhere.
///
/// # Errors
/// An id or a time that the dialect signs could be read in two ways.
pub fn sign(
    dialect: &Dialect,
    algorithm: Algorithm,
    secrets: &[Secret],
    message: &Message<'_>,
) -> Result<Vec<(String, String)>, SignError> {
    Ok(match dialect {
        Dialect::Standard => standard(secrets, message)?,
        Dialect::Hub => {
            let mut headers = Vec::with_capacity(secrets.len().min(2));
            over_body(&mut headers, dialect::hub(algorithm), algorithm, secrets, message.body);
            headers
        }
        Dialect::Plain => plain(algorithm, secrets, message),
        Dialect::Timestamped { header, separator } => {
            timestamped(header, separator, algorithm, secrets, message)?.into_iter().collect()
        }
    })
}

/// Bytes in `v1,<base64 of 32 bytes> `.
const HMAC_ENTRY: usize = 48;

fn standard(secrets: &[Secret], message: &Message<'_>) -> Result<Vec<(String, String)>, SignError> {
    let timestamp = message.timestamp.to_string();
    signed_text::check_id(message.id)?;
    signed_text::check_time(&timestamp, ".")?;
    let parts = standard_parts(message.id, &timestamp, message.body);
    let mut signatures = String::with_capacity(secrets.len() * HMAC_ENTRY);
    for key in secrets.iter().filter_map(|secret| secret.standard_key().ok()) {
        if !signatures.is_empty() {
            signatures.push(' ');
        }
        match key {
            StandardKey::Hmac(key) => {
                signatures.push_str("v1,");
                mac::push_base64(&mut signatures, key, &parts);
            }
            StandardKey::Ed25519(key) => {
                signatures.push_str("v1a,");
                STANDARD.encode_string(key.multipart_sign(&parts).to_bytes(), &mut signatures);
            }
        }
    }
    let mut headers = Vec::with_capacity(3);
    headers.push((dialect::WEBHOOK_ID.to_owned(), message.id.to_owned()));
    headers.push((dialect::WEBHOOK_TIMESTAMP.to_owned(), timestamp));
    if !signatures.is_empty() {
        headers.push((dialect::WEBHOOK_SIGNATURE.to_owned(), signatures));
    }
    Ok(headers)
}

/// What `standard` signs. The timestamp is text, so that a verifier signs what the header says and not a reading of it.
pub(crate) fn standard_parts<'a>(id: &'a str, timestamp: &'a str, body: &'a [u8]) -> [&'a [u8]; 5] {
    [id.as_bytes(), b".", timestamp.as_bytes(), b".", body]
}

fn plain(algorithm: Algorithm, secrets: &[Secret], message: &Message<'_>) -> Vec<(String, String)> {
    let mut headers = Vec::with_capacity(4 + secrets.len().min(2));
    headers.push(("x-webhook-event".to_owned(), message.event_type.to_owned()));
    headers.push((dialect::PLAIN_TIMESTAMP.to_owned(), message.timestamp.to_string()));
    headers.push((dialect::PLAIN_ID.to_owned(), message.id.to_owned()));
    headers.push(("x-webhook-delivery".to_owned(), message.delivery.to_owned()));
    over_body(&mut headers, dialect::PLAIN, algorithm, secrets, message.body);
    headers
}

/// The newest secret signs in the header that every verifier reads; the older ones in the one beside it.
fn over_body(
    headers: &mut Vec<(String, String)>,
    names: BodyHeaders,
    algorithm: Algorithm,
    secrets: &[Secret],
    body: &[u8],
) {
    let mut keys = secrets.iter().filter_map(|secret| secret.text_key().ok());
    let length = algorithm.scheme().len() + algorithm.hex_digits();
    let push = |out: &mut String, key: &[u8]| {
        out.push_str(algorithm.scheme());
        mac::push_hex(out, algorithm, key, &[body]);
    };

    let Some(newest) = keys.next() else { return };
    let mut value = String::with_capacity(length);
    push(&mut value, newest);
    headers.push((names.newest.to_owned(), value));

    let mut value = String::new();
    for key in keys {
        value.reserve(length + 1);
        if !value.is_empty() {
            value.push(',');
        }
        push(&mut value, key);
    }
    if !value.is_empty() {
        headers.push((names.previous.to_owned(), value));
    }
}

fn timestamped(
    header: &str,
    separator: &str,
    algorithm: Algorithm,
    secrets: &[Secret],
    message: &Message<'_>,
) -> Result<Option<(String, String)>, SignError> {
    let timestamp = message.timestamp.to_string();
    signed_text::check_time(&timestamp, separator)?;
    let parts = [timestamp.as_bytes(), separator.as_bytes(), message.body];
    let one = ",v1=".len() + algorithm.hex_digits();
    let mut value = String::with_capacity("t=".len() + timestamp.len() + secrets.len() * one);
    value.push_str("t=");
    value.push_str(&timestamp);
    let unsigned = value.len();
    for key in secrets.iter().filter_map(|secret| secret.text_key().ok()) {
        value.push_str(",v1=");
        mac::push_hex(&mut value, algorithm, key, &parts);
    }
    Ok((value.len() > unsigned).then(|| (header.to_ascii_lowercase(), value)))
}
