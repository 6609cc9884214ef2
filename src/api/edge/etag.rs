//! Versions of webhooks, tenants and event types in HTTP: the ETag that names one, what callers insist on, and what they have already.

use axum::{body::Body, response::Response};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH},
};

use crate::{
    api::edge::problem::Problem,
    manage::{Expected, version_name},
    model::Tenant,
    webhook::Webhook,
};

/// Names one version of one webhook.
pub fn etag(webhook: &Webhook) -> HeaderValue {
    quoted(&version_name(webhook.key, webhook.version))
}

/// Names one version of one tenant.
pub fn etag_of_tenant(tenant: &Tenant) -> HeaderValue {
    quoted(&version_name(tenant.key.0, tenant.version))
}

/// Names one revision of an event type.
pub fn etag_of(version: u64) -> HeaderValue {
    quoted(&version.to_string())
}

fn quoted(name: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{name}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// Reads `If-Match` and `If-None-Match`. A tag that is none of ours, like a weak one, stands for a version that there is
/// not (RFC 9110, section 8.8.3.2).
pub fn expected(headers: &HeaderMap) -> Result<Expected, Problem> {
    let mut expected = Expected::default();
    for value in headers.get_all(IF_MATCH) {
        let text = value.to_str().map_err(|_| Problem::header("If-Match", "is `*` or a list of ETags"))?;
        match text.trim() {
            "*" => expected.exists = true,
            list => {
                let tags = list.split(',').map(str::trim);
                let names = tags.filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"')).map(str::to_owned);
                expected.versions.get_or_insert_default().extend(names);
            }
        }
    }
    match headers.get(IF_NONE_MATCH).map(|value| value.as_bytes()) {
        None => {}
        Some(b"*") => expected.is_new = true,
        Some(_) => return Err(Problem::header("If-None-Match", "is `*` or left out")),
    }
    Ok(expected)
}

/// That the ETag of an answer names all that its body shows. Not where something is counted or observed beside what is set, like a
/// webhook's health: that changes under the same version, and whoever asks wants to know.
#[derive(Clone, Copy, Debug)]
pub struct NamesAll;

/// What of a thing a reader has already: the versions that `If-None-Match` names.
pub struct Known(Vec<HeaderValue>);

impl Known {
    /// Of a request that reads, if it says so.
    pub fn of(method: &Method, headers: &HeaderMap) -> Option<Known> {
        let reads = matches!(*method, Method::GET | Method::HEAD);
        let named: Vec<HeaderValue> = headers.get_all(IF_NONE_MATCH).iter().cloned().collect();
        (reads && !named.is_empty()).then_some(Known(named))
    }

    /// The answer, or 304 in its place if it shows a version that is known and nothing else (RFC 9110, sections 8.8.1, 13.1.2 and
    /// 15.4.5): without a body, and with the headers that are about the thing itself.
    pub fn left_out(&self, mut answer: Response) -> Response {
        let names_all = answer.extensions().get::<NamesAll>().is_some();
        let shown = answer.headers().get(ETAG).filter(|_| names_all && answer.status() == StatusCode::OK);
        if !shown.is_some_and(|etag| self.has(etag)) {
            return answer;
        }
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        for of_body in [CONTENT_TYPE, CONTENT_LENGTH] {
            answer.headers_mut().remove(of_body);
        }
        answer.map(|_| Body::empty())
    }

    /// By the weak comparison: a tag stands for the same version whether it is weak or not.
    fn has(&self, etag: &HeaderValue) -> bool {
        let tags = self.0.iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(',')).map(str::trim);
        let mut tags = tags.map(|tag| tag.strip_prefix("W/").unwrap_or(tag));
        tags.any(|tag| tag == "*" || tag.as_bytes() == etag.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    #[test]
    fn what_a_reader_has_is_not_sent_again() {
        let answered = |method: Method, status: StatusCode, line: &'static str| {
            let headers = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(line))]);
            let mut answer = Response::new(Body::from("{}"));
            *answer.status_mut() = status;
            answer.headers_mut().insert(ETAG, quoted("wh_7.3"));
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            answer.extensions_mut().insert(NamesAll);
            Known::of(&method, &headers).map(|known| known.left_out(answer))
        };
        for line in ["\"wh_7.3\"", "W/\"wh_7.3\"", "\"other\", \"wh_7.3\"", "*"] {
            let answer = answered(Method::GET, StatusCode::OK, line).unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{line}");
            assert!(answer.headers().contains_key(ETAG) && !answer.headers().contains_key(CONTENT_TYPE));
        }
        for line in ["\"wh_7.2\"", "wh_7.3", "", "\"WH_7.3\""] {
            assert_eq!(answered(Method::GET, StatusCode::OK, line).unwrap().status(), StatusCode::OK, "{line}");
        }
        assert_eq!(answered(Method::GET, StatusCode::NOT_FOUND, "*").unwrap().status(), StatusCode::NOT_FOUND);
        assert!(answered(Method::PUT, StatusCode::OK, "*").is_none());
    }

    fn read(headers: &[(HeaderName, &'static str)]) -> Result<Expected, Problem> {
        expected(&headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect())
    }

    #[test]
    fn versions_are_named_by_their_etags() {
        assert_eq!(quoted("wh_0000000000007.3"), "\"wh_0000000000007.3\"");
        let tags = read(&[(IF_MATCH, "\"other\", \"wh_0000000000007.3\"")]).unwrap();
        assert_eq!(tags.versions.unwrap(), ["other", "wh_0000000000007.3"]);
        for odd in ["W/\"wh_0000000000007.3\"", "wh_0000000000007.3", "", "\""] {
            assert_eq!(read(&[(IF_MATCH, odd)]).unwrap().versions.unwrap(), [""; 0], "{odd}");
        }
    }

    #[test]
    fn a_star_is_any_version_or_none() {
        let any = read(&[(IF_MATCH, "*")]).unwrap();
        assert!(any.exists && any.versions.is_none() && !any.is_new);
        let none = read(&[(IF_NONE_MATCH, "*")]).unwrap();
        assert!(none.is_new && !none.exists && none.versions.is_none());
        assert!(read(&[(IF_NONE_MATCH, "\"a\"")]).is_err());
        let nothing = read(&[]).unwrap();
        assert!(!nothing.is_new && !nothing.exists && nothing.versions.is_none());
    }
}
