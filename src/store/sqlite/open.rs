//! Opening: the lock, the tables, what is complete in memory, the threads.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64},
    },
    time::Duration,
};

use super::{
    access, catalogue,
    checkpoint::{Checkpointer, Lengths},
    clock::{Place, behind_all_attempts, bring_back, set_back_from},
    counted::Counted,
    damage::Damage,
    early_ids::EarlyIds,
    error::unavailable,
    file,
    forms::{self, Forms},
    gap::Gap,
    intake::Intake,
    ledger::Ledger,
    load,
    orphans::Orphans,
    promised::Promised,
    read,
    readers::{Lends, Readers},
    replay_rows::UnreadableReplays,
    reserve::{Disk, Reserve},
    sessions,
    set_aside::SetAsides,
    shared::{Seldom, Shared},
    store::{SqliteStore, Threads},
    tally::Unsummed,
    tenants,
    unfolding::{Limits, Unfolding},
    usage::Usage,
    version,
    wal::Wal,
    whole,
    writer::{self, Writer},
};
use crate::{
    clock::Clock,
    failure::Failure,
    model::{Amounts, SerialSource},
    observe::Live,
    random,
    store::{CLOCK_AHEAD, Result, StoreError, seal::MasterKey, stored, views::Views},
    work::Work,
};

/// SQLite has one writer.
const NODE: u8 = 0;
/// Connections for the API, and others for the lanes, so that a long list holds up no delivery. Of them a tenant has half.
const API_READERS: Lends = Lends {
    connections: 6,
    longest: Some(LONGEST_LIST),
    contended: Some(CONTENDED_LIST),
    waiting: 256,
    serve_everybody: false,
};
/// How much lanes ask for is bounded by themselves.
const LANE_READERS: Lends =
    Lends { connections: 4, longest: None, contended: None, waiting: usize::MAX, serve_everybody: true };
/// For what is asked about all tenants together, which takes longer the more of them there are.
const OVERVIEW_READERS: Lends =
    Lends { connections: 1, longest: Some(LONGEST_LIST), contended: None, waiting: 8, serve_everybody: false };
/// A list that takes longer is given up, and sooner where others wait for its connection.
const LONGEST_LIST: Duration = Duration::from_secs(5);
const CONTENDED_LIST: Duration = Duration::from_millis(500);

impl SqliteStore {
    /// Opens the file, or makes it; brings its tables up to date.
    ///
    /// # Errors
    /// Another process has it open, the master key is another than the data's, or the file cannot be used.
    pub fn open(path: &Path, master_key: &MasterKey, clock: Clock) -> Result<SqliteStore> {
        SqliteStore::open_as(stored::VERSION, path, master_key, clock)
    }

    /// The same, where tenants that say nothing about a quota may have so much.
    pub fn with_quotas(self, default: Amounts) -> SqliteStore {
        self.shared.usage.set_default(default);
        self
    }

    /// The same, where so much of the disk stays free for what is accepted already.
    pub fn with_reserve(self, reserve: Reserve) -> SqliteStore {
        self.shared.disk.keep(reserve);
        self
    }

    /// The same, where what takes long to be written is made in turns of the tenants.
    pub fn with_work(mut self, work: Work) -> SqliteStore {
        self.work = Some(work);
        self
    }

    /// The same as a program that reads this version of the stored forms: what an older or a newer one would find.
    pub fn open_as(reader: u32, path: &Path, master_key: &MasterKey, clock: Clock) -> Result<SqliteStore> {
        SqliteStore::open_with(reader, path, master_key, clock, Lengths::USUAL)
    }

    /// The same, where the write-ahead log may become so long.
    pub(super) fn open_with(
        reader: u32,
        path: &Path,
        master_key: &MasterKey,
        clock: Clock,
        lengths: Lengths,
    ) -> Result<SqliteStore> {
        let lock = file::lock(path)?;
        whole::check(path)?;
        let mut conn = file::connect(path)?;
        version::check(&conn, path)?;
        version::bring_up_to_date(&mut conn, path)?;
        version::note(&conn).map_err(unavailable)?;
        let forms = Forms { sealer: forms::data_key(&conn, master_key)?, reader };
        let (webhooks, set_aside) = load::webhooks(&conn, &forms).map_err(unavailable)?;
        tenants::ensure_default_tenant(&conn, clock.now()).map_err(unavailable)?;
        let views = Views::default();
        views.webhooks.fill(webhooks);
        views.tenants.fill(tenants::all(&conn).map_err(unavailable)?);
        views.api_keys.fill(access::api_keys(&conn).map_err(unavailable)?);
        views.sessions.fill(sessions::all(&conn).map_err(unavailable)?);
        views.event_types.fill(catalogue::all(&conn).map_err(unavailable)?);
        let last = read::last_serial(&conn).map_err(unavailable)?;
        let ahead = last.time().since(clock.now());
        let set_back_from = set_back_from(&conn, clock.now()).map_err(unavailable)?;
        if ahead > CLOCK_AHEAD {
            tracing::error!(seconds = ahead.as_secs(), "ids tell a time that is ahead of the clock; was it set back?");
        }
        if ahead > CLOCK_AHEAD || set_back_from.is_some() {
            let mut after = Some(Place::START);
            while let Some(place) = after {
                (_, after) = bring_back(&conn, clock.now(), place).map_err(unavailable)?;
            }
        }
        let mut attempts = SerialSource::after(last, NODE);
        set_back_from.into_iter().for_each(|seen| attempts.skip(behind_all_attempts(seen)));
        let unfolding = Unfolding::load(&conn, Limits::USUAL).map_err(unavailable)?;
        let ledger = Ledger::load(&conn, views.webhooks.all().iter().map(|webhook| &**webhook))?;
        let damage = Damage::watch(path)
            .map(Arc::new)
            .map_err(|error| StoreError::Unavailable(format!("{} or its log: {error}", path.display())))?;
        let shared = Arc::new(Shared {
            damage: damage.clone(),
            intake: Intake::default(),
            recent: Arc::default(),
            live: Live::new(u64::from_le_bytes(random::bytes())),
            views,
            set_aside: SetAsides::new(set_aside),
            unreadable_replays: UnreadableReplays::default(),
            orphans: Orphans::of(ledger.orphans()),
            usage: Usage::of(ledger.all()),
            failure: Failure::default(),
            forms,
            attempt_ids: EarlyIds::new(clock.clone(), attempts),
            webhook_keys: EarlyIds::new(clock.clone(), SerialSource::after(last, NODE)),
            counted: Counted::default(),
            unsummed: Unsummed::load(&conn, clock.now()).map_err(unavailable)?,
            wal: Wal::default(),
            disk: Disk::with_unused(file::unused_bytes(&conn).map_err(unavailable)?),
            committed: AtomicI64::new(last.number()),
            unfolding: AtomicU64::new(unfolding.deliveries()),
            writable: AtomicBool::new(true),
            unreadable: Seldom::new(clock.clone()),
        });
        let no_thread = |error: std::io::Error| StoreError::Unavailable(error.to_string());
        let gap = Arc::new(Gap::default());
        let (checkpointer, checkpoint_thread) =
            Checkpointer::start(file::connect(path)?, shared.clone(), gap.clone(), lengths).map_err(no_thread)?;
        checkpointer.watch(&mut conn).map_err(unavailable)?;
        let serials = SerialSource::after(last, NODE);
        let (shared_too, checkpointer_too) = (shared.clone(), checkpointer.clone());
        let readers = |lends| {
            let readers = Readers::new(path.to_owned(), damage.clone(), gap.clone(), lends).map_err(no_thread)?;
            readers.fill()?;
            Ok::<_, StoreError>(readers)
        };
        let (readers, lane_readers, overview_readers) =
            (readers(API_READERS)?, readers(LANE_READERS)?, readers(OVERVIEW_READERS)?);
        let writer = Writer {
            conn,
            shared: shared_too,
            checkpointer: checkpointer_too,
            clock,
            serials,
            unfolding,
            ledger,
            promised: Promised::default(),
            last_commit: Duration::ZERO,
        };
        let writer = writer::start(writer).map_err(no_thread)?;
        Ok(SqliteStore {
            shared,
            readers,
            lane_readers,
            overview_readers,
            threads: Mutex::new(Some(Threads { writer, checkpointer, checkpoint_thread })),
            work: None,
            _lock: lock,
        })
    }
}
