//! What somebody remembers of a webhook: a part of its name or host, or where it is. Pure.

use url::Url;

use crate::webhook::Webhook;

/// A text by which webhooks are looked for. What of a URL is behind its host may hold a credential, and is for nobody to look up: of one
/// that is given, it is passed over.
pub(super) struct Sought {
    lower: String,
    place: Option<Place>,
}

/// Where a receiver is.
#[derive(PartialEq, Eq, Debug)]
struct Place {
    /// Its host; of an address that is no whole URL, how it ends.
    host: String,
    is_whole: bool,
    port: Option<u16>,
}

impl Sought {
    /// A text: also a URL, or a host with its port.
    pub fn of(text: &str) -> Sought {
        Sought { lower: text.to_lowercase(), place: Place::of(text) }
    }

    /// Whether it is about this webhook.
    pub fn is(&self, webhook: &Webhook) -> bool {
        let is_in = |part: &str| part.to_lowercase().contains(&self.lower);
        let url = webhook.settings.url.url();
        let is_there = |place: &Place| place.is_of(url);
        is_in(&webhook.settings.name) || url.host_str().is_some_and(is_in) || self.place.as_ref().is_some_and(is_there)
    }
}

impl Place {
    fn of(text: &str) -> Option<Place> {
        let is_whole = text.contains("://");
        let url = if is_whole { Url::parse(text) } else { Url::parse(&format!("https://{text}")) }.ok()?;
        let written = text.split(['/', '?', '#']).next().and_then(|host| host.rsplit_once(':')).map(|(_, port)| port);
        let port = match is_whole {
            true => url.port_or_known_default(),
            // The one that a scheme has by default is left out of a URL that is read, and was written all the same.
            false => url.port().or_else(|| written?.parse().ok()),
        };
        Some(Place { host: url.host_str()?.to_owned(), is_whole, port })
    }

    fn is_of(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let is_host = if self.is_whole { host == self.host } else { host.ends_with(&self.host) };
        is_host && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_url_by_address_and_by_how_its_host_ends() {
        let is_of = |text: &str, url: &str| Place::of(text).is_some_and(|place| place.is_of(&url.parse().unwrap()));
        let (usual, other) = ("https://hooks.acme.example/a?b=c", "https://hooks.acme.example:8443/");
        for (text, is_usual, is_other) in [
            ("https://hooks.acme.example", true, false),
            ("https://HOOKS.acme.example/another/path?q#f", true, false),
            ("https://hooks.acme.example:8443/a", false, true),
            ("http://hooks.acme.example/a", false, false),
            ("https://acme.example/", false, false),
            ("hooks.acme.example:8443", false, true),
            ("acme.example:443", true, false),
            ("acme.example/a", true, true),
            ("acme.example", true, true),
            ("other.example:443", false, false),
            ("8443", false, false),
        ] {
            assert_eq!((is_of(text, usual), is_of(text, other)), (is_usual, is_other), "{text}");
        }
        assert!(is_of("[::1]:9000", "http://[::1]:9000/") && is_of("127.0.0.1:80", "http://127.0.0.1/"));
    }
}
