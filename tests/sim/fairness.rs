//! One webhook never delays another: a healthy lane alone, and beside others that take what slots they can get.

use std::time::Duration;

use lanehook::model::{DeliveryId, TenantKey, Timestamp};

use crate::{
    plan::{Action, Plan, START, any_webhook},
    receivers::Receiver,
    world::World,
};

const SLOTS: usize = 64;
const EVERY_MS: u64 = 300;
const PER_MINUTE: u64 = 60_000 / EVERY_MS;

/// Webhooks that hang.
struct Hanging {
    tenant: i64,
    count: i64,
    /// Each one's `max_concurrency`.
    most: u32,
}

/// How long the events of the healthy webhook of tenant 1 wait beside these: 99 of 100 of them, in the minute after so many
/// seconds.
fn healthy_p99(hanging: &Hanging, after: u64) -> Duration {
    let mut webhooks = vec![(any_webhook(1), Receiver::Well)];
    for number in 2..2 + hanging.count {
        let mut webhook = any_webhook(number);
        (webhook.tenant, webhook.settings.max_concurrency) = (TenantKey(hanging.tenant), hanging.most);
        webhooks.push((webhook, Receiver::Hanging));
    }
    let tenant = |number| TenantKey(number);
    let publish = |of, ms| (START + Duration::from_millis(ms), Action::Publish { tenant: tenant(of), key: None });
    let mut actions: Vec<_> = (0..PER_MINUTE + PER_MINUTE * after / 60).map(|n| publish(1, n * EVERY_MS)).collect();
    if hanging.tenant != 1 {
        actions.extend((0..300 + 5 * after).map(|n| publish(hanging.tenant, n * 200)));
    }
    actions.sort_by_key(|(time, _)| *time);
    let calm_at = START + Duration::from_secs(61 + after);
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
    let mut waits: Vec<Duration> = mine
        .enumerate()
        .map(|(n, row)| waited(row.owed.id, START + Duration::from_millis(n as u64 * EVERY_MS)))
        .collect();
    let mut waits = waits.split_off((PER_MINUTE * after / 60) as usize);
    waits.sort_unstable();
    assert_eq!(waits.len(), PER_MINUTE as usize);
    waits[waits.len() * 99 / 100]
}

fn is_as_fast_as_alone(hanging: &Hanging, after: u64) {
    let alone = healthy_p99(&Hanging { count: 0, ..*hanging }, after);
    let beside = healthy_p99(hanging, after);
    assert!(beside <= alone.mul_f64(1.2), "{beside:?} beside {}, {alone:?} alone", hanging.count);
}

#[test]
fn a_healthy_webhook_is_as_fast_beside_hanging_ones_as_alone() {
    // Also beside more of them than there are slots.
    for (count, most) in [(1, 16), (1, 1000), (3, 16), (10, 16), (30, 1000), (200, 16)] {
        is_as_fast_as_alone(&Hanging { tenant: 2, count, most }, 0);
    }
}

#[test]
fn so_it_is_beside_hanging_ones_of_its_own_tenant_once_they_are_known() {
    for (count, most) in [(10, 16), (30, 1000), (100, 16)] {
        is_as_fast_as_alone(&Hanging { tenant: 1, count, most }, 120);
    }
}
