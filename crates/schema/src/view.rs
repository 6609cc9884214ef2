//! What a value must satisfy all at once: a schema with its references followed and `allOf` unfolded, so that keywords
//! can be asked for in one place. `anyOf` and `oneOf` stay open choices.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::walk::{self, Dialect};

/// Kinds of values. A `number` is an integer or a fraction.
pub(crate) mod kind {
    pub const NULL: u8 = 1;
    pub const BOOLEAN: u8 = 2;
    pub const INTEGER: u8 = 4;
    pub const FRACTION: u8 = 8;
    pub const STRING: u8 = 16;
    pub const ARRAY: u8 = 32;
    pub const OBJECT: u8 = 64;
    pub const ALL: u8 = 127;
    pub const EACH: [u8; 7] = [STRING, OBJECT, ARRAY, INTEGER, FRACTION, BOOLEAN, NULL];

    /// The kinds that a name in `type` means.
    pub fn named(name: &str) -> u8 {
        match name {
            "null" => NULL,
            "boolean" => BOOLEAN,
            "integer" => INTEGER,
            "number" => INTEGER | FRACTION,
            "string" => STRING,
            "array" => ARRAY,
            "object" => OBJECT,
            _ => 0,
        }
    }
}

/// The kind of this value.
pub(crate) fn kind_of(value: &Value) -> u8 {
    match value {
        Value::Null => kind::NULL,
        Value::Bool(_) => kind::BOOLEAN,
        Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() != 0.0) => kind::FRACTION,
        Value::Number(_) => kind::INTEGER,
        Value::String(_) => kind::STRING,
        Value::Array(_) => kind::ARRAY,
        Value::Object(_) => kind::OBJECT,
    }
}

/// Whether JSON Schema takes them for the same value: 1 and 1.0 are.
pub(crate) fn same_value(a: &Value, b: &Value) -> bool {
    a == b || matches!((a.as_f64(), b.as_f64()), (Some(a), Some(b)) if a == b)
}

/// A bound on numbers; `open` excludes the bound itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Bound {
    pub at: f64,
    pub open: bool,
}

const MOST_PARTS: usize = 1_000;
static NOTHING: Value = Value::Bool(false);

/// Everything that one value must satisfy.
#[derive(Clone)]
pub(crate) struct View<'a> {
    document: &'a Value,
    draft7: bool,
    /// The schema objects that all apply.
    pub parts: Vec<&'a Map<String, Value>>,
    /// Each an `anyOf` or `oneOf` of which one branch applies.
    pub choices: Vec<&'a [Value]>,
    /// Nothing can satisfy it.
    pub never: bool,
    /// Only values of these kinds are looked at.
    mask: u8,
    /// Only this value is looked at.
    pub value: Option<&'a Value>,
}

impl<'a> View<'a> {
    /// A whole document.
    pub fn of(document: &'a Value) -> View<'a> {
        let draft7 = walk::dialect(document) == Ok(Dialect::Draft7);
        let empty =
            View { document, draft7, parts: vec![], choices: vec![], never: false, mask: kind::ALL, value: None };
        empty.inner(&[document])
    }

    /// Schemas inside the same document, all of which apply to one value.
    pub fn inner(&self, schemas: &[&'a Value]) -> View<'a> {
        let mut view =
            View { parts: vec![], choices: vec![], never: false, mask: kind::ALL, value: None, ..self.clone() };
        for schema in schemas {
            view.add(schema);
        }
        view
    }

    /// With one branch of one choice taken.
    pub fn choose(&self, choice: usize, branch: &'a Value) -> View<'a> {
        let mut view = self.clone();
        if choice < view.choices.len() {
            view.choices.remove(choice);
        }
        view.add(branch);
        view
    }

    /// With these schemas in force as well.
    pub fn also(&self, schemas: &[&'a Value]) -> View<'a> {
        let mut view = self.clone();
        for schema in schemas {
            view.add(schema);
        }
        view
    }

    /// Restricted to values of these kinds.
    pub fn only(&self, kinds: u8) -> View<'a> {
        View { mask: self.mask & kinds, ..self.clone() }
    }

    /// Restricted to one value.
    pub fn only_value(&self, value: &'a Value) -> View<'a> {
        View { value: Some(value), ..self.clone() }
    }

    fn add(&mut self, schema: &'a Value) {
        let map = match schema {
            Value::Object(map) => map,
            Value::Bool(true) => return,
            _ => return self.never = true,
        };
        // What is there already says the same again; so references in circles end here.
        if self.parts.iter().any(|part| std::ptr::eq(*part, map)) || self.parts.len() >= MOST_PARTS {
            return;
        }
        self.parts.push(map);
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            match walk::resolve(self.document, reference) {
                Some(target) => self.add(target),
                None => self.never = true,
            }
            if self.draft7 {
                return;
            }
        }
        for schema in map.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.add(schema);
        }
        for keyword in ["anyOf", "oneOf"] {
            match map.get(keyword).and_then(Value::as_array).map(Vec::as_slice) {
                Some([only]) => self.add(only),
                Some(branches) => self.choices.push(branches),
                None => {}
            }
        }
    }

    /// The values of a keyword, one per part that has it.
    pub fn all(&self, keyword: &str) -> impl Iterator<Item = &'a Value> {
        // In draft-07 what stands beside `$ref` does not count.
        let counts = |part: &&&'a Map<String, Value>| !(self.draft7 && part.contains_key("$ref"));
        self.parts.iter().filter(counts).filter_map(|part| part.get(keyword)).collect::<Vec<_>>().into_iter()
    }

    /// What distinguishes this view from others of the same document.
    pub fn identity(&self) -> (Vec<usize>, Vec<usize>, u8) {
        let mut parts: Vec<usize> = self.parts.iter().map(|part| std::ptr::from_ref(*part) as usize).collect();
        parts.sort_unstable();
        let mut choices: Vec<usize> = self.choices.iter().map(|choice| choice.as_ptr() as usize).collect();
        choices.extend(self.value.map(|value| std::ptr::from_ref(value) as usize));
        (parts, choices, self.mask)
    }

    /// The values that `enum` and `const` leave, if they are there.
    pub fn values(&self) -> Option<Vec<&'a Value>> {
        if let Some(value) = self.value {
            return Some(vec![value]);
        }
        let lists = self.all("enum").filter_map(Value::as_array).map(Vec::as_slice);
        let mut sets = lists.chain(self.all("const").map(std::slice::from_ref));
        let first: Vec<&'a Value> = sets.next()?.iter().collect();
        let left = sets.fold(first, |left, set| {
            left.into_iter().filter(|value| set.iter().any(|other| same_value(value, other))).collect()
        });
        let kinds = self.typed();
        Some(left.into_iter().filter(|value| kinds & kind_of(value) != 0).collect())
    }

    fn typed(&self) -> u8 {
        self.all("type").fold(self.mask, |kinds, types| match types {
            Value::String(name) => kinds & kind::named(name),
            Value::Array(names) => {
                kinds & names.iter().filter_map(Value::as_str).fold(0, |k, name| k | kind::named(name))
            }
            _ => kinds,
        })
    }

    /// The kinds of values that are possible.
    pub fn kinds(&self) -> u8 {
        if self.never {
            return 0;
        }
        match self.values() {
            Some(values) => values.iter().fold(0, |kinds, value| kinds | kind_of(value)),
            None => self.typed(),
        }
    }

    /// The lower bound on numbers.
    pub fn lower(&self) -> Option<Bound> {
        let bounds = self.bounds("minimum", "exclusiveMinimum");
        bounds.reduce(|a, b| if b.at > a.at || (b.at == a.at && b.open) { b } else { a })
    }

    /// The upper bound on numbers.
    pub fn upper(&self) -> Option<Bound> {
        let bounds = self.bounds("maximum", "exclusiveMaximum");
        bounds.reduce(|a, b| if b.at < a.at || (b.at == a.at && b.open) { b } else { a })
    }

    fn bounds(&self, closed: &str, open: &str) -> impl Iterator<Item = Bound> {
        let values = self.values().filter(|values| values.iter().all(|value| value.is_number())).unwrap_or_default();
        let only = (!values.is_empty()).then(|| {
            let pick: fn(f64, f64) -> f64 = if closed == "minimum" { f64::min } else { f64::max };
            let at = values.iter().filter_map(|value| value.as_f64()).reduce(pick).unwrap_or_default();
            Bound { at, open: false }
        });
        let closed = self.all(closed).filter_map(Value::as_f64).map(|at| Bound { at, open: false });
        let open = self.all(open).filter_map(Value::as_f64).map(|at| Bound { at, open: true });
        only.into_iter().chain(closed.chain(open))
    }

    /// The greatest value of a counting keyword (`minLength`).
    pub fn at_least(&self, keyword: &str) -> u64 {
        self.all(keyword).filter_map(count).max().unwrap_or(0)
    }

    /// The least value of a counting keyword (`maxLength`).
    pub fn at_most(&self, keyword: &str) -> Option<u64> {
        self.all(keyword).filter_map(count).min()
    }

    /// Whether a switch is on in any part (`uniqueItems`).
    pub fn is_on(&self, keyword: &str) -> bool {
        self.all(keyword).any(|value| value == &Value::Bool(true))
    }

    /// The texts of a keyword (`format`, `pattern`).
    pub fn texts(&self, keyword: &str) -> BTreeSet<&'a str> {
        self.all(keyword).filter_map(Value::as_str).collect()
    }

    /// Fields that must be there.
    pub fn required(&self) -> BTreeSet<&'a str> {
        self.all("required").filter_map(Value::as_array).flatten().filter_map(Value::as_str).collect()
    }

    /// Fields that are described.
    pub fn names(&self) -> BTreeSet<&'a str> {
        self.all("properties").filter_map(Value::as_object).flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// The schemas for this field. `patterned`: what to assume of a field that a `patternProperties` may or may not
    /// name; true takes it for one of the others.
    pub fn field(&self, name: &str, patterned: bool) -> Vec<&'a Value> {
        let known = self.names().contains(name);
        let mut schemas = Vec::new();
        for part in self.parts.iter().filter(|part| !(self.draft7 && part.contains_key("$ref"))) {
            match part.get("properties").and_then(|properties| properties.get(name)) {
                Some(schema) => schemas.push(schema),
                None if part.contains_key("patternProperties") && !patterned => {}
                None => schemas.extend(part.get("additionalProperties")),
            }
            if !known && (patterned || !part.contains_key("patternProperties")) {
                schemas.extend(part.get("unevaluatedProperties"));
            }
        }
        schemas
    }

    /// The schemas for fields that are not described.
    pub fn other_fields(&self) -> Vec<&'a Value> {
        self.all("additionalProperties").chain(self.all("unevaluatedProperties")).collect()
    }

    /// How many items have schemas of their own.
    pub fn leading_items(&self) -> usize {
        self.parts.iter().map(|part| leading(part).len()).max().unwrap_or(0)
    }

    /// The schemas for the item at this place.
    pub fn item(&self, place: usize) -> Vec<&'a Value> {
        let mut schemas = Vec::new();
        for part in self.parts.iter().filter(|part| !(self.draft7 && part.contains_key("$ref"))) {
            match leading(part).get(place) {
                Some(schema) => schemas.push(schema),
                None => schemas.extend(match part.get("items") {
                    Some(Value::Array(_)) => part.get("additionalItems"),
                    items => items,
                }),
            }
        }
        let evaluated = place < self.leading_items() || self.parts.iter().any(|part| part.contains_key("items"));
        if !evaluated {
            schemas.extend(self.all("unevaluatedItems"));
        }
        schemas
    }
}

fn leading(part: &Map<String, Value>) -> &[Value] {
    let list = part.get("prefixItems").or_else(|| part.get("items")).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn count(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_f64().filter(|count| *count >= 0.0).map(|count| count as u64))
}

/// Whether these schemas let nothing through.
pub(crate) fn forbids(schemas: &[&Value]) -> bool {
    schemas.contains(&&NOTHING)
}
