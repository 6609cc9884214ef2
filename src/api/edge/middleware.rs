//! What happens around every request: it gets an id, its key is looked up and counted, a panic becomes an answer, and a
//! problem gets its body.

use std::{net::SocketAddr, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST, TRANSFER_ENCODING},
};

use super::{
    auth::{self, Asking, Stranger},
    body,
    cors::Cors,
    etag::Known,
    hints,
    problem::{Code, Problem},
    rate_limit,
    scopes::OpenDoors,
};
use crate::api::app::Shared;

/// Where the API is described. It is large, so it has a price.
const DESCRIPTION: &str = "/api/v1/openapi.json";
/// Bytes of a path with its query.
const LONGEST_URI: usize = 8 << 10;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Marks an answer to a request that came with a good key.
#[derive(Clone, Copy, Debug)]
pub struct Admitted;

/// Around every request: id, key, quota, and the body of a problem.
pub async fn middleware(
    State((app, open)): State<(Shared, Arc<OpenDoors>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let (method, route) = (request.method().clone(), request.extensions().get::<MatchedPath>().cloned());
    let request_id = request_id(request.headers());
    let (mut quota, mut tenant) = (None, None);
    let uri = request.uri().clone();
    let path = uri.path();
    let cors = path.starts_with("/api/").then(|| Cors::of(&app.cors_origins, &method, request.headers()));
    if let Some(cors) = cors.clone().filter(Cors::is_preflight) {
        // Browsers ask without a key.
        let mut response = StatusCode::NO_CONTENT.into_response();
        cors.write(response.headers_mut());
        app.http.answered(&method, route, response.status(), began.elapsed());
        return response;
    }
    let is_public = needs_no_key(path, request.headers());
    // A link's code is looked at where it is opened. It has no price before: else strangers would use up the places of those who have
    // good ones.
    let opens_link = open.has(&method, path) && auth::link_code(request.headers()).is_some();
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let client = peer.map(|peer| app.proxies.client(peer.0.ip(), request.headers()));
    let admitted = if let Err(problem) = has_short_uri(&request).and_then(|()| can_be_read_in_one_way(&request)) {
        Err(problem)
    } else if is_public || opens_link {
        request.extensions_mut().insert(Stranger { client });
        match path {
            DESCRIPTION => {
                let (counted, admitted) = app.access.admit_without_key(client, app.clock.now());
                quota = Some(counted);
                admitted.map_err(Problem::from)
            }
            _ => Ok(()),
        }
    } else {
        let asking = Asking { method: &method, headers: request.headers(), client, secure: app.secure };
        let (counted, caller) = auth::admit(&app.access, asking, app.clock.now());
        quota = Some(counted);
        caller.map(|caller| {
            tenant = Some(caller.concerned_tenant());
            request.extensions_mut().insert(caller);
        })
    };
    let known = Known::of(&method, request.headers());
    let mut response = match admitted {
        Ok(()) => {
            // A bug in one handler costs one request, with an answer that names it.
            let handled = AssertUnwindSafe(next.run(request)).catch_unwind().await;
            let answer = handled.unwrap_or_else(|_| Problem::internal("a handler panicked").into_response());
            let answer = match known {
                Some(known) => known.left_out(answer),
                None => answer,
            };
            match tenant {
                Some(tenant) => body::hold(&app.bodies, tenant, method == Method::GET, answer),
                None => answer,
            }
        }
        Err(problem) => problem.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let hint = if problem.is_about_nothing() { hints::hint(uri.path()) } else { None };
        let problem = match hint {
            Some(hint) => problem.hinting(&hint),
            None => problem,
        };
        problem.write(&mut response, request_id.to_str().unwrap_or_default());
    }
    if tenant.is_some() {
        response.extensions_mut().insert(Admitted);
    }
    let headers = response.headers_mut();
    if let Some(quota) = &quota {
        rate_limit::write(quota, headers);
    }
    if !is_public {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(REQUEST_ID, request_id);
    if let Some(cors) = cors {
        cors.write(headers);
    }
    app.http.answered(&method, route, response.status(), began.elapsed());
    response
}

/// Looking for what a long one means takes milliseconds, in the middle of what serves everybody. RFC 9110, 4.1, has servers take
/// 8,000 bytes at least.
fn has_short_uri(request: &Request) -> Result<(), Problem> {
    let length = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    match length {
        0..=LONGEST_URI => Ok(()),
        _ => Err(Problem::new(
            Code::UriTooLong,
            format!("path and query are {length} bytes; at most {LONGEST_URI} are taken"),
        )),
    }
}

/// What a proxy and a server could read differently, or of which it cannot be known which is meant.
fn can_be_read_in_one_way(request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    // None is no request of HTTP/1.1 (RFC 9112, 3.2).
    match headers.get_all(HOST).iter().count() {
        1 => {}
        0 if request.version() < Version::HTTP_11 => {}
        0 => return Err(Problem::header("Host", "it is missing; a request of HTTP/1.1 names the host that it is for")),
        _ => return Err(Problem::header("Host", "it is there more than once; name one host")),
    }
    if headers.get_all(AUTHORIZATION).iter().count() > 1 {
        return Err(Problem::header("Authorization", "it is there more than once; send one API key"));
    }
    if headers.get_all(CONTENT_TYPE).iter().count() > 1 {
        return Err(Problem::header("Content-Type", "it is there more than once; say once what the body is"));
    }
    comes_as_it_is_or_in_chunks(headers)
}

/// Of several lines the values are one list (RFC 9110, 5.3). A body would still be in a coding that is not known, and is put in chunks
/// once at most (RFC 9112, 6.1): a proxy and a server may not agree on where one ends that is so twice.
fn comes_as_it_is_or_in_chunks(headers: &HeaderMap) -> Result<(), Problem> {
    let lines = headers.get_all(TRANSFER_ENCODING).iter();
    let codings: Vec<&[u8]> =
        lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b',')).map(<[u8]>::trim_ascii).collect();
    if codings.iter().any(|coding| !coding.eq_ignore_ascii_case(b"chunked")) {
        let detail =
            "of `Transfer-Encoding` only `chunked` is known; a body that is compressed says so by `Content-Encoding`";
        return Err(Problem::new(Code::UnknownTransferCoding, detail));
    }
    match codings.len() {
        0 | 1 => Ok(()),
        _ => {
            Err(Problem::header("Transfer-Encoding", "`chunked` is there more than once; a body comes in chunks once"))
        }
    }
}

/// Whether it is let in as it is. Who shows a key where none is needed gets more (`/readyz` tells more, and the description is
/// there for strangers only so often), so the key has to be a good one.
fn needs_no_key(path: &str, headers: &HeaderMap) -> bool {
    let shows_key = matches!(path, "/readyz" | DESCRIPTION) && headers.contains_key(AUTHORIZATION);
    is_public(path) && !shows_key
}

/// Paths that need no key. The router matches paths as they are written, and so does this.
fn is_public(path: &str) -> bool {
    !(path.starts_with("/api/") || path == "/metrics") || path == DESCRIPTION
}

/// The caller's own id for the request if it is one, otherwise a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let fits = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    let own = headers.get(REQUEST_ID).filter(|id| (1..=64).contains(&id.len()) && id.as_bytes().iter().all(fits));
    own.cloned().unwrap_or_else(|| {
        const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let random: u128 = rand::random();
        let mut text = *b"req_00000000000000000000";
        for (place, digit) in text[4..].iter_mut().enumerate() {
            *digit = DIGITS[(random >> (5 * place)) as usize & 31];
        }
        HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("req_0"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_request_id_is_kept_if_it_is_harmless() {
        let id = |value: &str| {
            let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            let headers = HeaderMap::from_iter([(REQUEST_ID, value)]);
            request_id(&headers).to_str().unwrap().to_owned()
        };
        assert_eq!(id("trace-7_A"), "trace-7_A");
        for bad in ["", "a b", "<script>", "é"] {
            let made = id(bad);
            assert!(made.starts_with("req_") && made.len() == 24, "{made}");
        }
        assert_ne!(id(""), id(""));
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let said = |headers: &[(HeaderName, &'static str)]| {
            let mut request = Request::new(axum::body::Body::empty());
            request.headers_mut().append(HOST, HeaderValue::from_static("a"));
            for (name, value) in headers {
                request.headers_mut().append(name, HeaderValue::from_static(value));
            }
            can_be_read_in_one_way(&request).err().map(|problem| format!("{problem:?}")).unwrap_or_default()
        };
        for good in
            [[(AUTHORIZATION, "Bearer a"), (TRANSFER_ENCODING, "Chunked ")], [(CONTENT_TYPE, "a"), (AUTHORIZATION, "")]]
        {
            assert_eq!(said(&good), "", "{good:?}");
        }
        for (name, one, other) in [
            (HOST, "a", "a"),
            (AUTHORIZATION, "Bearer a", "Bearer a"),
            (CONTENT_TYPE, "application/json", "text/plain"),
            (TRANSFER_ENCODING, "gzip", "chunked"),
            (TRANSFER_ENCODING, "chunked", "Chunked"),
        ] {
            let said = said(&[(name.clone(), one), (name.clone(), other)]);
            assert!(said.to_ascii_lowercase().contains(name.as_str()), "{name}: {said}");
        }
        for (line, code) in [
            ("gzip, chunked", "UnknownTransferCoding"),
            ("", "UnknownTransferCoding"),
            ("chunked, chunked", "InvalidHeader"),
        ] {
            assert!(said(&[(TRANSFER_ENCODING, line)]).contains(code), "{line}");
        }
    }

    #[test]
    fn only_the_description_is_public_under_api() {
        for path in ["/api/v1/openapi.json", "/healthz", "/readyz", "/"] {
            assert!(is_public(path), "{path}");
        }
        for path in ["/api/v1/events", "/api/", "/api/v1/openapi.json/", "/api/v1/openapi.jsonx", "/metrics"] {
            assert!(!is_public(path), "{path}");
        }
    }
}
