//! The events in a text: JSON objects one after another, or in one array. Each is handed on byte for byte, as it comes.

use std::{
    cell::Cell,
    fmt,
    io::{self, BufRead, BufReader, Read},
    rc::Rc,
};

use anyhow::{Context as _, anyhow};
use serde::{
    Deserializer as _,
    de::{SeqAccess, Visitor},
};
use serde_json::{Deserializer, value::RawValue};

use crate::model::words;

/// The most bytes of one event: far more than a server takes, so that what never ends does not fill the memory.
const MOST_BYTES: u64 = 16 << 20;
/// Some programs put it before what they write in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// An event, and the line on which it begins.
pub struct Event {
    pub line: u64,
    pub json: Box<RawValue>,
}

/// Hands on every event, until `take` says that it wants no more.
///
/// # Errors
/// The text cannot be read, or is no JSON; it says on which line that which is wrong begins. What comes before is handed on.
pub fn read(text: impl Read, take: impl FnMut(Event) -> bool) -> anyhow::Result<()> {
    let mut text = BufReader::new(text);
    let (is_array, skipped) = peek(&mut text).context("the events cannot be read")?;
    let place = Rc::new(Place { line: Cell::new(skipped + 1), is_array, ..Place::default() });
    let mut taker = Taker { place: place.clone(), take, wanted: true };
    let mut json = Deserializer::from_reader(Placed { inner: text, place: place.clone() });
    let done = match is_array {
        true => json.deserialize_seq(&mut taker).and_then(|()| json.end()),
        false => read_one_by_one(json, &mut taker),
    };
    if !taker.wanted {
        return Ok(());
    }
    done.map_err(|error| {
        let begun = place.begun.get().unwrap_or(place.line.get());
        if error.is_io() {
            return anyhow!("line {begun}: {error}");
        }
        let what = words::no_longer_json(&error);
        let (line, column) = (skipped + error.line() as u64, error.column());
        anyhow!("line {begun}: what begins here is not JSON: {what} (line {line}, column {column})")
    })
}

fn read_one_by_one<R: Read, T: FnMut(Event) -> bool>(
    json: Deserializer<serde_json::de::IoRead<R>>,
    taker: &mut Taker<T>,
) -> serde_json::Result<()> {
    for event in json.into_iter() {
        if !taker.hand_on(event?) {
            break;
        }
    }
    Ok(())
}

/// Whether what comes is an array, after so many lines without anything.
fn peek(text: &mut impl BufRead) -> io::Result<(bool, u64)> {
    let mut lines = 0;
    if text.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        text.consume(BYTE_ORDER_MARK.len());
    }
    while let Some(&first) = text.fill_buf()?.first() {
        if !first.is_ascii_whitespace() {
            return Ok((first == b'[', lines));
        }
        lines += u64::from(first == b'\n');
        text.consume(1);
    }
    Ok((false, lines))
}

struct Taker<T> {
    place: Rc<Place>,
    take: T,
    wanted: bool,
}

impl<T: FnMut(Event) -> bool> Taker<T> {
    fn hand_on(&mut self, json: Box<RawValue>) -> bool {
        let line = self.place.begun.take().unwrap_or(self.place.line.get());
        self.wanted = (self.take)(Event { line, json });
        self.wanted
    }
}

/// Of an array.
impl<'de, T: FnMut(Event) -> bool> Visitor<'de> for &mut Taker<T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("events")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut events: A) -> Result<(), A::Error> {
        while let Some(json) = events.next_element()? {
            if !self.hand_on(json) {
                break;
            }
        }
        Ok(())
    }
}

/// Where in the text the reader is.
#[derive(Default)]
struct Place {
    line: Cell<u64>,
    /// The line on which the event begins that is being read, and how much of it was.
    begun: Cell<Option<u64>>,
    bytes: Cell<u64>,
    is_array: bool,
}

impl Place {
    /// Whether the event goes on.
    fn passes(&self, byte: u8) -> io::Result<()> {
        let between = byte.is_ascii_whitespace() || self.is_array && b"[,]".contains(&byte);
        if self.begun.get().is_none() && !between {
            self.begun.set(Some(self.line.get()));
            self.bytes.set(0);
        }
        self.bytes.set(self.bytes.get() + 1);
        self.line.set(self.line.get() + u64::from(byte == b'\n'));
        if self.begun.get().is_some() && self.bytes.get() > MOST_BYTES {
            return Err(io::Error::other(format!("the event that begins here has more than {MOST_BYTES} bytes")));
        }
        Ok(())
    }
}

/// A text that is read byte by byte, as JSON is, and tells where that is.
struct Placed<R> {
    inner: R,
    place: Rc<Place>,
}

impl<R: BufRead> Read for Placed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (Some(&byte), Some(into)) = (self.inner.fill_buf()?.first(), into.first_mut()) else { return Ok(0) };
        self.place.passes(byte)?;
        self.inner.consume(1);
        *into = byte;
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &[u8]) -> (Vec<(u64, String)>, Option<String>) {
        let mut found = Vec::new();
        let done = read(text, |event| {
            found.push((event.line, event.json.get().to_owned()));
            true
        });
        (found, done.err().map(|error| error.to_string()))
    }

    #[test]
    fn events_come_one_a_line_over_several_lines_or_in_an_array_byte_for_byte() {
        for text in [
            "\n{\"a\": 1.50}\n{\"b\":\"[,]{\"}\n",
            "\u{feff}\n{\"a\": 1.50} \r\n{\"b\":\"[,]{\"}",
            "\n[{\"a\": 1.50},\n{\"b\":\"[,]{\"}\n]\n",
            "\n [{\"a\": 1.50}\n,{\"b\":\"[,]{\"}]",
        ] {
            let expected = vec![(2, "{\"a\": 1.50}".to_owned()), (3, "{\"b\":\"[,]{\"}".to_owned())];
            assert_eq!(events(text.as_bytes()), (expected, None), "{text}");
        }
        assert_eq!(events(b"{\n\"a\":\n1}{\n}").0, [(1, "{\n\"a\":\n1}".to_owned()), (3, "{\n}".to_owned())]);
        for nothing in ["", "\n\n", "\u{feff}", "[]", " [ ] \n"] {
            assert_eq!(events(nothing.as_bytes()), (vec![], None), "{nothing:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_by_the_line_on_which_it_begins() {
        for (text, line, place) in [
            ("\n{}\n{\"a\":\n{}\n", "line 3: ", "(line 5, column 0)"),
            ("{}\nnonsense\n{}\n", "line 2: ", "(line 2, column 2)"),
            ("\n[{},\n{\"a\":}]", "line 3: ", "(line 3, column 6)"),
            ("[{}\n{}]", "line 2: ", "(line 2, column 1)"),
            ("[{}]\n\n{}", "line 3: ", "(line 3, column 1)"),
            ("[{}", "line 1: ", "a `]` is missing"),
        ] {
            let (found, error) = events(text.as_bytes());
            let error = error.unwrap_or_default();
            assert!(found.len() == 1 && error.starts_with(line) && error.contains(place), "{text:?}: {error}");
        }
        assert!(events(b"{}\n{\"a\":\"\xFF\"}").1.unwrap().starts_with("line 2: "));
    }

    #[test]
    fn an_event_that_never_ends_is_refused_in_time() {
        let endless = b"{}\n{\"a\":\"".chain(io::repeat(b'x'));
        let error = read(endless, |_| true).unwrap_err().to_string();
        assert!(error.starts_with("line 2: ") && error.contains("more than"), "{error}");
    }

    #[test]
    fn nothing_more_is_read_than_is_wanted() {
        for start in ["", "["] {
            let mut taken = 0;
            read(start.as_bytes().chain(b"{},{}".as_slice()).chain(io::repeat(b'x')), |_| {
                taken += 1;
                false
            })
            .unwrap();
            assert_eq!(taken, 1);
        }
    }
}
