//! The name of an inspector, a receiver that is a part of the server.

use std::fmt;

use serde::{Deserialize, Serialize};

const PREFIX: &str = "ins_";
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters behind the prefix: of five bits each, so the first has three.
const LENGTH: usize = 26;

/// An inspector's id: 128 bits by chance. Where the operator opens inspectors to the outside, whoever knows an id can send there, so
/// none follows from another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct InspectorId(u128);

impl InspectorId {
    /// Of these bytes, which come from chance.
    pub fn of(bytes: [u8; 16]) -> InspectorId {
        InspectorId(u128::from_be_bytes(bytes))
    }

    /// Reads the text form; `None` if it is no such id.
    pub fn parse(text: &str) -> Option<InspectorId> {
        let digits = text.strip_prefix(PREFIX)?.as_bytes();
        if digits.len() != LENGTH || digits[0] > b'7' {
            return None;
        }
        digits
            .iter()
            .try_fold(0u128, |value, digit| {
                let digit = ALPHABET.iter().position(|one| one == digit)?;
                Some(value << 5 | digit as u128)
            })
            .map(InspectorId)
    }
}

impl TryFrom<String> for InspectorId {
    type Error = String;
    fn try_from(text: String) -> Result<InspectorId, String> {
        InspectorId::parse(&text)
            .ok_or_else(|| "it is no id of an inspector, like `ins_06f3n1qk2v0g006f3n1qk2v0g0`".into())
    }
}

impl From<InspectorId> for String {
    fn from(id: InspectorId) -> String {
        id.to_string()
    }
}

impl fmt::Display for InspectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; LENGTH];
        for (place, digit) in text.iter_mut().enumerate() {
            *digit = ALPHABET[(self.0 >> (5 * (LENGTH - 1 - place))) as usize & 31];
        }
        f.write_str(PREFIX)?;
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for InspectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_reads_back_and_nothing_else_is_one(bytes: [u8; 16], text in "(ins_)?[0-9a-z]{24,28}") {
            let id = InspectorId::of(bytes);
            prop_assert_eq!(InspectorId::parse(&id.to_string()), Some(id));
            if let Some(read) = InspectorId::parse(&text) {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
