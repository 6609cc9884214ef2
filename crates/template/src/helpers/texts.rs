//! Texts for where they go: cut to a length in the receiver's units, escaped for its markup.

use minijinja::{Error, State, Value, value::Kwargs};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    errors::{kind, wrong},
    links,
};
use crate::{
    graphemes::{self, ELLIPSIS, Unit},
    print,
};

/// The value, or another one where there is none: `version|default(1)`. `null` is none, too, as events have it for what they do
/// not know. `default(x, true)`: also in place of what is empty, zero or false.
pub fn default(value: &Value, other: Option<Value>, lax: Option<bool>, kwargs: Kwargs) -> Result<Value, Error> {
    let other = other.or(kwargs.get("default_value")?).unwrap_or_else(|| Value::from(""));
    let lax = lax.or(kwargs.get("boolean")?).unwrap_or_default();
    kwargs.assert_all_used()?;
    let is_none = value.is_undefined() || value.is_none() || lax && !value.is_true();
    Ok(if is_none { other } else { value.clone() })
}

/// The text of a value: of a text, a number, true or false; `null` is no text.
pub fn read(state: &mut State, value: &Value, filter: &str) -> Result<String, Error> {
    match value.as_object() {
        None => print::text(state, value),
        Some(_) => Err(wrong(format!("`{filter}` takes a text, not {}; write |tojson before it", kind(value)))),
    }
}

/// At most `length` units of text, of which `end` takes its part: `truncate(75)`, `truncate(4096, "utf16")`.
///
/// Units are `chars` (Unicode scalar values), `utf16` and `bytes` (of UTF-8). No character is cut in two, not
/// even one that is made of several (a letter with its accent, a family).
pub fn truncate(
    state: &mut State,
    value: &Value,
    length: Option<usize>,
    unit: Option<&str>,
    kwargs: Kwargs,
) -> Result<String, Error> {
    let length = length.or(kwargs.get("length")?).unwrap_or(255);
    let unit = unit.or(kwargs.get("unit")?).unwrap_or("chars");
    let end = kwargs.get::<Option<&str>>("end")?.unwrap_or(ELLIPSIS);
    kwargs.assert_all_used()?;
    let unit = match unit {
        "chars" => Unit::Chars,
        "utf16" => Unit::Utf16,
        "bytes" => Unit::Bytes,
        _ => return Err(wrong("the unit of `truncate` is chars, utf16 or bytes")),
    };
    let whole = read(state, value, "truncate")?;
    // Of what is kept, each character has to be looked up.
    let kept = whole.len().min(length.saturating_mul(4));
    print::charge(state, whole.len() as u64 + if whole.is_ascii() { 0 } else { 4 * kept as u64 })?;
    Ok(graphemes::truncate(&whole, length, unit, end))
}

/// What [`urlencode`] encodes: all but RFC 3986's unreserved characters.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encodes everything but letters, digits, `-`, `.`, `_` and `~` (RFC 3986, section 2.3), also `/`.
pub fn urlencode(state: &mut State, value: &Value) -> Result<String, Error> {
    let text = read(state, value, "urlencode")?;
    print::charge(state, text.len() as u64 * 4)?;
    Ok(utf8_percent_encode(&text, &RESERVED).to_string())
}

fn replaced(state: &State, text: &str, with: impl Fn(char) -> Option<&'static str>) -> Result<String, Error> {
    print::charge(state, text.len() as u64 * 6)?;
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match with(c) {
            Some(replacement) => out.push_str(replacement),
            None => out.push(c),
        }
    }
    Ok(out)
}

/// Slack's three control characters (`&`, `<`, `>`).
pub fn slack_escape(state: &mut State, value: &Value) -> Result<String, Error> {
    let text = read(state, value, "slack_escape")?;
    replaced(state, &text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    })
}

/// What HTML and XML take as text, also between quotes.
pub fn html_escape(state: &mut State, value: &Value) -> Result<String, Error> {
    let text = read(state, value, "html_escape")?;
    replaced(state, &text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    })
}

/// A backslash before what means something in Markdown (CommonMark, or a platform's by name). Links of the web stay links:
/// they are not escaped, and what could end them or mean something within them is percent-encoded.
///
/// Where a platform calls people, or knows no backslash (`zulip`, `dingtalk`, `wecom`: emphasis and code stay possible
/// there), a word joiner (U+2060), which does not show, parts what would call somebody or make a link with a text.
pub fn markdown_escape(
    state: &mut State,
    value: &Value,
    flavor: Option<&str>,
    kwargs: Kwargs,
) -> Result<String, Error> {
    let flavor = flavor.or(kwargs.get("flavor")?);
    let (special, understood): (&str, &[&str]) = match flavor {
        Some("discord") => ("\\*_~`|>#-[]()<:@", &[]),
        Some("telegram") => ("\\_*[]()~`>#+-=|{}.!", &[]),
        Some("mattermost") => ("\\*_`[~#", &["@", "<!"]),
        Some("rocketchat") => ("*_~`#", &["@", "]("]),
        Some("zulip" | "dingtalk") => ("", &["@", "]("]),
        Some("wecom") => ("", &["<@", "]("]),
        // CommonMark: a backslash is an escape before any punctuation.
        None => ("\\`*_{}[]()<>#+-.!|~:@=&\"'", &[]),
        Some(_) => {
            let known = "discord, telegram, mattermost, rocketchat, zulip, dingtalk or wecom";
            return Err(wrong(format!("the flavor of `markdown_escape` is {known}")));
        }
    };
    kwargs.assert_all_used()?;
    let text = read(state, value, "markdown_escape")?;
    print::charge(state, text.len() as u64 * 6)?;
    let mut out = String::with_capacity(text.len() * 5 / 4);
    // Telegram wants the same characters escaped in links, and shows them without.
    let keeps_links = flavor != Some("telegram");
    let mut behind = 0;
    for (place, c) in text.char_indices() {
        if place < behind {
            continue;
        }
        let rest = &text[place..];
        if keeps_links
            && c == 'h'
            && let Some(end) = links::end(&text[..place], rest)
        {
            links::write(&rest[..end], &mut out);
            behind = place + end;
            continue;
        }
        if special.contains(c) {
            out.push('\\');
        }
        out.push(c);
        if understood.iter().any(|sequence| rest.starts_with(sequence)) {
            out.push('\u{2060}');
        }
    }
    Ok(out)
}
