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
mod tests {
    use super::*;

    const A: TenantKey = TenantKey(1);
    const B: TenantKey = TenantKey(2);
    const C: TenantKey = TenantKey(3);

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Does the next job, which takes so long; says which it was.
    fn does(turns: &mut Turns<&'static str>, took: Duration) -> &'static str {
        let (tenant, job) = turns.take().unwrap();
        turns.ended(tenant, took, None);
        job
    }

    #[test]
    fn a_newcomer_is_next_however_many_wait_before_it() {
        let mut turns = Turns::new(1);
        for _ in 0..100 {
            turns.push(A, "a");
        }
        assert_eq!(does(&mut turns, ms(5)), "a");
        turns.push(B, "b");
        assert_eq!((does(&mut turns, ms(5)), does(&mut turns, ms(5))), ("b", "a"));
    }

    #[test]
    fn what_is_for_others_waits_for_its_tenants_turn_and_takes_every_other_one() {
        let mut turns = Turns::new(1);
        turns.push(A, "a");
        assert_eq!(does(&mut turns, ms(5)), "a");
        for _ in 0..3 {
            turns.push(A, "a");
        }
        turns.push_for_others(A, "others");
        turns.push(B, "b");
        assert_eq!(does(&mut turns, ms(1)), "others");
        assert_eq!(does(&mut turns, ms(90)), "b", "it has used less");
        let mut order = Vec::new();
        for _ in 0..3 {
            turns.push_for_others(A, "others");
            turns.push_for_others(A, "others");
            order.extend([does(&mut turns, ms(1)), does(&mut turns, ms(1))]);
        }
        assert_eq!(order, ["a", "others"].repeat(3), "however many come");
    }

    #[test]
    fn what_is_for_others_ends_in_the_order_in_which_it_came() {
        let mut turns = Turns::new(1);
        turns.push_for_others(A, "first");
        let mut done = Vec::new();
        for newer in ["second", "third", "fourth"] {
            // It takes three turns, before each of which another one comes.
            turns.push_for_others(A, newer);
            let (tenant, job) = turns.take().unwrap();
            match newer {
                "fourth" => {
                    done.push(job);
                    turns.ended(tenant, ms(5), None);
                }
                _ => turns.ended_for_others(tenant, ms(5), job),
            }
        }
        done.extend((0..3).map(|_| does(&mut turns, ms(5))));
        assert_eq!(done, ["first", "second", "third", "fourth"]);
    }

    #[test]
    fn turns_are_by_the_time_used_and_not_by_their_number() {
        let mut turns = Turns::new(1);
        for _ in 0..1000 {
            turns.push(A, "long");
            turns.push(B, "short");
        }
        let (mut long, mut short) = (0, 0);
        for _ in 0..220 {
            let (tenant, _) = turns.take().unwrap();
            let took = if tenant == A {
                long += 1;
                ms(10)
            } else {
                short += 1;
                ms(1)
            };
            turns.ended(tenant, took, None);
        }
        assert_eq!((long, short), (20, 200));
    }

    #[test]
    fn what_a_tenant_has_used_is_remembered_while_others_wait() {
        let mut turns = Turns::new(1);
        for _ in 0..10 {
            turns.push(B, "b");
        }
        turns.push(A, "a");
        // A comes again as soon as its job is done, and has nothing waiting in between.
        let mut order = Vec::new();
        for _ in 0..4 {
            let (tenant, job) = turns.take().unwrap();
            turns.ended(tenant, if tenant == A { ms(30) } else { ms(10) }, None);
            if tenant == A {
                turns.push(A, "a");
            }
            order.push(job);
        }
        assert_eq!(order, ["a", "b", "b", "b"], "30 ms of the one, then 30 ms of the other");
    }

    #[test]
    fn having_done_nothing_is_no_right_to_more() {
        let mut turns = Turns::new(1);
        turns.push(A, "a");
        turns.push(C, "c");
        for _ in 0..50 {
            turns.push(B, "b");
        }
        for _ in 0..30 {
            does(&mut turns, ms(10));
        }
        for _ in 0..50 {
            turns.push(A, "a");
        }
        let next: Vec<_> = (0..10).map(|_| does(&mut turns, ms(10))).collect();
        assert!(next.iter().filter(|job| **job == "a").count() <= 6, "{next:?}");
    }

    #[test]
    fn a_tenant_takes_no_more_threads_than_it_leaves() {
        let mut turns = Turns::new(2);
        turns.push(A, "a");
        turns.push(A, "a");
        assert_eq!(turns.take(), Some((A, "a")));
        assert_eq!(turns.take(), None, "the other thread is for another tenant");
        turns.push(B, "b");
        assert_eq!(turns.take(), Some((B, "b")));
        turns.ended(A, ms(1), None);
        assert_eq!(turns.take(), Some((A, "a")), "one that has none takes the last");
    }

    #[test]
    fn a_job_makes_way_for_another_tenant_that_has_used_less_and_is_there() {
        let mut turns = Turns::new(1);
        turns.push(A, "a");
        turns.push(A, "its own");
        turns.take();
        let is_there = |job: &&str| *job != "gone";
        assert!(!turns.makes_way(A, ms(600), is_there), "nobody else waits");
        turns.push(B, "gone");
        assert!(!turns.makes_way(A, ms(600), is_there), "nor does who has gone");
        turns.push(B, "b");
        assert!(!turns.makes_way(A, ms(0), is_there), "that has used as much");
        assert!(turns.makes_way(A, ms(600), is_there));
        turns.ended(A, ms(600), None);
        turns.take();
        turns.ended(B, ms(1), None);
        turns.take();
        assert!(!turns.makes_way(B, ms(500), is_there), "A waits and has used more");
        assert!(turns.makes_way(B, ms(700), is_there));
        let mut turns = Turns::new(2);
        [(A, "a"), (B, "b"), (B, "b")].into_iter().for_each(|(tenant, job)| turns.push(tenant, job));
        assert!(turns.take().is_some() && !turns.makes_way(A, ms(600), is_there), "a thread does nothing");
        turns.take();
        assert!(!turns.makes_way(A, ms(600), is_there), "B could not take a second one");
    }

    #[test]
    fn no_more_jobs_make_way_than_others_wait() {
        let (mut turns, is_there) = (Turns::new(4), |_: &&str| true);
        for tenant in [A, A, B, C] {
            turns.push(tenant, "long");
            turns.take().unwrap();
        }
        let waiting = [TenantKey(8), TenantKey(9)];
        turns.push(waiting[0], "short");
        assert!(turns.makes_way(A, ms(600), is_there));
        assert!(!turns.makes_way(B, ms(600), is_there), "one makes way for it");
        turns.push(waiting[1], "short");
        assert!(turns.makes_way(B, ms(600), is_there) && !turns.makes_way(C, ms(600), is_there));
        turns.ended(A, ms(600), None);
        turns.take().unwrap();
        assert!(!turns.makes_way(C, ms(600), is_there), "B is still on its way");
        turns.ended(B, ms(600), None);
        turns.take().unwrap();
        turns.push(A, "long");
        turns.push(TenantKey(10), "short");
        assert!(turns.makes_way(C, ms(600), is_there));
    }

    #[test]
    fn what_is_not_done_goes_to_the_end_of_its_own_line() {
        let mut turns = Turns::new(1);
        turns.push(A, "long");
        turns.push(A, "short");
        let (tenant, job) = turns.take().unwrap();
        turns.ended(tenant, ms(5), Some(job));
        assert_eq!((does(&mut turns, ms(1)), does(&mut turns, ms(1))), ("short", "long"));
    }

    #[test]
    fn nothing_is_kept_of_those_that_are_done() {
        let mut turns = Turns::new(4);
        for tenant in 0..100 {
            turns.push(TenantKey(tenant), "x");
        }
        while turns.waiting() > 0 {
            does(&mut turns, ms(1));
        }
        assert!(turns.lines.is_empty() && turns.ready.is_empty() && turns.free == 4);
    }
}
