//! Names to addresses: a host's name enters, all its addresses leave, unjudged. Nothing survives a crash; Hickory
//! keeps answers for as long as they say (TTL), a bounded number of them.

use std::{net::IpAddr, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use hickory_resolver::{TokioResolver, config::LookupIpStrategy};
use tokio::sync::Semaphore;

/// Answers kept by Hickory.
const CACHED_ANSWERS: u64 = 8192;
/// The longest time an answer is kept, whatever its TTL.
const LONGEST_CACHED: Duration = Duration::from_secs(3600);
const LONGEST_CACHED_FAILURE: Duration = Duration::from_secs(30);

/// Who is asked for addresses.
#[derive(Clone, Default)]
pub enum Resolver {
    /// The name servers of the system's configuration, asked directly; see [`Resolver::hickory`].
    Hickory(Arc<TokioResolver>),
    /// The system's resolver: /etc/hosts, split DNS, and whatever else is set up there.
    #[default]
    System,
    /// Another one.
    Custom(Arc<dyn Resolve>),
}

/// Resolves names.
pub trait Resolve: Send + Sync {
    /// All addresses of a name, in the order to try them.
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>>;
}

/// Why a name has no addresses.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ResolveError {
    /// It does not exist, or has none.
    #[error("it has no address")]
    NoAddress,
    /// It could not be found out.
    #[error("{0}")]
    Failed(String),
}

impl Resolver {
    /// Hickory with the system's name servers.
    ///
    /// # Errors
    /// If the system's configuration cannot be read.
    pub fn hickory() -> Result<Resolver, ResolveError> {
        let failed = |error: hickory_resolver::net::NetError| ResolveError::Failed(error.to_string());
        let mut builder = TokioResolver::builder_tokio().map_err(failed)?;
        let options = builder.options_mut();
        // Both families, so that every address is seen and judged.
        options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
        options.cache_size = CACHED_ANSWERS;
        options.positive_max_ttl = Some(LONGEST_CACHED);
        options.negative_max_ttl = Some(LONGEST_CACHED_FAILURE);
        Ok(Resolver::Hickory(Arc::new(builder.build().map_err(failed)?)))
    }

    /// One that answers by a function.
    pub fn from_fn(answer: impl Fn(&str) -> Result<Vec<IpAddr>, ResolveError> + Send + Sync + 'static) -> Resolver {
        struct Function<F>(F);
        impl<F: Fn(&str) -> Result<Vec<IpAddr>, ResolveError> + Send + Sync> Resolve for Function<F> {
            fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
                Box::pin(std::future::ready((self.0)(name)))
            }
        }
        Resolver::Custom(Arc::new(Function(answer)))
    }

    /// All addresses of a name, at least one.
    pub(crate) async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
        let addresses = match self {
            Resolver::Hickory(resolver) => with_hickory(resolver, name).await?,
            Resolver::System => with_system(name).await?,
            Resolver::Custom(resolver) => resolver.resolve(name).await?,
        };
        if addresses.is_empty() { Err(ResolveError::NoAddress) } else { Ok(addresses) }
    }
}

async fn with_hickory(resolver: &TokioResolver, name: &str) -> Result<Vec<IpAddr>, ResolveError> {
    // The dot at the end keeps the system's search domains out: `hooks` must not become `hooks.corp.example`.
    let absolute = format!("{}.", name.strip_suffix('.').unwrap_or(name));
    match resolver.lookup_ip(absolute.as_str()).await {
        Ok(found) => Ok(found.iter().collect()),
        Err(error) if error.is_nx_domain() || error.is_no_records_found() => Err(ResolveError::NoAddress),
        Err(error) => Err(ResolveError::Failed(error.to_string())),
    }
}

/// Each look-up through the system takes a thread of tokio's pool for blocking work. Names that hang must leave some of
/// them to whatever else the process does there, so this counts for all clients together.
static SYSTEM_LOOKUPS: Semaphore = Semaphore::const_new(64);

async fn with_system(name: &str) -> Result<Vec<IpAddr>, ResolveError> {
    use std::net::ToSocketAddrs;
    let slot = SYSTEM_LOOKUPS.acquire().await.map_err(|error| ResolveError::Failed(error.to_string()))?;
    let name = name.to_owned();
    // The look-up goes on when nobody waits for it any more, and so does its hold on the slot.
    let lookup = tokio::task::spawn_blocking(move || {
        let _slot = slot;
        (name.as_str(), 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect())
    });
    match lookup.await {
        Ok(Ok(found)) => Ok(found),
        // The standard library hands on the text of getaddrinfo and not its code.
        Ok(Err(error)) => Err(ResolveError::Failed(error.to_string())),
        Err(error) => Err(ResolveError::Failed(error.to_string())),
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Resolver::Hickory(_) => "hickory",
            Resolver::System => "system",
            Resolver::Custom(_) => "custom",
        })
    }
}
