//! The dialects of senders that are not lanehook, with what they publish themselves, and over `http`.

#[cfg(feature = "twilio")]
use lanehook_signature::MessageKey;
#[cfg(any(feature = "twilio", feature = "testing"))]
use lanehook_signature::Secret;
#[cfg(any(feature = "twilio", feature = "testing"))]
use lanehook_signature::VerifyError;
use lanehook_signature::{Dialect, Verifier};

use crate::vectors::{text, vectors};

#[test]
fn slack_signs_as_it_documents() {
    for vector in vectors("slack") {
        let verifier = Verifier::from_text(Dialect::Slack, text(&vector, "secret")).unwrap();
        let time = vector["timestamp"].to_string();
        let header = |name: &str| match name {
            "x-slack-request-timestamp" => Some(time.as_str()),
            "x-slack-signature" => vector["signature"].as_str(),
            _ => None,
        };
        let now = vector["timestamp"].as_i64().unwrap();
        assert_eq!(verifier.verify(header, text(&vector, "body").as_bytes(), now), Ok(()));
    }
}

#[cfg(feature = "twilio")]
#[test]
fn twilio_signs_as_its_libraries_do() {
    for vector in vectors("twilio") {
        let url = text(&vector, "url");
        let (path, _) = url.split_once('?').unwrap();
        let twilio = |url: &str| Dialect::Twilio { url: url.to_owned() };
        let header = |name: &str| (name == "x-twilio-signature").then(|| text(&vector, "signature"));
        let body = text(&vector, "body").as_bytes();
        let verifier = Verifier::from_text(twilio(path), text(&vector, "secret")).unwrap();
        assert!(verifier.accept_at(url, header, body, 0).is_ok());
        assert_eq!(verifier.accept(header, body, 0), Err(VerifyError::NoMatch), "the query is signed");
        assert!(Verifier::from_text(twilio(url), text(&vector, "secret")).unwrap().accept(header, body, 0).is_ok());
    }
}

/// Twilio's signed text has no borders in it, so a recorded request can be cut anew. It is the same message then.
#[cfg(feature = "twilio")]
#[test]
fn a_request_of_twilio_that_is_cut_anew_is_the_same_message() {
    let dialect = Dialect::Twilio { url: "https://example.com/sms".to_owned() };
    let secret = Secret::parse("the auth token").unwrap();
    let headers = crate::sign(&dialect, Default::default(), std::slice::from_ref(&secret), &crate::message(b"A=1&B=2"));
    let verifier = Verifier::new(dialect, &secret).unwrap();
    let key = |body: &[u8]| -> Result<MessageKey, VerifyError> {
        verifier.accept(|name| crate::header(&headers, name), body, 0).map(|received| received.key)
    };
    let sent = key(b"A=1&B=2").unwrap();
    assert_eq!(key(b"A1=B2"), Ok(sent));
    assert_eq!(key(b"B=2&A=1"), Ok(sent));
    assert_eq!(key(b"A=1&B=3"), Err(VerifyError::NoMatch));
}

#[cfg(feature = "testing")]
mod over_http {
    use http::{HeaderMap, Request};
    use lanehook_signature::testing::Sender;

    use super::*;

    fn all() -> Vec<(Dialect, Secret)> {
        let (whsec, text) = (Secret::generate_hmac([7; 32]), Secret::parse("any text").unwrap());
        let mut all = vec![
            (Dialect::Standard, whsec.clone()),
            (Dialect::Standard, Secret::generate_ed25519([7; 32])),
            (Dialect::Svix, whsec),
            (Dialect::Discord, Secret::generate_ed25519([7; 32])),
        ];
        let by_text = [
            Dialect::Hub,
            Dialect::GitHub,
            Dialect::Plain,
            crate::timestamped("X-PT-Signature", ""),
            Dialect::Stripe,
            Dialect::Slack,
            Dialect::Shopify,
            crate::square(),
            #[cfg(feature = "twilio")]
            Dialect::Twilio { url: "https://example.com/sms".to_owned() },
        ];
        all.extend(by_text.map(|dialect| (dialect, text.clone())));
        all
    }

    #[test]
    fn what_is_signed_now_is_accepted_and_nothing_twice() {
        for (dialect, secret) in all() {
            let request: Request<Vec<u8>> =
                Sender::new(dialect.clone(), &secret).unwrap().request("/webhooks", "A=1&B=2");
            let verifier = Verifier::new(dialect.clone(), &secret).unwrap();
            let accepted = verifier.verify_http(request.headers(), request.body());
            assert!(accepted.is_ok(), "{dialect:?}: {accepted:?}");
            assert!(verifier.verify_http(request.headers(), b"A=1&B=3").is_err(), "{dialect:?}");
            assert!(verifier.verify_http(&HeaderMap::new(), request.body()).is_err(), "{dialect:?}");
            let signature = request.headers().keys().find(|name| {
                let name = name.as_str();
                name.contains("signature") && !name.contains("timestamp") || name.contains("hmac")
            });
            let signature = signature.unwrap().clone();
            let mut twice = request.headers().clone();
            twice.append(&signature, twice[&signature].clone());
            assert_eq!(
                verifier.verify_http(&twice, request.body()).unwrap_err().to_string(),
                format!("the header {signature} stands there more than once")
            );
        }
    }

    #[test]
    fn an_old_request_is_refused_where_its_time_is_signed() {
        for (dialect, secret) in all() {
            let request: Request<Vec<u8>> =
                Sender::new(dialect.clone(), &secret).unwrap().at(1_600_000_000).request("/", "A=1");
            let verifier = Verifier::new(dialect.clone(), &secret).unwrap();
            let refused = verifier.verify_http(request.headers(), request.body()).is_err();
            assert_eq!(refused, verifier.replay_window().is_some(), "{dialect:?}");
        }
    }

    #[test]
    fn the_url_that_is_signed_can_be_named_for_each_request() {
        let secret = Secret::parse("any text").unwrap();
        let at = |url: &str| Dialect::Square { url: url.to_owned() };
        let request: Request<Vec<u8>> =
            Sender::new(at("https://example.com/a?b=1"), &secret).unwrap().request("/a?b=1", "{}");
        let verifier = Verifier::new(at("https://example.com/a"), &secret).unwrap();
        assert!(verifier.verify_http(request.headers(), request.body()).is_err());
        assert!(verifier.verify_http_at("https://example.com/a?b=1", request.headers(), request.body()).is_ok());
    }

    /// Without the layer, too: what a handler reads in the query was verified.
    #[test]
    fn a_request_is_verified_with_its_query() {
        let secret = Secret::parse("any text").unwrap();
        let at = |url: &str| Dialect::Square { url: url.to_owned() };
        let verifier = Verifier::new(at("https://example.com/a?b=1"), &secret).unwrap();
        let verdict = |uri: &str| {
            let request = Sender::new(at("https://example.com/a?b=1"), &secret).unwrap().request::<Vec<u8>>(uri, "{}");
            let (head, body) = request.into_parts();
            verifier.verify_request(&head, &body).map(drop)
        };
        assert_eq!(verdict("/inside?b=1"), Ok(()));
        let other = Err(VerifyError::Query { problem: "is not the one that the receiver is set up with" });
        for uri in ["/inside", "/inside?", "/inside?b=2", "/inside?b=12", "/inside?c=1&b=1"] {
            assert_eq!(verdict(uri), other, "{uri}");
        }
        assert_eq!(verdict("/inside?b=1&c=2"), Err(VerifyError::NoMatch), "a query that nobody signed");
        let unfit = Err(VerifyError::Query { problem: "has characters in it that no URL has" });
        assert_eq!(verdict("/inside?b=1&c={"), unfit);
        // What is set is taken as it is, whatever is in it.
        let odd = at("https://example.com/a?b[]={}");
        let request = Sender::new(odd.clone(), &secret).unwrap().request::<Vec<u8>>("/inside?b[]={}", "{}");
        let (head, body) = request.into_parts();
        assert!(Verifier::new(odd, &secret).unwrap().verify_request(&head, &body).is_ok());
    }

    /// Twilio adds the hash of what is no form to the URL that is set.
    #[cfg(feature = "twilio")]
    #[test]
    fn twilios_json_is_signed_by_its_hash_in_the_query() {
        let secret = Secret::parse("the auth token").unwrap();
        for (query, others) in [("", "?"), ("?tenant=1", "&")] {
            let dialect = Dialect::Twilio { url: format!("https://example.com/sms{query}") };
            let sender = Sender::new(dialect.clone(), &secret).unwrap();
            let verifier = Verifier::new(dialect.clone(), &secret).unwrap();
            for body in ["{}", "[]", "{\"sid\": \"SM1\"}"] {
                let request: Request<Vec<u8>> = sender.request(&format!("/inside{query}"), body);
                let (head, sent) = request.into_parts();
                let uri = head.uri.to_string();
                assert!(uri.starts_with(&format!("/inside{query}{others}bodySHA256=")), "{uri}");
                assert!(verifier.verify_request(&head, &sent).is_ok(), "{uri} {body}");
                assert!(verifier.verify_request(&head, b"{ }").is_err(), "{uri}");
                // Set with the hash, it is sent as it is.
                let dialect = Dialect::Twilio { url: format!("https://example.com{}", &uri["/inside".len()..]) };
                let again: Request<Vec<u8>> = Sender::new(dialect.clone(), &secret).unwrap().request(&uri, body);
                assert_eq!(*again.uri(), *uri);
                let (head, sent) = again.into_parts();
                assert!(Verifier::new(dialect, &secret).unwrap().verify_request(&head, &sent).is_ok(), "{uri}");
            }
            let form: Request<Vec<u8>> = sender.request(&format!("/inside{query}"), "A=1");
            assert_eq!(*form.uri(), *format!("/inside{query}"));
        }
    }
}
