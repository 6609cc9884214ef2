//! Links of the web within texts: where one ends, and how it is written into any Markdown without being taken apart.

/// What no link goes beyond.
fn ends(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`' | '\u{2060}')
}

/// Where the link ends that begins here; `None` if none does. `before`: what is in front of it.
pub fn end(before: &str, text: &str) -> Option<usize> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    if before.chars().next_back().is_some_and(char::is_alphanumeric) {
        return None;
    }
    let mut end = text.find(ends).unwrap_or(text.len());
    // What a sentence has behind it is not part of it; a bracket is, if it was opened within.
    while let Some(last) = text[..end].chars().next_back() {
        let opened = |open: char, close: char| text[..end].matches(open).count() >= text[..end].matches(close).count();
        let is_part = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '|' | '\\' | '…' | '[' | '(' | '{' => false,
            ')' => opened('(', ')'),
            ']' => opened('[', ']'),
            '}' => opened('{', '}'),
            _ => true,
        };
        if is_part {
            break;
        }
        end -= last.len_utf8();
    }
    let authority =
        &host[..host.find(['/', '?', '#']).unwrap_or(host.len()).min(end.checked_sub(text.len() - host.len())?)];
    // Only names that mean nothing in any markup; who logs in by a link is not shown to be somewhere else.
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':');
    (authority.starts_with(char::is_alphanumeric) && authority.chars().all(is_plain)).then_some(end)
}

/// Writes a link so that nothing in it means anything in Markdown, but for `_`, which stays to be read.
pub fn write(link: &str, out: &mut String) {
    for c in link.chars() {
        match c {
            '(' | ')' | '[' | ']' | '{' | '}' | '*' | '|' | '\\' | '^' | '~' | '@' | '\'' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
}
