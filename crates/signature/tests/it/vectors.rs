//! Signatures made by others. `vectors.json` holds those that the Standard Webhooks repository and GitHub's documentation
//! publish, and the cases that `vectors.py` computes; RFC 4231 gives one more.

use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lanehook_signature::{Algorithm, Dialect, Message, Secret, Verifier};
use serde_json::Value;

use crate::{Headers, header, message, sign, timestamped};

pub(crate) fn vectors(group: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let group = file[group].as_array().unwrap().clone();
    assert!(!group.is_empty());
    group
}

pub(crate) fn text<'a>(vector: &'a Value, field: &str) -> &'a str {
    vector[field].as_str().unwrap_or_else(|| panic!("{field} is not text in {vector}"))
}

/// Signs the vector, and checks that its signature is both what is sent and what is accepted.
fn check_standard(vector: &Value, secret: &str, verifier: impl Fn(&Secret) -> Verifier) {
    let secret = Secret::parse(text(vector, secret)).unwrap();
    let timestamp = vector["timestamp"].as_i64().unwrap();
    let body = text(vector, "body").as_bytes();
    let message = Message::new(text(vector, "id"), timestamp, body);
    let headers = sign(&Dialect::Standard, Algorithm::Sha256, std::slice::from_ref(&secret), &message);
    let expected = [
        ("webhook-id", text(vector, "id").to_owned()),
        ("webhook-timestamp", timestamp.to_string()),
        ("webhook-signature", text(vector, "signature").to_owned()),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!(verifier(&secret).verify(|name| header(&headers, name), body, timestamp), Ok(()));
}

fn signed(dialect: &Dialect, algorithm: Algorithm, secret: &str, message: &Message<'_>) -> Headers {
    sign(dialect, algorithm, &[Secret::parse(secret).unwrap()], message)
}

/// The bytes of a case's body.
pub(crate) fn body(case: &Value) -> Vec<u8> {
    match case.get("body") {
        Some(body) => body.as_str().unwrap().as_bytes().to_vec(),
        None => STANDARD.decode(text(case, "body_base64")).unwrap(),
    }
}

fn dialect(case: &Value) -> Dialect {
    match text(case, "dialect") {
        "standard" => Dialect::Standard,
        "hub" => Dialect::Hub,
        "plain" => Dialect::Plain,
        "timestamped" => timestamped(text(case, "header"), text(case, "separator")),
        "svix" => Dialect::Svix,
        "github" => Dialect::GitHub,
        "stripe" => Dialect::Stripe,
        "slack" => Dialect::Slack,
        "shopify" => Dialect::Shopify,
        "discord" => Dialect::Discord,
        "square" => Dialect::Square { url: text(case, "url").to_owned() },
        #[cfg(feature = "twilio")]
        "twilio" => Dialect::Twilio { url: text(case, "url").to_owned() },
        other => panic!("the dialect {other}"),
    }
}

fn is_built(case: &Value) -> bool {
    cfg!(feature = "twilio") || text(case, "dialect") != "twilio"
}

fn algorithm(case: &Value) -> Algorithm {
    match case.get("algorithm").and_then(Value::as_str) {
        None | Some("sha256") => Algorithm::Sha256,
        Some("sha512") => Algorithm::Sha512,
        Some(other) => panic!("the algorithm {other}"),
    }
}

/// With all its secrets and public keys.
fn receiver(case: &Value) -> Verifier {
    let mut keys = case["verify_with"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
    let first = keys.next().unwrap();
    let verifier = Verifier::from_text(dialect(case), first).unwrap();
    let verifier = keys.fold(verifier, |verifier, key| verifier.and_text(key).unwrap());
    let tolerance = Duration::from_secs(case["tolerance"].as_u64().unwrap());
    verifier.with_algorithm(algorithm(case)).with_tolerance(tolerance)
}

#[test]
fn every_case_is_accepted_or_refused_with_its_reason() {
    for case in vectors("cases") {
        if !is_built(&case) {
            continue;
        }
        let header = |name: &str| case["headers"].get(name).and_then(Value::as_str);
        let now = case["now"].as_i64().unwrap();
        let verdict = match receiver(&case).verify(header, &body(&case), now) {
            Ok(()) => "ok",
            Err(error) => error.code(),
        };
        assert_eq!(verdict, text(&case, "expect"), "{}", text(&case, "name"));
    }
}

#[test]
fn every_case_that_is_signed_is_signed_alike() {
    let cases: Vec<Value> =
        vectors("cases").into_iter().filter(|case| case.get("sign").is_some() && is_built(case)).collect();
    assert!(cases.len() > 40);
    for case in cases {
        let (signed, body) = (&case["sign"], body(&case));
        let secrets = signed["secrets"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
        let secrets: Vec<Secret> = secrets.map(|text| Secret::verbatim(text).unwrap()).collect();
        let message = Message::new(text(signed, "id"), signed["timestamp"].as_i64().unwrap(), &body)
            .event_type(text(signed, "event"))
            .delivery(text(signed, "delivery"));
        let headers = sign(&dialect(&case), algorithm(&case), &secrets, &message);
        let expected: Headers = case["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        let sorted = |mut headers: Headers| {
            headers.sort();
            headers
        };
        assert_eq!(sorted(headers), sorted(expected), "{}", text(&case, "name"));
    }
}

#[test]
fn the_file_is_what_the_script_computes() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors.py");
    let output = Command::new("python3").arg(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == include_bytes!("../vectors.json"), "run: python3 vectors.py > vectors.json");
}

#[test]
fn standard_hmac_signs_as_published() {
    for vector in vectors("standard_hmac") {
        check_standard(&vector, "secret", |secret| Verifier::new(Dialect::Standard, secret).unwrap());
    }
}

#[test]
fn standard_ed25519_signs_as_published() {
    for vector in vectors("standard_ed25519") {
        check_standard(&vector, "signing_key", |_| Verifier::from_public_key(text(&vector, "public_key")).unwrap());
        let secret = Secret::parse(text(&vector, "signing_key")).unwrap();
        assert_eq!(secret.public_key().as_deref(), Some(text(&vector, "public_key")));
    }
}

#[test]
fn hub_signs_as_github_documents() {
    for vector in vectors("hub") {
        let message = message(text(&vector, "body").as_bytes());
        let headers = signed(&Dialect::Hub, Algorithm::Sha256, text(&vector, "secret"), &message);
        let expected = (text(&vector, "header").to_ascii_lowercase(), text(&vector, "signature").to_owned());
        assert_eq!(headers, [expected]);
    }
}

#[test]
fn sha512_signs_as_rfc_4231_case_2() {
    let headers = signed(&Dialect::Hub, Algorithm::Sha512, "Jefe", &message(b"what do ya want for nothing?"));
    let expected = "sha512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                    9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
    assert_eq!(headers, [("x-hub-signature-512".to_owned(), expected.to_owned())]);
}

#[test]
fn plain_sends_four_headers_and_the_signature_of_the_body() {
    let message = message(b"what do ya want for nothing?");
    let headers = signed(&Dialect::Plain, Algorithm::Sha256, "Jefe", &message);
    let expected = [
        ("x-webhook-event", "price.alert"),
        ("x-webhook-timestamp", "1700000000"),
        ("x-webhook-id", "evt_1"),
        ("x-webhook-delivery", "dlv_1"),
        ("x-webhook-signature", "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    ];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(sign(&Dialect::Plain, Algorithm::Sha256, &[], &message), headers[..4]);
}

/// The key is the whole text: with the prefix stripped, or decoded, none of these would come out.
#[test]
fn timestamped_signs_as_python_does() {
    let message = crate::at(1_614_265_330, message(br#"{"a":1}"#));
    let secret = Secret::verbatim("whsec_test").unwrap();
    let cases = [
        (".", Algorithm::Sha256, "50041a14d42235317bc163894f49b9bd969aeb2e4daafdbf9df1933c941d3d1b"),
        ("", Algorithm::Sha256, "bb7eb3799f55a8145360066a9c0493aae65c069984f5d34efa6ac706e946392c"),
        (
            ".",
            Algorithm::Sha512,
            "e00799a248a82aedbfbb1ba372376c5c7ce88ca3781f1ce75a7ae9f8de48e701\
             82645799cd9bcaa2dcb976855a619315c2299f4033803d11142a1f323bcd7692",
        ),
    ];
    for (separator, algorithm, tag) in cases {
        let dialect = timestamped("X-PT-Signature", separator);
        let headers = sign(&dialect, algorithm, std::slice::from_ref(&secret), &message);
        assert_eq!(headers, [("x-pt-signature".to_owned(), format!("t=1614265330,v1={tag}"))]);
    }
}
