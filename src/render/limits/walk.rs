//! Visits the places of a JSON value that a pattern names.

use serde_json::Value;

use crate::platform::Step;

/// Changes each place that the steps lead to.
pub fn each(value: &mut Value, steps: &[Step], change: &mut impl FnMut(&mut Value)) {
    let Some((step, rest)) = steps.split_first() else { return change(value) };
    match (value, step) {
        (Value::Object(members), Step::Name(name)) => {
            if let Some(value) = members.get_mut(name) {
                each(value, rest, change);
            }
        }
        (Value::Array(items), Step::Name(place)) => {
            if let Some(item) = place.parse().ok().and_then(|place: usize| items.get_mut(place)) {
                each(item, rest, change);
            }
        }
        (Value::Array(items), step) => {
            items.iter_mut().filter(|item| is_meant(item, step)).for_each(|item| each(item, rest, change));
        }
        (Value::Object(members), step) => {
            members.values_mut().filter(|value| is_meant(value, step)).for_each(|value| each(value, rest, change));
        }
        _ => {}
    }
}

/// Looks at each place that the steps lead to, in the order of [`each`].
pub fn see<'v>(value: &'v Value, steps: &[Step], look: &mut impl FnMut(&'v Value)) {
    let Some((step, rest)) = steps.split_first() else { return look(value) };
    match (value, step) {
        (Value::Object(members), Step::Name(name)) => {
            if let Some(value) = members.get(name) {
                see(value, rest, look);
            }
        }
        (Value::Array(items), Step::Name(place)) => {
            if let Some(item) = place.parse().ok().and_then(|place: usize| items.get(place)) {
                see(item, rest, look);
            }
        }
        (Value::Array(items), step) => {
            items.iter().filter(|item| is_meant(item, step)).for_each(|item| see(item, rest, look));
        }
        (Value::Object(members), step) => {
            members.values().filter(|value| is_meant(value, step)).for_each(|value| see(value, rest, look));
        }
        _ => {}
    }
}

fn is_meant(value: &Value, step: &Step) -> bool {
    match step {
        Step::EachWith(name, text) => value.get(name).and_then(Value::as_str) == Some(text),
        Step::Each | Step::Name(_) => true,
    }
}
