//! Places for requests to receivers that are no deliveries: tests, probes, handshakes.
//!
//! They wait for nobody, as deliveries do in their lanes, so their number is bounded here, and shared between tenants: of
//! what is left, a tenant takes no more than it leaves for others. One whose receivers all hang keeps nobody else from
//! trying a webhook.

use std::future::Future;

use crate::{budget::Budget, model::TenantKey};

/// The places. Cheap to clone; clones share them.
#[derive(Clone, Debug)]
pub struct Outbound(Budget<TenantKey>);

/// There is no place for another request of this tenant at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too many requests that are no deliveries are under way")]
pub struct NoPlace;

impl Outbound {
    /// So many requests at one time, of all tenants together.
    pub fn new(places: usize) -> Outbound {
        Outbound(Budget::new(places))
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
        let place = self.0.take(tenant, 1).map_err(|_| NoPlace)?;
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
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    const HANGING: TenantKey = TenantKey(1);
    const OTHER: TenantKey = TenantKey(2);

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
        while budget.0.taken() > 0 {
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
}
