//! What was counted and is not in the sums, in memory. All of it is in `tallies`, too, and is read from there at the start.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::{
    form,
    layers::{self, Layers},
    portion::{Portion, Progress, progress},
    sum,
};
use crate::{
    model::{Timestamp, WebhookKey},
    observe::{Counts, Lately, Quarter, Scope},
};

/// Counts since the last portion, and the portion that is being summed up.
#[derive(Default)]
pub(in super::super) struct Unsummed {
    state: Mutex<State>,
    /// The tries of the last minutes, whether they are in the sums or not.
    lately: Mutex<Lately>,
}

#[derive(Default)]
struct State {
    /// Since the last portion was cut.
    open: Layers,
    /// The last row that is counted here.
    last: i64,
    /// What the next portion is made of, up to this row.
    cut: Option<(Vec<Arc<Counts>>, i64)>,
    portion: Option<Arc<Portion>>,
    /// The last row of the portions that are wholly in the sums.
    summed: i64,
}

/// What is not in the sums as they were when they were read.
pub(super) struct Beside {
    pub open: Vec<Arc<Counts>>,
    /// The portion that is being summed up, with the place from which on it is missing there.
    pub portion: Option<(Arc<Portion>, usize)>,
}

/// What is summed up next.
pub(super) enum Next {
    Begun(Arc<Portion>),
    /// Of these counts together, up to this row.
    New(Vec<Arc<Counts>>, i64),
}

impl Unsummed {
    /// As the tables say.
    pub fn load(conn: &Connection, now: Timestamp) -> rusqlite::Result<Unsummed> {
        let progress = progress(conn)?;
        let mut state = State { last: progress.upto, summed: progress.upto, ..State::default() };
        let mut lately = Lately::default();
        sum::lately(conn, Lately::from(now), &mut lately)?;
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
                Some(counts) => {
                    tell(&mut lately, &counts);
                    state.open.merge(counts);
                }
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
            for (slot, measures) in portion
                .sums
                .iter()
                .skip(portion.first_after(&progress.done))
                .filter(|(slot, _)| slot.event_type.is_none())
            {
                if let Scope::Webhook(webhook) = slot.scope {
                    lately.add(webhook, slot.minute, measures);
                }
            }
            state.portion = Some(Arc::new(portion));
        }
        Ok(Unsummed { state: Mutex::new(state), lately: Mutex::new(lately) })
    }

    /// The row under which the next commit counts.
    pub fn next_row(&self) -> i64 {
        self.lock().last + 1
    }

    /// A commit has counted, in this row.
    pub fn committed(&self, row: i64, counts: Counts) {
        tell(&mut self.locked_lately(), &counts);
        let mut state = self.lock();
        state.last = row;
        state.open.merge(counts);
    }

    /// As [`Lately::quarters`]. Every commit waits while it looks.
    pub(super) fn quarters(
        &self,
        after: Option<WebhookKey>,
        limit: usize,
        now: Timestamp,
    ) -> Vec<(WebhookKey, Quarter)> {
        self.locked_lately().quarters(after, limit, now)
    }

    /// What is to be summed up now: the portion that was begun, or one of what was counted since, which takes a while to be made.
    pub(super) fn next(&self) -> Option<Next> {
        let mut state = self.lock();
        if let Some(portion) = &state.portion {
            return Some(Next::Begun(portion.clone()));
        }
        if state.cut.is_none() && !state.open.is_empty() {
            state.cut = Some((state.open.take(), state.last));
        }
        state.cut.clone().map(|(counts, upto)| Next::New(counts, upto))
    }

    /// A portion was made of what was cut.
    pub(super) fn begin(&self, portion: Arc<Portion>) {
        let cut = {
            let mut state = self.lock();
            state.portion = Some(portion);
            state.cut.take()
        };
        // It can be much memory, which no commit waits for.
        drop(cut);
    }

    /// This portion is wholly in the sums.
    pub(super) fn summed_up(&self, portion: &Portion) {
        let ended = {
            let mut state = self.lock();
            state.summed = state.summed.max(portion.upto);
            state.portion.take()
        };
        drop(ended);
    }

    /// What is not in the sums as they were when so much was summed up. `None` if what was added since is not here any more: read the
    /// sums anew.
    pub(super) fn beside(&self, summed: &Progress) -> Option<Beside> {
        let (open, cut, portion) = {
            let mut state = self.lock();
            if state.summed > summed.upto || state.summed == summed.upto && !summed.is_complete() {
                return None;
            }
            (state.open.look(), state.cut.clone(), state.portion.clone())
        };
        let small = layers::too_small(&open);
        if !small.is_empty() {
            let one = layers::together(small);
            self.lock().open.replace(small, one);
        }
        let portion = portion.map(|portion| {
            let from = if portion.upto == summed.upto { portion.first_after(&summed.done) } else { 0 };
            (portion, from)
        });
        let cut = cut.into_iter().flat_map(|(counts, _)| counts);
        Some(Beside { open: open.into_iter().chain(cut).collect(), portion })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What a panic could leave half merged would be wrong by that until the next start.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked_lately(&self) -> MutexGuard<'_, Lately> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(lately: &mut Lately, counts: &Counts) {
    for (_, cell, measures) in counts.cells() {
        if let Some(webhook) = cell.webhook {
            lately.add(webhook, cell.minute, measures);
        }
    }
}
