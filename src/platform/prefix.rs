//! Looks into JSON that may be cut short. Only the first bytes of an answer are kept, and a platform that echoes a long
//! message has said long before whether it took it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What is at a JSON pointer, if the document is whole up to there.
pub fn find(json: &[u8], pointer: &str) -> Option<Value> {
    let steps: Vec<String> =
        pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let mut found = None;
    // An error behind what was looked for does not matter.
    let _ = Seek { steps: &steps, found: &mut found }.deserialize(&mut serde_json::Deserializer::from_slice(json));
    found
}

struct Seek<'a> {
    steps: &'a [String],
    found: &'a mut Option<Value>,
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.steps.is_empty() {
            *self.found = Some(serde::Deserialize::deserialize(deserializer)?);
            return Ok(());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.steps.split_first() else { return Ok(()) };
        while let Some(name) = map.next_key::<String>()? {
            match name == *first {
                true => map.next_value_seed(Seek { steps: rest, found: &mut *self.found })?,
                false => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some((first, rest)) = self.steps.split_first() else { return Ok(()) };
        for place in 0_usize.. {
            let more = match place.to_string() == *first {
                true => seq.next_element_seed(Seek { steps: rest, found: &mut *self.found })?.is_some(),
                false => seq.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_whole_is_found_although_the_end_is_missing() {
        let answer = br#"{"ok":true,"result":{"id":7,"text":"abc"#;
        assert_eq!(find(answer, "/ok"), Some(json!(true)));
        assert_eq!(find(answer, "/result/id"), Some(json!(7)));
        assert_eq!(find(answer, "/result/text"), None, "it may go on");
        assert_eq!(find(answer, "/result"), None);
        assert_eq!(find(br#"{"errors":[{"message":"no"}]}"#, "/errors/0/message"), Some(json!("no")));
        assert_eq!(find(b"ok", "/ok"), None);
        assert_eq!(find("[".repeat(100_000).as_bytes(), "/0/0"), None);
    }

    proptest! {
        #[test]
        fn in_whole_documents_the_pointer_of_serde_is_right(
            keys in prop::collection::vec("[ab]", 1..4),
            pointer in "(/[ab01]){1,3}",
        ) {
            let mut document = json!([1, {"a": 2}, ["x"]]);
            for key in keys {
                document = json!({key: document, "z": null});
            }
            let text = document.to_string();
            prop_assert_eq!(find(text.as_bytes(), &pointer), document.pointer(&pointer).cloned());
        }

        #[test]
        fn any_bytes_are_looked_into_without_panic(json: Vec<u8>, pointer in "\\PC*") {
            let _ = find(&json, &pointer);
        }
    }
}
