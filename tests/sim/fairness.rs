//! One webhook never delays another: a healthy lane alone, and beside others that take what slots they can get.

use std::time::Duration;

use lanehook::model::{DeliveryId, TenantKey, Timestamp};

use crate::{
    plan::{Action, Plan, START, any_webhook},
    receivers::Receiver,
    world::World,
};

const SLOTS: usize = 64;

/// The 99th percentile of how long the healthy webhook of tenant 1 waits, with so many hanging ones of tenant 2.
fn healthy_p99(hanging: i64, most: u32) -> Duration {
    let mut webhooks = vec![(any_webhook(1), Receiver::Well)];
    for number in 2..2 + hanging {
        let mut webhook = any_webhook(number);
        (webhook.tenant, webhook.settings.max_concurrency) = (TenantKey(2), most);
        webhooks.push((webhook, Receiver::Hanging));
    }
    let publish =
        |tenant, ms| (START + Duration::from_millis(ms), Action::Publish { tenant: TenantKey(tenant), key: None });
    let mut actions: Vec<_> = (0..600).map(|n| publish(1, 100 * n)).collect();
    actions.extend((0..300).map(|n| publish(2, 200 * n)));
    actions.sort_by_key(|(time, _)| *time);
    let calm_at = START + Duration::from_secs(61);
    let plan = Plan {
        webhooks,
        actions,
        slots: SLOTS,
        failing_loads: 0,
        forgetful: 0,
        unsent: 0,
        apart: 0,
        calm_at,
        resume: true,
    };
    let mut world = World::new(plan, 1, false);
    world.run();
    let mine = world.model.rows.values().filter(|row| row.owed.webhook == any_webhook(1).key);
    let waited = |id: DeliveryId, published: Timestamp| world.finished_at[&id].since(published);
    let mut waits: Vec<Duration> =
        mine.enumerate().map(|(n, row)| waited(row.owed.id, START + Duration::from_millis(100 * n as u64))).collect();
    waits.sort_unstable();
    assert_eq!(waits.len(), 600);
    waits[waits.len() * 99 / 100]
}

#[test]
fn a_healthy_webhook_is_as_fast_beside_hanging_ones_as_alone() {
    let alone = healthy_p99(0, 16);
    // Never as many as there are slots: against more than that nothing helps but more slots.
    for (hanging, most) in [(1, 16), (1, 1000), (3, 16), (10, 16), (30, 1000)] {
        let beside = healthy_p99(hanging, most);
        assert!(beside <= alone.mul_f64(1.2), "{beside:?} beside {hanging} of {most}, {alone:?} alone");
    }
}
