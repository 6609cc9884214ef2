//! Who changes something.

use std::{fmt, net::IpAddr};

use super::{ApiKeyId, SessionId};

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
    /// Somebody who is signed in, by a session that came from this key.
    Session(SessionId, ApiKeyId),
    /// A customer in a portal, whose link was made by this key.
    Portal(SessionId, ApiKeyId),
    /// Whoever owns the data, by this command: `keys_create`.
    Owner(&'static str),
    /// The server itself, in this job of its own: `lanes`, `self_heal`, `bootstrap`.
    System(&'static str),
}

impl Actor {
    /// Somebody with this API key.
    pub const fn key(id: ApiKeyId) -> Actor {
        Actor { who: Who::Key(id), address: None }
    }

    /// Somebody who is signed in by this session, which came from this key.
    pub const fn session(id: SessionId, key: ApiKeyId) -> Actor {
        Actor { who: Who::Session(id, key), address: None }
    }

    /// A customer who is in a portal by this session; the key made the link.
    pub const fn portal(id: SessionId, key: ApiKeyId) -> Actor {
        Actor { who: Who::Portal(id, key), address: None }
    }

    /// Whoever owns the data, by this command.
    pub const fn owner(command: &'static str) -> Actor {
        Actor { who: Who::Owner(command), address: None }
    }

    /// The server itself, in this job.
    pub const fn system(job: &'static str) -> Actor {
        Actor { who: Who::System(job), address: None }
    }

    /// Whether no request asks for it: the server itself does it, or its owner has it done.
    pub const fn is_system(&self) -> bool {
        matches!(self.who, Who::System(_) | Who::Owner(_))
    }

    /// The same, from this address.
    pub const fn at(self, address: Option<IpAddr>) -> Actor {
        Actor { who: self.who, address }
    }
}

/// For logs: `key_06f3n1qk2v0g0 from 10.0.0.7`, `key_06f3n1qk2v0g0 in ses_06f3n1qk2v0g8`, `system:lanes`.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.who {
            Who::Key(id) => write!(f, "{id}")?,
            Who::Session(id, key) | Who::Portal(id, key) => write!(f, "{key} in {id}")?,
            Who::Owner(command) => write!(f, "owner:{command}")?,
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
