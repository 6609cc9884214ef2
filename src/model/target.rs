//! Where a webhook's requests go: an absolute http(s) URL, parsed once (WHATWG), or an inspector of this server.
//!
//! Only what is true of the text is checked here. Whether requests may go *there* is the egress policy's word,
//! asked when a webhook is saved and again, per address, each time a connection is made.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};
use url::Url;

use super::InspectorId;

const MAX_LEN: usize = 2048;
/// How the URLs of inspectors begin: a scheme of our own, so that no client of HTTP takes one for an address.
const INSPECTORS: &str = "lanehook://inspect/";
const INSPECTORS_SCHEME: &str = "lanehook";

/// An absolute http or https URL with a host and without user name, password or fragment, or that of an inspector
/// (`lanehook://inspect/ins_…`, with a path and query behind it or without). `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TargetUrl(Url);

/// Whether it is an address but for its begin: of `localhost:8080/hook` a parser says that the scheme is `localhost`.
fn lacks_scheme(text: &str) -> bool {
    let begins_like_a_host = text.starts_with(|first: char| first.is_alphanumeric() || first == '[');
    let is_address = |url: Url| url.has_host() && url.username().is_empty();
    begins_like_a_host && !text.contains("://") && Url::parse(&format!("https://{text}")).is_ok_and(is_address)
}

impl TargetUrl {
    /// Parses and checks; the error names what is wrong and what to write instead.
    pub fn parse(text: &str) -> Result<TargetUrl, String> {
        if text.len() > MAX_LEN {
            return Err(format!("the URL has {} characters; at most {MAX_LEN} are possible", text.len()));
        }
        let shown = text.escape_debug();
        let no_scheme = || format!("`{shown}` has no scheme; write it like https://example.com/hook");
        let url = Url::parse(text).map_err(|error| match lacks_scheme(text) {
            true => no_scheme(),
            false => format!("`{shown}` is not a URL ({error}); write it like https://example.com/hook"),
        })?;
        if !matches!(url.scheme(), "https" | "http") && inspector(&url).is_none() {
            return Err(match url.scheme() {
                INSPECTORS_SCHEME => format!(
                    "`{shown}` is not the URL of an inspector; those look like {INSPECTORS}ins_…, and POST /api/v1/inspectors \
                     makes one"
                ),
                _ if lacks_scheme(text) => no_scheme(),
                scheme => format!("the scheme `{scheme}` is not possible; use https"),
            });
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a user name or password in the URL would leak into logs; use `auth` instead".into());
        }
        if url.host_str().is_none_or(str::is_empty) || text_lacks_host(text) {
            return Err(format!("`{shown}` has no host; write it like https://example.com/hook"));
        }
        // What is kept is the parsed form, in which one character can have become nine.
        if url.as_str().len() > MAX_LEN {
            return Err(format!("the URL has more than {MAX_LEN} characters once it is percent-encoded"));
        }
        if url.fragment().is_some() {
            return Err("a fragment (#…) is never sent; remove it from the URL".into());
        }
        Ok(TargetUrl(url))
    }

    /// As the store has it, where it was checked when it was taken in. An error if nothing can be sent there.
    pub fn kept(text: &str) -> Result<TargetUrl, String> {
        let url = Url::parse(text).map_err(|error| error.to_string())?;
        match matches!(url.scheme(), "https" | "http") && url.has_host() || inspector(&url).is_some() {
            true => Ok(TargetUrl(url)),
            false => Err("it is not one of http or https with a host".into()),
        }
    }

    /// Where an inspector is reached by its tenant's webhooks.
    pub fn of_inspector(id: InspectorId) -> String {
        format!("{INSPECTORS}{id}")
    }

    /// The inspector that it leads to, if it leads to one: then no request leaves the server.
    pub fn inspector(&self) -> Option<InspectorId> {
        inspector(&self.0)
    }

    /// The parsed URL.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Scheme, host and port as one text: what is the same for all that one receiver serves (RFC 6454). Each inspector is a
    /// receiver of its own.
    pub fn origin(&self) -> String {
        match self.inspector() {
            Some(id) => TargetUrl::of_inspector(id),
            None => self.0.origin().ascii_serialization(),
        }
    }

    /// The URL in full; it may hold a token.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The URL for logs and records: query values and path segments that look like tokens are replaced by `…`.
    pub fn redacted(&self) -> String {
        self.redacted_also(&[])
    }

    /// The same, and these path segments, counted from 0, are replaced, too.
    pub fn redacted_also(&self, segments: &[usize]) -> String {
        let url = &self.0;
        let mut shown = format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default());
        if let Some(port) = url.port() {
            shown.push_str(&format!(":{port}"));
        }
        for (place, segment) in url.path_segments().into_iter().flatten().enumerate() {
            shown.push('/');
            shown.push_str(if segments.contains(&place) || self.may_hide(place, segment) { "…" } else { segment });
        }
        for (place, (name, _)) in url.query_pairs().enumerate() {
            shown.push(if place == 0 { '?' } else { '&' });
            shown.push_str(&name);
            shown.push_str("=…");
        }
        shown
    }

    /// What is hidden where the URL is shown, and so may be a credential: these path segments, counted from 0, what looks like
    /// a token, all values of the query, and what no URL has that is taken in today, user name and password. As they are in
    /// the URL, and decoded.
    pub fn credentials(&self, segments: &[usize]) -> Vec<String> {
        let mut found = Vec::new();
        for (place, segment) in self.0.path_segments().into_iter().flatten().enumerate() {
            if segments.contains(&place) || self.may_hide(place, segment) {
                found.push(segment.to_owned());
                found.extend(percent_encoding::percent_decode_str(segment).decode_utf8().map(Cow::into_owned));
            }
        }
        found.extend([self.0.username()].into_iter().chain(self.0.password()).map(str::to_owned));
        let raw = self.0.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        for ((_, value), raw) in self.0.query_pairs().zip(raw) {
            found.extend(raw.split_once('=').map(|(_, raw)| raw.to_owned()));
            found.push(value.into_owned());
        }
        found.retain(|text| !text.is_empty());
        found.dedup();
        found
    }

    /// Whether a segment of the path looks like a credential. An inspector's id is none: it says which of its tenant's inspectors it
    /// is.
    fn may_hide(&self, place: usize, segment: &str) -> bool {
        looks_like_token(segment) && !(place == 0 && self.inspector().is_some())
    }
}

/// The inspector that a URL leads to. It stands in the first segment of the path, as it is written.
fn inspector(url: &Url) -> Option<InspectorId> {
    let is_ours = url.scheme() == INSPECTORS_SCHEME && url.host_str() == Some("inspect") && url.port().is_none();
    is_ours.then(|| url.path_segments()?.next().and_then(InspectorId::parse)).flatten()
}

/// `https:///path`: WHATWG takes the first path segment for the host, which is surely not what was meant.
fn text_lacks_host(text: &str) -> bool {
    let rest = text.trim_start().split_once(':').map_or("", |(_, rest)| rest);
    !rest.starts_with("//") || rest.starts_with("///") || rest.contains('\\')
}

/// Chat platforms put credentials into the path: `/bot123:ABC…/sendMessage`, `/services/T0…/B0…/x8Kk…`.
fn looks_like_token(segment: &str) -> bool {
    let has = |test: fn(&char) -> bool| segment.chars().any(|c| test(&c));
    let mixed = has(char::is_ascii_digit) || (has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase));
    (segment.starts_with("bot") && segment.contains(':')) || (segment.len() >= 16 && mixed)
}

impl TryFrom<String> for TargetUrl {
    type Error = String;
    fn try_from(text: String) -> Result<TargetUrl, String> {
        TargetUrl::parse(&text)
    }
}

impl From<TargetUrl> for String {
    fn from(url: TargetUrl) -> String {
        url.0.into()
    }
}

impl fmt::Debug for TargetUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_do_not_show() {
        let shown = |text: &str| TargetUrl::parse(text).unwrap().redacted();
        assert_eq!(shown("https://h.example/bot12:AbC/sendMessage"), "https://h.example/…/sendMessage");
        assert_eq!(shown("https://h.example/services/T01/x8KkQpLmN20aBcDeF"), "https://h.example/services/T01/…");
        assert_eq!(shown("https://h.example:8443/in?token=abc&n=1"), "https://h.example:8443/in?token=…&n=…");
        assert_eq!(shown("https://h.example/hook"), "https://h.example/hook");
    }

    #[test]
    fn an_inspector_is_named_and_shown_and_what_is_behind_its_id_is_as_in_any_url() {
        let id = InspectorId::of([0xab; 16]);
        let url =
            TargetUrl::parse(&format!("lanehook://inspect/{id}/services/x8KkQpLmN20aBcDeF?token=abcdef")).unwrap();
        assert_eq!((url.inspector(), url.origin()), (Some(id), format!("lanehook://inspect/{id}")));
        assert_eq!(url.redacted(), format!("lanehook://inspect/{id}/services/…?token=…"));
        assert_eq!(url.credentials(&[]), ["x8KkQpLmN20aBcDeF", "abcdef"]);
        assert_eq!(TargetUrl::kept(url.as_str()).as_ref(), Ok(&url));
        let other = format!("https://inspect/{id}");
        assert_eq!(TargetUrl::parse(&other).unwrap().inspector(), None);
    }

    #[test]
    fn tokens_are_known_as_they_are_and_decoded() {
        let known = |text: &str| TargetUrl::parse(text).unwrap().credentials(&[1]);
        let all = ["bot12:AbC-dEf", "short%20one", "short one", "a%2fb", "a/b", "production", "deadbeef"];
        let url = "https://h.example/bot12:AbC-dEf/short%20one/x?token=a%2fb&&channel=production&sig=deadbeef";
        assert_eq!(known(url), all);
        assert_eq!(known("https://h.example/hook"), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_a_target_is_refused_with_a_reason() {
        for (text, reason) in [
            ("ftp://example.com/", "scheme `ftp`"),
            ("localhost:9107/hook", "has no scheme"),
            ("127.0.0.1:9107/", "has no scheme"),
            ("[::1]:9107", "has no scheme"),
            ("example.com/hook", "has no scheme"),
            ("mailto:a@example.com", "scheme `mailto`"),
            ("file:///etc/passwd", "scheme"),
            ("/hook", "not a URL"),
            ("https:///nohost", "no host"),
            ("https:/\\evil.example/", "no host"),
            ("https://user:pass@example.com/", "user name"),
            ("https://example.com/#part", "fragment"),
            ("lanehook://inspect/ins_1", "POST /api/v1/inspectors"),
            ("lanehook://inspect/ins_00000000000000000000000000#a", "fragment"),
            ("lanehook://inspect:80/ins_00000000000000000000000000", "POST /api/v1/inspectors"),
            ("lanehook://a@inspect/ins_00000000000000000000000000", "user name"),
            ("lanehook:/inspect/ins_00000000000000000000000000", "POST /api/v1/inspectors"),
        ] {
            let error = TargetUrl::parse(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_and_redacted_without_panic(text in "(https?://)?\\PC*") {
            if let Ok(url) = TargetUrl::parse(&text) {
                let _ = url.redacted();
            }
        }

        #[test]
        fn what_is_kept_of_a_url_reads_back(path in "[ é%a-z]{0,900}") {
            if let Ok(url) = TargetUrl::parse(&format!("https://h.example/{path}")) {
                prop_assert_eq!(TargetUrl::parse(url.as_str()), Ok(url));
            }
        }
    }
}
