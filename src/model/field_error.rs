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
}

impl FieldError {
    /// At this place.
    pub fn at(pointer: impl Into<String>, message: impl Into<String>) -> FieldError {
        FieldError { pointer: pointer.into(), message: message.into() }
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
