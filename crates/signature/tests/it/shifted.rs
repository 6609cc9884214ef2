//! One signed text has one reading: a signature that was made for one request fits no other.

use std::time::Duration;

use lanehook_signature::{Algorithm, Dialect, Message, Secret, SignError, Verifier, VerifyError};
use proptest::prelude::*;

use crate::{Headers, NOW, algorithms, header, message, sign, timestamped};

fn secret() -> Secret {
    Secret::generate_hmac([7; 32])
}

/// Whether a receiver that takes requests of any age takes this one.
fn accepts(dialect: &Dialect, algorithm: Algorithm, headers: &Headers, body: &[u8]) -> Result<(), VerifyError> {
    let verifier = Verifier::new(dialect.clone(), &secret()).unwrap().with_algorithm(algorithm);
    verifier.with_tolerance(Duration::MAX).verify(|name| header(headers, name), body, NOW)
}

fn set(headers: &mut Headers, name: &str, value: String) {
    headers.iter_mut().find(|(n, _)| n == name).unwrap().1 = value;
}

/// What was recorded a day ago comes again, with a time of now that is really the beginning of its body.
#[test]
fn a_recorded_request_does_not_pass_for_new_with_its_parts_shifted() {
    let (sent, rest) = (NOW - 86_400, r#"{"symbol":"AAPL"}"#);
    let body = format!("{NOW}.{rest}");
    let mut headers =
        sign(&Dialect::Standard, Algorithm::Sha256, &[secret()], &crate::at(sent, message(body.as_bytes())));
    set(&mut headers, "webhook-id", format!("evt_1.{sent}"));
    set(&mut headers, "webhook-timestamp", NOW.to_string());
    let verifier = Verifier::new(Dialect::Standard, &secret()).unwrap();
    let refused = verifier.verify(|name| header(&headers, name), rest.as_bytes(), NOW).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the header webhook-id has a full stop in it, which separates the parts of what is signed"
    );
}

#[test]
fn what_can_be_read_in_two_ways_is_not_signed() {
    let refused = |dialect: &Dialect, id, timestamp| {
        lanehook_signature::sign(dialect, Algorithm::Sha256, &[secret()], &Message::new(id, timestamp, b"1")).err()
    };
    for (id, error) in [("", SignError::EmptyId), ("evt.1", SignError::DottedId), (".", SignError::DottedId)] {
        assert_eq!(refused(&Dialect::Standard, id, NOW), Some(error));
        for dialect in [Dialect::Hub, Dialect::Plain, timestamped("X-PT-Signature", "")] {
            assert_eq!(refused(&dialect, id, NOW), None, "it signs no id");
        }
    }
    assert_eq!(refused(&Dialect::Standard, "evt_1", -1), Some(SignError::Time));
    assert_eq!(refused(&Dialect::Standard, "evt_1", 5), None);
    for separator in ["", "0"] {
        for time in [-1_700_000_000, -1, 5, 999_999_999, 10_000_000_000] {
            assert_eq!(refused(&timestamped("X-PT-Signature", separator), "evt_1", time), Some(SignError::Time));
        }
    }
    assert_eq!(refused(&timestamped("Stripe-Signature", "."), "evt_1", 5), None);
}

/// Texts that are likely to be taken for a time, an end of an id, or a separator.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![Just(".".to_owned()), Just("1700000000".to_owned()), "[0-9]{1,3}", "[a-z.]{1,3}"];
    proptest::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// The signed text is cut anew in every possible way.
    #[test]
    fn no_other_cut_of_a_signed_text_is_accepted(id in "[a-z0-9_]{1,4}", time in 0..=9_999_999_999_i64, body in pieces()) {
        let message = Message::new(&id, time, body.as_bytes());
        let headers = sign(&Dialect::Standard, Algorithm::Sha256, &[secret()], &message);
        let text = format!("{id}.{time}.{body}");
        let stops: Vec<usize> = text.match_indices('.').map(|(at, _)| at).collect();
        for (nth, &first) in stops.iter().enumerate() {
            for &second in &stops[nth + 1..] {
                let (mut cut, body) = (headers.clone(), &text[second + 1..]);
                set(&mut cut, "webhook-id", text[..first].to_owned());
                set(&mut cut, "webhook-timestamp", text[first + 1..second].to_owned());
                let accepted = accepts(&Dialect::Standard, Algorithm::Sha256, &cut, body.as_bytes()).is_ok();
                prop_assert_eq!(accepted, cut == headers, "{:?} {}", cut, body);
            }
        }
    }

    #[test]
    fn no_other_time_is_cut_out_of_a_signed_text(
        time in 1_000_000_000..=9_999_999_999_i64,
        separator in prop_oneof![Just(""), Just("."), Just("0"), Just("1.")],
        body in pieces(),
        algorithm in algorithms(),
    ) {
        let dialect = timestamped("x-pt-signature", separator);
        let message = crate::at(time, message(body.as_bytes()));
        let headers = sign(&dialect, algorithm, &[secret()], &message);
        let text = format!("{time}{separator}{body}");
        let sent = header(&headers, "x-pt-signature").unwrap().to_owned();
        let tags = sent.split_once(',').unwrap().1;
        for at in 0..=text.len() {
            let Some(rest) = text[at..].strip_prefix(separator) else { continue };
            let cut = vec![("x-pt-signature".to_owned(), format!("t={},{tags}", &text[..at]))];
            let accepted = accepts(&dialect, algorithm, &cut, rest.as_bytes()).is_ok();
            prop_assert_eq!(accepted, cut == headers, "{:?} {}", cut, rest);
        }
    }
}
