//! What is signed verifies; what was touched on the way does not.

use std::time::Duration;

use lanehook_signature::{Algorithm, Dialect, Message, Secret, SignError, Verifier, VerifyError};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::{NOW, bodies, header, message, schemes, secrets_for, timestamped, verify};

/// What the causes are is asked elsewhere.
fn curt(scheme: &crate::Scheme) -> Verifier {
    scheme.verifier().without_diagnosis()
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        scheme in schemes(),
        body in bodies(),
        id in "[!-\\-/-~]{1,40}", // no full stop
        timestamp in 1_000_000_000..=9_999_999_999_i64,
    ) {
        let message = Message::new(&id, timestamp, &body);
        let headers = scheme.sign(&message);
        prop_assert!(headers.iter().all(|(name, _)| *name == name.to_ascii_lowercase()));
        let verifier = scheme.verifier();
        prop_assert_eq!(verifier.verify(|name| header(&headers, name), &body, timestamp), Ok(()));
    }

    #[test]
    fn an_altered_bit_of_the_body_fails(scheme in schemes(), body in bodies(), at in any::<Index>(), bit in 0..8_u8) {
        prop_assume!(!body.is_empty());
        let headers = scheme.sign(&message(&body));
        let mut altered = body.clone();
        altered[at.index(body.len())] ^= 1_u8 << bit;
        prop_assert_eq!(verify(&curt(&scheme), &headers, &altered), Err(VerifyError::NoMatch));
    }

    #[test]
    fn a_shorter_or_longer_body_fails(scheme in schemes(), body in bodies(), more in 1..=255_u8) {
        let headers = scheme.sign(&message(&body));
        let longer = [body.as_slice(), &[more]].concat();
        prop_assert_eq!(verify(&curt(&scheme), &headers, &longer), Err(VerifyError::NoMatch));
        if let Some((_, shorter)) = body.split_last() {
            prop_assert_eq!(verify(&curt(&scheme), &headers, shorter), Err(VerifyError::NoMatch));
        }
    }

    /// Any bit of any header that is signed: id, timestamp, signature. Others are not.
    #[test]
    fn an_altered_bit_of_a_signed_header_fails(
        scheme in schemes(),
        body in bodies(),
        which in any::<Index>(),
        at in any::<Index>(),
        bit in 0..7_u8,
    ) {
        let mut headers = scheme.sign(&message(&body));
        headers.retain(|(name, _)| !crate::UNSIGNED.contains(&name.as_str()));
        let which = which.index(headers.len());
        let value = &mut headers[which].1;
        let mut bytes = value.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        *value = String::from_utf8(bytes).unwrap();
        let verifier = curt(&scheme).with_tolerance(Duration::MAX);
        prop_assert!(verify(&verifier, &headers, &body).is_err(), "accepted {:?}", headers);
    }

    #[test]
    fn another_secret_fails((scheme, other) in with_another_secret(), body in bodies()) {
        prop_assume!(scheme.secret.expose() != other.expose());
        let headers = scheme.sign(&message(&body));
        let same_kind = scheme.secret.is_ed25519() == other.is_ed25519();
        let refused = verify(&curt(&crate::Scheme { secret: other, ..scheme }), &headers, &body);
        match refused {
            Err(VerifyError::NoMatch) => prop_assert!(same_kind),
            Err(VerifyError::OtherAlgorithm { .. }) => prop_assert!(!same_kind),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_timestamp_counts_to_the_edge_of_the_tolerance(
        dialect in prop_oneof![Just(Dialect::Standard), Just(timestamped("X-PT-Signature", ""))],
        tolerance in 0..10_000_u32,
        beyond in 1..10_000_u32,
    ) {
        let secret = Secret::generate_hmac([7; 32]);
        let scheme = crate::Scheme { dialect, algorithm: Default::default(), secret };
        let headers = scheme.sign(&message(b"{}"));
        let verifier = scheme.verifier().with_tolerance(Duration::from_secs(tolerance.into()));
        let at = |now: i64| verifier.verify(|name| header(&headers, name), b"{}", now);

        let (tolerance, beyond) = (i64::from(tolerance), i64::from(beyond));
        let seconds = (tolerance + beyond).unsigned_abs();
        prop_assert_eq!(at(NOW + tolerance), Ok(()));
        prop_assert_eq!(at(NOW - tolerance), Ok(()));
        prop_assert_eq!(at(NOW + tolerance + beyond), Err(VerifyError::TooOld { seconds }));
        prop_assert_eq!(at(NOW - tolerance - beyond), Err(VerifyError::InFuture { seconds }));
    }
}

fn with_another_secret() -> impl Strategy<Value = (crate::Scheme, Secret)> {
    schemes().prop_flat_map(|scheme| {
        let other = secrets_for(&scheme.dialect);
        (Just(scheme), other)
    })
}

#[test]
fn the_tolerance_is_five_minutes_unless_set() {
    let secret = Secret::generate_hmac([7; 32]);
    let scheme = crate::Scheme { dialect: Dialect::Standard, algorithm: Default::default(), secret };
    let headers = scheme.sign(&message(b"{}"));
    let at = |now| scheme.verifier().verify(|name| header(&headers, name), b"{}", now);
    assert_eq!(at(NOW + 300), Ok(()));
    assert_eq!(at(NOW + 301), Err(VerifyError::TooOld { seconds: 301 }));
}

#[test]
fn a_dialect_without_a_signed_time_accepts_at_any_time() {
    for dialect in [Dialect::Hub, Dialect::Plain] {
        let secret = Secret::generate_hmac([7; 32]);
        let scheme = crate::Scheme { dialect, algorithm: Default::default(), secret };
        let headers = scheme.sign(&message(b"{}"));
        assert_eq!(scheme.verifier().verify(|name| header(&headers, name), b"{}", i64::MAX), Ok(()));
    }
}

/// A line end would begin another header, and spaces around a value are lost on the way.
#[test]
fn what_cannot_stand_in_a_header_is_not_signed() {
    let secret = Secret::generate_hmac([7; 32]);
    let signed = |dialect: &Dialect, message: &Message<'_>| {
        lanehook_signature::sign(dialect, Algorithm::Sha256, std::slice::from_ref(&secret), message).map(drop)
    };
    for text in ["a\r\nx-injected: yes", "a\nb", "a\0", "a\tb", " a", "a ", "\u{e9}", "\u{7f}"] {
        let error = Err(SignError::HeaderValue);
        let (id, of_type) = (Message::new(text, NOW, b"{}"), Message::new("a", NOW, b"{}").event_type(text));
        let delivery = Message::new("a", NOW, b"{}").delivery(text);
        for dialect in [Dialect::Standard, Dialect::Svix, Dialect::Plain, Dialect::GitHub, Dialect::Shopify] {
            assert_eq!(signed(&dialect, &id), error, "{dialect:?} {text:?}");
        }
        for dialect in [Dialect::Plain, Dialect::GitHub, Dialect::Shopify] {
            assert_eq!(signed(&dialect, &of_type), error, "{dialect:?} {text:?}");
        }
        assert_eq!(signed(&Dialect::Plain, &delivery), error, "{text:?}");
        assert_eq!(signed(&Dialect::Standard, &of_type), Ok(()), "a type that it does not send");
        assert_eq!(signed(&crate::timestamped("x-a: 1\r\nx-b", "."), &of_type), Err(SignError::HeaderName));
    }
    assert_eq!(signed(&Dialect::Plain, &Message::new("a b", NOW, b"{}")), Ok(()));
}
