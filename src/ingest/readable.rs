//! Whether everybody can read a JSON text: filters, templates and receivers in any language. Pure.
//!
//! Correct JSON can hold what most readers refuse: halves of surrogate pairs, numbers beyond a double's range, and hundreds
//! of levels (RFC 8259, sections 4, 6, 8.2 and 9; RFC 7493, I-JSON, forbids the first two). Better refused when it is
//! published than silently matched by no filter. What is suspicious is read; the rest, nearly everything, is only looked at.

use memchr::memchr2;
use serde_json::Value;

/// Deeper than this is suspicious; the reader's own limit is 127.
const DEEP: usize = 100;
/// A number of so many characters is suspicious; a double's range ends after 309 digits.
const LONG_NUMBER: usize = 300;

/// Says what is wrong with a correct JSON text.
pub fn readable(text: &str) -> Result<(), String> {
    if !is_suspicious(text.as_bytes()) {
        return Ok(());
    }
    match serde_json::from_str::<Value>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("cannot be read by everybody: {error} of it")),
    }
}

fn is_suspicious(text: &[u8]) -> bool {
    let (mut place, mut depth) = (0, 0_usize);
    while let Some(&c) = text.get(place) {
        place += 1;
        match c {
            b'"' => match string(&text[place..]) {
                Some(length) => place += length,
                None => return true,
            },
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEP {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9' => {
                let length = text[place..].iter().take_while(|c| matches!(c, b'0'..=b'9' | b'.')).count();
                place += length;
                if length > LONG_NUMBER || matches!(text.get(place), Some(b'e' | b'E')) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// How long the rest of a string is, with its quote; `None` if it has a surrogate in it.
fn string(rest: &[u8]) -> Option<usize> {
    let mut place = 0;
    loop {
        place += memchr2(b'"', b'\\', rest.get(place..)?)?;
        match (rest[place], rest.get(place + 1), rest.get(place + 2)) {
            (b'"', ..) => return Some(place + 1),
            (_, Some(b'u'), Some(b'd' | b'D')) => return None,
            _ => place += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_some_cannot_read_is_refused_with_its_place() {
        for (text, part) in [
            (r#"{"a":1e400}"#, "number out of range at line 1 column"),
            (r#"{"a":-1E400}"#, "number out of range"),
            (r#"["\ud800"]"#, "hex escape"),
            (r#"{"\uDC00":1}"#, "hex escape"),
        ] {
            let error = readable(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(readable(&"9".repeat(400)).unwrap_err().contains("out of range"));
        assert!(readable(&format!("{}1{}", "[".repeat(130), "]".repeat(130))).unwrap_err().contains("recursion"));
    }

    #[test]
    fn what_everybody_can_read_is_left_alone() {
        let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
        for text in
            ["1e5", "-1.5E-7", "1e-400", r#""\ud83d\ude00""#, r#"{"e":"1e999","u":"\\ud800","\"":"\ufffd"}"#, &deep]
        {
            assert_eq!(readable(text), Ok(()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_not_suspicious_can_be_read(pieces in prop::collection::vec(prop_oneof![
            Just("1e"), Just("9"), Just("400"), Just("-"), Just("\\ud8"), Just("\\u"), Just("0061"), Just("\""), Just("["),
            Just("]"), Just("{"), Just("}"), Just(":"), Just(","), Just("\\"), Just("é"), Just(" "), Just(".5"),
        ], 0..12)) {
            let text = pieces.concat();
            let is_json = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            if is_json && !is_suspicious(text.as_bytes()) {
                prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
            }
        }
    }
}
