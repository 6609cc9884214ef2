//! Names for people.

use super::error::AccessError;

/// A name for people, of a tenant or a key: 1 to 200 characters on one line.
pub(super) fn check_name(name: &str) -> Result<(), AccessError> {
    if !(1..=200).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(AccessError::field("/name", "is 1 to 200 characters without control characters"));
    }
    Ok(())
}
