//! Reading sums: those of the table, and what is not in it yet.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    task::Poll,
};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    layers::together,
    portion::{Portion, Progress, progress},
    sum::{self, place},
    unsummed::{Beside, Next, Unsummed},
};
use crate::{
    model::{EventType, TenantKey, Timestamp, WebhookKey},
    observe::{Bucket, Cell, Grain, Measures, Quarter, Scope},
    store::{
        Result, SeriesPoint, SeriesQuery, Statistics, StoreError, SumPlace, Types,
        sqlite::{error::unavailable, job_queues::JobSize, quantum::Quantum, store::SqliteStore, transaction::Tx},
    },
    work::Slice,
};

/// Sums that one transaction forgets, or owners that it looks at.
const FORGOTTEN: usize = 200;

/// Whose turns the sums take at the writer: nobody's, so that neither readiness nor a tenant waits behind them.
const OWN_LINE: TenantKey = TenantKey(-1);

/// How often the sums are read anew if more was added to them meanwhile.
const TRIES: usize = 5;

type Series = BTreeMap<(Bucket, Scope, Option<EventType>), Measures>;

#[async_trait]
impl Statistics for SqliteStore {
    async fn series(&self, whose: TenantKey, query: SeriesQuery) -> Result<Option<Vec<SeriesPoint>>> {
        for _ in 0..TRIES {
            let asked = query.clone();
            let (progress, mut series) = self.read(whose, move |conn| read(conn, &asked)).await?;
            let (asked, shared) = (query.clone(), self.shared.clone());
            // One with many webhooks or types has much that is not in the sums yet.
            let add = move || {
                add_unsummed(&shared.unsummed, &progress, &asked, &mut series)?;
                Some((series.len() <= asked.limit).then(|| points(series)))
            };
            let added = match &self.work {
                Some(work) => work.ask_once(whose, Slice::UNKNOWN, add).await?,
                None => add(),
            };
            if let Some(points) = added {
                return Ok(points);
            }
        }
        Err(StoreError::Busy)
    }

    async fn count_owed(&self, since: Vec<(WebhookKey, Timestamp)>, now: Timestamp) -> Result<()> {
        let webhooks = &self.shared.views.webhooks;
        let of_tenant = |(key, since)| webhooks.get(key).map(|webhook| (webhook.tenant, key, since));
        let owed: Vec<_> = since.into_iter().filter_map(of_tenant).collect();
        let size = JobSize { rows: 1, ..JobSize::small(OWN_LINE) };
        let count = move |tx: &mut Tx<'_>| {
            for &(tenant, webhook, since) in &owed {
                tx.count(tenant, Some(webhook), None, now).owed_for(now.since(since));
            }
            Ok(())
        };
        self.write(size, count).await
    }

    async fn sum_up(&self) -> Result<()> {
        let unsummed = &self.shared.unsummed;
        let portion = match unsummed.next() {
            None => return Ok(()),
            Some(Next::Begun(portion)) => portion,
            Some(Next::New(counts, upto)) => {
                // Of many owners it takes tens of milliseconds, which nobody waits for here.
                let made = tokio::task::spawn_blocking(move || Arc::new(Portion::of(&together(&counts), upto))).await;
                let portion = made.map_err(|_| StoreError::Panicked)?;
                unsummed.begin(portion.clone());
                portion
            }
        };
        let size = JobSize { rows: FORGOTTEN, ..JobSize::small(OWN_LINE) };
        loop {
            let portion = portion.clone();
            // A quantum, and then whoever else waits.
            let piece = move |tx: &mut Tx<'_>, quantum: &Quantum<'_>| {
                Poll::Ready(tx.whole(|tx| sum::go_on(tx.conn, &portion, quantum)))
            };
            if self.queue_parts(size, piece).await?.is_ready() {
                break;
            }
        }
        unsummed.summed_up(&portion);
        Ok(())
    }

    fn quarters(&self, after: Option<WebhookKey>, limit: usize, now: Timestamp) -> Vec<(WebhookKey, Quarter)> {
        self.shared.unsummed.quarters(after, limit, now)
    }

    async fn forget_sums(&self, grain: Grain, before: Bucket, after: SumPlace) -> Result<Option<SumPlace>> {
        let size = JobSize { rows: FORGOTTEN, ..JobSize::small(OWN_LINE) };
        self.write(size, move |tx| forget(tx.conn, grain, before, after).map_err(unavailable)).await
    }
}

fn points(series: Series) -> Vec<SeriesPoint> {
    let point = |((at, scope, event_type), measures)| SeriesPoint { at, scope, event_type, measures };
    series.into_iter().map(point).collect()
}

/// Adds what is not in the sums yet, as [`Unsummed::beside`].
fn add_unsummed(unsummed: &Unsummed, progress: &Progress, query: &SeriesQuery, series: &mut Series) -> Option<()> {
    let mut add = |scope: Scope, minute: Bucket, event_type: Option<&EventType>, measures: &Measures| {
        let at = query.grain.bucket(minute.begins());
        let event_type = match &query.types {
            Types::Together => None,
            Types::Each if event_type.is_some() => event_type.cloned(),
            Types::One(one) if event_type == Some(one) => event_type.cloned(),
            Types::Each | Types::One(_) => return,
        };
        if at >= query.from && at < query.to {
            let at = if query.is_whole { query.from } else { at };
            series.entry((at, scope, event_type)).or_default().merge(measures);
        }
    };
    let scopes: BTreeSet<Scope> = query.scopes.iter().copied().collect();
    let mut add_cell = |tenant: TenantKey, cell: &Cell, measures: &Measures| {
        let at = query.grain.bucket(cell.minute.begins());
        if at < query.from || at >= query.to {
            return;
        }
        let owners = [Some(Scope::Node), Some(Scope::Tenant(tenant)), cell.webhook.map(Scope::Webhook)];
        for scope in owners.into_iter().flatten().filter(|scope| scopes.contains(scope)) {
            add(scope, cell.minute, cell.event_type.as_ref(), measures);
        }
    };
    let Beside { open, portion } = unsummed.beside(progress)?;
    // The node's is everybody's.
    let tenant = query.tenant.filter(|_| !scopes.contains(&Scope::Node));
    for counts in &open {
        match tenant {
            Some(tenant) => counts.cells_of(tenant).for_each(|(cell, measures)| add_cell(tenant, cell, measures)),
            None => counts.cells().for_each(|(tenant, cell, measures)| add_cell(tenant, cell, measures)),
        }
    }
    if let Some((portion, from)) = portion {
        for &scope in &scopes {
            let sums = portion.of_scope(scope, from);
            let asked = sums.filter(|(slot, _)| slot.event_type.is_none() == (query.types == Types::Together));
            asked.for_each(|(slot, measures)| add(scope, slot.minute, slot.event_type.as_ref(), measures));
        }
    }
    Some(())
}

/// The sums of the table, and how much is in them.
fn read(conn: &Connection, query: &SeriesQuery) -> rusqlite::Result<(Progress, Series)> {
    // In one transaction: what is read between two pieces of a portion would not belong together.
    let transaction = conn.unchecked_transaction()?;
    let progress = progress(&transaction)?;
    let one = match &query.types {
        Types::One(event_type) => Some(event_type.as_str()),
        Types::Together | Types::Each => None,
    };
    let mut find = transaction.prepare_cached(
        "SELECT at, type, measures FROM rollups
         WHERE scope = ?1 AND owner = ?2 AND grain = ?3 AND at >= ?4 AND at < ?5 AND (?6 IS NULL OR type = ?6)
         ORDER BY at, type LIMIT ?7",
    )?;
    let mut series = Series::new();
    for &scope in &query.scopes {
        // One more tells that there are too many.
        let Some(left) = query.limit.checked_sub(series.len()) else { break };
        // Those of a whole come together in a few.
        let left = if query.is_whole { i64::MAX } else { (left as i64).saturating_add(1) };
        let (place, owner) = place(scope, query.types != Types::Together);
        let (from, to) = (query.from.0, query.to.0);
        let mut rows = find.query(params![place, owner, query.grain as i64, from, to, one, left])?;
        while let Some(row) = rows.next()? {
            let event_type = row.get_ref(1)?.as_str()?;
            let event_type = (!event_type.is_empty()).then(|| EventType::kept(event_type));
            let at = if query.is_whole { query.from } else { Bucket(row.get(0)?) };
            if let Some(measures) = sum::read(row.get_ref(2)?.as_blob()?) {
                series.entry((at, scope, event_type)).or_default().merge(&measures);
            }
        }
    }
    drop(find);
    transaction.finish()?;
    Ok((progress, series))
}

/// Deletes owner by owner, those behind this one.
fn forget(conn: &Connection, grain: Grain, before: Bucket, after: SumPlace) -> rusqlite::Result<Option<SumPlace>> {
    let (mut left, mut after) = (FORGOTTEN, after);
    let mut next = conn.prepare_cached(
        "SELECT scope, owner FROM rollups WHERE (scope, owner) > (?1, ?2) ORDER BY scope, owner LIMIT 1",
    )?;
    // Of a webhook or tenant that nothing is known of any more, all of them go.
    let mut is_gone = conn.prepare_cached(
        "SELECT CASE WHEN ?1 IN (1, 2) THEN NOT EXISTS (SELECT 1 FROM tenants WHERE key = ?2)
                     WHEN ?1 IN (3, 4) THEN NOT EXISTS (SELECT 1 FROM webhooks WHERE key = ?2)
                     ELSE 0 END",
    )?;
    let mut delete = conn.prepare_cached(
        "DELETE FROM rollups WHERE (scope, owner, grain, at, type) IN (
             SELECT scope, owner, grain, at, type FROM rollups
             WHERE scope = ?1 AND owner = ?2 AND (?6 OR grain = ?3 AND at < ?4) LIMIT ?5)",
    )?;
    loop {
        let found =
            next.query_row(params![after.0, after.1], |row| Ok(SumPlace(row.get(0)?, row.get(1)?))).optional()?;
        let Some(owner) = found else { return Ok(None) };
        let is_gone: bool = is_gone.query_row(params![owner.0, owner.1], |row| row.get(0))?;
        let deleted = delete.execute(params![owner.0, owner.1, grain as i64, before.0, left as i64, is_gone])?;
        if deleted == left {
            // It may have more.
            return Ok(Some(after));
        }
        after = owner;
        // Looking at an owner costs something, too.
        left -= deleted + 1;
        if left == 0 {
            return Ok(Some(after));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        clock::Clock,
        observe::{Counts, Lately, any_counts},
        store::sqlite::version,
    };

    #[derive(Clone, Debug)]
    enum Step {
        /// A commit that counts, or one that is rolled back.
        Count(Counts, bool),
        /// A piece of the portion, committed or rolled back, of so many sums at most.
        Sum(u32, bool),
        Crash,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            3 => (any_counts(), any::<bool>()).prop_map(|(counts, commit)| Step::Count(counts, commit)),
            5 => (0..20u32, prop::bool::weighted(0.8)).prop_map(|(sums, commit)| Step::Sum(sums, commit)),
            1 => Just(Step::Crash),
        ];
        prop::collection::vec(step, 0..25)
    }

    /// Within a quarter of an hour after all that is counted here.
    const NOW: Timestamp = Timestamp::from_millis(5 * 60_000);

    struct Bench {
        conn: Connection,
        unsummed: Unsummed,
        all: Counts,
    }

    impl Bench {
        fn take(&mut self, step: Step) {
            self.conn.execute_batch("BEGIN").unwrap();
            let end =
                |conn: &Connection, commit| conn.execute_batch(if commit { "COMMIT" } else { "ROLLBACK" }).unwrap();
            match step {
                Step::Count(counts, commit) => {
                    let row = self.unsummed.next_row();
                    if !counts.is_empty() {
                        sum::write(&self.conn, row, &counts).unwrap();
                    }
                    end(&self.conn, commit);
                    if commit && !counts.is_empty() {
                        self.unsummed.committed(row, counts.clone());
                        self.all.merge(counts);
                    }
                }
                Step::Sum(sums, commit) => {
                    let (clock, left) = (Clock::manual(Timestamp::default()), std::cell::Cell::new(sums));
                    let is_over = || {
                        left.set(left.get().saturating_sub(1));
                        left.get() == 0
                    };
                    let quantum = Quantum::begin(&clock, std::time::Duration::ZERO, &is_over);
                    // Past its end, and not past four times as much.
                    clock.advance(std::time::Duration::from_millis(3));
                    let portion = self.unsummed.next().map(|next| match next {
                        Next::Begun(portion) => portion,
                        Next::New(counts, upto) => Arc::new(Portion::of(&together(&counts), upto)),
                    });
                    portion.iter().for_each(|portion| self.unsummed.begin(portion.clone()));
                    let ended = portion.map(|portion| (sum::go_on(&self.conn, &portion, &quantum).unwrap(), portion));
                    end(&self.conn, commit);
                    if let (Some((Poll::Ready(()), portion)), true) = (ended, commit) {
                        self.unsummed.summed_up(&portion);
                    }
                }
                Step::Crash => {
                    end(&self.conn, true);
                    self.unsummed = Unsummed::load(&self.conn, NOW).unwrap();
                }
            }
        }

        fn series(&self, scope: Scope, tenant: Option<TenantKey>, types: Types, grain: Grain) -> Series {
            let (from, to) = (Bucket(i64::MIN), Bucket(i64::MAX));
            let query =
                SeriesQuery { scopes: vec![scope], tenant, types, grain, is_whole: false, from, to, limit: 1_000 };
            let (progress, mut series) = read(&self.conn, &query).unwrap();
            add_unsummed(&self.unsummed, &progress, &query, &mut series).expect("nobody is at work");
            series
        }

        /// The same from all that was counted.
        fn expected(&self, scope: Scope, types: &Types, grain: Grain) -> Series {
            let mut series = Series::new();
            for (slot, measures) in self.all.sums() {
                let is_in = slot.scope == scope
                    && match types {
                        Types::Together => slot.event_type.is_none(),
                        Types::Each => slot.event_type.is_some(),
                        Types::One(one) => slot.event_type.as_ref() == Some(one),
                    };
                if is_in {
                    let at = grain.bucket(slot.minute.begins());
                    series.entry((at, scope, slot.event_type)).or_default().merge(&measures);
                }
            }
            series
        }

        fn expected_quarters(&self) -> Vec<(WebhookKey, Quarter)> {
            let mut lately = Lately::default();
            for (slot, measures) in self.all.sums().iter().filter(|(slot, _)| slot.event_type.is_none()) {
                if let Scope::Webhook(webhook) = slot.scope {
                    lately.add(webhook, slot.minute, measures);
                }
            }
            lately.quarters(None, usize::MAX, NOW)
        }
    }

    #[test]
    fn rows_that_a_crash_left_are_not_counted_with_the_next_portion() {
        let mut conn = Connection::open_in_memory().unwrap();
        version::migrations().run(&mut conn).unwrap();
        let unsummed = Unsummed::load(&conn, NOW).unwrap();
        let mut bench = Bench { conn, unsummed, all: Counts::default() };
        let cell = Cell { minute: Bucket(0), webhook: None, event_type: None };
        let count = || {
            let mut counts = Counts::default();
            counts.of(TenantKey(1), cell.clone()).tried(None, None);
            Step::Count(counts, true)
        };
        // All sums of a portion of three rows are added, and two rows are deleted, and then one sum of the next portion is added.
        let steps =
            [count(), count(), count(), Step::Sum(3, true), Step::Crash, count(), Step::Sum(1, true), Step::Crash];
        for step in steps {
            bench.take(step);
            for (scope, tenant) in [(Scope::Node, None), (Scope::Tenant(TenantKey(1)), Some(TenantKey(1)))] {
                let series = bench.series(scope, tenant, Types::Together, Grain::Minute);
                assert_eq!(series, bench.expected(scope, &Types::Together, Grain::Minute));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_is_summed_up_and_wherever_it_crashes_all_is_counted_once(steps in steps()) {
            let mut conn = Connection::open_in_memory().unwrap();
            version::migrations().run(&mut conn).unwrap();
            let unsummed = Unsummed::load(&conn, NOW).unwrap();
            let mut bench = Bench { conn, unsummed, all: Counts::default() };
            for step in steps {
                bench.take(step);
                prop_assert_eq!(bench.unsummed.quarters(None, usize::MAX, NOW), bench.expected_quarters());
                for grain in Grain::ALL {
                    let owners: Vec<_> = bench.all.cells().map(|(tenant, cell, _)| (tenant, cell.webhook)).collect();
                    let tenants = owners.iter().map(|&(tenant, _)| (Scope::Tenant(tenant), Some(tenant)));
                    let webhooks = owners.iter().filter_map(|&(tenant, webhook)| Some((Scope::Webhook(webhook?), Some(tenant))));
                    let one = Types::One(EventType::kept("a"));
                    for (scope, tenant) in tenants.chain(webhooks).chain([(Scope::Node, None)]) {
                        for types in [Types::Together, Types::Each, one.clone()] {
                            if scope == Scope::Node && types != Types::Together {
                                continue;
                            }
                            let expected = bench.expected(scope, &types, grain);
                            prop_assert_eq!(bench.series(scope, tenant, types.clone(), grain), expected, "{:?}", types);
                        }
                    }
                }
            }
        }
    }
}
