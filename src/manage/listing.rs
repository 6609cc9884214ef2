//! Which webhooks a list has, in what order, and how many there are.

use std::{cmp::Reverse, collections::BTreeMap, ops::ControlFlow, sync::Arc};

use super::walk::{OF_LOOK, Visitor, Walk};
use crate::{
    model::{EventType, TenantKey, Timestamp, WebhookId, WebhookKey},
    observe::{Health, HealthState, InTrouble},
    store::{Counted, MOST_COUNTED, Webhooks},
    webhook::{Counters, Status, Webhook},
    work::Cost,
};

/// What looking for a text in a webhook's name and host costs.
const OF_READING: Cost = 1_000;
/// Webhooks that are looked at to find a text. A tenant has as many at most, unless its quota is another.
const MOST_READ: usize = 100_000;

/// Which webhooks to list.
#[derive(Clone, Debug, Default)]
pub struct WebhookQuery {
    /// Only the one with this id.
    pub id: Option<WebhookId>,
    /// Only those in one of these; none: in any.
    pub statuses: Vec<Status>,
    /// Only those whose health is one of these; none: any.
    pub states: Vec<HealthState>,
    /// Only those that ask for events of one of these types, whatever their filters; none: all.
    pub event_types: Vec<EventType>,
    /// Only those that are starred, or only those that are not.
    pub starred: Option<bool>,
    /// Made at or after.
    pub from: Option<Timestamp>,
    /// Made before.
    pub to: Option<Timestamp>,
    /// Which comes first.
    pub order: WebhookOrder,
    /// Only those behind this place.
    pub after: Option<ListPlace>,
    /// Only those before this place.
    pub before: Option<ListPlace>,
    /// How many at most.
    pub limit: usize,
    /// Which of more than that: the last, or else the first. They come in the same order.
    pub is_from_end: bool,
}

/// Which webhook comes first.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum WebhookOrder {
    /// The newest.
    #[default]
    Newest,
    /// Failing for the longest; then degraded, paused, healthy, disabled. Among equals the newest.
    Worst,
}

/// A webhook's place in a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ListPlace {
    rank: u8,
    /// Since when it is in trouble, in milliseconds.
    since: i64,
    newest: Reverse<WebhookKey>,
}

impl WebhookOrder {
    /// The place of a webhook whose health is this.
    pub fn place(self, webhook: &Webhook, health: Health) -> ListPlace {
        let newest = Reverse(webhook.key);
        match self {
            WebhookOrder::Newest => ListPlace { rank: 0, since: 0, newest },
            WebhookOrder::Worst => {
                let state = HealthState::of(webhook.settings.status, health);
                let since = match state {
                    HealthState::Failing | HealthState::Degraded => health.trouble().map(|trouble| trouble.since),
                    HealthState::Paused | HealthState::Healthy | HealthState::Disabled => None,
                };
                ListPlace { rank: state as u8, since: since.map_or(0, |since| since.millis()), newest }
            }
        }
    }
}

impl ListPlace {
    /// As cursors of a list in this order hold it.
    pub fn to_text(self, order: WebhookOrder) -> String {
        let ListPlace { rank, since, newest } = self;
        format!("{} {rank} {since} {}", order as u8, newest.0)
    }

    /// What [`ListPlace::to_text`] has written for the same order.
    pub fn parse(text: &str, order: WebhookOrder) -> Option<ListPlace> {
        let mut parts = text.splitn(4, ' ');
        let of: u8 = parts.next()?.parse().ok()?;
        let (rank, since) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let newest = Reverse(WebhookKey::parse(parts.next()?)?);
        (of == order as u8).then_some(ListPlace { rank, since, newest })
    }
}

impl WebhookQuery {
    /// Whether a webhook is one of them.
    pub(super) fn wants(&self, webhook: &Webhook, in_trouble: &InTrouble) -> bool {
        let (status, health) = (webhook.settings.status, in_trouble.of(webhook.key));
        let place = self.order.place(webhook, health);
        is_one_of(&self.statuses, |&one| one == status)
            && is_one_of(&self.states, |&state| state == HealthState::of(status, health))
            && is_one_of(&self.event_types, |event_type| webhook.settings.asks_for_type(event_type))
            && self.starred.is_none_or(|starred| webhook.settings.starred == starred)
            && self.from.is_none_or(|from| webhook.created_at >= from)
            && self.to.is_none_or(|to| webhook.created_at < to)
            && self.after.is_none_or(|after| place > after)
            && self.before.is_none_or(|before| place < before)
    }
}

/// Of none, everything is one.
fn is_one_of<T>(wanted: &[T], is_it: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(is_it)
}

/// A webhook of a list.
#[derive(Clone, Debug)]
pub struct Listed {
    pub webhook: Arc<Webhook>,
    /// What happened to it so far.
    pub counters: Counters,
    /// How it does while it is delivered to.
    pub health: Health,
}

/// Those in front, or at the end, of the webhooks that are wanted.
pub(super) struct Search<F> {
    wants: F,
    order: WebhookOrder,
    limit: usize,
    is_from_end: bool,
    /// Nothing behind this is wanted.
    until: Option<ListPlace>,
    in_trouble: Arc<InTrouble>,
    /// How many may still be looked at.
    most: usize,
    /// No more than are wanted.
    found: BTreeMap<ListPlace, Arc<Webhook>>,
}

/// Looks for those of a list.
pub(super) fn search(
    store: Arc<dyn Webhooks>,
    tenant: TenantKey,
    query: WebhookQuery,
    in_trouble: Arc<InTrouble>,
) -> Walk<Search<impl Fn(&Webhook) -> bool>> {
    let is_by_age = query.order == WebhookOrder::Newest;
    let before = query.after.filter(|_| is_by_age).map(|after| after.newest.0);
    let (order, limit, is_from_end, known) = (query.order, query.limit, query.is_from_end, in_trouble.clone());
    let until = query.before.filter(|_| is_by_age);
    let wants = move |webhook: &Webhook| query.wants(webhook, &known);
    let (most, found) = (usize::MAX, BTreeMap::new());
    let search = Search { wants, order, limit, is_from_end, until, in_trouble, most, found };
    Walk::new(store, vec![tenant], OF_LOOK, search).before(before)
}

/// Looks for the newest in whose texts something is found.
pub(super) fn search_texts<F: Fn(&Webhook) -> bool>(
    store: Arc<dyn Webhooks>,
    tenant: TenantKey,
    limit: usize,
    wants: F,
) -> Walk<Search<F>> {
    let (order, in_trouble, most, found) = (WebhookOrder::Newest, Arc::default(), MOST_READ, BTreeMap::new());
    let search = Search { wants, order, limit, is_from_end: false, until: None, in_trouble, most, found };
    Walk::new(store, vec![tenant], OF_READING, search)
}

impl<F: Fn(&Webhook) -> bool> Visitor for Search<F> {
    type Seen = Vec<Arc<Webhook>>;

    fn look_at(&mut self, webhook: Arc<Webhook>) -> ControlFlow<()> {
        let place = self.order.place(&webhook, self.in_trouble.of(webhook.key));
        if self.most == 0 || self.until.is_some_and(|until| place >= until) {
            return ControlFlow::Break(());
        }
        self.most -= 1;
        if (self.wants)(&webhook) {
            self.found.insert(place, webhook);
            if self.found.len() > self.limit {
                let _ = if self.is_from_end { self.found.pop_first() } else { self.found.pop_last() };
            }
        }
        let is_enough = self.order == WebhookOrder::Newest && !self.is_from_end && self.found.len() >= self.limit;
        if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn seen(&mut self) -> Vec<Arc<Webhook>> {
        std::mem::take(&mut self.found).into_values().collect()
    }
}

/// How many webhooks a query asks for, wherever they are in its list.
pub(super) struct Count {
    query: WebhookQuery,
    in_trouble: Arc<InTrouble>,
    count: u64,
}

/// Counts those of a list.
pub(super) fn count(
    store: Arc<dyn Webhooks>,
    tenant: TenantKey,
    query: WebhookQuery,
    in_trouble: Arc<InTrouble>,
) -> Walk<Count> {
    Walk::new(store, vec![tenant], OF_LOOK, Count { query, in_trouble, count: 0 })
}

impl Visitor for Count {
    type Seen = Counted;

    fn look_at(&mut self, webhook: Arc<Webhook>) -> ControlFlow<()> {
        self.count += u64::from(self.query.wants(&webhook, &self.in_trouble));
        if self.count > MOST_COUNTED { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn seen(&mut self) -> Counted {
        Counted { count: self.count.min(MOST_COUNTED), is_capped: self.count > MOST_COUNTED }
    }
}
