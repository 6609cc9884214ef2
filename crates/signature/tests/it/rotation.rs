//! While a secret is being rotated the sender signs with new and old, and a receiver that has either goes on.

use lanehook_signature::{Algorithm, Dialect, Secret, Verifier, VerifyError};
use proptest::prelude::*;

use crate::{algorithms, bodies, dialects, header, message, secrets_for, sign, timestamped, verify};

fn rotations() -> impl Strategy<Value = (Dialect, Algorithm, Vec<Secret>)> {
    // The others' headers have room for one signature.
    let several = |dialect: &Dialect| {
        let one = [Dialect::GitHub, Dialect::Slack, Dialect::Shopify, crate::square()];
        !one.contains(dialect)
    };
    (dialects().prop_filter("for one signature", several), algorithms()).prop_flat_map(|(dialect, algorithm)| {
        let secrets = proptest::collection::vec(secrets_for(&dialect), 2..5);
        (Just(dialect), Just(algorithm), secrets)
    })
}

proptest! {
    #[test]
    fn any_of_the_secrets_verifies((dialect, algorithm, secrets) in rotations(), body in bodies()) {
        let headers = sign(&dialect, algorithm, &secrets, &message(&body));
        for secret in &secrets {
            let verifier = Verifier::new(dialect.clone(), secret).unwrap().with_algorithm(algorithm);
            prop_assert_eq!(verify(&verifier, &headers, &body), Ok(()));
        }
    }

    #[test]
    fn a_receiver_with_both_secrets_accepts_either(
        (dialect, algorithm, secrets) in rotations(),
        body in bodies(),
    ) {
        let verifier = Verifier::new(dialect.clone(), &secrets[0]).unwrap();
        let verifier = verifier.and_secret(&secrets[1]).unwrap().with_algorithm(algorithm);
        for secret in &secrets[..2] {
            let headers = sign(&dialect, algorithm, std::slice::from_ref(secret), &message(&body));
            prop_assert_eq!(verify(&verifier, &headers, &body), Ok(()));
        }
    }

    /// A verifier that compares the whole header, as GitHub's example does, must not notice the rotation.
    #[test]
    fn the_newest_secret_alone_signs_the_main_header(
        dialect in prop_oneof![Just(Dialect::Hub), Just(Dialect::Plain)],
        algorithm in algorithms(),
        new in any::<[u8; 32]>(),
        old in any::<[u8; 32]>(),
        body in bodies(),
    ) {
        let secrets = [new, old].map(Secret::generate_hmac);
        let steady = sign(&dialect, algorithm, &secrets[..1], &message(&body));
        let before = sign(&dialect, algorithm, &secrets[1..], &message(&body));
        let rotating = sign(&dialect, algorithm, &secrets, &message(&body));

        let (previous, rest) = rotating.split_last().unwrap();
        prop_assert_eq!(rest, &steady[..]);
        let (name, value) = before.last().unwrap();
        prop_assert_eq!(previous, &(format!("{name}-previous"), value.clone()));
    }
}

#[test]
fn signatures_stand_newest_first_in_one_header() {
    let secrets = [Secret::generate_hmac([1; 32]), Secret::generate_ed25519([2; 32])];
    let message = message(b"{}");
    let alone = |secret| {
        let headers = sign(&Dialect::Standard, Algorithm::Sha256, std::slice::from_ref(secret), &message);
        header(&headers, "webhook-signature").unwrap().to_owned()
    };
    let both = sign(&Dialect::Standard, Algorithm::Sha256, &secrets, &message);
    let expected = format!("{} {}", alone(&secrets[0]), alone(&secrets[1]));
    assert_eq!(header(&both, "webhook-signature"), Some(expected.as_str()));

    let stripe = timestamped("Stripe-Signature", ".");
    let secrets = [Secret::generate_hmac([1; 32]), Secret::generate_hmac([3; 32])];
    let headers = sign(&stripe, Algorithm::Sha256, &secrets, &message);
    assert_eq!(header(&headers, "stripe-signature").unwrap().matches(",v1=").count(), 2);
}

#[test]
fn a_secret_that_does_not_suit_signs_nothing() {
    let (shared, ed25519) = (Secret::parse("any text").unwrap(), Secret::generate_ed25519([2; 32]));
    let message = message(b"{}");
    let names = |dialect: &Dialect, secret: &Secret| {
        let headers = sign(dialect, Algorithm::Sha256, std::slice::from_ref(secret), &message);
        headers.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names(&Dialect::Standard, &shared), ["webhook-id", "webhook-timestamp"]);
    assert_eq!(names(&Dialect::Hub, &ed25519), [""; 0]);
    assert_eq!(names(&Dialect::Plain, &ed25519).len(), 4);
    assert_eq!(names(&timestamped("Stripe-Signature", "."), &ed25519), [""; 0]);

    // From Ed25519 to a shared secret: the old key cannot sign here, the new one still does.
    let rotating = sign(&Dialect::Hub, Algorithm::Sha256, &[shared.clone(), ed25519.clone()], &message);
    assert_eq!(rotating, sign(&Dialect::Hub, Algorithm::Sha256, std::slice::from_ref(&shared), &message));
    let rotating = sign(&Dialect::Hub, Algorithm::Sha256, &[ed25519, shared.clone()], &message);
    assert_eq!(rotating, sign(&Dialect::Hub, Algorithm::Sha256, &[shared], &message));
}

#[test]
fn a_public_key_verifies_beside_a_secret() {
    let (shared, ed25519) = (Secret::generate_hmac([1; 32]), Secret::generate_ed25519([2; 32]));
    let public = ed25519.public_key().unwrap();
    let both = Verifier::from_public_key(&public).unwrap().and_secret(&shared).unwrap();
    let other_way = Verifier::new(Dialect::Standard, &shared).unwrap().and_public_key(&public).unwrap();
    for verifier in [both, other_way] {
        for secret in [&shared, &ed25519] {
            let headers = sign(&Dialect::Standard, Algorithm::Sha256, std::slice::from_ref(secret), &message(b"{}"));
            assert_eq!(verify(&verifier, &headers, b"{}"), Ok(()));
            assert_eq!(verify(&verifier, &headers, b"[]"), Err(VerifyError::NoMatch));
        }
    }
}
