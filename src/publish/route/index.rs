//! Finds those of a tenant's webhooks that want an event at the cost of those it finds, however many there are.
//!
//! In go webhooks as they enter, change and leave, out come the keys of those whose types and filter fit. It lives in
//! memory and is made anew after each start.
//!
//! Each webhook is filed under *posting lists*: one has the webhooks that want events with something in particular, say
//! `AAPL` at `data.symbol` (an [`IndexKey`]), and the first has those that need nothing in particular. Within a list
//! they are ordered by type pattern, then webhook. An event names a few lists and a few patterns, so what is to be looked at
//! are ranges of one ordered set. What is found is then asked with its whole filter, unless the list's key was all it asked for.

mod patterns;
mod posting;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, iter, sync::Arc};

use lanehook_filter::{IndexKey, Match, Owner};

use self::{
    patterns::{Pattern, PatternIndex},
    posting::{PostingIndex, PostingList},
};
use crate::{
    model::{IdMap, TenantKey, TypePattern, WebhookKey},
    webhook::{Facts, Filter, MOST_INDEX_KEYS},
    work::{Cost, Slice},
};

/// A webhook that would be filed in more places than this is filed for all types, and asked for its types when found.
const MOST_PLACES: usize = 256;
/// Finding and asking a webhook, whatever its filter takes.
const OF_CANDIDATE: Cost = 100;

/// A tenant's webhooks by what they want.
pub struct Index {
    /// Whose room compiled patterns take.
    owner: Owner,
    numbers: IdMap<WebhookKey, Number>,
    /// By number.
    entered: Vec<Option<Arc<Entry>>>,
    free: Vec<Number>,
    /// In which lists who is.
    places: BTreeSet<Place>,
    patterns: PatternIndex,
    postings: PostingIndex,
    /// Keys that one webhook is filed under at most.
    most_keys: usize,
    /// How many webhooks are in other lists than the first. Without any, an event's data is not looked at.
    filtered: usize,
}

/// A webhook in half the room of its key: most of an index are places.
type Number = u32;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    list: PostingList,
    pattern: Pattern,
    webhook: Number,
}

struct Entry {
    webhook: WebhookKey,
    filter: Option<Filter>,
    /// To be asked; empty if the place says it.
    types: Box<[TypePattern]>,
    /// It is in each of these lists for each of these patterns.
    lists: Box<[PostingList]>,
    patterns: Box<[Pattern]>,
    /// Whether being found says that it wants the event.
    place_says_all: bool,
}

/// Webhooks that may want an event, in order, each once, and what is still to be asked.
pub struct Candidates {
    owner: Owner,
    left: std::vec::IntoIter<(WebhookKey, Option<Arc<Entry>>)>,
}

impl Candidates {
    /// Asks the next ones, as many as there is time for, and tells of each that wants the event. Whether all are asked.
    pub fn ask(&mut self, event: &Facts<'_>, slice: &mut Slice, mut wants: impl FnMut(WebhookKey)) -> bool {
        while let Some((webhook, ask)) = self.left.as_slice().first() {
            if slice.is_over() || !slice.affords(OF_CANDIDATE) {
                return false;
            }
            let allowed = slice.allows();
            let mut left = allowed;
            let wanted = ask.as_ref().map_or(Some(true), |entry| entry.decide(event, self.owner, &mut left));
            slice.spend(allowed - left);
            // It is too long for what is left of this slice, and asked anew in the next.
            let Some(wanted) = wanted else { return false };
            if wanted {
                wants(*webhook);
            }
            self.left.next();
        }
        true
    }
}

impl Index {
    /// For this tenant's webhooks, of which none is entered yet.
    pub fn of(tenant: TenantKey) -> Index {
        Index::bounded(tenant.0.unsigned_abs(), MOST_INDEX_KEYS)
    }

    fn bounded(owner: Owner, most_keys: usize) -> Index {
        Index {
            owner,
            most_keys,
            numbers: IdMap::default(),
            entered: Vec::new(),
            free: Vec::new(),
            places: BTreeSet::new(),
            patterns: PatternIndex::default(),
            postings: PostingIndex::default(),
            filtered: 0,
        }
    }

    /// Enters a webhook that wants events of these types (none means all) for which the filter holds, instead of what
    /// was known of it.
    pub fn enter(&mut self, webhook: WebhookKey, types: &[TypePattern], filter: Option<Filter>) {
        self.remove(webhook);
        let entry = Arc::new(self.filed(webhook, types, filter));
        let number = self.free.pop().unwrap_or_else(|| {
            self.entered.push(None);
            self.entered.len() as Number - 1
        });
        for place in entry.places(number) {
            self.places.insert(place);
            self.postings.grow(place.list);
            self.patterns.grow(place.pattern);
        }
        self.filtered += usize::from(entry.is_filtered());
        self.numbers.insert(webhook, number);
        self.entered[number as usize] = Some(entry);
    }

    /// Takes a webhook out, if it is there.
    pub fn remove(&mut self, webhook: WebhookKey) {
        let Some(number) = self.numbers.remove(&webhook) else { return };
        let Some(entry) = self.entered.get_mut(number as usize).and_then(Option::take) else { return };
        self.free.push(number);
        let mut emptied = Vec::new();
        for place in entry.places(number) {
            self.places.remove(&place);
            self.patterns.shrink(place.pattern);
            if self.postings.shrink(place.list) {
                emptied.push(place.list);
            }
        }
        if let Some(filter) = entry.filter.as_ref().filter(|_| !emptied.is_empty()) {
            filter.each_index_key(self.most_keys, &mut |key| self.postings.forget_if_in(&key, &emptied));
        }
        self.filtered -= usize::from(entry.is_filtered());
        if self.numbers.is_empty() {
            // What many have left behind takes memory.
            *self = Index::bounded(self.owner, self.most_keys);
        }
    }

    /// The webhooks that want the event, in order, each once.
    pub fn matching(&self, event: &Facts<'_>) -> Vec<WebhookKey> {
        let mut found = Vec::new();
        if let Some(mut candidates) = self.candidates(event, usize::MAX) {
            while !candidates.ask(event, &mut Slice::turn(), |webhook| found.push(webhook)) {}
        }
        found
    }

    /// How many webhooks there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// In how many places a webhook is.
    pub fn places_of(&self, webhook: WebhookKey) -> usize {
        let entry = self.numbers.get(&webhook).and_then(|&number| self.entered.get(number as usize)?.as_ref());
        entry.map_or(0, |entry| entry.lists.len() * entry.patterns.len())
    }

    /// Whether finding candidates takes reading an event's data.
    pub fn reads_data(&self) -> bool {
        self.filtered > 0
    }

    /// The webhooks that may want the event; `None` if they are more than `most`. To ask them, the index is not needed any
    /// more: a filter can take its time while webhooks change.
    pub fn candidates(&self, event: &Facts<'_>, most: usize) -> Option<Candidates> {
        let lists = if self.reads_data() { self.postings.in_event(event) } else { Vec::new() };
        let patterns = self.patterns.of(event.event_type());
        let mut found = Vec::new();
        for list in iter::once(PostingList::UNFILTERED).chain(lists) {
            for &pattern in &patterns {
                let (start, end) = (Place { list, pattern, webhook: 0 }, Place { list, pattern, webhook: Number::MAX });
                let room = most.saturating_sub(found.len()).saturating_add(1);
                let entries = self.places.range(start..=end).take(room);
                let entries = entries.filter_map(|place| self.entered.get(place.webhook as usize)?.as_ref());
                found.extend(entries.map(|entry| (entry.webhook, (!entry.place_says_all).then(|| entry.clone()))));
                if found.len() > most {
                    return None;
                }
            }
        }
        // Numbers are mostly in the order of keys, so there is little to sort.
        found.sort_by_key(|&(webhook, _)| webhook);
        found.dedup_by_key(|&mut (webhook, _)| webhook);
        Some(Candidates { owner: self.owner, left: found.into_iter() })
    }

    /// Chooses the places of a webhook.
    fn filed(&mut self, webhook: WebhookKey, types: &[TypePattern], filter: Option<Filter>) -> Entry {
        let types = without_covered(types);
        let keys = filter.as_ref().and_then(|filter| filter.index_keys(self.most_keys, &|keys| self.cost(keys)));
        let mut lists: Vec<PostingList> = match &keys {
            Some(keys) => keys.any_of.iter().map(|key| self.postings.list(key)).collect(),
            None => vec![PostingList::UNFILTERED],
        };
        lists.sort_unstable();
        lists.dedup();
        let many = types.len() > 1 && types.len() * lists.len() > MOST_PLACES;
        let patterns: Vec<Pattern> = match many {
            true => {
                let notices = types.iter().any(TypePattern::is_reserved).then(TypePattern::all_reserved);
                iter::once(Pattern::ALL).chain(notices.map(|notices| self.patterns.entry(&notices))).collect()
            }
            // What can never match is in no list, and needs no pattern.
            false if lists.is_empty() => Vec::new(),
            false => types.iter().map(|pattern| self.patterns.entry(pattern)).collect(),
        };
        let list_says_all = keys.map_or(filter.is_none(), |keys| keys.suffice);
        let types = if many { types.into() } else { Box::default() };
        let (lists, patterns) = (lists.into(), patterns.into());
        Entry { webhook, filter, types, lists, patterns, place_says_all: list_says_all && !many }
    }

    /// What filing under these keys costs later: how many webhooks an event reads there that has one of them at each path; of
    /// what is alike, the fewest places.
    fn cost(&self, keys: &[IndexKey<'_>]) -> u64 {
        let same_path = |a: &IndexKey<'_>, b: &IndexKey<'_>| a.field == b.field && a.path == b.path;
        let one = |key: &IndexKey<'_>| {
            // An event often has the member, and seldom this very value in it.
            let chance = if matches!(key.matching, Match::Value(_)) { 1 } else { 64 };
            let length = self.postings.get(key).map_or(0, |list| self.postings.len(list));
            (u64::from(length) + 1) * chance
        };
        let read: u64 = keys.chunk_by(same_path).map(|keys| keys.iter().map(one).max().unwrap_or_default()).sum();
        (read << 16) + keys.len() as u64
    }
}

#[cfg(test)]
impl Index {
    /// From now on, or no more, entering a webhook with a filter ends halfway by a panic.
    pub fn has_a_defect(&mut self, has: bool) {
        self.filtered = if has { usize::MAX } else { 0 };
    }
}

impl Entry {
    fn places(&self, webhook: Number) -> impl Iterator<Item = Place> {
        let lists = self.lists.iter();
        lists.flat_map(move |&list| self.patterns.iter().map(move |&pattern| Place { list, pattern, webhook }))
    }

    fn is_filtered(&self) -> bool {
        self.lists.iter().any(|&list| list != PostingList::UNFILTERED)
    }

    /// Whether it wants the event; `None` if that cannot be said within this time, of which what it took is taken off.
    fn decide(&self, event: &Facts<'_>, owner: Owner, left: &mut Cost) -> Option<bool> {
        if !self.types.is_empty() && !self.types.iter().any(|pattern| pattern.matches(event.event_type())) {
            return Some(false);
        }
        self.filter.as_ref().map_or(Some(true), |filter| filter.decide(event, owner, left))
    }
}

/// The patterns that no other of them includes.
fn without_covered(types: &[TypePattern]) -> Vec<TypePattern> {
    if types.is_empty() {
        return vec![TypePattern::All];
    }
    let mut kept: Vec<TypePattern> = Vec::with_capacity(types.len());
    for pattern in types {
        let covered = |other: &TypePattern| other != pattern && other.includes(pattern);
        if !types.iter().any(covered) && !kept.contains(pattern) {
            kept.push(pattern.clone());
        }
    }
    kept
}
