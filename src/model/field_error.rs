//! What is wrong with an input, and where: a JSON pointer (RFC 6901) and a sentence that says how to mend it.

use std::{fmt, ops::RangeInclusive};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// The most wrong fields that are told of at one time.
pub(crate) const MOST_ERRORS: usize = 20;

/// One wrong field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer to the field; empty for the whole document.
    #[schema(example = "/url")]
    pub pointer: String,
    /// What is wrong, and how to mend it.
    pub message: String,
    /// JSON pointer to the other field, where two do not go together.
    #[serde(skip)]
    #[schema(ignore)]
    pub beside: Option<&'static str>,
}

impl FieldError {
    /// At this place.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> FieldError {
        FieldError { pointer: pointer.into(), message: message.into(), beside: None }
    }

    /// The field does not go together with the one at this pointer.
    pub fn beside(self, pointer: &'static str) -> FieldError {
        FieldError { beside: Some(pointer), ..self }
    }
}

impl From<FieldError> for Vec<FieldError> {
    fn from(error: FieldError) -> Vec<FieldError> {
        vec![error]
    }
}

/// A name as a part of a JSON pointer (RFC 6901).
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What is wrong with a part of a value that is read as a whole: the sentence takes the place of the part along, since serde knows only that
/// of the whole. `place` is a member's name, or several with `/` between them.
pub(crate) fn in_part(place: &str, message: impl fmt::Display) -> String {
    format!("in `/{place}`: {message}")
}

/// The place of the part, a pointer from where the whole is, and the sentence.
pub(crate) fn part_of(said: &str) -> Option<(&str, &str)> {
    let (place, message) = said.strip_prefix("in `")?.split_once("`: ")?;
    place.starts_with('/').then_some((place, message))
}

/// Whether it is about a name that there is not.
pub(crate) fn is_unknown(error: &FieldError) -> bool {
    error.message.starts_with("unknown field `")
}

/// A value, if it is what it has to be.
pub(crate) fn checked<'de, D, T>(deserializer: D, check: impl FnOnce(&T) -> Result<(), String>) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = T::deserialize(deserializer)?;
    check(&value).map_err(D::Error::custom)?;
    Ok(value)
}

/// A value, or its default for null: for members of variants, which are read when the reader of nulls is past.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Whether a value is in its range; `what` names it.
pub(crate) fn within<T: PartialOrd + fmt::Display>(
    what: &str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), String> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(format!("{what} is from {} to {}, not {value}", range.start(), range.end()))
}

/// All results, or what is wrong with any of them: as much as is told of at one time.
pub(crate) fn all<T>(results: impl IntoIterator<Item = Result<T, Vec<FieldError>>>) -> Result<Vec<T>, Vec<FieldError>> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(one) => good.push(one),
            Err(errors) => wrong.extend(errors),
        }
        if wrong.len() >= MOST_ERRORS {
            break;
        }
    }
    wrong.truncate(MOST_ERRORS);
    if wrong.is_empty() { Ok(good) } else { Err(wrong) }
}
