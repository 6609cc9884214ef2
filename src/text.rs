//! How long a text is for a receiver, and its cut to what that takes: in the unit that the receiver counts, between
//! characters as people see them and between the pieces of its markup.

#[cfg(test)]
pub(crate) mod tests;

use crate::model::platform::{Markup, Unit};

/// What usually stands where something was cut off.
pub const ELLIPSIS: &str = "…";

/// So many code points at most are held together as one character: a joined family has seven to eleven.
const LONGEST_CLUSTER: usize = 32;

/// So much of an escape or a tag is looked at; what is longer is none.
const LONGEST_ESCAPE: usize = 12;
const LONGEST_TAG: usize = 4096;

/// How long a text is for the receiver.
pub fn length(text: &str, unit: Unit, markup: Markup) -> usize {
    match (markup, unit) {
        (Markup::Html, _) => pieces(text, unit, markup).map(|piece| piece.length).sum(),
        (_, Unit::Chars | Unit::Items) => text.chars().count(),
        (_, Unit::Utf16) => text.chars().map(char::len_utf16).sum(),
        (_, Unit::Bytes) => text.len(),
    }
}

/// The text, if it is not longer than `max`; else its longest beginning that is not together with `end`, and `end`. An
/// end that does not fit is left out.
pub fn truncate(text: &str, max: usize, unit: Unit, markup: Markup, end: &str) -> String {
    if length(text, unit, markup) <= max {
        return text.to_owned();
    }
    let room = max.checked_sub(length(end, unit, Markup::Plain));
    let mut out = String::new();
    let (mut used, mut open) = (0, Vec::new());
    for piece in pieces(text, unit, markup) {
        used += piece.length;
        if used > room.unwrap_or(max) {
            break;
        }
        match piece.tag {
            Tag::Open(name) => open.push(name),
            Tag::Close(name) => {
                if let Some(place) = open.iter().rposition(|opened| *opened == name) {
                    open.truncate(place);
                }
            }
            Tag::None => {}
        }
        out.push_str(piece.text);
    }
    // A space or a line break before the end says nothing; in Markdown it could be escaped.
    if markup != Markup::Markdown {
        out.truncate(out.trim_end().len());
    }
    if room.is_some() {
        out.push_str(end);
    }
    for name in open.iter().rev() {
        out.push_str(&format!("</{name}>"));
    }
    out
}

/// What is kept or left out as a whole.
struct Piece<'t> {
    text: &'t str,
    length: usize,
    tag: Tag<'t>,
}

enum Tag<'t> {
    None,
    Open(&'t str),
    Close(&'t str),
}

fn pieces(text: &str, unit: Unit, markup: Markup) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let piece = first(rest, unit, markup)?;
        rest = rest.get(piece.text.len()..).unwrap_or_default();
        Some(piece)
    })
}

fn first(text: &str, unit: Unit, markup: Markup) -> Option<Piece<'_>> {
    let start = text.chars().next()?;
    let whole = |end: usize| {
        let text = text.get(..end).unwrap_or(text);
        Piece { text, length: length(text, unit, Markup::Plain), tag: Tag::None }
    };
    match (markup, start) {
        (Markup::Slack | Markup::Html, '&') => {
            if let Some(end) = escape(text) {
                let piece = whole(end);
                return Some(match markup {
                    Markup::Html => Piece { length: 1, ..piece },
                    _ => piece,
                });
            }
        }
        (Markup::Slack, '<') => {
            if let Some(end) = tag(text) {
                return Some(whole(end));
            }
        }
        (Markup::Html, '<') => {
            if let Some(end) = tag(text) {
                return Some(Piece { length: 0, tag: tag_name(text.get(..end)?), ..whole(end) });
            }
        }
        (Markup::Markdown, '\\') => {
            let escaped = text.chars().nth(1).map_or(0, char::len_utf8);
            return Some(whole(1 + escaped));
        }
        _ => {}
    }
    Some(whole(cluster(text)))
}

/// Where an escape like `&amp;` ends.
fn escape(text: &str) -> Option<usize> {
    let end = text.bytes().take(LONGEST_ESCAPE).position(|c| c == b';')?;
    let name = text.get(1..end)?;
    let is_name = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'#');
    is_name.then_some(end + 1)
}

/// Where a tag ends.
fn tag(text: &str) -> Option<usize> {
    // What begins before it ends is none, so that no text is looked through twice.
    let end = 1 + text.bytes().take(LONGEST_TAG).skip(1).position(|c| matches!(c, b'<' | b'>'))?;
    (end > 1 && text.as_bytes().get(end) == Some(&b'>')).then_some(end + 1)
}

fn tag_name(tag: &str) -> Tag<'_> {
    let inside = tag.trim_start_matches('<').trim_end_matches('>');
    if inside.ends_with('/') {
        return Tag::None;
    }
    let (closes, inside) = match inside.strip_prefix('/') {
        Some(inside) => (true, inside),
        None => (false, inside),
    };
    let name = inside.split_whitespace().next().unwrap_or_default();
    if name.is_empty() || !name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
        return Tag::None;
    }
    if closes { Tag::Close(name) } else { Tag::Open(name) }
}

/// Where the first character as people see it ends: with its accents, its skin colour, and what is joined to it.
fn cluster(text: &str) -> usize {
    let mut end = 0;
    let mut joins = false;
    for (place, c) in text.chars().take(LONGEST_CLUSTER).enumerate() {
        if place > 0 && !joins && !belongs_to_the_one_before(c) {
            break;
        }
        joins = c == '\u{200d}';
        end += c.len_utf8();
    }
    end
}

fn belongs_to_the_one_before(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94d}' | '\u{e31}' | '\u{e34}'..='\u{e3a}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}
