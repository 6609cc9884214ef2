//! The stored form of what an attempt shows of its request's head: URL and headers. There is one of each attempt, so it is no
//! document but text behind a byte for its version: a line for each header, an empty one, and the URL, in which the name of a
//! parameter can have any character.

use super::Unreadable;
use crate::model::Sent;

/// In which this program writes a head, and up to which it reads one.
const VERSION: u8 = 1;

/// The head of what was sent, to be sealed.
pub fn request_head(sent: &Sent) -> Vec<u8> {
    let Sent { url, headers, .. } = sent;
    let mut bytes = Vec::with_capacity(2 + url.len() + length(headers));
    bytes.push(VERSION);
    bytes.extend_from_slice(header_text(headers).as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(url.as_bytes());
    bytes
}

/// URL and headers, as they were sent.
///
/// # Errors
/// A newer version wrote it, or it is none.
pub fn read_request_head(bytes: &[u8]) -> Result<Sent, Unreadable> {
    let (&version, text) = bytes.split_first().ok_or_else(|| Unreadable::Form("it is empty".into()))?;
    if version != VERSION {
        return Err(Unreadable::TooNew { needs: version.into(), reads: VERSION.into() });
    }
    let text = std::str::from_utf8(text).map_err(|_| Unreadable::Form("it is no text".into()))?;
    let (headers, url) = match text.strip_prefix('\n') {
        Some(url) => ("", url),
        None => text.split_once("\n\n").ok_or_else(|| Unreadable::Form("it has no URL".into()))?,
    };
    Ok(Sent { url: url.to_owned(), headers: headers_of(headers), ..Sent::default() })
}

/// Headers as they look on the wire, a line each.
pub fn header_text(headers: &[(String, String)]) -> String {
    let mut text = String::with_capacity(length(headers));
    for (name, value) in headers {
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
        text.push('\n');
    }
    text
}

/// What [`header_text`] wrote.
pub fn headers_of(text: &str) -> Vec<(String, String)> {
    let line = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    text.lines().filter_map(line).collect()
}

fn length(headers: &[(String, String)]) -> usize {
    headers.iter().map(|(name, value)| name.len() + value.len() + 3).sum()
}
