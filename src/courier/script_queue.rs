//! Whose script runs next.
//!
//! Each webhook's runs go one after another, and a tenant has only few at a time. It has one for all webhooks that took long
//! lately, and one for all whose script has not run yet; of all tenants together, these have half and a quarter of what there
//! is. So scripts that are known to be quick do not wait for scripts that use up their time. Nothing survives a crash, or
//! needs to.

use std::{
    collections::HashMap,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;

use crate::{
    lane::{LatencyClass, LatencyHistory},
    model::{TenantKey, WebhookKey},
};

/// A run that has used this much of the processor was a long one; the usual one uses a fortieth.
const LONG: Duration = Duration::from_millis(10);
/// Webhooks that are known.
const KNOWN: usize = 100_000;

/// A script is its webhook's.
type Owner = (TenantKey, WebhookKey);

/// Says who may run, and lets everybody else wait.
pub struct ScriptQueue {
    webhooks: KeyedLimit<Owner>,
    quick: KeyedLimit<TenantKey>,
    new: KeyedLimit<TenantKey>,
    new_of_all: Semaphore,
    slow: KeyedLimit<TenantKey>,
    slow_of_all: Semaphore,
    checks: KeyedLimit<TenantKey>,
    /// Those that have run.
    known: Mutex<HashMap<Owner, LatencyHistory>>,
}

impl ScriptQueue {
    /// For this many runs at a time.
    pub fn new(count: usize) -> ScriptQueue {
        ScriptQueue {
            webhooks: KeyedLimit::new(1),
            quick: KeyedLimit::new((count / 4).max(2)),
            new: KeyedLimit::new(1),
            new_of_all: Semaphore::new((count / 4).max(1)),
            slow: KeyedLimit::new(1),
            slow_of_all: Semaphore::new((count / 2).max(1)),
            checks: KeyedLimit::new(1),
            known: Mutex::default(),
        }
    }

    /// Does a webhook's work, which is some runs in a row, when it is its turn.
    pub async fn of_webhook<T>(&self, owner: Owner, work: impl Future<Output = T>) -> T {
        self.webhooks.take(owner, work).await
    }

    /// Does a run, which tells what it has used of the processor, when it is its webhook's turn. One that has used nothing
    /// never began, and says nothing.
    pub async fn run<T>(&self, owner: Owner, run: impl Future<Output = (T, Duration)>) -> T {
        let record = self.known().get(&owner).copied().unwrap_or_default();
        let (of_tenant, of_all) = match record.class() {
            LatencyClass::New => (&self.new, Some(&self.new_of_all)),
            LatencyClass::Quick => (&self.quick, None),
            LatencyClass::Slow => (&self.slow, Some(&self.slow_of_all)),
        };
        let in_turn = async {
            let _turn = match of_all {
                // It is never closed.
                Some(of_all) => of_all.acquire().await.ok(),
                None => None,
            };
            run.await
        };
        let (done, used) = of_tenant.take(owner.0, in_turn).await;
        if !used.is_zero() {
            let mut known = self.known();
            if known.len() >= KNOWN && !known.contains_key(&owner) {
                // They are known again after a run each.
                known.clear();
            }
            known.insert(owner, record.after(used >= LONG));
        }
        done
    }

    /// Checks a script of this tenant when it is its turn.
    pub async fn check<T>(&self, tenant: TenantKey, check: impl Future<Output = T>) -> T {
        self.checks.take(tenant, check).await
    }

    fn known(&self) -> MutexGuard<'_, HashMap<Owner, LatencyHistory>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As many at a time for each key.
struct KeyedLimit<K> {
    at_a_time: usize,
    waiting: Mutex<HashMap<K, Arc<Semaphore>>>,
}

impl<K: Copy + Eq + Hash> KeyedLimit<K> {
    fn new(at_a_time: usize) -> KeyedLimit<K> {
        KeyedLimit { at_a_time, waiting: Mutex::default() }
    }

    /// Cancel-safe: who is given up waits no longer.
    async fn take<T>(&self, key: K, work: impl Future<Output = T>) -> T {
        // Dropped last.
        let _leaves = Leaves(self, key);
        let limit = self.locked().entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.at_a_time))).clone();
        // It is never closed.
        let _turn = limit.acquire().await;
        work.await
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<K, Arc<Semaphore>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets a key that nobody has or waits for any more, however its last one went.
struct Leaves<'s, K: Copy + Eq + Hash>(&'s KeyedLimit<K>, K);

impl<K: Copy + Eq + Hash> Drop for Leaves<'_, K> {
    fn drop(&mut self) {
        let mut waiting = self.0.locked();
        if waiting.get(&self.1).is_some_and(|limit| Arc::strong_count(limit) == 1) {
            waiting.remove(&self.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, future::pending};

    use super::*;
    use crate::model::Serial;

    fn webhook(tenant: i64, number: i64) -> Owner {
        (TenantKey(tenant), WebhookKey(Serial::nth(number)))
    }

    async fn ran(micros: u64) -> ((), Duration) {
        ((), Duration::from_micros(micros))
    }

    #[test]
    fn a_quick_script_does_not_wait_for_new_ones() {
        let queue = ScriptQueue::new(8);
        for tenant in [1, 2] {
            assert!(queue.run(webhook(tenant, 9), ran(300)).now_or_never().is_some());
        }
        let mut new: Vec<_> =
            (0..6).map(|number| Box::pin(queue.run(webhook(1, number), pending::<((), _)>()))).collect();
        assert!(new.iter_mut().all(|run| run.now_or_never().is_none()));
        assert!(queue.run(webhook(1, 9), ran(300)).now_or_never().is_some());
        // Another tenant's new ones have a turn, too, until a quarter of all is used.
        assert!(queue.run(webhook(2, 1), ran(300)).now_or_never().is_some());
        let mut others: Vec<_> =
            (3..9).map(|tenant| Box::pin(queue.run(webhook(tenant, 1), pending::<((), _)>()))).collect();
        assert!(others.iter_mut().all(|run| run.now_or_never().is_none()));
        assert!(queue.run(webhook(2, 2), ran(300)).now_or_never().is_none());
        assert!(queue.run(webhook(2, 9), ran(300)).now_or_never().is_some());
        assert!(queue.check(TenantKey(1), async {}).now_or_never().is_some(), "nor do checks");
    }

    #[test]
    fn a_quick_script_does_not_wait_for_slow_ones() {
        let queue = ScriptQueue::new(4);
        let slow: Vec<Owner> = (0..6).map(|number| webhook(1, number)).collect();
        for owner in [webhook(1, 9), webhook(3, 9)] {
            queue.run(owner, ran(300)).now_or_never().unwrap();
        }
        for &owner in &slow {
            assert!(queue.run(owner, ran(150_000)).now_or_never().is_some(), "nobody is slow before the first run");
        }
        let mut hanging: Vec<_> = slow.iter().map(|&owner| Box::pin(queue.run(owner, pending::<((), _)>()))).collect();
        assert!(hanging.iter_mut().all(|run| run.now_or_never().is_none()));
        assert!(queue.run(webhook(1, 9), ran(300)).now_or_never().is_some());

        // Other tenants' slow ones have what is left, which is not all.
        for tenant in 2..9 {
            queue.run(webhook(tenant, 1), ran(150_000)).now_or_never().unwrap();
        }
        let mut others: Vec<_> =
            (2..9).map(|tenant| Box::pin(queue.run(webhook(tenant, 1), pending::<((), _)>()))).collect();
        assert!(others.iter_mut().all(|run| run.now_or_never().is_none()));
        assert_eq!(queue.slow_of_all.available_permits(), 0, "half of four run");
        assert!(queue.run(webhook(3, 9), ran(300)).now_or_never().is_some());
    }

    #[test]
    fn who_is_quick_again_is_no_longer_slow() {
        let queue = ScriptQueue::new(4);
        let (hog, other) = (webhook(1, 1), webhook(1, 2));
        for owner in [hog, other] {
            queue.run(owner, ran(150_000)).now_or_never().unwrap();
        }
        queue.run(other, ran(300)).now_or_never().unwrap();
        let record = queue.known()[&other];
        assert_eq!(record, LatencyHistory::SLOW.after(false), "not at once");
        queue.run(other, ran(0)).now_or_never().unwrap();
        assert_eq!(queue.known()[&other], record, "a run that never began says nothing");
        for _ in 0..15 {
            assert_eq!(queue.known()[&other].class(), LatencyClass::Slow);
            queue.run(other, ran(300)).now_or_never().unwrap();
        }
        let mut hanging = Box::pin(queue.run(hog, pending::<((), _)>()));
        assert!((&mut hanging).now_or_never().is_none());
        assert!(queue.run(other, ran(300)).now_or_never().is_some());
    }

    #[test]
    fn a_webhooks_runs_go_one_after_another_and_nothing_of_them_is_kept() {
        let queue = ScriptQueue::new(4);
        let owner = webhook(1, 1);
        {
            let mut first = Box::pin(queue.of_webhook(owner, pending::<()>()));
            assert!((&mut first).now_or_never().is_none());
            assert!(queue.of_webhook(owner, async {}).now_or_never().is_none());
        }
        assert!(queue.webhooks.waiting.lock().unwrap().is_empty(), "also of those who were given up");
        assert!(queue.of_webhook(owner, async {}).now_or_never().is_some());
        assert!(queue.webhooks.waiting.lock().unwrap().is_empty());
    }
}
