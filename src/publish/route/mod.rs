//! Which webhooks of a tenant want an event, and why others do not.
//!
//! In go events, out they come with the webhooks that are owed them. Nothing here survives a crash or needs to: each tenant has an
//! index that is derived from the store's view of its webhooks, and brought up to date before each use, so that a webhook whose
//! creation was answered matches the very next event. Cost follows the number of matches, not the number of webhooks, and is the
//! tenant's own: what others have or change is looked at by nothing that is done for it.

mod compiled;
mod condition;
mod error;
mod index;
mod known;
mod matching;
mod tenant_index;
mod trial;
mod verdicts;

use std::{sync::Arc, task::Poll};

use tokio::task::JoinSet;

pub use self::{
    compiled::CompiledPatterns,
    error::{RouteError, TooMuch},
    index::Index,
    trial::{Trial, Tried, TriedEvent},
    verdicts::{Judged, Verdicts, mismatch},
};
pub(super) use self::{
    error::{MOST_COPIED, MOST_DELIVERIES},
    matching::ReadData,
};
use self::{known::Known, matching::Matching, tenant_index::TenantIndex};
use crate::{
    clock::Clock,
    model::{NewEvent, TenantKey},
    store::{Routed, Webhooks},
    work::{Slice, Work},
};

/// Tenants whose webhooks are entered at one time by the way: one with much work does not hold the others up.
const MOST_ENTERING: usize = 64;

/// Finds the webhooks that asked for an event. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Router {
    known: Arc<Known>,
    work: Work,
}

impl Router {
    /// Over the webhooks of this store. A tenant's are entered when it publishes for the first time, or before that by
    /// [`Router::enter_all`].
    pub fn new(store: Arc<dyn Webhooks>, clock: Clock, work: Work) -> Router {
        Router { known: Arc::new(Known::new(store, clock)), work }
    }

    /// Each event with the webhooks that want it.
    ///
    /// # Errors
    /// They would cause more than can be kept at one time, or much work of the tenant is waiting.
    pub async fn route(&self, tenant: TenantKey, events: Vec<NewEvent>) -> Result<Routed, RouteError> {
        let mut matching = Matching::new(self.known.clone(), tenant, events);
        Ok(self.work.ask(tenant, move |slice| matching.go_on(slice)).await??)
    }

    /// The same of one event of many tenants, piece by piece. `data` is kept for all of them.
    pub fn matching(
        &self,
        tenant: TenantKey,
        event: NewEvent,
        data: ReadData,
    ) -> impl FnMut(&mut Slice) -> Poll<Result<Routed, TooMuch>> + Send + use<> {
        let mut matching = Matching::of_read(self.known.clone(), tenant, vec![event], data);
        move |slice| matching.go_on(slice)
    }

    /// The tenants that have webhooks.
    pub fn tenants(&self) -> Vec<TenantKey> {
        self.known.with_webhooks()
    }

    /// Enters what has changed, each tenant's in its own turn, and forgets what nobody has any more. So the first event after a
    /// start finds its tenant's webhooks entered, and what was deleted takes no memory until its tenant publishes again. Tells how
    /// many indexes were not up to date.
    pub async fn enter_all(&self) -> usize {
        let behind = self.known.behind();
        let (count, mut entering) = (behind.len(), JoinSet::new());
        for index in behind {
            while entering.len() >= MOST_ENTERING {
                entering.join_next().await;
            }
            entering.spawn(enter(self.work.clone(), index));
        }
        // A panic of one is a defect, of which the log says where, and leaves what it did not enter to the next call.
        while entering.join_next().await.is_some() {}
        self.known.forget_needless();
        count
    }
}

/// Enters what a tenant has changed.
async fn enter(work: Work, index: Arc<TenantIndex>) {
    let (tenant, revision) = (index.tenant(), index.committed());
    let entering = move |slice: &mut Slice| match index.catch_up(revision, slice) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    };
    work.run(tenant, entering).await;
}
