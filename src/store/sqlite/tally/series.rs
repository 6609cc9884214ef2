//! Reading sums: those of the table, and what is not in it yet.

use std::{collections::BTreeMap, task::Poll};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    portion::{Progress, progress},
    sum::{self, place},
    unsummed::Unsummed,
};
use crate::{
    model::{EventType, TenantKey},
    observe::{Bucket, Cell, Grain, Measures, Scope, Slot},
    store::{
        Result, SeriesPoint, SeriesQuery, Statistics, StoreError, SumPlace, Types,
        sqlite::{error::unavailable, job_queues::JobSize, store::SqliteStore},
    },
};

/// Sums that one transaction forgets, or owners that it looks at.
const FORGOTTEN: usize = 200;

/// How often the sums are read anew if more was added to them meanwhile.
const TRIES: usize = 5;

type Series = BTreeMap<(Bucket, Option<EventType>), Measures>;

#[async_trait]
impl Statistics for SqliteStore {
    async fn series(&self, whose: TenantKey, query: SeriesQuery) -> Result<Vec<SeriesPoint>> {
        for _ in 0..TRIES {
            let asked = query.clone();
            let (progress, mut series) = self.read(whose, move |conn| read(conn, &asked)).await?;
            if add_unsummed(&self.shared.unsummed, progress, &query, &mut series).is_some() {
                let points = series.into_iter().take(query.limit);
                return Ok(points
                    .map(|((at, event_type), measures)| SeriesPoint { at, event_type, measures })
                    .collect());
            }
        }
        Err(StoreError::Busy)
    }

    async fn sum_up(&self) -> Result<()> {
        let shared = self.shared.clone();
        let mut portion = None;
        let of = shared.clone();
        let size = JobSize { rows: 100, ..JobSize::small(TenantKey::ALL) };
        let summed = self
            .queue_parts(size, move |tx, quantum| {
                portion = portion.take().or_else(|| of.unsummed.portion());
                let Some(portion) = portion.clone() else { return Poll::Ready(Ok(None)) };
                match tx.whole(|tx| sum::go_on(tx.conn, &portion, quantum)) {
                    Ok(Poll::Ready(())) => Poll::Ready(Ok(Some(portion))),
                    Ok(Poll::Pending) => Poll::Pending,
                    Err(error) => Poll::Ready(Err(error)),
                }
            })
            .await?;
        if let Some(portion) = summed {
            shared.unsummed.summed_up(&portion);
        }
        Ok(())
    }

    async fn forget_sums(&self, grain: Grain, before: Bucket, after: SumPlace) -> Result<Option<SumPlace>> {
        let size = JobSize { rows: FORGOTTEN, ..JobSize::small(TenantKey::ALL) };
        self.write(size, move |tx| forget(tx.conn, grain, before, after).map_err(unavailable)).await
    }
}

/// Adds what is not in the sums yet, as [`Unsummed::add_to`].
fn add_unsummed(unsummed: &Unsummed, progress: Progress, query: &SeriesQuery, series: &mut Series) -> Option<()> {
    let mut add = |minute: Bucket, event_type: Option<&EventType>, measures: &Measures| {
        let at = query.grain.bucket(minute.begins());
        let event_type = match &query.types {
            Types::Together => None,
            Types::Each if event_type.is_some() => event_type.cloned(),
            Types::One(one) if event_type == Some(one) => event_type.cloned(),
            Types::Each | Types::One(_) => return,
        };
        if at >= query.from && at < query.to {
            series.entry((at, event_type)).or_default().merge(measures);
        }
    };
    let mut portion = Vec::new();
    let is_together = query.types == Types::Together;
    let of_portion = |slot: &Slot, measures: &Measures| {
        if slot.scope == query.scope && slot.event_type.is_none() == is_together {
            portion.push((slot.clone(), measures.clone()));
        }
    };
    let mut open = Vec::new();
    let of_open = |cell: &Cell, measures: &Measures| {
        let is_in = match query.scope {
            Scope::Node | Scope::Tenant(_) => true,
            Scope::Webhook(webhook) => cell.webhook == Some(webhook),
        };
        if is_in {
            open.push((cell.minute, cell.event_type.clone(), measures.clone()));
        }
    };
    let tenant = match query.scope {
        Scope::Node => None,
        Scope::Tenant(tenant) => Some(tenant),
        Scope::Webhook(_) => query.tenant,
    };
    unsummed.add_to(progress, tenant, of_portion, of_open)?;
    portion.iter().for_each(|(slot, measures)| add(slot.minute, slot.event_type.as_ref(), measures));
    open.iter().for_each(|(minute, event_type, measures)| add(*minute, event_type.as_ref(), measures));
    Some(())
}

/// The sums of the table, and how much is in them.
fn read(conn: &Connection, query: &SeriesQuery) -> rusqlite::Result<(Progress, Series)> {
    // In one transaction: what is read between two pieces of a portion would not belong together.
    let transaction = conn.unchecked_transaction()?;
    let progress = progress(&transaction)?;
    let (scope, owner) = place(query.scope, query.types != Types::Together);
    let one = match &query.types {
        Types::One(event_type) => Some(event_type.as_str()),
        Types::Together | Types::Each => None,
    };
    let mut find = transaction.prepare_cached(
        "SELECT at, type, measures FROM rollups
         WHERE scope = ?1 AND owner = ?2 AND grain = ?3 AND at >= ?4 AND at < ?5 AND (?6 IS NULL OR type = ?6)
         ORDER BY at, type LIMIT ?7",
    )?;
    let limit = query.limit as i64;
    let mut rows = find.query(params![scope, owner, query.grain as i64, query.from.0, query.to.0, one, limit])?;
    let mut series = Series::new();
    while let Some(row) = rows.next()? {
        let event_type = row.get_ref(1)?.as_str()?;
        let event_type = (!event_type.is_empty()).then(|| EventType::kept(event_type));
        match sum::read(row.get_ref(2)?.as_blob()?) {
            Ok(measures) => drop(series.insert((Bucket(row.get(0)?), event_type), measures)),
            Err(error) => tracing::error!(%error, "a sum is left out"),
        }
    }
    drop(rows);
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
    let mut delete = conn.prepare_cached(
        "DELETE FROM rollups WHERE (scope, owner, grain, at, type) IN (
             SELECT scope, owner, grain, at, type FROM rollups
             WHERE scope = ?1 AND owner = ?2 AND grain = ?3 AND at < ?4 LIMIT ?5)",
    )?;
    loop {
        let found =
            next.query_row(params![after.0, after.1], |row| Ok(SumPlace(row.get(0)?, row.get(1)?))).optional()?;
        let Some(owner) = found else { return Ok(None) };
        let deleted = delete.execute(params![owner.0, owner.1, grain as i64, before.0, left as i64])?;
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
        model::Timestamp,
        observe::{Counts, any_counts},
        store::sqlite::{quantum::Quantum, version},
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
                    let portion = self.unsummed.portion();
                    let ended = portion.map(|portion| (sum::go_on(&self.conn, &portion, &quantum).unwrap(), portion));
                    end(&self.conn, commit);
                    if let (Some((Poll::Ready(()), portion)), true) = (ended, commit) {
                        self.unsummed.summed_up(&portion);
                    }
                }
                Step::Crash => {
                    end(&self.conn, true);
                    self.unsummed = Unsummed::load(&self.conn).unwrap();
                }
            }
        }

        fn series(&self, scope: Scope, tenant: Option<TenantKey>, types: Types, grain: Grain) -> Series {
            let (from, to) = (Bucket(i64::MIN), Bucket(i64::MAX));
            let query = SeriesQuery { scope, tenant, types, grain, from, to, limit: 1_000 };
            let (progress, mut series) = read(&self.conn, &query).unwrap();
            add_unsummed(&self.unsummed, progress, &query, &mut series).expect("nobody is at work");
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
                    series.entry((at, slot.event_type)).or_default().merge(&measures);
                }
            }
            series
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_is_summed_up_and_wherever_it_crashes_all_is_counted_once(steps in steps()) {
            let mut conn = Connection::open_in_memory().unwrap();
            version::migrations().run(&mut conn).unwrap();
            let unsummed = Unsummed::load(&conn).unwrap();
            let mut bench = Bench { conn, unsummed, all: Counts::default() };
            for step in steps {
                bench.take(step);
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
                            // A webhook belongs to one tenant; these do not.
                            if matches!(scope, Scope::Webhook(_)) {
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
