//! JSON read so that no whole number loses its digits: those that a reader of doubles would round come as texts.
//!
//! What is beyond 64 bits has no place in [`Value`] but as a double, and two ids of 21 digits would be one. As a text such a
//! number has all its digits in templates, cards, forms and what is made of them. Reading all numbers as texts
//! (`arbitrary_precision` of serde_json) would cost every event for the sake of these, and changes how every enum with a
//! tag is read.

use std::borrow::Cow;

use memchr::memchr2;
use serde_json::Value;

/// No whole number of fewer digits is beyond 64 bits.
const SHORTEST: usize = 19;

/// Reads a JSON document.
///
/// # Errors
/// It is none.
pub fn read(json: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(&with_texts(json))
}

/// The document, which may have been cut, with quotes around such numbers.
pub fn with_texts(json: &[u8]) -> Cow<'_, [u8]> {
    let (mut place, mut copied, mut out) = (0, 0, Vec::new());
    while let Some(&c) = json.get(place) {
        match c {
            b'"' => place += 1 + text_length(&json[place + 1..]),
            b'-' | b'0'..=b'9' => {
                let is_part = |c: &&u8| matches!(c, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let length = 1 + json[place + 1..].iter().take_while(is_part).count();
                let number = &json[place..place + length];
                if length >= SHORTEST && is_rounded(number) {
                    out.extend_from_slice(&json[copied..place]);
                    out.push(b'"');
                    out.extend_from_slice(number);
                    out.push(b'"');
                    copied = place + length;
                }
                place += length;
            }
            _ => place += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    out.extend_from_slice(&json[copied..]);
    Cow::Owned(out)
}

/// Whether a whole number is beyond 64 bits. One with leading zeros is no JSON, and stays to be refused.
fn is_rounded(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    let is_whole = digits.iter().all(u8::is_ascii_digit) && !digits.starts_with(b"0");
    let text = std::str::from_utf8(number).unwrap_or_default();
    is_whole && text.parse::<i64>().is_err() && text.parse::<u64>().is_err()
}

/// How long the rest of a text is, with its quote.
fn text_length(rest: &[u8]) -> usize {
    let mut place = 0;
    while let Some(found) = rest.get(place..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        place += found;
        if rest[place] == b'"' {
            return place + 1;
        }
        place += 2;
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_keep_their_digits() {
        let text = r#"{"a":[123456789012345678901, -9223372036854775809],"b":18446744073709551615,"c":1e30,"d":"123456789012345678901\"1"}"#;
        let expected = json!({
            "a": ["123456789012345678901", "-9223372036854775809"], "b": u64::MAX, "c": 1e30, "d": "123456789012345678901\"1"
        });
        assert_eq!(read(text.as_bytes()).unwrap(), expected);
        for text in ["0123456789012345678901", "[1234567890123456789012", "12345678901234567890-1", "\"\\", "-"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn all_else_is_read_as_it_is(text in "[\\[\\]{}\",:0-9a-e.+\\\\ -]{0,60}", value in any::<f64>(), name in any::<String>()) {
            for text in [text, json!({name: value, "n": [i64::MIN, u64::MAX]}).to_string()] {
                match (serde_json::from_str::<Value>(&text), read(text.as_bytes())) {
                    (Ok(plain), Ok(exact)) if with_texts(text.as_bytes()) == text.as_bytes() => prop_assert_eq!(plain, exact),
                    (plain, exact) => prop_assert_eq!(plain.is_ok(), exact.is_ok(), "{}", text),
                }
            }
        }

        #[test]
        fn any_whole_number_comes_back(number: i128) {
            let text = format!("[{number}]");
            let read = read(text.as_bytes()).unwrap();
            prop_assert_eq!(read[0].as_str().map_or_else(|| read[0].to_string(), str::to_owned), number.to_string());
        }
    }
}
