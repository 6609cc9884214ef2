//! All inspectors, and what came to them. In memory; each method is short, and no lock is held while anything is waited for.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use super::{
    answering::{Answering, AnsweringInput},
    request::{Arrival, Given, KEPT_BODY, Received},
};
use crate::{
    budget::{Budget, Held, Tally, fair_part},
    clock::Clock,
    model::{FieldError, InspectorId, Span, TenantKey, Timestamp},
    observe::{Happening, InspectorTold, Live, What},
};

/// Inspectors of all tenants together. Of what is left a tenant takes no more than it leaves.
const MOST: usize = 4096;
/// Inspectors of one tenant.
const MOST_OF_TENANT: usize = 20;
/// Requests that one keeps; older ones make way.
const MOST_REQUESTS: usize = 100;
/// How long one stays that nobody uses: neither a request nor its tenant.
const LASTS: Duration = Duration::from_secs(86_400);
/// How often it is looked for those that nobody uses.
const SWEEPS: Duration = Duration::from_secs(60);
/// Characters of a path that are told to those who watch.
const TOLD_PATH: usize = 200;

/// All inspectors. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Inspectors(Arc<Inner>);

struct Inner {
    clock: Clock,
    /// Who is told of what comes, once that is known.
    live: OnceLock<Live>,
    /// Bytes of what inspectors keep.
    bytes: Budget<TenantKey>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bins: HashMap<InspectorId, Bin>,
    of_tenants: Tally<TenantKey>,
    /// How many were made.
    made: u64,
    next_sweep: Duration,
}

/// One inspector.
struct Bin {
    tenant: TenantKey,
    /// The how manieth it is.
    nth: u64,
    created_at: Timestamp,
    answering: Arc<Answering>,
    /// By the clock that only grows.
    used: Duration,
    /// In the order in which they came.
    requests: VecDeque<Arc<Received>>,
    /// How many came.
    came: u64,
    /// How many made way for others.
    forgotten: u64,
}

/// An inspector as it is now.
#[derive(Clone, Debug)]
pub struct Inspector {
    pub id: InspectorId,
    /// The how manieth it is of all.
    pub nth: u64,
    /// What it answers.
    pub answering: Arc<Answering>,
    pub created_at: Timestamp,
    /// When it is forgotten if nobody uses it.
    pub expires_at: Timestamp,
    /// Requests that it keeps.
    pub requests: usize,
    /// Requests that came and are kept no more, but for those that were emptied out.
    pub forgotten: u64,
    /// When the last of those that it keeps came.
    pub last_at: Option<Timestamp>,
}

/// Why there is no new inspector, or no change of one.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum NotMade {
    /// The tenant has as many as it may.
    #[error("the tenant has {0} inspectors, as many as it may; delete one that is not needed")]
    TooMany(usize),
    /// There is no memory left for it.
    #[error("what inspectors may keep in memory is used up; delete one that is not needed, or empty one")]
    NoRoom,
    /// What it should answer cannot be answered.
    #[error("it cannot answer like that")]
    Invalid(Vec<FieldError>),
}

/// What came of a request to an inspector.
#[derive(Clone, Debug)]
pub enum Visited {
    /// It answers this.
    Answer(Arc<Answering>),
    /// Its delay is longer than who asks is willing to wait.
    GaveUp,
}

impl Inspectors {
    /// There are none yet. `bytes`: how many all together may keep.
    pub fn new(clock: Clock, bytes: usize) -> Inspectors {
        let (live, bytes) = (OnceLock::new(), Budget::new(bytes));
        Inspectors(Arc::new(Inner { clock, live, bytes, state: Mutex::default() }))
    }

    /// Tells those who watch there of what comes. The first time counts.
    pub fn tell_to(&self, live: Live) {
        let _ = self.0.live.set(live);
    }

    /// Makes one under this id, which comes from chance.
    ///
    /// # Errors
    /// There are too many, or it cannot be.
    pub fn make(&self, tenant: TenantKey, id: InspectorId, input: AnsweringInput) -> Result<Inspector, NotMade> {
        let answering = self.answering(tenant, &Answering::default(), input)?;
        let (now, passed) = self.now();
        let mut state = self.locked(passed);
        let own = state.of_tenants.of(tenant);
        if own >= MOST_OF_TENANT || fair_part(MOST.saturating_sub(state.bins.len()), own) == 0 {
            return Err(NotMade::TooMany(own));
        }
        state.made += 1;
        let bin = Bin {
            tenant,
            nth: state.made,
            created_at: now,
            answering,
            used: passed,
            requests: VecDeque::new(),
            came: 0,
            forgotten: 0,
        };
        let made = bin.shown(id, now, passed);
        state.of_tenants.add(tenant, 1);
        state.bins.insert(id, bin);
        Ok(made)
    }

    /// A tenant's, newest first. That is no use of them.
    pub fn list(&self, tenant: TenantKey) -> Vec<Inspector> {
        let (now, passed) = self.now();
        let state = self.locked(passed);
        let own = state.bins.iter().filter(|(_, bin)| bin.tenant == tenant && !bin.is_over(passed));
        let mut found: Vec<Inspector> = own.map(|(id, bin)| bin.shown(*id, now, passed)).collect();
        found.sort_by_key(|inspector| std::cmp::Reverse(inspector.nth));
        found
    }

    /// A tenant's inspector, if it has it.
    pub fn find(&self, tenant: TenantKey, id: InspectorId) -> Option<Inspector> {
        let (now, passed) = self.now();
        self.locked(passed).used(tenant, id, passed).map(|bin| bin.shown(id, now, passed))
    }

    /// Whether a tenant has it. That is no use of it.
    pub fn has(&self, tenant: TenantKey, id: InspectorId) -> bool {
        let (_, passed) = self.now();
        self.locked(passed).bins.get(&id).is_some_and(|bin| bin.tenant == tenant && !bin.is_over(passed))
    }

    /// Whose it is.
    pub fn owner(&self, id: InspectorId) -> Option<TenantKey> {
        let (_, passed) = self.now();
        self.locked(passed).bins.get(&id).filter(|bin| !bin.is_over(passed)).map(|bin| bin.tenant)
    }

    /// Changes what it answers. `None`: the tenant has no such inspector.
    ///
    /// # Errors
    /// It cannot be like that; then it is as it was.
    pub fn change(
        &self,
        tenant: TenantKey,
        id: InspectorId,
        input: AnsweringInput,
    ) -> Result<Option<Inspector>, NotMade> {
        let Some(before) = self.find(tenant, id) else { return Ok(None) };
        let answering = self.answering(tenant, &before.answering, input)?;
        let (now, passed) = self.now();
        let mut state = self.locked(passed);
        Ok(state.used(tenant, id, passed).map(|bin| {
            bin.answering = answering;
            bin.shown(id, now, passed)
        }))
    }

    /// Deletes it with what came to it. Whether there was one.
    pub fn delete(&self, tenant: TenantKey, id: InspectorId) -> bool {
        let (_, passed) = self.now();
        let mut state = self.locked(passed);
        let is_there = state.used(tenant, id, passed).is_some();
        let gone = is_there.then(|| state.remove(id));
        drop(state);
        gone.is_some()
    }

    /// What came to it, newest first. `None`: the tenant has no such inspector.
    pub fn requests(&self, tenant: TenantKey, id: InspectorId) -> Option<Vec<Arc<Received>>> {
        let (_, passed) = self.now();
        let mut state = self.locked(passed);
        state.used(tenant, id, passed).map(|bin| bin.requests.iter().rev().cloned().collect())
    }

    /// Forgets what came to it. `None`: the tenant has no such inspector.
    pub fn empty(&self, tenant: TenantKey, id: InspectorId) -> Option<()> {
        let (_, passed) = self.now();
        let mut state = self.locked(passed);
        let emptied = state.used(tenant, id, passed).map(|bin| {
            bin.forgotten = 0;
            std::mem::take(&mut bin.requests)
        });
        drop(state);
        emptied.map(drop)
    }

    /// A request to one of a tenant's inspectors, to its end: it is kept, waits as long as the inspector is slow, and is answered;
    /// who asks waits for `patience` at most. `None`: the tenant has no such inspector.
    pub async fn visit(&self, tenant: TenantKey, id: InspectorId, arrival: Arrival, patience: Span) -> Option<Visited> {
        let began = self.0.clock.now();
        let (answering, received) = self.take_in(tenant, id, arrival)?;
        let gives_up = answering.delay > patience;
        if !answering.delay.0.is_zero() {
            self.tell(tenant, id, received.as_deref());
            self.0.clock.sleep_until(began + answering.delay.min(patience).0).await;
        }
        if let Some(received) = received {
            let now = self.0.clock.now();
            let given = if gives_up { Given::GaveUp(patience, now) } else { Given::Answer(answering.clone(), now) };
            // It is set here only.
            let _ = received.given.set(given);
            self.tell(tenant, id, Some(&received));
        }
        Some(if gives_up { Visited::GaveUp } else { Visited::Answer(answering) })
    }

    /// Keeps a request, as much of it as there is room for; what it is to be answered with. Older ones of the same inspector make way.
    fn take_in(
        &self,
        tenant: TenantKey,
        id: InspectorId,
        mut arrival: Arrival,
    ) -> Option<(Arc<Answering>, Option<Arc<Received>>)> {
        arrival.cut();
        let (now, passed) = self.now();
        let mut state = self.locked(passed);
        let bin = state.used(tenant, id, passed)?;
        bin.came += 1;
        let mut of_body = arrival.body.len().min(KEPT_BODY);
        let received = loop {
            let size = arrival.size(of_body);
            match self.0.bytes.take(tenant, size) {
                Ok(held) => break Some(Arc::new(arrival.kept(bin.came, now, of_body, held))),
                // Its room is free once nobody reads it any more.
                Err(_) => match bin.requests.pop_front() {
                    Some(_) => bin.forgotten += 1,
                    None if of_body > 0 => of_body = 0,
                    None => {
                        bin.forgotten += 1;
                        break None;
                    }
                },
            }
        };
        if let Some(received) = &received {
            bin.requests.push_back(received.clone());
            if bin.requests.len() > MOST_REQUESTS {
                bin.requests.pop_front();
                bin.forgotten += 1;
            }
        }
        let answering = bin.answering.clone();
        drop(state);
        Some((answering, received))
    }

    /// Tells those who watch how a request stands.
    fn tell(&self, tenant: TenantKey, id: InspectorId, received: Option<&Received>) {
        let live = self.0.live.get().filter(|live| live.watched().is_some_and(|watched| watched.has(tenant)));
        let (Some(live), Some(received)) = (live, received) else { return };
        let told = InspectorTold {
            id,
            request: received.number,
            webhook: received.webhook().cloned(),
            method: received.method.clone(),
            path: received.path.chars().take(TOLD_PATH).collect(),
            status: match received.given.get() {
                Some(Given::Answer(answering, _)) => Some(answering.status.as_u16()),
                Some(Given::GaveUp(..)) | None => None,
            },
            gave_up: matches!(received.given.get(), Some(Given::GaveUp(..))),
        };
        let (now, passed) = self.now();
        let happening = Happening { tenant, at: now, what: What::Inspector(told) };
        live.tell(passed, vec![(None, happening)]);
    }

    /// What an inspector answers from now on, with the room for it.
    fn answering(
        &self,
        tenant: TenantKey,
        before: &Answering,
        input: AnsweringInput,
    ) -> Result<Arc<Answering>, NotMade> {
        let answering = before.with(input).map_err(NotMade::Invalid)?;
        let held: Held<TenantKey> = self.0.bytes.take(tenant, answering.size()).map_err(|_| NotMade::NoRoom)?;
        Ok(Arc::new(Answering { _held: Some(held), ..answering }))
    }

    fn now(&self) -> (Timestamp, Duration) {
        (self.0.clock.now(), self.0.clock.passed())
    }

    fn locked(&self, passed: Duration) -> MutexGuard<'_, State> {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        if passed >= state.next_sweep {
            state.next_sweep = passed + SWEEPS;
            let over: Vec<InspectorId> =
                state.bins.iter().filter(|(_, bin)| bin.is_over(passed)).map(|(id, _)| *id).collect();
            over.into_iter().for_each(|id| drop(state.remove(id)));
        }
        state
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.bytes.taken()
    }
}

impl State {
    /// A tenant's inspector that somebody uses now.
    fn used(&mut self, tenant: TenantKey, id: InspectorId, passed: Duration) -> Option<&mut Bin> {
        let bin = self.bins.get_mut(&id).filter(|bin| bin.tenant == tenant && !bin.is_over(passed))?;
        bin.used = passed;
        Some(bin)
    }

    fn remove(&mut self, id: InspectorId) -> Option<Bin> {
        let gone = self.bins.remove(&id)?;
        self.of_tenants.subtract(gone.tenant, 1);
        Some(gone)
    }
}

impl Bin {
    fn is_over(&self, passed: Duration) -> bool {
        passed.saturating_sub(self.used) >= LASTS
    }

    fn shown(&self, id: InspectorId, now: Timestamp, passed: Duration) -> Inspector {
        Inspector {
            id,
            nth: self.nth,
            answering: self.answering.clone(),
            created_at: self.created_at,
            expires_at: now + LASTS.saturating_sub(passed.saturating_sub(self.used)),
            requests: self.requests.len(),
            forgotten: self.forgotten,
            last_at: self.requests.back().map(|last| last.at),
        }
    }
}
