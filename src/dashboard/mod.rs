//! The dashboard and the portal: the files of `web/dist`, in the binary, at `/`.
//!
//! In goes a path, out comes a file, or the one page that finds out by itself what its path means. Every page gets headers that
//! permit nothing from elsewhere: no script, style, connection or frame. What the pages show they ask of the API, as anybody does;
//! nothing here knows more than it does.

mod file;
mod policy;

use std::sync::Arc;

use axum::{body::Body, extract::Query, response::Response};
use http::{
    HeaderMap, HeaderValue, StatusCode, Uri,
    header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
};
use serde::Deserialize;

use self::file::{File, Files};

/// Who may show a page in a frame, as it is asked for: with the id of a portal link in its query, or the cookie of a portal session. Origins like `https://app.example.com`.
pub type Framing = Arc<dyn Fn(Option<&str>, &HeaderMap) -> Vec<String> + Send + Sync>;

/// Where a link opens the portal. Its other pages are below.
const PORTAL: &str = "/portal";
/// The page that all of them are.
const PAGE: &str = "index.html";

/// Answers what is a file, or a page. `None`: it is neither, and somebody else's to answer.
#[derive(Clone)]
pub struct Dashboard {
    files: &'static Files,
    framing: Framing,
}

#[derive(Deserialize)]
struct OfPortal {
    link: Option<String>,
}

impl Dashboard {
    /// With what says who may show the portal in a frame.
    pub fn new(framing: Framing) -> Dashboard {
        Dashboard { files: Files::embedded(), framing }
    }

    /// What stands at a path, for a request with these headers.
    pub fn answer(&self, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
        let path = uri.path();
        if let Some(file) = self.files.get(path.trim_start_matches('/')).filter(|_| path != "/index.html") {
            return Some(respond(file, headers, policy::OF_PAGES));
        }
        // Somebody who opens a page asks for HTML; a program that has lost its way is told so in JSON.
        let opens_page = path == "/" || headers.get(ACCEPT).is_some_and(names_html);
        let page = self.files.get(PAGE).filter(|_| opens_page && !path.starts_with("/api/"))?;
        let policy = is_of_portal(path).then(|| {
            let link = Query::<OfPortal>::try_from_uri(uri).ok().and_then(|query| query.0.link);
            policy::of_portal(&(self.framing)(link.filter(|_| path == PORTAL).as_deref(), headers))
        });
        let policy = policy.flatten();
        Some(respond(page, headers, policy.as_deref().unwrap_or(policy::OF_PAGES)))
    }
}

/// Nobody shows the dashboard's pages in a frame, whatever portal the browser is signed in to besides.
fn is_of_portal(path: &str) -> bool {
    path.strip_prefix(PORTAL).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn names_html(accept: &HeaderValue) -> bool {
    accept.as_bytes().windows(b"text/html".len()).any(|part| part.eq_ignore_ascii_case(b"text/html"))
}

fn respond(file: &File, headers: &HeaderMap, policy: &str) -> Response {
    let zipped = headers.get(ACCEPT_ENCODING).is_some_and(|codings| {
        codings.as_bytes().split(|&byte| byte == b',').any(|coding| coding.trim_ascii().eq_ignore_ascii_case(b"gzip"))
    });
    let body = file.gzip.as_ref().filter(|_| zipped);
    let known = headers.get_all(IF_NONE_MATCH).iter().any(|known| known.as_bytes() == file.etag.as_bytes());
    let mut response = Response::new(match (known, body) {
        (true, _) => Body::empty(),
        (false, Some(gzip)) => Body::from(gzip.clone()),
        (false, None) => Body::from(file.bytes.clone()),
    });
    let answer = response.headers_mut();
    if known {
        answer.insert(ETAG, file.etag.clone());
    } else {
        answer.insert(CONTENT_TYPE, HeaderValue::from_static(file.kind));
        answer.insert(ETAG, file.etag.clone());
        if body.is_some() {
            answer.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    // Names stay from version to version, so a browser asks each time, and mostly hears that it has it.
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    policy::write(policy, answer);
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dashboard() -> Dashboard {
        Dashboard::new(Arc::new(|link, headers| match link {
            Some("ses_1") => vec!["https://app.example.com".into(), "https://b.example.com".into()],
            _ if headers.contains_key(http::header::COOKIE) => vec!["https://c.example.com".into()],
            _ => Vec::new(),
        }))
    }

    fn get(uri: &str, headers: &[(http::HeaderName, &'static str)]) -> Option<Response> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        dashboard().answer(&uri.parse().unwrap(), &headers)
    }

    fn header(response: &Response, name: &str) -> String {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[test]
    fn a_person_gets_the_page_at_any_path_and_a_program_only_at_the_root() {
        let html = [(ACCEPT, "text/html,application/xhtml+xml")];
        for path in ["/", "/webhooks", "/deliveries/dlv_1?attempt=4", "/sign-in"] {
            let page = get(path, &html).unwrap();
            assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8", "{path}");
            assert!(header(&page, "content-security-policy").contains("frame-ancestors 'none'"));
        }
        assert!(get("/", &[]).is_some());
        for (path, headers) in [("/webhooks", &[][..]), ("/api/v1/webhook", &html[..]), ("/index.html", &[][..])] {
            assert!(get(path, headers).is_none(), "{path}");
        }
    }

    #[test]
    fn only_the_pages_that_a_link_names_may_show_the_portal() {
        let html = [(ACCEPT, "text/html")];
        let ancestors = |uri: &str| {
            let policy = header(&get(uri, &html).unwrap(), "content-security-policy");
            policy.rsplit("frame-ancestors ").next().unwrap().to_owned()
        };
        assert_eq!(ancestors("/portal?link=ses_1"), "https://app.example.com https://b.example.com");
        for own in ["/portal", "/portal?link=ses_2", "/webhooks?link=ses_1", "/?link=ses_1", "/portals?link=ses_1"] {
            assert_eq!(ancestors(own), "'none'", "{own}");
        }
        // Who is signed in to a portal reads its other pages in the frame, and nothing of the dashboard.
        let signed_in = [(ACCEPT, "text/html"), (http::header::COOKIE, "lanehook_portal=lhs_1")];
        let policy = |uri: &str| header(&get(uri, &signed_in).unwrap(), "content-security-policy");
        assert!(policy("/portal/webhooks").ends_with("https://c.example.com"));
        for own in ["/", "/webhooks", "/portals"] {
            assert!(policy(own).ends_with("'none'"), "{own}");
        }
    }

    #[test]
    fn what_a_browser_has_is_not_sent_again() {
        let page = get("/", &[]).unwrap();
        let etag: &'static str = Box::leak(header(&page, "etag").into_boxed_str());
        assert_eq!(get("/", &[(IF_NONE_MATCH, etag)]).unwrap().status(), StatusCode::NOT_MODIFIED);
        assert_eq!(get("/", &[(IF_NONE_MATCH, "\"other\"")]).unwrap().status(), StatusCode::OK);
        assert_eq!(header(&get("/", &[(ACCEPT_ENCODING, "br, GZIP")]).unwrap(), "content-encoding"), "gzip");
        assert_eq!(header(&page, "content-encoding"), "");
    }
}
