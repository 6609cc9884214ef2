//! As much of a value as can be shown: strangers' values can be as long as documents are.

use serde_json::{Map, Value};

/// Bytes of what is shown, roughly as they are written.
const MOST: usize = 512;
/// Of a value besides its text, and of a member besides its name.
const OF_VALUE: usize = 4;

/// What may still be shown.
pub(crate) struct Excerpt {
    room: usize,
    /// Whether something was left out.
    pub(crate) is_short: bool,
}

impl Default for Excerpt {
    fn default() -> Excerpt {
        Excerpt { room: MOST, is_short: false }
    }
}

impl Excerpt {
    /// The beginning of a value, as far as there is room: of lists and objects the first parts, of texts the first characters.
    pub fn of(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(elements) => self.list(elements, |excerpt, element| excerpt.of(element)),
            Value::Object(members) => self.members(members),
            scalar => {
                self.take(OF_VALUE);
                scalar.clone()
            }
        }
    }

    /// The same of a text.
    pub fn text(&mut self, text: &str) -> Value {
        let end = text.floor_char_boundary(self.room);
        self.take(OF_VALUE + end);
        match end < text.len() {
            true => {
                self.is_short = true;
                format!("{}…", &text[..end]).into()
            }
            false => text.into(),
        }
    }

    /// The first of these.
    pub fn list<T>(
        &mut self,
        elements: impl IntoIterator<Item = T>,
        mut shown: impl FnMut(&mut Excerpt, T) -> Value,
    ) -> Value {
        self.take(OF_VALUE);
        let mut list = Vec::new();
        for element in elements {
            if self.room == 0 {
                self.is_short = true;
                break;
            }
            list.push(shown(self, element));
        }
        list.into()
    }

    fn members(&mut self, members: &Map<String, Value>) -> Value {
        self.take(OF_VALUE);
        let mut first = Map::new();
        for (name, value) in members {
            if name.len() >= self.room {
                self.is_short = true;
                break;
            }
            self.take(OF_VALUE + name.len());
            first.insert(name.clone(), self.of(value));
        }
        first.into()
    }

    fn take(&mut self, bytes: usize) {
        self.room = self.room.saturating_sub(bytes);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(value: &Value) -> (Value, bool) {
        let mut excerpt = Excerpt::default();
        (excerpt.of(value), excerpt.is_short)
    }

    #[test]
    fn what_is_short_is_shown_as_it_is() {
        for value in [json!(null), json!("é"), json!({"a": [1, {"b": "c"}], "d": {}}), json!([[], "", 1.5])] {
            assert_eq!(shown(&value), (value, false));
        }
    }

    #[test]
    fn of_what_is_long_there_is_a_beginning() {
        let long = "é".repeat(100_000);
        let deep = (0..100).fold(json!(long.clone()), |inner, _| json!([inner]));
        let names = Map::from_iter([(long.clone(), json!(1))]);
        let many = json!((0..100_000).collect::<Vec<_>>());
        for value in [json!(long), deep, names.into(), many, json!(vec![long; 100])] {
            let (part, is_short) = shown(&value);
            assert!(is_short && part.to_string().len() < 2 * MOST, "{part}");
        }
        let (part, _) = shown(&json!(["a", "x".repeat(1_000), "b"]));
        assert_eq!(part.as_array().map(Vec::len), Some(2), "{part}");
    }
}
