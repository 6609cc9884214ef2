//! What a text means as a secret, and where it can be used.

use lanehook_signature::{Dialect, Secret, SecretError, SetupError, Verifier};
use proptest::prelude::*;

use crate::{dialects, texts, timestamped};

const PAIR: &str = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const SEED: &str = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=";
const PUBLIC: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";

fn suits_standard(text: &str) -> bool {
    Secret::parse(text).unwrap().suits(&Dialect::Standard).is_ok()
}

proptest! {
    #[test]
    fn a_text_is_kept_exactly(text in texts()) {
        let secret = Secret::parse(&text).unwrap();
        prop_assert_eq!(secret.expose(), text.as_str());
    }

    #[test]
    fn generated_secrets_survive_their_text(random in any::<[u8; 32]>()) {
        for made in [Secret::generate_hmac(random), Secret::generate_ed25519(random)] {
            let parsed = Secret::parse(made.expose()).unwrap();
            prop_assert_eq!(parsed.is_ed25519(), made.is_ed25519());
            prop_assert_eq!(parsed.public_key(), made.public_key());
            prop_assert_eq!(parsed.suits(&Dialect::Standard), Ok(()));
        }
    }

    #[test]
    fn debug_shows_no_secret(random in any::<[u8; 32]>(), dialect in dialects()) {
        for secret in [Secret::generate_hmac(random), Secret::generate_ed25519(random)] {
            let (_, encoded) = secret.expose().split_once('_').unwrap();
            let shown = format!("{secret:?}");
            prop_assert!(!shown.contains(encoded));
            if let Ok(verifier) = Verifier::new(dialect.clone(), &secret) {
                let shown = format!("{verifier:?}");
                prop_assert!(!shown.contains(encoded));
            }
        }
    }
}

#[test]
fn seed_and_pair_are_the_same_signing_key() {
    for text in [PAIR, SEED] {
        let secret = Secret::parse(text).unwrap();
        assert!(secret.is_ed25519());
        assert_eq!(secret.public_key().as_deref(), Some(PUBLIC));
        assert_eq!(secret.expose(), text);
    }
}

#[test]
fn a_signing_key_that_contradicts_itself_is_refused() {
    let contradicting = PAIR.replace("Kvg==", "Kvw==");
    assert_eq!(Secret::parse(&contradicting).unwrap_err(), SecretError::KeyPairMismatch);
}

#[test]
fn an_empty_secret_is_refused() {
    assert_eq!(Secret::parse("").unwrap_err(), SecretError::Empty);
}

/// An unset variable, two quotes that a file has around nothing, or nothing but a line end in it: anybody could sign.
#[test]
fn what_has_nothing_in_it_is_no_secret_anywhere() {
    let invisible =
        ["\n", " ", "\r\n", "\t \t", "\u{a0}", "\u{2028}", "\0", "\u{feff}\n", "\u{200b}", "\u{2060}", "\u{202e}"];
    let quotes = ["\"\"", "''", "\"", " \"\"\n", "``", "\u{201c}\u{201d}", "\u{feff}\"\"", "\" \""];
    for text in invisible.into_iter().chain(quotes) {
        assert_eq!(Secret::parse(text).unwrap_err(), SecretError::Empty, "{text:?}");
        assert_eq!(Secret::verbatim(text).unwrap_err(), SecretError::Empty, "{text:?}");
        assert!(Secret::lenient(text).is_err(), "{text:?}");
        for dialect in [Dialect::Hub, Dialect::Stripe, Dialect::Standard, crate::square()] {
            assert!(Verifier::from_text(dialect, text).is_err(), "{text:?}");
        }
    }
    assert!(Secret::parse(" a ").is_ok());
}

/// What programs write for a text that is not there, and what a template has where one should be.
#[test]
fn a_word_for_a_missing_secret_is_none() {
    let others = [" null\n", "\"null\"", "nULL", "\u{feff}${SECRET}", "'$SECRET'"];
    let behind_a_prefix =
        ["whsec_null", "whsec_${SECRET}", "whsec_$SECRET", "whsec_{{ secret }}", "whsec_...", "whsec_xxxx"];
    let error = SetupError::Secret(SecretError::Placeholder);
    for text in STAND_INS.into_iter().chain(others).chain(behind_a_prefix).chain(["whsk_<signing key>"]) {
        assert_eq!(Secret::parse(text).unwrap_err(), SecretError::Placeholder, "{text:?}");
        assert_eq!(Secret::lenient(text).unwrap_err(), SecretError::Placeholder, "{text:?}");
        for dialect in [Dialect::Hub, Dialect::Stripe, Dialect::Standard, crate::square()] {
            assert_eq!(Verifier::from_text(dialect, text).unwrap_err(), error, "{text:?}");
        }
        assert!(Secret::verbatim(text).is_ok(), "somebody may have it in use");
    }
    for text in SECRETS {
        assert!(Secret::parse(text).is_ok(), "{text}");
        assert!(Verifier::from_text(Dialect::Slack, text).is_ok(), "{text}");
    }
    // Whose bytes are a key is a key.
    assert!(suits_standard("whsec_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"));
}

/// What stands where a secret is missing, in every language.
pub(crate) const STAND_INS: [&str; 43] = [
    "null",
    "NULL",
    "undefined",
    "None",
    "none",
    "nil",
    "NaN",
    "false",
    "(null)",
    "[object Object]",
    "<nil>",
    "<no value>",
    "${SECRET}",
    "${SECRET:-}",
    "${SECRET:?it is not set}",
    "${{ secrets.WEBHOOK }}",
    "$SECRET",
    "$WEBHOOK_SECRET_2",
    "$webhook_secret",
    "$env:WEBHOOK_SECRET",
    "$(SECRET)",
    "#{ENV['SECRET']}",
    "#{Secret}#",
    "#{}",
    "{{}}",
    "{{ webhook.secret }}",
    "{{ .Values.secret | quote }}",
    "{% secret %}",
    "<%= ENV['SECRET'] %>",
    "%(secret)s",
    "%WEBHOOK_SECRET%",
    "@SECRET@",
    "__SECRET__",
    "<your secret>",
    "[your-secret-2]",
    "[[ secret ]]",
    "((secret))",
    "{secret}",
    "{ webhook.secret }",
    "****",
    "...",
    "xxxxxxxx",
    "\u{2022}\u{2022}\u{2022}\u{2022}",
];

/// What looks a little like that, and was chosen or generated.
pub(crate) const SECRETS: [&str; 30] = [
    "nullnull",
    "It is None",
    "<a&b>",
    "${",
    "%5x!%",
    "nils",
    "$ecret",
    "$uper$ecret1",
    "$2b$12$abcdefghijklmnopqrstuv",
    "pa$$word{1}",
    "a${b}c",
    "{3F2504E0-4F89-11D3-9A0C-0305E82C3301}",
    "(geheim)",
    "#1 secret",
    "100%",
    "me@example.com",
    "_secret_",
    "__ab__",
    "secret",
    "xx",
    "x1x2x3",
    "**",
    "<3 webhooks",
    "shpss_0123456789abcdef0123456789abcdef",
    "8f742231b10e8888abcd99yyyzzz85a5",
    "truely",
    "$5",
    "{}",
    "[]",
    "R$k{9)Qz%L@2",
];

/// As Discord hands them out. In base64 they would be a key, and everybody knows it.
#[test]
fn a_public_key_in_hex_is_no_secret_of_standard() {
    let hex = "d52880e28f61caa4c2a48a82e55f4751a92289a78009ea9f6532270c16ce8abe";
    for text in [hex.to_owned(), hex.to_uppercase(), format!("{hex}\n")] {
        assert_eq!(Secret::lenient(&text).unwrap_err(), SecretError::HexDigits, "{text:?}");
        for dialect in [Dialect::Standard, Dialect::Svix] {
            let error = SetupError::Secret(SecretError::HexDigits);
            assert_eq!(Verifier::from_text(dialect.clone(), &text).unwrap_err(), error, "{text:?}");
            let rotated = Verifier::new(dialect, &Secret::generate_hmac([1; 32])).unwrap().and_text(&text);
            assert_eq!(rotated.unwrap_err(), error, "{text:?}");
        }
    }
    assert!(
        Secret::lenient(&hex[1..]).is_ok() || Secret::lenient(&hex[4..]).is_ok(),
        "other texts of these digits are base64"
    );
}

#[test]
fn a_text_that_does_not_keep_what_its_prefix_promises_is_no_secret() {
    let refused = |text: &str| Secret::parse(text).unwrap_err();
    for text in ["whsk_", "whsk_not base64", "whsk_AAAA", &PAIR[..40]] {
        assert_eq!(refused(text), SecretError::DamagedSigningKey, "{text}");
    }
    for text in ["whpk_", "whpk_AAAA", PUBLIC] {
        assert_eq!(refused(text), SecretError::PublicKey, "{text}");
    }
    let (short, long) = (format!("whsec_{}=", "A".repeat(31)), format!("whsec_{}=", "A".repeat(87))); // 23 and 65 bytes
    let with_line_end = format!("whsec_{}\n", "A".repeat(32));
    for text in ["whsec_", "whsec_AAAA", "whsec_!!!!", &short, &long] {
        assert_eq!(refused(text), SecretError::DamagedShared, "{text}");
    }
    for text in [&with_line_end, &format!(" {SEED}"), &format!("{PUBLIC}\t")] {
        assert_eq!(refused(text), SecretError::WhiteSpace, "{text}");
    }
}

/// Left by a shell, an editor or whoever pasted it.
#[test]
fn what_is_wrapped_around_a_secret_is_told_at_setup() {
    let whsec = format!("whsec_{}", "A".repeat(32));
    let around = |text: &str| {
        let pairs =
            [("\"", "\""), ("'", "'\n"), ("\u{feff}", ""), ("", "\u{a0}"), ("\u{201c}", "\u{201d}"), (" \u{200b}", "")];
        pairs.map(|(before, after)| format!("{before}{text}{after}"))
    };
    for text in [&whsec, PAIR, PUBLIC].into_iter().flat_map(around) {
        assert_eq!(Secret::parse(&text).unwrap_err(), SecretError::Wrapped, "{text:?}");
        assert_eq!(Secret::lenient(&text).unwrap_err(), SecretError::Wrapped, "{text:?}");
    }
    let error = SetupError::Secret(SecretError::Wrapped);
    for text in around(PUBLIC) {
        assert_eq!(Verifier::from_public_key(&text).unwrap_err(), error, "{text:?}");
    }
    let hex = "d52880e28f61caa4c2a48a82e55f4751a92289a78009ea9f6532270c16ce8abe";
    for (dialect, text) in
        [(Dialect::Standard, "A".repeat(32)), (Dialect::Svix, whsec), (Dialect::Discord, hex.to_owned())]
    {
        for text in around(&text) {
            assert_eq!(Verifier::from_text(dialect.clone(), &text).unwrap_err(), error, "{dialect:?} {text:?}");
        }
    }
    // Any text is a secret, quotes and all.
    assert!(Secret::parse("\"geheim\"").is_ok());
    assert!(Verifier::from_text(Dialect::Slack, "\"geheim\"").is_ok());
}

#[test]
fn discords_key_is_asked_for_in_its_own_words() {
    let error = Verifier::from_text(Dialect::Discord, "d52880e2").unwrap_err();
    assert!(error.to_string().contains("64 hex digits (Discord)"), "{error}");
}

#[test]
fn a_text_in_use_is_taken_verbatim() {
    for text in ["whsk_AAAA", "whsec_test", PUBLIC, "It's a Secret to Everybody"] {
        let secret = Secret::verbatim(text).unwrap();
        assert!(!secret.is_ed25519());
        assert_eq!(secret.expose(), text);
        assert_eq!(secret.suits(&Dialect::Hub), Ok(()));
        assert_eq!(secret.suits(&Dialect::Standard), Err(SecretError::NotStandard));
    }
    assert!(Secret::verbatim(PAIR).unwrap().is_ed25519(), "what `parse` takes means the same");
    assert_eq!(Secret::verbatim("").unwrap_err(), SecretError::Empty);
}

#[test]
fn standard_takes_24_to_64_bytes_in_base64() {
    assert!(suits_standard(&format!("whsec_{}", "A".repeat(32)))); // 24 bytes
    assert!(suits_standard(&format!("whsec_{}==", "A".repeat(86)))); // 64 bytes
    assert!(!suits_standard(&"A".repeat(32)));
    assert!(!suits_standard("It's a Secret to Everybody"));
}

/// Whoever set another dialect up than `standard` is not told of that one alone.
#[test]
fn errors_name_all_dialects_that_they_hold_for() {
    let (signing, text) = (Secret::generate_ed25519([1; 32]), Secret::parse("any text").unwrap());
    for dialect in [Dialect::Standard, Dialect::Svix, Dialect::Discord] {
        let name = format!("{dialect:?}").to_lowercase();
        assert_eq!(signing.suits(&dialect), Ok(()));
        assert!(signing.suits(&Dialect::Hub).unwrap_err().to_string().contains(&name));
        let error = text.suits(&dialect).unwrap_err();
        assert!(error == SecretError::Ed25519Only || error.to_string().contains(&name), "{error}");
    }
}

#[test]
fn an_ed25519_key_suits_standard_only() {
    let secret = Secret::generate_ed25519([1; 32]);
    assert_eq!(secret.suits(&Dialect::Standard), Ok(()));
    for dialect in [Dialect::Hub, Dialect::Plain, timestamped("Stripe-Signature", ".")] {
        assert_eq!(secret.suits(&dialect), Err(SecretError::StandardOnly));
        assert_eq!(Verifier::new(dialect, &secret).unwrap_err(), SetupError::Secret(SecretError::StandardOnly));
    }
}

#[test]
fn a_verifier_takes_only_a_public_key_that_means_something() {
    assert!(Verifier::from_public_key(PUBLIC).is_ok());
    let identity = "whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; // the neutral point, of order 1
    for text in ["", "whpk_", "whpk_AAAA", PAIR, &PUBLIC[5..], &format!("{PAIR}\n"), identity] {
        let error = SetupError::Secret(SecretError::InvalidPublicKey);
        assert_eq!(Verifier::from_public_key(text).unwrap_err(), error, "{text}");
    }
    let verifier = Verifier::from_public_key(PUBLIC).unwrap();
    let hex = "d52880e28f61caa4c2a48a82e55f4751a92289a78009ea9f6532270c16ce8abe";
    for text in [format!("{PUBLIC}\n"), format!("{PUBLIC}\r\n"), format!(" {PUBLIC}"), format!("{hex}\n")] {
        let error = SetupError::Secret(SecretError::WhiteSpace);
        assert_eq!(Verifier::from_public_key(&text).unwrap_err(), error, "{text:?}");
        assert_eq!(verifier.clone().and_public_key(&text).unwrap_err(), error, "{text:?}");
    }
    let hub = Verifier::new(Dialect::Hub, &Secret::generate_hmac([1; 32])).unwrap();
    assert_eq!(hub.and_public_key(PUBLIC).unwrap_err(), SetupError::Secret(SecretError::StandardOnly));
}

/// The key under which another one of the same dialect signs the same.
fn signs_alike(one: &Secret, other: &Secret, dialect: &Dialect) -> bool {
    let signed = |secret: &Secret| {
        crate::sign(dialect, Default::default(), std::slice::from_ref(secret), &crate::message(b"{}"))
    };
    signed(one) == signed(other)
}

#[test]
fn others_forms_of_a_secret_are_read() {
    let ours = Secret::parse("whsec_/+A4j3hVhnWpNTSbvbo1bPPaGSjf99EbkUgeJZJIcPg=").unwrap();
    for text in [
        "whsec_/+A4j3hVhnWpNTSbvbo1bPPaGSjf99EbkUgeJZJIcPg",
        "/+A4j3hVhnWpNTSbvbo1bPPaGSjf99EbkUgeJZJIcPg=",
        "_-A4j3hVhnWpNTSbvbo1bPPaGSjf99EbkUgeJZJIcPg",
        " whsec_/+A4j3hVhnWpNTSbvbo1bPPaGSjf99EbkUgeJZJIcPg=\n",
    ] {
        for dialect in [Dialect::Standard, Dialect::Svix] {
            assert!(signs_alike(&Secret::lenient(text).unwrap(), &ours, &dialect), "{text:?}");
        }
    }
    assert!(Secret::lenient(PAIR).unwrap().is_ed25519());
    for (text, error) in [
        ("", SecretError::Empty),
        (" \n", SecretError::Empty),
        ("whsec_AAAA", SecretError::NotBase64),
        ("It's a Secret to Everybody", SecretError::NotBase64),
        ("AQIDBAUGBwgJCgsMDQ4P", SecretError::NotBase64), // 15 bytes
        (PUBLIC, SecretError::PublicKey),
    ] {
        assert_eq!(Secret::lenient(text).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn bytes_are_the_key_in_every_dialect() {
    let bytes = b"sixteen or more.";
    let secret = Secret::from_bytes(bytes).unwrap();
    let text = Secret::parse("sixteen or more.").unwrap();
    for dialect in [Dialect::Hub, Dialect::Slack, timestamped("X-PT-Signature", "")] {
        assert!(signs_alike(&secret, &text, &dialect), "{dialect:?}");
    }
    assert!(signs_alike(&secret, &Secret::lenient(secret.expose()).unwrap(), &Dialect::Standard));
    assert_eq!(Secret::from_bytes(b"").unwrap_err(), SecretError::Empty);
    assert_eq!(Secret::from_bytes(&bytes[1..]).unwrap_err(), SecretError::TooShort);
    assert!(!format!("{secret:?}").contains("sixteen"));
}

#[test]
fn each_dialect_reads_a_secret_as_its_senders_hand_it_out() {
    let read = |dialect: &Dialect, text: &str| Verifier::from_text(dialect.clone(), text).map(drop);
    let hex = "d52880e28f61caa4c2a48a82e55f4751a92289a78009ea9f6532270c16ce8abe";
    for (dialect, text) in [
        (Dialect::Stripe, "whsec_test"),
        (Dialect::GitHub, "whsec_test"),
        (Dialect::Slack, "8f742231b10e8888abcd99yyyzzz85a5"),
        (Dialect::Svix, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        (Dialect::Standard, PUBLIC),
        (Dialect::Discord, PUBLIC),
        (Dialect::Discord, hex),
    ] {
        assert_eq!(read(&dialect, text), Ok(()), "{dialect:?}");
    }
    assert!(read(&Dialect::Discord, &hex[1..]).is_err() && read(&Dialect::Discord, "").is_err());
    for dialect in [Dialect::Stripe, Dialect::Svix, Dialect::Standard, crate::square()] {
        assert_eq!(read(&dialect, ""), Err(SetupError::Secret(SecretError::Empty)), "{dialect:?}");
    }
}

/// A variable that was set to nothing, or to the wrong one of two keys: anybody could sign.
#[test]
fn what_everybody_may_know_is_no_secret_where_any_text_is_one() {
    for dialect in [Dialect::Hub, Dialect::GitHub, Dialect::Stripe, Dialect::Slack, Dialect::Shopify, crate::square()] {
        let (line, quoted, marked) = (format!("{PUBLIC}\n"), format!("\"{PUBLIC}\""), format!("\u{feff}{PUBLIC}"));
        for (text, error) in [
            (" ", SecretError::Empty),
            ("\r\n", SecretError::Empty),
            ("whsec_", SecretError::DamagedShared),
            ("whsec_\n", SecretError::DamagedShared),
            ("\"whsec_\"", SecretError::DamagedShared),
            (PUBLIC, SecretError::PublicKey),
            (&line, SecretError::PublicKey),
            (&quoted, SecretError::PublicKey),
            (&marked, SecretError::PublicKey),
            ("whsk_", SecretError::DamagedSigningKey),
            (&PAIR[..40], SecretError::DamagedSigningKey),
            ("\"whsec_test\"", SecretError::Wrapped),
            ("whsec_test\n", SecretError::WhiteSpace),
            ("\u{feff}geheim", SecretError::Wrapped),
            ("geheim\u{200b}", SecretError::Wrapped),
            ("\"\"", SecretError::Empty),
            ("\u{200b}", SecretError::Empty),
            ("null", SecretError::Placeholder),
        ] {
            let made = Verifier::from_text(dialect.clone(), text).map(drop);
            assert_eq!(made, Err(SetupError::Secret(error)), "{dialect:?} {text:?}");
            let rotated = Verifier::from_text(dialect.clone(), "any text").unwrap().and_text(text).map(drop);
            assert_eq!(rotated, Err(SetupError::Secret(error)), "{dialect:?} {text:?}");
        }
    }
}

#[test]
fn a_dialect_that_no_request_can_have_is_refused_at_setup() {
    let secret = Secret::parse("any text").unwrap();
    for name in ["", "x y", "x:", "é", "x\n"] {
        assert_eq!(Verifier::new(timestamped(name, "."), &secret).unwrap_err(), SetupError::HeaderName, "{name:?}");
    }
    for url in ["", "https://", "example.com/webhooks", "https://example.com/a b", "https://example.com/é"] {
        let square = Dialect::Square { url: url.to_owned() };
        assert_eq!(Verifier::new(square, &secret).unwrap_err(), SetupError::Url, "{url:?}");
    }
}
