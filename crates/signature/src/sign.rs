//! Signing: a message and its webhook's secrets enter, the headers to send leave.
//!
//! A signature is over the exact bytes of the body, so render first, sign what will be sent, and sign anew for every
//! attempt, with that attempt's time.

#[cfg(feature = "ed25519")]
use base64::Engine as _;
#[cfg(feature = "ed25519")]
use base64::engine::general_purpose::STANDARD;
#[cfg(feature = "ed25519")]
use ed25519_dalek::ed25519::signature::MultipartSigner as _;

use crate::dialect::{Algorithm, Dialect};
use crate::form::{Beside, Form, Part, Written};
use crate::mac;
use crate::secret::{Secret, SigningWith};
use crate::setup::is_token;
use crate::signed_text::{self, SignError};

/// One attempt to deliver: what the headers say, and the body they sign.
///
/// `id`, `event_type` and `delivery` become header values as they are, where the dialect sends them. What is not fit for that
/// (visible ASCII, and spaces inside) is not signed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Message<'a> {
    /// What the receiver deduplicates by; the same on every attempt. `standard` and `svix` sign it: there it is not empty, and
    /// has no `.`, which separates it from the timestamp in what is signed.
    pub id: &'a str,
    /// When this attempt is made, in Unix seconds.
    pub timestamp: i64,
    /// The exact bytes that will be sent.
    pub body: &'a [u8],
    /// The event's type, such as `price.alert`; sent by `plain`, `github` and `shopify` only.
    pub event_type: &'a str,
    /// The delivery's id; sent by `plain` only.
    pub delivery: &'a str,
}

impl<'a> Message<'a> {
    /// A message with this id and body, and this time of the attempt. Type and delivery are empty.
    #[must_use]
    pub fn new(id: &'a str, timestamp: i64, body: &'a [u8]) -> Message<'a> {
        Message { id, timestamp, body, event_type: "", delivery: "" }
    }

    /// Names the event's type.
    #[must_use]
    pub fn event_type(mut self, event_type: &'a str) -> Message<'a> {
        self.event_type = event_type;
        self
    }

    /// Names the delivery.
    #[must_use]
    pub fn delivery(mut self, delivery: &'a str) -> Message<'a> {
        self.delivery = delivery;
        self
    }
}

/// The headers to send, in order, as (lower-case name, value).
///
/// `secrets` holds the newest secret first; while it is being rotated, the older ones follow until their grace ends.
/// A secret that does not [suit](Secret::suits) the dialect signs nothing. Where none is left, the headers that carry
/// no signature are still sent: `webhook-id` and `webhook-timestamp` in `standard`, four in `plain`.
///
/// Dialects whose header has room for one signature, and that know no other header for older ones, are signed with the newest
/// secret alone.
///
/// # Errors
/// An id, a time or a body that the dialect signs could be read in two ways, or not at all; or a header could not be written.
pub fn sign(
    dialect: &Dialect,
    algorithm: Algorithm,
    secrets: &[Secret],
    message: &Message<'_>,
) -> Result<Vec<(String, String)>, SignError> {
    let form = dialect.form(algorithm);
    if !is_token(form.header) {
        return Err(SignError::HeaderName);
    }
    let time = message.timestamp.to_string();
    if form.signs(Part::Id) {
        signed_text::check_id(message.id)?;
    }
    if form.signs(Part::Time) {
        signed_text::check_time(&time, form.after_time())?;
    }
    let covered = form.covered(dialect.url(), None, message.body).ok_or(SignError::Body)?;
    let [a, b, c, d] = form.prefix(message.id, &time, dialect.url());
    let parts = [a, b, c, d, &covered];

    let mut headers = Vec::with_capacity(form.beside.len() + 2);
    for (what, name) in form.beside {
        let value = match what {
            Beside::Id => message.id.to_owned(),
            Beside::Time => time.clone(),
            Beside::Event => message.event_type.to_owned(),
            Beside::Delivery => message.delivery.to_owned(),
        };
        signed_text::check_value(&value)?;
        headers.push(((*name).to_owned(), value));
    }
    let mut keys = secrets.iter().filter_map(|secret| secret.signing_with(form.key).ok());
    let mut value = String::new();
    for key in keys.by_ref().take(if form.several() { usize::MAX } else { 1 }) {
        push_signature(&mut value, &form, &key, &time, &parts);
    }
    if value.is_empty() {
        return Ok(headers);
    }
    headers.push((form.header.to_ascii_lowercase(), value));
    if let Some(previous) = form.previous {
        let mut value = String::new();
        keys.for_each(|key| push_signature(&mut value, &form, &key, &time, &parts));
        if !value.is_empty() {
            headers.push((previous.to_owned(), value));
        }
    }
    Ok(headers)
}

/// Bytes in one entry of a header, about: hex of SHA-256 and a scheme.
const ENTRY: usize = 80;

/// Appends one more signature to a header.
fn push_signature(out: &mut String, form: &Form<'_>, key: &SigningWith<'_>, time: &str, parts: &[&[u8]]) {
    out.reserve(ENTRY);
    match form.written {
        Written::Versions if !out.is_empty() => out.push(' '),
        Written::Scheme(_) if !out.is_empty() => out.push(','),
        Written::Pairs if out.is_empty() => {
            out.push_str("t=");
            out.push_str(time);
        }
        _ => {}
    }
    match (form.written, key) {
        (Written::Versions, SigningWith::Hmac(key)) => {
            out.push_str("v1,");
            mac::push_base64(out, form.hash, key, parts);
        }
        (Written::Scheme(scheme), SigningWith::Hmac(key)) => {
            out.push_str(scheme);
            mac::push_hex(out, form.hash, key, parts);
        }
        (Written::Pairs, SigningWith::Hmac(key)) => {
            out.push_str(",v1=");
            mac::push_hex(out, form.hash, key, parts);
        }
        (Written::Base64, SigningWith::Hmac(key)) => mac::push_base64(out, form.hash, key, parts),
        #[cfg(feature = "ed25519")]
        (Written::Versions, SigningWith::Ed25519(key)) => {
            out.push_str("v1a,");
            STANDARD.encode_string(key.multipart_sign(parts).to_bytes(), out);
        }
        #[cfg(feature = "ed25519")]
        (Written::Ed25519Hex, SigningWith::Ed25519(key)) => mac::hex(out, &key.multipart_sign(parts).to_bytes()),
        // A secret gives a dialect no key of a kind that it does not write.
        #[cfg(feature = "ed25519")]
        _ => {}
    }
}
