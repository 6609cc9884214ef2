//! Names for people.

/// A name for people, of a tenant or a key: 1 to 200 characters on one line.
///
/// # Errors
/// What a name is.
pub fn check_name(name: &str) -> Result<(), String> {
    if !(1..=200).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err("is 1 to 200 characters without control characters".into());
    }
    Ok(())
}
