//! Places for requests to receivers that are no deliveries: tests, probes, handshakes.
//!
//! They wait for nobody, as deliveries do in their lanes, so their number is bounded here, and shared between tenants: of
//! what is left, a tenant takes no more than it leaves for others. One whose receivers all hang keeps nobody else from
//! trying a webhook.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::model::TenantKey;

/// The budget. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct Outbound(Arc<Mutex<Places>>);

#[derive(Debug)]
struct Places {
    free: usize,
    /// Nobody who holds none.
    held: HashMap<TenantKey, usize>,
}

/// There is no place for another request of this tenant at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too many requests that are no deliveries are under way")]
pub struct NoPlace;

/// Leave to make one request, until it is dropped.
#[derive(Debug)]
struct Place {
    budget: Outbound,
    tenant: TenantKey,
}

impl Outbound {
    /// So many requests at one time, of all tenants together.
    pub fn new(places: usize) -> Outbound {
        Outbound(Arc::new(Mutex::new(Places { free: places, held: HashMap::new() })))
    }

    /// Makes a request, if there is a place for it. It goes on to its end, and holds its place until then, also when
    /// nobody waits for it any more: what was begun at a receiver is not undone by hanging up.
    ///
    /// # Errors
    /// If the tenant holds as many places as are left, or none is.
    pub async fn run<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        request: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, NoPlace> {
        let place = self.take(tenant).ok_or(NoPlace)?;
        let running = tokio::spawn(async move {
            let done = request.await;
            drop(place);
            done
        });
        match running.await {
            Ok(done) => Ok(done),
            // Nobody aborts it, so it has panicked.
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(NoPlace),
            },
        }
    }

    fn take(&self, tenant: TenantKey) -> Option<Place> {
        let mut places = self.locked();
        let held = places.held.get(&tenant).copied().unwrap_or_default();
        // Each that it takes is one more for it, and one less for all others.
        if held >= places.free {
            return None;
        }
        places.free -= 1;
        places.held.insert(tenant, held + 1);
        Some(Place { budget: self.clone(), tenant })
    }

    fn locked(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.budget.locked();
        places.free += 1;
        if let Some(held) = places.held.get_mut(&self.tenant) {
            *held -= 1;
            if *held == 0 {
                places.held.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::sync::oneshot;

    use super::*;

    const HANGING: TenantKey = TenantKey(1);
    const OTHER: TenantKey = TenantKey(2);

    fn takes_all_it_may(budget: &Outbound, tenant: TenantKey) -> Vec<Place> {
        std::iter::from_fn(|| budget.take(tenant)).collect()
    }

    #[test]
    fn a_tenant_takes_no_more_than_it_leaves() {
        let budget = Outbound::new(32);
        let first = takes_all_it_may(&budget, HANGING);
        let second = takes_all_it_may(&budget, OTHER);
        assert_eq!((first.len(), second.len()), (16, 8));
        drop(first);
        assert!(budget.take(HANGING).is_some(), "what was given back is there again");
    }

    #[tokio::test]
    async fn a_request_holds_its_place_to_its_end_also_when_nobody_waits() {
        let budget = Outbound::new(1);
        let (answer, answered) = oneshot::channel::<()>();
        let (begin, begun) = oneshot::channel();
        let waiting = tokio::spawn({
            let budget = budget.clone();
            async move {
                let request = async move {
                    begin.send(()).unwrap();
                    answered.await.unwrap();
                };
                budget.run(HANGING, request).await
            }
        });
        begun.await.unwrap();
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());
        assert_eq!(budget.run(OTHER, async {}).await, Err(NoPlace));
        answer.send(()).unwrap();
        while budget.locked().free == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(budget.run(OTHER, async { 5 }).await, Ok(5));
    }

    async fn panicking() {
        panic!("on purpose")
    }

    #[tokio::test]
    async fn a_request_that_panics_gives_its_place_back() {
        let budget = Outbound::new(1);
        let panics = tokio::spawn({
            let budget = budget.clone();
            async move { budget.run(HANGING, panicking()).await }
        });
        assert!(panics.await.unwrap_err().is_panic());
        assert_eq!(budget.run(HANGING, async {}).await, Ok(()));
    }

    proptest! {
        #[test]
        fn a_newcomer_finds_a_place_while_any_is_left(places in 1usize..40, asks: Vec<(i64, bool)>) {
            let budget = Outbound::new(places);
            let mut taken: Vec<Place> = Vec::new();
            for (tenant, gives_back) in asks {
                if gives_back && !taken.is_empty() {
                    taken.swap_remove(tenant.unsigned_abs() as usize % taken.len());
                } else {
                    taken.extend(budget.take(TenantKey(tenant % 5)));
                }
                prop_assert_eq!(budget.locked().free, places - taken.len());
                prop_assert_eq!(budget.take(TenantKey(99)).is_some(), taken.len() < places);
            }
            taken.clear();
            prop_assert!(budget.locked().held.is_empty() && budget.locked().free == places, "nothing is kept");
        }
    }
}
