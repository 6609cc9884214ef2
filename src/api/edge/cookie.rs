//! The cookie of a session (RFC 6265bis). Pages cannot read it, and other sites' pages do not send it.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header::COOKIE};

use crate::access::KeyText;

/// Its name where browsers speak to the server without TLS, which is for development.
const PLAIN: &str = "lanehook_session";
/// Its name with TLS: browsers take one that begins so only from this host, for this host, over TLS.
const SECURE: &str = "__Host-lanehook_session";

/// Bytes of a cookie that are looked at.
const LONGEST: usize = 256;

/// Where it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// From pages of the server itself.
    Own,
    /// From pages of the server in a frame of another site, too: browsers keep one for each such site.
    Framed,
}

/// What a browser is told to keep. `secure`: whether it speaks TLS with the server.
pub fn set(text: &KeyText, kind: Kind, secure: bool, lasts: Duration) -> HeaderValue {
    let (name, seconds) = (name(secure), lasts.as_secs());
    let where_sent = match (kind, secure) {
        (Kind::Own, true) => "; SameSite=Strict; Secure",
        (Kind::Own, false) => "; SameSite=Strict",
        (Kind::Framed, true) => "; SameSite=None; Secure; Partitioned",
        // Browsers send none from a frame of another site without TLS.
        (Kind::Framed, false) => "; SameSite=Lax",
    };
    let cookie = format!("{name}={}; Path=/; HttpOnly; Max-Age={seconds}{where_sent}", text.expose());
    let mut value = HeaderValue::try_from(cookie).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// What a browser is told to forget: that of either kind, since a partitioned one is another.
pub fn taken_back(secure: bool) -> [HeaderValue; 2] {
    [Kind::Own, Kind::Framed].map(|kind| set(&KeyText::given(""), kind, secure, Duration::ZERO))
}

/// The session's text in a request's headers. Of several the first of TLS counts, since only this server can have set it.
pub fn shown(headers: &HeaderMap) -> Option<&[u8]> {
    let pairs = || {
        let lines = headers.get_all(COOKIE).iter().flat_map(|line| line.as_bytes().split(|&byte| byte == b';'));
        lines.map(<[u8]>::trim_ascii).filter_map(|pair| {
            let equals = pair.iter().position(|&byte| byte == b'=')?;
            Some((&pair[..equals], &pair[equals + 1..]))
        })
    };
    let named = |name: &str| pairs().find(|(found, _)| *found == name.as_bytes()).map(|(_, value)| value);
    named(SECURE).or_else(|| named(PLAIN)).filter(|text| (1..=LONGEST).contains(&text.len()))
}

fn name(secure: bool) -> &'static str {
    if secure { SECURE } else { PLAIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&'static str]) -> Option<Vec<u8>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_static(line));
        }
        shown(&headers).map(<[u8]>::to_vec)
    }

    #[test]
    fn the_sessions_cookie_is_found_among_others() {
        assert_eq!(of(&["a=b; lanehook_session=lhs_1"]).as_deref(), Some(&b"lhs_1"[..]));
        assert_eq!(of(&["a=b", "lanehook_session=lhs_1 ;x"]).as_deref(), Some(&b"lhs_1"[..]));
        let both = of(&["lanehook_session=planted; __Host-lanehook_session=lhs_1"]);
        assert_eq!(both.as_deref(), Some(&b"lhs_1"[..]), "another host of the site can plant one without the prefix");
        for none in [&[][..], &["a=b"], &["lanehook_session="], &["xlanehook_session=1"], &["lanehook_session"]] {
            assert_eq!(of(none), None, "{none:?}");
        }
    }

    #[test]
    fn pages_cannot_read_it_and_other_sites_do_not_send_it() {
        let text = KeyText::given("lhs_1");
        let set = |kind, secure| set(&text, kind, secure, Duration::from_secs(60)).to_str().unwrap().to_owned();
        assert_eq!(
            set(Kind::Own, true),
            "__Host-lanehook_session=lhs_1; Path=/; HttpOnly; Max-Age=60; SameSite=Strict; Secure"
        );
        assert_eq!(set(Kind::Own, false), "lanehook_session=lhs_1; Path=/; HttpOnly; Max-Age=60; SameSite=Strict");
        let framed = set(Kind::Framed, true);
        assert!(framed.ends_with("; SameSite=None; Secure; Partitioned"), "{framed}");
        assert!(set(Kind::Framed, false).ends_with("; SameSite=Lax"));
    }
}
