//! The values of settings that have types of their own.

use std::{fmt, str::FromStr};

use serde::Deserialize;

/// Where data is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Database {
    /// One file in the data folder.
    #[default]
    Sqlite,
}

/// Who resolves names.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum ResolverChoice {
    /// The operating system, with everything it is configured to do.
    #[default]
    System,
    /// lanehook itself, with a cache that honours TTLs.
    Builtin,
}

/// How log lines look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

impl FromStr for Database {
    type Err = String;
    fn from_str(text: &str) -> Result<Database, String> {
        match text {
            "sqlite" => Ok(Database::Sqlite),
            other if other.starts_with("postgres") => {
                Err("PostgreSQL is not supported by this version; use `sqlite`".into())
            }
            other => Err(format!("`{other}` is no database; use `sqlite`")),
        }
    }
}

impl TryFrom<String> for Database {
    type Error = String;
    fn try_from(text: String) -> Result<Database, String> {
        text.parse()
    }
}

/// A text that is not shown.
#[derive(Clone)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
