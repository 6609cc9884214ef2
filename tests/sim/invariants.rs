//! What must hold at every step: the promises, written down once more without looking at how the lanes keep them.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use lanehook::{
    lane::{BatchOutcome, Lane, WINDOW},
    model::{DeliveryId, DeliveryStatus, FailureKind, OrderingKey, Outcome, Owed, RateLimit, Timestamp},
    store::{Settlement, Verdict},
    webhook::{Ordering, Status, Webhook},
};

use crate::store::{Model, Row};

const FAILING_TOO_LONG: Duration = Duration::from_secs(5 * 86_400);

/// What time it is.
#[derive(Clone, Copy)]
pub struct Now {
    /// What the clock shows.
    pub clock: Timestamp,
    /// What has passed, by a clock that never went back. All that a bystander waits for goes by this one.
    pub passed: Timestamp,
}

/// Everything a bystander sees of one webhook.
#[derive(Default)]
pub struct Watch {
    /// Requests under way; `true` for those that began under other settings.
    in_flight: BTreeMap<DeliveryId, bool>,
    requests: usize,
    /// The most that a batch could hold so far.
    largest_batch: usize,
    /// Outcomes not yet durable; `true` if the delivery has come to its end.
    unrecorded: BTreeMap<DeliveryId, bool>,
    /// Under way when their webhook was mended: what they tell of it is not held against it.
    excused: BTreeSet<DeliveryId>,
    /// When they may be tried again, by their schedule.
    not_before: BTreeMap<DeliveryId, Timestamp>,
    sends: VecDeque<(Timestamp, DeliveryId)>,
    quiet_until: Timestamp,
    rests_until: Timestamp,
    breaker: BreakerSpec,
    /// Somebody wants these to go now: each may until it has come back, whatever the breaker or the receiver's pause say.
    wanted_now: BTreeSet<DeliveryId>,
    /// By the first of what they carry, the requests under way that went for one of these.
    by_hand: BTreeSet<DeliveryId>,
    /// The lane was told that these were given up.
    told_cancelled: BTreeSet<DeliveryId>,
    deleted: bool,
    /// Since the last success, as far as they were heard of in this life; throttling is none.
    failures: u32,
    rate: Option<RateLimit>,
    /// Each is the last of a settlement after which the webhook is to be disabled, once it is durable.
    to_disable: BTreeSet<DeliveryId>,
    /// How often it is to be disabled now.
    overdue_disables: usize,
    /// From what led to its disabling, at this version, until that has failed, its tenant has mended it, or the lane knows the
    /// version that is disabled.
    disabling: Option<(u64, Option<u64>)>,
}

impl Watch {
    /// A request leaves.
    pub fn sends(&mut self, deliveries: &[Owed], webhook: &Webhook, now: Timestamp, model: &Model) {
        let settings = &webhook.settings;
        let first = deliveries.first().expect("a request carries something");
        assert!(!self.deleted, "{} sent to a deleted webhook", first.id);
        assert_eq!(settings.status, Status::Active, "{} sent to a webhook that is not active", first.id);
        assert!(self.disabling.is_none(), "{} sent to a webhook that is being disabled", first.id);
        let by_hand = deliveries.iter().map(|owed| owed.id).find(|id| self.wanted_now.contains(id));
        if by_hand.is_some() {
            self.by_hand.insert(first.id);
        }
        let quiet = by_hand.is_none() && now < self.quiet_until;
        assert!(!quiet, "{} sent before Retry-After was over at {}", first.id, self.quiet_until);
        self.breaker.sends(first.id, now, by_hand.is_some());
        let most = settings.max_concurrency as usize;
        assert!(self.requests < most, "{} is more than the {most} at a time that are allowed", first.id);
        self.check_batch(deliveries, webhook, now, model, by_hand.is_some());
        for owed in deliveries {
            let row = &model.rows[&owed.id];
            self.check_still_owed(owed, row, now);
            self.check_order(row, deliveries, settings.ordering, model);
        }
        if let Some(rate) = settings.rate_limit {
            self.check_rate(rate, first.id, now);
        }
        self.requests += 1;
        for owed in deliveries {
            assert!(self.in_flight.insert(owed.id, false).is_none(), "{} is in flight twice", owed.id);
        }
    }

    /// What goes in one request is in order, has its past in common, and has waited for others as long as it should.
    fn check_batch(&self, deliveries: &[Owed], webhook: &Webhook, now: Timestamp, model: &Model, by_hand: bool) {
        let settings = &webhook.settings;
        let most = settings.batch.as_ref().map_or(1, |batch| batch.max_events as usize);
        assert!(deliveries.len() <= most, "{} deliveries in a request that holds {most}", deliveries.len());
        assert!(deliveries.is_sorted_by(|one, next| one.id < next.id), "a request out of order: {deliveries:?}");
        let pasts: BTreeSet<_> = deliveries.iter().map(|owed| model.rows[&owed.id].owed.last_attempt).collect();
        assert_eq!(pasts.len(), 1, "one request for deliveries with different pasts: {deliveries:?}");
        if let Some(batch) = &settings.batch
            && settings.ordering == Ordering::None
            && deliveries.len() < most
            && deliveries[0].attempts == 0
            && !by_hand
        {
            let waited = now.since(model.rows[&deliveries[0].id].published);
            assert!(waited >= batch.max_wait.0, "{} went alone after {waited:?}", deliveries[0].id);
        }
    }

    fn check_still_owed(&self, owed: &Owed, row: &Row, now: Timestamp) {
        let id = owed.id;
        assert!(!self.unrecorded.contains_key(&id), "{id} sent again before its outcome was durable");
        match row.status {
            DeliveryStatus::Pending | DeliveryStatus::Retrying => {}
            DeliveryStatus::Cancelled => {
                assert!(!self.told_cancelled.contains(&id), "{id} sent, although the lane knew it was given up");
                return;
            }
            DeliveryStatus::Delivered | DeliveryStatus::Failed | DeliveryStatus::Unknown => {
                panic!("{id} sent, although it is {:?}", row.status)
            }
        }
        assert_eq!(owed.attempts, row.owed.attempts, "{id} sent from an old memory of it");
        assert!(row.by_hand || owed.failed == row.owed.failed, "{id} sent from an old memory of it");
        let at = self.not_before.get(&id).filter(|_| !row.by_hand && !row.any_time);
        assert!(at.is_none_or(|&at| at <= now), "{id} sent before its time, {at:?}");
    }

    fn check_order(&self, row: &Row, deliveries: &[Owed], ordering: Ordering, model: &Model) {
        let Some(key) = key_of(row, ordering) else { return };
        let same = |other: &Row| key_of(other, ordering).as_ref() == Some(&key);
        let id = row.owed.id;
        for (&other, _) in self.in_flight.iter().filter(|(_, loose)| !**loose) {
            assert!(!same(&model.rows[&other]), "{id} sent beside {other} of the same key");
        }
        let at_its_end = |id: &DeliveryId| self.unrecorded.get(id) == Some(&true);
        let beside = |id: &DeliveryId| deliveries.iter().any(|owed| owed.id == *id);
        for other in model.owed_to(row.owed.webhook).filter(|other| !row.loose && !other.loose && same(other)) {
            let before = other.owed.id;
            assert!(
                before >= id || at_its_end(&before) || beside(&before),
                "{id} sent before {before} had come to its end"
            );
        }
    }

    fn check_rate(&mut self, rate: RateLimit, first: DeliveryId, now: Timestamp) {
        let span = Duration::from_millis(rate.per.millis());
        while self.sends.front().is_some_and(|&(sent, _)| sent + span <= now) {
            self.sends.pop_front();
        }
        self.sends.push_back((now, first));
        assert!(self.sends.len() <= rate.limit as usize, "{} sent within {span:?}, {rate:?}", self.sends.len());
    }

    /// A request never left, so it does not count.
    pub fn unsent(&mut self, ids: &[DeliveryId]) {
        if let Some(place) = self.sends.iter().rposition(|(_, first)| *first == ids[0]) {
            self.sends.remove(place);
        }
        self.by_hand.remove(&ids[0]);
        self.came_back(ids);
    }

    fn came_back(&mut self, ids: &[DeliveryId]) {
        self.requests -= 1;
        self.in_flight.retain(|id, _| !ids.contains(id));
        self.excused.retain(|id| !ids.contains(id));
        self.breaker.unsent(ids);
    }

    /// A request came back; `settled` is what its lane made of it.
    pub fn finished(
        &mut self,
        ids: &[DeliveryId],
        outcomes: &[BatchOutcome],
        settled: &[Settlement],
        webhook: &Webhook,
        now: Now,
    ) {
        let probe = self.breaker.is_probe(ids);
        let excused = ids.iter().any(|id| self.excused.contains(id));
        let by_hand = self.by_hand.remove(&ids[0]);
        self.came_back(ids);
        assert_eq!(outcomes.len(), settled.len(), "each outcome is of deliveries that this lane has sent");
        for (part, settled) in outcomes.iter().zip(settled) {
            let carried: Vec<DeliveryId> = settled.owed.iter().map(|owed| owed.id).collect();
            assert_eq!(carried, part.deliveries, "what came back is settled");
            self.settles(part, settled, Sent { probe, excused }, webhook, now);
            if by_hand && part.outcome.result.is_ok() {
                // The receiver takes more again.
                self.quiet_until = Timestamp::default();
            }
        }
    }

    fn settles(&mut self, part: &BatchOutcome, settled: &Settlement, sent: Sent, webhook: &Webhook, now: Now) {
        let Now { clock, passed } = now;
        let outcome = &part.outcome;
        let owed = &settled.owed[0];
        let (id, verdict) = (owed.id, settled.verdict);
        for owed in &settled.owed {
            if let Verdict::Retry { at, .. } = verdict {
                self.not_before.insert(owed.id, passed + at.since(clock));
            }
            self.unrecorded.insert(owed.id, !matches!(verdict, Verdict::Retry { .. }));
            self.wanted_now.remove(&owed.id);
        }
        self.breaker.finished(sent.probe, outcome, passed);
        let Err(failure) = &outcome.result else {
            self.failures = 0;
            return assert_eq!(verdict, Verdict::Delivered, "{id} was received");
        };
        if matches!(failure.kind, FailureKind::Skipped | FailureKind::Collapsed) {
            return assert_eq!(verdict, Verdict::Dropped, "{id} is not to be sent");
        }
        if failure.kind == FailureKind::Throttled {
            let asked = failure.retry_after.unwrap_or_default();
            self.quiet_until = self.quiet_until.max(passed + asked);
            if owed.attempts < 199 {
                let costs_nothing = matches!(verdict, Verdict::Retry { at, counted: false } if at >= clock + asked);
                return assert!(costs_nothing, "{id} waits because it was asked to: {verdict:?}");
            }
        }
        let counts = failure.kind != FailureKind::Render && !sent.excused;
        self.failures += u32::from(counts);
        assert!(settled.failure_run.consecutive_failures >= self.failures, "{id}: a failure was forgotten");
        let too_many = |most| settled.failure_run.consecutive_failures >= most;
        let failing = settled.failure_run.failing_since.is_some_and(|since| clock.since(since) >= FAILING_TOO_LONG);
        let gone = failure.kind == FailureKind::Gone;
        let is_to_be_disabled = gone || failing || webhook.settings.disable_after.is_some_and(too_many);
        if counts && is_to_be_disabled && self.disabling.is_none() {
            self.disabling = Some((webhook.version, None));
            self.to_disable.extend(settled.owed.last().map(|last| last.id));
        }
        let planned = webhook.settings.retry.planned_wait(owed.failed + 1);
        match verdict {
            Verdict::Delivered | Verdict::Dropped => panic!("{id} was not received"),
            Verdict::Failed => assert!(planned.is_none() || failure.kind == FailureKind::Gone, "{id} given up early"),
            Verdict::Retry { at, counted } => {
                assert!(counted, "{id}: a failure counts");
                let planned = planned.unwrap_or_else(|| panic!("{id}: {} attempts are over the schedule", owed.failed));
                assert!(at + Duration::from_millis(1) >= clock + planned.mul_f64(0.8), "{id} tries again too early");
                let asked = failure.retry_after.unwrap_or_default();
                assert!(at <= clock + planned.mul_f64(1.2).max(asked), "{id} tries again too late");
            }
        }
    }

    /// The lane heard that somebody wants this to go now.
    pub fn wanted_now(&mut self, id: DeliveryId) {
        self.wanted_now.insert(id);
    }

    /// Whether somebody wants it to go now.
    pub fn is_wanted_now(&self, id: DeliveryId) -> bool {
        self.wanted_now.contains(&id)
    }

    /// A test has shown that the receiver works.
    pub fn receiver_works(&mut self) {
        self.quiet_until = Timestamp::default();
        self.breaker = BreakerSpec::default();
    }

    pub fn recorded(&mut self, id: DeliveryId) {
        self.unrecorded.remove(&id);
        self.overdue_disables += usize::from(self.to_disable.remove(&id));
    }

    /// The webhook is being disabled.
    pub fn disables(&mut self) {
        assert!(self.overdue_disables > 0, "disabled without a reason, or before the reason was durable");
        self.overdue_disables -= 1;
    }

    /// The disabling that was asked for at this version has ended, by this version if it was done; the lane knows one of `known`.
    pub fn disabling_ended(&mut self, judged: u64, off_at: Option<u64>, known: u64) {
        if let Some((asked, None)) = self.disabling
            && asked == judged
        {
            self.disabling = off_at.filter(|off_at| *off_at > known).map(|off_at| (judged, Some(off_at)));
        }
    }

    /// Whatever had to disable the webhook has done so.
    pub fn check_disabled(&self) {
        assert_eq!(self.overdue_disables, 0, "a webhook that only fails is not disabled");
    }

    /// The lane heard that a delivery was given up by hand; `row` as it is now.
    pub fn cancelled(&mut self, row: &Row) {
        match row.status {
            DeliveryStatus::Cancelled => self.told_cancelled.insert(row.owed.id),
            _ => self.told_cancelled.remove(&row.owed.id),
        };
    }

    /// The lane heard of other settings.
    pub fn changed(&mut self, old: Option<&Webhook>, new: Option<&Webhook>) {
        // What the worlds change of what is sent, or whether; how many at a time and in which order say nothing of the receiver.
        let about = |webhook: &Webhook| (webhook.settings.batch.clone(), webhook.settings.status);
        if old.map(about) != new.map(about) {
            self.quiet_until = Timestamp::default();
            self.breaker = BreakerSpec::default();
            self.disabling = None;
            if new.is_some() {
                self.excused.extend(self.in_flight.keys());
            }
        }
        self.deleted = new.is_none();
        let is_known = |off_at: u64| new.is_none_or(|new| new.version >= off_at);
        self.disabling = self.disabling.filter(|(_, off_at)| !off_at.is_some_and(is_known));
        let rate = new.and_then(|new| new.settings.rate_limit);
        if rate != self.rate {
            self.sends.clear();
            self.rate = rate;
        }
        if old.is_some_and(|old| old.settings.status == Status::Disabled) {
            self.failures = 0;
        }
        if let Some(batch) = new.and_then(|new| new.settings.batch.as_ref()) {
            self.largest_batch = self.largest_batch.max(batch.max_events as usize);
        }
        let kept = |webhook: &Webhook| (webhook.settings.ordering, webhook.settings.batch.clone());
        if old.map(kept) != new.map(kept) {
            self.in_flight.values_mut().for_each(|loose| *loose = true);
        }
    }

    /// What the lane has in hand has lost its place in the order.
    pub fn in_hand(&self, id: DeliveryId) -> bool {
        self.in_flight.contains_key(&id) || self.unrecorded.contains_key(&id)
    }

    pub fn crashed(&mut self) {
        let mut not_before = std::mem::take(&mut self.not_before);
        // What was not recorded never was.
        not_before.retain(|id, _| !self.unrecorded.contains_key(id));
        let Watch { deleted, rate, largest_batch, .. } = *self;
        *self = Watch { deleted, rate, largest_batch, not_before, ..Watch::default() };
    }

    /// The store failed the lane, which asks again then.
    pub fn refused(&mut self, again: Timestamp) {
        self.rests_until = again;
    }

    pub fn loads(&self, now: Timestamp) {
        assert!(now >= self.rests_until, "a store that just failed is asked again at once");
    }

    /// What a lane keeps in memory is bounded.
    pub fn check_memory(&self, lane: &Lane) {
        let most = 3 * WINDOW.max(self.largest_batch) + self.in_flight.len() + self.unrecorded.len();
        assert!(lane.held() <= most, "a lane holds {} deliveries", lane.held());
        assert_eq!(lane.in_flight(), self.requests, "a lane has lost count of its requests");
    }
}

/// What is known of a request that comes back.
#[derive(Clone, Copy)]
struct Sent {
    probe: bool,
    excused: bool,
}

fn key_of(row: &Row, ordering: Ordering) -> Option<OrderingKey> {
    match ordering {
        Ordering::None => None,
        Ordering::Key => row.owed.ordering_key.clone(),
        Ordering::Strict => Some(OrderingKey::whole_lane()),
    }
}

/// After ten failures in a row nothing goes for 30 s, give or take a fifth, then one at a time to see, each pause twice the last. A
/// probe that somebody wanted goes at once; if it fails before the time of the next one, that stays.
#[derive(Default)]
struct BreakerSpec {
    failures: u32,
    open: Option<Open>,
    probe: Option<DeliveryId>,
}

#[derive(Clone, Copy)]
struct Open {
    /// The pause ends in between these.
    earliest: Timestamp,
    latest: Timestamp,
    /// How long it is at the least.
    pause: Duration,
}

impl Open {
    const LONGEST: Duration = Duration::from_secs(600);

    fn at(now: Timestamp, pause: Duration) -> Open {
        let pause = pause.min(Open::LONGEST);
        Open { earliest: now + pause.mul_f64(0.8), latest: now + pause.mul_f64(1.2), pause }
    }
}

impl BreakerSpec {
    fn sends(&mut self, id: DeliveryId, now: Timestamp, by_hand: bool) {
        let Some(Open { earliest, .. }) = self.open else { return };
        assert!(by_hand || now >= earliest, "{id} sent while the breaker is open until {earliest}");
        assert_eq!(self.probe, None, "{id} sent beside a probe");
        self.probe = Some(id);
    }

    fn is_probe(&self, ids: &[DeliveryId]) -> bool {
        self.probe.is_some_and(|probe| ids.contains(&probe))
    }

    fn unsent(&mut self, ids: &[DeliveryId]) {
        self.probe = self.probe.filter(|probe| !ids.contains(probe));
    }

    fn finished(&mut self, probe: bool, outcome: &Outcome, now: Timestamp) {
        let is_silent = |kind: FailureKind| !kind.is_of_receiver() && kind != FailureKind::Render;
        if outcome.result.as_ref().is_err_and(|failure| is_silent(failure.kind)) {
            return;
        }
        let answered = match (&outcome.result, &outcome.answer) {
            (Ok(()), _) => return *self = BreakerSpec::default(),
            (Err(failure), Some(answer)) => failure.kind == FailureKind::Throttled || answer.status < 500,
            _ => false,
        };
        if answered {
            self.failures = 0;
            self.open = self.open.filter(|_| !probe);
            return;
        }
        self.failures += 1;
        self.open = match self.open {
            // Before its time or after it: a bystander cannot tell.
            Some(open) if probe && now < open.latest => Some(Open {
                latest: if now < open.earliest { open.latest } else { now + Open::LONGEST.mul_f64(1.2) },
                ..open
            }),
            Some(open) if probe => Some(Open::at(now, open.pause * 2)),
            None if self.failures >= 10 => Some(Open::at(now, Duration::from_secs(30))),
            open => open,
        };
    }
}
