//! One webhook never delays another: a healthy lane alone, and beside others that take what slots they can get.

use std::time::Duration;

use lanehook::{
    model::{DeliveryId, TenantKey, Timestamp},
    webhook::Status,
};

use crate::{
    plan::{Action, Plan, START, any_webhook},
    receivers::Receiver,
    world::World,
};

const SLOTS: usize = 64;
const EVERY_MS: u64 = 300;
const PER_MINUTE: u64 = 60_000 / EVERY_MS;

/// Webhooks beside a healthy one of tenant 1.
struct Others<'a> {
    receiver: Receiver,
    /// The tenants whose they are.
    tenants: &'a [i64],
    /// How many each of them has.
    count: i64,
    /// Each one's `max_concurrency`.
    most: u32,
    /// When they begin, in seconds.
    from: u64,
}

/// How long 99 of 100 of the healthy webhook's events wait in the minute after the others have begun.
fn healthy_p99(others: &Others) -> Duration {
    let healthy = any_webhook(1);
    let begin_at = START + Duration::from_secs(others.from);
    let (mut webhooks, mut actions) = (vec![(healthy.clone(), Receiver::Well)], Vec::new());
    for number in 0..others.count * others.tenants.len() as i64 {
        let mut webhook = any_webhook(2 + number);
        webhook.tenant = TenantKey(others.tenants[number as usize % others.tenants.len()]);
        webhook.settings.max_concurrency = others.most;
        if others.from > 0 {
            webhook.settings.status = Status::Paused;
            actions.push((begin_at, Action::Status(webhook.key, Status::Active)));
        }
        webhooks.push((webhook, others.receiver));
    }
    let before = others.from * 1000 / EVERY_MS;
    let mut tenants = others.tenants.to_vec();
    tenants.extend([1]);
    tenants.sort_unstable();
    tenants.dedup();
    for n in 0..before + PER_MINUTE {
        let at = START + Duration::from_millis(n * EVERY_MS);
        actions.extend(tenants.iter().map(|&of| (at, Action::Publish { tenant: TenantKey(of), key: None })));
    }
    actions.sort_by_key(|(time, _)| *time);
    let plan = Plan {
        webhooks,
        actions,
        slots: SLOTS,
        at_once: 32,
        held: 100_000,
        failing_loads: 0,
        forgetful: 0,
        unsent: 0,
        rejected: 0,
        large: 0,
        calm_at: begin_at + Duration::from_secs(61),
        resume: true,
    };
    let mut world = World::new(plan, 1, false);
    world.run();
    let mine = world.model.rows.values().filter(|row| row.owed.webhook == healthy.key);
    let waited = |id: DeliveryId, published: Timestamp| world.finished_at[&id].since(published);
    let mut waits: Vec<Duration> = mine
        .enumerate()
        .map(|(n, row)| waited(row.owed.id, START + Duration::from_millis(n as u64 * EVERY_MS)))
        .collect();
    let mut waits = waits.split_off(before as usize);
    waits.sort_unstable();
    assert_eq!(waits.len(), PER_MINUTE as usize);
    waits[waits.len() * 99 / 100]
}

fn is_as_fast_as_alone(others: &Others) {
    let alone = healthy_p99(&Others { count: 0, ..*others });
    let beside = healthy_p99(others);
    assert!(beside <= alone.mul_f64(1.2), "{beside:?} beside {}, {alone:?} alone", others.count);
}

#[test]
fn a_healthy_webhook_is_as_fast_beside_hanging_ones_as_alone() {
    // Also beside more of them than there are slots.
    for (count, most) in [(1, 16), (1, 1000), (3, 16), (10, 16), (30, 1000), (200, 16)] {
        is_as_fast_as_alone(&Others { receiver: Receiver::Hanging, tenants: &[2], count, most, from: 0 });
    }
}

#[test]
fn once_it_is_known_nobody_delays_it() {
    let all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    for (tenants, count) in [(&all[..1], 10), (&all[..1], 100), (&all, 10)] {
        is_as_fast_as_alone(&Others { receiver: Receiver::Hanging, tenants, count, most: 16, from: 10 });
    }
}

#[test]
fn webhooks_that_hang_now_and_then_do_not_delay_it() {
    // Each may hang before it is known to: sixteen do not fill half of the slots, their tenant's part.
    is_as_fast_as_alone(&Others { receiver: Receiver::Flaky(50), tenants: &[1], count: 16, most: 16, from: 10 });
}
