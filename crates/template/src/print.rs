//! How values are written: as JSON, within a JSON string, as text. And the guards, which charge for what a value holds.

use std::{cell::Cell, io};

use minijinja::{
    Error, ErrorKind, State, Value,
    value::{ObjectRepr, ValueKind},
};
use serde::ser::{Error as _, Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::decimal::Decimal;

/// One unit of fuel pays for so many bytes.
pub const BYTES_PER_FUEL: u64 = 64;
/// What visiting an item costs, in bytes.
const PER_ITEM: u64 = 32;
/// Lists within lists. What JSON readers take is 128.
const MAX_DEPTH: usize = 160;

/// The bytes that the template may still make or visit.
pub fn budget(state: &State) -> u64 {
    state.fuel_levels().map_or(0, |(_, left)| left.saturating_mul(BYTES_PER_FUEL))
}

/// Charges for work on so many bytes.
pub fn charge(state: &State, bytes: u64) -> Result<(), Error> {
    state.consume_fuel(bytes / BYTES_PER_FUEL)
}

/// A JSON value: a text gets quotes. What is missing is refused; nothing (an `if` without `else`) is `null`.
pub fn json(state: &mut State, value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        state.format(value.clone())?;
        return Ok("null".into());
    }
    let left = usize::try_from(budget(state)).unwrap_or(usize::MAX);
    let text = to_json(value, left).map_err(|error| error.unwrap_or_else(|| Error::from(ErrorKind::OutOfFuel)))?;
    if value.as_object().is_some() {
        // Walking a value takes longer than copying what it says.
        charge(state, text.len() as u64 * 8)?;
    }
    Ok(text)
}

/// Text: a text as it is, a number in plain digits, `null` as nothing, everything else as JSON.
pub fn text(state: &mut State, value: &Value) -> Result<String, Error> {
    match value.as_str() {
        Some(text) => Ok(text.to_owned()),
        None if value.is_undefined() => state.format(value.clone()),
        None if value.is_none() => Ok(String::new()),
        None if value.is_integer() => Ok(value.to_string()),
        None if value.is_number() => match digits(state, value)? {
            Some(number) => Ok(number.to_string()),
            None => json(state, value),
        },
        None => json(state, value),
    }
}

/// A number by its digits; `None` if it is not finite.
pub fn digits(state: &State, number: &Value) -> Result<Option<Decimal>, Error> {
    let double = f64::try_from(number.clone()).unwrap_or_default();
    if !double.is_finite() {
        return Ok(None);
    }
    // Large and tiny numbers have up to 330 digits.
    if double != 0.0 && !(1e-15..1e15).contains(&double.abs()) {
        charge(state, 512)?;
    }
    let text =
        to_json(number, usize::MAX).map_err(|error| error.unwrap_or_else(|| Error::from(ErrorKind::OutOfFuel)))?;
    Ok(Decimal::parse(&text))
}

/// The inside of a JSON string: the text, escaped, without quotes.
pub fn quoted(state: &mut State, value: &Value) -> Result<String, Error> {
    let text = text(state, value)?;
    let whole = json(state, &Value::from(text))?;
    let inside = whole.get(1..whole.len().saturating_sub(1));
    Ok(inside.unwrap_or_default().to_owned())
}

/// JSON of at most `most` bytes; `None` is the error for more.
pub fn to_json(value: &Value, most: usize) -> Result<String, Option<Error>> {
    let mut out = Bounded { bytes: Vec::new(), most };
    let full = Cell::new(false);
    match serde_json::to_writer(Watched { out: &mut out, full: &full }, &Tree(value, 0)) {
        Ok(()) => {
            let text = String::from_utf8(out.bytes);
            text.map_err(|_| Some(Error::new(ErrorKind::BadSerialization, "the value is not text")))
        }
        Err(_) if full.get() => Err(None),
        Err(error) => Err(Some(Error::new(ErrorKind::BadSerialization, error.to_string()))),
    }
}

/// A `Vec` that takes no more than it may hold.
pub struct Bounded {
    pub bytes: Vec<u8>,
    pub most: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > self.most {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Remembers whether it was full, which the error of the writer around it does not tell.
struct Watched<'a> {
    out: &'a mut Bounded,
    full: &'a Cell<bool>,
}

impl io::Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).inspect_err(|_| self.full.set(true))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A value as serde sees it, at a depth; stops where it is nested too deeply.
pub struct Tree<'v>(pub &'v Value, pub usize);

impl Serialize for Tree<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Tree(value, depth) = *self;
        let Some(object) = value.as_object() else {
            return match value.kind() {
                ValueKind::Invalid => Err(S::Error::custom(broken(value))),
                ValueKind::Number if f64::try_from(value.clone()).is_ok_and(|number| !number.is_finite()) => {
                    Err(S::Error::custom("a number that is not finite cannot be written as JSON"))
                }
                _ => value.serialize(serializer),
            };
        };
        if depth == MAX_DEPTH {
            return Err(S::Error::custom(TOO_DEEP));
        }
        match object.repr() {
            ObjectRepr::Map => {
                let mut map = serializer.serialize_map(None)?;
                for pair in object.try_iter_pairs().into_iter().flatten() {
                    map.serialize_entry(&pair.0, &Tree(&pair.1, depth + 1))?;
                }
                map.end()
            }
            ObjectRepr::Seq | ObjectRepr::Iterable => {
                let mut seq = serializer.serialize_seq(None)?;
                for item in object.try_iter().into_iter().flatten() {
                    seq.serialize_element(&Tree(&item, depth + 1))?;
                }
                seq.end()
            }
            _ => Err(S::Error::custom("this is no value that can be written; write one of its fields")),
        }
    }
}

const TOO_DEEP: &str = "lists and maps are nested too deeply";

fn broken(value: &Value) -> String {
    value.clone().try_iter().err().and_then(|error| error.detail().map(str::to_owned)).unwrap_or_default()
}

/// Charges for every item the value holds, at any depth.
pub fn guard(state: &State, value: Value) -> Result<Value, Error> {
    weigh(state, value, 1)
}

/// The same, for what compares the items: each is looked at many times.
pub fn guard_compares(state: &State, value: Value) -> Result<Value, Error> {
    weigh(state, value, 16)
}

/// Nothing to do: a filter is charged for the text that it gets.
pub fn guard_text(value: Value) -> Value {
    value
}

/// A number or a text.
pub fn guard_factor(value: Value) -> Result<Value, Error> {
    match value.as_object() {
        None => Ok(value),
        Some(_) => Err(Error::new(ErrorKind::InvalidOperation, "only numbers and texts can be multiplied")),
    }
}

/// What a namespace may hold: with lists, a loop could nest them without end.
pub fn guard_plain(value: Value) -> Result<Value, Error> {
    match value.as_object() {
        None => Ok(value),
        Some(_) => Err(Error::new(
            ErrorKind::InvalidOperation,
            "a field of a namespace can be set to a text, a number, true, false or none; not to a list or a map",
        )),
    }
}

fn weigh(state: &State, value: Value, times: u64) -> Result<Value, Error> {
    if value.as_object().is_some() {
        let most = budget(state) / times;
        let mut weight = 0;
        visit(&value, 0, &mut weight, most)?;
        charge(state, weight.saturating_mul(times))?;
    } else if times > 1 {
        charge(state, value.as_str().map_or(0, |text| text.len() as u64 * times))?;
    }
    Ok(value)
}

fn visit(value: &Value, depth: usize, weight: &mut u64, most: u64) -> Result<(), Error> {
    *weight += PER_ITEM + value.as_str().map_or(0, |text| text.len() as u64);
    if *weight > most {
        return Err(Error::from(ErrorKind::OutOfFuel));
    }
    let Some(object) = value.as_object() else { return Ok(()) };
    if depth == MAX_DEPTH {
        return Err(Error::new(ErrorKind::InvalidOperation, TOO_DEEP));
    }
    if object.repr() == ObjectRepr::Map {
        for (key, value) in object.try_iter_pairs().into_iter().flatten() {
            visit(&key, depth + 1, weight, most)?;
            visit(&value, depth + 1, weight, most)?;
        }
        return Ok(());
    }
    for item in object.try_iter().into_iter().flatten() {
        visit(&item, depth + 1, weight, most)?;
    }
    Ok(())
}
