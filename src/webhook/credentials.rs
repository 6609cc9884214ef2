//! Credentials, hidden in texts that repeat them: platforms and receivers answer with what they were sent.

use std::collections::BTreeSet;

use crate::model::REDACTED;

/// Bytes of the shortest that are hidden.
const SHORTEST: usize = 6;

/// Credentials, as they are and as JSON and forms write them. Has no `Debug`, so that it cannot be logged.
#[derive(Default)]
pub struct Credentials(BTreeSet<String>);

impl Credentials {
    /// These. What is short stands in many a text that has nothing to do with it, and hiding it would tell it.
    pub fn new<'c>(all: impl IntoIterator<Item = &'c str>) -> Credentials {
        let mut forms = BTreeSet::new();
        for credential in all.into_iter().filter(|credential| credential.len() >= SHORTEST) {
            let json = serde_json::Value::from(credential).to_string();
            let json = &json[1..json.len() - 1];
            forms.insert(json.replace('/', "\\/"));
            forms.insert(json.to_owned());
            forms.insert(url::form_urlencoded::byte_serialize(credential.as_bytes()).collect());
            forms.insert(credential.to_owned());
        }
        Credentials(forms)
    }

    /// Bytes, which need not be text, with all of them hidden; `None` if there are none in it.
    pub fn hidden_in_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return None;
        }
        let (mut shown, mut found) = (Vec::with_capacity(bytes.len()), false);
        for chunk in bytes.utf8_chunks() {
            match self.hidden(chunk.valid()) {
                Some(hidden) => {
                    found = true;
                    shown.extend_from_slice(hidden.as_bytes());
                }
                None => shown.extend_from_slice(chunk.valid().as_bytes()),
            }
            shown.extend_from_slice(chunk.invalid());
        }
        found.then_some(shown)
    }

    /// The text with all of them hidden, also one whose end was cut off with the text's; `None` if there are none in it.
    pub fn hidden(&self, text: &str) -> Option<String> {
        let whole = self.hidden_in_whole(text);
        let text = whole.as_deref().unwrap_or(text);
        match self.0.iter().filter_map(|form| cut_off(text, form)).max() {
            Some(cut) => Some(format!("{}{REDACTED}", &text[..text.len() - cut])),
            None => whole,
        }
    }

    fn hidden_in_whole(&self, text: &str) -> Option<String> {
        if !self.0.iter().any(|form| text.contains(form.as_str())) {
            return None;
        }
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        // In one pass, so that nothing is looked for in what stands for another. A longer form comes after its beginning.
        while let Some(c) = rest.chars().next() {
            let found = self.0.iter().rev().find(|form| rest.starts_with(form.as_str()));
            match found {
                Some(_) => shown.push_str(REDACTED),
                None => shown.push(c),
            }
            rest = &rest[found.map_or(c.len_utf8(), String::len)..];
        }
        Some(shown)
    }
}

/// How much of this stands at the text's end, if it is not all.
fn cut_off(text: &str, form: &str) -> Option<usize> {
    let longest = text.len().min(form.len() - 1);
    (SHORTEST..=longest).rev().find(|&length| text.as_bytes().ends_with(&form.as_bytes()[..length])).filter(|length| {
        // Not within a character.
        form.is_char_boundary(*length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_credential_is_hidden() {
        let hide = |all: &[&str], text: &str| Credentials::new(all.iter().copied()).hidden(text);
        assert_eq!(
            hide(&["first-one", "second"], "<first-one> <second>").as_deref(),
            Some("<[redacted]> <[redacted]>")
        );
        assert_eq!(hide(&["first-one", "second", ""], "none"), None);
        let shown = hide(&["a\"b&c/d", "[redacted"], r#"{"key":"a\"b&c/d","x":"a\"b&c\/d"}&token=a%22b%26c%2Fd red"#);
        assert_eq!(shown.as_deref(), Some(r#"{"key":"[redacted]","x":"[redacted]"}&token=[redacted] red"#));
        assert_eq!(hide(&["secret", "secret-longer"], "secret-longer!").as_deref(), Some("[redacted]!"));
    }

    #[test]
    fn what_is_short_is_left_alone() {
        assert_eq!(Credentials::new(["x", "1", "the"]).hidden("the next 401"), None);
    }

    #[test]
    fn a_credential_is_hidden_wherever_the_text_was_cut_and_whatever_stands_beside_it() {
        let credentials = Credentials::new(["token-0123456789"]);
        assert_eq!(credentials.hidden("it was token-01234").as_deref(), Some("it was [redacted]"));
        assert_eq!(credentials.hidden("it was token"), None);
        let again = Credentials::new(["012345-012345"]);
        assert_eq!(again.hidden("012345-012345").as_deref(), Some("[redacted]"), "its end is no beginning of it");
        let shown = credentials.hidden_in_bytes(b"Requ\xeate token-0123456789 refus\xe9e token-012");
        assert_eq!(shown.as_deref(), Some(&b"Requ\xeate [redacted] refus\xe9e [redacted]"[..]));
        assert_eq!(credentials.hidden_in_bytes(b"\xff"), None);
    }
}
