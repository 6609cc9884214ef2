//! The cookies of sessions (RFC 6265bis). Pages cannot read them, and other sites' pages do not send the dashboard's.
//!
//! The dashboard and the portal have a cookie each, so that a portal in a frame of the operator's own site leaves the operator signed in.
//! Of each only the one name is taken that this server sets itself: with TLS one that begins with `__Host-`, which browsers take only from
//! this host, for this host, over TLS. One without could be of anybody who stands between, or on a host beside this one.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header::COOKIE};

use crate::{access::KeyText, model::Session};

/// Bytes of a cookie that are looked at.
const LONGEST: usize = 256;

/// Whose it is, and by that where it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The dashboard's: from pages of the server itself.
    Own,
    /// A portal's: from pages of the server in a frame of another site, too. Browsers keep one for each such site.
    Framed,
}

impl Kind {
    /// That of this session.
    pub fn of(session: &Session) -> Kind {
        if session.portal.is_some() { Kind::Framed } else { Kind::Own }
    }

    /// Without TLS for development only.
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Kind::Own, true) => "__Host-lanehook_session",
            (Kind::Own, false) => "lanehook_session",
            (Kind::Framed, true) => "__Host-lanehook_portal",
            (Kind::Framed, false) => "lanehook_portal",
        }
    }
}

/// What a browser is told to keep. `secure`: whether it speaks TLS with the server.
pub fn set(text: &KeyText, kind: Kind, secure: bool, lasts: Duration) -> HeaderValue {
    let (name, seconds) = (kind.name(secure), lasts.as_secs());
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

/// What a browser is told to forget.
pub fn taken_back(kind: Kind, secure: bool) -> HeaderValue {
    set(&KeyText::given(""), kind, secure, Duration::ZERO)
}

/// The text of the session of this kind in a request's headers. Of two of one name nobody knows which is meant: then there is none.
pub fn shown(headers: &HeaderMap, kind: Kind, secure: bool) -> Option<&[u8]> {
    let name = kind.name(secure).as_bytes();
    let lines = headers.get_all(COOKIE).iter().flat_map(|line| line.as_bytes().split(|&byte| byte == b';'));
    let mut values = lines.map(<[u8]>::trim_ascii).filter_map(|pair| {
        let equals = pair.iter().position(|&byte| byte == b'=')?;
        (&pair[..equals] == name).then_some(&pair[equals + 1..])
    });
    let first = values.next()?;
    let is_alone = values.all(|other| other == first);
    (is_alone && (1..=LONGEST).contains(&first.len())).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, secure: bool, lines: &[&'static str]) -> Option<Vec<u8>> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_static(line));
        }
        shown(&headers, kind, secure).map(<[u8]>::to_vec)
    }

    #[test]
    fn the_sessions_cookie_is_found_among_others() {
        let own = |lines: &[&'static str]| of(Kind::Own, false, lines);
        assert_eq!(own(&["a=b; lanehook_session=lhs_1"]).as_deref(), Some(&b"lhs_1"[..]));
        assert_eq!(own(&["a=b", "lanehook_session=lhs_1 ;x"]).as_deref(), Some(&b"lhs_1"[..]));
        for none in [
            &[][..],
            &["a=b"],
            &["lanehook_session="],
            &["xlanehook_session=1"],
            &["lanehook_session"],
            &["lanehook_session=lhs_1", "lanehook_session=lhs_2"],
        ] {
            assert_eq!(own(none), None, "{none:?}");
        }
    }

    #[test]
    fn only_the_name_counts_that_this_server_sets() {
        let all = "lanehook_session=a; __Host-lanehook_session=b; lanehook_portal=c; __Host-lanehook_portal=d";
        for (kind, secure, text) in
            [(Kind::Own, false, b"a"), (Kind::Own, true, b"b"), (Kind::Framed, false, b"c"), (Kind::Framed, true, b"d")]
        {
            assert_eq!(of(kind, secure, &[all]).as_deref(), Some(&text[..]));
            let (name, value) = (kind.name(secure), str::from_utf8(text).unwrap());
            let others: Vec<&str> = all.split("; ").filter(|pair| *pair != format!("{name}={value}")).collect();
            let others: &'static str = Box::leak(others.join("; ").into_boxed_str());
            assert_eq!(of(kind, secure, &[others]), None, "{kind:?} {secure}");
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
