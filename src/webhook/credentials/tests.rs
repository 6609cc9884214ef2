use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;

fn credentials(all: &[&str]) -> Credentials {
    Credentials::new(all.iter().map(|one| (*one).to_owned()))
}

fn hide(all: &[&str], text: &str) -> Option<String> {
    credentials(all).hidden(text)
}

#[test]
fn each_credential_is_hidden_once_and_whole() {
    assert_eq!(hide(&["first-one", "second"], "<first-one> <second>").as_deref(), Some("<[redacted]> <[redacted]>"));
    assert_eq!(hide(&["first-one", "second", ""], "none"), None);
    let shown = hide(&["a\"b&c/d", "[redacted"], r#"{"key":"a\"b&c/d","x":"a\"b&c\/d"}&token=a%22b%26c%2Fd red"#);
    assert_eq!(shown.as_deref(), Some(r#"{"key":"[redacted]","x":"[redacted]"}&token=[redacted] red"#));
    assert_eq!(hide(&["secret", "secret-longer"], "secret-longer!").as_deref(), Some("[redacted]!"));
    assert_eq!(hide(&["secret-long", "longer-one"], "secret-longer-one!").as_deref(), Some("[redacted]!"), "both");
    assert_eq!(hide(&["two words"], "a=two+words&b").as_deref(), Some("a=[redacted]&b"), "as forms write it");
}

#[test]
fn what_is_short_is_left_alone() {
    assert_eq!(hide(&["x", "1", "the", "token"], "the next token 401"), None);
}

#[test]
fn a_credential_is_hidden_wherever_the_text_was_cut_and_whatever_stands_beside_it() {
    let credentials = credentials(&["token-0123456789"]);
    assert_eq!(credentials.hidden("it was token-01234").as_deref(), Some("it was [redacted]"));
    assert_eq!(credentials.hidden("it was token"), None);
    assert_eq!(credentials.hidden("it was %74oken-0123").as_deref(), Some("it was [redacted]"));
    assert_eq!(
        hide(&["012345-012345"], "012345-012345").as_deref(),
        Some("[redacted]"),
        "its end is no beginning of it"
    );
    let shown = credentials.hidden_in_bytes(b"Requ\xeate token-0123456789 refus\xe9e token-012");
    assert_eq!(shown.as_deref(), Some(&b"Requ\xeate [redacted] refus\xe9e [redacted]"[..]));
    assert_eq!(credentials.hidden_in_bytes(b"\xff"), None);
}

#[test]
fn a_credential_in_a_layer_of_a_layer_is_hidden() {
    let secret = "p\"w/0&rd";
    let json = serde_json::Value::from(secret).to_string();
    let twice = serde_json::Value::from(json.replace('/', "\\/")).to_string();
    let shown = hide(&[secret], &format!("<pre>{}</pre>", html(&twice))).unwrap();
    assert_eq!(shown, "<pre>&quot;\\&quot;[redacted]\\&quot;&quot;</pre>");
    // One that looks as if it had escapes in it, as it is and escaped.
    for text in ["a%41b&amp;c", "a%2541b%26amp%3Bc", "a%41b&amp;amp;c", "a%41b\\u0026amp;c"] {
        assert_eq!(hide(&["a%41b&amp;c"], text).as_deref(), Some("[redacted]"), "{text}");
    }
}

#[test]
fn what_stands_beside_an_escaped_credential_is_no_part_of_it() {
    // A quote behind a backslash is one in JSON, and not in HTML.
    assert_eq!(hide(&["a&b<c>\\"], "<i id=\"a&amp;b&lt;c&gt;\\\">").as_deref(), Some("<i id=\"[redacted]\">"));
}

#[test]
fn of_a_login_nothing_is_left() {
    let login = BASE64_STANDARD.encode("user:password");
    assert_eq!(hide(&["password"], &format!("Basic {login}!")).as_deref(), Some("Basic dXNlcj[redacted]!"));
    // As URLs and JSON have it.
    for text in [login.replace('=', "%3D"), login.replace('=', "\\u003d")] {
        assert_eq!(hide(&["password"], &text).as_deref(), Some("dXNlcj[redacted]"), "{text}");
    }
}

#[test]
fn a_credential_in_lines_is_hidden_with_its_breaks_and_nothing_else_is() {
    let secret = "a long credential that takes more than a line of base64, whatever its lines are: 0123456789";
    let encoded = BASE64_STANDARD.encode(format!("user:{secret}"));
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    for (whole, kept) in [(&encoded, "dXNlcj"), (&hex, "")] {
        for separator in ["\r\n", "\n", "\n ", " ", "\t"] {
            for width in [16, 64, 76] {
                let lines: Vec<&str> =
                    whole.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
                let text = format!("it was\n{}\nand more", lines.join(separator));
                let expected = format!("it was\n{kept}[redacted]\nand more");
                assert_eq!(hide(&[secret], &text), Some(expected), "{separator:?} {width}");
                // And in a string of JSON.
                let shown = hide(&[secret], &serde_json::Value::from(text).to_string()).unwrap();
                assert_eq!(shown, format!("\"it was\\n{kept}[redacted]\\nand more\""), "{separator:?} {width}");
            }
        }
    }
}

fn html(text: &str) -> String {
    let mut shown = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    shown = shown.replace('"', "&quot;").replace('\'', "&#39;");
    shown
}

fn each(text: &str, as_written: impl Fn(u32) -> String) -> String {
    text.chars().map(|c| as_written(u32::from(c))).collect()
}

/// Only what is neither a letter nor a digit.
fn special(text: &str, as_written: impl Fn(u32) -> String) -> String {
    let write = |c: char| if c.is_ascii_alphanumeric() { c.to_string() } else { as_written(u32::from(c)) };
    text.chars().map(write).collect()
}

/// A text in each of the ways in which others write it.
fn written(text: &str) -> Vec<(&'static str, String)> {
    let json = serde_json::Value::from(text).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let percent = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    vec![
        ("plain", text.to_owned()),
        ("json with \\/", json.replace('/', "\\/")),
        ("json", json),
        ("json escapes", special(text, |c| format!("\\u{c:04x}"))),
        ("json escapes of all, upper case", each(text, |c| format!("\\u{c:04X}"))),
        ("javascript escapes", special(text, |c| format!("\\x{c:02x}"))),
        ("percent, lower case", special(text, |c| format!("%{c:02x}"))),
        ("percent of all", each(text, |c| format!("%{c:02X}"))),
        ("percent", percent),
        ("form", url::form_urlencoded::byte_serialize(text.as_bytes()).collect()),
        ("html", html(text)),
        ("html, hex", special(text, |c| format!("&#x{c:x};"))),
        ("html, decimal", special(text, |c| format!("&#{c};"))),
        ("hex", each(text, |c| format!("{c:02x}"))),
        ("hex, upper case", each(text, |c| format!("{c:02X}"))),
        ("base64", BASE64_STANDARD.encode(text)),
        ("base64 without padding", BASE64_STANDARD_NO_PAD.encode(text)),
        ("base64 for URLs", BASE64_URL_SAFE.encode(text)),
        ("base64 for URLs without padding", BASE64_URL_SAFE_NO_PAD.encode(text)),
    ]
}

/// What headers can carry.
fn secret() -> impl Strategy<Value = String> {
    "[!-~][ -~]{4,60}[!-~]"
}

proptest! {
    #[test]
    fn a_secret_is_hidden_in_each_way_to_write_it(secret in secret(), before in "[ ,:<>(){}\"]{0,9}", after in "[ ,<>(){}\"]{0,9}") {
        let credentials = credentials(&[&secret]);
        for (way, text) in written(&secret) {
            let shown = credentials.hidden(&format!("{before}{text}{after}")).unwrap_or_default();
            prop_assert!(shown.contains(REDACTED), "{}: {}", way, shown);
            let rest = shown.replace(REDACTED, "");
            for (way, form) in written(&secret) {
                prop_assert!(!rest.contains(&form), "{}: {}", way, shown);
            }
            prop_assert!(rest.len() <= before.len() + after.len(), "{}: {}", way, shown);
        }
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands_in_base64(secret in secret(), before in "[a-z:]{0,9}", after in "[a-z:]{0,9}") {
        let text = format!("{before}{secret}{after}");
        let bits = |text: &str| text.len() * 8;
        let (start, end) = (bits(&before) / 6, (bits(&before) + bits(&secret)).div_ceil(6));
        for alphabet in [BASE64_STANDARD, BASE64_URL_SAFE, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let whole = alphabet.encode(&text);
            let rest = if after.is_empty() { "" } else { &whole[end..] };
            let shown = credentials(&[&secret]).hidden(&format!("<{whole}>"));
            prop_assert_eq!(shown, Some(format!("<{}{REDACTED}{rest}>", &whole[..start])));
        }
    }

    #[test]
    fn what_has_no_secret_in_it_stays_as_it_is(secret in "[A-Z0-9]{6,40}", text in "([a-z%&;/\\\\\"+=é-]|%2[0-9A-F]|\\\\u00[0-7][0-9a-f]|&#x?[1-9];|&amp;){0,60}") {
        prop_assert_eq!(hide(&[&secret], &text), None);
    }

    #[test]
    fn any_bytes_are_searched_without_panic(secrets in prop::collection::vec("\\PC{0,12}", 0..4), text in prop::collection::vec(any::<u8>(), 0..200)) {
        let all: Vec<&str> = secrets.iter().map(String::as_str).collect();
        let _ = credentials(&all).hidden_in_bytes(&text);
    }
}
