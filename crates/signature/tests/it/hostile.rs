//! Headers that nobody's library wrote: each is refused with its reason, none panics.

use lanehook_signature::{Algorithm, Dialect, Secret, Verifier, VerifyError};
use proptest::prelude::*;

use crate::{NOW, bodies, message, schemes, sign, timestamped, verify};

/// Text with the pieces in it that the parsers look for.
fn header_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("v1,".to_owned()),
        Just("v1a,".to_owned()),
        Just("v1=".to_owned()),
        Just("t=".to_owned()),
        Just("sha256=".to_owned()),
        Just("sha512=".to_owned()),
        Just(",".to_owned()),
        Just(" ".to_owned()),
        Just(NOW.to_string()),
        any::<i128>().prop_map(|number| number.to_string()),
        "[0-9a-f]{64}",
        "[0-9a-f]{128}",
        "[A-Za-z0-9+/]{86}==",
        "[A-Za-z0-9+/]{43}=",
        ".{0,20}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Text with the pieces in it that the search for an altered body looks for.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"{",
        b"[",
        b"\"",
        b"\\",
        b"\\u",
        b"d83d",
        b"\\ude00",
        b"00e9",
        b"\r\n",
        b" ",
        "é😀".as_bytes(),
        b"\xff",
        b"=",
    ];
    let starts: Vec<&[u8]> = vec![b"{", b"[\"", b"{\"\\u", b""];
    let rest = proptest::collection::vec(proptest::sample::select(pieces), 0..24);
    (proptest::sample::select(starts), rest).prop_map(|(start, rest)| [start, &rest.concat()].concat())
}

proptest! {
    #[test]
    fn nearly_json_is_refused(body in nearly_json()) {
        let secret = Secret::generate_hmac([7; 32]);
        let headers = sign(&Dialect::Hub, Algorithm::Sha256, std::slice::from_ref(&secret), &message(b"what was signed"));
        let verifier = Verifier::new(Dialect::Hub, &secret).unwrap();
        prop_assert_eq!(verify(&verifier, &headers, &body), Err(VerifyError::NoMatch));
    }

    #[test]
    fn made_up_headers_are_refused(
        scheme in schemes(),
        body in bodies(),
        texts in proptest::collection::vec(header_text(), 4),
        now in any::<i64>(),
    ) {
        let texts = &texts;
        // Which header gets which text does not matter, only that several do.
        let made_up = |name: &str| texts.get(name.len() % 5).map(String::as_str);
        prop_assert!(scheme.verifier().verify(made_up, &body, now).is_err());

        // In time, so that the signature itself is looked at.
        let in_time = |name: &str| if name == "webhook-timestamp" { Some("1700000000") } else { made_up(name) };
        prop_assert!(scheme.verifier().verify(in_time, &body, NOW).is_err());
    }

    #[test]
    fn a_missing_header_is_named(scheme in schemes(), body in bodies()) {
        let headers = scheme.sign(&message(&body));
        for missing in 0..headers.len() {
            let mut headers = headers.clone();
            let (name, _) = headers.remove(missing);
            let signed = !crate::UNSIGNED.contains(&name.as_str());
            let expected = if signed { Err(VerifyError::MissingHeader { name }) } else { Ok(()) };
            prop_assert_eq!(verify(&scheme.verifier(), &headers, &body), expected);
        }
    }

    #[test]
    fn a_good_signature_among_unknown_ones_is_found(scheme in schemes(), body in bodies()) {
        let mut headers = scheme.sign(&message(&body));
        let value = &mut headers.last_mut().unwrap().1;
        *value = match scheme.dialect {
            Dialect::Standard | Dialect::Svix => format!("v2,abc v1, v1a,=== {value}"),
            Dialect::Hub | Dialect::GitHub | Dialect::Plain | Dialect::Slack => format!("md5=00, {value}"),
            Dialect::Timestamped { .. } | Dialect::Stripe => format!("v0=00,{value}, nothing"),
            // The others' headers hold one signature and nothing else.
            _ => value.clone(),
        };
        prop_assert_eq!(verify(&scheme.verifier(), &headers, &body), Ok(()));
    }
}

fn problem(dialect: Dialect, algorithm: Algorithm, headers: &[(&str, &str)]) -> String {
    let verifier = Verifier::new(dialect, &Secret::generate_hmac([7; 32])).unwrap().with_algorithm(algorithm);
    let header = |name: &str| headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
    verifier.verify(header, b"{}", NOW).unwrap_err().to_string()
}

#[test]
fn the_reason_is_a_sentence() {
    let standard = |timestamp, signature| {
        let headers = [("webhook-id", "evt_1"), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
        problem(Dialect::Standard, Algorithm::Sha256, &headers)
    };
    assert_eq!(
        standard("now", "v1,abc"),
        "the header webhook-timestamp has a timestamp that is not a number of seconds"
    );
    assert_eq!(
        standard("1700000000", "abc"),
        "the header webhook-signature has no signature of the form v1,<base64> or v1a,<base64>"
    );
    assert_eq!(
        standard("1699999000", "v1,abc"),
        "the request was signed 1000 s ago, which is more than the tolerance allows"
    );
    assert_eq!(
        standard("1700000301", "v1,abc"),
        "the request was signed 301 s in the future, which is more than the tolerance allows"
    );
    assert_eq!(
        standard("1700000000", "v1,abc"),
        "no signature matches: the secret is a different one, or the body is not the bytes that were sent"
    );
    assert_eq!(
        problem(Dialect::Hub, Algorithm::Sha512, &[("x-hub-signature-512", "sha256=00")]),
        "the header x-hub-signature-512 has no signature of the form sha512=<128 lower-case hex digits>"
    );
    assert_eq!(
        problem(timestamped("Stripe-Signature", "."), Algorithm::Sha256, &[("stripe-signature", "t=1,t=2,v1=00")]),
        "the header stripe-signature does not hold exactly one t=<unix seconds>"
    );
}

#[test]
fn more_than_sixteen_signatures_are_refused() {
    let secrets: Vec<Secret> = (0..17).map(|n| Secret::generate_hmac([n; 32])).collect();
    let dialects = [Dialect::Standard, Dialect::Hub, Dialect::Plain, timestamped("X-PT-Signature", "")];
    for dialect in dialects {
        let verifier = Verifier::new(dialect.clone(), &secrets[0]).unwrap();
        let signed = |secrets| sign(&dialect, Algorithm::Sha256, secrets, &message(b"{}"));
        assert_eq!(verify(&verifier, &signed(&secrets[..16]), b"{}"), Ok(()));
        let refused = verify(&verifier, &signed(&secrets), b"{}");
        assert!(matches!(refused, Err(VerifyError::MalformedHeader { .. })), "{refused:?}");
    }
}

/// GitHub's and Stripe's libraries compare lower-case hex, so nothing else is a signature here either.
#[test]
fn upper_case_hex_is_refused() {
    let secret = Secret::generate_hmac([7; 32]);
    let headers = sign(&Dialect::Hub, Algorithm::Sha256, std::slice::from_ref(&secret), &message(b"{}"));
    let (scheme, tag) = headers[0].1.split_once('=').unwrap();
    let upper = vec![(headers[0].0.clone(), format!("{scheme}={}", tag.to_ascii_uppercase()))];
    assert!(verify(&Verifier::new(Dialect::Hub, &secret).unwrap(), &upper, b"{}").is_err());
}

/// Each Ed25519 signature costs a hash of the whole body, so few are looked at, and none twice.
#[test]
fn more_than_four_ed25519_signatures_are_refused() {
    let signing: Vec<Secret> = (0..5).map(|n| Secret::generate_ed25519([n; 32])).collect();
    let verifier = Verifier::new(Dialect::Standard, &signing[0]).unwrap();
    let signed = |secrets: &[Secret]| sign(&Dialect::Standard, Algorithm::Sha256, secrets, &message(b"{}"));
    assert_eq!(verify(&verifier, &signed(&signing[..4]), b"{}"), Ok(()));
    assert_eq!(
        verify(&verifier, &signed(&signing), b"{}").unwrap_err().to_string(),
        "the header webhook-signature has more than 4 Ed25519 signatures"
    );
    // One that stands there sixteen times is one.
    let mut repeated = signed(&signing[..1]);
    let value = &mut repeated.last_mut().unwrap().1;
    *value = vec![value.clone(); 16].join(" ");
    assert_eq!(verify(&verifier, &repeated, b"{}"), Ok(()));
}
