//! The name of a platform in settings.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::model::schema::Look;

/// A platform's name in settings: lower-case letters, digits and `_`, at most 32.
///
/// Whether there is such a platform is `Platform::find`'s word: settings outlive the files they name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlatformId(String);

impl PlatformId {
    /// Checks the form.
    pub fn parse(text: &str) -> Result<PlatformId, String> {
        let starts = text.starts_with(|c: char| c.is_ascii_lowercase());
        let fits = text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_');
        match starts && fits && text.len() <= 32 {
            true => Ok(PlatformId(text.to_owned())),
            false => Err(format!("`{}` is no platform's name; it looks like slack", text.escape_debug())),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PlatformId {
    type Error = String;
    fn try_from(text: String) -> Result<PlatformId, String> {
        PlatformId::parse(&text)
    }
}

impl From<PlatformId> for String {
    fn from(id: PlatformId) -> String {
        id.0
    }
}

impl fmt::Display for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialSchema for PlatformId {
    fn schema() -> RefOr<Schema> {
        let description = "A platform's name, as `GET /api/v1/platforms` lists them.";
        Look { pattern: "^[a-z][a-z0-9_]*$".into(), longest: 32, example: "slack", description }.schema()
    }
}

impl ToSchema for PlatformId {
    fn name() -> Cow<'static, str> {
        "PlatformId".into()
    }
}
