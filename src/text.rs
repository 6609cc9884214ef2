//! How long a text is for a receiver, and its cut to what that takes: in the unit that the receiver counts, between
//! characters as people see them and between the pieces of its markup.

#[cfg(test)]
pub(crate) mod tests;

use unicode_segmentation::UnicodeSegmentation as _;

use crate::platform::{Markup, Unit};

/// What usually stands where something was cut off.
pub const ELLIPSIS: &str = "…";

/// Bytes that are held together as one character, at most: a joined family with its skin colours has 41.
const LONGEST_CLUSTER: usize = 128;

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

/// A character, escape or tag: what a cut leaves in or out as a whole.
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
            return Some(whole(1 + cluster(&text[1..])));
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

/// Where the first character as people see it ends: an extended grapheme cluster (UAX #29). Only so much is looked at as can
/// belong to it, so that a text that is one long cluster takes no longer than others.
fn cluster(text: &str) -> usize {
    let start = &text[..text.floor_char_boundary(LONGEST_CLUSTER)];
    start.graphemes(true).next().map_or(0, str::len)
}
