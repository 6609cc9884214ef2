//! Keeping events: deduplicate, then one row for the event and one for each delivery; where these are many, the first of
//! them, and lists of the others.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    mem,
    sync::Arc,
    task::Poll,
    vec,
};

use async_trait::async_trait;

use super::{
    broadcast::broadcast,
    dedup::{Earlier, find_earlier, remembered_ids, remembered_since},
    job_queues::JobSize,
    keep,
    promised::Ids,
    quantum::Quantum,
    read,
    refusal::{Kept, Refusal},
    store::SqliteStore,
    transaction::Tx,
    unfolding::Limits,
};
use crate::{
    model::{BodyHash, Event, EventKey, NewEvent, QuotaKind, Serial, TenantKey, WebhookKey, kept_bytes},
    store::{Accepted, Append, Broadcast, Clash, Difference, Events, Result},
    work::Cost,
};

#[async_trait]
impl Events for SqliteStore {
    async fn append(&self, batch: Append) -> Result<Vec<Accepted>> {
        let bytes = batch.events.iter().map(|(event, webhooks)| event.bytes() + 256 + 16 * webhooks.len()).sum();
        let deliveries: usize = batch.events.iter().map(|(_, webhooks)| webhooks.len()).sum();
        // An event, its ids, and a list where that is needed; of many, those of one part.
        let rows = (3 * batch.events.len() + deliveries).min(Limits::USUAL.at_once);
        let size = JobSize { tenant: batch.tenant, rows, bytes };
        let mut appending = Appending::new(self.hashed(batch).await?);
        let go_on = move |tx: &mut Tx<'_>, quantum: &Quantum<'_>| match tx.whole(|tx| appending.go_on(tx, quantum)) {
            Ok(Poll::Ready(kept)) => Poll::Ready(Ok(kept)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        };
        Ok(self.queue_parts(size, go_on).await??)
    }

    async fn broadcast(&self, batch: Broadcast) -> Result<Accepted> {
        let copies = batch.copies.iter().map(|copy| {
            let own = copy.difference.as_ref().map_or(0, Difference::kept_length);
            own + 256 + 16 * copy.webhooks.len()
        });
        let bytes = batch.event.bytes() + 256 + copies.sum::<usize>();
        let size = JobSize { tenant: TenantKey::ALL, rows: Limits::USUAL.at_once, bytes };
        Ok(self.queue(size, |tx| tx.whole(|tx| broadcast(tx, batch))).await??)
    }

    async fn event(&self, tenant: TenantKey, key: EventKey) -> Result<Option<Arc<Event>>> {
        if let Some(event) = self.recent_event(key) {
            return Ok(Some(event));
        }
        let event = self.read(tenant, move |conn| read::event(conn, key)).await?;
        Ok(event.map(Arc::new))
    }

    fn recent_event(&self, key: EventKey) -> Option<Arc<Event>> {
        self.shared.recent.event(key)
    }
}

/// Hashing a byte. (SHA-256: 0.6 ns where the processor has it.)
const OF_HASHED_BYTE: Cost = 1;

impl SqliteStore {
    /// Events that are known by ids, hashed before it is the writer's turn, in their tenant's.
    async fn hashed(&self, batch: Append) -> Result<Append> {
        let Append { tenant, events } = batch;
        let named = events.iter().filter(|(event, _)| event.is_named());
        let cost = named.map(|(event, _)| OF_HASHED_BYTE * event.bytes() as Cost).sum();
        let hash = move || events.into_iter().map(|(event, webhooks)| (event.hashed(), webhooks)).collect();
        let events = match &self.work {
            Some(work) => work.ask_once(tenant, cost, hash).await?,
            None => hash(),
        };
        Ok(Append { tenant, events })
    }
}

/// A batch on its way into the store: its events are looked up, the whole is weighed, and then one after another is written. Each of
/// these steps may go on in the writer's next transaction. Nothing is written unless all may be; and what is not written yet
/// then cannot be refused any more: jobs of one tenant come one after another, and copies of a broadcast leave the ids alone that are
/// promised.
pub(super) struct Appending {
    tenant: TenantKey,
    /// Those that are not looked up yet.
    unseen: vec::IntoIter<(NewEvent, Vec<WebhookKey>)>,
    /// Those that are.
    seen: VecDeque<Seen>,
    /// How many there are, whether one of them has an id, and whether all are notices.
    count: usize,
    is_named: bool,
    are_notices: bool,
    /// The content of each id of the batch.
    named: HashMap<String, BodyHash>,
    /// The ids that will be remembered.
    to_keep: HashSet<String>,
    /// The same once it goes on in a later transaction, of so many that were looked up.
    promised: Option<Ids>,
    promised_of: usize,
    /// What it adds.
    deliveries: usize,
    bytes: u64,
    /// How many deliveries may still be written at once, when the whole was weighed.
    room: Option<usize>,
    answers: Vec<Accepted>,
}

/// An event that was looked up.
struct Seen {
    event: NewEvent,
    webhooks: Vec<WebhookKey>,
    known: Known,
}

/// Whether an event is kept already.
enum Known {
    No,
    Earlier(Earlier),
    /// It will be, under an id that an event before it in its batch has, too.
    InBatch,
}

impl Appending {
    pub fn new(batch: Append) -> Appending {
        let Append { tenant, events } = batch;
        let (count, is_named) = (events.len(), events.iter().any(|(event, _)| event.is_named()));
        let are_notices = events.iter().all(|(event, _)| event.event_type.is_reserved());
        Appending {
            tenant,
            unseen: events.into_iter(),
            seen: VecDeque::with_capacity(count),
            count,
            is_named,
            are_notices,
            named: HashMap::new(),
            to_keep: HashSet::new(),
            promised: None,
            promised_of: 0,
            deliveries: 0,
            bytes: 0,
            room: None,
            answers: Vec::with_capacity(count),
        }
    }

    /// Goes on until the quantum is over, or until all is written or nothing may be.
    pub fn go_on(&mut self, tx: &mut Tx<'_>, quantum: &Quantum<'_>) -> Result<Poll<Kept<Vec<Accepted>>>> {
        let since = if self.is_named { Some(remembered_since(tx)?) } else { None };
        while let Some((event, webhooks)) = self.unseen.next() {
            if let Err(clash) = self.look_up(tx, since, event, webhooks)? {
                return Ok(Poll::Ready(Err(clash.into())));
            }
            if quantum.is_over() {
                self.promise(tx);
                return Ok(Poll::Pending);
            }
        }
        if self.promised.is_some() {
            // Those that were looked up since, while all of them are still here.
            self.promise(tx);
        }
        let mut room = match self.room {
            Some(room) => room,
            None => match self.weigh(tx)? {
                Ok(room) => room,
                Err(refusal) => return Ok(Poll::Ready(Err(refusal))),
            },
        };
        while let Some(seen) = self.seen.pop_front() {
            let answer = write(tx, self.tenant, since, seen, &mut room)?;
            self.answers.push(answer);
            if quantum.is_over() && !self.seen.is_empty() {
                self.room = Some(room);
                self.promise(tx);
                return Ok(Poll::Pending);
            }
        }
        Ok(Poll::Ready(Ok(mem::take(&mut self.answers))))
    }

    /// It goes on in a later transaction: until then nobody takes the ids of the events that were looked up.
    fn promise(&mut self, tx: &mut Tx<'_>) {
        if !self.is_named {
            return;
        }
        let promised = self.promised.get_or_insert_with(|| tx.promised.enter(self.tenant));
        // Those that are written meanwhile are fewer, and known by then.
        for seen in self.seen.iter().skip(self.promised_of) {
            promised.add(remembered_ids(&seen.event));
        }
        self.promised_of = self.promised_of.max(self.seen.len());
    }

    /// Looks an event up: is it there already? `since`: if some have ids, from which serial on these are known.
    fn look_up(
        &mut self,
        tx: &Tx<'_>,
        since: Option<Serial>,
        event: NewEvent,
        webhooks: Vec<WebhookKey>,
    ) -> Result<std::result::Result<(), Clash>> {
        let place = self.seen.len();
        let is_one_of_many = self.count > 1 && event.is_named();
        let among_themselves = is_one_of_many && clashes(&mut self.named, &event);
        let earlier = earlier(tx, self.tenant, since, &event)?;
        let known = match earlier {
            Some(earlier) if earlier.says_else(&event) || earlier.has_another_id(&event) => {
                return Ok(Err(Clash { place, earlier: Some(earlier.key) }));
            }
            Some(earlier) => Known::Earlier(earlier),
            None if among_themselves => return Ok(Err(Clash { place, earlier: None })),
            None if is_one_of_many && repeats(&mut self.to_keep, &event) => Known::InBatch,
            None => {
                self.deliveries += webhooks.len();
                self.bytes += kept_bytes(event.bytes(), webhooks.len());
                Known::No
            }
        };
        self.seen.push_back(Seen { event, webhooks, known });
        Ok(Ok(()))
    }

    /// Whether there is room for all of it; and how many deliveries may be written at once.
    fn weigh(&mut self, tx: &mut Tx<'_>) -> Result<Kept<usize>> {
        let allowed = if self.are_notices { self.weigh_notices(tx)? } else { self.weigh_events(tx)? };
        if let Err(refusal) = allowed {
            return Ok(Err(refusal));
        }
        let &mut Appending { tenant, deliveries, count, .. } = self;
        let room = tx.unfolding.limits.at_once(count);
        if (deliveries > room || !tx.unfolding.is_idle()) && !tx.unfolding.has_room(tenant, deliveries as u64) {
            return Ok(Err(Refusal::NoRoom));
        }
        Ok(Ok(room))
    }
}

impl Appending {
    fn weigh_events(&self, tx: &mut Tx<'_>) -> Result<Kept<()>> {
        let &Appending { tenant, deliveries, bytes, .. } = self;
        for (kind, asked) in [(QuotaKind::OwedDeliveries, deliveries as u64), (QuotaKind::EventBytes, bytes)] {
            if let Err(reached) = tx.allow(tenant, kind, asked) {
                return Ok(Err(reached.into()));
            }
        }
        if bytes == 0 { Ok(Ok(())) } else { tx.disk_has_room(tenant) }
    }

    /// That a quota is reached is told when it is so: notices have some room beside the quotas. Where there is none left for their
    /// deliveries, they are kept without, and can be looked at.
    fn weigh_notices(&mut self, tx: &mut Tx<'_>) -> Result<Kept<()>> {
        let tenant = self.tenant;
        if tx.allow_notice(tenant, QuotaKind::OwedDeliveries, self.deliveries as u64).is_err() {
            let new = self.seen.iter_mut().filter(|seen| matches!(seen.known, Known::No));
            self.bytes = new
                .map(|seen| {
                    seen.webhooks.clear();
                    kept_bytes(seen.event.bytes(), 0)
                })
                .sum();
            self.deliveries = 0;
        }
        if let Err(reached) = tx.allow_notice(tenant, QuotaKind::EventBytes, self.bytes) {
            return Ok(Err(reached.into()));
        }
        if self.bytes == 0 { Ok(Ok(())) } else { tx.disk_has_room_for_notices(tenant) }
    }
}

/// Writes an event, unless it is there already.
fn write(tx: &mut Tx<'_>, tenant: TenantKey, since: Option<Serial>, seen: Seen, room: &mut usize) -> Result<Accepted> {
    let Seen { event, webhooks, known } = seen;
    let kept = match known {
        Known::No => None,
        Known::Earlier(earlier) => Some(earlier),
        Known::InBatch => earlier(tx, tenant, since, &event)?,
    };
    match kept {
        Some(Earlier { key, deliveries, .. }) => Ok(Accepted::Duplicate { key, deliveries }),
        None => keep(tx, tenant, event, webhooks, room),
    }
}

/// What is kept under one of an event's ids, if there may be any.
fn earlier(tx: &Tx<'_>, tenant: TenantKey, since: Option<Serial>, event: &NewEvent) -> Result<Option<Earlier>> {
    since.map_or(Ok(None), |since| find_earlier(tx, tenant, since, remembered_ids(event)))
}

/// Whether an event that comes before it in its batch has the same id and another content.
fn clashes(named: &mut HashMap<String, BodyHash>, event: &NewEvent) -> bool {
    let mut clash = false;
    for id in remembered_ids(event) {
        let body = event.body_hash();
        clash |= *named.entry(id).or_insert(body) != body;
    }
    clash
}

/// Whether an event that comes before it in its batch, and will be kept, has one of its ids: then it is a duplicate of that, and
/// its own ids are not remembered.
fn repeats(to_keep: &mut HashSet<String>, event: &NewEvent) -> bool {
    let repeats = remembered_ids(event).any(|id| to_keep.contains(&id));
    if !repeats {
        to_keep.extend(remembered_ids(event));
    }
    repeats
}

/// Keeps an event with what it is owed to. `room`: how many deliveries may still be written at once.
fn keep(
    tx: &mut Tx<'_>,
    tenant: TenantKey,
    new: NewEvent,
    webhooks: Vec<WebhookKey>,
    room: &mut usize,
) -> Result<Accepted> {
    let fan_out = webhooks.len() as u32;
    let event = keep::new_event(tx, tenant, new, fan_out)?;
    let key = event.key;
    let (at_once, later) = parted(tx, webhooks, *room);
    *room -= at_once.len();
    keep::deliveries(tx, &event, &at_once)?;
    keep::deliveries_later(tx, tenant, key, &later)?;
    let event = Arc::new(event);
    if fan_out > 0 {
        tx.effects.events.push(event.clone());
    }
    tx.effects.accepted.push(event);
    Ok(Accepted::Kept { key, deliveries: fan_out })
}

/// Those that are owed something at once and those that are owed it later: whoever stands in a list, so that its deliveries
/// keep the order of their events, and whom there is no room for.
fn parted(tx: &Tx<'_>, mut webhooks: Vec<WebhookKey>, room: usize) -> (Vec<WebhookKey>, Vec<WebhookKey>) {
    if tx.unfolding.is_idle() {
        let later = webhooks.split_off(room.min(webhooks.len()));
        return (webhooks, later);
    }
    let mut left = room;
    webhooks.into_iter().partition(|&webhook| {
        let at_once = left > 0 && !tx.unfolding.stands(webhook);
        left -= usize::from(at_once);
        at_once
    })
}
