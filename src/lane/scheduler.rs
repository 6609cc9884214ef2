//! Runs all lanes in the server: performs what the [`LaneCore`] wants done, and tells it what came of it.
//!
//! One task owns the core, so that lanes need no locks. Whatever takes time (sending, reading, recording) is a task of its
//! own that reports at its end, also if it panics; a hint of the store that gets lost costs delay, never a delivery.

mod attempt;
mod disable;
#[cfg(test)]
mod tests;
mod told;

use std::{future::Future, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use rand::{SeedableRng, rngs::StdRng};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use self::{
    attempt::make_attempt,
    disable::disable,
    told::{BreakerBefore, FailureLog},
};
use super::{
    Action, Courier, LaneCore, LaneDesk, LaneLimits, LaneMetrics, Load, Loaded, OwedBatch, Question, Report, SlotClass,
};
use crate::{
    clock::Clock,
    model::{TenantKey, Timestamp, WebhookKey},
    store::{Backlog, Changes, Hints, LaneStore, Queue, Result, Settlement, StoreError, Wake, WebhookChange},
    webhook::{DisableReason, Webhook},
};

/// How long the store may take, when time is up, to record the last outcomes.
const LAST_RECORDS: Duration = Duration::from_secs(2);
/// While something is waited for, the clock is looked at this often: by so much can a wait become longer when it is set back.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(10);
/// How long to wait before the store is asked again for everything that is owed.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How much is begun before whoever else is ready has a turn on the threads: of a large fan-out, thousands of requests may go at
/// one time, and each begins with some 50 µs of work.
const ACTIONS_OF_TURN: usize = 32;

/// Why the lanes cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SchedulerError {
    /// What is owed could not be read at the start.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something ended by a panic without which no lane can go on. What came of the last requests is not recorded, so their
    /// deliveries are sent again after a restart.
    #[error("{0} ended by a panic; the server's log says why")]
    Panicked(&'static str),
}

/// Runs the lanes of one store.
pub struct Scheduler {
    store: Arc<dyn LaneStore>,
    courier: Arc<dyn Courier>,
    clock: Clock,
    rng: StdRng,
    core: LaneCore,
    webhooks_revision: u64,
    news: mpsc::UnboundedReceiver<News>,
    /// Not bounded by itself: each message answers an action of the core, which counts them.
    newsroom: mpsc::UnboundedSender<News>,
    desk: LaneDesk,
    questions: mpsc::Receiver<Question>,
    sends: JoinSet<()>,
    metrics: LaneMetrics,
    log: FailureLog,
}

/// What a task started by the scheduler says at its end.
#[derive(Debug)]
enum News {
    Ended(Report),
    /// Everything that is owed, after hints were missed.
    Backlogs(Vec<Backlog>),
    /// It has panicked, and there is no going on without it.
    Panicked(&'static str),
}

impl News {
    const RECORDING_PANICKED: News = News::Panicked("recording what receivers answered");
    const LOOKING_PANICKED: News = News::Panicked("looking through what is owed");
}

impl Scheduler {
    /// Over this store; `seed` drives the jitter of retries.
    pub fn new(
        store: Arc<dyn LaneStore>,
        courier: Arc<dyn Courier>,
        clock: Clock,
        limits: LaneLimits,
        seed: u64,
    ) -> Scheduler {
        let (newsroom, news) = mpsc::unbounded_channel();
        let (desk, questions) = LaneDesk::new(clock.clone());
        Scheduler {
            store,
            courier,
            clock,
            rng: StdRng::seed_from_u64(seed),
            core: LaneCore::new(limits),
            webhooks_revision: 0,
            news,
            newsroom,
            desk,
            questions,
            sends: JoinSet::new(),
            metrics: LaneMetrics::default(),
            log: FailureLog::default(),
        }
    }

    /// Counts in these.
    pub fn measured(mut self, metrics: LaneMetrics) -> Scheduler {
        self.metrics = metrics;
        self
    }

    /// Where others ask how lanes stand while it runs.
    pub fn desk(&self) -> LaneDesk {
        self.desk.clone()
    }

    /// Runs until `stop`; then sends nothing more, and returns when what was in flight is recorded, or at `give_up`.
    ///
    /// # Errors
    /// What is owed cannot be read at the start, or a defect keeps outcomes from being recorded.
    pub async fn run(
        mut self,
        stop: CancellationToken,
        give_up: CancellationToken,
    ) -> std::result::Result<(), SchedulerError> {
        let store = self.store.clone();
        let mut subscription = store.subscribe();
        self.webhooks_revision = store.webhooks().revision();
        for backlog in store.backlogs().await? {
            self.core.owes(backlog, store.webhooks().get(backlog.webhook));
        }
        let mut heard = Vec::new();
        let (mut stopping, mut question) = (false, None);
        loop {
            if stop.is_cancelled() && !stopping {
                stopping = true;
                self.core.stop();
            }
            let is_done = self.perform_some();
            self.metrics.show(&self.core);
            if stopping && is_done && self.core.is_at_rest() {
                return Ok(());
            }
            if !is_done {
                tokio::task::yield_now().await;
            }
            tokio::select! {
                () = std::future::ready(()), if !is_done => {}
                () = stop.cancelled(), if !stopping => {}
                () = give_up.cancelled(), if stopping => return self.give_up().await,
                () = subscription.changed() => {}
                _ = self.news.recv_many(&mut heard, 256) => {}
                // One in each round: what strangers ask keeps no delivery waiting.
                Some(asked) = self.questions.recv() => question = Some(asked),
                () = wait_until(&self.clock, self.core.wakes_at()) => {}
            }
            for news in heard.drain(..) {
                self.hear(news)?;
            }
            self.look(subscription.take());
            // What was committed before it was asked is known by now.
            question
                .take()
                .into_iter()
                .for_each(|question: Question| question.answer(&mut self.core, self.clock.now()));
        }
    }

    /// What changed in the store.
    fn look(&mut self, hints: Hints) {
        let view = self.store.webhooks();
        if view.revision() != self.webhooks_revision {
            let Changes { revision, more_is_gone, changes } = view.changed_since(self.webhooks_revision);
            self.webhooks_revision = revision;
            if more_is_gone {
                let gone: Vec<WebhookKey> = self.core.webhooks().filter(|key| view.get(key).is_none()).collect();
                gone.into_iter().for_each(|key| self.core.webhook_changed(WebhookChange::Deleted(key)));
            }
            changes.into_iter().for_each(|change| self.core.webhook_changed(change));
        }
        for wake in hints.wakes {
            self.core.woken(wake, |webhook| view.get(webhook));
        }
        if hints.missed {
            self.look_everywhere();
        }
    }

    /// Hints were missed: whatever is owed anything is woken.
    fn look_everywhere(&self) {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let work = async move {
            loop {
                match store.backlogs().await {
                    Ok(backlogs) => return News::Backlogs(backlogs),
                    Err(StoreError::Closed) => return News::Backlogs(Vec::new()),
                    Err(error) => tracing::warn!(%error, "what is owed could not be looked through; it is tried again"),
                }
                clock.sleep(LOOK_AGAIN).await;
            }
        };
        run_beside(self.newsroom.clone(), work, News::LOOKING_PANICKED);
    }

    /// The lanes of what is owed something look for it.
    fn wake_all(&mut self, backlogs: Vec<Backlog>) {
        let view = self.store.webhooks();
        for Backlog { webhook, pending, next_retry, .. } in backlogs {
            let pending = pending.then_some(Wake::Pending(webhook));
            for wake in pending.into_iter().chain(next_retry.map(|_| Wake::Retry(webhook))) {
                self.core.woken(wake, |webhook| view.get(webhook));
            }
        }
    }

    fn hear(&mut self, news: News) -> std::result::Result<(), SchedulerError> {
        match news {
            News::Ended(report) => {
                self.hear_report(report);
                Ok(())
            }
            News::Backlogs(backlogs) => {
                self.wake_all(backlogs);
                Ok(())
            }
            News::Panicked(what) => Err(SchedulerError::Panicked(what)),
        }
    }

    fn hear_report(&mut self, report: Report) {
        let now = self.clock.now();
        let breaker = match &report {
            Report::CameBack { outcomes: None, .. } => {
                self.metrics.put_off();
                None
            }
            Report::CameBack { webhook, outcomes: Some(outcomes), .. } => {
                if let Some(lane) = self.core.lane(*webhook) {
                    self.log.tell(lane.webhook(), outcomes, now);
                }
                Some(BreakerBefore::of(&self.core, *webhook))
            }
            _ => None,
        };
        self.core.hear(report, now, &mut self.rng);
        if let Some(before) = breaker {
            before.tell(&self.core);
        }
    }

    // ── performing actions ──────────────────────────────────────────────────────────────────────────────────────

    /// Performs what is to be done, but no more than others can wait for. Whether that was all.
    fn perform_some(&mut self) -> bool {
        let now = self.clock.now();
        for _ in 0..ACTIONS_OF_TURN {
            let Some(action) = self.core.step(now) else { return true };
            match action {
                Action::Send { webhook, slot, batch } => self.send(webhook, slot, batch),
                Action::Load { webhook, load } => self.load(webhook, load, now),
                Action::Cancel { webhook, limit } => self.cancel(webhook, limit),
                Action::Record { tenant, settlements } => self.record(tenant, settlements),
                Action::Disable { webhook, reason } => self.disable(webhook, reason),
            }
        }
        false
    }

    fn send(&mut self, webhook: Arc<Webhook>, slot: SlotClass, batch: OwedBatch) {
        let (store, courier, clock, newsroom) =
            (self.store.clone(), self.courier.clone(), self.clock.clone(), self.newsroom.clone());
        while self.sends.try_join_next().is_some() {}
        self.sends.spawn(async move {
            let outcomes = make_attempt(&*store, &*courier, &clock, &webhook, &batch).await;
            let batch = batch.owed.iter().map(|owed| owed.id).collect();
            // The scheduler is gone only when the process ends.
            let _ = newsroom.send(News::Ended(Report::CameBack { webhook: webhook.key, slot, batch, outcomes }));
        });
    }

    fn load(&mut self, webhook: WebhookKey, load: Load, now: Timestamp) {
        if let Load::Pending { after, limit } = load
            && let Some(pending) = self.store.recent_pending(webhook, after, limit)
        {
            let loaded = Some(Loaded::Pending(pending));
            return self.core.hear(Report::Loaded { webhook, load, loaded }, now, &mut self.rng);
        }
        let store = self.store.clone();
        let failed = News::Ended(Report::Loaded { webhook, load: load.clone(), loaded: None });
        let work = async move {
            let loaded = read(&*store, webhook, &load).await;
            News::Ended(Report::Loaded { webhook, load, loaded })
        };
        run_beside(self.newsroom.clone(), work, failed);
    }

    fn cancel(&self, webhook: WebhookKey, limit: usize) {
        let store = self.store.clone();
        let failed = News::Ended(Report::Cancelled { webhook, count: None });
        let work = async move {
            let count = store.cancel_owed(webhook, limit).await.ok();
            News::Ended(Report::Cancelled { webhook, count })
        };
        run_beside(self.newsroom.clone(), work, failed);
    }

    fn record(&self, tenant: TenantKey, settlements: Vec<Settlement>) {
        let store = self.store.clone();
        let work = async move {
            let recorded = settlements.iter().flat_map(|one| &one.owed).map(|owed| (owed.webhook, owed.id)).collect();
            store.record(tenant, settlements).await;
            News::Ended(Report::Recorded(recorded))
        };
        // The store queues outcomes when it is asked first.
        begin_here(self.newsroom.clone(), work, News::RECORDING_PANICKED);
    }

    fn disable(&self, webhook: Arc<Webhook>, reason: DisableReason) {
        let (store, key, judged, now) = (self.store.clone(), webhook.key, webhook.version, self.clock.now());
        let ended = move |off_at| News::Ended(Report::Disabled { webhook: key, judged, off_at });
        let work = async move { ended(disable(store, webhook, reason, now).await) };
        run_beside(self.newsroom.clone(), work, ended(None));
    }

    // ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────

    /// Time is up: what has not answered by now is sent again after the restart, and so is what cannot be recorded soon.
    async fn give_up(&mut self) -> std::result::Result<(), SchedulerError> {
        self.sends.shutdown().await;
        // What has answered has said so by now.
        while let Ok(news) = self.news.try_recv() {
            self.hear(news)?;
        }
        let in_flight = self.core.in_flight();
        if in_flight > 0 {
            tracing::warn!(in_flight, "stopped waiting for receivers; their deliveries are sent again");
        }
        let clock = self.clock.clone();
        tokio::select! {
            recorded = self.recorded() => recorded,
            () = clock.sleep(LAST_RECORDS) => {
                let (unrecorded, disabling) = (self.core.unrecorded(), self.core.disabling());
                if unrecorded > 0 {
                    tracing::warn!(unrecorded, "outcomes cannot be recorded; their deliveries are sent again");
                }
                if disabling > 0 {
                    tracing::warn!(disabling, "failing webhooks were not disabled; their next failures ask for it again");
                }
                Ok(())
            }
        }
    }

    /// Returns when every outcome heard of is durable, and what follows from it is done.
    async fn recorded(&mut self) -> std::result::Result<(), SchedulerError> {
        loop {
            while !self.perform_some() {}
            if self.core.is_recorded() {
                return Ok(());
            }
            // The channel cannot end while `self` holds a sender of it.
            let Some(news) = self.news.recv().await else { return Ok(()) };
            self.hear(news)?;
        }
    }
}

/// Runs `work` in a task of its own and sends the news of its end; if it panics, `failed`. So whoever waits for the end
/// hears of one, whatever happens.
fn run_beside(newsroom: mpsc::UnboundedSender<News>, work: impl Future<Output = News> + Send + 'static, failed: News) {
    tokio::spawn(async move {
        let news = AssertUnwindSafe(work).catch_unwind().await.unwrap_or(failed);
        // The scheduler is gone only when the process ends.
        let _ = newsroom.send(news);
    });
}

/// The same for work whose beginning has to come before that of what is begun later: it is done here, up to where it waits.
fn begin_here(newsroom: mpsc::UnboundedSender<News>, work: impl Future<Output = News> + Send + 'static, failed: News) {
    let mut work = Box::pin(AssertUnwindSafe(work).catch_unwind());
    // The scheduler is gone only when the process ends.
    match (&mut work).now_or_never() {
        Some(ended) => drop(newsroom.send(ended.unwrap_or(failed))),
        None => drop(tokio::spawn(async move { newsroom.send(work.await.unwrap_or(failed)) })),
    }
}

/// What the store has for a lane; nothing if it cannot be read.
async fn read(store: &dyn Queue, webhook: WebhookKey, load: &Load) -> Option<Loaded> {
    let loaded: Result<Loaded> = match load {
        Load::Pending { after, limit } => store.pending(webhook, *after, None, *limit).await.map(Loaded::Pending),
        Load::Key { key, after, limit } => {
            store.pending(webhook, *after, Some(key.clone()), *limit).await.map(Loaded::Pending)
        }
        Load::Retrying { limit } => store.retrying(webhook, *limit).await.map(Loaded::Retrying),
        Load::One(id) => store.owed_one(webhook, *id).await.map(Loaded::One),
    };
    match loaded {
        Ok(loaded) => Some(loaded),
        Err(error) => {
            if !matches!(error, StoreError::Closed) {
                tracing::warn!(%error, "a lane could not read what is owed; it tries again");
            }
            None
        }
    }
}

/// Returns at that time, if ever, or a little earlier, to see whether the clock was set. Cancel-safe.
async fn wait_until(clock: &Clock, time: Option<Timestamp>) {
    match time {
        Some(time) => clock.sleep_until(time.min(clock.now() + LOOK_AT_CLOCK)).await,
        None => std::future::pending().await,
    }
}
