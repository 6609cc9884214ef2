//! What a filter may say and hardly means: it is valid, and will never hold, or ask for something else.

use serde_json::Value;

use crate::{
    Schema,
    document::Kind,
    error::{Error, escaped},
    operators::OPERATORS,
};

/// More are not told at one time.
const MOST: usize = 20;

/// What is doubtful in a filter that was read.
pub(super) fn of<S: Schema>(filter: &Value) -> Vec<Error> {
    let mut doubts = Doubts { found: Vec::new() };
    doubts.document::<S>(filter, "");
    doubts.found.truncate(MOST);
    doubts.found
}

struct Doubts {
    found: Vec<Error>,
}

impl Doubts {
    fn tell(&mut self, pointer: &str, message: impl Into<String>) {
        self.found.push(Error { pointer: pointer.to_owned(), message: message.into() });
    }

    fn document<S: Schema>(&mut self, condition: &Value, place: &str) {
        let Value::Object(members) = condition else { return };
        for (name, value) in members {
            let place = format!("{place}/{}", escaped(name));
            let is_json =
                |name: &str| S::FIELDS.iter().any(|field| field.name == name && matches!(field.kind, Kind::Json));
            match (name.as_str(), value) {
                ("$and" | "$or", Value::Array(parts)) => {
                    for (number, part) in parts.iter().enumerate() {
                        self.document::<S>(part, &format!("{place}/{number}"));
                    }
                }
                ("$not", _) => self.document::<S>(value, &place),
                (name, _) if is_json(name) => self.value(value, &place),
                (_, Value::Object(tests)) => tests.iter().for_each(|(name, operand)| self.test(name, operand, &place)),
                _ => {}
            }
        }
    }

    /// A condition on a value somewhere in what is JSON.
    fn value(&mut self, condition: &Value, place: &str) {
        let Value::Object(members) = condition else { return };
        for (name, value) in members {
            let below = format!("{place}/{}", escaped(name));
            match (name.as_str(), value) {
                ("$and" | "$or", Value::Array(parts)) => {
                    for (number, part) in parts.iter().enumerate() {
                        self.value(part, &format!("{below}/{number}"));
                    }
                }
                ("$not", _) => self.value(value, &below),
                ("$gt" | "$gte" | "$lt" | "$lte", Value::String(text)) if is_number(text) => {
                    let message = format!(
                        "compares with a text, and so never with a number; for the number write {text}, and for a number \
                                 that is written as a text {{\"$number\":{{\"{name}\":{text}}}}}"
                    );
                    self.tell(&below, message);
                }
                (operator, _) if operator.starts_with('$') && !operator.starts_with("$$") => {
                    self.test(operator, value, place);
                }
                (name, value) => {
                    // A member that is called `number` is nothing odd.
                    let operator = OPERATORS.iter().find(|operator| &operator[1..] == name && name != "number");
                    if let Some(operator) = operator.filter(|_| !value.is_object()) {
                        self.tell(
                            &below,
                            format!("asks for a member `{name}`; did you mean the operator `{operator}`?"),
                        );
                    }
                    self.value(value, &below);
                }
            }
        }
    }

    fn test(&mut self, operator: &str, operand: &Value, place: &str) {
        if let ("$number", Value::Object(tests)) = (operator, operand) {
            let below = format!("{place}/$number");
            tests.iter().for_each(|(name, operand)| self.test(name, operand, &below));
        }
        if operand.as_array().is_some_and(Vec::is_empty) {
            match operator {
                "$in" => self.tell(&format!("{place}/$in"), "an empty list: nothing is one of it, so this never holds"),
                "$nin" => {
                    self.tell(&format!("{place}/$nin"), "an empty list: nothing is one of it, so this always holds")
                }
                _ => {}
            }
        }
    }
}

fn is_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Number>(text).is_ok()
}
