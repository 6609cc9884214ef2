//! Posting lists: webhooks by what an event must have for them. A tree of the members that filters ask for, walked along
//! with the event.

use std::{borrow::Borrow, collections::HashMap, hash::Hash};

use lanehook_filter::{Document, IndexKey, Match, Number, Scalar, Schema};
use serde_json::{Map, Value};

use crate::webhook::{EventFields, Facts};

/// Names a posting list: the webhooks that have one index key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct PostingList(u32);

impl PostingList {
    /// Of the webhooks that need nothing in particular in an event.
    pub const UNFILTERED: PostingList = PostingList(0);
}

/// Which index key has which posting list.
pub struct PostingIndex {
    /// Only of fields that some filter asks for: most indexes are those of tenants with a webhook or two.
    fields: [Option<Box<Node>>; EventFields::FIELDS.len()],
    /// How many places each list has.
    lengths: Vec<u32>,
    free: Vec<PostingList>,
}

/// A place in events.
#[derive(Default)]
struct Node {
    members: HashMap<Box<str>, Box<Node>>,
    texts: HashMap<Box<str>, PostingList>,
    numbers: HashMap<Number, PostingList>,
    null: Option<PostingList>,
    no: Option<PostingList>,
    yes: Option<PostingList>,
    any_text: Option<PostingList>,
    anything: Option<PostingList>,
}

impl Default for PostingIndex {
    fn default() -> PostingIndex {
        PostingIndex { fields: Default::default(), lengths: vec![0], free: Vec::new() }
    }
}

impl PostingIndex {
    /// The list of an index key, if there is one.
    pub fn get(&self, key: &IndexKey<'_>) -> Option<PostingList> {
        let field = self.fields.get(key.field)?.as_deref()?;
        key.path.iter().try_fold(field, |node, name| node.members.get(name).map(AsRef::as_ref))?.get(key.matching)
    }

    /// The list of an index key; a new one if there is none.
    pub fn list(&mut self, key: &IndexKey<'_>) -> PostingList {
        let mut node = self.fields[key.field].get_or_insert_default().as_mut();
        for name in key.path {
            node = node.members.entry(name.clone()).or_default();
        }
        if let Some(known) = node.get(key.matching) {
            return known;
        }
        let new = self.free.pop().unwrap_or_else(|| {
            self.lengths.push(0);
            PostingList(self.lengths.len() as u32 - 1)
        });
        node.set(key.matching, Some(new));
        new
    }

    /// How many places a list has.
    pub fn len(&self, list: PostingList) -> u32 {
        self.lengths.get(list.0 as usize).copied().unwrap_or_default()
    }

    /// A list has one place more.
    pub fn grow(&mut self, list: PostingList) {
        if let Some(length) = self.lengths.get_mut(list.0 as usize) {
            *length += 1;
        }
    }

    /// A list has one place less. If it is empty now, its key is to be forgotten.
    #[must_use]
    pub fn shrink(&mut self, list: PostingList) -> bool {
        let Some(length) = self.lengths.get_mut(list.0 as usize) else { return false };
        *length = length.saturating_sub(1);
        *length == 0 && list != PostingList::UNFILTERED
    }

    /// Takes the key out, if its list is one of these (in order).
    pub fn forget_if_in(&mut self, key: &IndexKey<'_>, emptied: &[PostingList]) {
        let Some(list) = self.get(key).filter(|list| emptied.binary_search(list).is_ok()) else { return };
        let field = &mut self.fields[key.field];
        if let Some(node) = field {
            node.forget(key.path, key.matching);
        }
        field.take_if(|node| node.is_empty());
        self.free.push(list);
    }

    /// The lists whose keys are in the event, in order, each once.
    pub fn in_event(&self, event: &Facts<'_>) -> Vec<PostingList> {
        let mut found = Vec::new();
        for (field, node) in self.fields.iter().enumerate() {
            if let Some(node) = node
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
impl PostingIndex {
    pub fn is_empty(&self) -> bool {
        self.fields.iter().all(Option::is_none) && self.free.len() + 1 == self.lengths.len()
    }

    /// How many keys there is room for.
    pub fn capacity(&self) -> usize {
        self.fields.iter().flatten().map(|node| node.capacity()).sum()
    }
}

impl Node {
    #[cfg(test)]
    fn capacity(&self) -> usize {
        let below = self.members.values().map(|node| node.capacity()).sum::<usize>();
        below + self.members.capacity() + self.texts.capacity() + self.numbers.capacity()
    }

    fn is_empty(&self) -> bool {
        let single = [self.null, self.no, self.yes, self.any_text, self.anything];
        self.members.is_empty() && self.texts.is_empty() && self.numbers.is_empty() && single == [None; 5]
    }

    fn get(&self, matching: Match<'_>) -> Option<PostingList> {
        match matching {
            Match::Value(Scalar::Text(text)) => self.texts.get(text).copied(),
            Match::Value(Scalar::Number(number)) => self.numbers.get(&number).copied(),
            Match::Value(Scalar::Null) => self.null,
            Match::Value(Scalar::Bool(false)) => self.no,
            Match::Value(Scalar::Bool(true)) => self.yes,
            Match::AnyText => self.any_text,
            Match::Anything => self.anything,
        }
    }

    fn set(&mut self, matching: Match<'_>, list: Option<PostingList>) {
        match (matching, list) {
            (Match::Value(Scalar::Text(text)), Some(list)) => drop(self.texts.insert(text.into(), list)),
            (Match::Value(Scalar::Text(text)), None) => take_out(&mut self.texts, text),
            (Match::Value(Scalar::Number(number)), Some(list)) => drop(self.numbers.insert(number, list)),
            (Match::Value(Scalar::Number(number)), None) => take_out(&mut self.numbers, &number),
            (Match::Value(Scalar::Null), list) => self.null = list,
            (Match::Value(Scalar::Bool(false)), list) => self.no = list,
            (Match::Value(Scalar::Bool(true)), list) => self.yes = list,
            (Match::AnyText, list) => self.any_text = list,
            (Match::Anything, list) => self.anything = list,
        }
    }

    /// Takes a key out, and the nodes on the way that have nothing else.
    fn forget(&mut self, keys: &[Box<str>], matching: Match<'_>) {
        let Some((key, rest)) = keys.split_first() else { return self.set(matching, None) };
        let Some(member) = self.members.get_mut(key) else { return };
        member.forget(rest, matching);
        if member.is_empty() {
            take_out(&mut self.members, &**key);
        }
    }

    /// Finds what is in a value and below, just as filters look for it: a list stands for itself and its elements.
    fn walk(&self, value: &Value, found: &mut Vec<PostingList>) {
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

    fn look_at(&self, value: &Value, found: &mut Vec<PostingList>) {
        match Scalar::of(value) {
            Some(scalar) => found.extend(self.get(Match::Value(scalar))),
            None => value.as_object().into_iter().for_each(|members| self.walk_members(members, found)),
        }
    }

    /// Looks up the fewer in the more.
    fn walk_members(&self, members: &Map<String, Value>, found: &mut Vec<PostingList>) {
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

/// Takes a key out, and lets go of memory that is not needed any more: what is kept of a tenant is as much as it has now.
fn take_out<K: Eq + Hash + Borrow<Q>, V, Q: Eq + Hash + ?Sized>(map: &mut HashMap<K, V>, key: &Q) {
    map.remove(key);
    if map.capacity() > 4 * map.len().max(16) {
        map.shrink_to(2 * map.len());
    }
}
