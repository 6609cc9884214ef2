//! How requests prove to the receiver who sends them, besides signatures.

use std::fmt;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::headers::{check_header_value, credentials_in, header_name};
use crate::model::{REDACTED, field_error::checked};

// Its `Debug` is redacted.
/// How a request authenticates.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// It does not.
    #[default]
    None,
    /// `Authorization: Bearer <token>`
    Bearer {
        #[serde(deserialize_with = "credential")]
        #[schema(min_length = 1, max_length = 2048, pattern = "^[!-~]([ -~]*[!-~])?$")]
        token: String,
    },
    /// `Authorization: Basic …` (RFC 7617)
    Basic {
        #[serde(deserialize_with = "basic_user")]
        #[schema(max_length = 2048, pattern = "^([!-9;-~]([ -9;-~]*[!-9;-~])?)?$")]
        username: String,
        #[serde(deserialize_with = "credential")]
        #[schema(min_length = 1, max_length = 2048, pattern = "^[!-~]([ -~]*[!-~])?$")]
        password: String,
    },
    /// A header of the receiver's own.
    Header {
        #[serde(deserialize_with = "header_name")]
        #[schema(max_length = 128, pattern = "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
        name: String,
        #[serde(deserialize_with = "credential")]
        #[schema(min_length = 1, max_length = 2048, pattern = "^[!-~]([ -~]*[!-~])?$")]
        value: String,
    },
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Auth::None => "none",
            Auth::Bearer { .. } => "bearer [redacted]",
            Auth::Basic { .. } => "basic [redacted]",
            Auth::Header { .. } => "header [redacted]",
        })
    }
}

impl Auth {
    /// The credentials that it puts into requests, each as it is and as it is sent.
    pub fn credentials(&self) -> Vec<String> {
        match self {
            Auth::None => Vec::new(),
            Auth::Bearer { token } => vec![token.clone()],
            Auth::Basic { username, password } => {
                vec![password.clone(), BASE64_STANDARD.encode(format!("{username}:{password}"))]
            }
            Auth::Header { value, .. } => credentials_in(value).collect(),
        }
    }
}

fn credential<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |value: &String| {
        if value.is_empty() {
            return Err("a credential cannot be empty; use {\"type\":\"none\"} for no authentication".into());
        }
        if value == REDACTED {
            return Err("this is the placeholder that stands for a credential; send the credential itself, \
                        or change other fields with PATCH"
                .into());
        }
        check_header_value("authorization", value)
    })
}

fn basic_user<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |value: &String| {
        if value.contains(':') {
            return Err("a user name cannot contain a colon (RFC 7617)".into());
        }
        check_header_value("authorization", value)
    })
}
