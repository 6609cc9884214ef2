//! The text of an API key: made, found in a request, hashed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest, Sha256};

const LONGEST: usize = 256;

/// A new key's text: `lhk_` and 32 random bytes.
pub fn new_key_text() -> Result<String, getrandom::Error> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)?;
    Ok(format!("lhk_{}", URL_SAFE_NO_PAD.encode(random)))
}

/// What a key is kept as.
pub fn hash(text: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(text.as_ref()).into()
}

/// The characters by which people tell keys apart.
pub fn hint(text: &str) -> String {
    text.chars().take(8).collect()
}

/// The key's text in a request's headers.
pub fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = value.split_at_checked("bearer ".len())?;
    let text = rest.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && (1..=LONGEST).contains(&text.len())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_random_and_shows_eight_characters() {
        let (one, two) = (new_key_text().unwrap(), new_key_text().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 4 + 43);
        assert!(hint(&one).starts_with("lhk_") && hint(&one).len() == 8);
    }

    #[test]
    fn the_bearer_scheme_is_read_without_case() {
        let read = |value: &'static str| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, http::HeaderValue::from_static(value))]);
            bearer(&headers).map(<[u8]>::to_vec)
        };
        assert_eq!(read("Bearer abc").as_deref(), Some(&b"abc"[..]));
        assert_eq!(read("bearer  abc ").as_deref(), Some(&b"abc"[..]));
        assert_eq!(read("Basic abcdefgh"), None);
        assert_eq!(read("Bearer "), None);
        assert_eq!(read("Bearer"), None);
    }
}
