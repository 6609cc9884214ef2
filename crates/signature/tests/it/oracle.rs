//! The `standardwebhooks` crate, the specification's own library, as the judge of the `standard` dialect.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};
use lanehook_signature::{Algorithm, Dialect, Message, Secret, Verifier};
use proptest::prelude::*;
use standardwebhooks::Webhook;

use crate::{algorithms, header, message, sign};

/// Its verifier reads the clock of the machine, so what it is to accept is signed now.
fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

fn header_map(headers: &[(String, String)]) -> HeaderMap {
    let parse =
        |(name, value): &(String, String)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap());
    headers.iter().map(parse).collect()
}

proptest! {
    #[test]
    fn signatures_are_the_same(
        random in any::<[u8; 32]>(),
        algorithm in algorithms(),
        id in "[A-Za-z0-9_-]{1,40}",
        timestamp in 0..=i64::MAX,
        body in ".{0,300}",
    ) {
        let secret = Secret::generate_hmac(random);
        let theirs = Webhook::new(secret.expose()).unwrap().sign(&id, timestamp, body.as_bytes()).unwrap();
        let message = Message::new(&id, timestamp, body.as_bytes());
        let ours = sign(&Dialect::Standard, algorithm, &[secret], &message);
        prop_assert_eq!(header(&ours, "webhook-signature"), Some(theirs.as_str()));
    }

    #[test]
    fn it_accepts_what_we_sign_and_refuses_what_we_refuse(
        newest in any::<[u8; 32]>(),
        older in any::<[u8; 32]>(),
        body in ".{0,300}",
        received in ".{0,300}",
    ) {
        let now = now();
        let secrets = [newest, older].map(Secret::generate_hmac);
        let message = crate::at(now, message(body.as_bytes()));
        let headers = header_map(&sign(&Dialect::Standard, Algorithm::Sha256, &secrets, &message));
        for secret in &secrets {
            let theirs = Webhook::new(secret.expose()).unwrap();
            let ours = Verifier::new(Dialect::Standard, secret).unwrap();
            for body in [body.as_bytes(), received.as_bytes()] {
                let verdict = ours.verify(|name| headers.get(name)?.to_str().ok(), body, now);
                prop_assert_eq!(theirs.verify(body, &headers).is_ok(), verdict.is_ok());
            }
            prop_assert!(theirs.verify(body.as_bytes(), &headers).is_ok());
        }
    }
}
