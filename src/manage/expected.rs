//! Which version of a thing its caller means to change.

use std::fmt;

use crate::model::{Tenant, WebhookKey};

/// Names one version of the thing with this key; another one under the same id later has other names.
pub fn version_name(key: impl fmt::Display, version: u64) -> String {
    format!("{key}.{version}")
}

/// What the caller thinks it is changing (RFC 9110, section 13.1). The default is: whatever there is.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// Something must be there, whatever its version.
    pub exists: bool,
    /// Nothing must be there.
    pub is_new: bool,
    /// It must be in one of the versions with these names.
    pub versions: Option<Vec<String>>,
}

/// How what is there is not what is expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mismatch {
    /// It must be new, and there is one.
    Exists,
    /// It must be there, and there is none.
    Missing,
    /// It is in another version.
    OtherVersion,
}

impl Expected {
    /// Whether only certain versions will do.
    pub(super) fn names_versions(&self) -> bool {
        !self.exists && self.versions.is_some()
    }

    /// Whether the webhook that was found, in this version, is it.
    pub(super) fn check(&self, found: Option<(WebhookKey, u64)>) -> Result<(), Mismatch> {
        self.check_name(found.map(|(webhook, version)| version_name(webhook, version)))
    }

    /// Whether the tenant that was found is it.
    pub fn check_tenant(&self, found: &Tenant) -> Result<(), Mismatch> {
        self.check_name(Some(version_name(found.key.0, found.version)))
    }

    /// Whether what was found is it; none, or the name of its version.
    pub(super) fn check_name(&self, found: Option<String>) -> Result<(), Mismatch> {
        match found {
            Some(_) if self.is_new => Err(Mismatch::Exists),
            None if self.exists || self.versions.is_some() => Err(Mismatch::Missing),
            Some(found) if !self.exists && self.versions.as_ref().is_some_and(|names| !names.contains(&found)) => {
                Err(Mismatch::OtherVersion)
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_what_is_expected_or_how_it_is_not() {
        let named = |names: &[&str]| Expected {
            versions: Some(names.iter().map(|&name| name.to_owned()).collect()),
            ..Expected::default()
        };
        let (exists, is_new) =
            (Expected { exists: true, ..Expected::default() }, Expected { is_new: true, ..Expected::default() });
        for (expected, found, answer) in [
            (Expected::default(), Some("a.3"), Ok(())),
            (Expected::default(), None, Ok(())),
            (named(&["a.2", "a.3"]), Some("a.3"), Ok(())),
            (named(&["a.2"]), Some("a.3"), Err(Mismatch::OtherVersion)),
            (named(&[]), Some("a.3"), Err(Mismatch::OtherVersion)),
            (named(&["a.3"]), None, Err(Mismatch::Missing)),
            (exists.clone(), Some("a.3"), Ok(())),
            (exists, None, Err(Mismatch::Missing)),
            (is_new.clone(), None, Ok(())),
            (is_new, Some("a.3"), Err(Mismatch::Exists)),
        ] {
            assert_eq!(expected.check_name(found.map(str::to_owned)), answer, "{expected:?} {found:?}");
        }
    }
}
