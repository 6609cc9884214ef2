//! Which URLs belong to a platform, and which parts of them are credentials.

use regex::Regex;

use crate::model::TargetUrl;

/// What a platform's URLs look like.
#[derive(Clone, Debug)]
pub struct Address {
    /// The host, from its first to its last character; none for what people host themselves.
    pub host: Option<Regex>,
    /// The path, likewise. Groups whose name begins with `secret` are credentials.
    pub path: Option<Regex>,
    /// Parameters that the query must have.
    pub query: Vec<String>,
    /// One to show.
    pub example: String,
}

impl Address {
    /// Whether requests for the platform can go there. The host is left alone if `any_host`, as tests and proxies need. To an
    /// inspector all can go: it is there to see what the platform would be sent.
    pub fn check(&self, name: &str, url: &TargetUrl, any_host: bool) -> Result<(), String> {
        let refuse = |what: String| Err(format!("{what}; the URL that {name} gives looks like {}", self.example));
        if url.inspector().is_some() {
            return Ok(());
        }
        let url = url.url();
        let host = url.host_str().unwrap_or_default();
        if let Some(pattern) = self.host.as_ref().filter(|_| !any_host) {
            if !pattern.is_match(host) {
                return refuse(format!("`{host}` is no host of {name}"));
            }
            if url.scheme() != "https" || url.port().is_some() {
                return refuse(format!("{name} is reached by https on its usual port"));
            }
        }
        // The path is not repeated: it may hold a credential.
        if self.path.as_ref().is_some_and(|pattern| !pattern.is_match(url.path())) {
            return refuse(format!("this path is none of {name}"));
        }
        match self.query.iter().find(|needed| url.query_pairs().all(|(name, _)| name != needed.as_str())) {
            Some(missing) => refuse(format!("the parameter `{missing}` is missing in the URL's query")),
            None => Ok(()),
        }
    }

    /// The URL for logs and records: besides what [`TargetUrl::redacted`] hides, the path segments in which the
    /// platform has its credentials.
    pub fn redact(&self, url: &TargetUrl) -> String {
        url.redacted_also(&self.secret_segments(url.url().path()))
    }

    /// What [`TargetUrl::credentials`] knows, and those path segments.
    pub fn credentials(&self, url: &TargetUrl) -> Vec<String> {
        url.credentials(&self.secret_segments(url.url().path()))
    }

    /// The path segments that hold a credential, counted from 0.
    fn secret_segments(&self, path: &str) -> Vec<usize> {
        let Some((pattern, found)) = self.path.as_ref().and_then(|p| Some((p, p.captures(path)?))) else {
            return Vec::new();
        };
        let names = pattern.capture_names().flatten().filter(|name| name.starts_with("secret"));
        let mut segments = Vec::new();
        for group in names.filter_map(|name| found.name(name)) {
            let before = |end: usize| path.bytes().take(end).filter(|byte| *byte == b'/').count().saturating_sub(1);
            segments.extend(before(group.start())..=before(group.end()));
        }
        segments
    }
}
