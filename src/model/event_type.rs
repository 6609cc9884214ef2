//! Names of event types (`price.alert`) and the patterns by which a webhook asks for them.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

const MAX_LEN: usize = 128;

/// A dotted name: letters, digits, `_` and `-`, in parts separated by dots; at most 128 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EventType(Arc<str>);

impl EventType {
    /// Checks the name.
    pub fn parse(text: &str) -> Result<EventType, String> {
        check_name(text)?;
        Ok(EventType(text.into()))
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> EventType {
        EventType(text.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check_name(text: &str) -> Result<(), String> {
    let is_word =
        |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-');
    if text.len() > MAX_LEN {
        return Err(format!("an event type has at most {MAX_LEN} characters, this one has {}", text.len()));
    }
    if !text.split('.').all(is_word) {
        return Err(format!(
            "`{}` is not an event type; use letters, digits, `_` and `-` in parts separated by dots, like price.alert",
            text.escape_debug()
        ));
    }
    Ok(())
}

impl TryFrom<String> for EventType {
    type Error = String;
    fn try_from(text: String) -> Result<EventType, String> {
        EventType::parse(&text)
    }
}

impl From<EventType> for String {
    fn from(name: EventType) -> String {
        name.0.as_ref().into()
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which event types a webhook wants: all of them, those under a prefix (`price.*`), or exactly one.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TypePattern {
    /// `*`
    All,
    /// `price.*`: everything below `price`, at any depth, but not `price` itself. Holds `price`.
    Under(Arc<str>),
    /// `price.alert`
    Exactly(EventType),
}

impl TypePattern {
    /// Reads `*`, `price.*` or `price.alert`.
    pub fn parse(text: &str) -> Result<TypePattern, String> {
        if text == "*" {
            return Ok(TypePattern::All);
        }
        match text.strip_suffix(".*") {
            Some(prefix) if !prefix.is_empty() => check_name(prefix).map(|()| TypePattern::Under(prefix.into())),
            None if !text.contains('*') => EventType::parse(text).map(TypePattern::Exactly),
            _ => Err(format!(
                "`{}` is no pattern; write a whole type (price.alert), all below one (price.*), or all there are (*)",
                text.escape_debug()
            )),
        }
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> TypePattern {
        match (text, text.strip_suffix(".*")) {
            ("*", _) => TypePattern::All,
            (_, Some(prefix)) => TypePattern::Under(prefix.into()),
            (name, None) => TypePattern::Exactly(EventType::kept(name)),
        }
    }

    /// Whether an event of this type is asked for.
    pub fn matches(&self, event_type: &EventType) -> bool {
        match self {
            TypePattern::All => true,
            TypePattern::Exactly(name) => name == event_type,
            TypePattern::Under(prefix) => {
                event_type.as_str().strip_prefix(prefix.as_ref()).is_some_and(|rest| rest.starts_with('.'))
            }
        }
    }
}

impl TryFrom<String> for TypePattern {
    type Error = String;
    fn try_from(text: String) -> Result<TypePattern, String> {
        TypePattern::parse(&text)
    }
}

impl From<TypePattern> for String {
    fn from(pattern: TypePattern) -> String {
        pattern.to_string()
    }
}

impl fmt::Display for TypePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TypePattern::All => f.write_str("*"),
            TypePattern::Under(prefix) => write!(f, "{prefix}.*"),
            TypePattern::Exactly(name) => name.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, event_type: &str) -> bool {
        TypePattern::parse(pattern).unwrap().matches(&EventType::parse(event_type).unwrap())
    }

    #[test]
    fn patterns_match_whole_parts_only() {
        assert!(matches("*", "price.alert"));
        assert!(matches("price.*", "price.alert.high"));
        assert!(matches("price.alert", "price.alert"));
        assert!(!matches("price.*", "price"));
        assert!(!matches("price.*", "prices.alert"));
        assert!(!matches("price.alert", "price.alert.high"));
    }

    #[test]
    fn odd_names_are_refused() {
        for name in ["", ".", "a.", ".a", "a..b", "a b", "a.*.b", "*.a", "é", "a\n"] {
            assert!(EventType::parse(name).is_err(), "{name:?}");
            assert!(TypePattern::parse(name).is_err(), "{name:?}");
        }
        assert!(EventType::parse(&"a".repeat(129)).is_err());
    }

    proptest! {
        #[test]
        fn a_pattern_matches_as_its_text_says(prefix in "[ab](\\.[ab]){0,2}", name in "[ab](\\.[ab]){0,3}") {
            let under = format!("{prefix}.");
            prop_assert_eq!(matches(&format!("{prefix}.*"), &name), name.starts_with(&under));
            prop_assert_eq!(matches(&prefix, &name), prefix == name);
        }
    }
}
