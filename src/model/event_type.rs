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

    /// Whether it is one of our own notices.
    pub fn is_reserved(&self) -> bool {
        self.0.starts_with(RESERVED)
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

/// What our own notices' types begin with. Who wants them names them: `*` and prefixes of others leave them out.
const RESERVED: &str = "lanehook.";

/// Which event types a webhook wants: all of them, those that begin in some way (`price.*`, `price_*`), or exactly one.
/// Types that begin with `lanehook.` are matched only by patterns that begin so, too.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TypePattern {
    /// `*`, also written `all`.
    All,
    /// `price.*` or `price_*`: everything that begins with `price.`, or with `price_`. Holds what is before the `*`.
    Prefix(Arc<str>),
    /// `price.alert`
    Exactly(EventType),
}

impl TypePattern {
    /// Reads `*`, `all`, `price.*`, `price_*` or `price.alert`.
    pub fn parse(text: &str) -> Result<TypePattern, String> {
        let pattern = TypePattern::kept(text);
        let is_pattern = match &pattern {
            TypePattern::All => true,
            // With one letter more it can be a name.
            TypePattern::Prefix(prefix) => check_name(&format!("{prefix}a")).is_ok(),
            TypePattern::Exactly(_) if text.contains('*') => false,
            TypePattern::Exactly(_) => return EventType::parse(text).map(TypePattern::Exactly),
        };
        is_pattern.then_some(pattern).ok_or_else(|| {
            format!(
                "`{}` is no pattern; write a whole type (price.alert), how types begin (price.* or price_*), or all there are (*)",
                text.escape_debug()
            )
        })
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> TypePattern {
        match (text, text.strip_suffix('*')) {
            ("*" | "all", _) => TypePattern::All,
            (_, Some(prefix)) => TypePattern::Prefix(prefix.into()),
            (name, None) => TypePattern::Exactly(EventType::kept(name)),
        }
    }

    /// Whether an event of this type is asked for.
    pub fn matches(&self, event_type: &EventType) -> bool {
        match self {
            TypePattern::All => !event_type.is_reserved(),
            TypePattern::Exactly(name) => name == event_type,
            TypePattern::Prefix(prefix) => {
                event_type.as_str().starts_with(prefix.as_ref()) && (self.is_reserved() || !event_type.is_reserved())
            }
        }
    }

    /// Whether it asks for everything that the other asks for.
    pub fn includes(&self, other: &TypePattern) -> bool {
        match (self, other) {
            (TypePattern::All, _) => !other.is_reserved(),
            (_, TypePattern::All) | (TypePattern::Exactly(_), TypePattern::Prefix(_)) => false,
            (_, TypePattern::Exactly(name)) => self.matches(name),
            (TypePattern::Prefix(prefix), TypePattern::Prefix(longer)) => {
                longer.starts_with(prefix.as_ref()) && (self.is_reserved() || !other.is_reserved())
            }
        }
    }

    /// Whether it asks for our own notices.
    pub fn is_reserved(&self) -> bool {
        match self {
            TypePattern::All => false,
            TypePattern::Prefix(prefix) => prefix.starts_with(RESERVED),
            TypePattern::Exactly(name) => name.is_reserved(),
        }
    }

    /// The pattern for all of our own notices.
    pub fn all_reserved() -> TypePattern {
        TypePattern::Prefix(RESERVED.into())
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
            TypePattern::Prefix(prefix) => write!(f, "{prefix}*"),
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
    fn a_pattern_matches_what_begins_so() {
        for pattern in ["*", "all", "p*", "price*", "price.*", "price.a*"] {
            assert!(matches(pattern, "price.alert"), "{pattern}");
        }
        assert!(matches("price_*", "price_above") && matches("price*", "price"));
        assert!(!matches("price_*", "price") && !matches("price_*", "price.above"));
        assert!(matches("price.*", "price.alert.high"));
        assert!(matches("price.alert", "price.alert"));
        assert!(!matches("price.*", "price"));
        assert!(!matches("price.*", "prices.alert"));
        assert!(!matches("price.alert", "price.alert.high"));
    }

    #[test]
    fn our_own_notices_are_matched_only_by_who_names_them() {
        for pattern in ["*", "all", "l*", "lanehook*"] {
            assert!(!matches(pattern, "lanehook.webhook.failing"), "{pattern}");
        }
        for pattern in ["lanehook.*", "lanehook.web*", "lanehook.webhook.*", "lanehook.webhook.failing"] {
            assert!(matches(pattern, "lanehook.webhook.failing"), "{pattern}");
        }
        assert!(matches("lanehook*", "lanehooks.x") && !matches("lanehook.*", "lanehook"));
    }

    #[test]
    fn odd_names_are_refused() {
        assert!(TypePattern::parse(&format!("{}*", "a".repeat(128))).is_err());
        assert!(TypePattern::parse(&format!("{}*", "a".repeat(127))).is_ok());
        for pattern in ["**", "a**", ".*", "a..*", "a *", "é*"] {
            assert!(TypePattern::parse(pattern).is_err(), "{pattern:?}");
        }
        for name in ["", ".", "a.", ".a", "a..b", "a b", "a.*.b", "*.a", "é", "a\n"] {
            assert!(EventType::parse(name).is_err(), "{name:?}");
            assert!(TypePattern::parse(name).is_err(), "{name:?}");
        }
        assert!(EventType::parse(&"a".repeat(129)).is_err());
    }

    proptest! {
        #[test]
        fn a_pattern_matches_as_its_text_says(prefix in "[ab](\\.[ab]){0,2}", name in "[ab](\\.[ab]){0,3}") {
            prop_assert_eq!(matches(&format!("{prefix}*"), &name), name.starts_with(&prefix));
            let under = format!("{prefix}.");
            prop_assert_eq!(matches(&format!("{prefix}.*"), &name), name.starts_with(&under));
            prop_assert_eq!(matches(&prefix, &name), prefix == name);
        }

        #[test]
        fn what_includes_a_pattern_matches_all_that_it_matches(
            one in "(lanehook\\.|l|lanehook|a|a\\.)?[ab]?\\*|lanehook\\.a|a",
            other in "(lanehook\\.|l|lanehook|a|a\\.)?[ab]?\\*|lanehook\\.a|a",
            name in "(lanehook\\.)?[ab](\\.[ab]){0,2}",
        ) {
            let [first, second] = [&one, &other].map(|text| TypePattern::parse(text).unwrap());
            if first.includes(&second) {
                prop_assert!(!matches(&other, &name) || matches(&one, &name), "{} {} {}", one, other, name);
            }
        }
    }
}
