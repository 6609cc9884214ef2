//! Where event types come from in bulk.

use serde_json::Value;

use super::{
    entry::EventTypeEntry,
    input::{EventTypeInput, below},
    openapi::from_openapi,
    pack::packs,
};
use crate::model::{FieldError, field_error::all, read_json_fully};

/// Where event types come from in bulk.
#[derive(Clone, Debug)]
pub enum EventTypeSource {
    /// The name of a pack that comes with the program.
    Pack(String),
    /// An OpenAPI document with `webhooks` (3.1) or `x-webhooks`.
    OpenApi(Value),
    /// Event types as callers write them.
    List(Vec<Value>),
}

impl EventTypeSource {
    /// The event types, checked.
    ///
    /// # Errors
    /// What is wrong with them; pointers begin with `/pack`, `/openapi` or `/event_types`.
    pub fn read(&self) -> Result<Vec<EventTypeEntry>, Vec<FieldError>> {
        match self {
            EventTypeSource::Pack(name) => {
                let names = || packs().iter().map(|pack| pack.name.as_str()).collect::<Vec<_>>().join(", ");
                let pack = packs().iter().find(|pack| pack.name == *name);
                let pack = pack.ok_or_else(|| vec![FieldError::at("/pack", format!("is one of {}", names()))])?;
                Ok(pack.event_types.clone())
            }
            EventTypeSource::OpenApi(document) => {
                from_openapi(document).map_err(|error| vec![below("/openapi", error)])
            }
            EventTypeSource::List(list) => {
                let one = |(place, value): (usize, &Value)| {
                    let below = |error| below(&format!("/event_types/{place}"), error);
                    let read = read_json_fully::<EventTypeInput>(value.to_string().as_bytes());
                    let entry = read.and_then(EventTypeEntry::try_from);
                    entry.map_err(|errors| errors.into_iter().map(below).collect::<Vec<_>>())
                };
                all(list.iter().enumerate().map(one))
            }
        }
    }
}
