//! The catalogue: what an event type means. A name, words for people, and a JSON Schema with an example per version.
//!
//! In go definitions from the API, from packs (`catalogue/*.toml`) or from an OpenAPI document; out come entries that are
//! valid: every schema compiles, every example fits its schema. [`KnownType`] keeps one with what is compiled of it,
//! and says whether an event is what its type says. Everything here is a function of its arguments; nothing survives a
//! crash, and what is kept is the store's.

mod entry;
mod input;
mod known;
mod meanings;
mod openapi;
mod pack;
mod source;

pub use entry::{EntryStatus, EventTypeEntry, SchemaVersion};
pub use input::{EventTypeInput, SchemaVersionInput};
pub use known::KnownType;
pub use lanehook_schema::{Breakage, Impact, Validator, compatibility, sample};
pub use meanings::{KnownMeanings, Meaning, Meanings};
pub use openapi::from_openapi;
pub use pack::{Pack, packs};
pub use source::EventTypeSource;

use crate::model::FieldError;

impl From<lanehook_schema::Violation> for FieldError {
    fn from(violation: lanehook_schema::Violation) -> FieldError {
        FieldError::at(violation.pointer, violation.message)
    }
}
