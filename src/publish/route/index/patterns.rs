//! Type patterns by number, so that places are small and an event finds its patterns at once.

use std::{
    collections::{BTreeMap, HashMap, btree_map::Entry},
    sync::Arc,
};

use crate::model::{EventType, TypePattern};

/// A type pattern that some webhook is filed under.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Pattern(u32);

impl Pattern {
    /// `*`
    pub const ALL: Pattern = Pattern(0);
}

/// The patterns in use.
pub struct PatternIndex {
    prefixes: HashMap<Arc<str>, Pattern>,
    /// How many of the prefixes are so long. An event's type is cut at these lengths only.
    lengths: BTreeMap<usize, usize>,
    exactly: HashMap<EventType, Pattern>,
    /// By number: the pattern, and in how many places it is.
    used: Vec<(TypePattern, usize)>,
    free: Vec<Pattern>,
}

impl Default for PatternIndex {
    fn default() -> PatternIndex {
        let used = vec![(TypePattern::All, 0)];
        PatternIndex {
            prefixes: HashMap::new(),
            lengths: BTreeMap::new(),
            exactly: HashMap::new(),
            used,
            free: Vec::new(),
        }
    }
}

impl PatternIndex {
    /// Its number, if it is in use.
    pub fn get(&self, pattern: &TypePattern) -> Option<Pattern> {
        match pattern {
            TypePattern::All => Some(Pattern::ALL),
            TypePattern::Prefix(prefix) => self.prefixes.get(prefix).copied(),
            TypePattern::Exactly(name) => self.exactly.get(name).copied(),
        }
    }

    /// Its number; from now on it is in use.
    pub fn entry(&mut self, pattern: &TypePattern) -> Pattern {
        if let Some(known) = self.get(pattern) {
            return known;
        }
        let new = self.free.pop().unwrap_or_else(|| {
            self.used.push((TypePattern::All, 0));
            Pattern(self.used.len() as u32 - 1)
        });
        if let Some(slot) = self.used.get_mut(new.0 as usize) {
            *slot = (pattern.clone(), 0);
        }
        match pattern {
            TypePattern::All => {}
            TypePattern::Prefix(prefix) => {
                self.prefixes.insert(prefix.clone(), new);
                *self.lengths.entry(prefix.len()).or_default() += 1;
            }
            TypePattern::Exactly(name) => drop(self.exactly.insert(name.clone(), new)),
        }
        new
    }

    /// It is in one place more.
    pub fn grow(&mut self, pattern: Pattern) {
        if let Some((_, count)) = self.used.get_mut(pattern.0 as usize) {
            *count += 1;
        }
    }

    /// It is in one place less; with the last it is forgotten.
    pub fn shrink(&mut self, pattern: Pattern) {
        let Some((name, count)) = self.used.get_mut(pattern.0 as usize) else { return };
        *count = count.saturating_sub(1);
        if *count > 0 || pattern == Pattern::ALL {
            return;
        }
        match name {
            TypePattern::All => {}
            TypePattern::Prefix(prefix) => {
                self.prefixes.remove(prefix);
                if let Entry::Occupied(mut count) = self.lengths.entry(prefix.len()) {
                    *count.get_mut() -= 1;
                    if *count.get() == 0 {
                        count.remove();
                    }
                }
            }
            TypePattern::Exactly(name) => drop(self.exactly.remove(name)),
        }
        self.free.push(pattern);
    }

    /// The patterns in use that match a type.
    pub fn of(&self, event_type: &EventType) -> Vec<Pattern> {
        let mut found: Vec<Pattern> = self.exactly.get(event_type).copied().into_iter().collect();
        if TypePattern::All.matches(event_type) {
            found.push(Pattern::ALL);
        }
        let name = event_type.as_str();
        let prefixes =
            self.lengths.range(..=name.len()).filter_map(|(&length, _)| self.prefixes.get(name.get(..length)?));
        found.extend(prefixes.copied().filter(|pattern| self.is_meant(*pattern, event_type)));
        found
    }

    /// Whether a pattern of which the type has the beginning matches it.
    fn is_meant(&self, pattern: Pattern, event_type: &EventType) -> bool {
        self.used.get(pattern.0 as usize).is_some_and(|(pattern, _)| pattern.matches(event_type))
    }
}

#[cfg(test)]
impl PatternIndex {
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
            && self.lengths.is_empty()
            && self.exactly.is_empty()
            && self.free.len() + 1 == self.used.len()
    }
}
