//! The client: puts policy, resolver, TLS, connections and limits around one exchange.

use std::{
    net::SocketAddr,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use url::Url;

use crate::{
    clock::{Clock, SystemClock},
    connect::Connector,
    error::{BuildError, Error, RequestError},
    exchange::exchange,
    local::LocalError,
    lookups::{Asking, Lookups},
    own::{Interfaces, OwnAddresses},
    owner::Owner,
    policy::Policy,
    pool::{Pool, PoolLimits},
    progress::{Answer, Phase, Progress, Repeated, Timings},
    request::{Limits, Request},
    resolve::Resolver,
    stats::{Gauge, Stats},
    target::Target,
    tls::{Offer, Tls},
};

/// How to send.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to.
    pub policy: Policy,
    /// Who resolves names.
    pub resolver: Resolver,
    /// Look-ups at one time, of which one [`Owner`] gets half at most. Each needs up to [`Resolver::FILES`] files.
    pub lookups: usize,
    /// Who tells which addresses this machine has: those are sent to only if [`Policy::allow`] has them.
    pub interfaces: Interfaces,
    /// A PEM file with certificates to trust beside the platform's.
    pub extra_ca: Option<PathBuf>,
    /// How many connections are kept.
    pub pool: PoolLimits,
}

impl Default for Config {
    /// The strict policy, the system's resolver and 64 look-ups at one time.
    fn default() -> Config {
        Config {
            policy: Policy::default(),
            resolver: Resolver::default(),
            lookups: 64,
            interfaces: Interfaces::default(),
            extra_ca: None,
            pool: PoolLimits::default(),
        }
    }
}

/// Sends requests where the policy permits. Cheap to clone; clones share connections.
pub struct Client<C = SystemClock>(Arc<Parts<C>>);

struct Parts<C> {
    connector: Connector<C>,
    pool: Arc<Pool>,
}

impl<C> Clone for Client<C> {
    fn clone(&self) -> Client<C> {
        Client(self.0.clone())
    }
}

/// What happened to a request: everything that was seen, whether it came to an answer or not.
#[derive(Debug)]
pub struct Exchange {
    /// Whom we were connected to last, if to anybody.
    pub remote: Option<SocketAddr>,
    /// Whether that connection had served another request before.
    pub reused: bool,
    /// Whether that connection speaks HTTP/2, in which names of headers are in lower case.
    pub http2: bool,
    /// How many times the request was sent, wholly or in part: none if no connection came about, and several if it was sent again because
    /// it was certainly not processed, or see [`Exchange::repeated`].
    pub requests: u32,
    /// Why the request was written a second time, over a new connection, if it was: the server may have it twice.
    pub repeated: Option<Repeated>,
    /// How long things took.
    pub timings: Timings,
    /// What was answered. After an error, what had arrived of it until then: it is there as soon as the status is known.
    pub answer: Option<Answer>,
    /// Why the answer is missing or not complete.
    pub error: Option<Error>,
}

impl Client {
    /// A client without connections, in real time.
    ///
    /// # Errors
    /// If the extra certificates cannot be used, or TLS not be set up.
    pub fn new(config: Config) -> Result<Client, BuildError> {
        Client::with_clock(config, SystemClock)
    }
}

impl<C: Clock> Client<C> {
    /// The same by another clock.
    ///
    /// # Errors
    /// If the extra certificates cannot be used, or TLS not be set up.
    pub fn with_clock(config: Config, clock: C) -> Result<Client<C>, BuildError> {
        let tls = Tls::new(config.extra_ca.as_deref())?;
        let connector = Connector {
            policy: config.policy,
            lookups: Lookups::new(config.resolver, clock.clone(), config.lookups),
            own: OwnAddresses::new(config.interfaces),
            tls,
            clock,
            open: Gauge::default(),
            refused: AtomicU64::default(),
        };
        Ok(Client(Arc::new(Parts { connector, pool: Pool::new(config.pool) })))
    }

    /// Where requests may go.
    pub fn policy(&self) -> &Policy {
        &self.0.connector.policy
    }

    /// What there is of look-ups and connections, and how many there were.
    pub fn stats(&self) -> Stats {
        let Parts { connector, pool } = &*self.0;
        Stats {
            lookups_waiting: connector.lookups.waiting(),
            connections_open: connector.open.read(),
            connections_idle: pool.idle(),
            refused: connector.refused.load(Ordering::Relaxed),
            ..connector.lookups.counts.read()
        }
    }

    /// A target of this owner at this URL, whose certificate is checked.
    ///
    /// # Errors
    /// [`Error::Blocked`] if the policy does not permit it, [`Error::Request`] if HTTP cannot carry it.
    pub fn target(&self, url: &Url, owner: Owner) -> Result<Target, Error> {
        Target::new(url, owner, true, self.policy(), &self.0.pool)
    }

    /// A target of this owner at this URL that may show any certificate, if [`Policy::unverified_tls`] permits that. Its connections
    /// serve no other targets.
    ///
    /// # Errors
    /// As [`Client::target`].
    pub fn unverified_target(&self, url: &Url, owner: Owner) -> Result<Target, Error> {
        Target::new(url, owner, false, self.policy(), &self.0.pool)
    }

    /// One request to its end: an answer, a failure, or the timeout. Redirects are not followed, bodies not decompressed,
    /// proxies of the environment not used. A request is written again, twice at most, if the server has certainly not
    /// processed it: its connection had ended before any byte of it was written, or the server says so in HTTP/2 (RFC 9113,
    /// 8.7), or it takes only HTTP/1.1. It is written again once, over a new connection, if a *kept* one ended before anything of an
    /// answer came ([`Exchange::repeated`]): nearly always the server had closed it while the request was on its way. If the server accepts a request (2xx) before it has taken all of it, the rest is written
    /// until the timeout. Dropping the future ends the request.
    pub async fn send(&self, target: &Target, request: Request, limits: &Limits) -> Exchange {
        let Parts { connector, pool } = &*self.0;
        let mut progress = Progress::new();
        if !pool.owns(&target.peer) {
            return ended(progress, Some(Error::Request(RequestError::ForeignTarget)));
        }
        let asking = Asking::new(target.owner, limits.timeout);
        let done = {
            let exchange = pin!(exchange(connector, pool, target, request, limits, &asking, &mut progress));
            tokio::select! {
                biased;
                done = exchange => Some(done),
                () = time_is_up(&connector.clock, &asking) => None,
            }
        };
        finished(progress, done, limits)
    }

    /// [`Client::send`] to a URL that is sent to once, on behalf of [`Owner::default`].
    pub async fn fetch(&self, url: &Url, request: Request, limits: &Limits) -> Exchange {
        match self.target(url, Owner::default()) {
            Ok(target) => self.send(&target, request, limits).await,
            Err(error) => ended(Progress::new(), Some(error)),
        }
    }

    /// Only resolves the name, connects and does the TLS handshake, always anew. Success has no answer.
    pub async fn connect(&self, target: &Target, limits: &Limits) -> Exchange {
        let Parts { connector, pool } = &*self.0;
        let mut progress = Progress::new();
        if !pool.owns(&target.peer) {
            return ended(progress, Some(Error::Request(RequestError::ForeignTarget)));
        }
        let asking = Asking::new(target.owner, limits.timeout);
        let done = {
            let opened = Box::pin(connector.open(target.peer.origin(), Offer::Both, &asking, &mut progress));
            tokio::select! {
                biased;
                done = opened => Some(done.map(drop)),
                () = time_is_up(&connector.clock, &asking) => None,
            }
        };
        finished(progress, done, limits)
    }
}

/// Returns when a request's time is over, of which waiting for its turn is no part.
async fn time_is_up(clock: &impl Clock, asking: &Asking) {
    let end = clock.now() + asking.patience;
    clock.sleep(asking.patience).await;
    let waited = asking.waited();
    if !waited.is_zero() {
        let passed = clock.now().saturating_sub(end);
        clock.sleep(waited.saturating_sub(passed)).await;
    }
}

fn finished(mut progress: Progress, done: Option<Result<(), Error>>, limits: &Limits) -> Exchange {
    let error = match done {
        Some(done) => done.err(),
        // It was only the rest of the request that the other side did not take.
        None if progress.is_answered => None,
        None if progress.phase == Phase::Queued => Some(Error::Local(LocalError::NoTurn)),
        None => {
            progress.leave();
            Some(Error::TimedOut { phase: progress.phase(), after: limits.timeout })
        }
    };
    ended(progress, error)
}

fn ended(mut progress: Progress, error: Option<Error>) -> Exchange {
    progress.timings.total = progress.began.elapsed();
    let answer = progress.answer_so_far();
    let Progress { remote, reused, http2, requests, repeated, timings, .. } = progress;
    Exchange { remote, reused, http2, requests, repeated, timings, answer, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thousands of requests are under way at one time, and each future is moved when it is spawned.
    #[test]
    fn what_a_request_under_way_holds_is_small() {
        let client = Client::new(Config::default()).unwrap();
        let target = client.target(&"https://example.com/".parse().unwrap(), Owner::default()).unwrap();
        let (limits, request) = (Limits::default(), Request::post("{}"));
        let held = size_of_val(&client.send(&target, request, &limits));
        assert!(held <= 4096, "{held} bytes");
        assert!(size_of_val(&client.connect(&target, &limits)) <= 4096);
    }
}
