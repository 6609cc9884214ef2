//! Versions of webhooks, tenants and event types in HTTP: the ETag that names one, and what callers insist on.

use http::{
    HeaderMap, HeaderValue,
    header::{IF_MATCH, IF_NONE_MATCH},
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

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

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
