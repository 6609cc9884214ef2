//! Jobs that wait for the writer. Tenants take turns ([`Turns`]): whoever has used the writer for the least time is next, so one
//! with many jobs, or with large ones, makes nobody wait behind them. Each one's own jobs keep their order. Generic over what a
//! job is, for tests.

use std::time::Duration;

use super::file::PAGE;
use crate::{
    budget::{Tally, fair_part},
    model::TenantKey,
    turns::Turns,
};

/// What one group holds at most, unless its first job alone is more: so long does the next one wait.
const GROUP_ROWS: usize = 500;
const GROUP_BYTES: usize = 4 << 20;
/// About how much memory all that waits may hold. A tenant takes no more of it than it leaves for others.
const MOST_BYTES: usize = 64 << 20;
/// What a job costs its tenant at least, so that those which cost nothing that can be measured take turns, too.
pub(super) const LEAST: Duration = Duration::from_micros(1);

/// Whose a job is, and how much work it will be.
#[derive(Clone, Copy, Debug)]
pub(super) struct JobSize {
    /// Whose turn it takes; [`TenantKey::ALL`] for the operator's and the server's own.
    pub tenant: TenantKey,
    /// Rows that it writes at most, about.
    pub rows: usize,
    /// Memory that it holds, about.
    pub bytes: usize,
}

impl JobSize {
    /// A few rows.
    pub fn small(tenant: TenantKey) -> JobSize {
        JobSize { tenant, rows: 4, bytes: 1024 }
    }

    /// The same with a text of so many bytes.
    pub fn of_text(tenant: TenantKey, bytes: usize) -> JobSize {
        let small = JobSize::small(tenant);
        JobSize { rows: small.rows + bytes / PAGE, bytes: small.bytes + bytes, ..small }
    }
}

/// What a group has of jobs so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GroupSize {
    pub jobs: usize,
    rows: usize,
    bytes: usize,
}

#[derive(Debug)]
pub(super) struct JobQueues<J> {
    turns: Turns<(J, JobSize)>,
    bytes: usize,
    bytes_of: Tally<TenantKey>,
}

impl<J> Default for JobQueues<J> {
    fn default() -> JobQueues<J> {
        JobQueues { turns: Turns::new(1), bytes: 0, bytes_of: Tally::default() }
    }
}

impl<J> JobQueues<J> {
    pub fn is_empty(&self) -> bool {
        self.turns.waiting() == 0
    }

    /// About how much memory the jobs hold.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts a job behind the others of its tenant, or tells that there is no room for it.
    pub fn push(&mut self, job: J, size: JobSize) -> bool {
        let left = MOST_BYTES.saturating_sub(self.bytes);
        // What is larger than all together may be is done alone.
        if self.bytes > 0 && size.bytes > fair_part(left, self.bytes_of.of(size.tenant)) {
            return false;
        }
        self.bytes += size.bytes;
        self.bytes_of.add(size.tenant, size.bytes);
        self.turns.push(size.tenant, (job, size));
        true
    }

    /// The next job of a group, unless it would become too much. Its time is the tenant's until it has [`ended`](Self::ended).
    pub fn next(&mut self, group: &mut GroupSize) -> Option<(J, JobSize)> {
        let (tenant, (job, size)) = self.turns.take_if(|(_, size)| group.takes(size))?;
        self.bytes -= size.bytes;
        self.bytes_of.subtract(tenant, size.bytes);
        Some((job, size))
    }

    /// Puts a job that has begun and goes on before the others of its tenant.
    pub fn put_back(&mut self, job: J, size: JobSize) {
        self.bytes += size.bytes;
        self.bytes_of.add(size.tenant, size.bytes);
        self.turns.put_back(size.tenant, (job, size));
    }

    /// A tenant's job has taken so long.
    pub fn ended(&mut self, tenant: TenantKey, took: Duration) {
        self.turns.ended(tenant, took.max(LEAST), None);
    }
}

impl GroupSize {
    /// Whether one job more is not too much, and then it belongs to the group.
    fn takes(&mut self, job: &JobSize) -> bool {
        let (rows, bytes) = (self.rows + job.rows, self.bytes + job.bytes);
        let takes = self.jobs == 0 || rows <= GROUP_ROWS && bytes <= GROUP_BYTES;
        if takes {
            *self = GroupSize { jobs: self.jobs + 1, rows, bytes };
        }
        takes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(tenant: i64, rows: usize, bytes: usize) -> JobSize {
        JobSize { tenant: TenantKey(tenant), rows, bytes }
    }

    /// Does a group of jobs that take a millisecond each.
    fn take_group<J>(queues: &mut JobQueues<J>) -> Vec<J> {
        let mut group = GroupSize::default();
        let does_next = || {
            let (job, size) = queues.next(&mut group)?;
            queues.ended(size.tenant, Duration::from_millis(1));
            Some(job)
        };
        std::iter::from_fn(does_next).collect()
    }

    #[test]
    fn tenants_take_turns_and_the_jobs_of_each_keep_their_order() {
        let mut queues = JobQueues::default();
        for (job, tenant) in ["a1", "a2", "a3", "a4", "b1", "c1", "c2"].into_iter().zip([1, 1, 1, 1, 2, 3, 3]) {
            assert!(queues.push(job, size(tenant, 1, 1)));
        }
        assert_eq!(take_group(&mut queues), ["a1", "b1", "c1", "a2", "c2", "a3", "a4"]);
        assert!(queues.is_empty());
    }

    #[test]
    fn what_a_job_took_is_weighed() {
        let mut queues = JobQueues::default();
        let does = |queues: &mut JobQueues<&'static str>, took| {
            let (job, size) = queues.next(&mut GroupSize::default()).unwrap();
            queues.ended(size.tenant, Duration::from_millis(took));
            job
        };
        ["large", "large", "large"].into_iter().for_each(|job| assert!(queues.push(job, size(1, 1, 1))));
        assert_eq!(does(&mut queues, 25), "large");
        (0..20).for_each(|_| assert!(queues.push("small", size(2, 1, 1))));
        let order: Vec<_> = (0..22).map(|_| does(&mut queues, 2)).collect();
        assert_eq!(
            order.iter().position(|&job| job == "large"),
            Some(13),
            "25 ms of the one, and then 25 of the other"
        );
    }

    #[test]
    fn a_group_is_bounded_and_nobody_waits_behind_all_of_anothers_jobs() {
        let mut queues = JobQueues::default();
        for job in 0..100 {
            assert!(queues.push(job, size(1, GROUP_ROWS / 4, 1)));
        }
        assert_eq!(take_group(&mut queues), [0, 1, 2, 3], "as many as are no more rows than a group has");
        assert!(queues.push(1000, size(2, 1, 1)));
        assert_eq!(take_group(&mut queues), [1000, 4, 5, 6], "who has used nothing goes first");
        let mut queues = JobQueues::default();
        for job in 0..3 {
            assert!(queues.push(job, size(1, 1, 3 << 20)));
        }
        assert_eq!(take_group(&mut queues), [0], "nor more bytes");
    }

    #[test]
    fn what_is_too_much_by_itself_is_a_group_of_its_own() {
        let mut queues = JobQueues::default();
        for job in 0..3 {
            assert!(queues.push(job, size(1, 9_000, 20 << 20)), "{job}");
            assert_eq!(take_group(&mut queues), [job]);
        }
        assert_eq!(queues.bytes(), 0);
    }

    #[test]
    fn a_tenant_leaves_as_much_memory_as_it_takes() {
        let mut queues = JobQueues::default();
        let taken = (0..).take_while(|&job| queues.push(job, size(1, 1, 1 << 20))).count();
        assert_eq!(taken << 20, MOST_BYTES / 2);
        assert!(queues.push(0, size(2, 1, 16 << 20)), "there is room for others");
        assert!(!queues.push(0, size(3, 1, 9 << 20)), "but not for more than half of what is left");
        while !queues.is_empty() {
            take_group(&mut queues);
        }
        assert!(queues.push(0, size(1, 1, 1 << 20)));
    }
}
