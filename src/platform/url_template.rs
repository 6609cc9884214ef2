//! Text with placeholders, `/bot{bot_token}/sendMessage`: a platform file's URLs and headers. No logic, so that what goes
//! into a URL or a header is plain to see; each placeholder is filled with a field's value.

use std::collections::BTreeMap;

/// The placeholder that is filled per delivery: the same text whenever the same delivery is sent again.
pub const IDEMPOTENCY_KEY: &str = "idempotency_key";

/// The placeholder that is filled with the key of the alert that a request ends.
pub const ALERT_KEY: &str = "alert_key";

/// A parsed text with placeholders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UrlTemplate(Vec<Part>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Text(String),
    Placeholder(String),
}

impl UrlTemplate {
    /// Reads `text {placeholder} text`; a brace that belongs to none is an error.
    pub fn parse(text: &str) -> Result<UrlTemplate, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (name, after) = behind.split_once('}').ok_or_else(|| format!("`{text}`: a `{{` is not closed"))?;
            let is_name = !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
            if !is_name || before.contains('}') {
                return Err(format!("`{text}`: a placeholder is a field's id in braces, like {{chat_id}}"));
            }
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Placeholder(name.to_owned()));
            rest = after;
        }
        if rest.contains('}') {
            return Err(format!("`{text}`: a `}}` was not opened"));
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(UrlTemplate(parts))
    }

    /// The names of its placeholders.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// With the values as they are. `None` if a placeholder's value is missing or empty.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Option<String> {
        self.fill_with(values, |value, out| out.push_str(value))
    }

    /// With the values percent-encoded so that each stays within its path segment or query value.
    pub fn fill_url(&self, values: &BTreeMap<String, String>) -> Option<String> {
        self.fill_with(values, percent_encode)
    }

    fn fill_with(&self, values: &BTreeMap<String, String>, write: impl Fn(&str, &mut String)) -> Option<String> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Placeholder(name) => write(values.get(name).filter(|value| !value.is_empty())?, &mut out),
            }
        }
        Some(out)
    }
}

/// RFC 3986: everything but unreserved characters, and `:` and `@`, which a path segment may hold.
fn percent_encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' | b':' | b'@' => out.push(byte.into()),
            byte if byte.is_ascii_alphanumeric() => out.push(byte.into()),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    #[test]
    fn a_value_cannot_leave_its_place_in_a_url() {
        let template = UrlTemplate::parse("https://h.example/bot{token}/send").unwrap();
        let filled = |token| template.fill_url(&values(&[("token", token)])).unwrap();
        assert_eq!(filled("12:aB-c"), "https://h.example/bot12:aB-c/send");
        assert_eq!(filled("../?x#y"), "https://h.example/bot..%2F%3Fx%23y/send");
        assert_eq!(filled("é"), "https://h.example/bot%C3%A9/send");
    }

    #[test]
    fn a_placeholder_without_a_value_gives_nothing() {
        let template = UrlTemplate::parse("Key {key}").unwrap();
        assert_eq!(template.fill(&values(&[("key", "")])), None);
        assert_eq!(template.fill(&values(&[])), None);
        assert_eq!(template.fill(&values(&[("key", "a b")])), Some("Key a b".into()));
    }

    #[test]
    fn odd_braces_are_refused() {
        for text in ["{", "}", "{}", "{a", "a}", "{A}", "{a b}", "}{a}", "{{a}}"] {
            assert!(UrlTemplate::parse(text).is_err(), "{text}");
        }
    }
}
