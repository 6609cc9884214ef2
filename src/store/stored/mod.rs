//! Stored forms: how settings are written on disk, apart from how the API writes them.
//!
//! In go the nouns, out come JSON documents, and back. What survives is meant to be read by other versions of this program,
//! older and newer ones:
//! - Each document names the version of the form it is written in and the oldest reader that may open it ([`Head`]). A newer
//!   version that only adds members leaves the reader as it is; one that gives known members another meaning raises it.
//! - Reading is tolerant. What today's checks would refuse was accepted once, so bounds are not checked again; only what
//!   cannot be worked with, a filter that does not compile or a kind of payload that is not known, is an error.
//! - Members that this version does not know stay where they are when it writes the document anew ([`carry_over`]).
//! - What cannot be read is set aside by who reads it, not overwritten and not dropped.
//!
//! A document of each version is in `tests/data/stored` and read by a test for ever.

mod event_type;
mod key;
mod parts;
mod portal;
mod replay;
mod request_head;
mod saved;
mod settings;
mod tenant;
mod webhook;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, error::Category};

pub use self::{
    event_type::StoredEventType,
    key::{rate_limit, scopes},
    portal::{read_portal, write_portal},
    replay::StoredReplayPlan,
    request_head::{read_request_head, request_head},
    saved::{StoredReport, StoredSavedEvent, StoredTheme},
    tenant::StoredTenantSettings,
    webhook::{Sealed, StoredWebhook},
};

/// The version in which this program writes, and up to which it reads. 0 is what was written before documents said it.
pub const VERSION: u32 = 1;
/// The oldest reader that may open what this program writes: the first that heeds this.
const OLDEST_READER: u32 = 1;
/// Under which member a document has its head.
const HEAD: &str = "stored";

/// What a document says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Head {
    /// The version of the form.
    pub version: u32,
    /// The oldest version of this program's forms that may open it.
    #[serde(default)]
    pub oldest_reader: u32,
}

/// Why a document cannot be read. The text is for the operator, and holds nothing of what was sealed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unreadable {
    /// A newer program wrote it and says that older ones would misread it.
    #[error("it was written by a newer version, for readers of stored form {needs} or later; this one reads {reads}")]
    TooNew {
        /// The oldest reader that may open it.
        needs: u32,
        /// Which reader this is.
        reads: u32,
    },
    /// It is sealed under another key or for another place, or damaged.
    #[error("it does not open: it is damaged, or sealed under another key")]
    Sealed,
    /// It is no such document, or has something in it that this version cannot work with.
    #[error("{0}")]
    Form(String),
}

/// A form of one kind of document.
pub trait Form: Serialize + DeserializeOwned {
    /// What it is read into.
    type Noun;

    /// As it is written.
    fn of(noun: &Self::Noun) -> Self;

    /// What it says, if this version can work with it.
    fn noun(self) -> Result<Self::Noun, Unreadable>;
}

/// Reads a document as this version of the forms or, in tests, as another one would. No tree is made of it: at a start there
/// are many.
pub fn read<F: Form>(document: &[u8], reader: u32) -> Result<F::Noun, Unreadable> {
    let Headed { head } = serde_json::from_slice(document).map_err(|error| no_document(&error))?;
    open_to(head.as_ref(), reader)?;
    // To know the place at every moment takes a third of the time: it is looked for where something is wrong.
    let read = serde_json::from_slice::<F>(document);
    read.or_else(|_| form(&mut serde_json::Deserializer::from_slice(document)))?.noun()
}

/// The document for this noun, in the place of the one that is there.
///
/// # Errors
/// The one that is there cannot be read by this version, and so may not be overwritten.
pub fn written<F: Form>(noun: &F::Noun, there: Option<&[u8]>, reader: u32) -> Result<String, Unreadable> {
    let mut new = value(&F::of(noun))?;
    let mut head = Head { version: VERSION, oldest_reader: OLDEST_READER };
    if let Some(old) = there {
        let old: Value = serde_json::from_slice(old).map_err(|error| no_document(&error))?;
        let before = open_to(old.get(HEAD), reader)?;
        let known = value(&form::<F>(&old)?)?;
        carry_over(&old, &known, &mut new);
        head.version = head.version.max(before.version);
        head.oldest_reader = head.oldest_reader.max(before.oldest_reader);
    }
    if let Value::Object(members) = &mut new {
        members.insert(HEAD.into(), value(&head)?);
    }
    Ok(new.to_string())
}

/// What a document says, without what it says of itself, as it may be told where nothing in it is secret.
pub fn members(document: &str) -> Option<Map<String, Value>> {
    let mut members: Map<String, Value> = serde_json::from_str(document).ok()?;
    members.remove(HEAD);
    Some(members)
}

/// Of a document, what it says of itself.
#[derive(Deserialize)]
struct Headed {
    #[serde(default, rename = "stored")]
    head: Option<Value>,
}

fn form<'de, F: Form>(document: impl Deserializer<'de>) -> Result<F, Unreadable> {
    // Only the place: what is wrong would be quoted, and may be a secret.
    serde_path_to_error::deserialize(document).map_err(|error| {
        let place = error.path().iter().take(2).map(ToString::to_string).collect::<Vec<_>>().join(".");
        Unreadable::Form(format!("`{place}` is nothing that this version knows"))
    })
}

/// The head of a document, if this reader may open it.
fn open_to(head: Option<&Value>, reader: u32) -> Result<Head, Unreadable> {
    let head = head.map(Head::deserialize).transpose();
    let head = head.map_err(|_| Unreadable::Form(format!("`{HEAD}` says no version")))?.unwrap_or_default();
    match head.oldest_reader > reader {
        true => Err(Unreadable::TooNew { needs: head.oldest_reader, reads: reader }),
        false => Ok(head),
    }
}

/// Where its text goes wrong is told, and nothing of it.
fn no_document(error: &serde_json::Error) -> Unreadable {
    Unreadable::Form(match error.classify() {
        Category::Data => "it is no document".into(),
        Category::Io | Category::Syntax | Category::Eof => error.to_string(),
    })
}

fn value(written: &impl Serialize) -> Result<Value, Unreadable> {
    serde_json::to_value(written).map_err(|error| Unreadable::Form(error.to_string()))
}

/// Puts what this version does not know of the old document into the new one, and what was not changed as it was written.
/// `known` is the old document as this version would have written it. An object that became another kind of thing (by its
/// `type`) takes nothing over.
fn carry_over(old: &Value, known: &Value, new: &mut Value) {
    if new == known {
        new.clone_from(old);
        return;
    }
    let (Value::Object(old), Value::Object(known), Value::Object(new)) = (old, known, new) else { return };
    if known.get("type") != new.get("type") {
        return;
    }
    for (name, value) in old {
        match (known.get(name), new.get_mut(name)) {
            (None, None) => {
                new.insert(name.clone(), value.clone());
            }
            (Some(known), Some(new)) => carry_over(value, known, new),
            (None, Some(_)) | (Some(_), None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rand::{SeedableRng, rngs::StdRng};
    use serde_json::json;

    use super::*;
    use crate::webhook::WebhookSettings;

    /// The settings of a webhook whose document has this besides its URL.
    fn settings(more: Value) -> WebhookSettings {
        let mut settings = more;
        settings["url"] = json!("https://a.example/");
        read::<StoredWebhook>(json!({"settings": settings}).to_string().as_bytes(), VERSION).unwrap().settings
    }

    #[test]
    fn numbers_out_of_todays_bounds_are_read_as_ones_that_can_be_worked_with() {
        for number in [0u32, 1, u32::MAX] {
            let batch = settings(json!({"batch": {"max_events": number, "max_wait": "1s", "max_bytes": number}})).batch;
            assert!(batch.unwrap().max_events >= 1);
            assert!(settings(json!({"max_concurrency": number})).max_concurrency >= 1);
        }
        for factor in [-1e300, -1.0, 0.0, 1e300] {
            let retry = json!({"initial": "1s", "factor": factor, "max": "366d", "attempts": u32::MAX});
            let retry = settings(json!({"retry": retry})).retry;
            for failed in [0, 1, 2, 1000, u32::MAX - 1] {
                let wait = retry.wait_after(failed, None, &mut StdRng::seed_from_u64(1)).unwrap();
                assert!(wait <= Duration::from_secs(2 * 366 * 86_400), "{factor} {failed}: {wait:?}");
            }
        }
    }

    #[test]
    fn a_reason_names_the_place_and_quotes_nothing() {
        let secret = "TOPSECRET";
        let url = json!("https://a.example/");
        for (document, place) in [
            (json!({"settings": {"url": url, "auth": secret}}), "settings.auth"),
            (json!({"settings": {"url": url}, "previous_secrets": [secret]}), "previous_secrets"),
            (json!({"settings": {"url": format!("{secret}://x")}}), "URL"),
            (json!({"settings": {"url": url, "filter": {"data": {"$what": secret}}}}), "filter"),
            (json!({"settings": {"url": url}, "stored": secret}), "stored"),
        ] {
            let reason = read::<StoredWebhook>(document.to_string().as_bytes(), VERSION).unwrap_err().to_string();
            assert!(reason.contains(place) && !reason.contains(secret), "{place}: {reason}");
        }
    }

    #[test]
    fn what_is_not_known_stays_and_what_was_changed_changes() {
        let old =
            json!({"a": 1, "b": {"c": 1, "future": 2}, "future": [1], "list": [{"x": 1, "future": 3}], "gone": 1});
        let known = json!({"a": 1, "b": {"c": 1}, "list": [{"x": 1}], "gone": 1});
        let mut new = json!({"a": 2, "b": {"c": 5}, "list": [{"x": 1}]});
        carry_over(&old, &known, &mut new);
        let expected = json!({"a": 2, "b": {"c": 5, "future": 2}, "list": [{"x": 1, "future": 3}], "future": [1]});
        assert_eq!(new, expected);
    }

    #[test]
    fn another_kind_of_thing_takes_nothing_over() {
        let old = json!({"auth": {"type": "bearer", "token": "t", "future": 1}});
        let known = json!({"auth": {"type": "bearer", "token": "t"}});
        let mut new = json!({"auth": {"type": "none"}});
        carry_over(&old, &known, &mut new);
        assert_eq!(new, json!({"auth": {"type": "none"}}));
    }
}
