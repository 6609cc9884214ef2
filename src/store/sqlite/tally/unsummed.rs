//! What was counted and is not in the sums, in memory. All of it is in `tallies`, too, and is read from there at the start.

use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::Connection;

use super::{
    form,
    portion::{Portion, Progress, progress},
    sum,
};
use crate::{
    model::{TenantKey, Timestamp, WebhookKey},
    observe::{Cell, Counts, Lately, Measures, Quarter, Scope},
};

/// Counts since the last portion, and the portion that is being summed up.
#[derive(Default)]
pub(in super::super) struct Unsummed(Mutex<State>);

#[derive(Default)]
struct State {
    /// Since the last portion was cut.
    open: Counts,
    /// The last row that is counted here.
    last: i64,
    /// What the next portion is made of, up to this row.
    cut: Option<(Arc<Counts>, i64)>,
    portion: Option<Arc<Portion>>,
    /// The last row of the portions that are wholly in the sums.
    summed: i64,
    /// The tries of the last minutes, whether they are in the sums or not.
    lately: Lately,
}

impl State {
    fn count(&mut self, counts: Counts) {
        for (_, cell, measures) in counts.cells() {
            if let Some(webhook) = cell.webhook {
                self.lately.add(webhook, cell.minute, measures);
            }
        }
        self.open.merge(counts);
    }
}

/// What is summed up next.
pub(super) enum Next {
    Begun(Arc<Portion>),
    /// Of these counts, up to this row.
    New(Arc<Counts>, i64),
}

impl Unsummed {
    /// As the tables say.
    pub fn load(conn: &Connection, now: Timestamp) -> rusqlite::Result<Unsummed> {
        let progress = progress(conn)?;
        let mut state = State { last: progress.upto, summed: progress.upto, ..State::default() };
        sum::lately(conn, Lately::from(now), &mut state.lately)?;
        let mut of_portion = Counts::default();
        let mut rows = conn.prepare("SELECT id, counts FROM tallies ORDER BY id")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let is_of_portion = id <= progress.upto;
            if is_of_portion && progress.is_complete() {
                // It is in the sums, and only to be deleted.
                continue;
            }
            match form::read(row.get_ref(1)?.as_blob()?) {
                Some(counts) if is_of_portion => of_portion.merge(counts),
                Some(counts) => state.count(counts),
                None => tracing::error!(
                    row = id,
                    "what was counted in a moment is damaged; statistics are that much too low"
                ),
            }
            state.last = state.last.max(id);
        }
        if !progress.is_complete() {
            state.summed = progress.upto - 1;
            let portion = Portion::of(&of_portion, progress.upto);
            // Of what is added already, the sums have told.
            for (slot, measures) in
                portion.sums.iter().skip(progress.done).filter(|(slot, _)| slot.event_type.is_none())
            {
                if let Scope::Webhook(webhook) = slot.scope {
                    state.lately.add(webhook, slot.minute, measures);
                }
            }
            state.portion = Some(Arc::new(portion));
        }
        Ok(Unsummed(Mutex::new(state)))
    }

    /// The row under which the next commit counts.
    pub fn next_row(&self) -> i64 {
        self.lock().last + 1
    }

    /// A commit has counted, in this row.
    pub fn committed(&self, row: i64, counts: Counts) {
        let mut state = self.lock();
        state.last = row;
        state.count(counts);
    }

    /// As [`Lately::quarters`]. Every commit waits while it looks.
    pub(super) fn quarters(
        &self,
        after: Option<WebhookKey>,
        limit: usize,
        now: Timestamp,
    ) -> Vec<(WebhookKey, Quarter)> {
        self.lock().lately.quarters(after, limit, now)
    }

    /// What is to be summed up now: the portion that was begun, or one of what was counted since, which takes a while to be made.
    pub(super) fn next(&self) -> Option<Next> {
        let mut state = self.lock();
        if let Some(portion) = &state.portion {
            return Some(Next::Begun(portion.clone()));
        }
        if state.cut.is_none() && !state.open.is_empty() {
            let counts = std::mem::take(&mut state.open);
            state.cut = Some((Arc::new(counts), state.last));
        }
        state.cut.clone().map(|(counts, upto)| Next::New(counts, upto))
    }

    /// A portion was made of what was cut.
    pub(super) fn begin(&self, portion: Arc<Portion>) {
        let mut state = self.lock();
        state.cut = None;
        state.portion = Some(portion);
    }

    /// This portion is wholly in the sums.
    pub(super) fn summed_up(&self, portion: &Portion) {
        let mut state = self.lock();
        state.portion = None;
        state.summed = state.summed.max(portion.upto);
    }

    /// Gives what is not in the sums as they were when so much was summed up: the portion with the place from which on it is missing
    /// there, and what of the cells `of_open` takes, of this tenant's or of all. `None` if what was added since is not here any more:
    /// read the sums anew. Every commit waits while it looks.
    pub(super) fn beside(
        &self,
        summed: Progress,
        tenant: Option<TenantKey>,
        mut of_open: impl FnMut(TenantKey, &Cell, &Measures),
    ) -> Option<Option<(Arc<Portion>, usize)>> {
        let state = self.lock();
        if state.summed > summed.upto || state.summed == summed.upto && !summed.is_complete() {
            return None;
        }
        for counts in [Some(&state.open), state.cut.as_ref().map(|(counts, _)| &**counts)].into_iter().flatten() {
            match tenant {
                Some(tenant) => counts.cells_of(tenant).for_each(|(cell, measures)| of_open(tenant, cell, measures)),
                None => counts.cells().for_each(|(tenant, cell, measures)| of_open(tenant, cell, measures)),
            }
        }
        Some(state.portion.clone().map(|portion| {
            let from = if portion.upto == summed.upto { summed.done } else { 0 };
            (portion, from)
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic could leave half merged would be wrong by that until the next start.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
