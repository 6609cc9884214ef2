//! Lists of webhooks by what an event must have for them: a tree of the keys that filters ask for, walked along with
//! the event.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::model::{Clue, Facts, Field, Number, Scalar, Sign};

/// Names a list of webhooks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct List(u32);

impl List {
    /// Of the webhooks that want events whatever is in them, or may.
    pub const FIRST: List = List(0);
}

/// Which clue has which list.
pub struct ClueIndex {
    fields: [Node; Field::ALL.len()],
    /// How many places each list has.
    lengths: Vec<u32>,
    free: Vec<List>,
}

/// A place in events.
#[derive(Default)]
struct Node {
    members: HashMap<Box<str>, Node>,
    texts: HashMap<Box<str>, List>,
    numbers: HashMap<Number, List>,
    null: Option<List>,
    no: Option<List>,
    yes: Option<List>,
    any_text: Option<List>,
    anything: Option<List>,
}

impl Default for ClueIndex {
    fn default() -> ClueIndex {
        ClueIndex { fields: Default::default(), lengths: vec![0], free: Vec::new() }
    }
}

impl ClueIndex {
    /// The list of a clue, if there is one.
    pub fn get(&self, clue: &Clue<'_>) -> Option<List> {
        let field = self.fields.get(clue.field as usize)?;
        clue.keys.iter().try_fold(field, |node, key| node.members.get(key))?.get(clue.sign)
    }

    /// The list of a clue; a new one if there is none.
    pub fn list(&mut self, clue: &Clue<'_>) -> List {
        let mut node = &mut self.fields[clue.field as usize];
        for key in clue.keys {
            node = node.members.entry(key.clone()).or_default();
        }
        if let Some(known) = node.get(clue.sign) {
            return known;
        }
        let new = self.free.pop().unwrap_or_else(|| {
            self.lengths.push(0);
            List(self.lengths.len() as u32 - 1)
        });
        node.set(clue.sign, Some(new));
        new
    }

    /// How many places a list has.
    pub fn len(&self, list: List) -> u32 {
        self.lengths.get(list.0 as usize).copied().unwrap_or_default()
    }

    /// A list has one place more.
    pub fn grow(&mut self, list: List) {
        if let Some(length) = self.lengths.get_mut(list.0 as usize) {
            *length += 1;
        }
    }

    /// A list has one place less. If it is empty now, its clue is to be forgotten.
    #[must_use]
    pub fn shrink(&mut self, list: List) -> bool {
        let Some(length) = self.lengths.get_mut(list.0 as usize) else { return false };
        *length = length.saturating_sub(1);
        *length == 0 && list != List::FIRST
    }

    /// Takes the clue out, if its list is one of these (in order).
    pub fn forget_if_in(&mut self, clue: &Clue<'_>, emptied: &[List]) {
        let Some(list) = self.get(clue).filter(|list| emptied.binary_search(list).is_ok()) else { return };
        self.fields[clue.field as usize].forget(clue.keys, clue.sign);
        self.free.push(list);
    }

    /// The lists whose clues are in the event, in order, each once.
    pub fn in_event(&self, event: &Facts<'_>) -> Vec<List> {
        let mut found = Vec::new();
        for field in Field::ALL {
            let node = &self.fields[field as usize];
            if !node.is_empty()
                && let Some(value) = event.field(field)
            {
                node.walk(value, &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
impl ClueIndex {
    pub fn is_empty(&self) -> bool {
        self.fields.iter().all(Node::is_empty) && self.free.len() + 1 == self.lengths.len()
    }
}

impl Node {
    fn is_empty(&self) -> bool {
        let single = [self.null, self.no, self.yes, self.any_text, self.anything];
        self.members.is_empty() && self.texts.is_empty() && self.numbers.is_empty() && single == [None; 5]
    }

    fn get(&self, sign: Sign<'_>) -> Option<List> {
        match sign {
            Sign::Value(Scalar::Text(text)) => self.texts.get(text).copied(),
            Sign::Value(Scalar::Number(number)) => self.numbers.get(&number).copied(),
            Sign::Value(Scalar::Null) => self.null,
            Sign::Value(Scalar::Bool(false)) => self.no,
            Sign::Value(Scalar::Bool(true)) => self.yes,
            Sign::AnyText => self.any_text,
            Sign::Anything => self.anything,
        }
    }

    fn set(&mut self, sign: Sign<'_>, list: Option<List>) {
        match (sign, list) {
            (Sign::Value(Scalar::Text(text)), Some(list)) => drop(self.texts.insert(text.into(), list)),
            (Sign::Value(Scalar::Text(text)), None) => drop(self.texts.remove(text)),
            (Sign::Value(Scalar::Number(number)), Some(list)) => drop(self.numbers.insert(number, list)),
            (Sign::Value(Scalar::Number(number)), None) => drop(self.numbers.remove(&number)),
            (Sign::Value(Scalar::Null), list) => self.null = list,
            (Sign::Value(Scalar::Bool(false)), list) => self.no = list,
            (Sign::Value(Scalar::Bool(true)), list) => self.yes = list,
            (Sign::AnyText, list) => self.any_text = list,
            (Sign::Anything, list) => self.anything = list,
        }
    }

    /// Takes a sign out, and the nodes on the way that have nothing else.
    fn forget(&mut self, keys: &[Box<str>], sign: Sign<'_>) {
        let Some((key, rest)) = keys.split_first() else { return self.set(sign, None) };
        let Some(member) = self.members.get_mut(key) else { return };
        member.forget(rest, sign);
        if member.is_empty() {
            self.members.remove(key);
        }
    }

    /// Finds what is in a value and below, just as filters look for it: a list stands for itself and its elements.
    fn walk(&self, value: &Value, found: &mut Vec<List>) {
        found.extend(self.anything);
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| self.look_at(element, found)),
            Value::String(_) => {
                found.extend(self.any_text);
                self.look_at(value, found);
            }
            _ => self.look_at(value, found),
        }
    }

    fn look_at(&self, value: &Value, found: &mut Vec<List>) {
        match Scalar::of(value) {
            Some(scalar) => found.extend(self.get(Sign::Value(scalar))),
            None => value.as_object().into_iter().for_each(|members| self.walk_members(members, found)),
        }
    }

    /// Looks up the fewer in the more.
    fn walk_members(&self, members: &Map<String, Value>, found: &mut Vec<List>) {
        if self.members.len() < members.len() {
            for (key, node) in &self.members {
                if let Some(value) = members.get(&**key) {
                    node.walk(value, found);
                }
            }
        } else {
            for (key, value) in members {
                if let Some(node) = self.members.get(key.as_str()) {
                    node.walk(value, found);
                }
            }
        }
    }
}
