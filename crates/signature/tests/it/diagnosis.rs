//! Why a signature fits nothing: what can be proved is said, what cannot is left open, and nothing is accepted for it.

use std::time::Duration;

use lanehook_signature::{Algorithm, Alteration, Dialect, Otherwise, Secret, Verifier, VerifyError};
use proptest::prelude::*;

use crate::{NOW, bodies, header, message, schemes, sign, timestamped, verify};

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "\\PC{0,12}".prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            proptest::collection::btree_map(".{0,8}", inner, 0..5)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    });
    proptest::collection::vec(value, 0..4).prop_map(Into::into)
}

proptest! {
    // Each case looks for a cause, with Ed25519 unoptimised.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_line_end_more_or_less_is_told(scheme in schemes(), body in bodies(), end in prop_oneof![Just("\n"), Just("\r\n")]) {
        // A body that ends in half a line end is another question.
        prop_assume!(!body.ends_with(b"\r") && !body.ends_with(b"\n"));
        let longer = [&body, end.as_bytes()].concat();
        let told = |signed: &[u8], received: &[u8]| {
            verify(&scheme.verifier(), &scheme.sign(&message(signed)), received)
        };
        let altered = |how| Err(VerifyError::AlteredBody { how });
        prop_assert_eq!(told(&body, &longer), altered(Alteration::NewlineAdded));
        prop_assert_eq!(told(&longer, &body), altered(Alteration::NewlineRemoved));
    }

    #[test]
    fn json_that_was_parsed_and_written_again_is_told(scheme in schemes(), value in json()) {
        let sent = serde_json::to_vec(&value).unwrap();
        let written = serde_json::to_vec_pretty(&value).unwrap();
        prop_assume!(sent != written);
        let result = verify(&scheme.verifier(), &scheme.sign(&message(&sent)), &written);
        prop_assert_eq!(result, Err(VerifyError::AlteredBody { how: Alteration::JsonRewritten }));
    }

    /// The law of the whole search: it explains a refusal and never makes an acceptance of one.
    #[test]
    fn a_verifier_that_looks_for_causes_accepts_the_same(
        scheme in schemes(),
        body in bodies(),
        received in bodies(),
        same in any::<bool>(),
    ) {
        let headers = scheme.sign(&message(&body));
        let received = if same { &body } else { &received };
        let curt = verify(&scheme.verifier().without_diagnosis(), &headers, received);
        prop_assert_eq!(verify(&scheme.verifier(), &headers, received).is_ok(), curt.is_ok());
        prop_assert!(matches!(curt, Ok(()) | Err(VerifyError::NoMatch)));
    }

    /// No cause but one that anybody can see without the secret is told of a request that nobody signed.
    #[test]
    fn an_unsigned_request_is_told_nothing(scheme in schemes(), body in bodies(), tag in any::<[u8; 32]>()) {
        let mut headers = scheme.sign(&message(&body));
        let forged = crate::Scheme {
            secret: if scheme.secret.is_ed25519() { Secret::generate_ed25519(tag) } else { Secret::generate_hmac(tag) },
            ..scheme.clone()
        };
        headers.last_mut().unwrap().1 = forged.sign(&message(&body)).pop().unwrap().1;
        for received in [body.clone(), [&body, &b"\n"[..]].concat()] {
            prop_assert_eq!(verify(&scheme.verifier(), &headers, &received), Err(VerifyError::NoMatch));
        }
    }
}

fn told(signed: &[u8], received: &[u8]) -> Result<(), VerifyError> {
    let secret = Secret::parse(WHSEC).unwrap();
    let headers = sign(&Dialect::Standard, Algorithm::Sha256, std::slice::from_ref(&secret), &message(signed));
    verify(&Verifier::new(Dialect::Standard, &secret).unwrap(), &headers, received)
}

#[test]
fn the_usual_accidents_are_told() {
    let cases: [(&[u8], &[u8], Alteration); 12] = [
        // Written by JavaScript, by Python, by Python's defaults, by PHP, by Go.
        (br#"{"a": [1, 2]}"#, br#"{"a":[1,2]}"#, Alteration::JsonRewritten),
        (br#"{"a":[1,2]}"#, br#"{"a": [1, 2]}"#, Alteration::JsonRewritten),
        ("{\"a\":\"Zürich 😀\"}".as_bytes(), br#"{"a": "Z\u00fcrich \ud83d\ude00"}"#, Alteration::JsonRewritten),
        (br#"{"a":"http://x"}"#, br#"{"a":"http:\/\/x"}"#, Alteration::JsonRewritten),
        (br#"{"a":"<b>\u0001\n"}"#, br#"{"a":"\u003cb\u003e\u0001\u000a"}"#, Alteration::JsonRewritten),
        (br#"{"a": "Z\u00fcrich"}"#, "{\"a\":\"Zürich\"}".as_bytes(), Alteration::JsonRewritten),
        (br#"{"a":"Z\u00fcrich"}"#, "{\"a\":\"Zürich\"}".as_bytes(), Alteration::JsonRewritten),
        ("{\"a\": \"Zürich\"}".as_bytes(), br#"{"a":"Z\u00fcrich"}"#, Alteration::JsonRewritten),
        (b"a\nb", b"a\r\nb", Alteration::LineEnds),
        (b"a\r\nb\r\n", b"a\nb\n", Alteration::LineEnds),
        (br#"{"a":1}"#, b"eyJhIjoxfQ==", Alteration::Base64),
        (b"Z\xc3\xbcrich", "Z\u{c3}\u{bc}rich".as_bytes(), Alteration::Charset),
    ];
    for (signed, received, how) in cases {
        assert_eq!(told(signed, received), Err(VerifyError::AlteredBody { how }), "{}", received.escape_ascii());
    }
}

#[test]
fn what_cannot_be_proved_is_left_open() {
    // A number or a key that a parser changed is gone; so is whatever else is not JSON.
    for (signed, received) in [
        (&br#"{"a":1.0}"#[..], &br#"{"a":1}"#[..]),
        (br#"{"a":1,"b":2}"#, br#"{"b":2,"a":1}"#),
        (b"{\"a\":\"\\x\"}", b"{\"a\": \"\\x"),
        (b"{", b"{\"\\"),
        (b"[", b"[\"\\ud800\\u"),
    ] {
        assert_eq!(told(signed, received), Err(VerifyError::NoMatch));
    }
}

#[test]
fn another_length_than_announced_is_an_altered_body() {
    let secret = Secret::generate_hmac([7; 32]);
    let verifier = Verifier::new(Dialect::Hub, &secret).unwrap();
    let mut headers = sign(&Dialect::Hub, Algorithm::Sha256, &[secret], &message(b"some text"));
    headers.push(("content-length".to_owned(), "9".to_owned()));
    let how = Alteration::Length { sent: 9, received: 4 };
    assert_eq!(verify(&verifier, &headers, b"some"), Err(VerifyError::AlteredBody { how }));
    assert_eq!(verify(&verifier, &headers, b"same text"), Err(VerifyError::NoMatch));
    headers.last_mut().unwrap().1 = "-1".to_owned();
    assert_eq!(verify(&verifier, &headers, b"some"), Err(VerifyError::NoMatch));
}

/// Signs with the key that a mistaken sender has, and verifies as the dialect says.
fn signed_with(dialect: Dialect, sender: &str, receiver: &str) -> Result<(), VerifyError> {
    let headers = sign(&dialect, Algorithm::Sha256, &[Secret::parse(sender).unwrap()], &message(b"{}"));
    verify(&Verifier::new(dialect, &Secret::parse(receiver).unwrap()).unwrap(), &headers, b"{}")
}

#[test]
fn a_key_made_otherwise_of_the_same_secret_is_told() {
    use base64::Engine as _;
    let encoded = |key: &str| format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(key));
    let otherwise = |how| Err(VerifyError::SignedOtherwise { how });

    let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let bare = secret.strip_prefix("whsec_").unwrap();
    let as_text = |key| signed_with(Dialect::Standard, &encoded(key), secret);
    assert_eq!(as_text(secret), otherwise(Otherwise::KeyIsText));
    assert_eq!(as_text(bare), otherwise(Otherwise::KeyIsTextWithoutPrefix));
    assert_eq!(signed_with(Dialect::Hub, bare, secret), otherwise(Otherwise::KeyIsTextWithoutPrefix));

    // Bytes that are text too, so that they can be a secret of `hub`.
    let (decoded, secret) = ("twenty-four bytes of key", encoded("twenty-four bytes of key"));
    assert_eq!(signed_with(Dialect::Hub, decoded, &secret), otherwise(Otherwise::KeyIsDecoded));
    assert_eq!(signed_with(Dialect::Hub, decoded, decoded), Ok(()));
}

#[test]
fn another_separator_is_told() {
    let secret = Secret::generate_hmac([7; 32]);
    for (sender, receiver, separator) in [(".", "", "."), ("", ".", ""), (".", "|", ".")] {
        let [signing, verifying] = [sender, receiver].map(|separator| timestamped("X-PT-Signature", separator));
        let headers = sign(&signing, Algorithm::Sha512, std::slice::from_ref(&secret), &message(b"{}"));
        let verifier = Verifier::new(verifying, &secret).unwrap().with_algorithm(Algorithm::Sha512);
        let how = Otherwise::Separator { separator };
        assert_eq!(verify(&verifier, &headers, b"{}"), Err(VerifyError::SignedOtherwise { how }));
    }
}

#[test]
fn a_signature_of_another_kind_is_told() {
    let (shared, ed25519) = (Secret::generate_hmac([1; 32]), Secret::generate_ed25519([2; 32]));
    let told = |dialect: &Dialect, algorithm, sender: &Secret, receiver: &Secret| {
        let headers = sign(dialect, algorithm, std::slice::from_ref(sender), &message(b"{}"));
        verify(&Verifier::new(dialect.clone(), receiver).unwrap(), &headers, b"{}").unwrap_err().to_string()
    };
    assert_eq!(
        told(&Dialect::Standard, Algorithm::Sha256, &ed25519, &shared),
        "the request is signed with Ed25519 (v1a), but this verifier is set up for HMAC-SHA-256 (v1)"
    );
    assert_eq!(
        told(&Dialect::Standard, Algorithm::Sha256, &shared, &ed25519),
        "the request is signed with HMAC-SHA-256 (v1), but this verifier is set up for Ed25519 (v1a)"
    );
    for dialect in [Dialect::Hub, Dialect::Plain, timestamped("Stripe-Signature", ".")] {
        assert_eq!(
            told(&dialect, Algorithm::Sha512, &shared, &shared),
            "the request is signed with HMAC-SHA-512, but this verifier is set up for HMAC-SHA-256"
        );
    }
}

#[test]
fn another_dialect_is_told() {
    let secret = Secret::generate_hmac([1; 32]);
    let told = |sender: Dialect, receiver| {
        let headers = sign(&sender, Algorithm::Sha256, std::slice::from_ref(&secret), &message(b"{}"));
        verify(&Verifier::new(receiver, &secret).unwrap(), &headers, b"{}").unwrap_err().to_string()
    };
    assert_eq!(
        told(Dialect::Hub, Dialect::Plain),
        "the header x-webhook-signature is missing, but x-hub-signature-256 is there: the sender signs in another dialect"
    );
    assert_eq!(
        told(Dialect::Standard, timestamped("Stripe-Signature", ".")),
        "the header stripe-signature is missing, but webhook-signature is there: the sender signs in another dialect"
    );
    for (sender, found) in [
        (Dialect::Svix, "svix-signature"),
        (Dialect::Stripe, "stripe-signature"),
        (Dialect::Slack, "x-slack-signature"),
        (Dialect::Shopify, "x-shopify-hmac-sha256"),
        (crate::square(), "x-square-hmacsha256-signature"),
    ] {
        let expected =
            format!("the header webhook-id is missing, but {found} is there: the sender signs in another dialect");
        assert_eq!(told(sender, Dialect::Standard), expected);
    }
}

#[test]
fn sha1_is_told_from_no_signature() {
    let told = |dialect| {
        let headers = vec![("x-hub-signature".to_owned(), format!("sha1={}", "0".repeat(40)))];
        let verifier = Verifier::new(dialect, &Secret::generate_hmac([1; 32])).unwrap();
        verify(&verifier, &headers, b"{}").unwrap_err().to_string()
    };
    for dialect in [Dialect::Hub, Dialect::GitHub] {
        assert_eq!(
            told(dialect),
            "the request is signed with HMAC-SHA-1, but this verifier is set up for HMAC-SHA-256"
        );
    }
    assert_eq!(
        told(Dialect::Plain),
        "the header x-webhook-signature is missing, but x-hub-signature is there: the sender signs in another dialect"
    );
}

#[test]
fn a_line_end_after_a_secret_is_told() {
    let told = |sender: &str, receiver: &str| signed_with(Dialect::Hub, sender, receiver);
    let otherwise = |how| Err(VerifyError::SignedOtherwise { how });
    assert_eq!(told("geheim", "geheim\n"), otherwise(Otherwise::WhiteSpaceHere));
    assert_eq!(told("geheim", " geheim\r\n"), otherwise(Otherwise::WhiteSpaceHere));
    assert_eq!(told("geheim\n", "geheim"), otherwise(Otherwise::WhiteSpaceThere));
    assert_eq!(told("geheim", "other\n"), Err(VerifyError::NoMatch));
}

/// Left by a shell, an editor or whoever pasted it, around a secret that any text can be.
#[test]
fn quotes_and_invisible_characters_around_a_secret_are_told() {
    let told = |receiver: &str| signed_with(Dialect::Hub, "geheim", receiver);
    for receiver in
        ["\"geheim\"", "'geheim'", "\u{feff}geheim", "\u{a0}geheim", "\u{201c}geheim\u{201d}", "\"geheim\"\n"]
    {
        let error = VerifyError::SignedOtherwise { how: Otherwise::WrappedHere };
        assert_eq!(told(receiver), Err(error), "{receiver:?}");
    }
    assert_eq!(told("\"other\""), Err(VerifyError::NoMatch));
}

#[test]
fn a_url_that_is_nearly_the_same_is_told() {
    let secret = Secret::parse("the signature key").unwrap();
    let told = |sender: &str, receiver: &str| {
        let square = |url: &str| Dialect::Square { url: url.to_owned() };
        let headers = sign(&square(sender), Algorithm::Sha256, std::slice::from_ref(&secret), &message(b"{}"));
        verify(&Verifier::new(square(receiver), &secret).unwrap(), &headers, b"{}")
    };
    let otherwise = |how| Err(VerifyError::SignedOtherwise { how });
    assert_eq!(told("https://example.com/a", "https://example.com/a"), Ok(()));
    assert_eq!(told("https://example.com/a", "http://example.com/a"), otherwise(Otherwise::UrlScheme));
    assert_eq!(told("http://example.com/a", "https://example.com/a"), otherwise(Otherwise::UrlScheme));
    assert_eq!(told("https://example.com/a/", "https://example.com/a"), otherwise(Otherwise::UrlSlash));
    assert_eq!(told("https://example.com/a", "https://example.com/a/"), otherwise(Otherwise::UrlSlash));
    assert_eq!(told("https://example.com/b", "https://example.com/a"), Err(VerifyError::NoMatch));
}

#[test]
fn milliseconds_are_told_from_a_wrong_clock() {
    let secret = Secret::generate_hmac([1; 32]);
    let verifier = Verifier::new(Dialect::Standard, &secret).unwrap();
    let message = crate::at(NOW * 1000, message(b"{}"));
    let headers = sign(&Dialect::Standard, Algorithm::Sha256, &[secret], &message);
    assert_eq!(
        verify(&verifier, &headers, b"{}").unwrap_err().to_string(),
        "the header webhook-timestamp has a timestamp in milliseconds, where seconds are wanted"
    );
    let verdict = |now| verifier.clone().with_tolerance(Duration::MAX).verify(|n| header(&headers, n), b"{}", now);
    assert_eq!(verdict(NOW), Ok(()));
}

/// `Date.now()` in Rust's clothes: every request would look centuries old.
#[test]
fn a_receivers_clock_in_milliseconds_is_told_from_an_old_request() {
    let secret = Secret::generate_hmac([1; 32]);
    let verifier = Verifier::new(Dialect::Standard, &secret).unwrap();
    let verdict = |at, now| {
        let message = crate::at(at, message(b"{}"));
        let headers = sign(&Dialect::Standard, Algorithm::Sha256, std::slice::from_ref(&secret), &message);
        verifier.verify(|name| header(&headers, name), b"{}", now)
    };
    for now in [NOW * 1_000 + 789, NOW * 1_000_000, NOW * 1_000_000_000] {
        let error = verdict(NOW - 2, now).unwrap_err();
        assert_eq!(error.code(), "clock_not_in_seconds", "{now}");
        let words = "the receiver's own time is in milliseconds or a finer unit, where Unix seconds are wanted";
        assert_eq!(error.to_string(), words);
    }
    // A time that a sender chose makes no receiver doubt its clock.
    assert_eq!(verdict(NOW / 1_000, NOW).unwrap_err().code(), "too_old");
    assert_eq!(verdict(NOW - 1_000, NOW * 1_000).unwrap_err().code(), "too_old");
}

/// A stranger with a long body and sixteen signatures buys a bounded search: past a mebibyte, none.
#[test]
fn a_long_body_is_not_searched() {
    let long = |extra: &[u8]| [vec![b'a'; (1 << 20) + 2].as_slice(), extra].concat();
    assert_eq!(told(&long(b""), &long(b"\n")), Err(VerifyError::NoMatch));
    let short = |extra: &[u8]| [vec![b'a'; 1 << 18].as_slice(), extra].concat();
    let how = Alteration::NewlineAdded;
    assert_eq!(told(&short(b""), &short(b"\n")), Err(VerifyError::AlteredBody { how }));
}

/// To write a body in another way costs a look at all of it, and a stranger sends one of which nothing comes: past a mebibyte, no
/// more is written.
#[test]
fn what_comes_to_nothing_is_paid_for() {
    let told = |length: usize| {
        // It begins as JSON and is none, so each of the forms of JSON is tried to no end.
        let sent = [&b"["[..], &vec![b' '; length], b"\xfc"].concat();
        let received: String = sent.iter().copied().map(char::from).collect();
        told(&sent, received.as_bytes())
    };
    assert_eq!(told(1_000), Err(VerifyError::AlteredBody { how: Alteration::Charset }));
    assert_eq!(told(150_000), Err(VerifyError::NoMatch));
}

/// The same stranger and a receiver with many secrets: past 32 hashes, none.
#[test]
fn many_secrets_are_not_searched() {
    use base64::Engine as _;
    let told = |secrets: u8| {
        let secret = |number: u8| {
            let bytes = base64::engine::general_purpose::STANDARD.encode([number; 24]);
            Secret::parse(&format!("whsec_{bytes}")).unwrap()
        };
        let verifier = Verifier::new(Dialect::Standard, &secret(0)).unwrap();
        let verifier = (1..secrets).fold(verifier, |verifier, number| verifier.and_secret(&secret(number)).unwrap());
        let headers = sign(&Dialect::Standard, Algorithm::Sha256, &[secret(0)], &message(b"{}"));
        verify(&verifier, &headers, b"{}\n")
    };
    assert_eq!(told(5), Err(VerifyError::AlteredBody { how: Alteration::NewlineAdded }));
    assert_eq!(told(16), Err(VerifyError::NoMatch));
}

#[test]
fn the_reason_names_the_remedy() {
    assert_eq!(
        told(b"{}", b"{}\n").unwrap_err().to_string(),
        "the body was altered on the way (a line end was added to it): verify its bytes as they came, before anything \
         parses them"
    );
    assert_eq!(
        signed_with(Dialect::Hub, "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
            .unwrap_err()
            .to_string(),
        "the sender has the secret and signs in another way: its key is the text of the secret without whsec_"
    );
}
