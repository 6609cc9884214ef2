//! Whether a document is a schema that can be kept: bounds, references, and what checking a value with it can cost.
//!
//! Schemas come from outside and run inside publishing. So nothing is ever fetched, and a schema that refers to itself
//! or branches is weighed: how many schemas can apply along one path into a value, by the value's depth. That number
//! times the value's size bounds the work, before it is begun.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Violation;
use crate::walk::{self, Place, shown};

/// The longest schema, as compact JSON.
pub const MAX_SCHEMA_BYTES: usize = 64 * 1024;
/// How deep a schema may be nested.
pub const MAX_SCHEMA_DEPTH: usize = 32;
/// Deeper data than this does not get past the JSON parser.
const DEEPEST_DATA: usize = 128;
/// Heavier than this for flat data, a schema is refused.
const HEAVIEST: u64 = 20_000;

const UNSUPPORTED: &[(&str, &str)] = &[
    ("$dynamicRef", "write `$ref` with a JSON pointer instead, like #/$defs/money"),
    ("$recursiveRef", "write `$ref` with a JSON pointer instead, like #"),
    ("$anchor", "refer to the definition by its place instead, like #/$defs/money"),
    ("$dynamicAnchor", "refer to the definition by its place instead, like #/$defs/money"),
];

/// What checking a value with a schema can cost, known before it is begun.
#[derive(Clone, Debug)]
pub struct Weights(Vec<u64>);

impl Weights {
    /// How many schemas can apply along one path into a value that is nested so deep (0: a number, a text). A schema that
    /// refers to itself weighs more for deeper values; for those beyond 128 levels, [`u64::MAX`].
    pub fn of_depth(&self, depth: usize) -> u64 {
        self.0.get(depth).copied().unwrap_or(u64::MAX)
    }

    /// At most so many steps are needed to check this value: its size times the weight for its depth.
    pub fn work(&self, value: &Value) -> u64 {
        self.of_depth(walk::depth(value)).saturating_mul(walk::size(value))
    }
}

/// Checks that a document is a schema of bounded size that refers only to itself, and weighs it.
///
/// # Errors
/// What is wrong, at most 20 places, or that it branches so much that even flat data would take too long.
pub fn weigh(document: &Value) -> Result<Weights, Vec<Violation>> {
    if !matches!(document, Value::Object(_) | Value::Bool(_)) {
        return Err(vec![Violation::at("", "a schema is a JSON object, like {\"type\": \"object\"}")]);
    }
    if walk::depth(document) > MAX_SCHEMA_DEPTH {
        let message = format!("the schema is nested deeper than {MAX_SCHEMA_DEPTH} levels; use `$defs` and `$ref`");
        return Err(vec![Violation::at("", message)]);
    }
    if document.to_string().len() > MAX_SCHEMA_BYTES {
        let message = format!("the schema is longer than {} KiB", MAX_SCHEMA_BYTES / 1024);
        return Err(vec![Violation::at("", message)]);
    }
    walk::dialect(document).map_err(|message| vec![Violation::at("/$schema", message)])?;
    let mut graph = Graph::of(document);
    graph.follow_references();
    if !graph.errors.is_empty() {
        graph.errors.truncate(20);
        return Err(graph.errors);
    }
    let order = graph.innermost_first().map_err(|error| vec![error])?;
    Ok(graph.weights(&order)).and_then(|weights| match weights.first() {
        Some(&flat) if flat > HEAVIEST => Err(vec![Violation::at(
            "",
            "the schema branches so much that checking data with it would take too long; use fewer nested alternatives",
        )]),
        _ => Ok(Weights(weights)),
    })
}

/// One schema of the document, and those that apply when it does.
struct Node<'a> {
    pointer: String,
    schema: &'a Value,
    same: Vec<usize>,
    own: Vec<usize>,
    any: Vec<usize>,
}

struct Graph<'a> {
    nodes: Vec<Node<'a>>,
    by_pointer: BTreeMap<String, usize>,
    errors: Vec<Violation>,
}

impl<'a> Graph<'a> {
    fn of(document: &'a Value) -> Graph<'a> {
        let mut graph = Graph { nodes: Vec::new(), by_pointer: BTreeMap::new(), errors: Vec::new() };
        graph.add(document, String::new());
        graph
    }

    fn add(&mut self, schema: &'a Value, pointer: String) -> usize {
        let id = self.nodes.len();
        self.by_pointer.insert(pointer.clone(), id);
        self.nodes.push(Node { pointer: pointer.clone(), schema, same: vec![], own: vec![], any: vec![] });
        let Value::Object(map) = schema else { return id };
        for (keyword, instead) in UNSUPPORTED.iter().filter(|(keyword, _)| map.contains_key(*keyword)) {
            let message = format!("`{keyword}` is not supported; {instead}");
            self.errors.push(Violation::at(format!("{pointer}/{keyword}"), message));
        }
        for keyword in ["$id", "$schema"].into_iter().filter(|keyword| id > 0 && map.contains_key(*keyword)) {
            let message = format!("`{keyword}` is possible only at the top of a schema; remove it here");
            self.errors.push(Violation::at(format!("{pointer}/{keyword}"), message));
        }
        for inner in walk::inner(map) {
            let child = self.add(inner.schema, format!("{pointer}{}", inner.path));
            let Some(node) = self.nodes.get_mut(id) else { continue };
            match inner.place {
                Place::Same => node.same.push(child),
                Place::Own => node.own.push(child),
                Place::Any => node.any.push(child),
                Place::Definition => {}
            }
        }
        id
    }

    fn follow_references(&mut self) {
        for node in &mut self.nodes {
            let Some(reference) = node.schema.get("$ref") else { continue };
            let place = format!("{}/$ref", node.pointer);
            let reference = reference.as_str().unwrap_or_default();
            match reference.strip_prefix('#').map(|pointer| self.by_pointer.get(pointer)) {
                Some(Some(&target)) => node.same.push(target),
                Some(None) => self.errors.push(Violation::at(
                    place,
                    format!("`{}` refers to no schema here; write it like #/$defs/money", shown(reference)),
                )),
                None => self.errors.push(Violation::at(
                    place,
                    format!(
                        "`{}` is outside this schema, and nothing is fetched; copy it into `$defs` and refer to it \
                         like #/$defs/money",
                        shown(reference)
                    ),
                )),
            }
        }
    }

    /// An order in which every schema comes after those that apply to the same value.
    fn innermost_first(&self) -> Result<Vec<usize>, Violation> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; self.nodes.len()];
        let mut order = Vec::with_capacity(self.nodes.len());
        for start in 0..self.nodes.len() {
            // A stack of our own: a chain of references can be long.
            let mut stack = vec![(start, 0)];
            while let Some((id, next)) = stack.pop() {
                if next == 0 && marks[id] != Mark::New {
                    continue;
                }
                marks[id] = Mark::Open;
                match self.nodes[id].same.get(next) {
                    Some(&child) if marks[child] == Mark::Open => {
                        let place = format!("{}/$ref", self.nodes[id].pointer);
                        return Err(Violation::at(place, "the schema refers to itself without end; remove one `$ref`"));
                    }
                    Some(&child) => stack.extend([(id, next + 1), (child, 0)]),
                    None => {
                        marks[id] = Mark::Done;
                        order.push(id);
                    }
                }
            }
        }
        Ok(order)
    }

    /// For each depth of data, how many schemas can apply along one path from the top to the bottom.
    fn weights(&self, order: &[usize]) -> Vec<u64> {
        let mut below = vec![0u64; self.nodes.len()];
        let mut of_root = Vec::with_capacity(DEEPEST_DATA + 1);
        for _ in 0..=DEEPEST_DATA {
            let mut here = vec![0u64; self.nodes.len()];
            for &id in order {
                let node = &self.nodes[id];
                let same = node.same.iter().fold(0u64, |sum, &child| sum.saturating_add(here[child]));
                let own = node.own.iter().map(|&child| below[child]).max().unwrap_or(0);
                let any = node.any.iter().fold(own, |sum, &child| sum.saturating_add(below[child]));
                // Finding out what is unevaluated means evaluating the rest once more.
                let twice = ["unevaluatedProperties", "unevaluatedItems"].iter().any(|&k| node.schema.get(k).is_some());
                let inner = same.saturating_add(any).saturating_mul(if twice { 2 } else { 1 });
                here[id] = inner.saturating_add(1);
            }
            of_root.push(here[0]);
            below = here;
        }
        of_root
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(schema: Value, pointer: &str, part: &str) {
        let errors = weigh(&schema).unwrap_err();
        assert!(errors.iter().any(|error| error.pointer == pointer && error.message.contains(part)), "{errors:?}");
    }

    #[test]
    fn nothing_outside_the_document_can_be_referred_to() {
        refused(json!({"$ref": "https://example.com/x.json"}), "/$ref", "nothing is fetched");
        refused(
            json!({"properties": {"a": {"$ref": "file:///etc/passwd"}}}),
            "/properties/a/$ref",
            "nothing is fetched",
        );
        refused(json!({"$ref": "#/$defs/none"}), "/$ref", "refers to no schema");
        refused(json!({"$ref": "#/const", "const": {}}), "/$ref", "refers to no schema");
        refused(json!({"$id": "https://a.example/", "items": {"$id": "b"}}), "/items/$id", "only at the top");
        refused(json!({"$schema": "https://example.com/meta"}), "/$schema", "2020-12");
        refused(json!({"items": {"$dynamicRef": "#x"}}), "/items/$dynamicRef", "$ref");
    }

    #[test]
    fn a_field_may_be_named_like_a_keyword() {
        weigh(&json!({"properties": {"$ref": {"type": "string"}, "$id": {}}, "enum": [{"$ref": "http://x"}]})).unwrap();
    }

    #[test]
    fn endless_references_are_refused_and_recursion_through_data_is_not() {
        refused(json!({"$ref": "#"}), "/$ref", "without end");
        refused(
            json!({"$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}),
            "/$defs/a/allOf/0/$ref",
            "without end",
        );
        let tree = weigh(&json!({"properties": {"children": {"items": {"$ref": "#"}}}})).unwrap();
        assert!(tree.of_depth(128) < 1_000);
    }

    #[test]
    fn a_schema_that_doubles_at_every_step_is_refused() {
        let mut defs = serde_json::Map::new();
        for n in 0..40 {
            let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
            defs.insert(format!("d{n}"), json!({"anyOf": [next, next]}));
        }
        defs.insert("d40".into(), json!({"type": "string"}));
        refused(json!({"$defs": defs, "$ref": "#/$defs/d0"}), "", "branches so much");
    }

    #[test]
    fn a_schema_that_doubles_with_depth_weighs_more_for_deeper_data() {
        let weights = weigh(&json!({"anyOf": [{"items": {"$ref": "#"}}, {"items": {"$ref": "#"}}]})).unwrap();
        assert!(weights.of_depth(1) < 20 && weights.of_depth(40) > 1 << 40, "{weights:?}");
    }
}
