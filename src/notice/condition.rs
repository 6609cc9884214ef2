//! Conditions: when one begins, goes on and is over. Pure.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::incident::has_passed;
use crate::{
    model::{ApiKeyId, QuotaKind, TenantKey, Thresholds, Timestamp},
    store::{Condition, TenantUsage},
};

/// A tenant that was near a quota is so until it has so many hundredths of it less.
const FARTHER: u8 = 20;
/// A trouble of the server is over when it was not there for so long.
const OVER: Duration = Duration::from_secs(60);

/// A trouble that the server itself has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SystemTrouble {
    /// Which, like `disk` or `job/retention`.
    pub kind: String,
    /// In words.
    pub reason: String,
}

/// What can be so.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Subject {
    QuotaNear(QuotaKind),
    QuotaReached(QuotaKind),
    KeyExpiring(ApiKeyId),
    KeyExpired(ApiKeyId),
    System(String),
}

/// As it is kept.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::QuotaNear(kind) => write!(f, "quota.near/{}", kind.as_str()),
            Subject::QuotaReached(kind) => write!(f, "quota.reached/{}", kind.as_str()),
            Subject::KeyExpiring(id) => write!(f, "key.expiring/{id}"),
            Subject::KeyExpired(id) => write!(f, "key.expired/{id}"),
            Subject::System(kind) => write!(f, "system/{kind}"),
        }
    }
}

impl Subject {
    /// What was kept; none of what another version of the program knows.
    pub fn read(text: &str) -> Option<Subject> {
        let (what, which) = text.split_once('/')?;
        let quota = || QuotaKind::ALL.into_iter().find(|kind| kind.as_str() == which);
        match what {
            "quota.near" => quota().map(Subject::QuotaNear),
            "quota.reached" => quota().map(Subject::QuotaReached),
            "key.expiring" => ApiKeyId::parse(which).map(Subject::KeyExpiring),
            "key.expired" => ApiKeyId::parse(which).map(Subject::KeyExpired),
            "system" => Some(Subject::System(which.to_owned())),
            _ => None,
        }
    }

    /// Whether its end is told, too.
    pub fn ends_with_a_notice(&self) -> bool {
        matches!(self, Subject::System(_))
    }
}

/// How something is now that is so, or nearly.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Level {
    /// It is so.
    Holds,
    /// It is no beginning, but goes on where it was so.
    GoesOn,
}

/// How near a tenant is to a quota: which conditions hold or go on.
pub(super) fn of_quota(kind: QuotaKind, usage: &TenantUsage, thresholds: &Thresholds) -> Vec<(Subject, Level)> {
    let (used, most) = (usage.used.of(kind), usage.most.of(kind));
    let is_from = |hundredths: u8| used > 0 && u128::from(used) * 100 >= u128::from(most) * u128::from(hundredths);
    let near = thresholds.quota_near;
    let level = |from: u8, until: u8| match (is_from(from), is_from(until)) {
        (true, _) => Some(Level::Holds),
        (false, true) => Some(Level::GoesOn),
        (false, false) => None,
    };
    let reached = level(100, near).map(|level| (Subject::QuotaReached(kind), level));
    let near = level(near, near - FARTHER).map(|level| (Subject::QuotaNear(kind), level));
    reached.into_iter().chain(near).collect()
}

/// What is to be done about a condition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Move {
    /// Keep that it is so.
    Begin,
    /// Tell it.
    Tell,
    /// It is so no more: tell that, if it is told, and forget it.
    End,
}

/// What is to be done next. `gone_since`: since when a kept condition was not so any more.
pub(super) fn next(
    kept: Option<&Condition>,
    subject: &Subject,
    level: Option<Level>,
    gone_since: Option<Timestamp>,
    now: Timestamp,
) -> Option<Move> {
    match (kept, level) {
        (None, Some(Level::Holds)) => Some(Move::Begin),
        (None, Some(Level::GoesOn) | None) => None,
        (Some(kept), Some(_)) => (!kept.is_told).then_some(Move::Tell),
        (Some(kept), None) if kept.is_told && subject.ends_with_a_notice() => {
            gone_since.is_some_and(|since| has_passed(since, OVER, now)).then_some(Move::End)
        }
        (Some(_), None) => Some(Move::End),
    }
}

/// Everything that is so now, or goes on.
pub(super) type Present = BTreeMap<(TenantKey, Subject), Level>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Amounts;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    #[test]
    fn a_subject_reads_back_as_it_was_kept() {
        let key = ApiKeyId::parse("key_0000000000007").unwrap();
        for subject in [
            Subject::QuotaNear(QuotaKind::Webhooks),
            Subject::QuotaReached(QuotaKind::EventBytes),
            Subject::KeyExpiring(key),
            Subject::KeyExpired(key),
            Subject::System("job/retention".into()),
        ] {
            assert_eq!(Subject::read(&subject.to_string()), Some(subject));
        }
        assert_eq!(Subject::read("what/ever"), None);
    }

    #[test]
    fn a_quota_is_crossed_once_until_there_is_clearly_less_again() {
        let levels = |used: u64| {
            let amounts = |amount| Amounts::UNLIMITED.with(QuotaKind::Webhooks, amount);
            let usage = TenantUsage { used: amounts(used), most: amounts(100) };
            let all = of_quota(QuotaKind::Webhooks, &usage, &Thresholds::default());
            let of = |wanted: Subject| all.iter().find(|(subject, _)| *subject == wanted).map(|(_, level)| *level);
            (of(Subject::QuotaNear(QuotaKind::Webhooks)), of(Subject::QuotaReached(QuotaKind::Webhooks)))
        };
        let (holds, goes_on) = (Some(Level::Holds), Some(Level::GoesOn));
        assert_eq!(levels(59), (None, None));
        assert_eq!(levels(60), (goes_on, None));
        assert_eq!(levels(79), (goes_on, None));
        assert_eq!(levels(80), (holds, goes_on));
        assert_eq!(levels(99), (holds, goes_on));
        assert_eq!(levels(100), (holds, holds));
        assert_eq!(levels(0), (None, None));
    }

    #[test]
    fn a_condition_is_told_once_and_its_end_where_that_is_told() {
        let quota = Subject::QuotaNear(QuotaKind::Webhooks);
        let system = Subject::System("disk".into());
        let kept = |is_told| Condition { tenant: TenantKey(1), subject: String::new(), since: at(1), is_told };
        for (is_kept, subject, level, gone, step) in [
            (None, &quota, Some(Level::Holds), None, Some(Move::Begin)),
            (None, &quota, Some(Level::GoesOn), None, None),
            (None, &quota, None, None, None),
            (Some(false), &quota, Some(Level::Holds), None, Some(Move::Tell)),
            (Some(true), &quota, Some(Level::Holds), None, None),
            (Some(true), &quota, Some(Level::GoesOn), None, None),
            (Some(true), &quota, None, Some(at(100)), Some(Move::End)),
            (Some(false), &system, None, Some(at(100)), Some(Move::End)),
            (Some(true), &system, None, Some(at(41)), None),
            (Some(true), &system, None, Some(at(40)), Some(Move::End)),
        ] {
            assert_eq!(next(is_kept.map(kept).as_ref(), subject, level, gone, at(100)), step, "{is_kept:?} {subject}");
        }
    }
}
