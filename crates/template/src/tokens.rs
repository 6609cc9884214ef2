//! The inside of a tag as tokens: what stands between `{{` and `}}`, or between `{%` and `%}`.
//!
//! Follows minijinja's lexer; where that is lenient, this one refuses. So both see the same tokens, which the guard depends
//! on, and `tests/lexer.rs` asks for over many sources.

use crate::TemplateError;

/// What kind of thing a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A name or a keyword.
    Name,
    /// A text in quotes.
    Text,
    /// A number.
    Number,
    /// An operator, bracket or mark, of one or two characters.
    Mark,
}

/// A token and the white space before it.
#[derive(Clone, Copy, Debug)]
pub struct Token<'s> {
    pub kind: Kind,
    pub text: &'s str,
    pub gap: &'s str,
    pub line: usize,
}

/// What stands in a tag.
#[derive(Debug)]
pub struct Tag<'s> {
    /// `{{`, `{%-` and so on; empty for a bare expression.
    pub open: &'s str,
    pub tokens: Vec<Token<'s>>,
    /// White space before the closing mark.
    pub tail: &'s str,
    /// `}}`, `-%}` and so on.
    pub close: &'s str,
    /// Where the tag begins.
    pub line: usize,
    /// Where in the source it ends.
    pub end: usize,
}

const TWO: [&str; 6] = ["//", "**", "==", "!=", ">=", "<="];
const ONE: &str = "+-*/%.,:~|=><()[]{}";

/// Reads a tag whose opening mark ends at `start`, up to `close` (`}}` or `%}`), or to the end if `close` is empty.
pub fn read<'s>(
    source: &'s str,
    open: &'s str,
    start: usize,
    line: usize,
    close: &str,
) -> Result<Tag<'s>, TemplateError> {
    let mut tag = Tag { open, tokens: Vec::new(), tail: "", close: "", line, end: start };
    let mut brackets: Vec<u8> = Vec::new();
    let mut at = start;
    let mut here = line;
    loop {
        let rest = source.get(at..).unwrap_or_default();
        let gap_len = rest.bytes().take_while(u8::is_ascii_whitespace).count();
        let (gap, rest) = rest.split_at(gap_len);
        here += count_lines(gap);
        at += gap_len;
        let closing = (brackets.is_empty() && !close.is_empty()).then(|| close_len(rest, close)).flatten();
        if let Some(len) = closing {
            tag.tail = gap;
            tag.close = &rest[..len];
            tag.end = at + len;
            return Ok(tag);
        }
        if rest.is_empty() {
            if close.is_empty() && brackets.is_empty() {
                tag.tail = gap;
                tag.end = at;
                return Ok(tag);
            }
            return Err(TemplateError::at(line, unclosed(open, brackets.last().copied(), close)));
        }
        let after_dot = gap.is_empty() && tag.tokens.last().is_some_and(|token| token.text == ".");
        let (kind, len) = token(rest, after_dot).map_err(|message| TemplateError::at(here, message))?;
        let (text, _) = rest.split_at(len);
        balance(text, &mut brackets).map_err(|message| TemplateError::at(here, message))?;
        tag.tokens.push(Token { kind, text, gap, line: here });
        here += count_lines(text);
        at += len;
    }
}

fn count_lines(text: &str) -> usize {
    text.bytes().filter(|c| *c == b'\n').count()
}

/// The length of the closing mark, with its `-` or `+`, if it stands here.
fn close_len(rest: &str, close: &str) -> Option<usize> {
    let signed = rest.strip_prefix(['-', '+']).is_some_and(|rest| rest.starts_with(close));
    match rest.starts_with(close) {
        true => Some(close.len()),
        false => signed.then_some(close.len() + 1),
    }
}

fn unclosed(open: &str, bracket: Option<u8>, close: &str) -> String {
    match bracket {
        Some(bracket) => format!("`{}` is never closed", char::from(bracket)),
        None => format!("`{open}` is never closed; write {close}"),
    }
}

fn balance(text: &str, brackets: &mut Vec<u8>) -> Result<(), String> {
    let expected = match text {
        "(" | "[" | "{" => {
            brackets.extend(text.bytes());
            return Ok(());
        }
        ")" => b'(',
        "]" => b'[',
        "}" => b'{',
        _ => return Ok(()),
    };
    match brackets.pop() {
        Some(bracket) if bracket == expected => Ok(()),
        Some(bracket) => Err(format!("`{}` is closed by `{text}`", char::from(bracket))),
        None => Err(format!("`{text}` closes nothing")),
    }
}

/// The kind and length of the token at the beginning of `rest`, which is not empty.
fn token(rest: &str, after_dot: bool) -> Result<(Kind, usize), String> {
    let first = rest.chars().next().unwrap_or_default();
    match first {
        '"' | '\'' => text_len(rest, first).map(|len| (Kind::Text, len)),
        '0'..='9' => number_len(rest, after_dot).map(|len| (Kind::Number, len)),
        'a'..='z' | 'A'..='Z' | '_' => {
            Ok((Kind::Name, rest.bytes().take_while(|c| c.is_ascii_alphanumeric() || *c == b'_').count()))
        }
        _ if TWO.iter().any(|two| rest.starts_with(two)) => Ok((Kind::Mark, 2)),
        _ if ONE.contains(first) => Ok((Kind::Mark, 1)),
        '&' => Err("`&` is no operator here; write `and`".into()),
        '!' => Err("`!` is no operator here; write `not`".into()),
        _ => Err(format!("`{}` cannot stand here; put texts in quotes", first.escape_debug())),
    }
}

fn text_len(rest: &str, quote: char) -> Result<usize, String> {
    let mut escaped = false;
    for (place, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Ok(place + 1),
            _ => {}
        }
    }
    Err(format!("a text that begins with {quote} has no end"))
}

/// The length of a number: `12`, `1_000`, `1.5`, `1e-5`, `0x1F`. After a dot it is an item's place, and has no fraction.
///
/// minijinja ends a number where it can, and takes `1in` for two tokens and `1.` for one; who writes such a thing means
/// something else, or to get past the guard.
fn number_len(rest: &str, after_dot: bool) -> Result<usize, String> {
    let bytes = rest.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let count = |from: usize, is_digit: fn(&u8) -> bool| {
        bytes.iter().skip(from).take_while(|c| is_digit(c) || **c == b'_').count()
    };
    let (mut end, mut is_whole) = match (byte(0), byte(1)) {
        (b'0', b'x' | b'X') => (2 + count(2, u8::is_ascii_hexdigit), false),
        (b'0', b'b' | b'B' | b'o' | b'O') => (2 + count(2, u8::is_ascii_digit), false),
        _ => (count(0, u8::is_ascii_digit), true),
    };
    let is_decimal = is_whole;
    if is_decimal && !after_dot && byte(end) == b'.' && byte(end + 1).is_ascii_digit() {
        end += 1 + count(end + 1, u8::is_ascii_digit);
        is_whole = false;
    }
    if is_decimal && matches!(byte(end), b'e' | b'E') {
        let sign = usize::from(matches!(byte(end + 1), b'+' | b'-'));
        if byte(end + 1 + sign).is_ascii_digit() {
            end += 1 + sign + count(end + 1 + sign, u8::is_ascii_digit);
            is_whole = false;
        }
    }
    let next = rest[end..].chars().next().unwrap_or_default();
    if next.is_alphanumeric() || next == '_' {
        return Err(format!("write a space after the number {}", &rest[..end]));
    }
    if next == '.' && is_whole && !after_dot {
        let is_exponent = matches!(byte(end + 1), b'e' | b'E') && matches!(byte(end + 2), b'+' | b'-' | b'0'..=b'9');
        if is_exponent || !(byte(end + 1).is_ascii_alphabetic() || byte(end + 1) == b'_') {
            return Err(format!("a number has digits after its point; write {}.0", &rest[..end]));
        }
    }
    Ok(end)
}
