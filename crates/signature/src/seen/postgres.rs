//! Seen messages in a table of PostgreSQL: shared by all who use the same database, and there after a restart.
//!
//! A message is a row: its key, the second to which it is remembered and, while it is handled, when its claim lapses and whose
//! it is. Each step is one statement by itself. Times are the receivers'.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Error, NoTls, Row, Socket};

use super::shared::{LEASE, Lease, StoreError, for_one_message, in_time, seconds};
use super::{Begin, SLACK, SeenIds};
use crate::received::MessageKey;

/// A statement that was not answered for this long may never be. One that had less time says nothing of its connection.
const LATE: Duration = Duration::from_secs(2);

/// Every how many messages outdated ones are cleared away. Far fewer than are cleared at once, so that clearing keeps ahead.
const CLEAR_EVERY: u32 = 100;

/// Processes that start together would make the table together, which PostgreSQL refuses to one of them. Held to the end of the
/// transaction, which several statements without one of their own are. The number is made up.
const ONE_AFTER_THE_OTHER: &str = "SELECT pg_advisory_xact_lock(5495331208176)";

/// A row is free for a new claim when its own has lapsed or, once it is handled, when its time is over.
const BEGIN: &str = "
INSERT INTO lanehook_seen AS seen (key, keep_until, lapses_at, token) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET
  keep_until = greatest(seen.keep_until, excluded.keep_until),
  lapses_at = CASE WHEN coalesce(seen.lapses_at, seen.keep_until) < $5 THEN excluded.lapses_at ELSE seen.lapses_at END,
  token = CASE WHEN coalesce(seen.lapses_at, seen.keep_until) < $5 THEN excluded.token ELSE seen.token END
RETURNING token";

/// Whoever else has the claim by now is told nothing: the message was handled, and whoever comes next hears that.
const COMPLETE: &str = "
INSERT INTO lanehook_seen AS seen (key, keep_until) VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET
  keep_until = greatest(seen.keep_until, excluded.keep_until), lapses_at = NULL, token = NULL";

const RELEASE: &str = "DELETE FROM lanehook_seen WHERE key = $1 AND token = $2";

/// It passes over rows that others are at, so it waits for nobody.
const CLEAR: &str = "
WITH outdated AS (
  SELECT key FROM lanehook_seen WHERE keep_until < $1 AND coalesce(lapses_at, keep_until) < $1
  ORDER BY keep_until LIMIT 1000 FOR UPDATE SKIP LOCKED)
DELETE FROM lanehook_seen USING outdated WHERE lanehook_seen.key = outdated.key";

/// Remembers messages in the table `lanehook_seen`, over one connection that is opened again when it is lost.
///
/// While the database cannot be reached, every message is answered 503, and none is handled: the sender comes again. Outdated
/// messages are cleared away a minute after their time, up to 1,000 with every 100th message. The database's user needs the right to
/// delete for that; without it the table grows, and nothing else says so.
///
/// ```no_run
/// # use lanehook_signature::seen::InPostgres;
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let seen = InPostgres::open("host=localhost user=app dbname=app")?; // for `VerifyLayer::seen`
/// seen.create_table().await?; // or make it with your other migrations, from InPostgres::SCHEMA
/// # Ok(())
/// # }
/// ```
pub struct InPostgres {
    connect: Box<dyn Fn() -> Connecting + Send + Sync>,
    /// Locked only while it is taken or opened; its statements go over it side by side.
    connected: Mutex<Option<Arc<Connected>>>,
    lease: i64,
    begun: AtomicU32,
}

type Connecting = Pin<Box<dyn Future<Output = Result<Connected, Error>> + Send>>;

/// A connection, which ends with this.
struct Connected {
    client: Client,
    task: AbortHandle,
    /// A statement was not answered in time. It may never answer again, so it is not used for another.
    is_late: AtomicBool,
}

type Parameters<'p> = [(&'p (dyn ToSql + Sync), Type)];

impl InPostgres {
    /// The table and its index. In another schema than the user's first one, set `search_path` in the connection's options.
    pub const SCHEMA: &str = "\
CREATE TABLE IF NOT EXISTS lanehook_seen (
  key bytea PRIMARY KEY,
  keep_until bigint NOT NULL,
  lapses_at bigint,
  token bytea
);
CREATE INDEX IF NOT EXISTS lanehook_seen_keep_until ON lanehook_seen (keep_until);
";

    /// A store in the database that this text names, `host=… user=… dbname=…` or `postgresql://…`, without TLS. It is
    /// connected with the first message.
    ///
    /// # Errors
    /// The text names no database.
    pub fn open(database: &str) -> Result<InPostgres, StoreError> {
        let config: Config = database.parse().map_err(|error: Error| StoreError::of(&error))?;
        Ok(InPostgres::new(config, NoTls))
    }

    /// A store in the database that `tokio_postgres` is set up for here, with TLS as its crates for that make it.
    pub fn new<T>(config: Config, tls: T) -> InPostgres
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send,
        T::TlsConnect: Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let connect = move || -> Connecting {
            let (config, tls) = (config.clone(), tls.clone());
            Box::pin(async move {
                let (client, connection) = config.connect(tls).await?;
                // How it ended, the statements that it breaks off are told.
                let task = tokio::spawn(async move { drop(connection.await) }).abort_handle();
                Ok(Connected { client, task, is_late: AtomicBool::new(false) })
            })
        };
        let (connected, begun) = (Mutex::new(None), AtomicU32::new(0));
        InPostgres { connect: Box::new(connect), connected, lease: LEASE, begun }
    }

    /// Sets after how many seconds a message is free again whose handler was cut off, or whose process ended; unset, it is a
    /// minute. A handler that takes longer may find its message handled a second time. Receivers go by their own clocks: one
    /// whose clock is ahead of another's takes the other's claims that much earlier.
    #[must_use]
    pub fn lease(mut self, time: Duration) -> InPostgres {
        self.lease = seconds(time);
        self
    }

    /// Makes what [`SCHEMA`](InPostgres::SCHEMA) says, where it is not there yet.
    ///
    /// # Errors
    /// The database cannot be reached, or the user may not.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let sql = format!("{ONE_AFTER_THE_OTHER}; {}", InPostgres::SCHEMA);
        in_time(async { self.connected().await?.client.batch_execute(&sql).await }).await
    }

    async fn run(&self, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        let (mut asked, asked_at) = (None, Instant::now());
        let answer = in_time(async {
            let connected = asked.insert(self.connected().await?);
            connected.client.query_typed(sql, parameters).await
        })
        .await;
        if let (Err(StoreError::Late), Some(connected)) = (&answer, asked)
            && asked_at.elapsed() >= LATE
        {
            connected.is_late.store(true, Ordering::Relaxed);
        }
        answer
    }

    async fn connected(&self) -> Result<Arc<Connected>, Error> {
        let mut connected = self.connected.lock().await;
        if let Some(connected) = connected.as_ref().filter(|connected| connected.is_of_use()) {
            return Ok(Arc::clone(connected));
        }
        let new = Arc::new((self.connect)().await?);
        *connected = Some(Arc::clone(&new));
        Ok(new)
    }

    async fn clear(&self, now: i64) -> Result<(), StoreError> {
        self.run(CLEAR, &[(&now.saturating_sub(SLACK), Type::INT8)]).await.map(drop)
    }
}

impl SeenIds for InPostgres {
    type Claim = Lease;
    type Error = StoreError;

    async fn begin(&self, key: MessageKey, now: i64, keep_until: i64) -> Result<Begin<Lease>, StoreError> {
        // Before there is a claim, for which no time might be left after it. What it fails to clear, a later one does.
        if self.begun.fetch_add(1, Ordering::Relaxed).is_multiple_of(CLEAR_EVERY)
            && let Err(late @ StoreError::Late) = self.clear(now).await
        {
            return Err(late);
        }
        let lease = Lease::new(key, now, keep_until, self.lease)?;
        let parameters: [(&(dyn ToSql + Sync), Type); 5] = [
            (&key.as_bytes().as_slice(), Type::BYTEA),
            (&keep_until, Type::INT8),
            (&lease.lapses_at, Type::INT8),
            (&lease.token.as_slice(), Type::BYTEA),
            (&now, Type::INT8),
        ];
        let rows = self.run(BEGIN, &parameters).await?;
        let row = rows.first().ok_or_else(|| StoreError::Failed("it wrote no row".to_owned()))?;
        match row.try_get::<_, Option<&[u8]>>(0).map_err(|error| StoreError::of(&error))? {
            None => Ok(Begin::Done),
            Some(token) if token == lease.token => Ok(Begin::First(lease)),
            Some(_) => Ok(Begin::UnderWay),
        }
    }

    async fn complete(&self, claim: Lease) -> Result<(), StoreError> {
        let key = claim.key.as_bytes().as_slice();
        self.run(COMPLETE, &[(&key, Type::BYTEA), (&claim.keep_until, Type::INT8)]).await.map(drop)
    }

    async fn release(&self, claim: Lease) -> Result<(), StoreError> {
        let (key, token) = (claim.key.as_bytes().as_slice(), claim.token.as_slice());
        self.run(RELEASE, &[(&key, Type::BYTEA), (&token, Type::BYTEA)]).await.map(drop)
    }

    fn for_one_message<T: Send>(&self, steps: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
        for_one_message(steps)
    }
}

impl Connected {
    fn is_of_use(&self) -> bool {
        !self.client.is_closed() && !self.is_late.load(Ordering::Relaxed)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for InPostgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InPostgres").field("lease", &self.lease).finish_non_exhaustive()
    }
}
