//! Placeholders of credentials, which answers show and settings cannot have. Pure.

use crate::model::{FieldError, REDACTED, field_error::escaped};

/// Refuses the placeholder as the value that `of` has under this name.
pub fn no_placeholder(of: &str, name: &str, value: &str) -> Result<(), FieldError> {
    if value != REDACTED {
        return Ok(());
    }
    let message = "this is the placeholder that stands for a credential; send the value itself, or change other fields \
                   with PATCH";
    Err(FieldError::at(format!("/{of}/{}", escaped(name)), message))
}
