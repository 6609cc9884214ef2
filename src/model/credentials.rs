//! Credentials, hidden in texts that repeat them: platforms and receivers answer with what they were sent.

use std::collections::BTreeSet;

/// What stands for a credential wherever one is shown.
pub const REDACTED: &str = "[redacted]";

/// Credentials, as they are and as JSON and forms write them. Has no `Debug`, so that it cannot be logged.
#[derive(Default)]
pub struct Credentials(BTreeSet<String>);

impl Credentials {
    /// These, of which empty ones are none.
    pub fn new<'c>(all: impl IntoIterator<Item = &'c str>) -> Credentials {
        let mut forms = BTreeSet::new();
        for credential in all.into_iter().filter(|credential| !credential.is_empty()) {
            forms.insert(serde_json::Value::from(credential).to_string().trim_matches('"').to_owned());
            forms.insert(url::form_urlencoded::byte_serialize(credential.as_bytes()).collect());
            forms.insert(credential.to_owned());
        }
        Credentials(forms)
    }

    /// The text with all of them hidden; `None` if there are none in it.
    pub fn hidden(&self, text: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_credential_is_hidden() {
        let hide = |all: &[&str], text: &str| Credentials::new(all.iter().copied()).hidden(text);
        assert_eq!(hide(&["t", "u"], "<t> <u>").as_deref(), Some("<[redacted]> <[redacted]>"));
        assert_eq!(hide(&["t", "u", ""], "none"), None);
        let shown = hide(&["a\"b&c", "red"], r#"{"key":"a\"b&c","x":1}&token=a%22b%26c red"#);
        assert_eq!(shown.as_deref(), Some(r#"{"key":"[redacted]","x":1}&token=[redacted] [redacted]"#));
        assert_eq!(hide(&["secret", "secret-longer"], "secret-longer").as_deref(), Some("[redacted]"));
    }
}
