//! Single facts about all lanes together.

use std::{sync::Arc, time::Duration};

use lanehook::{
    lane::{Action, BatchOutcome, LaneCore, LaneLimits, Loaded, Report},
    model::{DeliveryId, DisableReason, EventKey, FailureKind, Health, Owed, Serial, Timestamp, WebhookKey},
    store::{Backlog, Fresh, Wake},
};
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    plan::{START, any_webhook},
    receivers::failed,
};

const KEY: WebhookKey = WebhookKey(Serial::nth(1));

fn core() -> LaneCore {
    LaneCore::new(LaneLimits { cancel_slice: 10, ..LaneLimits::default() })
}

fn hear(core: &mut LaneCore, report: Report, now: Timestamp) {
    core.hear(report, now, &mut StdRng::seed_from_u64(1));
}

fn owes(core: &mut LaneCore, next_retry: Option<Timestamp>) {
    let backlog = Backlog { webhook: KEY, health: Health::default(), fresh: true, next_retry };
    core.owes(backlog, Some(Arc::new(any_webhook(1))));
}

fn owed(number: i64) -> Owed {
    let id = DeliveryId(Serial::nth(number));
    let event = EventKey(Serial::nth(number));
    Owed { id, webhook: KEY, event, attempts: 0, failed: 0, last_attempt: None, ordering_key: None }
}

fn cancels(core: &mut LaneCore, now: Timestamp) -> bool {
    matches!(core.step(now), Some(Action::Cancel { limit: 10, .. }))
}

#[test]
fn what_a_deleted_webhook_is_owed_is_given_up_to_the_end() {
    let mut core = core();
    let cancelled = |count| Report::Cancelled { webhook: KEY, count };
    core.woken(Wake::Fresh(KEY), |_| None);
    assert!(cancels(&mut core, START));
    hear(&mut core, cancelled(Some(10)), START);
    assert!(cancels(&mut core, START), "there may be more");
    hear(&mut core, cancelled(None), START);
    assert!(core.step(START).is_none(), "a store that failed is left alone for a moment");
    let again = core.wakes_at().expect("it is tried again");
    assert_eq!(again, START + Duration::from_secs(1));
    assert!(cancels(&mut core, again));
    core.woken(Wake::Fresh(KEY), |_| None);
    assert!(core.step(again).is_none(), "one at a time");
    hear(&mut core, cancelled(Some(3)), again);
    assert!(cancels(&mut core, again), "more was owed meanwhile");
    hear(&mut core, cancelled(Some(0)), again);
    assert!(core.step(again).is_none());
    assert_eq!(core.wakes_at(), None);
}

#[test]
fn a_webhook_is_disabled_once_the_reason_is_durable() {
    let mut core = core();
    owes(&mut core, None);
    let Some(Action::Load { load, .. }) = core.step(START) else { panic!("it is owed something") };
    let fresh = Fresh { deliveries: vec![owed(5)], more: false, upto: DeliveryId(Serial::nth(5)) };
    hear(&mut core, Report::Loaded { webhook: KEY, load, loaded: Some(Loaded::Fresh(fresh)) }, START);
    let Some(Action::Send { slot, .. }) = core.step(START) else { panic!("it may go") };
    assert_eq!((core.in_flight(), core.is_at_rest()), (1, false));
    let batch = vec![DeliveryId(Serial::nth(5))];
    let outcome = failed(START, 410, FailureKind::Gone, None);
    let outcomes = Some(vec![BatchOutcome { deliveries: batch.clone(), outcome }]);
    hear(&mut core, Report::CameBack { webhook: KEY, slot, batch, outcomes }, START);
    assert!(matches!(core.step(START), Some(Action::Record(settled)) if settled.len() == 1));
    assert!(core.step(START).is_none());
    assert_eq!((core.in_flight(), core.unrecorded()), (0, 1));
    hear(&mut core, Report::Recorded(vec![(KEY, DeliveryId(Serial::nth(5)))]), START);
    let disabled = core.step(START);
    assert!(matches!(disabled, Some(Action::Disable { webhook: KEY, reason: DisableReason::Gone })), "{disabled:?}");
    assert!(core.is_at_rest());
}

#[test]
fn once_stopping_nothing_is_begun() {
    let mut core = core();
    owes(&mut core, Some(START + Duration::from_secs(5)));
    core.stop();
    assert!(core.step(START).is_none());
    assert_eq!(core.wakes_at(), None);
}
