//! Who is calling: what a request's headers say about that.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, Method, header::AUTHORIZATION};
use subtle::ConstantTimeEq;

use super::{
    cookie,
    problem::{Code, Problem},
};
use crate::{
    access::{Access, AccessError, Caller, Credential, KeyText, NamedTenant, Quota, csrf_token},
    model::Timestamp,
};

/// The header by which an operator's key names the tenant.
const TENANT: HeaderName = HeaderName::from_static("tenant");

/// The most bytes of a key that are looked at.
const LONGEST_KEY: usize = 256;

/// By which a page shows that it is one of this server's.
const CSRF: HeaderName = HeaderName::from_static("x-lanehook-csrf");

/// By which a page of the portal says so. Other sites' pages cannot send it without being asked (it is in no list of simple headers).
const PORTAL: HeaderName = HeaderName::from_static("x-lanehook-portal");

/// What is looked at of a request.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    pub method: &'a Method,
    pub headers: &'a HeaderMap,
    /// Where it comes from, if that is known.
    pub client: Option<IpAddr>,
    /// Whether browsers speak TLS with the server.
    pub secure: bool,
}

/// Who was let in without a key.
#[derive(Clone, Copy, Debug)]
pub struct Stranger {
    /// Where the request comes from, if that is known.
    pub client: Option<IpAddr>,
}

/// Lets a request in, or not; the quota is of whom it was counted for.
pub fn admit(access: &Access, asking: Asking<'_>, now: Timestamp) -> (Quota, Result<Caller, Problem>) {
    let Asking { method, headers, client, secure } = asking;
    let named = named_tenant(headers);
    let tenant = named.as_ref().copied().unwrap_or(NamedTenant::Own);
    let shown = match (session_cookie(headers, secure), bearer(headers)) {
        (Some((kind, text)), _) => Credential::Session { text, of_portal: kind == cookie::Kind::Framed },
        (None, Some(key)) => Credential::Key(key),
        (None, None) => Credential::Nothing,
    };
    let admission = access.admit(shown, tenant, client, now);
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
    let caller = caller.and_then(|caller| match shown {
        Credential::Session { text, .. } => comes_from_our_page(method, headers, text).map(|()| caller),
        _ => Ok(caller),
    });
    // Who is not let in is told nothing else.
    (admission.quota, caller.and_then(|caller| named.map(|_| caller)))
}

/// The cookie of the session that a request belongs to. Who shows a key means that key; what says that it comes from the portal
/// belongs to the portal's session, or to none. What does not say so belongs to the dashboard's, and where nobody is signed in to that, to
/// the portal's, which permits less: never to more than one session, and by what it says never to more rights.
pub fn session_cookie(headers: &HeaderMap, secure: bool) -> Option<(cookie::Kind, &[u8])> {
    if headers.contains_key(AUTHORIZATION) {
        return None;
    }
    let of = |kind| cookie::shown(headers, kind, secure).map(|text| (kind, text));
    match headers.contains_key(PORTAL) {
        true => of(cookie::Kind::Framed),
        false => of(cookie::Kind::Own).or_else(|| of(cookie::Kind::Framed)),
    }
}

/// The cookie of the portal, with which its pages are asked for.
pub fn portal_cookie(headers: &HeaderMap, secure: bool) -> Option<&[u8]> {
    cookie::shown(headers, cookie::Kind::Framed, secure)
}

/// The code of a link that signs in once, in place of a key.
pub fn link_code(headers: &HeaderMap) -> Option<&[u8]> {
    bearer(headers).filter(|text| text.starts_with(KeyText::LINK.as_bytes()))
}

/// A browser sends a cookie with whatever another site's page asks it to send; the token only our own page knows.
fn comes_from_our_page(method: &Method, headers: &HeaderMap, cookie: &[u8]) -> Result<(), Problem> {
    let token = headers.get(CSRF).map(|value| value.as_bytes()).unwrap_or_default();
    match method.is_safe() || bool::from(csrf_token(cookie).as_bytes().ct_eq(token)) {
        true => Ok(()),
        false => Err(Problem::new(
            Code::CsrfTokenMissing,
            "a request of a session that changes something sends the header `X-Lanehook-Csrf` with the `csrf_token` of \
             GET /api/v1/session",
        )),
    }
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
    use http::{HeaderValue, header::COOKIE};

    use super::*;

    #[test]
    fn a_request_belongs_to_the_session_that_it_names() {
        let of = |cookies: &'static str, others: &[HeaderName]| {
            let mut headers = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(cookies))]);
            headers.extend(others.iter().map(|name| (name.clone(), HeaderValue::from_static("1"))));
            let (_, text) = session_cookie(&headers, false)?;
            Some(String::from_utf8_lossy(text).into_owned())
        };
        let (own, portal, both) =
            ("lanehook_session=own", "lanehook_portal=portal", "lanehook_session=own; lanehook_portal=portal");
        assert_eq!(of(both, &[]).as_deref(), Some("own"));
        assert_eq!(of(both, &[PORTAL]).as_deref(), Some("portal"));
        assert_eq!(of(own, &[PORTAL]), None, "what comes from the portal gets nobody else's rights");
        assert_eq!(of(portal, &[]).as_deref(), Some("portal"));
        assert_eq!(of(both, &[AUTHORIZATION]), None);
    }

    #[test]
    fn the_bearer_scheme_is_read_without_case() {
        let read = |value: &'static str| {
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static(value))]);
            bearer(&headers).map(<[u8]>::to_vec)
        };
        assert_eq!(read("Bearer abc").as_deref(), Some(&b"abc"[..]));
        assert_eq!(read("bearer  abc ").as_deref(), Some(&b"abc"[..]));
        assert_eq!(read("Basic abcdefgh"), None);
        assert_eq!(read("Bearer "), None);
        assert_eq!(read("Bearer"), None);
    }
}
