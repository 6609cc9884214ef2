//! Bodies that come compressed (`Content-Encoding`; RFC 9110, section 8.4): gzip. What is decoded is bounded and counted like a
//! body that comes as it is, so one that grows when it is decoded costs no more than any other.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header::CONTENT_ENCODING};

use super::{
    problem::{Code, Problem},
    room::{LEAST_HELD, no_room, too_large},
};
use crate::{budget::Held, model::TenantKey};

/// What is decoded in one go.
const PART: usize = 16 << 10;

/// How a body is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
}

impl Coding {
    /// As the headers say.
    ///
    /// # Errors
    /// It is another one, or several.
    pub fn of(headers: &HeaderMap) -> Result<Coding, Problem> {
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        let coding = codings.next().map_or("", |value| value.to_str().unwrap_or("?").trim());
        match coding.to_ascii_lowercase().as_str() {
            _ if codings.next().is_some() => Err(unknown()),
            "" | "identity" => Ok(Coding::Identity),
            "gzip" | "x-gzip" => Ok(Coding::Gzip),
            _ => Err(unknown()),
        }
    }
}

fn unknown() -> Problem {
    let detail =
        "a body comes as it is, or with `Content-Encoding: gzip`; other codings, and several at once, are not decoded";
    Problem::new(Code::UnsupportedMediaType, detail)
}

/// Decodes a body, which has at most `limit` bytes then. What they take up is in `held`.
pub fn gunzip(encoded: &[u8], limit: usize, held: &mut Held<TenantKey>) -> Result<Vec<u8>, Problem> {
    let (mut decoder, mut decoded, mut part) = (MultiGzDecoder::new(encoded), Vec::new(), [0; PART]);
    loop {
        let broken = |_| {
            Problem::new(Code::InvalidBody, "the body is no whole gzip stream, though its `Content-Encoding` says so")
        };
        let length = decoder.read(&mut part).map_err(broken)?;
        if length == 0 {
            return Ok(decoded);
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
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;
    use crate::budget::Budget;

    const OWN: TenantKey = TenantKey(1);

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_decoded_is_bounded_and_counted() {
        let budget = Budget::new(1 << 20);
        let mut held = budget.nothing(OWN);
        let bomb = gzip(&vec![b' '; 64 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(gunzip(&bomb, 100_000, &mut held).unwrap_err().code(), Code::BodyTooLarge);
        assert!(held.amount() <= 100_000, "{}", held.amount());
        assert_eq!(gunzip(&bomb, 64 << 20, &mut held).unwrap_err().code(), Code::TooManyRequests);
        drop(held);
        assert_eq!(budget.taken(), 0);
        let mut held = budget.nothing(OWN);
        let text = b"{}".repeat(20_000);
        assert_eq!(gunzip(&gzip(&text), 40_000, &mut held).unwrap(), text);
        assert_eq!(budget.taken(), held.amount());
        let two = [gzip(b"ab"), gzip(b"cd")].concat();
        assert_eq!(gunzip(&two, 4, &mut held).unwrap(), b"abcd", "a stream can have several members");
    }

    #[test]
    fn what_is_no_gzip_is_refused() {
        let budget = Budget::new(1 << 20);
        let whole = gzip(b"{\"type\":\"a\",\"data\":1}");
        for wrong in [&b""[..], b"{}", &whole[..whole.len() - 1], &whole[..12]] {
            let refused = gunzip(wrong, 1_000, &mut budget.nothing(OWN)).unwrap_err();
            assert_eq!(refused.code(), Code::InvalidBody, "{wrong:?}");
        }
    }

    #[test]
    fn codings_are_named_or_refused() {
        let of = |names: &[&'static str]| {
            let header = |name: &&'static str| (CONTENT_ENCODING, http::HeaderValue::from_static(name));
            Coding::of(&names.iter().map(header).collect())
        };
        assert_eq!(of(&[]).unwrap(), Coding::Identity);
        assert_eq!(of(&["identity"]).unwrap(), Coding::Identity);
        assert_eq!((of(&["GZip"]).unwrap(), of(&["x-gzip"]).unwrap()), (Coding::Gzip, Coding::Gzip));
        for wrong in [&["br"][..], &["gzip, gzip"], &["gzip", "gzip"], &["zstd"], &["deflate"]] {
            assert_eq!(of(wrong).unwrap_err().code(), Code::UnsupportedMediaType, "{wrong:?}");
        }
    }
}
