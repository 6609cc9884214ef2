//! Finds the webhooks that want an event at the cost of those it finds, however many there are.
//!
//! In go webhooks as they enter, change and leave, out come the keys of those whose types and filter fit. It lives in
//! memory and is made anew at each start.
//!
//! Each webhook is filed under *posting lists*: one has the webhooks that want events with something in particular, say
//! `AAPL` at `data.symbol` (an [`IndexKey`]), and the first has those that need nothing in particular. Within a list
//! they are ordered by type pattern, then tenant, then webhook. An event names a few lists and a few patterns; for one
//! tenant or for all, what is to be looked at are ranges of one ordered map, in which nobody else's webhooks lie. What
//! is found is then asked with its whole filter, unless the list's key was all it asked for.

mod patterns;
mod posting;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, iter, sync::Arc};

use lanehook_filter::{IndexKey, Match};

use self::{
    patterns::{Pattern, PatternIndex},
    posting::{PostingIndex, PostingList},
};
use crate::{
    model::{IdMap, Serial, TenantKey, TypePattern, WebhookKey},
    webhook::{Facts, Filter},
    work::{Cost, Slice},
};

/// A webhook that would be filed in more places than this is filed for all types, and asked for its types when found.
const MOST_PLACES: usize = 256;
/// Finding and asking a webhook, whatever its filter takes.
const OF_CANDIDATE: Cost = 100;
/// How far a list is counted to see how long it is for one tenant.
const COUNTED: usize = 128;

/// Webhooks by what they want.
#[derive(Default)]
pub struct Index {
    entered: IdMap<WebhookKey, Arc<Entry>>,
    /// In which lists who is, and what is still to be asked there; nothing, if being in the list says it all.
    places: BTreeMap<Place, Option<Arc<Entry>>>,
    patterns: PatternIndex,
    postings: PostingIndex,
    /// Tenants with webhooks in other lists than the first, and how many. For others an event's data is not looked at.
    filtered: IdMap<TenantKey, usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    list: PostingList,
    pattern: Pattern,
    tenant: TenantKey,
    webhook: WebhookKey,
}

struct Entry {
    tenant: TenantKey,
    filter: Option<Filter>,
    /// To be asked; empty if the place says it.
    types: Box<[TypePattern]>,
    places: Box<[(PostingList, Pattern)]>,
}

/// Webhooks that may want an event, in order, each once, and what is still to be asked.
pub struct Candidates(std::vec::IntoIter<Candidate>);

struct Candidate {
    tenant: TenantKey,
    webhook: WebhookKey,
    ask: Option<Arc<Entry>>,
}

impl Candidates {
    /// Those that do want it.
    pub fn wanting(self, event: &Facts<'_>) -> impl Iterator<Item = (TenantKey, WebhookKey)> {
        let wants = |one: &Candidate| one.ask.as_ref().is_none_or(|entry| entry.wants(event));
        self.0.filter(wants).map(|one| (one.tenant, one.webhook))
    }

    /// Asks the next ones, as many as there is time for, and tells of each that wants the event. Whether all are asked.
    pub fn ask(&mut self, event: &Facts<'_>, slice: &mut Slice, mut wants: impl FnMut(WebhookKey)) -> bool {
        while let Some(next) = self.0.as_slice().first() {
            if slice.is_over() || !slice.affords(OF_CANDIDATE) {
                return false;
            }
            let allowed = slice.allows();
            let mut left = allowed;
            let wanted = next.ask.as_ref().map_or(Some(true), |entry| entry.decide(event, &mut left));
            slice.spend(allowed - left);
            // It is too long for what is left of this slice, and asked anew in the next.
            let Some(wanted) = wanted else { return false };
            if wanted {
                wants(next.webhook);
            }
            self.0.next();
        }
        true
    }
}

impl Index {
    /// Enters a webhook that wants events of these types (none means all) for which the filter holds, instead of what
    /// was known of it.
    pub fn enter(&mut self, webhook: WebhookKey, tenant: TenantKey, types: &[TypePattern], filter: Option<Filter>) {
        self.remove(webhook);
        let (entry, place_says_all) = self.filed(tenant, types, filter);
        let entry = Arc::new(entry);
        let ask = (!place_says_all).then(|| entry.clone());
        for &(list, pattern) in &entry.places {
            self.places.insert(Place { list, pattern, tenant, webhook }, ask.clone());
            self.postings.grow(list);
            self.patterns.grow(pattern);
        }
        if entry.is_filtered() {
            *self.filtered.entry(tenant).or_default() += 1;
        }
        self.entered.insert(webhook, entry);
    }

    /// Takes a webhook out, if it is there.
    pub fn remove(&mut self, webhook: WebhookKey) {
        let Some(entry) = self.entered.remove(&webhook) else { return };
        let tenant = entry.tenant;
        let mut emptied = Vec::new();
        for &(list, pattern) in &entry.places {
            self.places.remove(&Place { list, pattern, tenant, webhook });
            self.patterns.shrink(pattern);
            if self.postings.shrink(list) {
                emptied.push(list);
            }
        }
        if let Some(filter) = entry.filter.as_ref().filter(|_| !emptied.is_empty()) {
            filter.each_index_key(&mut |key| self.postings.forget_if_in(&key, &emptied));
        }
        if entry.is_filtered()
            && let Some(count) = self.filtered.get_mut(&tenant)
        {
            *count -= 1;
            if *count == 0 {
                self.filtered.remove(&tenant);
            }
        }
    }

    /// The tenant's webhooks that want the event, in order, each once.
    pub fn matching(&self, tenant: TenantKey, event: &Facts<'_>) -> Vec<WebhookKey> {
        self.candidates(Some(tenant), event, usize::MAX)
            .into_iter()
            .flat_map(|all| all.wanting(event))
            .map(|(_, webhook)| webhook)
            .collect()
    }

    /// All webhooks that want the event, in order, each once.
    pub fn matching_everywhere(&self, event: &Facts<'_>) -> Vec<(TenantKey, WebhookKey)> {
        self.candidates(None, event, usize::MAX).into_iter().flat_map(|all| all.wanting(event)).collect()
    }

    /// How many webhooks there are.
    pub fn len(&self) -> usize {
        self.entered.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entered.is_empty()
    }

    /// Whether finding the tenant's candidates takes reading an event's data.
    pub fn reads_data(&self, tenant: TenantKey) -> bool {
        self.filtered.contains_key(&tenant)
    }

    /// The webhooks that may want the event, of one tenant or of all; `None` if they are more than `most`. To ask them, the
    /// index is not needed any more: a filter can take its time while webhooks change.
    pub fn candidates(&self, tenant: Option<TenantKey>, event: &Facts<'_>, most: usize) -> Option<Candidates> {
        let lists = match tenant {
            Some(tenant) if !self.reads_data(tenant) => Vec::new(),
            _ => self.postings.in_event(event),
        };
        let patterns = self.patterns.of(event.event_type());
        let (from, to) = tenant.map_or((TenantKey(i64::MIN), TenantKey(i64::MAX)), |tenant| (tenant, tenant));
        let mut found = Vec::new();
        for list in iter::once(PostingList::UNFILTERED).chain(lists) {
            for &pattern in &patterns {
                let start = Place { list, pattern, tenant: from, webhook: WebhookKey(Serial::MIN) };
                let end = Place { list, pattern, tenant: to, webhook: WebhookKey(Serial::MAX) };
                let candidate = |(place, ask): (&Place, &Option<Arc<Entry>>)| Candidate {
                    tenant: place.tenant,
                    webhook: place.webhook,
                    ask: ask.clone(),
                };
                let room = most.saturating_sub(found.len()).saturating_add(1);
                found.extend(self.places.range(start..=end).map(candidate).take(room));
                if found.len() > most {
                    return None;
                }
            }
        }
        // Ranges are in order, so with few of them there is little to sort.
        found.sort_by_key(|one| (one.tenant, one.webhook));
        found.dedup_by_key(|one| (one.tenant, one.webhook));
        Some(Candidates(found.into_iter()))
    }

    /// Chooses the places of a webhook; also whether being found there says that it wants the event.
    fn filed(&mut self, tenant: TenantKey, types: &[TypePattern], filter: Option<Filter>) -> (Entry, bool) {
        let types = without_covered(types);
        let keys = filter.as_ref().and_then(|filter| filter.index_keys(&|keys| self.cost(tenant, types.first(), keys)));
        let lists: Vec<PostingList> = match &keys {
            Some(keys) => keys.any_of.iter().map(|key| self.postings.list(key)).collect(),
            None => vec![PostingList::UNFILTERED],
        };
        let many = types.len() > 1 && types.len() * lists.len() > MOST_PLACES;
        let patterns: Vec<Pattern> = match many {
            true => vec![Pattern::ALL],
            // What can never match is in no list, and needs no pattern.
            false if lists.is_empty() => Vec::new(),
            false => types.iter().map(|pattern| self.patterns.entry(pattern)).collect(),
        };
        let mut places: Vec<(PostingList, Pattern)> =
            lists.iter().flat_map(|&list| patterns.iter().map(move |&pattern| (list, pattern))).collect();
        places.sort_unstable();
        places.dedup();
        let list_says_all = keys.map_or(filter.is_none(), |keys| keys.suffice);
        let types = if many { types.into() } else { Box::default() };
        (Entry { tenant, filter, types, places: places.into() }, list_says_all && !many)
    }

    /// What filing under these keys costs later: how many webhooks an event reads there that goes to all tenants,
    /// times how many one reads that goes to this tenant, so that neither gets out of hand.
    fn cost(&self, tenant: TenantKey, pattern: Option<&TypePattern>, keys: &[IndexKey<'_>]) -> u64 {
        let pattern = pattern.and_then(|pattern| self.patterns.get(pattern));
        let one = |key: &IndexKey<'_>| {
            // An event often has the member, and seldom this very value in it.
            let chance = if matches!(key.matching, Match::Value(_)) { 1 } else { 64 };
            let Some(list) = self.postings.get(key) else { return chance };
            let own = pattern.map_or(0, |pattern| {
                let start = Place { list, pattern, tenant, webhook: WebhookKey(Serial::MIN) };
                let end = Place { webhook: WebhookKey(Serial::MAX), ..start };
                self.places.range(start..=end).take(COUNTED).count()
            });
            (own as u64 + 1) * (self.postings.len(list) as u64 + 1) * chance
        };
        keys.iter().map(one).sum()
    }
}

impl Entry {
    fn is_filtered(&self) -> bool {
        self.places.iter().any(|&(list, _)| list != PostingList::UNFILTERED)
    }

    fn wants(&self, event: &Facts<'_>) -> bool {
        self.decide(event, &mut { Cost::MAX }).unwrap_or(false)
    }

    /// Whether it wants the event; `None` if that cannot be said within this time, of which what it took is taken off.
    fn decide(&self, event: &Facts<'_>, left: &mut Cost) -> Option<bool> {
        if !self.types.is_empty() && !self.types.iter().any(|pattern| pattern.matches(event.event_type())) {
            return Some(false);
        }
        let owner = self.tenant.0.unsigned_abs();
        self.filter.as_ref().map_or(Some(true), |filter| filter.decide(event, owner, left))
    }
}

/// The patterns that no other of them includes.
fn without_covered(types: &[TypePattern]) -> Vec<TypePattern> {
    if types.is_empty() || types.contains(&TypePattern::All) {
        return vec![TypePattern::All];
    }
    let mut kept: Vec<TypePattern> = Vec::with_capacity(types.len());
    for pattern in types {
        let covered = |other: &TypePattern| other != pattern && includes(other, pattern);
        if !types.iter().any(covered) && !kept.contains(pattern) {
            kept.push(pattern.clone());
        }
    }
    kept
}

/// Whether a pattern asks for everything that the other asks for.
fn includes(pattern: &TypePattern, other: &TypePattern) -> bool {
    match (pattern, other) {
        (TypePattern::All, _) => true,
        (_, TypePattern::All) | (TypePattern::Exactly(_), TypePattern::Under(_)) => false,
        (_, TypePattern::Exactly(name)) => pattern.matches(name),
        (TypePattern::Under(prefix), TypePattern::Under(longer)) => {
            longer.strip_prefix(prefix.as_ref()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        }
    }
}
