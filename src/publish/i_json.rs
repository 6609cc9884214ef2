//! Whether everybody can read a JSON text: filters, templates and receivers in any language. Pure.
//!
//! Correct JSON can hold what most readers refuse: halves of surrogate pairs, numbers beyond a double's range, and hundreds
//! of levels (RFC 8259, sections 4, 6, 8.2 and 9; RFC 7493, I-JSON, forbids the first two). Better refused when it is
//! published than silently matched by no filter. What is suspicious is read; the rest, nearly everything, is only looked at.
//! I-JSON forbids names that are there twice, too. These are let through: every reader takes one of the two, and to find them, all
//! data would have to be read.

use std::fmt;

use memchr::memchr2;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The deepest that is taken: readers refuse more than 127 levels, and what is sent has some around the data.
const DEEPEST: usize = 100;
/// A number of so many characters is suspicious; a double's range ends after 309 digits.
const LONG_NUMBER: usize = 300;
/// A key by which serde_json takes an object for another document. Nobody else means anything by it.
const RESERVED: &str = "$serde_json::private::";

/// Says what is wrong with a correct JSON text.
pub fn readable(text: &str) -> Result<(), String> {
    match look(text.as_bytes()) {
        Look::Fine => Ok(()),
        Look::TooDeep => Err(format!("has more than {DEEPEST} levels")),
        Look::Suspicious => match serde_json::from_str::<Anything>(text) {
            Ok(Anything) => Ok(()),
            Err(error) => Err(format!("cannot be read by everybody: {error} of it")),
        },
    }
}

enum Look {
    Fine,
    TooDeep,
    Suspicious,
}

fn look(text: &[u8]) -> Look {
    let (mut place, mut depth, mut suspicious) = (0, 0_usize, false);
    while let Some(&c) = text.get(place) {
        place += 1;
        match c {
            b'"' => {
                let (length, odd) = string(&text[place..]);
                place += length;
                suspicious |= odd;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    return Look::TooDeep;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9' => {
                let length = text[place..].iter().take_while(|c| matches!(c, b'0'..=b'9' | b'.')).count();
                place += length;
                suspicious |= length > LONG_NUMBER || matches!(text.get(place), Some(b'e' | b'E'));
            }
            _ => {}
        }
    }
    if suspicious { Look::Suspicious } else { Look::Fine }
}

/// How long the rest of a string is, with its quote, and whether it could be the reserved key or hold a surrogate, which
/// both can be written with `\u`.
fn string(rest: &[u8]) -> (usize, bool) {
    let (mut place, mut odd) = (0, rest.starts_with(b"$"));
    while let Some(found) = rest.get(place..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        place += found;
        if rest[place] == b'"' {
            return (place + 1, odd);
        }
        odd |= matches!((rest.get(place + 1), rest.get(place + 2)), (Some(b'u'), Some(b'd' | b'D' | b'0')));
        place += 2;
    }
    (rest.len(), true)
}

/// Whatever is read without an error, and has no reserved key.
struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Anything, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

impl<'de> Visitor<'de> for Anything {
    type Value = Anything;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_str<E>(self, _: &str) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_unit<E>(self) -> Result<Anything, E> {
        Ok(Anything)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Anything, A::Error> {
        while items.next_element::<Anything>()?.is_some() {}
        Ok(Anything)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Anything, A::Error> {
        while let Some((name, Anything)) = members.next_entry::<String, Anything>()? {
            if name.starts_with(RESERVED) {
                return Err(A::Error::custom(format!("the name `{}…` is reserved", RESERVED)));
            }
        }
        Ok(Anything)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use serde_json::Value;

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
        assert!(readable(&format!("{}1{}", "[".repeat(101), "]".repeat(101))).unwrap_err().contains("100 levels"));
        for name in [
            "$serde_json::private::RawValue",
            "\\u0024serde_json::private::RawValue",
            "$\\u0073erde_json::private::Number",
        ] {
            let error = readable(&format!(r#"[{{"{name}":"{{}}"}}]"#)).unwrap_err();
            assert!(error.contains("is reserved"), "{name}: {error}");
        }
    }

    #[test]
    fn what_everybody_can_read_is_left_alone() {
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        for text in [
            "1e5",
            "-1.5E-7",
            "1e-400",
            r#""\ud83d\ude00""#,
            r#"{"e":"1e999","u":"\\ud800","\"":"\ufffd"}"#,
            &deep,
            r#"{"$ref":1,"\u00e9":"\u0000","ä":true,"n":null}"#,
        ] {
            assert_eq!(readable(text), Ok(()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_let_through_can_be_read(pieces in prop::collection::vec(prop_oneof![
            Just("1e"), Just("9"), Just("400"), Just("-"), Just("\\ud8"), Just("\\u"), Just("0061"), Just("\""), Just("["),
            Just("]"), Just("{"), Just("}"), Just(":"), Just(","), Just("\\"), Just("é"), Just(" "), Just(".5"), Just("\"$serde_json::private::RawValue\":"),
        ], 0..12)) {
            let text = pieces.concat();
            let is_json = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            if is_json && readable(&text).is_ok() {
                prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
            }
        }
    }
}
