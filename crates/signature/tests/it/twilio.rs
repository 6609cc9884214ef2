//! What Twilio signs has no borders in it, and people choose some of what is in it: parts of one request that are sent as another.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Request, header};
use lanehook_signature::{Dialect, Secret, SignError, Verifier, VerifyError};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::{Headers, message};

const SET: &str = "https://shop.example/p";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn secret() -> Secret {
    Secret::parse("the auth token").unwrap()
}

fn at(url: &str) -> Dialect {
    Dialect::Twilio { url: url.to_owned() }
}

/// As Twilio signs this body for this URL.
fn signed(url: &str, body: &str) -> Headers {
    crate::sign(&at(url), Default::default(), &[secret()], &message(body.as_bytes()))
}

fn hash(body: &str) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a receiver that is set up with this URL says of a request.
fn verdict(set: &str, headers: &Headers, kind: Option<&str>, uri: &str, body: &str) -> Result<(), VerifyError> {
    let mut request = Request::post(uri);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    if let Some(kind) = kind {
        request = request.header(header::CONTENT_TYPE, kind);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    Verifier::new(at(set), &secret()).unwrap().verify_request(&head, body.as_bytes()).map(drop)
}

/// Whoever calls from a browser chooses the names of fields: `?bodySHA256=…&x`, which the fields follow.
#[test]
fn a_fields_name_is_no_hash_of_a_body() {
    let evil = r#"{"any":"body that an attacker likes"}"#;
    for (set, first, query) in [(SET, '?', ""), ("https://shop.example/p?tenant=1", '&', "tenant=1&")] {
        for last in ["", "&zzz=%26bodySHA256%3D"] {
            let last = if last.is_empty() { String::new() } else { format!("{last}{}", hash(evil)) };
            let name = format!("{}bodySHA256%3D{}%26x", if first == '?' { "%3F" } else { "%26" }, hash(evil));
            let call = format!("{name}=y&AccountSid=AC1&To=1999{last}");
            let headers = signed(set, &call);
            let uri = "/p".to_owned() + if query.is_empty() { "" } else { "?tenant=1" };
            assert_eq!(verdict(set, &headers, Some(FORM), &uri, &call), Ok(()), "the call itself");
            let fields = "xyAccountSidAC1To1999".to_owned()
                + &if last.is_empty() { String::new() } else { format!("zzz&bodySHA256={}", hash(evil)) };
            let cut = format!("/p?{query}bodySHA256={}&{fields}", hash(evil));
            for kind in [Some(JSON), Some("text/plain"), Some(FORM), Some("APPLICATION/json; charset=utf-8"), None] {
                assert!(verdict(set, &headers, kind, &cut, evil).is_err(), "{set} {kind:?} {cut}");
            }
        }
    }
}

#[test]
fn a_hash_counts_behind_the_url_that_is_set() {
    let body = r#"{"sid":"SM1"}"#;
    let hashed = |url: &str| format!("{url}bodySHA256={}", hash(body));
    for (set, uri, accepted) in [
        (SET.to_owned(), hashed("/p?"), true),
        ("https://shop.example:443/p".to_owned(), hashed("/p?"), true),
        (format!("{SET}?a=1"), hashed("/p?a=1&"), true),
        (hashed(&format!("{SET}?a=1&")), hashed("/p?a=1&"), true),
        (SET.to_owned(), hashed("/p?a=1&"), false),
        (SET.to_owned(), format!("{}&a=1", hashed("/p?")), false),
        (SET.to_owned(), hashed("/p?x"), false),
    ] {
        let headers = over(&format!("https://shop.example{uri}"));
        assert_eq!(verdict(&set, &headers, Some(JSON), &uri, body).is_ok(), accepted, "{set} {uri}");
    }
}

/// A signature over this URL and nothing else, as Twilio makes it for a body that is no form.
fn over(url: &str) -> Headers {
    let mut mac = Hmac::<Sha1>::new_from_slice(b"the auth token").unwrap();
    mac.update(url.as_bytes());
    vec![("x-twilio-signature".to_owned(), STANDARD.encode(mac.finalize().into_bytes()))]
}

#[test]
fn a_body_is_read_as_what_it_says_it_is() {
    let form = "A=1&B=2";
    let headers = signed(SET, form);
    for (kind, accepted) in [
        (Some(FORM), true),
        (Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8"), true),
        (None, true),
        (Some(JSON), false),
        (Some("text/plain"), false),
        (Some(""), false),
    ] {
        assert_eq!(verdict(SET, &headers, kind, "/p", form).is_ok(), accepted, "{kind:?}");
    }
    let body = r#"{"sid":"SM1"}"#;
    let uri = format!("/p?bodySHA256={}", hash(body));
    let headers = over(&format!("https://shop.example{uri}"));
    assert_eq!(verdict(SET, &headers, Some(JSON), &uri, body), Ok(()));
    assert!(verdict(SET, &headers, Some(FORM), &uri, body).is_err());

    let mut twice = signed(SET, form);
    twice.extend([FORM, JSON].map(|kind| ("content-type".to_owned(), kind.to_owned())));
    let problem = verdict(SET, &twice, None, "/p", form).unwrap_err();
    assert_eq!(problem.to_string(), "the header content-type stands there more than once");
}

/// Twilio sorts the values of one name before it signs, so their order is nobody's word.
#[test]
fn the_values_of_one_name_come_once_and_in_order() {
    let headers = signed(SET, "A=1&A=2&B=3");
    for (form, accepted) in [
        ("A=1&A=2&B=3", true),
        ("B=3&A=1&A=2", true),
        ("A=2&A=1&B=3", false),
        ("A=1&A=2&A=1&B=3", false),
        ("A=1&A=2&A=2&B=3", false),
        ("A=1&A=2&B=3&B=3", false),
    ] {
        assert_eq!(verdict(SET, &headers, Some(FORM), "/p", form).is_ok(), accepted, "{form}");
    }
    let unsigned = lanehook_signature::sign(&at(SET), Default::default(), &[secret()], &message(b"A=2&A=1"));
    assert_eq!(unsigned, Err(SignError::Body));
}

/// The hash is under the signature and the fields are none: a form without fields would be signed alike.
#[test]
fn a_url_with_a_hash_is_for_no_form() {
    let body = r#"{"sid":"SM1"}"#;
    let uri = format!("/p?bodySHA256={}", hash(body));
    let headers = over(&format!("https://shop.example{uri}"));
    for form in ["", "&", "=", "&=&", body] {
        for kind in [Some(FORM), Some("application/x-www-form-urlencoded;"), Some(JSON), Some("text/plain"), None] {
            let accepted = form == body && kind.is_none_or(|kind| !kind.starts_with(FORM));
            assert_eq!(verdict(SET, &headers, kind, &uri, form).is_ok(), accepted, "{form:?} {kind:?}");
        }
    }
    // Neither where the hash does not count, since something else stands before it.
    let uri = format!("/p?a=1&bodySHA256={}", hash(body));
    let headers = over(&format!("https://shop.example{uri}"));
    for kind in [Some(FORM), Some(JSON), None] {
        assert!(["", "&", body].iter().all(|body| verdict(SET, &headers, kind, &uri, body).is_err()), "{kind:?}");
    }
}

/// A name that begins with a port stands behind a URL without a path as a port would.
#[test]
fn a_fields_name_is_no_port() {
    for (set, signed, port, field) in [
        ("https://shop.example", "https://shop.example:443A1B2", "A=1&B=2", ":443A=1&B=2"),
        ("http://shop.example", "http://shop.example:80A1B2", "A=1&B=2", ":80A=1&B=2"),
    ] {
        let headers = over(signed);
        assert_eq!(verdict(set, &headers, Some(FORM), "/", field), Ok(()), "{set}");
        assert!(verdict(set, &headers, Some(FORM), "/", port).is_err(), "one request, in one way: {set}");
        let set = signed.strip_suffix("A1B2").unwrap();
        assert_eq!(verdict(set, &headers, Some(FORM), "/", port), Ok(()), "{set}");
        assert!(verdict(set, &headers, Some(FORM), "/", field).is_err(), "{set}");
    }
    for (set, port) in [("https://shop.example/", ":443/"), ("https://shop.example?a=1", ":443?a=1")] {
        let headers = over(&format!("https://shop.example{port}A1B2"));
        let uri = if set.ends_with('/') { "/" } else { "/?a=1" };
        assert_eq!(verdict(set, &headers, Some(FORM), uri, "A=1&B=2"), Ok(()), "{set}");
    }
}
