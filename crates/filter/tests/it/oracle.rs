//! A plain interpreter of filters: it reads the JSON each time, and carries along everything that is found at a place.

use serde_json::{Value, json};

use crate::samples::NUMBERS;

pub fn holds(filter: &Value, event_type: &str, data: &Value) -> bool {
    let event = json!({ "type": event_type, "data": data });
    decide(&[&event], filter)
}

fn decide(found: &[&Value], condition: &Value) -> bool {
    let Value::Object(members) = condition else { return found.iter().any(|value| equal(value, condition)) };
    members.iter().all(|(name, operand)| match name.as_str() {
        "$and" => operand.as_array().unwrap().iter().all(|part| decide(found, part)),
        "$or" => operand.as_array().unwrap().iter().any(|part| decide(found, part)),
        "$not" => !decide(found, operand),
        "$neq" => !found.iter().any(|value| equal(value, operand)),
        "$nin" => !found.iter().any(|value| one_of(value, operand)),
        "$number" => decide_number(found, operand),
        "$exists" => found.is_empty() != operand.as_bool().unwrap(),
        operator if operator.starts_with('$') && !operator.starts_with("$$") => {
            found.iter().any(|value| passes(value, operator, operand))
        }
        key => {
            let key = key.strip_prefix("$$").map_or(key.to_owned(), |rest| format!("${rest}"));
            let here = |value: &&'_ Value| -> Vec<Value> {
                match value {
                    Value::Array(elements) => elements.iter().filter_map(|e| e.get(&key)).cloned().collect(),
                    value => value.get(&key).cloned().into_iter().collect(),
                }
            };
            let below: Vec<Value> = found.iter().flat_map(here).collect();
            decide(&below.iter().collect::<Vec<_>>(), operand)
        }
    })
}

/// The numbers that there are, alone, in texts and in lists; what is asked of them.
fn decide_number(found: &[&Value], operand: &Value) -> bool {
    let number = |value: &&Value| -> Option<Value> {
        match value {
            Value::Number(_) => Some((*value).clone()),
            Value::String(text) => serde_json::from_str(text).ok().filter(Value::is_number),
            _ => None,
        }
    };
    let in_lists = found.iter().filter_map(|value| value.as_array()).flatten();
    let numbers: Vec<Value> = found.iter().copied().chain(in_lists).filter_map(|value| number(&value)).collect();
    decide(&numbers.iter().collect::<Vec<_>>(), operand)
}

fn passes(value: &Value, operator: &str, operand: &Value) -> bool {
    if operator == "$contains" {
        return match value {
            Value::String(text) => operand.as_str().is_some_and(|part| text.contains(part)),
            Value::Array(elements) => elements.iter().any(|element| identical(element, operand)),
            _ => false,
        };
    }
    let mut tried = vec![value];
    tried.extend(value.as_array().into_iter().flatten());
    let text = operand.as_str().unwrap_or_default();
    let ordered = |test: fn(std::cmp::Ordering) -> bool| {
        tried.iter().any(|value| match (value, operand) {
            (Value::Number(_), Value::Number(_)) => test(rank(value).cmp(&rank(operand))),
            (Value::String(value), Value::String(operand)) => test(value.as_bytes().cmp(operand.as_bytes())),
            _ => false,
        })
    };
    let textual = |test: &dyn Fn(&str) -> bool| tried.iter().any(|value| value.as_str().is_some_and(test));
    match operator {
        "$eq" => equal(value, operand),
        "$in" => one_of(value, operand),
        "$gt" => ordered(|order| order.is_gt()),
        "$gte" => ordered(|order| order.is_ge()),
        "$lt" => ordered(|order| order.is_lt()),
        "$lte" => ordered(|order| order.is_le()),
        "$startsWith" => textual(&|value| value.starts_with(text)),
        "$endsWith" => textual(&|value| value.ends_with(text)),
        "$regex" => textual(&|value| match text {
            "^a" => value.starts_with('a'),
            "b$" => value.ends_with('b'),
            "^$" => value.is_empty(),
            part => value.contains(part),
        }),
        other => panic!("{other}"),
    }
}

fn one_of(value: &Value, operands: &Value) -> bool {
    operands.as_array().unwrap().iter().any(|operand| equal(value, operand))
}

fn equal(value: &Value, operand: &Value) -> bool {
    identical(value, operand) || value.as_array().is_some_and(|all| all.iter().any(|one| identical(one, operand)))
}

fn identical(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => rank(a) == rank(b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| identical(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.keys().eq(b.keys()) && a.iter().all(|(key, value)| identical(value, &b[key]))
        }
        _ => a == b,
    }
}

/// The place of one of the numbers that the samples use.
fn rank(number: &Value) -> u32 {
    let same = |text: &str| serde_json::from_str::<Value>(text).unwrap() == *number;
    NUMBERS.iter().find(|(text, _)| same(text)).unwrap().1
}
