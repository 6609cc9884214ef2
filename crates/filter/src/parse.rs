//! Reads a filter: each thing that is wrong is named by its place, with how to mend it.

mod numeric;

use std::{
    borrow::Cow,
    fmt::{Display, Write as _},
    sync::Arc,
};

use serde_json::{Map, Value};

use crate::{
    condition::{Comparison, Condition, Path, Test},
    document::{Field, Kind, Layout},
    error::{Error, escaped, shown},
    number::Number,
    operators::{OPERATORS, meant},
    patterns::Pattern,
    scalar::Scalar,
    scalar_set::ScalarSet,
    weigh::{HEAVIEST, weight},
};

const MAX_BYTES: usize = 64 * 1024;
const MAX_DEPTH: usize = 16;
const MOST_CLAUSES: usize = 1000;
const LONGEST_LIST: usize = 1000;
const LONGEST_PATTERN: usize = 1024;
/// Compiled patterns take much more memory than everything else.
const MOST_PATTERNS: usize = 16;

type Result<T> = std::result::Result<T, Error>;

/// What the condition at hand is about.
enum Subject {
    Document,
    Value(Arc<Path>),
}

pub(super) struct Reader {
    layout: Layout,
    /// JSON pointer to the place at hand.
    place: String,
    clauses: usize,
    patterns: usize,
    weight: u64,
    /// The heaviest clause: its weight, and its place.
    heaviest: (u64, String),
    longest_list: usize,
    /// Whether clauses and patterns are counted, and patterns measured.
    bounded: bool,
}

impl Reader {
    /// The filter as text, and compiled.
    pub(super) fn read(layout: Layout, json: &Value) -> Result<(String, Condition)> {
        let refuse = |message: String| Err(Error { pointer: String::new(), message });
        if is_deeper(json, MAX_DEPTH) {
            return refuse(format!("a filter nests at most {MAX_DEPTH} levels deep; this is deeper"));
        }
        let text = json.to_string();
        if text.len() > MAX_BYTES {
            return refuse(format!("a filter has at most {MAX_BYTES} bytes, this has {}", text.len()));
        }
        let mut reader = Reader::new(layout, LONGEST_LIST, true);
        let condition = reader.condition(&Subject::Document, json)?;
        reader.check_weight()?;
        Ok((text, condition))
    }

    /// A filter that was checked when it was taken in, perhaps by other bounds than today's.
    pub(super) fn read_kept(layout: Layout, json: &Value) -> Result<Condition> {
        Reader::new(layout, usize::MAX, false).condition(&Subject::Document, json)
    }

    fn new(layout: Layout, longest_list: usize, bounded: bool) -> Reader {
        let heaviest = (0, String::new());
        Reader { layout, place: String::new(), clauses: 0, patterns: 0, weight: 0, heaviest, longest_list, bounded }
    }

    /// Deciding the filter must be quick also for a document that is made to take long.
    fn check_weight(self) -> Result<()> {
        if self.weight <= HEAVIEST {
            return Ok(());
        }
        let (heaviest, pointer) = self.heaviest;
        let message = format!(
            "this filter weighs {}, and {HEAVIEST} is possible: it could take too long on a large event. This clause is its \
             heaviest with {heaviest}; use fewer clauses, `$in` for many values, and patterns that repeat less",
            self.weight
        );
        Err(Error { pointer, message })
    }

    fn wrong<T>(&self, message: impl Into<String>) -> Result<T> {
        Err(Error { pointer: self.place.clone(), message: message.into() })
    }

    /// Does `act` with the place one step further down.
    fn under<T>(&mut self, step: impl Display, act: impl FnOnce(&mut Reader) -> Result<T>) -> Result<T> {
        let length = self.place.len();
        let _ = write!(self.place, "/{step}"); // writing to a text does not fail
        let result = act(self);
        self.place.truncate(length);
        result
    }

    fn count_clause(&mut self) -> Result<()> {
        self.clauses += 1;
        match self.bounded && self.clauses > MOST_CLAUSES {
            true => self.wrong(format!("a filter has at most {MOST_CLAUSES} clauses; use `$in` for many values")),
            false => Ok(()),
        }
    }

    fn condition(&mut self, subject: &Subject, json: &Value) -> Result<Condition> {
        match (json, subject) {
            (Value::Object(members), _) => self.members(subject, members),
            (Value::Array(_), Subject::Value(_)) => self.wrong(
                "a list alone could mean two things; write {\"$in\":[…]} for one of these, or {\"$eq\":[…]} for \
                 exactly this list",
            ),
            (_, Subject::Document) => self.wrong(format!("a filter is an object, like {}", self.layout.example)),
            (scalar, Subject::Value(path)) => self.equal(path, scalar),
        }
    }

    fn members(&mut self, subject: &Subject, members: &Map<String, Value>) -> Result<Condition> {
        let mut parts = Vec::with_capacity(members.len());
        for (key, value) in members {
            parts.push(self.under(escaped(key), |reader| reader.member(subject, key, value))?);
        }
        Ok(Condition::all(parts))
    }

    fn member(&mut self, subject: &Subject, key: &str, value: &Value) -> Result<Condition> {
        if key.starts_with('$') && !key.starts_with("$$") {
            return self.operator(subject, key, value);
        }
        let name = if key.starts_with("$$") { &key[1..] } else { key };
        let path = match subject {
            Subject::Document => Path { field: self.field(name)?, keys: Box::default() },
            Subject::Value(path) if self.is_json(path) => {
                Path { field: path.field, keys: path.keys.iter().cloned().chain([name.into()]).collect() }
            }
            Subject::Value(path) => {
                let field = self.name(path);
                return self.wrong(match self.json_fields().as_str() {
                    "" => format!("`{field}` has no members"),
                    some => format!("`{field}` has no members; only {some} has"),
                });
            }
        };
        self.condition(&Subject::Value(Arc::new(path)), value)
    }

    /// The place of a field in the schema.
    fn field(&self, name: &str) -> Result<usize> {
        let Some(place) = self.layout.fields.iter().position(|field| field.name == name) else {
            let known = self.names(|_| true);
            let Layout { noun, example, .. } = self.layout;
            let name = shown(name);
            return self.wrong(match self.first_json_field() {
                Some(json) => format!(
                    "a filter asks about {known}, not about `{name}`; what is in {noun}'s {json} goes under `{json}`: \
                     {example}"
                ),
                None => format!("a filter asks about {known}, not about `{name}`: {example}"),
            });
        };
        Ok(place)
    }

    fn kind(&self, path: &Path) -> Kind {
        self.layout.fields[path.field].kind
    }

    fn is_json(&self, path: &Path) -> bool {
        matches!(self.kind(path), Kind::Json)
    }

    fn name(&self, path: &Path) -> &'static str {
        self.layout.fields[path.field].name
    }

    fn first_json_field(&self) -> Option<&'static str> {
        // That of the example is the one that is mostly meant.
        let json =
            || self.layout.fields.iter().filter(|field| matches!(field.kind, Kind::Json)).map(|field| field.name);
        json().find(|name| self.layout.example.contains(&format!("\"{name}\""))).or_else(|| json().next())
    }

    fn json_fields(&self) -> String {
        self.names(|field| matches!(field.kind, Kind::Json))
    }

    fn names(&self, wanted: impl Fn(&Field) -> bool) -> String {
        let names = self.layout.fields.iter().filter(|field| wanted(field)).map(|field| format!("`{}`", field.name));
        names.collect::<Vec<_>>().join(", ")
    }

    fn operator(&mut self, subject: &Subject, name: &str, operand: &Value) -> Result<Condition> {
        match (name, subject) {
            ("$and", _) => self.conditions(subject, operand).map(Condition::all),
            ("$or", _) => self.conditions(subject, operand).map(|parts| Condition::Any(parts.into())),
            ("$not", _) => {
                self.count_clause()?;
                self.condition(subject, operand).map(Condition::not)
            }
            (_, Subject::Value(path)) => self.test(&path.clone(), name, operand),
            (_, Subject::Document) if OPERATORS.contains(&name) => {
                let example = match self.first_json_field() {
                    Some(json) => format!("{{\"{json}\":{{\"price\":{{\"{name}\":…}}}}}}"),
                    None => format!("{{\"{}\":{{\"{name}\":…}}}}", self.layout.fields.first().map_or("", |f| f.name)),
                };
                self.wrong(format!("`{name}` asks about a member; write it under one: {example}"))
            }
            _ => self.unknown(name),
        }
    }

    fn test(&mut self, path: &Arc<Path>, name: &str, operand: &Value) -> Result<Condition> {
        match name {
            "$eq" => self.equal(path, operand),
            "$neq" => self.equal(path, operand).map(Condition::not),
            "$in" => self.one_of(path, operand),
            "$nin" => self.one_of(path, operand).map(Condition::not),
            "$gt" => self.compare(path, Comparison::Greater, operand),
            "$gte" => self.compare(path, Comparison::GreaterOrEqual, operand),
            "$lt" => self.compare(path, Comparison::Less, operand),
            "$lte" => self.compare(path, Comparison::LessOrEqual, operand),
            "$number" => self.numeric(path, operand),
            "$contains" => {
                if !self.is_json(path) {
                    self.text(path, operand)?;
                }
                self.simple(path, Test::Contains(operand.clone().into()))
            }
            "$startsWith" => self.text(path, operand).and_then(|text| self.simple(path, Test::StartsWith(text.into()))),
            "$endsWith" => self.text(path, operand).and_then(|text| self.simple(path, Test::EndsWith(text.into()))),
            "$regex" => self.pattern(path, operand).and_then(|regex| self.simple(path, Test::Regex(regex.into()))),
            "$exists" => match operand {
                Value::Bool(true) => self.simple(path, Test::Exists),
                Value::Bool(false) => self.simple(path, Test::Exists).map(Condition::not),
                _ => self.wrong("`$exists` takes true or false"),
            },
            _ => self.unknown(name),
        }
    }

    fn unknown<T>(&self, name: &str) -> Result<T> {
        let hint = meant(name).map(|known| format!(", perhaps `{known}`")).unwrap_or_default();
        self.wrong(format!(
            "unknown operator `{}`{hint}; possible are {}. A member whose name begins with `$` is written with `$$`",
            shown(name),
            OPERATORS.join(" ")
        ))
    }

    fn simple(&mut self, path: &Arc<Path>, test: Test) -> Result<Condition> {
        self.count_clause()?;
        let weight = weight(path, &test);
        self.weight = self.weight.saturating_add(weight);
        if weight > self.heaviest.0 {
            self.heaviest = (weight, self.place.clone());
        }
        Ok(Condition::Test(path.clone(), test))
    }

    fn conditions(&mut self, subject: &Subject, operand: &Value) -> Result<Vec<Condition>> {
        self.count_clause()?;
        let Value::Array(parts) = operand else { return self.wrong("this operator takes a list of conditions") };
        if parts.is_empty() {
            return self.wrong("this list needs at least one condition; leave the operator out for none");
        }
        let read = |(place, part): (usize, &Value)| self.under(place, |reader| reader.condition(subject, part));
        parts.iter().enumerate().map(read).collect()
    }

    fn equal(&mut self, path: &Arc<Path>, operand: &Value) -> Result<Condition> {
        let test = match Scalar::of(&*self.as_field_has_it(path, operand)?) {
            Some(scalar) => Test::Equal(scalar.owned()),
            None => Test::Same(operand.clone().into()),
        };
        self.simple(path, test)
    }

    fn one_of(&mut self, path: &Arc<Path>, operand: &Value) -> Result<Condition> {
        let expected = "this operator takes a list of texts, numbers, true, false or null";
        let Value::Array(elements) = operand else { return self.wrong(expected) };
        self.check_list(elements)?;
        let mut wanted = Vec::with_capacity(elements.len());
        for (place, element) in elements.iter().enumerate() {
            // There are many: the place of one is worked out if it is wrong.
            let read = self.as_field_has_it(path, element).ok().filter(|element| Scalar::of(element).is_some());
            let Some(read) = read else {
                return self.under(place, |reader| reader.as_field_has_it(path, element).and(reader.wrong(expected)));
            };
            wanted.push(read);
        }
        let wanted = ScalarSet::new(wanted.iter().filter_map(|element| Scalar::of(element)).collect());
        self.simple(path, Test::OneOf(wanted.into()))
    }

    fn check_list(&self, elements: &[Value]) -> Result<()> {
        match elements.len() > self.longest_list {
            true => self.wrong(format!("this list has at most {LONGEST_LIST} values, not {}", elements.len())),
            false => Ok(()),
        }
    }

    fn compare(&mut self, path: &Arc<Path>, comparison: Comparison, operand: &Value) -> Result<Condition> {
        match Scalar::of(&*self.as_field_has_it(path, operand)?) {
            Some(bound @ (Scalar::Number(_) | Scalar::Text(_))) => {
                self.simple(path, Test::Compare(comparison, bound.owned()))
            }
            _ => self.wrong("this operator compares with a number or a text"),
        }
    }

    fn check_rounding(&self, operand: &Value) -> Result<()> {
        match self.bounded && Number::any_rounded(operand) {
            true => self.wrong(
                "whole numbers beyond 64 bits are rounded, so that two of them could be equal; publish them as texts, and \
                 compare with a text",
            ),
            false => Ok(()),
        }
    }

    /// An operand in the form in which the field has it. Refused if the field never has anything like it.
    fn as_field_has_it<'v>(&self, path: &Path, operand: &'v Value) -> Result<Cow<'v, Value>> {
        self.check_rounding(operand)?;
        let name = self.name(path);
        match (self.kind(path), operand) {
            (Kind::Json, _) | (Kind::Number, Value::Number(_)) | (Kind::Text, Value::String(_)) => {
                Ok(Cow::Borrowed(operand))
            }
            (Kind::Number, _) => self.wrong(format!("`{name}` is compared with a number")),
            (Kind::Text, _) => {
                self.wrong(format!("`{name}` is compared with a text; `$exists` asks whether it is there"))
            }
            (Kind::Canonical { what, example, read }, Value::String(text)) => match read(text) {
                Some(text) => Ok(Cow::Owned(Value::String(text))),
                None => self.wrong(format!("`{}` is not {what}; write it like {example}", shown(text))),
            },
            (Kind::Canonical { what, example, .. }, _) => {
                self.wrong(format!("`{name}` is compared with {what}, like \"{example}\""))
            }
        }
    }

    /// An operand that is a part of a text.
    fn text<'a>(&self, path: &Path, operand: &'a Value) -> Result<&'a str> {
        match operand {
            _ if matches!(self.kind(path), Kind::Number) => {
                self.wrong(format!("`{}` is a number; it has no parts", self.name(path)))
            }
            Value::String(text) => Ok(text),
            _ => self.wrong("this operator takes a text"),
        }
    }

    fn pattern(&mut self, path: &Path, operand: &Value) -> Result<Pattern> {
        let pattern = self.text(path, operand)?;
        if self.bounded && pattern.len() > LONGEST_PATTERN {
            return self.wrong(format!("a pattern has at most {LONGEST_PATTERN} bytes, this has {}", pattern.len()));
        }
        self.patterns += 1;
        if self.bounded && self.patterns > MOST_PATTERNS {
            return self.wrong(format!("a filter has at most {MOST_PATTERNS} patterns; join them with `|`"));
        }
        let syntax_error = match self.bounded {
            false => match Pattern::kept(pattern) {
                Ok(pattern) => return Ok(pattern),
                Err(error) => error.to_string(),
            },
            true => match Pattern::new(pattern) {
                Ok(pattern) => return Ok(pattern),
                Err(error) if error.size_limit().is_some() => {
                    return self.wrong(
                        "this pattern becomes too large; repeat less, or use [0-9] and [a-z] instead of \\d and \\w",
                    );
                }
                Err(error) => error.syntax_error().map_or_else(|| error.to_string(), ToString::to_string),
            },
        };
        let reason = syntax_error.rsplit_once("error: ").map_or(syntax_error.as_str(), |(_, reason)| reason);
        self.wrong(format!("this pattern cannot be used: {reason} (the syntax is that of RE2 and of Rust's regex)"))
    }
}

fn is_deeper(json: &Value, levels: usize) -> bool {
    match json {
        Value::Array(elements) => levels == 0 || elements.iter().any(|element| is_deeper(element, levels - 1)),
        Value::Object(members) => levels == 0 || members.values().any(|member| is_deeper(member, levels - 1)),
        _ => false,
    }
}
