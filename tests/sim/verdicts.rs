//! What an attempt leads to, whatever was seen.

use std::time::Duration;

use lanehook::{
    lane::judge,
    model::{DeliveryId, EventKey, FailureKind, FailureRun, Outcome, Owed, Serial, Timestamp},
    store::Verdict,
    webhook::{DisableReason, RetryPolicy},
};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    plan::{START, any_webhook},
    receivers::{failed, succeeded, unanswered},
};

const DAY: Duration = Duration::from_secs(86_400);

fn outcomes() -> impl Strategy<Value = Outcome> {
    let wait = proptest::option::of((0u64..200_000).prop_map(Duration::from_secs));
    let kinds = proptest::sample::select(vec![
        FailureKind::Timeout,
        FailureKind::Dns,
        FailureKind::Blocked,
        FailureKind::Render,
    ]);
    prop_oneof![
        Just(succeeded(START)),
        (300u16..600, wait.clone()).prop_map(|(status, wait)| failed(START, status, FailureKind::Http, wait)),
        wait.prop_map(|wait| failed(START, 429, FailureKind::Throttled, wait)),
        Just(failed(START, 410, FailureKind::Gone, None)),
        kinds.prop_map(|kind| unanswered(START, kind)),
    ]
}

fn policies() -> impl Strategy<Value = RetryPolicy> {
    let texts = [
        r#"{"preset":"default"}"#,
        r#"{"preset":"none"}"#,
        r#"{"schedule":["5s","1m"]}"#,
        r#"{"initial":"1s","factor":2,"max":"1h","attempts":50}"#,
    ];
    proptest::sample::select(texts.to_vec()).prop_map(|text| serde_json::from_str(text).unwrap())
}

fn healths() -> impl Strategy<Value = FailureRun> {
    (0u32..20, proptest::option::of(0i64..700_000_000)).prop_map(|(consecutive_failures, ago)| FailureRun {
        consecutive_failures,
        failing_since: ago.map(|ms| Timestamp::from_millis(START.millis() - ms)),
    })
}

/// Never attempted.
fn any_owed() -> Owed {
    let (id, event) = (DeliveryId(Serial::nth(1)), EventKey(Serial::nth(1)));
    let webhook = any_webhook(1).key;
    Owed { id, webhook, event, attempts: 0, failed: 0, last_attempt: None, ordering_key: None, own_id: false }
}

proptest! {
    #[test]
    fn a_verdict_follows_from_what_was_seen(
        outcome in outcomes(), retry in policies(), failure_run in healths(),
        attempts in 0u32..250, failed in 0u32..60, disable_after in proptest::option::of(1u32..30), seed: u64,
    ) {
        let mut webhook = any_webhook(1);
        (webhook.settings.retry, webhook.settings.disable_after) = (retry.clone(), disable_after);
        let owed = Owed { attempts, failed, ..any_owed() };
        let now = START + Duration::from_secs(3);
        let judged = judge(&webhook, &owed, &outcome, failure_run, now, &mut StdRng::seed_from_u64(seed));

        let Err(failure) = outcome.result else {
            prop_assert_eq!((judged.verdict, judged.failure_run), (Verdict::Delivered, FailureRun::default()));
            prop_assert_eq!((judged.disable, judged.pause_until), (None, None));
            return Ok(());
        };
        if matches!(failure.kind, FailureKind::Skipped | FailureKind::Collapsed) {
            prop_assert_eq!((judged.verdict, judged.failure_run), (Verdict::Dropped, failure_run));
            prop_assert_eq!((judged.disable, judged.pause_until), (None, None));
            return Ok(());
        }
        let asked = failure.retry_after.unwrap_or_default().min(DAY);
        let throttled = failure.kind == FailureKind::Throttled;
        let uncounted = throttled && attempts < 199;
        match judged.verdict {
            Verdict::Delivered | Verdict::Dropped => prop_assert!(false, "it was not received"),
            Verdict::Failed => prop_assert!(
                failure.kind == FailureKind::Gone || (!uncounted && retry.planned_wait(failed + 1).is_none())
            ),
            Verdict::Retry { at, counted } => {
                prop_assert_eq!(counted, !uncounted);
                prop_assert!(at >= now + asked, "before Retry-After");
                prop_assert!(at > now && at <= now + DAY.mul_f64(1.2));
            }
        }
        // Who asks for a pause gets one, and it is no failure; who does not ask gets none.
        prop_assert_eq!(judged.pause_until.is_some(), throttled);
        prop_assert!(judged.pause_until.is_none_or(|until| until >= now + asked.max(Duration::from_secs(1)) && until <= now + DAY));
        // What cannot be made into a payload is no failure of the receiver.
        let own = failure.kind == FailureKind::Render;
        let grown = failure_run.consecutive_failures + u32::from(!uncounted && !own);
        prop_assert_eq!(judged.failure_run.consecutive_failures, grown);
        let reason = match failure.kind {
            _ if uncounted || own => None,
            FailureKind::Gone => Some(DisableReason::Gone),
            _ if disable_after.is_some_and(|most| grown >= most) => Some(DisableReason::ConsecutiveFailures),
            _ if failure_run.failing_since.is_some_and(|since| now.since(since) >= 5 * DAY) => Some(DisableReason::FailingForDays),
            _ => None,
        };
        prop_assert_eq!(judged.disable, reason);
    }
}

#[test]
fn throttling_puts_a_delivery_off_until_its_two_hundredth_attempt() {
    let mut webhook = any_webhook(1);
    webhook.settings.retry = serde_json::from_str(r#"{"preset":"none"}"#).unwrap();
    let throttled = failed(START, 429, FailureKind::Throttled, None);
    for (attempts, ends) in [(198, false), (199, true)] {
        let owed = Owed { attempts, ..any_owed() };
        let judged = judge(&webhook, &owed, &throttled, FailureRun::default(), START, &mut StdRng::seed_from_u64(1));
        assert_eq!(judged.verdict == Verdict::Failed, ends, "after {attempts} attempts: {:?}", judged.verdict);
    }
}
