//! Who is calling: what a request's headers say about that.

use http::{HeaderMap, HeaderName, header::AUTHORIZATION};

use super::problem::{Code, Problem};
use crate::{
    access::{Access, AccessError, Caller, NamedTenant, Quota},
    model::Timestamp,
};

/// The header by which an operator's key names the tenant.
const TENANT: HeaderName = HeaderName::from_static("tenant");

/// The most bytes of a key that are looked at.
const LONGEST_KEY: usize = 256;

/// Lets a request in that has these headers, or not; the quota is of whom it was counted for.
pub fn admit(access: &Access, headers: &HeaderMap, now: Timestamp) -> (Quota, Result<Caller, Problem>) {
    let named = named_tenant(headers);
    let tenant = named.as_ref().copied().unwrap_or(NamedTenant::Own);
    let admission = access.admit(bearer(headers), tenant, now);
    let caller = admission.caller.map_err(|error| match error {
        AccessError::UnknownKey => Problem::new(
            Code::Unauthorized,
            match headers.contains_key(AUTHORIZATION) {
                false => "send the API key in the header `Authorization: Bearer <key>`",
                true if bearer(headers).is_none() => "write the header as `Authorization: Bearer <key>`",
                true => "this API key is unknown or was revoked",
            },
        ),
        error => error.into(),
    });
    // Who is not let in is told nothing else.
    (admission.quota, caller.and_then(|caller| named.map(|_| caller)))
}

/// The tenant that a request says it is about. Of two names, nobody knows which is meant.
fn named_tenant(headers: &HeaderMap) -> Result<NamedTenant<'_>, Problem> {
    let mut names = headers.get_all(TENANT).iter().map(|value| value.to_str().unwrap_or_default());
    let first = names.next();
    if names.next().is_some() {
        return Err(Problem::header("Tenant", "is there more than once; name one tenant"));
    }
    Ok(match first {
        None => NamedTenant::Own,
        Some("*") => NamedTenant::All,
        Some(name) => NamedTenant::Name(name),
    })
}

/// The key's text in a request's headers.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = value.split_at_checked("bearer ".len())?;
    let text = rest.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && (1..=LONGEST_KEY).contains(&text.len())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

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
