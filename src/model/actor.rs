//! Who changes something.

use std::{fmt, net::IpAddr};

use super::ApiKeyId;

/// Who makes a change, and from where. Every change of something that people set names one.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Actor {
    /// The key or the job that makes the change.
    pub who: Who,
    /// The network address that the request came from, if it is known; what a trusted proxy says of it counts.
    pub address: Option<IpAddr>,
}

/// Who makes a change.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Who {
    /// Somebody with this API key.
    Key(ApiKeyId),
    /// The server itself, in this job of its own: `lanes`, `self_heal`, `bootstrap`.
    System(&'static str),
}

impl Actor {
    /// Somebody with this API key.
    pub const fn key(id: ApiKeyId) -> Actor {
        Actor { who: Who::Key(id), address: None }
    }

    /// The server itself, in this job.
    pub const fn system(job: &'static str) -> Actor {
        Actor { who: Who::System(job), address: None }
    }

    /// Whether it is the server itself.
    pub const fn is_system(&self) -> bool {
        matches!(self.who, Who::System(_))
    }

    /// The same, from this address.
    pub const fn at(self, address: Option<IpAddr>) -> Actor {
        Actor { who: self.who, address }
    }
}

/// For logs: `key_06f3n1qk2v0g0 from 10.0.0.7`, `system:lanes`.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.who {
            Who::Key(id) => write!(f, "{id}")?,
            Who::System(job) => write!(f, "system:{job}")?,
        }
        match self.address {
            Some(address) => write!(f, " from {address}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_written_for_logs() {
        let id = ApiKeyId::parse("key_0000000000007").unwrap();
        assert_eq!(Actor::key(id).to_string(), "key_0000000000007");
        assert_eq!(Actor::key(id).at("10.0.0.7".parse().ok()).to_string(), "key_0000000000007 from 10.0.0.7");
        assert_eq!(Actor::system("lanes").to_string(), "system:lanes");
    }
}
