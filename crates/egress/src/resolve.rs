//! Names to addresses: a host's name enters, all its addresses leave, unjudged. Nothing is remembered here.

mod builtin;
mod resolution;
mod system;

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use futures_util::future::BoxFuture;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ProtocolConfig};

use self::builtin::{Builtin, RESOLV_CONF};
pub use self::resolution::{Resolution, ResolveError};

/// Who is asked for addresses. Names are absolute: search domains are never tried.
#[derive(Clone)]
pub struct Resolver(Kind);

#[derive(Clone)]
enum Kind {
    Builtin(Arc<Builtin>),
    System { relative: bool },
    Custom(Arc<dyn Resolve>),
}

/// Resolves names.
pub trait Resolve: Send + Sync {
    /// All addresses of a name. Dropping the future ends the look-up.
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Resolution>;
}

impl Resolver {
    /// Open files that a look-up may need at one time: a socket for each query that was repeated, of two types, to two
    /// servers.
    pub const FILES: usize = 16;

    /// Asks the name servers of /etc/resolv.conf, and takes nothing else from there. `hosts`: looks into /etc/hosts before,
    /// as it is now.
    ///
    /// # Errors
    /// A file cannot be read, or names no server.
    pub fn builtin(hosts: bool) -> Result<Resolver, ResolveError> {
        Ok(Resolver(Kind::Builtin(Arc::new(Builtin::new(Path::new(RESOLV_CONF), hosts)?))))
    }

    /// Asks these name servers, over UDP, and over TCP where an answer is too long for that.
    ///
    /// # Errors
    /// There are none.
    pub fn name_servers(servers: &[SocketAddr]) -> Result<Resolver, ResolveError> {
        if servers.is_empty() {
            return Err(ResolveError::Failed("there are no name servers".into()));
        }
        let to = |server: &SocketAddr| {
            let connections = [ProtocolConfig::Udp, ProtocolConfig::Tcp].map(|protocol| {
                let mut connection = ConnectionConfig::new(protocol);
                connection.port = server.port();
                connection
            });
            NameServerConfig::new(server.ip(), true, connections.to_vec())
        };
        Ok(Resolver(Kind::Builtin(Arc::new(Builtin::of(servers.iter().map(to).collect())?))))
    }

    /// The system's resolver: split DNS, and whatever else is set up there. `hosts`: names are looked up as they are, so that
    /// /etc/hosts counts, and search domains do.
    pub fn system(hosts: bool) -> Resolver {
        Resolver(Kind::System { relative: hosts })
    }

    /// Another one.
    pub fn custom(resolver: Arc<dyn Resolve>) -> Resolver {
        Resolver(Kind::Custom(resolver))
    }

    /// One that answers by a function. Nothing that it answers is remembered.
    pub fn from_fn(answer: impl Fn(&str) -> Result<Vec<IpAddr>, ResolveError> + Send + Sync + 'static) -> Resolver {
        struct Function<F>(F);
        impl<F: Fn(&str) -> Result<Vec<IpAddr>, ResolveError> + Send + Sync> Resolve for Function<F> {
            fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Resolution> {
                let resolution = Resolution { result: (self.0)(name), valid_for: Duration::ZERO };
                Box::pin(std::future::ready(resolution))
            }
        }
        Resolver::custom(Arc::new(Function(answer)))
    }

    /// All addresses of a name, or why it has none. `turn` is held for as long as the look-up needs what it stands for.
    pub(crate) async fn resolve(&self, name: &str, turn: impl Send + 'static) -> Resolution {
        if is_localhost(name) && !matches!(self.0, Kind::Custom(_)) {
            let result = Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
            return Resolution { result, valid_for: Duration::ZERO };
        }
        let mut resolution = match &self.0 {
            Kind::System { relative } => system::resolve(name, *relative, turn).await,
            Kind::Builtin(builtin) => with(turn, builtin.resolve(name)).await,
            Kind::Custom(resolver) => with(turn, resolver.resolve(name)).await,
        };
        if resolution.result.as_ref().is_ok_and(Vec::is_empty) {
            resolution.result = Err(ResolveError::NoAddress);
        }
        resolution
    }
}

async fn with<T>(turn: impl Send, work: impl Future<Output = T>) -> T {
    let done = work.await;
    drop(turn);
    done
}

/// RFC 6761, 6.3: it means this machine, whatever a server says.
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.strip_suffix("localhost").is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// [`Resolver::system`], without hosts: it cannot fail.
impl Default for Resolver {
    fn default() -> Resolver {
        Resolver::system(false)
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::Builtin(_) => "builtin",
            Kind::System { .. } => "system",
            Kind::Custom(_) => "custom",
        })
    }
}
