//! Seen messages in Redis (or Valkey, or whatever else runs its scripts): shared by all who use the same server and prefix.
//!
//! A message is a hash under `<prefix><key in hex>`: `until`, the second to which it is remembered; while it is handled, also
//! `lapses` and `token` of the claim. Each step is one script over one key, so it is atomic, and works in a cluster. Times
//! are the receivers': Redis only clears away what is over, a minute later.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue};

use super::shared::{LEASE, Lease, StoreError, for_one_message, in_time, seconds};
use super::{Begin, SLACK, SeenIds, StoreIdentity};
use crate::received::MessageKey;

const PREFIX: &str = "lanehook:seen:";

/// When a connection that does not answer is given up for a new one. Before anybody stops waiting for the store, so that the
/// next to ask finds the new one.
const RESPONSE_TIME: Duration = Duration::from_secs(3);
const CONNECTION_TIME: Duration = Duration::from_secs(2);

/// Redis takes no time to live beyond its own numbers. A hundred years, in seconds.
const LONGEST: i64 = 100 * 366 * 24 * 60 * 60;

/// Of now, until, lapses, token, slack and the longest time to live.
const BEGIN: &str = "
local known = redis.call('HMGET', KEYS[1], 'until', 'lapses')
local now, to, lapses = tonumber(ARGV[1]), ARGV[2], known[2]
local answer = 'first'
if lapses then
  if tonumber(lapses) >= now then answer = 'under way' end
elseif known[1] and tonumber(known[1]) >= now then
  answer = 'done'
end
if known[1] and tonumber(known[1]) > tonumber(to) then to = known[1] end
redis.call('HSET', KEYS[1], 'until', to)
if answer == 'first' then
  lapses = ARGV[3]
  redis.call('HSET', KEYS[1], 'lapses', lapses, 'token', ARGV[4])
end
local last = math.max(tonumber(to), tonumber(lapses or to))
redis.call('EXPIRE', KEYS[1], math.min(last - now + tonumber(ARGV[5]), tonumber(ARGV[6])))
return answer";

/// Of until, and the time to live if the message is not there any more. Whoever else has its claim by now is told nothing: it
/// was handled, and whoever comes next hears that.
const COMPLETE: &str = "
redis.call('HDEL', KEYS[1], 'lapses', 'token')
if redis.call('HSETNX', KEYS[1], 'until', ARGV[1]) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return 'done'";

/// Of the token.
const RELEASE: &str = "
if redis.call('HGET', KEYS[1], 'token') == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 'released'";

/// Remembers messages in Redis, in about 250 bytes each.
///
/// While Redis cannot be reached, every message is answered 503, and none is handled: the sender comes again. What Redis
/// forgets before its time is handled once more if it comes again, so give it `maxmemory-policy noeviction` (a full Redis then
/// refuses, and messages are answered 503), and think of what a restart or a change to a replica loses with your settings.
///
/// ```no_run
/// # use lanehook_signature::seen::InRedis;
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let seen = InRedis::open("redis://127.0.0.1/")?; // for `VerifyLayer::seen`
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct InRedis<C = ConnectionManager> {
    connection: C,
    prefix: String,
    lease: i64,
    /// Tells it and its clones from others.
    identity: Arc<()>,
}

impl InRedis {
    /// A store at this URL, `redis://…` or `unix:///…`. It is connected with the first message, and again whenever the connection is
    /// lost. For `rediss://…`, turn on TLS in the crate `redis`. Call it inside of a tokio runtime.
    ///
    /// # Errors
    /// The URL is none, or there is no tokio runtime here.
    pub fn open(url: &str) -> Result<InRedis, StoreError> {
        // The manager starts a task, which panics without one.
        tokio::runtime::Handle::try_current().map_err(|error| StoreError::of(&error))?;
        // The sender is told to come again, and does so better than a request that waits for tries.
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECTION_TIME))
            .set_response_timeout(Some(RESPONSE_TIME));
        let manager = Client::open(url).and_then(|client| ConnectionManager::new_lazy_with_config(client, config));
        Ok(InRedis::new(manager.map_err(|error| StoreError::of(&error))?))
    }
}

impl<C> InRedis<C> {
    /// A store behind a connection of the crate `redis` that can be shared: a `ConnectionManager`, or one to a cluster.
    pub fn new(connection: C) -> InRedis<C> {
        InRedis { connection, prefix: PREFIX.to_owned(), lease: LEASE, identity: Arc::default() }
    }

    /// Sets what the names of its keys in Redis begin with; unset, it is `lanehook:seen:`.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        // Under other names, the clones that it may have do not see its messages.
        self.identity = Arc::default();
        self
    }

    /// Sets after how many seconds a message is free again whose handler was cut off, or whose process ended; unset, it is a
    /// minute. A handler that takes longer may find its message handled a second time.
    #[must_use]
    pub fn lease(mut self, time: Duration) -> Self {
        self.lease = seconds(time);
        self
    }
}

impl<C: ConnectionLike + Clone> InRedis<C> {
    async fn run<T: FromRedisValue>(&self, script: &str, key: MessageKey, arguments: &[&str]) -> Result<T, StoreError> {
        let mut connection = self.connection.clone();
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(1).arg(format!("{}{key}", self.prefix)).arg(arguments);
        in_time(command.query_async(&mut connection)).await
    }
}

impl<C: ConnectionLike + Clone + Send + Sync + 'static> SeenIds for InRedis<C> {
    type Claim = Lease;
    type Error = StoreError;

    async fn begin(&self, key: MessageKey, now: i64, keep_until: i64) -> Result<Begin<Lease>, StoreError> {
        let lease = Lease::new(key, now, keep_until, self.lease)?;
        let times = [now, keep_until, lease.lapses_at, SLACK, LONGEST].map(|time| time.to_string());
        let [now, to, lapses, slack, longest] = &times;
        let answer: String = self.run(BEGIN, key, &[now, to, lapses, &token(&lease), slack, longest]).await?;
        match answer.as_str() {
            "first" => Ok(Begin::First(lease)),
            "under way" => Ok(Begin::UnderWay),
            "done" => Ok(Begin::Done),
            other => Err(StoreError::Failed(format!("it answered {other:?}"))),
        }
    }

    async fn complete(&self, claim: Lease) -> Result<(), StoreError> {
        let (until, left) = (claim.keep_until, claim.keep_for.saturating_add(SLACK).clamp(1, LONGEST));
        self.run(COMPLETE, claim.key, &[&until.to_string(), &left.to_string()]).await
    }

    async fn release(&self, claim: Lease) -> Result<(), StoreError> {
        self.run(RELEASE, claim.key, &[&token(&claim)]).await
    }

    fn for_one_message<T: Send>(&self, steps: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
        for_one_message(steps)
    }

    fn identity(&self) -> StoreIdentity {
        StoreIdentity::of(&*self.identity)
    }
}

fn token(lease: &Lease) -> String {
    format!("{:032x}", u128::from_be_bytes(lease.token))
}

impl<C> fmt::Debug for InRedis<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InRedis").field("prefix", &self.prefix).field("lease", &self.lease).finish_non_exhaustive()
    }
}
