//! The stored forms of what an API key permits. A key is not changed once it is made, so nothing is written anew.

use super::{Unreadable, parts::StoredRate};
use crate::model::{RateLimit, Scope};

/// The scopes of a list of their names. One that this version does not know permits nothing in it.
pub fn scopes(text: &str) -> Result<Vec<Scope>, Unreadable> {
    let names: Vec<String> = serde_json::from_str(text).map_err(|error| Unreadable::Form(error.to_string()))?;
    let known = |name: &String| Scope::ALL.into_iter().find(|scope| scope.as_str() == name);
    Ok(names.iter().filter_map(known).collect())
}

/// How often a key may call.
pub fn rate_limit(text: &str) -> Result<RateLimit, Unreadable> {
    let rate: StoredRate = serde_json::from_str(text).map_err(|error| Unreadable::Form(error.to_string()))?;
    Ok(rate.rate())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_of_the_future_permits_nothing_and_takes_nothing_away() {
        assert_eq!(scopes(r#"["events:read","billing:read"]"#), Ok(vec![Scope::EventsRead]));
        assert!(scopes("{}").is_err());
    }
}
