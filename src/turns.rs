//! Whose turn is next, where tenants wait for the same few threads or connections. Pure: in go jobs and the time that each has
//! used, out comes the next one.
//!
//! Each tenant has a line of its own, and whoever has used least is next. A tenant that comes anew begins where the one
//! served last has got to, so that having done nothing for an hour is no right to an hour. A tenant has no more threads at
//! one time than it leaves for others, and a job that goes on is put at the end of its own tenant's line.
//!
//! What is done for somebody else than the tenant waits in a line beside the tenant's own, so that it does not wait behind all of
//! that. It costs the tenant's turns, of which each of the two lines gets every other one while both wait. There the first to come
//! is the first to end: a newer one that passed it each time could keep it from ending for ever.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use crate::model::{IdMap, TenantKey};

/// Jobs that wait for their turns.
#[derive(Debug)]
pub struct Turns<J> {
    /// Threads that do nothing.
    free: usize,
    /// Jobs that wait.
    waiting: usize,
    lines: IdMap<TenantKey, Line<J>>,
    /// The tenants that have a job waiting, by what they have used.
    ready: BTreeSet<(Duration, TenantKey)>,
    /// What the tenant served last had used.
    reached: Duration,
    /// Jobs that were told to make way, less those that have ended since, whichever they were.
    leaving: usize,
}

#[derive(Debug)]
struct Line<J> {
    own: VecDeque<J>,
    /// For somebody else, in the order in which they came.
    for_others: VecDeque<J>,
    /// Whether its last turn was one for somebody else.
    others_had_a_turn: bool,
    /// Threads that work for it.
    held: usize,
    used: Duration,
}

impl<J> Turns<J> {
    /// On so many threads.
    pub fn new(threads: usize) -> Turns<J> {
        Turns {
            free: threads,
            waiting: 0,
            lines: IdMap::default(),
            ready: BTreeSet::new(),
            reached: Duration::ZERO,
            leaving: 0,
        }
    }

    /// Puts a job at the end of its tenant's line.
    pub fn push(&mut self, tenant: TenantKey, job: J) {
        self.line_up(tenant, |line| line.own.push_back(job));
    }

    /// Puts a job that is done for somebody else beside the tenant's own. Other tenants wait no longer for it.
    pub fn push_for_others(&mut self, tenant: TenantKey, job: J) {
        self.line_up(tenant, |line| line.for_others.push_back(job));
    }

    /// Puts a job that was taken and has to be done once more before the others of its tenant.
    pub fn put_back(&mut self, tenant: TenantKey, job: J) {
        self.line_up(tenant, |line| line.own.push_front(job));
    }

    fn line_up(&mut self, tenant: TenantKey, put: impl FnOnce(&mut Line<J>)) {
        let reached = self.reached;
        let line = self.lines.entry(tenant).or_insert_with(|| Line::begun_at(reached));
        if line.waiting() == 0 && line.held == 0 {
            line.used = line.used.max(reached);
        }
        put(line);
        self.waiting += 1;
        self.ready.insert((line.used, tenant));
    }

    /// The job to do next, which takes a thread until it has [`ended`](Turns::ended).
    pub fn take(&mut self) -> Option<(TenantKey, J)> {
        self.take_if(|_| true)
    }

    /// The same, if it is one that `may` be done now. If it is not, it stays the next.
    pub fn take_if(&mut self, may: impl FnOnce(&J) -> bool) -> Option<(TenantKey, J)> {
        let free = self.free;
        let has_threads_left = |line: &Line<J>| line.held < free;
        let &(used, tenant) =
            self.ready.iter().find(|(_, tenant)| self.lines.get(tenant).is_some_and(has_threads_left))?;
        let line = self.lines.get_mut(&tenant)?;
        if !line.next().is_some_and(may) {
            return None;
        }
        let job = line.take()?;
        line.held += 1;
        if line.waiting() == 0 {
            self.ready.remove(&(used, tenant));
        }
        self.waiting -= 1;
        self.free -= 1;
        self.reached = self.reached.max(used);
        Some((tenant, job))
    }

    /// Whether a job of this tenant that has used its thread for `so_far` is to make way: all threads are taken, and more other
    /// tenants wait that have none and have used less than jobs are making way already. `is_wanted`: whether somebody still waits
    /// for what a job comes to.
    pub fn makes_way(&mut self, tenant: TenantKey, so_far: Duration, is_wanted: impl Fn(&J) -> bool) -> bool {
        let used = so_far + self.lines.get(&tenant).map_or(Duration::ZERO, |line| line.used);
        let others = self.ready.iter().take_while(|(less, _)| *less < used).filter(|(_, other)| *other != tenant);
        let lines = others.filter_map(|(_, other)| self.lines.get(other));
        let waiting = lines.filter(|line| line.held == 0 && line.jobs().any(&is_wanted));
        let makes_way = self.free == 0 && waiting.take(self.leaving + 1).count() > self.leaving;
        self.leaving += usize::from(makes_way);
        makes_way
    }

    /// A tenant's job has used a thread for so long. `rest`: it is not done yet.
    pub fn ended(&mut self, tenant: TenantKey, used: Duration, rest: Option<J>) {
        self.waiting += usize::from(rest.is_some());
        self.end(tenant, used, |line| line.own.extend(rest));
    }

    /// The same of a job that is done for somebody else and goes on before those that came later.
    pub fn ended_for_others(&mut self, tenant: TenantKey, used: Duration, rest: J) {
        self.waiting += 1;
        self.end(tenant, used, |line| line.for_others.push_front(rest));
    }

    fn end(&mut self, tenant: TenantKey, used: Duration, put: impl FnOnce(&mut Line<J>)) {
        self.free += 1;
        // Whichever it was, one that waits has its place.
        self.leaving = self.leaving.saturating_sub(1);
        let Some(line) = self.lines.get_mut(&tenant) else { return };
        self.ready.remove(&(line.used, tenant));
        line.held -= 1;
        line.used += used;
        put(line);
        if line.waiting() > 0 {
            self.ready.insert((line.used, tenant));
        }
        if self.ready.is_empty() {
            // Nobody waits, so nobody has to be weighed against those that do nothing.
            self.lines.retain(|_, line| line.held > 0);
        }
    }

    /// How many jobs of this tenant wait.
    pub fn waiting_of(&self, tenant: TenantKey) -> usize {
        self.lines.get(&tenant).map_or(0, Line::waiting)
    }

    /// Forgets the jobs that wait.
    pub fn clear(&mut self) {
        self.ready.clear();
        self.waiting = 0;
        for line in self.lines.values_mut() {
            line.own.clear();
            line.for_others.clear();
        }
        self.lines.retain(|_, line| line.held > 0);
    }

    /// Whether no job is under way.
    pub fn is_at_rest(&self) -> bool {
        self.lines.values().all(|line| line.held == 0)
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> usize {
        self.waiting
    }
}

impl<J> Line<J> {
    fn begun_at(used: Duration) -> Line<J> {
        Line { own: VecDeque::new(), for_others: VecDeque::new(), others_had_a_turn: false, held: 0, used }
    }

    fn is_turn_of_others(&self) -> bool {
        !self.for_others.is_empty() && (self.own.is_empty() || !self.others_had_a_turn)
    }

    fn next(&self) -> Option<&J> {
        if self.is_turn_of_others() { self.for_others.front() } else { self.own.front() }
    }

    fn take(&mut self) -> Option<J> {
        self.others_had_a_turn = self.is_turn_of_others();
        if self.others_had_a_turn { self.for_others.pop_front() } else { self.own.pop_front() }
    }

    fn waiting(&self) -> usize {
        self.own.len() + self.for_others.len()
    }

    fn jobs(&self) -> impl Iterator<Item = &J> {
        self.own.iter().chain(&self.for_others)
    }
}

#[cfg(test)]
mod tests;
