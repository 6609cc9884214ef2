//! Connections for reading: few, each used by one of as many [threads](super::reader_threads) at a time.
//!
//! Tenants take turns at them ([`Turns`]): whoever has read for the least time is next, and a tenant has no more connections
//! at one time than it leaves. So its long lists wait behind each other, and its neighbours' reads pass them. How many of
//! a tenant's reads may wait is bounded. A read that nobody waits for any more ends, and so does one that is long where another
//! tenant that has read for less time waits for its connection. What counts is the time of reading: not that in a [gap](super::gap).

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Notify, oneshot};

use super::{damage::Damage, error::unavailable, file::BUSY_TIMEOUT, gap::Gap, reader_threads::ReaderThreads};
use crate::{
    model::TenantKey,
    store::{Result, StoreError},
    turns::Turns,
};

/// How many steps of SQLite's machine between two looks at the clock.
const STEPS: i32 = 50_000;

/// Tells the time that passes.
type Now = Arc<dyn Fn() -> Instant + Send + Sync>;

/// A pool of connections that see the last commit.
pub(super) struct Readers(Arc<Pool>);

/// How much a pool lends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lends {
    /// Connections at one time.
    pub connections: usize,
    /// How long one read may take.
    pub longest: Option<Duration>,
    /// How long one read may take while all connections are taken and others wait that have read less.
    pub contended: Option<Duration>,
    /// How many reads of one tenant may wait.
    pub waiting: usize,
    /// Whether nobody goes before those who read.
    pub serve_everybody: bool,
}

struct Pool {
    path: PathBuf,
    damage: Arc<Damage>,
    gap: Arc<Gap>,
    lends: Lends,
    threads: ReaderThreads,
    idle: Mutex<Vec<Connection>>,
    state: Mutex<State>,
    now: Now,
    one_ended: Notify,
}

struct State {
    /// Each that waits is given its place.
    turns: Turns<oneshot::Sender<Place>>,
    closed: bool,
}

impl Readers {
    /// Of the database at `path`, as long as it is the one that `damage` watches.
    pub fn new(path: PathBuf, damage: Arc<Damage>, gap: Arc<Gap>, lends: Lends) -> io::Result<Readers> {
        Readers::timed(path, damage, gap, lends, Arc::new(Instant::now))
    }

    fn timed(path: PathBuf, damage: Arc<Damage>, gap: Arc<Gap>, lends: Lends, now: Now) -> io::Result<Readers> {
        let state = State { turns: Turns::new(lends.connections), closed: false };
        let (idle, one_ended) = (Mutex::default(), Notify::new());
        let threads = ReaderThreads::start(lends.connections, lends.serve_everybody)?;
        Ok(Readers(Arc::new(Pool {
            path,
            damage,
            gap,
            lends,
            threads,
            idle,
            state: Mutex::new(state),
            now,
            one_ended,
        })))
    }

    /// Waits for those who read; who has no connection yet gets none, and nobody may begin any more.
    pub async fn close(&self) {
        loop {
            let one_ended = self.0.one_ended.notified();
            {
                let mut state = self.0.locked();
                state.closed = true;
                state.turns.clear();
                if state.turns.is_at_rest() {
                    break;
                }
            }
            one_ended.await;
        }
        self.let_go();
    }

    /// Makes all connections now, so that reading does not depend on whether a file can be opened later.
    pub fn fill(&self) -> Result<()> {
        let missing = self.0.lends.connections.saturating_sub(self.0.idle().len());
        let made = (0..missing).map(|_| self.0.connect()).collect::<Result<Vec<_>>>()?;
        self.0.idle().extend(made);
        Ok(())
    }

    /// Closes the connections that nobody uses.
    pub fn let_go(&self) {
        self.0.idle().clear();
    }

    /// Runs `f` with a connection of its own, when it is this tenant's turn; once more, if it was interrupted for a [gap](Gap). If
    /// this is dropped, `f` is interrupted.
    ///
    /// # Errors
    /// [`StoreError::TooManyReads`]: so many of the tenant's reads wait already.
    pub async fn run<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        f: impl FnMut(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let place = self.0.clone().queue(tenant)?.await.map_err(|_| StoreError::Closed)?;
        let caller = Arc::new(());
        let waits = Arc::downgrade(&caller);
        let read = self.0.threads.run(move || place.read(f, waits)).await;
        drop(caller);
        read.unwrap_or(Err(StoreError::Panicked))
    }
}

impl Pool {
    fn queue(self: Arc<Self>, tenant: TenantKey) -> Result<oneshot::Receiver<Place>> {
        let mut state = self.locked();
        if state.closed {
            return Err(StoreError::Closed);
        }
        if state.turns.waiting_of(tenant) >= self.lends.waiting {
            return Err(StoreError::TooManyReads);
        }
        let (place, given) = oneshot::channel();
        state.turns.push(tenant, place);
        drop(state);
        self.hand_out();
        Ok(given)
    }

    /// Gives places to those whose turn it is.
    fn hand_out(self: &Arc<Self>) {
        loop {
            let mut state = self.locked();
            let next = state.turns.take();
            drop(state);
            let Some((tenant, waiting)) = next else { return };
            let place = Place { pool: Some(self.clone()), tenant, used: Duration::ZERO };
            if let Err(mut unwanted) = waiting.send(place) {
                unwanted.pool = None;
                self.ended(tenant, Duration::ZERO);
            }
        }
    }

    fn ended(&self, tenant: TenantKey, used: Duration) {
        self.locked().turns.ended(tenant, used, None);
        self.one_ended.notify_waiters();
    }

    fn connect(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags).map_err(unavailable)?;
        conn.busy_timeout(BUSY_TIMEOUT).map_err(unavailable)?;
        conn.execute_batch("PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;").map_err(unavailable)?;
        conn.set_prepared_statement_cache_capacity(64);
        let _reading = self.gap.read();
        // The first read opens the log; only what is open already can be known to be the right file.
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(unavailable)?;
        self.damage.look_at_files()?;
        Ok(conn)
    }

    /// Whether a tenant's read that has taken so long is to end.
    fn is_over(&self, tenant: TenantKey, used: Duration) -> bool {
        let passed = |most: Option<Duration>| most.is_some_and(|most| used > most);
        let is_wanted = |waiting: &oneshot::Sender<Place>| !waiting.is_closed();
        passed(self.lends.longest)
            || passed(self.lends.contended) && self.locked().turns.makes_way(tenant, used, is_wanted)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// That a tenant may use a connection, until this is dropped.
struct Place {
    /// None once somebody else has given it back.
    pool: Option<Arc<Pool>>,
    tenant: TenantKey,
    /// For how long it has read.
    used: Duration,
}

impl Place {
    /// Reads, for as long as it may and `caller` is there.
    fn read<T>(mut self, mut f: impl FnMut(&Connection) -> rusqlite::Result<T>, caller: Weak<()>) -> Result<T> {
        let Some(pool) = self.pool.clone() else { return Err(StoreError::Closed) };
        let known = pool.idle().pop();
        let mut conn = known.map_or_else(|| pool.connect(), Ok)?;
        let over = Arc::new(AtomicBool::new(false));
        let result = loop {
            let reading = pool.gap.read();
            let (began, before, tenant) = ((pool.now)(), self.used, self.tenant);
            let (of_pool, is_over, caller) = (pool.clone(), over.clone(), caller.clone());
            let interrupts = move || {
                let used = before + (of_pool.now)().duration_since(began);
                // Once: others that wait count on its place.
                if !is_over.load(Ordering::Relaxed) && (caller.strong_count() == 0 || of_pool.is_over(tenant, used)) {
                    is_over.store(true, Ordering::Relaxed);
                }
                is_over.load(Ordering::Relaxed) || of_pool.gap.interrupts()
            };
            conn.progress_handler(STEPS, Some(interrupts)).map_err(unavailable)?;
            let result = f(&conn);
            self.used = before + (pool.now)().duration_since(began);
            drop(reading);
            match result {
                Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) => {
                    if over.load(Ordering::Relaxed) {
                        break Err(StoreError::TooLong);
                    }
                }
                result => break result.map_err(unavailable),
            }
        };
        // It knows the pool, which is to keep the connection and not itself.
        conn.progress_handler(0, None::<fn() -> bool>).map_err(unavailable)?;
        pool.idle().push(conn);
        result
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            pool.ended(self.tenant, self.used);
            pool.hand_out();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{future::Future, path::Path, pin::Pin, sync::mpsc};

    use futures_util::{FutureExt as _, future::join_all};
    use tokio::time::timeout;

    use super::*;
    use crate::store::sqlite::file;

    const A: TenantKey = TenantKey(1);
    const B: TenantKey = TenantKey(2);
    /// How long to wait for another thread before the test has failed.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn readers(folder: &Path, connections: usize, longest: Option<Duration>) -> Readers {
        let path = folder.join("a.db");
        let conn = file::connect(&path).unwrap();
        conn.execute_batch("CREATE TABLE t (n)").unwrap();
        // The connection stays open, as the store's does: the log goes with the last one.
        std::mem::forget(conn);
        let damage = Arc::new(Damage::watch(&path).unwrap());
        Readers::new(
            path,
            damage,
            Arc::default(),
            Lends { connections, longest, contended: Some(Duration::ZERO), waiting: 8, serve_everybody: true },
        )
        .unwrap()
    }

    /// Reads of a tenant that take until the sender is dropped; each says on the channel that it has begun.
    struct Slow<'a> {
        reads: Vec<Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>>,
        begun: mpsc::Receiver<()>,
        go: Arc<Mutex<Option<mpsc::Sender<()>>>>,
    }

    fn slow(readers: &Readers, tenant: TenantKey, count: usize) -> Slow<'_> {
        let ((begin, begun), (go, gone)) = (mpsc::channel(), mpsc::channel::<()>());
        let gone = Arc::new(Mutex::new(gone));
        let read = || {
            let (begin, gone) = (begin.clone(), gone.clone());
            let wait = move |_: &Connection| {
                begin.send(()).unwrap();
                let _ = gone.lock().unwrap_or_else(PoisonError::into_inner).recv();
                Ok(())
            };
            let mut read: Pin<Box<dyn Future<Output = Result<()>> + Send>> = Box::pin(readers.run(tenant, wait));
            assert!((&mut read).now_or_never().is_none());
            read
        };
        Slow { reads: (0..count).map(|_| read()).collect(), begun, go: Arc::new(Mutex::new(Some(go))) }
    }

    impl Slow<'_> {
        /// Lets those that have a place begin.
        async fn begin(&mut self, places: usize) {
            for read in &mut self.reads {
                assert!(read.now_or_never().is_none());
            }
            for _ in 0..places {
                self.begun.recv_timeout(PATIENCE).unwrap();
            }
        }

        async fn let_go(self) {
            self.go.lock().unwrap().take();
            for result in timeout(PATIENCE, join_all(self.reads)).await.unwrap() {
                result.unwrap();
            }
        }
    }

    fn one(conn: &Connection) -> rusqlite::Result<i64> {
        conn.query_row("SELECT 1", [], |row| row.get(0))
    }

    #[tokio::test]
    async fn slow_reads_of_a_tenant_leave_connections_to_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(folder.path(), 4, None);
        let mut slow = slow(&readers, A, 8);
        slow.begin(2).await;
        for _ in 0..20 {
            assert_eq!(timeout(PATIENCE, readers.run(B, one)).await.expect("it passes them").unwrap(), 1);
        }
        assert!(slow.begun.try_recv().is_err(), "more of them got a connection");
        slow.let_go().await;
    }

    #[tokio::test]
    async fn so_many_reads_of_a_tenant_wait_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(folder.path(), 2, None);
        let mut slow = slow(&readers, A, 9);
        slow.begin(1).await;
        assert!(matches!(readers.run(A, one).await, Err(StoreError::TooManyReads)), "8 wait");
        assert_eq!(timeout(PATIENCE, readers.run(B, one)).await.unwrap().unwrap(), 1, "others are not refused");
        slow.let_go().await;
        assert_eq!(readers.run(A, one).await.unwrap(), 1);
    }

    /// Never ends by itself.
    fn endless(conn: &Connection) -> rusqlite::Result<i64> {
        let sql = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";
        conn.query_row(sql, [], |row| row.get(0))
    }

    #[tokio::test]
    async fn what_takes_too_long_and_what_nobody_waits_for_is_interrupted() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(folder.path(), 1, Some(Duration::ZERO));
        let answer = timeout(PATIENCE, readers.run(A, endless)).await.unwrap();
        assert!(matches!(answer, Err(StoreError::TooLong)), "{answer:?}");

        let folder = tempfile::tempdir().unwrap();
        let readers = super::tests::readers(folder.path(), 1, None);
        let (begin, begun) = mpsc::channel();
        let read = readers.run(A, move |conn| {
            begin.send(()).unwrap();
            endless(conn)
        });
        let mut read = Box::pin(read);
        assert!((&mut read).now_or_never().is_none(), "it has its place");
        assert!((&mut read).now_or_never().is_none(), "and begins");
        begun.recv_timeout(PATIENCE).unwrap();
        let waiting = readers.run(A, one);
        drop(read);
        assert_eq!(timeout(PATIENCE, waiting).await.expect("the connection is free").unwrap(), 1);
    }

    #[tokio::test]
    async fn long_reads_make_way_for_who_waits_when_all_connections_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(folder.path(), 2, None);
        let (mut first, mut own) = (Box::pin(readers.run(A, endless)), Box::pin(readers.run(A, one)));
        assert!((&mut first).now_or_never().is_none());
        assert!((&mut own).now_or_never().is_none(), "a connection is left for others");
        let mut second = Box::pin(readers.run(B, endless));
        assert!((&mut second).now_or_never().is_none());
        let third = timeout(PATIENCE, readers.run(TenantKey(3), one)).await.expect("one of the two ends");
        assert_eq!(third.unwrap(), 1);
    }

    /// Takes several looks at the clock.
    fn long(conn: &Connection) -> rusqlite::Result<i64> {
        let sql =
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 100000) SELECT count(*) FROM n";
        conn.query_row(sql, [], |row| row.get(0))
    }

    #[tokio::test]
    async fn a_read_does_not_make_way_for_others_of_its_own_tenant_nor_for_who_has_gone() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(folder.path(), 1, None);
        let ((begin, begun), (go, gone)) = (mpsc::channel(), mpsc::channel());
        let mut first = Box::pin(readers.run(A, move |conn| {
            begin.send(()).unwrap();
            gone.recv().unwrap();
            long(conn)
        }));
        let (mut own, mut others) = (Box::pin(readers.run(A, one)), Box::pin(readers.run(B, one)));
        assert!((&mut first).now_or_never().is_none(), "it has its place");
        assert!((&mut first).now_or_never().is_none(), "and begins");
        begun.recv_timeout(PATIENCE).unwrap();
        assert!((&mut own).now_or_never().is_none() && (&mut others).now_or_never().is_none(), "they wait");
        drop(others);
        go.send(()).unwrap();
        assert_eq!(timeout(PATIENCE, first).await.unwrap().unwrap(), 100_000);
        assert_eq!(timeout(PATIENCE, own).await.unwrap().unwrap(), 1);
    }

    #[tokio::test]
    async fn the_time_of_a_gap_is_none_of_reading() {
        let folder = tempfile::tempdir().unwrap();
        let passed = Arc::new(Mutex::new(Instant::now()));
        let (told, pass) = (passed.clone(), move |millis| *passed.lock().unwrap() += Duration::from_millis(millis));
        let Readers(pool) = readers(folder.path(), 1, None);
        let lends = Lends { contended: Some(Duration::from_millis(500)), ..pool.lends };
        let now = Arc::new(move || *told.lock().unwrap());
        let readers = Readers::timed(pool.path.clone(), pool.damage.clone(), pool.gap.clone(), lends, now).unwrap();
        let ((begin, begun), passes, mut times) = (mpsc::channel(), pass.clone(), 0);
        let mut read = Box::pin(readers.run(A, move |conn| {
            begin.send(()).unwrap();
            times += 1;
            if times > 1 {
                return long(conn);
            }
            // The gap comes in the middle of this.
            passes(250);
            endless(conn)
        }));
        let mut waits = Box::pin(readers.run(B, one));
        assert!((&mut read).now_or_never().is_none(), "it has its place");
        assert!((&mut read).now_or_never().is_none(), "and begins");
        begun.recv_timeout(PATIENCE).unwrap();
        assert!((&mut waits).now_or_never().is_none(), "all connections are taken");
        let hurries = super::super::gap::Waits { grace: Duration::ZERO, patience: PATIENCE };
        pool.gap.hold(hurries, || pass(300)).unwrap();
        assert_eq!(timeout(PATIENCE, read).await.unwrap().unwrap(), 100_000);
        assert_eq!(timeout(PATIENCE, waits).await.unwrap().unwrap(), 1);
    }

    #[tokio::test]
    async fn a_place_that_nobody_took_goes_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(folder.path(), 1, None);
        let mut slow = slow(&readers, A, 1);
        slow.begin(1).await;
        let mut gone: Vec<_> = (0..5).map(|_| Box::pin(readers.run(B, one))).collect();
        assert!(gone.iter_mut().all(|read| read.now_or_never().is_none()));
        let mut waits = Box::pin(readers.run(B, one));
        assert!((&mut waits).now_or_never().is_none());
        // One has hung up while it waited, one when its place had just been given.
        let given = gone.remove(0);
        drop(gone);
        slow.let_go().await;
        drop(given);
        assert_eq!(timeout(PATIENCE, waits).await.unwrap().unwrap(), 1);
    }

    #[tokio::test]
    async fn closing_waits_for_who_reads_and_for_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(folder.path(), 2, None);
        let mut slow = slow(&readers, A, 2);
        slow.begin(1).await;
        let waiting = slow.reads.pop().unwrap();
        let mut closing = Box::pin(readers.close());
        assert!((&mut closing).now_or_never().is_none());
        assert!(matches!(waiting.await, Err(StoreError::Closed)));
        assert!(matches!(readers.run(B, one).await, Err(StoreError::Closed)));
        slow.let_go().await;
        timeout(PATIENCE, closing).await.unwrap();
        assert!(readers.0.idle().is_empty());
    }

    #[tokio::test]
    async fn a_connection_that_finds_another_file_reads_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(folder.path(), 1, None);
        std::fs::copy(folder.path().join("a.db"), folder.path().join("b.db")).unwrap();
        std::fs::rename(folder.path().join("b.db"), folder.path().join("a.db")).unwrap();
        let answer = readers.run(A, one).await;
        assert!(matches!(answer, Err(StoreError::Gone(_))), "{answer:?}");
    }
}
