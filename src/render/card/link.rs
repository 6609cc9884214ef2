//! Links that may be shown to people.

use url::{Position, Url};

const LONGEST: usize = 2_000;

/// An http(s) URL, written so that no markup that it is put into takes a part of it for its own end.
pub fn link(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if url.host_str().is_none_or(str::is_empty) || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = &url[..Position::BeforePath];
    let mut link = host.to_owned();
    for c in url[Position::BeforePath..].chars() {
        match c {
            '(' | ')' | '\'' | '"' | '*' | '|' | '<' | '>' | '\\' | '`' | '[' | ']' | '{' | '}' | '^' | ' ' => {
                link.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => link.push(c),
        }
    }
    (link.len() <= LONGEST && !host.contains(['[', ']'])).then_some(link)
}
