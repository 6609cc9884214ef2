//! A template's source as parts: text, tags, and what is copied as it is.

use crate::{
    TemplateError,
    tokens::{self, Tag},
};

/// A part of the source.
#[derive(Debug)]
pub enum Part<'s> {
    /// Text that is written as it stands; begins in this line.
    Text(&'s str, usize),
    /// `{# … #}`, or the tags around raw text: not written.
    Silent(&'s str),
    /// `{{ … }}`
    Print(Tag<'s>),
    /// `{% … %}`
    Block(Tag<'s>),
}

/// The parts in order; together they are the source.
pub fn parts(source: &str) -> Result<Vec<Part<'_>>, TemplateError> {
    let mut parts = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < source.len() {
        let next = at + next_tag(&source[at..]);
        if next > at {
            parts.push(Part::Text(&source[at..next], line));
        }
        line += lines(&source[at..next]);
        at = next;
        if at == source.len() {
            break;
        }
        let end = tag(source, at, line, &mut parts)?;
        line += lines(&source[at..end]);
        at = end;
    }
    Ok(parts)
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|c| *c == b'\n').count()
}

/// Where the next `{{`, `{%` or `{#` is; the length of the text if there is none.
fn next_tag(text: &str) -> usize {
    let bytes = text.as_bytes();
    let starts = bytes.windows(2).position(|pair| matches!(pair, b"{{" | b"{%" | b"{#"));
    starts.unwrap_or(text.len())
}

/// Reads the tag at `at`, and returns where it ends.
fn tag<'s>(source: &'s str, at: usize, line: usize, parts: &mut Vec<Part<'s>>) -> Result<usize, TemplateError> {
    let rest = &source[at..];
    let signed = rest[2..].starts_with(['-', '+']);
    let open = &rest[..2 + usize::from(signed)];
    let start = at + open.len();
    if rest.starts_with("{#") {
        let len =
            source[start..].find("#}").ok_or_else(|| TemplateError::at(line, "`{#` is never closed; write #}"))?;
        let end = start + len + 2;
        parts.push(Part::Silent(&source[at..end]));
        return Ok(end);
    }
    if rest.starts_with("{{") {
        let tag = tokens::read(source, open, start, line, "}}")?;
        let end = tag.end;
        parts.push(Part::Print(tag));
        return Ok(end);
    }
    if let Some(len) = basic_tag(&source[start..], "raw") {
        return raw(source, at, start + len, line, parts);
    }
    let tag = tokens::read(source, open, start, line, "%}")?;
    let end = tag.end;
    parts.push(Part::Block(tag));
    Ok(end)
}

/// `{% raw %}` at `at`, whose text begins at `start`, up to and with `{% endraw %}`.
fn raw<'s>(
    source: &'s str,
    at: usize,
    start: usize,
    line: usize,
    parts: &mut Vec<Part<'s>>,
) -> Result<usize, TemplateError> {
    let mut from = start;
    while let Some(place) = source[from..].find("{%") {
        let end = from + place;
        let rest = &source[end + 2..];
        let unsigned = rest.strip_prefix(['-', '+']).unwrap_or(rest);
        if let Some(len) = basic_tag(unsigned, "endraw") {
            let close = end + 2 + (rest.len() - unsigned.len()) + len;
            parts.push(Part::Silent(&source[at..start]));
            parts.push(Part::Text(&source[start..end], line + lines(&source[at..start])));
            parts.push(Part::Silent(&source[end..close]));
            return Ok(close);
        }
        from = end + 2;
    }
    Err(TemplateError::at(line, "`{% raw %}` is never closed; write {% endraw %}"))
}

/// The length of `name %}` at the beginning, if it is that and nothing else.
fn basic_tag(text: &str, name: &str) -> Option<usize> {
    let space = |c: char| c.is_ascii_whitespace();
    let rest = text.trim_start_matches(space).strip_prefix(name)?.trim_start_matches(space);
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).strip_prefix("%}")?;
    Some(text.len() - rest.len())
}
