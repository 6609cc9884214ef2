//! What an answer says of how to do better: its status and headers enter, and the end of a sentence about the failure leaves, where
//! the answer knows it. Nothing of a path or query is repeated: there may be a token in it. Pure.

use http::{
    HeaderMap, HeaderName, StatusCode,
    header::{self, LOCATION},
};
use url::Url;

use crate::model::TargetUrl;

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
/// Characters of a header that are repeated.
const LONGEST: usize = 100;

/// What helps, from its comma or colon on.
pub(super) fn of(status: StatusCode, headers: &HeaderMap, target: &TargetUrl) -> Option<String> {
    let said = |name: HeaderName| said(headers, &name);
    match status {
        status if status.is_redirection() && headers.contains_key(LOCATION) => Some(format!(
            "; redirects are not followed{}, so the webhook needs the final URL{}",
            redirect_host(headers, target).map(|host| format!(" (this one leads to {host})")).unwrap_or_default(),
            redirect_difference(headers, target).map(|difference| format!(": {difference}")).unwrap_or_default(),
        )),
        StatusCode::UNAUTHORIZED => {
            // What follows the scheme is for its clients.
            let scheme = said(header::WWW_AUTHENTICATE)?.split_whitespace().next()?.trim_end_matches(',').to_owned();
            Some(format!(": it asks for a login (`{scheme}`), which the webhook's `auth` can have"))
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            let allowed = said(header::ALLOW)?;
            Some(format!(": at this URL it takes {allowed} only, so it may not be the one that is meant for webhooks"))
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            let accepted = said(ACCEPT_POST).or_else(|| said(header::ACCEPT))?;
            Some(format!(": it takes {accepted}, which the webhook's `payload` can be"))
        }
        _ => None,
    }
}

/// What a header says, if it is printable.
fn said(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    let short: String = text.chars().take(LONGEST).collect();
    (!short.is_empty()).then_some(short)
}

fn redirected(headers: &HeaderMap, target: &TargetUrl) -> Option<Url> {
    target.url().join(headers.get(LOCATION)?.to_str().ok()?).ok()
}

fn redirect_host(headers: &HeaderMap, target: &TargetUrl) -> Option<String> {
    let url = redirected(headers, target)?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    })
}

/// In what the final URL differs, where that is one thing which can be told without showing it.
fn redirect_difference(headers: &HeaderMap, target: &TargetUrl) -> Option<&'static str> {
    let (to, own) = (redirected(headers, target)?, target.url());
    let parts = |url: &Url| (url.path().to_owned(), url.query().map(str::to_owned));
    let is_same_host = to.host_str() == own.host_str();
    let is_same_origin = is_same_host && to.scheme() == own.scheme() && to.port() == own.port();
    let ((path, query), (own_path, own_query)) = (parts(&to), parts(own));
    if is_same_host && to.scheme() == "https" && own.scheme() == "http" && path == own_path && query == own_query {
        return Some("the same with `https`");
    }
    if !is_same_origin || query != own_query {
        return None;
    }
    match () {
        () if path.strip_suffix('/') == Some(&own_path) => Some("the same with a slash at the end of its path"),
        () if own_path.strip_suffix('/') == Some(&path) => Some("the same without the slash at the end of its path"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cure(status: u16, lines: &[(HeaderName, &str)]) -> Option<String> {
        cure_at("https://hooks.example.com/in?a=b", status, lines)
    }

    fn cure_at(url: &str, status: u16, lines: &[(HeaderName, &str)]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, value.parse().unwrap());
        }
        of(StatusCode::from_u16(status).unwrap(), &headers, &TargetUrl::parse(url).unwrap())
    }

    #[test]
    fn a_redirect_names_where_it_leads_without_its_path() {
        let elsewhere = cure(302, &[(LOCATION, "//new.example:8443/t0ken")]).unwrap();
        assert_eq!(
            elsewhere,
            "; redirects are not followed (this one leads to https://new.example:8443), so the webhook needs the final URL"
        );
    }

    #[test]
    fn a_redirect_to_nearly_the_same_url_says_in_what_it_differs() {
        let ends = |url: &str, location: &str, end: Option<&str>| {
            let text = cure_at(url, 308, &[(LOCATION, location)]).unwrap();
            let expected = end.map_or("final URL".into(), |end| format!("final URL: the same {end}"));
            assert!(text.ends_with(&expected), "{url} {location}: {text}");
        };
        let slash = Some("with a slash at the end of its path");
        ends("https://a.example/in?k=1", "https://a.example/in/?k=1", slash);
        ends("https://a.example/in", "/in/", slash);
        ends("https://a.example/in/", "/in", Some("without the slash at the end of its path"));
        ends("http://a.example/in", "https://a.example/in", Some("with `https`"));
        for location in ["/other", "/in/?more=1", "https://b.example/in/", "http://a.example/in/"] {
            ends("https://a.example/in", location, None);
        }
    }

    #[test]
    fn what_a_receiver_says_that_it_wants_is_passed_on() {
        let basic = cure(401, &[(header::WWW_AUTHENTICATE, "Basic realm=\"a\"")]).unwrap();
        assert!(basic.contains("asks for a login (`Basic`)"), "{basic}");
        let get = cure(405, &[(header::ALLOW, "GET, HEAD")]).unwrap();
        assert!(get.contains("takes GET, HEAD only"), "{get}");
        let form = cure(415, &[(ACCEPT_POST, "application/x-www-form-urlencoded")]).unwrap();
        assert!(
            form.contains("takes application/x-www-form-urlencoded, which the webhook's `payload` can be"),
            "{form}"
        );
        for status in [301, 401, 405, 415, 500] {
            assert_eq!(cure(status, &[]), None, "{status}");
        }
    }
}
