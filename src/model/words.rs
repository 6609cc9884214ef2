//! What is wrong with a text that is no JSON or TOML, or that holds a value of the wrong kind: in the words of whoever writes it, and
//! not in those of a parser.

use std::borrow::Cow;

use super::nearest::nearest;

/// Why a text is no JSON, how to mend it, and where: for editors, and for programs.
pub fn not_json(error: &serde_json::Error, text: &[u8]) -> String {
    let lines_before = text.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
    let byte = lines_before.map(<[u8]>::len).sum::<usize>() + error.column();
    let found = byte.checked_sub(1).and_then(|place| text.get(place)).copied();
    let why = match text.trim_ascii().is_empty() {
        true => "there is nothing to read; a JSON document has to come, like {}".into(),
        false => why(&without_position(error), found),
    };
    format!("{why}, at line {}, column {} (byte {byte})", error.line(), error.column())
}

/// The same of a text that is not at hand any more, without the place.
pub fn no_longer_json(error: &serde_json::Error) -> String {
    why(&without_position(error), None).into_owned()
}

/// What a TOML document has wrong, with the line that has it.
pub fn not_toml(error: &toml::de::Error) -> String {
    error.to_string().trim_end().replacen(error.message(), &of_value(error.message()), 1)
}

/// What the parser says, without its place: where there is a better one, its own would say it again, less well.
pub fn without_position(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let end = said.rfind(" at line ").unwrap_or(said.len());
    said[..end].to_owned()
}

/// Why a text is no JSON. `found`: the byte at which it is none any more.
fn why(said: &str, found: Option<u8>) -> Cow<'static, str> {
    let why = match said {
        "EOF while parsing a list" => "the text ends in the middle of a list; a `]` is missing",
        "EOF while parsing an object" => "the text ends in the middle of an object; a `}` is missing",
        "EOF while parsing a string" => "the text ends in the middle of a string; a `\"` is missing",
        "EOF while parsing a value" => "the text ends where a value has to come",
        "expected `:`" => "a `:` has to come between the name of a member and its value",
        "expected `,` or `]`" => "a `,` has to come between the values of a list, and a `]` after the last",
        "expected `,` or `}`" => "a `,` has to come between the members of an object, and a `}` after the last",
        "expected ident" => NO_VALUE,
        "expected value" => match found {
            Some(b'\'') => "a string is written in double quotes, not in single ones",
            Some(b'/' | b'#') => "JSON has no comments; leave it out",
            Some(b']' | b'}' | b',') => "a value is missing here",
            Some(b'+' | b'.') => "a number begins with a digit or `-`",
            Some(byte) if byte.is_ascii_alphabetic() => NO_VALUE,
            _ => "a value has to come here: an object, a list, a string, a number, true, false or null",
        },
        "key must be a string" => "the name of a member is written in double quotes",
        "invalid escape" => "JSON has no such escape; a `\\` in a string is written as `\\\\`",
        "invalid number" => "a number has no zeros before it, and digits on both sides of its point",
        "number out of range" => "this number is larger than what can be read",
        "invalid unicode code point" => "this is not UTF-8; send the text as UTF-8",
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
            "this escape is half of a character; write both halves of it (`\\ud83d\\ude00`), or the character itself"
        }
        "trailing comma" => "a `,` comes after the last value; leave it out",
        "trailing characters" => "there is more after the end of the JSON document",
        "recursion limit exceeded" => "this is nested too deep; at most 127 levels can be read",
        said if said.starts_with("control character") => {
            "a string holds a line break or another control character; write it as an escape, like `\\n`"
        }
        said => return format!("this is not JSON: {said}").into(),
    };
    why.into()
}

const NO_VALUE: &str =
    "this is no value of JSON; a string is written in double quotes, and true, false and null in small letters";

/// Of a name that is none of these.
pub fn unknown_field<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let listed: Vec<String> = known.clone().map(|one| format!("`{one}`")).collect();
    let listed = listed.join(", ");
    match nearest(name, known) {
        Some(meant) => format!("unknown field `{name}`; did you mean `{meant}`? expected one of {listed}"),
        None => format!("unknown field `{name}`, expected one of {listed}"),
    }
}

/// A member that the reader of an object says something about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member<'a> {
    /// How it is called.
    pub name: &'a str,
    /// Whether there is no such member.
    pub is_unknown: bool,
}

/// The member of which is said that it is missing, there twice, or unknown.
pub fn named_member(said: &str) -> Option<Member<'_>> {
    let known = ["missing field `", "duplicate field `"].iter().find_map(|kind| said.strip_prefix(kind));
    if let Some(rest) = known {
        return rest.strip_suffix('`').map(|name| Member { name, is_unknown: false });
    }
    let (name, _) = said.strip_prefix("unknown field `")?.split_once("`, ")?;
    Some(Member { name, is_unknown: true })
}

/// What a value of the wrong kind has to be.
pub fn of_value(message: &str) -> String {
    if let Some(meant) = meant(message) {
        return meant;
    }
    if let Some(name) = message.strip_prefix("duplicate field ") {
        // Serde says it of a name and its alias, too.
        return format!("{name} is there twice, or by another of its names besides; give it once");
    }
    let found = ["invalid type: ", "invalid value: ", "invalid "].iter().find_map(|kind| message.strip_prefix(kind));
    let Some((found, expected)) = found.and_then(|rest| rest.rsplit_once(", expected ")) else {
        return message.to_owned();
    };
    let expected = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative and not too large",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number that is not too large",
        "f32" | "f64" => "a number",
        "a sequence" => "a list",
        "a map" => "an object",
        "variant identifier" | "unit variant" => "a string",
        other if other.starts_with("struct ") || other.starts_with("internally tagged enum") => "an object",
        other => other,
    };
    let found = match found {
        // A list where an object's members could be in order.
        "sequence" => "a list",
        other if other.starts_with("length ") => "a list",
        "map" | "newtype variant" => "an object",
        "unit value" => "null",
        other => other,
    };
    format!("this has to be {expected}, and is {found}")
}

/// An unknown name, with the one that was probably meant.
fn meant(message: &str) -> Option<String> {
    let rest = ["unknown field `", "unknown variant `"].iter().find_map(|kind| message.strip_prefix(kind))?;
    let (name, known) = rest.split_once("`, expected ")?;
    let known = known.split('`').skip(1).step_by(2);
    let nearest = nearest(name, known)?;
    let (unknown, expected) = message.split_at(message.len() - rest.len() + name.len() + 1);
    Some(format!("{unknown}; did you mean `{nearest}`?{}", expected.strip_prefix(',').unwrap_or(expected)))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_is_no_json_is_told_with_the_cure_and_the_place() {
        for (text, said) in [
            ("[1, 2", "the text ends in the middle of a list; a `]` is missing, at line 1, column 5 (byte 5)"),
            ("{\"a\": 1", "in the middle of an object; a `}` is missing"),
            ("{\"a", "in the middle of a string; a `\"` is missing"),
            ("{\"a\":", "the text ends where a value has to come"),
            ("", "there is nothing to read; a JSON document has to come, like {}, at line 1, column 0 (byte 0)"),
            (" \n ", "there is nothing to read"),
            ("{'a': 1}", "written in double quotes, at line 1, column 2"),
            ("['a']", "in double quotes, not in single ones, at line 1, column 2 (byte 2)"),
            ("{a: 1}", "the name of a member is written in double quotes"),
            ("[True]", "true, false and null in small letters"),
            ("[nul]", "true, false and null in small letters"),
            ("[NaN]", "this is no value of JSON"),
            ("[,1]", "a value is missing here"),
            ("{\"a\": }", "a value is missing here, at line 1, column 7"),
            ("[1 2]", "a `,` has to come between the values of a list"),
            ("{\"a\": 1 \"b\"}", "a `,` has to come between the members of an object"),
            ("{\"a\" 1}", "a `:` has to come between"),
            ("[1,]", "a `,` comes after the last value; leave it out"),
            ("{\"a\": 1,}", "a `,` comes after the last value; leave it out"),
            ("[1] // all", "there is more after the end of the JSON document, at line 1, column 5"),
            ("// all\n[1]", "JSON has no comments"),
            ("[+1]", "a number begins with a digit or `-`"),
            ("[01]", "a number has no zeros before it"),
            ("[1e999]", "larger than what can be read"),
            ("[\"a\nb\"]", "write it as an escape, like `\\n`"),
            ("[\"\\x\"]", "JSON has no such escape"),
            ("[\"\\ud83d\"]", "both halves of it"),
        ] {
            let error = serde_json::from_str::<Value>(text).unwrap_err();
            let words = not_json(&error, text.as_bytes());
            assert!(words.contains(said), "{text}: {words} ({error})");
        }
        let deep = "[".repeat(200);
        let error = serde_json::from_str::<Value>(&deep).unwrap_err();
        assert!(not_json(&error, deep.as_bytes()).contains("at most 127 levels"));
        let latin = b"[\"\xe9\"]";
        let error = serde_json::from_slice::<Value>(latin).unwrap_err();
        assert!(not_json(&error, latin).contains("send the text as UTF-8"), "{error}");
    }

    #[test]
    fn what_a_toml_document_has_wrong_is_told_beside_its_line() {
        #[derive(serde::Deserialize, Debug)]
        #[allow(dead_code)]
        struct Small {
            name: String,
        }
        let error = toml::from_str::<Small>("# a\nname = [1]\n").unwrap_err();
        let words = not_toml(&error);
        assert!(words.contains("line 2") && words.contains("name = [1]"), "{words}");
        assert!(words.ends_with("this has to be a string, and is a list"), "{words}");
    }
}
