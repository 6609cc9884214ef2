//! Makes data that fits a schema: in go a schema and a seed, out comes a value. The same seed makes the same value.
//!
//! What the schema says by `examples`, `default`, `const`, `enum` and `format` is used first, so that samples look like
//! the real thing. Everything made is checked with the schema before it is handed out; what does not fit is made anew,
//! plainer each time. What cannot be made (rules that contradict each other, a text that is too long) is an error. The
//! work is bounded whatever the schema.

mod scalar;

use std::collections::BTreeSet;

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Map, Value};

use crate::{
    Validator, Violation,
    pattern::Patterns,
    view::{View, forbids, kind, kind_of},
    walk::shown,
};

const ATTEMPTS: u64 = 40;
/// From this attempt on, without `examples` and `default`.
const PLAIN: u64 = 15;
/// From this attempt on, only what must be there.
const SPARE: u64 = 25;
/// Deeper than this, only what must be there; than twice this, nothing.
const DEEP: usize = 8;
/// As many values are made in one attempt, and in all; of schemas with many parts fewer.
const MOST_VALUES: usize = 5_000;
const MOST_VALUES_IN_ALL: usize = 20_000;
const MOST_ITEMS: u64 = 1_000;

/// Why no sample was made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SampleError {
    /// [`Validator::new`] does not take the schema; this is the first thing wrong with it.
    #[error("the schema cannot be used: {0}")]
    Schema(Violation),
    /// Nothing that was tried fits: the rules contradict each other, or ask for what cannot be made up.
    #[error("no sample could be made: {0}")]
    Impossible(String),
}

/// Data that is valid under this schema; the same seed makes the same data.
pub fn sample(schema: &Value, seed: u64) -> Result<Value, SampleError> {
    let whole = || Violation::at("", "it is no schema");
    let validator = Validator::new(schema)
        .map_err(|violations| SampleError::Schema(violations.into_iter().next().unwrap_or_else(whole)))?;
    sample_with(schema, &validator, seed)
}

/// The same with the schema compiled before.
pub fn sample_with(schema: &Value, validator: &Validator, seed: u64) -> Result<Value, SampleError> {
    let mut reason = String::new();
    let mut patterns = Patterns::default();
    let mut in_all = MOST_VALUES_IN_ALL;
    for attempt in 0..ATTEMPTS {
        let rng = StdRng::seed_from_u64(seed.wrapping_add(attempt.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let mut maker = Maker {
            which: usize::try_from(seed.wrapping_add(attempt) % 0xffff).unwrap_or_default(),
            rng,
            patterns: &mut patterns,
            plain: attempt >= PLAIN,
            spare: attempt >= SPARE,
            left: MOST_VALUES.min(in_all),
        };
        let made = maker.value(&View::of(schema), 0);
        in_all = in_all.saturating_sub(MOST_VALUES.min(in_all) - maker.left);
        match made {
            Ok(value) if validator.accepts(&value) => return Ok(value),
            Ok(value) => {
                let error = validator.validate(&value).err().and_then(|errors| errors.into_iter().next());
                reason =
                    error.map_or(reason, |error| format!("what was made {} at `{}`", error.message, error.pointer));
            }
            Err(error) => reason = error,
        }
        if in_all == 0 {
            break;
        }
    }
    Err(SampleError::Impossible(reason))
}

struct Maker<'p, 'a, R> {
    /// Which of its examples each value is: that of the same place everywhere, since those belong together. Each item of a list
    /// has others.
    which: usize,
    rng: R,
    patterns: &'p mut Patterns<'a>,
    plain: bool,
    spare: bool,
    /// How many values may still be made.
    left: usize,
}

impl<'a, R: Rng> Maker<'_, 'a, R> {
    fn value(&mut self, view: &View<'a>, depth: usize) -> Result<Value, String> {
        if self.left == 0 {
            return Err("the schema asks for too many values".into());
        }
        if depth > 2 * DEEP {
            return Err("the schema is nested without end".into());
        }
        self.left = self.left.saturating_sub(1 + view.parts.len() / 8);
        let decided = self.conditions(view);
        self.chosen(decided.as_ref().unwrap_or(view), depth)
    }

    /// With `if` decided one way or the other.
    fn conditions(&mut self, view: &View<'a>) -> Option<View<'a>> {
        let mut more = Vec::new();
        for part in view.parts.iter().filter(|part| part.contains_key("if")) {
            let keywords: &[&str] = if self.rng.random() { &["if", "then"] } else { &["else"] };
            more.extend(keywords.iter().filter_map(|keyword| part.get(*keyword)));
        }
        (!more.is_empty()).then(|| view.also(&more))
    }

    /// With a branch chosen of each choice.
    fn chosen(&mut self, view: &View<'a>, depth: usize) -> Result<Value, String> {
        let Some(branches) = view.choices.first() else { return self.plain_value(view, depth) };
        let mut reason = "none of the alternatives is possible".to_owned();
        for branch in self.shuffled(branches.iter().collect()) {
            let chosen = view.choose(0, branch);
            if chosen.kinds() != 0 && self.left > 0 {
                self.left -= 1;
                match self.chosen(&chosen, depth) {
                    Ok(value) => return Ok(value),
                    Err(error) => reason = error,
                }
            }
        }
        Err(reason)
    }

    fn plain_value(&mut self, view: &View<'a>, depth: usize) -> Result<Value, String> {
        if let Some(values) = view.values() {
            return self.one_of(&values).cloned().ok_or_else(|| "no value is possible".into());
        }
        if !self.plain && self.rng.random_bool(0.95) {
            let examples = view.all("examples").filter_map(Value::as_array).flatten().chain(view.all("default"));
            let fitting: Vec<&Value> = examples.filter(|value| view.kinds() & kind_of(value) != 0).collect();
            if let Some(example) = fitting.get(self.which % fitting.len().max(1)) {
                return Ok((*example).clone());
            }
        }
        let kinds = likely_kinds(view);
        let mut order = self.shuffled(kind::EACH.into_iter().filter(|kind| kinds & kind != 0).collect());
        // Null says nothing, so it comes last, mostly.
        if self.rng.random_bool(0.9) {
            order.sort_by_key(|kind| *kind == kind::NULL);
        }
        let mut reason = "nothing is possible".to_owned();
        for kind in order {
            match self.of_kind(kind, view, depth) {
                Ok(value) => return Ok(value),
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    fn of_kind(&mut self, kind: u8, view: &View<'a>, depth: usize) -> Result<Value, String> {
        match kind {
            kind::NULL => Ok(Value::Null),
            kind::BOOLEAN => Ok(Value::Bool(self.rng.random())),
            kind::INTEGER | kind::FRACTION => scalar::number(&mut self.rng, view, kind == kind::INTEGER),
            kind::STRING => scalar::text(&mut self.rng, self.patterns, view).map(Value::String),
            kind::ARRAY => self.array(view, depth),
            _ => self.object(view, depth),
        }
    }

    fn array(&mut self, view: &View<'a>, depth: usize) -> Result<Value, String> {
        let contains: Vec<&Value> = view.all("contains").collect();
        let special = if contains.is_empty() { 0 } else { view.at_least("minContains").max(1) };
        let least = view.at_least("minItems").max(special);
        if least > MOST_ITEMS {
            return Err(format!("an array of at least {least} items is too long"));
        }
        let most = view.at_most("maxItems").unwrap_or(u64::MAX);
        let wanted = match self.spare || depth >= DEEP {
            true => least,
            false => least.max(view.leading_items() as u64).max(1) + self.rng.random_range(0..3),
        };
        let wanted = wanted.min(most).max(least) as usize;
        let mut items: Vec<Value> = Vec::with_capacity(wanted);
        while items.len() < wanted {
            let mut schemas = view.item(items.len());
            if items.len() < special as usize {
                schemas.extend(&contains);
            }
            let item = view.inner(&schemas);
            let made = self.distinct(&item, depth + 1, view.is_on("uniqueItems"), &items);
            match made {
                Ok(item) => items.push(item),
                Err(_) if items.len() as u64 >= least => break,
                Err(reason) => return Err(reason),
            }
        }
        Ok(Value::Array(items))
    }

    fn distinct(&mut self, view: &View<'a>, depth: usize, unique: bool, others: &[Value]) -> Result<Value, String> {
        for _ in 0..20 {
            self.which += 1;
            let value = self.value(view, depth)?;
            if !unique || !others.contains(&value) {
                return Ok(value);
            }
        }
        Err("there are not enough different items".into())
    }

    fn object(&mut self, view: &View<'a>, depth: usize) -> Result<Value, String> {
        let names = self.field_names(view, depth)?;
        let required = view.required();
        let mut object = Map::new();
        for name in names {
            let mut schemas = view.field(&name, false);
            let patterned = self.patterned(view, &name);
            match patterned.is_empty() {
                true => schemas = view.field(&name, true),
                false => schemas.extend(patterned),
            }
            if forbids(&schemas) && !required.contains(name.as_str()) {
                continue;
            }
            match self.value(&view.inner(&schemas), depth + 1) {
                Ok(value) => drop(object.insert(name, value)),
                Err(reason) if required.contains(name.as_str()) => return Err(format!("`{}`: {reason}", shown(&name))),
                Err(_) => {}
            }
        }
        Ok(Value::Object(object))
    }

    /// Which fields the object is to have.
    fn field_names(&mut self, view: &View<'a>, depth: usize) -> Result<BTreeSet<String>, String> {
        let mut names: BTreeSet<String> = view.required().into_iter().map(str::to_owned).collect();
        let most = view.at_most("maxProperties").unwrap_or(u64::MAX);
        let least = view.at_least("minProperties");
        if least > MOST_ITEMS {
            return Err(format!("an object of at least {least} fields is too large"));
        }
        let usual = !self.spare && depth < DEEP;
        for name in self.shuffled(view.names().into_iter().collect()) {
            let room = (names.len() as u64) < most;
            let wanted = (names.len() as u64) < least || (usual && self.rng.random_bool(0.75));
            if room && wanted && !forbids(&view.field(name, false)) {
                names.insert(name.to_owned());
            }
        }
        for map in view.all("dependentRequired").chain(view.all("dependencies")).filter_map(Value::as_object) {
            // A chain of these is followed as far as it goes in the order of names; the check finds the rest.
            for (name, others) in map.iter().filter_map(|(name, list)| Some((name, list.as_array()?))) {
                if names.contains(name) {
                    names.extend(others.iter().filter_map(Value::as_str).map(str::to_owned));
                }
            }
        }
        let is_map = view.names().is_empty() && view.other_fields().iter().any(|schema| schema.is_object());
        let wanted = if is_map && usual { least.max(self.rng.random_range(1..3)).min(most) } else { least };
        for place in 0..wanted * 5 {
            if names.len() as u64 >= wanted {
                break;
            }
            names.insert(self.other_name(view, place + 1)?);
        }
        Ok(names)
    }

    /// A name for a field that the schema does not name.
    fn other_name(&mut self, view: &View<'a>, place: u64) -> Result<String, String> {
        let rules: Vec<&Value> = view.all("propertyNames").collect();
        if !rules.is_empty() {
            return scalar::text(&mut self.rng, self.patterns, &view.inner(&rules));
        }
        let patterns = view.all("patternProperties").filter_map(Value::as_object).flatten();
        match patterns.map(|(pattern, _)| pattern.as_str()).next() {
            Some(pattern) => self.patterns.matching(&mut self.rng, pattern, 6),
            None => Ok(format!("field_{place}")),
        }
    }

    /// The schemas of the `patternProperties` that this name matches.
    fn patterned(&mut self, view: &View<'a>, name: &str) -> Vec<&'a Value> {
        let all = view.all("patternProperties").filter_map(Value::as_object).flatten();
        all.filter(|(pattern, _)| self.patterns.is_match(pattern, name)).map(|(_, schema)| schema).collect()
    }

    fn one_of<'v>(&mut self, values: &[&'v Value]) -> Option<&'v Value> {
        (!values.is_empty()).then(|| values.get(self.rng.random_range(0..values.len())).copied()).flatten()
    }

    fn shuffled<T>(&mut self, mut items: Vec<T>) -> Vec<T> {
        for last in (1..items.len()).rev() {
            items.swap(last, self.rng.random_range(0..=last));
        }
        items
    }
}

/// The kinds that the schema speaks about, where it names none.
fn likely_kinds(view: &View<'_>) -> u8 {
    if view.all("type").next().is_some() {
        return view.kinds();
    }
    let speaks = |keywords: &[&str]| keywords.iter().any(|keyword| view.all(keyword).next().is_some());
    let of_objects = ["properties", "required", "additionalProperties", "patternProperties", "minProperties"];
    let implied = if speaks(&of_objects) {
        kind::OBJECT
    } else if speaks(&["items", "prefixItems", "contains", "minItems", "maxItems"]) {
        kind::ARRAY
    } else if speaks(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
        kind::FRACTION
    } else {
        kind::STRING
    };
    if view.kinds() & implied != 0 { view.kinds() & implied } else { view.kinds() }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
pub(crate) mod tests;
