//! JSON written in another way: a text enters, the same tokens with other spaces and other escapes leave. It is no
//! parser: what is not JSON comes out as something else that is not JSON, or not at all.
//!
//! Numbers and the order of keys are left alone: what `1.0` or the order was before is gone once a parser had it.

/// What stands between tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spaces {
    /// Nothing: `{"a":[1,2]}`, as most writers do.
    None,
    /// One space after commas and colons: `{"a": [1, 2]}`, as Python does.
    AsPython,
}

/// How the inside of strings is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    /// As in the text.
    AsTheyAre,
    /// Escapes only where JSON wants them. Undoes `\u00e9`, `\/` (PHP) and `\u003c` (Go).
    Plain,
    /// Everything beyond ASCII as `\u` and four hex digits, as Python does.
    Ascii,
}

/// The text written that way, if it looks like a JSON object or array in UTF-8.
pub(super) fn rewrite(body: &[u8], spaces: Spaces, strings: Strings) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?.trim_matches(is_space);
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            let inside = &rest[1..];
            let end = end_of_string(inside)?;
            out.push('"');
            match strings {
                Strings::AsTheyAre => out.push_str(&inside[..end]),
                Strings::Plain | Strings::Ascii => string(&mut out, &inside[..end], strings)?,
            }
            out.push('"');
            rest = &inside[end + 1..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if is_space(c) {
            continue;
        }
        out.push(c);
        if spaces == Spaces::AsPython && matches!(c, ',' | ':') {
            out.push(' ');
        }
    }
    Some(out.into_bytes())
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// Where the closing quote is.
fn end_of_string(inside: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// A string without its quotes, escapes resolved and made anew. `None` for an escape that is none.
fn string(out: &mut String, inside: &str, strings: Strings) -> Option<()> {
    let mut rest = inside;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if c != '\\' {
            character(out, c, strings);
            continue;
        }
        let kind = rest.chars().next()?;
        rest = &rest[kind.len_utf8()..];
        match kind {
            '"' | '\\' | '/' => character(out, kind, strings),
            'b' => character(out, '\u{8}', strings),
            'f' => character(out, '\u{c}', strings),
            'n' => character(out, '\n', strings),
            'r' => character(out, '\r', strings),
            't' => character(out, '\t', strings),
            'u' => rest = unicode(out, rest, strings)?,
            _ => return None,
        }
    }
    Some(())
}

/// What follows `\u`; surrogates come in pairs, and half a pair stays an escape. Returns the rest.
fn unicode<'a>(out: &mut String, rest: &'a str, strings: Strings) -> Option<&'a str> {
    let (unit, rest) = hex4(rest)?;
    let pair = rest.strip_prefix("\\u").and_then(hex4);
    if let Some((low, after)) = pair
        && let Some(Ok(c)) = char::decode_utf16([unit, low]).next()
        && u32::from(c) > 0xFFFF
    {
        character(out, c, strings);
        return Some(after);
    }
    match char::from_u32(unit.into()) {
        Some(c) => character(out, c, strings),
        None => escape(out, unit),
    }
    Some(rest)
}

fn hex4(text: &str) -> Option<(u16, &str)> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    Some((u16::from_str_radix(digits, 16).ok()?, &text[4..]))
}

fn character(out: &mut String, c: char, strings: Strings) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        ' '..='~' => out.push(c),
        _ if strings == Strings::Ascii || c < ' ' => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escape(out, *unit);
            }
        }
        _ => out.push(c),
    }
}

fn escape(out: &mut String, unit: u16) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(char::from(DIGITS[usize::from(unit >> shift & 15)]));
    }
}
