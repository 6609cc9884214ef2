//! Bodies that come compressed (`Content-Encoding`; RFC 9110, section 8.4): gzip and zstd. What is decoded is bounded and counted like
//! a body that comes as it is, so one that grows when it is decoded costs no more than any other.

#[cfg(test)]
mod tests;

use std::io::Read as _;

use flate2::bufread::GzDecoder;
use http::{HeaderMap, header::CONTENT_ENCODING};
use zstd_safe::zstd_sys::ZSTD_ErrorCode::ZSTD_error_dstSize_tooSmall as TOO_SMALL;

use super::{
    problem::{Code, Problem},
    room::{LEAST_HELD, no_room, too_large},
};
use crate::{budget::Held, model::TenantKey};

/// What gzip decodes in one go.
const PART: usize = 16 << 10;
/// Members of a gzip body, each of which begins anew: 8 MB of empty ones took 1.6 s. Programs that compress side by side write one for
/// each 64 KiB or more.
const MOST_MEMBERS: usize = 1_000;

/// How a body is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// As the headers say; none, if a body comes as it is.
    ///
    /// # Errors
    /// It is another one, or several.
    pub fn of(headers: &HeaderMap) -> Result<Option<Coding>, Problem> {
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        let coding = codings.next().map_or("", |value| value.to_str().unwrap_or("?").trim());
        match coding.to_ascii_lowercase().as_str() {
            _ if codings.next().is_some() => Err(unknown()),
            "" | "identity" => Ok(None),
            "gzip" | "x-gzip" => Ok(Some(Coding::Gzip)),
            "zstd" => Ok(Some(Coding::Zstd)),
            _ => Err(unknown()),
        }
    }

    /// Decodes a body, which has at most `limit` bytes then. What they take up is in `held`.
    ///
    /// # Errors
    /// It is not encoded so, it has more bytes, or there is no room for it.
    pub fn decode(self, encoded: &[u8], limit: usize, held: &mut Held<TenantKey>) -> Result<Vec<u8>, Problem> {
        match self {
            Coding::Gzip => gunzip(encoded, limit, held),
            Coding::Zstd => unzstd(encoded, limit, held),
        }
    }
}

fn unknown() -> Problem {
    let detail = "a body comes as it is, or with `Content-Encoding: gzip` or `zstd`; other codings, and several at once, are not \
                  decoded";
    Problem::new(Code::UnsupportedMediaType, detail)
}

fn gunzip(mut encoded: &[u8], limit: usize, held: &mut Held<TenantKey>) -> Result<Vec<u8>, Problem> {
    let (mut decoded, mut part) = (Vec::new(), [0; PART]);
    for _ in 0..MOST_MEMBERS {
        let mut member = GzDecoder::new(&mut encoded);
        loop {
            let broken = |_| {
                let detail = "the body is no whole gzip stream, though its `Content-Encoding` says so";
                Problem::new(Code::InvalidBody, detail)
            };
            let length = member.read(&mut part).map_err(broken)?;
            if length == 0 {
                break;
            }
            let needed = decoded.len() + length;
            if needed > limit {
                return Err(too_large(limit));
            }
            if needed > held.amount() {
                held.grow_to((2 * held.amount()).min(limit).max(needed).max(LEAST_HELD)).map_err(no_room)?;
                decoded.reserve_exact(held.amount() - decoded.len());
            }
            decoded.extend_from_slice(&part[..length]);
        }
        if encoded.is_empty() {
            return Ok(decoded);
        }
    }
    let detail = format!("the body has more than {MOST_MEMBERS} gzip members; compress it in one go");
    Err(Problem::new(Code::InvalidBody, detail))
}

/// Decodes into memory that is held beforehand, as much as the frames' headers and the limit allow. So there is no window besides:
/// however large one a frame names, it costs nothing.
fn unzstd(encoded: &[u8], limit: usize, held: &mut Held<TenantKey>) -> Result<Vec<u8>, Problem> {
    let broken =
        |_| Problem::new(Code::InvalidBody, "the body is no whole zstd stream, though its `Content-Encoding` says so");
    if encoded.is_empty() {
        return Err(Problem::new(Code::InvalidBody, "the body is empty, though its `Content-Encoding` says zstd"));
    }
    let most = zstd_safe::decompress_bound(encoded).map_err(broken)?;
    let (room, may_be_more) = usize::try_from(most).map_or((limit, true), |most| (most.min(limit), most > limit));
    held.grow_to(room).map_err(no_room)?;
    let mut decoded = Vec::with_capacity(room);
    match zstd_safe::decompress(&mut decoded, encoded) {
        Ok(_) => {}
        // The library's error codes are negative numbers.
        Err(code) if may_be_more && code.wrapping_neg() == TOO_SMALL as usize => return Err(too_large(limit)),
        Err(code) => return Err(broken(code)),
    }
    decoded.shrink_to_fit();
    held.shrink_to(decoded.len());
    Ok(decoded)
}
