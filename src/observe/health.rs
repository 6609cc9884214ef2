//! Whether a webhook's receiver does well: a pure function of its lane, of its last quarter of an hour, and of what its tenant calls
//! failing. All other thresholds stand here.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{lately::Quarter, measures::Tries};
use crate::{
    model::{FailureRun, Span, Thresholds, Timestamp, WebhookKey},
    webhook::Status,
};

/// Who has something due for so long and takes nothing is failing.
const STANDS_STILL: Duration = Duration::from_secs(300);
/// Who has something due for so long is degraded.
const LATE: Duration = Duration::from_secs(60);
/// Whose tries were only throttled so lately is degraded, also while it is not asked to wait.
const THROTTLED: Duration = Duration::from_secs(120);
/// Of this many tries, more than one may not fail: 2 %.
const ONE_FAILURE_OF: u64 = 50;
/// Of fewer tries no share makes it failing.
const LEAST_TRIES: u64 = 10;

/// What a lane tells of its webhook's health.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Vitals {
    /// Failed attempts since the last success.
    pub failure_run: FailureRun,
    /// So much has failed that nothing goes but probes.
    pub is_stopped: bool,
    /// The receiver has asked to be left alone, and that time is not over.
    pub is_throttled: bool,
    /// Since when the oldest delivery is due that could go: it waits for requests under way or for its turn, and not for its own time, a
    /// batch, a rate limit, or the end of a pause.
    pub oldest_due: Option<Timestamp>,
}

/// How a webhook does that is delivered to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Health {
    Healthy,
    /// Something is wrong.
    Degraded(Trouble),
    /// Nothing arrives any more.
    Failing(Trouble),
}

/// What is wrong, and since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trouble {
    pub since: Timestamp,
    pub cause: Cause,
}

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// So many attempts in a row failed that nothing goes but probes; none if payloads could not be made.
    Stopped { failures: u32 },
    /// Nothing was delivered for minutes, though something was due.
    StandsStill,
    /// The receiver has asked to be left alone.
    Throttled,
    /// Too many of the last tries failed.
    Failures(Tries),
    /// So many of its last attempts failed, and nothing was tried since.
    LastFailed { failures: u32 },
    /// What is due waits for longer than this.
    Late(Span),
}

impl fmt::Display for Cause {
    /// In a sentence, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Cause::Stopped { failures: 0 } => f.write_str(
                "no payloads could be made of its last events: mend its template or script; now and then one is tried",
            ),
            Cause::Stopped { failures } => {
                write!(f, "{failures} attempts in a row failed; now and then one is sent to see whether it works again")
            }
            Cause::StandsStill => f.write_str("nothing was delivered in the last 5 minutes, though something was due"),
            Cause::Throttled => f.write_str("its receiver asks to wait (429, or 503 with Retry-After)"),
            Cause::Failures(tries @ Tries { failed, .. }) => {
                write!(f, "{failed} of the {} tries of the last 15 minutes failed", tries.all())
            }
            Cause::LastFailed { failures: 1 } => f.write_str("its last attempt failed, and nothing was tried since"),
            Cause::LastFailed { failures } => {
                write!(f, "its last {failures} attempts failed, and nothing was tried since")
            }
            Cause::Late(Span(LATE)) => f.write_str("something that is due waits for over a minute"),
            Cause::Late(limit) => write!(f, "something that is due waits for over {limit}"),
        }
    }
}

impl Health {
    /// What is wrong, if anything is.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Health::Healthy => None,
            Health::Degraded(trouble) | Health::Failing(trouble) => Some(trouble),
        }
    }

    /// Whether it is another state, or has another cause; numbers in it do not count.
    fn differs_from(&self, other: Health) -> bool {
        let cause = |health: &Health| health.trouble().map(|trouble| std::mem::discriminant(&trouble.cause));
        self.rank() != other.rank() || cause(self) != cause(&other)
    }

    /// From the worst: failing, degraded, healthy.
    fn rank(&self) -> u8 {
        match self {
            Health::Failing(_) => 0,
            Health::Degraded(_) => 1,
            Health::Healthy => 2,
        }
    }
}

/// How a webhook does, by what its lane tells, if it has one, and by its last quarter of an hour.
pub fn health(vitals: Option<&Vitals>, quarter: &Quarter, thresholds: &Thresholds, now: Timestamp) -> Health {
    let vitals = vitals.copied().unwrap_or_default();
    let due_for = vitals.oldest_due.map(|due| (due, now.since(due)));
    if vitals.is_stopped {
        // Payloads that could not be made are no failures of the receiver's.
        let first_failure = quarter.first_failure.map(|minute| minute.begins());
        let since = vitals.failure_run.failing_since.or(first_failure).unwrap_or(now);
        let failures = vitals.failure_run.consecutive_failures;
        return Health::Failing(Trouble { since, cause: Cause::Stopped { failures } });
    }
    // A success counts for all of its minute.
    let delivered = quarter.last_success.is_some_and(|minute| now.since(minute.begins()) < STANDS_STILL);
    if let Some((since, _)) = due_for.filter(|(_, time)| *time >= STANDS_STILL && !delivered) {
        return Health::Failing(Trouble { since, cause: Cause::StandsStill });
    }
    if let (Some((since, time)), Some(limit)) = (due_for, thresholds.oldest_due)
        && time >= limit.0
    {
        return Health::Failing(Trouble { since, cause: Cause::Late(limit) });
    }
    let tries = quarter.tries;
    let failures = || Trouble {
        since: quarter.first_failure.map_or(now, |minute| minute.begins()),
        cause: Cause::Failures(tries),
    };
    let is_share = |share| tries.failed.saturating_mul(100) >= tries.all().saturating_mul(share);
    if tries.all() >= LEAST_TRIES && thresholds.failure_share.is_some_and(|share| is_share(share.into())) {
        return Health::Failing(failures());
    }
    // Between two short pauses, too.
    let throttled_lately = quarter.only_throttled.is_some_and(|minute| now.since(minute.begins()) < THROTTLED);
    if vitals.is_throttled || throttled_lately {
        let since = quarter.first_throttled.map_or(now, |minute| minute.begins());
        return Health::Degraded(Trouble { since, cause: Cause::Throttled });
    }
    if tries.failed.saturating_mul(ONE_FAILURE_OF) > tries.all() {
        return Health::Degraded(failures());
    }
    let FailureRun { consecutive_failures: failures, failing_since } = vitals.failure_run;
    if failures > 0 && tries.all() == 0 {
        return Health::Degraded(Trouble {
            since: failing_since.unwrap_or(now),
            cause: Cause::LastFailed { failures },
        });
    }
    match due_for {
        Some((since, time)) if time >= LATE => Health::Degraded(Trouble { since, cause: Cause::Late(Span(LATE)) }),
        _ => Health::Healthy,
    }
}

/// How a webhook does, also one that is delivered to no more. From the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthState {
    /// Nothing arrives any more.
    Failing,
    /// Something is wrong.
    Degraded,
    /// Somebody has paused it.
    Paused,
    Healthy,
    /// It is delivered to no more.
    Disabled,
}

impl HealthState {
    /// Of a webhook in this status, whose health is this while it is delivered to.
    pub fn of(status: Status, health: Health) -> HealthState {
        match (status, health) {
            (Status::Paused, _) => HealthState::Paused,
            (Status::Disabled, _) => HealthState::Disabled,
            (Status::Active, Health::Failing(_)) => HealthState::Failing,
            (Status::Active, Health::Degraded(_)) => HealthState::Degraded,
            (Status::Active, Health::Healthy) => HealthState::Healthy,
        }
    }
}

/// The webhooks in trouble at one moment; all others are healthy.
#[derive(Default, Debug)]
pub struct InTrouble(BTreeMap<WebhookKey, Health>);

impl InTrouble {
    /// How a webhook does.
    pub fn of(&self, webhook: WebhookKey) -> Health {
        self.0.get(&webhook).copied().unwrap_or(Health::Healthy)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (WebhookKey, Health)> {
        self.0.iter().map(|(&webhook, &health)| (webhook, health))
    }

    /// The webhooks that do better or worse than they did before, with how they do now: whose state or cause is another one.
    pub fn since(&self, before: &InTrouble) -> Vec<(WebhookKey, Health)> {
        let known = self.0.keys().chain(before.0.keys().filter(|webhook| !self.0.contains_key(webhook)));
        let now = known.map(|&webhook| (webhook, self.of(webhook)));
        now.filter(|&(webhook, health)| health.differs_from(before.of(webhook))).collect()
    }
}

/// When the oldest was accepted of what each webhook is owed, of those that are owed any and are delivered to.
pub type OwedSince = BTreeMap<WebhookKey, Timestamp>;

/// How all webhooks do, as it was found out last. Cheap to clone; all clones are one.
#[derive(Clone, Default, Debug)]
pub struct Board(Arc<RwLock<Shown>>);

#[derive(Default, Debug)]
struct Shown {
    in_trouble: Arc<InTrouble>,
    owed_since: Arc<OwedSince>,
    oldest_due: Option<Timestamp>,
}

impl Board {
    /// How a webhook does.
    pub fn of(&self, webhook: WebhookKey) -> Health {
        self.in_trouble().of(webhook)
    }

    /// The webhooks that are failing.
    pub fn failing(&self) -> Vec<WebhookKey> {
        let in_trouble = self.in_trouble();
        let failing = in_trouble.0.iter().filter(|(_, health)| matches!(health, Health::Failing(_)));
        failing.map(|(&webhook, _)| webhook).collect()
    }

    /// Those in trouble.
    pub fn in_trouble(&self) -> Arc<InTrouble> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).in_trouble.clone()
    }

    /// Since when they are owed something.
    pub fn owed_since(&self) -> Arc<OwedSince> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).owed_since.clone()
    }

    /// Since when the oldest delivery of all is due that could go, as it was seen last.
    pub fn oldest_due(&self) -> Option<Timestamp> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).oldest_due
    }

    /// It is due since then.
    pub fn replace_due(&self, oldest: Option<Timestamp>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).oldest_due = oldest;
    }

    /// Since when all are owed something.
    pub fn replace_owed(&self, found: OwedSince) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).owed_since = Arc::new(found);
    }

    /// What was found out of all; tells how many are in trouble. Trouble that goes on began when it was first seen, also where what it
    /// is told from moves along with the time.
    pub fn replace(&self, mut found: BTreeMap<WebhookKey, Health>) -> usize {
        let before = self.in_trouble();
        found.retain(|webhook, health| {
            let rank = health.rank();
            let (Health::Degraded(trouble) | Health::Failing(trouble)) = health else { return false };
            let earlier = Some(before.of(*webhook)).filter(|before| before.rank() == rank);
            let earlier = earlier.as_ref().and_then(Health::trouble);
            trouble.since = earlier.map_or(trouble.since, |earlier| earlier.since.min(trouble.since));
            true
        });
        let count = found.len();
        self.0.write().unwrap_or_else(PoisonError::into_inner).in_trouble = Arc::new(InTrouble(found));
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Serial, observe::Bucket};

    const NOW: i64 = 100 * 60_000;

    fn at(seconds_ago: i64) -> Timestamp {
        Timestamp::from_millis(NOW - seconds_ago * 1000)
    }

    fn tries(succeeded: u64, throttled: u64, failed: u64) -> Quarter {
        let minute = |count: u64, minutes_ago: i64| (count > 0).then_some(Bucket(NOW - minutes_ago * 60_000));
        Quarter {
            tries: Tries { succeeded, throttled, failed },
            last_success: minute(succeeded, 1),
            first_throttled: minute(throttled, 2),
            only_throttled: None,
            first_failure: minute(failed, 3),
        }
    }

    fn due(seconds: i64) -> Vitals {
        Vitals { oldest_due: Some(at(seconds)), ..Vitals::default() }
    }

    fn told(vitals: Vitals, quarter: Quarter) -> (&'static str, Option<(i64, &'static str)>) {
        told_by(&Thresholds::default(), vitals, quarter)
    }

    fn told_by(
        thresholds: &Thresholds,
        vitals: Vitals,
        quarter: Quarter,
    ) -> (&'static str, Option<(i64, &'static str)>) {
        let health = health(Some(&vitals), &quarter, thresholds, at(0));
        let state = ["failing", "degraded", "healthy"][usize::from(health.rank())];
        let cause = health.trouble().map(|trouble| {
            let cause = match trouble.cause {
                Cause::Stopped { .. } => "stopped",
                Cause::StandsStill => "stands still",
                Cause::Throttled => "throttled",
                Cause::Failures(_) => "failures",
                Cause::LastFailed { .. } => "last failed",
                Cause::Late(_) => "late",
            };
            (at(0).since(trouble.since).as_secs() as i64, cause)
        });
        (state, cause)
    }

    #[test]
    fn what_arrives_in_time_and_mostly_succeeds_is_healthy() {
        assert_eq!(told(Vitals::default(), Quarter::default()), ("healthy", None));
        assert_eq!(told(due(59), tries(49, 0, 1)), ("healthy", None), "2 % and no more");
        assert_eq!(told(due(59), tries(0, 7, 0)), ("healthy", None), "it was throttled, and is not any more");
        assert_eq!(health(None, &Quarter::default(), &Thresholds::default(), at(0)), Health::Healthy);
    }

    #[test]
    fn failures_delays_and_throttling_degrade_it() {
        assert_eq!(told(due(0), tries(48, 0, 1)), ("degraded", Some((180, "failures"))));
        assert_eq!(told(due(60), tries(50, 0, 0)), ("degraded", Some((60, "late"))));
        let short = Quarter { only_throttled: Some(Bucket(NOW - 60_000)), ..tries(0, 9, 0) };
        assert_eq!(told(due(0), short), ("degraded", Some((120, "throttled"))), "between two pauses");
        let throttled = Vitals { is_throttled: true, ..due(0) };
        assert_eq!(told(throttled, tries(50, 1, 50)), ("degraded", Some((120, "throttled"))));
        let failure_run = FailureRun { consecutive_failures: 1, failing_since: Some(at(3_000)) };
        let waits = Vitals { failure_run, ..Vitals::default() };
        assert_eq!(
            told(waits, Quarter::default()),
            ("degraded", Some((3_000, "last failed"))),
            "its next try is in an hour"
        );
        assert_eq!(told(waits, tries(99, 0, 1)).0, "healthy");
        assert_eq!(told(due(400), tries(50, 0, 0)), ("degraded", Some((400, "late"))), "it takes some");
    }

    #[test]
    fn it_fails_where_nothing_arrives() {
        assert_eq!(told(due(299), tries(0, 0, 9)).0, "degraded");
        assert_eq!(told(due(300), tries(0, 0, 9)), ("failing", Some((300, "stands still"))));
        assert_eq!(
            told(due(300), Quarter::default()),
            ("failing", Some((300, "stands still"))),
            "nothing was tried at all"
        );
        let long_ago = Quarter { last_success: Some(Bucket(NOW - 5 * 60_000)), ..tries(1, 0, 0) };
        assert_eq!(told(due(900), long_ago).0, "failing");
        let failure_run = FailureRun { consecutive_failures: 12, failing_since: Some(at(700)) };
        let stopped = Vitals { failure_run, is_stopped: true, ..Vitals::default() };
        assert_eq!(told(stopped, tries(50, 0, 1)), ("failing", Some((700, "stopped"))));
    }

    #[test]
    fn what_a_tenant_calls_failing_is_failing() {
        let share = Thresholds { failure_share: Some(50), ..Thresholds::default() };
        assert_eq!(told_by(&share, due(0), tries(5, 0, 5)), ("failing", Some((180, "failures"))));
        assert_eq!(told_by(&share, due(0), tries(6, 0, 5)).0, "degraded");
        assert_eq!(told_by(&share, due(0), tries(0, 0, 9)).0, "degraded", "of nine tries no share tells anything");
        let throttled = Vitals { is_throttled: true, ..due(0) };
        assert_eq!(told_by(&share, throttled, tries(0, 5, 5)).0, "failing", "though it is throttled, too");
        let due_for = Thresholds { oldest_due: Some(Span::seconds(120)), ..Thresholds::default() };
        assert_eq!(
            told_by(&due_for, due(120), tries(99, 0, 0)),
            ("failing", Some((120, "late"))),
            "though some arrive"
        );
        assert_eq!(told_by(&due_for, due(119), tries(99, 0, 0)).0, "degraded");
        let words = |limit| Cause::Late(limit).to_string();
        assert!(words(Span(LATE)).ends_with("over a minute") && words(Span::seconds(7_200)).ends_with("over 2h"));
    }

    #[test]
    fn who_does_better_or_worse_is_told_and_who_does_as_before_is_not() {
        let (same, worse, better, other) = (nth(1), nth(2), nth(3), nth(4));
        let failing = |failures| Health::Failing(Trouble { since: at(9), cause: Cause::Stopped { failures } });
        let degraded = |cause| Health::Degraded(Trouble { since: at(9), cause });
        let late = degraded(Cause::Late(Span(LATE)));
        let before = InTrouble(BTreeMap::from([(same, failing(10)), (worse, late), (better, late), (other, late)]));
        let now = BTreeMap::from([(same, failing(11)), (worse, failing(10)), (other, degraded(Cause::Throttled))]);
        let now = InTrouble(now);
        let told = vec![(worse, failing(10)), (other, degraded(Cause::Throttled)), (better, Health::Healthy)];
        assert_eq!(now.since(&before), told);
        assert_eq!(now.since(&now), []);
    }

    fn nth(number: i64) -> WebhookKey {
        WebhookKey(Serial::nth(number))
    }

    #[test]
    fn trouble_that_goes_on_keeps_its_begin() {
        let (board, webhook) = (Board::default(), WebhookKey(Serial::nth(1)));
        let late = |seconds, failing| {
            let trouble = Trouble { since: at(seconds), cause: Cause::Late(Span(LATE)) };
            BTreeMap::from([(webhook, if failing { Health::Failing(trouble) } else { Health::Degraded(trouble) })])
        };
        let since = |board: &Board| board.of(webhook).trouble().map(|trouble| trouble.since);
        board.replace(late(90, false));
        board.replace(late(60, false));
        assert_eq!(since(&board), Some(at(90)), "what is oldest by now was due later");
        board.replace(late(10, true));
        assert_eq!(since(&board), Some(at(10)), "another state begins anew");
        board.replace(BTreeMap::from([(webhook, Health::Healthy)]));
        assert_eq!((board.of(webhook), board.in_trouble().0.len()), (Health::Healthy, 0));
        board.replace(late(5, false));
        assert_eq!(since(&board), Some(at(5)));
    }
}
