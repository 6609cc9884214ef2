//! Makes a rendered payload fit a platform: JSON enters with the platform's limits, and leaves with nothing in it that
//! the platform would refuse for its size. What fits already is not touched. Pure.
//!
//! Texts are cut with `…`, never inside a character or an escape; arrays lose their last items; and where several texts
//! share a limit, those give way that the platform's file names.

#[cfg(test)]
mod tests;
mod walk;

use serde_json::Value;

use crate::{
    platform::{Budget, Limits, Markup, Pattern, Unit},
    text::{ELLIPSIS, length, truncate},
};

/// No platform takes arrays longer than this.
const MOST_ITEMS: usize = 10_000;
/// A text that gives way keeps so many characters, if it had them.
const SHORTEST: usize = 16;

/// Makes the payload fit, or says what cannot be made to.
pub fn apply(limits: &Limits, payload: &mut Value) -> Result<(), String> {
    for limit in &limits.single {
        for pattern in &limit.at {
            walk::each(payload, pattern.steps(), &mut |value| match value {
                Value::Array(items) if limit.unit == Unit::Items => items.truncate(limit.max),
                Value::String(text) if length(text, limit.unit, limit.markup) > limit.max => {
                    *text = truncate(text, limit.max, limit.unit, limit.markup, ELLIPSIS);
                }
                _ => {}
            });
        }
    }
    limits.shared.iter().try_for_each(|budget| spend(budget, payload))
}

/// What exceeds its limit, in words; `None` if everything fits.
pub fn excess(limits: &Limits, payload: &Value) -> Option<String> {
    for limit in &limits.single {
        for pattern in &limit.at {
            let mut most = 0;
            walk::see(payload, pattern.steps(), &mut |value| {
                most = most.max(match value {
                    Value::Array(items) if limit.unit == Unit::Items => items.len(),
                    Value::String(text) => length(text, limit.unit, limit.markup),
                    _ => 0,
                });
            });
            if most > limit.max {
                return Some(format!("{pattern} has {most} {}; {} are taken", limit.unit, limit.max));
            }
        }
    }
    limits.shared.iter().find_map(|budget| {
        let spent = spent(budget, payload);
        (spent > budget.max).then(|| too_much(budget, spent))
    })
}

fn too_much(budget: &Budget, spent: usize) -> String {
    let what = match budget.at.first() {
        None => "the payload has".to_owned(),
        Some(_) => format!("{} have", budget.at.iter().map(|at| at.to_string()).collect::<Vec<_>>().join(", ")),
    };
    format!("{what} {spent} {} together; {} are taken", budget.unit, budget.max)
}

/// How much of a budget is used.
fn spent(budget: &Budget, payload: &Value) -> usize {
    if budget.at.is_empty() {
        return written_size(payload, budget.escaped);
    }
    let mut sum = 0;
    for pattern in &budget.at {
        walk::see(payload, pattern.steps(), &mut |value| {
            // In full, tags and escapes included: more than a platform would count, never less.
            sum += value.as_str().map_or(0, |text| length(text, budget.unit, Markup::Plain));
        });
    }
    sum
}

/// Bytes of a value as compact JSON.
pub fn size(value: &Value) -> usize {
    written_size(value, false)
}

/// The same; `escaped`: of this JSON as a text within another document.
fn written_size(value: &Value, escaped: bool) -> usize {
    struct Count {
        bytes: usize,
        escaped: bool,
    }
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.bytes += bytes.len();
            if self.escaped {
                self.bytes += bytes.iter().filter(|c| matches!(c, b'"' | b'\\')).count();
            }
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count { bytes: 0, escaped };
    // Counting does not fail.
    drop(serde_json::to_writer(&mut count, value));
    count.bytes
}

/// Shortens, then drops, until the budget is kept.
fn spend(budget: &Budget, payload: &mut Value) -> Result<(), String> {
    let mut over = spent(budget, payload).saturating_sub(budget.max);
    for pattern in &budget.shorten {
        if over == 0 {
            return Ok(());
        }
        let mut texts = Vec::new();
        walk::see(payload, pattern.steps(), &mut |value| texts.push(value.as_str().map(str::to_owned)));
        let mut order: Vec<&mut String> = texts.iter_mut().flatten().collect();
        order.sort_by_key(|text| std::cmp::Reverse(text.len()));
        for text in order {
            if over > 0 {
                let (shorter, saved) = give_way(budget, text, over);
                over = over.saturating_sub(saved);
                *text = shorter;
            }
        }
        let mut texts = texts.into_iter();
        walk::each(payload, pattern.steps(), &mut |value| {
            if let Some(Some(text)) = texts.next() {
                *value = Value::String(text);
            }
        });
        over = spent(budget, payload).saturating_sub(budget.max);
    }
    for pattern in &budget.drop {
        if over == 0 {
            return Ok(());
        }
        drop_items(budget, pattern, payload);
        over = spent(budget, payload).saturating_sub(budget.max);
    }
    match spent(budget, payload) {
        spent if spent > budget.max => Err(too_much(budget, spent)),
        _ => Ok(()),
    }
}

/// Drops as many of the last items of each array as it takes, of all but the first if need be.
fn drop_items(budget: &Budget, pattern: &Pattern, payload: &mut Value) {
    let mut arrays: Vec<Vec<Value>> = Vec::new();
    walk::each(payload, pattern.steps(), &mut |value| {
        if let Value::Array(items) = value {
            items.truncate(MOST_ITEMS);
            arrays.push(items.clone());
        }
    });
    let longest = arrays.iter().map(Vec::len).max().unwrap_or_default();
    let mut keep = |dropped: usize| {
        let mut arrays = arrays.iter();
        walk::each(payload, pattern.steps(), &mut |value| {
            if let (Value::Array(items), Some(all)) = (value, arrays.next()) {
                *items = all[..all.len().saturating_sub(dropped).max(all.len().min(1))].to_vec();
            }
        });
        spent(budget, payload) <= budget.max
    };
    // Fewer dropped than `low` is not enough; `high` is the most that can be.
    let (mut low, mut high) = (0, longest.saturating_sub(1));
    while low < high {
        let middle = low + (high - low) / 2;
        if keep(middle) { high = middle } else { low = middle + 1 }
    }
    keep(high);
}

/// The longest beginning of the text that saves so much, else the shortest there is; and what it saves.
fn give_way(budget: &Budget, text: &str, over: usize) -> (String, usize) {
    let cost = |text: &str| match budget.unit {
        Unit::Bytes => written_size(&Value::from(text), budget.escaped),
        unit => length(text, unit, Markup::Plain),
    };
    let before = cost(text);
    let short = |keep: usize| {
        let cut = truncate(text, keep, Unit::Utf16, budget.markup, ELLIPSIS);
        let saved = before.saturating_sub(cost(&cut));
        (cut, saved)
    };
    let full = length(text, Unit::Utf16, budget.markup);
    if full <= SHORTEST {
        return (text.to_owned(), 0);
    }
    let (mut best, mut low, mut high) = (short(SHORTEST), SHORTEST, full);
    while best.1 >= over && high - low > 1 {
        let middle = low + (high - low) / 2;
        let tried = short(middle);
        match tried.1 >= over {
            true => (best, low) = (tried, middle),
            false => high = middle,
        }
    }
    best
}
