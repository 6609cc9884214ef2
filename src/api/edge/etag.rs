//! Versions of webhooks and event types: the ETag that names one, and what callers insist on.

use http::{
    HeaderMap, HeaderValue,
    header::{IF_MATCH, IF_NONE_MATCH},
};

use crate::{
    api::edge::problem::{Code, Problem},
    model::WebhookKey,
    store::SetAside,
    webhook::Webhook,
};

/// Names one version of one webhook; another webhook under the same id later has other names.
pub fn etag(webhook: &Webhook) -> HeaderValue {
    HeaderValue::try_from(etag_text(webhook)).unwrap_or(HeaderValue::from_static("\"\""))
}

fn etag_text(webhook: &Webhook) -> String {
    tag(webhook.key, webhook.version)
}

fn tag(key: WebhookKey, version: u64) -> String {
    format!("\"{key}.{version}\"")
}

/// Names one revision of an event type.
pub fn etag_of(version: u64) -> HeaderValue {
    HeaderValue::try_from(revision_text(version)).unwrap_or(HeaderValue::from_static("\"\""))
}

fn revision_text(version: u64) -> String {
    format!("\"{version}\"")
}

/// Which version the caller thinks it is changing (RFC 9110, section 13.1).
#[derive(Debug, Default)]
pub struct Expected {
    any: bool,
    none: bool,
    versions: Option<Vec<String>>,
}

impl Expected {
    /// Reads `If-Match` and `If-None-Match`.
    pub fn read(headers: &HeaderMap) -> Result<Expected, Problem> {
        let mut expected = Expected::default();
        for value in headers.get_all(IF_MATCH) {
            let text = value.to_str().map_err(|_| Problem::header("If-Match", "is `*` or a list of ETags"))?;
            match text.trim() {
                "*" => expected.any = true,
                list => {
                    let versions = list.split(',').map(|tag| tag.trim().to_owned());
                    expected.versions.get_or_insert_default().extend(versions);
                }
            }
        }
        match headers.get(IF_NONE_MATCH).map(|value| value.as_bytes()) {
            None => {}
            Some(b"*") => expected.none = true,
            Some(_) => return Err(Problem::header("If-None-Match", "is `*` or left out")),
        }
        Ok(expected)
    }

    /// Whether only certain versions will do.
    pub fn names_versions(&self) -> bool {
        !self.any && self.versions.is_some()
    }

    /// Whether the webhook that was found is it.
    pub fn check(&self, found: Option<&Webhook>) -> Result<(), Problem> {
        self.check_tag(found.map(etag_text))
    }

    /// Whether the webhook that is set aside is it.
    pub fn check_set_aside(&self, found: &SetAside) -> Result<(), Problem> {
        self.check_tag(Some(tag(found.key, found.version)))
    }

    /// Whether the event type that was found, at this revision, is it.
    pub fn check_version(&self, found: Option<u64>) -> Result<(), Problem> {
        self.check_tag(found.map(revision_text))
    }

    fn check_tag(&self, found: Option<String>) -> Result<(), Problem> {
        let detail = match found {
            Some(_) if self.none => "`If-None-Match: *` asks for a new one, and this one exists",
            None if self.any || self.versions.is_some() => "`If-Match` names a version, and there is none of this name",
            Some(found) if !self.any && self.versions.as_ref().is_some_and(|list| !list.contains(&found)) => {
                "`If-Match` names another version than there is; read it again and repeat the change"
            }
            _ => return Ok(()),
        };
        Err(Problem::new(Code::VersionMismatch, detail))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;
    use crate::{
        model::{Serial, TenantKey, Timestamp, WebhookId},
        webhook::{Secrets, WebhookSettings},
    };

    fn webhook() -> Webhook {
        Webhook {
            key: WebhookKey(Serial::nth(7)),
            tenant: TenantKey(1),
            id: WebhookId::parse("w").unwrap(),
            settings: WebhookSettings::new(crate::model::TargetUrl::parse("https://a.example/").unwrap()),
            secrets: Secrets::default(),
            disabled: None,
            version: 3,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn a_version_is_expected_by_its_etag() {
        let webhook = webhook();
        let check = |name: HeaderName, value: &str, found: Option<&Webhook>| {
            let headers = HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())]);
            Expected::read(&headers).unwrap().check(found).is_ok()
        };
        let tag = etag_text(&webhook);
        assert_eq!(tag, "\"wh_0000000000007.3\"");
        assert!(check(IF_MATCH, &tag, Some(&webhook)));
        assert!(check(IF_MATCH, &format!("\"other\", {tag}"), Some(&webhook)));
        assert!(check(IF_MATCH, "*", Some(&webhook)));
        assert!(!check(IF_MATCH, "*", None));
        assert!(!check(IF_MATCH, &format!("W/{tag}"), Some(&webhook)), "a weak tag never matches");
        assert!(!check(IF_MATCH, "\"wh_0000000000007.2\"", Some(&webhook)));
        assert!(!check(IF_MATCH, &tag, None));
        assert!(check(IF_NONE_MATCH, "*", None));
        assert!(!check(IF_NONE_MATCH, "*", Some(&webhook)));
    }
}
