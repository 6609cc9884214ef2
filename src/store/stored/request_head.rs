//! The stored form of what an attempt shows of its request's head: URL and headers. There is one of each attempt, so it is no
//! document but text behind a byte for its version: a line for each header, an empty one, and the URL, in which the name of a
//! parameter can have any character.

use super::Unreadable;
use crate::model::{HeaderLines, Sent};

/// In which this program writes a head, and up to which it reads one.
const VERSION: u8 = 1;

/// The head of what was sent, to be sealed.
pub fn request_head(sent: &Sent) -> Vec<u8> {
    let Sent { url, headers, .. } = sent;
    let headers = headers.as_text();
    let mut bytes = Vec::with_capacity(2 + url.len() + headers.len());
    bytes.push(VERSION);
    bytes.extend_from_slice(headers.as_bytes());
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
        None => {
            let end = text.find("\n\n").ok_or_else(|| Unreadable::Form("it has no URL".into()))?;
            (&text[..end + 1], &text[end + 2..])
        }
    };
    Ok(Sent { url: url.to_owned(), headers: HeaderLines::from_text(headers.to_owned()), ..Sent::default() })
}
