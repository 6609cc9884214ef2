//! Reading the settings file. A key that is none is refused with the nearest one that is.

use std::{collections::BTreeSet, path::Path};

use clap::Args as _;
use toml::{Table, Value};

use super::{error::ConfigError, settings::Settings};
use crate::model::words;

/// How much two names have to be alike to be taken for one another, from 0 to 1.
const ALIKE: f64 = 0.6;

/// What a file says.
pub(super) fn read(path: &Path) -> Result<Settings, ConfigError> {
    let file = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { file: file.clone(), source })?;
    let wrong = |problem: String| ConfigError::File { file: file.clone(), problem };
    let table: Table = text.parse().map_err(|error: toml::de::Error| wrong(words::not_toml(&error)))?;
    let unknown = unknown_keys(&table, &known_keys());
    if !unknown.is_empty() {
        return Err(wrong(unknown.join("; ")));
    }
    toml::from_str(&text).map_err(|error| wrong(words::not_toml(&error)))
}

/// Every key, with its table's name before it: `max_in_flight`, `metrics.listen`. They are the flags' names.
pub(super) fn known_keys() -> Vec<String> {
    let command = Settings::augment_args(clap::Command::new("settings"));
    let ids = command.get_arguments().map(|argument| argument.get_id().to_string());
    ids.filter(|id| id != "config").collect()
}

/// A sentence for each key of the file that is none.
fn unknown_keys(table: &Table, known: &[String]) -> Vec<String> {
    let (mut unknown, mut sentences) = (Vec::new(), Vec::new());
    for (name, value) in table {
        match value {
            Value::Table(inner) if known.iter().any(|key| key.starts_with(&format!("{name}."))) => {
                let keys = inner.keys().map(|key| format!("{name}.{key}"));
                unknown.extend(keys.filter(|key| !known.contains(key)));
            }
            _ if known.contains(name) => {}
            Value::Table(_) => sentences.push(no_table(name, known)),
            _ => unknown.push(name.clone()),
        }
    }
    sentences.extend(unknown.iter().map(|key| sentence(key, known)));
    sentences
}

/// Of a table that does not exist. What begins with its name, or nearly so, is what was meant: most settings that belong
/// together have no table, but names with the same beginning.
fn no_table(name: &str, known: &[String]) -> String {
    let head = |key: &String| key.split(['.', '_']).next().unwrap_or_default().to_owned();
    let alike = |head: &String| strsim::normalized_damerau_levenshtein(head, name);
    let heads = known.iter().map(head).filter(|head| alike(head) >= ALIKE);
    let Some(meant) = heads.max_by(|one, other| alike(one).total_cmp(&alike(other))) else {
        let tables: BTreeSet<&str> = known.iter().filter_map(|key| Some(key.split_once('.')?.0)).collect();
        let tables: Vec<String> = tables.into_iter().map(|table| format!("`[{table}]`")).collect();
        return format!("`[{name}]` is no table; these are: {}", tables.join(", "));
    };
    let mut keys: Vec<String> = known
        .iter()
        .filter(|key| head(key) == meant)
        .map(|key| key.split_once('.').map_or(format!("`{key}`"), |(table, _)| format!("`[{table}]`")))
        .collect();
    keys.dedup();
    format!("`[{name}]` is no table; did you mean {}?", keys.join(" or "))
}

/// The name that was probably meant.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let alike = |one: &String| strsim::normalized_damerau_levenshtein(one, name);
    let nearest = known.iter().max_by(|one, other| alike(one).total_cmp(&alike(other)));
    nearest.filter(|nearest| alike(nearest) >= ALIKE)
}

fn sentence(key: &str, known: &[String]) -> String {
    if known.iter().any(|one| one.starts_with(&format!("{key}."))) {
        return format!("`{key}` is a table; write `[{key}]` and below it what it sets");
    }
    match nearest(key, known) {
        Some(nearest) => format!("`{key}` is no setting; did you mean `{nearest}`?"),
        None => format!("`{key}` is no setting; these are: {}", known.join(", ")),
    }
}
