//! Reading JSON of callers, so that each error says where something is wrong and how to mend it.
//!
//! A member that is null and cannot be is taken for one that was left out: many generated clients send null for what is not set.
//! Where null means something, the member can be null, and it is read as such.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    field_error::{FieldError, MOST_ERRORS, escaped, part_of},
    nulls,
    strict::{CANNOT_BE_NULL, Strict},
    words,
};

/// A document is read again for each wrong field: so many bytes altogether, about two milliseconds.
const MOST_REREAD: usize = 128 << 10;
/// Longer documents are not read again for nulls. They are events, whose members can all be null that can be left out.
const LONGEST_WITH_NULLS: usize = 256 << 10;
/// So many bytes are read again altogether for nulls, some milliseconds of work: forty of a document with a template of 50 KiB. Of
/// what is longer and has more of them, the next null is told as an error.
const MOST_REREAD_FOR_NULLS: usize = 2 << 20;

/// Reads a JSON document; an error names the place.
pub fn read_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, FieldError> {
    without_nulls(text).0
}

/// Reads a JSON document; the errors name every place, as far as that is quick: what is wrong is left out, and the rest read
/// again.
pub fn read_json_fully<T: DeserializeOwned>(text: &[u8]) -> Result<T, Vec<FieldError>> {
    let (read, text) = without_nulls(text);
    read.map_err(|first| every_error::<T>(&text, first))
}

/// What was read, and the text without the nulls that were taken for nothing.
fn without_nulls<T: DeserializeOwned>(text: &[u8]) -> (Result<T, FieldError>, Cow<'_, [u8]>) {
    let (mut text, mut reread) = (Cow::Borrowed(text), 0);
    loop {
        // A round costs something, however short the document is.
        reread += text.len().max(1 << 10);
        let may_go_on = text.len() <= LONGEST_WITH_NULLS && reread <= MOST_REREAD_FOR_NULLS;
        match read_as_it_is(&text) {
            Err(error) if error.message == CANNOT_BE_NULL && may_go_on => {
                match nulls::left_out(&text, &error.pointer) {
                    Some(rest) => text = Cow::Owned(rest),
                    None => return (Err(error), text),
                }
            }
            read => return (read, text),
        }
    }
}

fn read_as_it_is<T: DeserializeOwned>(text: &[u8]) -> Result<T, FieldError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = T::deserialize(Strict::new(&mut reader)).and_then(|value| reader.end().map(|()| value));
    // The second reading, which keeps track of the place, costs only whoever sent something wrong.
    read.map_err(|_| place_of_error::<T>(text))
}

fn every_error<T: DeserializeOwned>(text: &[u8], first: FieldError) -> Vec<FieldError> {
    let mut place = to_leave_out(&first).to_owned();
    let mut found = vec![first];
    let mut reread = 2 * text.len();
    if reread > MOST_REREAD {
        return found;
    }
    // What is no JSON was not understood as far as it goes wrong either.
    let Ok(mut rest) = serde_json::from_slice::<Value>(text) else { return vec![place_of_error::<Value>(text)] };
    let mut left_out = LeftOut::default();
    // What is left out is at least one thing each time, so this ends.
    while found.len() < MOST_ERRORS && left_out.take(&mut rest, &place) {
        let text = rest.to_string();
        reread += 2 * text.len();
        if reread > MOST_REREAD {
            break;
        }
        let Err(error) = read_as_it_is::<T>(text.as_bytes()) else { break };
        place = to_leave_out(&error).to_owned();
        let error = FieldError { pointer: left_out.original(&error.pointer), ..error };
        // A null that stands for nothing is no error; where there has to be something, the next reading says so.
        if error.message != CANNOT_BE_NULL && !is_echo(&error, &found) {
            found.push(error);
        }
    }
    found
}

/// The part of a document without which the rest can be looked at: what is wrong, or what lacks something.
fn to_leave_out(error: &FieldError) -> &str {
    match is_missing(&error.message) {
        true => error.pointer.rsplit_once('/').map_or("", |(parent, _)| parent),
        false => &error.pointer,
    }
}

/// Whether an error is there only because what was wrong there or below it was left out.
fn is_echo(error: &FieldError, found: &[FieldError]) -> bool {
    let below = format!("{}/", error.pointer);
    found.iter().any(|other| other.pointer == error.pointer || other.pointer.starts_with(&below))
}

fn is_missing(said: &str) -> bool {
    said.starts_with("missing field `")
}

/// What was left out of a document, so that the places of what is left can be told as they were.
#[derive(Default)]
struct LeftOut {
    /// Pointers to lists, and places in them, as they were.
    elements: Vec<(String, usize)>,
}

impl LeftOut {
    /// Takes out what is at this place. Whether there was something.
    fn take(&mut self, document: &mut Value, pointer: &str) -> bool {
        let Some((parent, name)) = pointer.rsplit_once('/') else { return false };
        let original = self.original(pointer);
        match document.pointer_mut(parent) {
            Some(Value::Object(members)) => members.remove(&name.replace("~1", "/").replace("~0", "~")).is_some(),
            Some(Value::Array(elements)) => {
                let place = name.parse().ok().filter(|&place: &usize| place < elements.len());
                let Some(place) = place else { return false };
                elements.remove(place);
                if let Some((list, Ok(place))) = original.rsplit_once('/').map(|(list, place)| (list, place.parse())) {
                    self.elements.push((list.to_owned(), place));
                    self.elements.sort_unstable();
                }
                true
            }
            _ => false,
        }
    }

    /// Where something was before anything was left out.
    fn original(&self, pointer: &str) -> String {
        let mut original = String::new();
        for part in pointer.split('/').skip(1) {
            let left_out = self.elements.iter().filter(|(list, _)| *list == original);
            let place = part
                .parse::<usize>()
                .ok()
                .map(|place| left_out.fold(place, |place, &(_, gone)| if gone <= place { place + 1 } else { place }));
            original.push('/');
            original.push_str(&place.map_or(part.to_owned(), |place| place.to_string()));
        }
        original
    }
}

fn place_of_error<T: DeserializeOwned>(text: &[u8]) -> FieldError {
    let mut reader = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, T>(Strict::new(&mut reader)) {
        Err(error) => {
            let pointer = pointer(error.path());
            let error = error.into_inner();
            if !error.is_data() {
                return FieldError::at(pointer, words::not_json(&error, text));
            }
            let said = words::without_position(&error);
            let (pointer, said) = match words::named_member(&said) {
                Some(member) => (of_member(&pointer, member), said),
                None => in_its_kind::<T>(text, &pointer).unwrap_or((pointer, said)),
            };
            match part_of(&said) {
                Some((part, message)) => FieldError::at(pointer + part, message),
                None => FieldError::at(pointer, words::of_value(&said)),
            }
        }
        Ok(_) => {
            let more = reader.end().err().map(|error| words::not_json(&error, text));
            FieldError::at("", more.unwrap_or_default())
        }
    }
}

/// The place of a member that an error names. The place that is known is the member's own, where its name was being read, or
/// that of the object around it.
fn of_member(pointer: &str, member: words::Member<'_>) -> String {
    let below = format!("/{}", escaped(member.name));
    match member.is_unknown && pointer.ends_with(&below) {
        true => pointer.to_owned(),
        false => format!("{pointer}{below}"),
    }
}

/// The member that is wrong of an object whose kind its `type` says: such an object is read in two steps, and the second knows its
/// place no more. It is the first of its members with which the object goes wrong; with what is said of it.
fn in_its_kind<T: DeserializeOwned>(text: &[u8], place: &str) -> Option<(String, String)> {
    if text.len() > MOST_REREAD {
        return None;
    }
    let mut document = serde_json::from_slice::<Value>(text).ok()?;
    let mut members = std::mem::take(document.pointer_mut(place)?.as_object_mut()?);
    let kind = members.remove("type")?;
    if text.len() * members.len() > MOST_REREAD {
        return None;
    }
    let mut so_far = Map::from_iter([("type".to_owned(), kind)]);
    members.into_iter().find_map(|(name, value)| {
        so_far.insert(name.clone(), value);
        *document.pointer_mut(place)? = Value::Object(so_far.clone());
        let text = document.to_string();
        let mut reader = serde_json::Deserializer::from_str(&text);
        let error = serde_path_to_error::deserialize::<_, T>(Strict::new(&mut reader)).err()?;
        let is_here = pointer(error.path()) == place;
        let said = words::without_position(error.inner());
        // That something is missing is so before its turn has come.
        (is_here && words::named_member(&said).is_none()).then(|| (format!("{place}/{}", escaped(&name)), said))
    })
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        let part = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escaped(key),
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&part);
    }
    pointer
}
