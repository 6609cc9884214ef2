//! Which messages were handled already: a message's key and the time enter, whether to handle it leaves.
//!
//! Webhooks are delivered at least once, so the same message comes again for good reasons (an answer was lost, a
//! timeout ran out) and for bad ones (somebody recorded a request and sends it once more). Both are met the same way:
//! a message is handled until that succeeded once, and every later arrival is answered with success and passed over.
//!
//! ```text
//! begin ─┬─ First(claim) ── handle ─┬─ success ── complete(claim) ── from now on: Done
//!        │                          └─ failure, panic, cut off ── release(claim) or drop ── from now on: First
//!        ├─ UnderWay ── ask the sender to come again
//!        ├─ Done ── answer with success, handle nothing
//!        └─ Full ── ask the sender to come again
//! ```
//!
//! [`InMemory`] remembers in this process and forgets with it. For several processes, or to remember over a restart, there
//! are `InRedis` (feature `redis`) and `InPostgres` (feature `postgres`), or an own [`SeenIds`] over what they share.
//!
//! All of them keep a message's key, which is a hash of 32 bytes, whatever its sender put into its headers. A store that cannot
//! answer says neither `First` nor `Done` but fails, and the message is answered 503.

mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
#[cfg(any(feature = "redis", feature = "postgres"))]
mod shared;

use std::any::TypeId;
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;

use crate::received::MessageKey;

pub use memory::{Claim, InMemory, WhenFull};
#[cfg(feature = "postgres")]
pub use postgres::InPostgres;
#[cfg(feature = "redis")]
pub use redis::InRedis;
#[cfg(any(feature = "redis", feature = "postgres"))]
pub use shared::{Lease, StoreError};

/// Seconds that a message is kept beyond its time, where there is room. Receivers' clocks differ a little, are set back, and are
/// read before the store is asked: what is slow accepts a request for that much longer.
const SLACK: i64 = 60;

/// Remembers which messages were handled.
///
/// Times are Unix seconds of one clock, the receiver's.
pub trait SeenIds: Send + Sync + 'static {
    /// The right to handle one message. When it is dropped, neither completed nor released, the handling was cut off:
    /// the message must become free again, at once or after a time that no handling takes.
    type Claim: Send + 'static;

    /// Why the store cannot answer. The request is then refused with 503, so that the sender comes again.
    type Error: fmt::Display + Send;

    /// Asks whether to handle a message now. In one step, or two requests could both be told [`Begin::First`].
    ///
    /// A message that is handled must be remembered until `keep_until`; every call for it moves that on, never back:
    /// a retry is signed anew and can be replayed for as long again. That holds for one that is under way, too: the layer asks with
    /// `now` as `keep_until` where a message that was handled is not to be kept for longer, and once more with the true time for a
    /// claim that it got so.
    fn begin(
        &self,
        key: MessageKey,
        now: i64,
        keep_until: i64,
    ) -> impl Future<Output = Result<Begin<Self::Claim>, Self::Error>> + Send;

    /// As [`begin`](SeenIds::begin), for a message that is one of somebody's: of a tenant, or of a layer with a namespace. A store that
    /// has room for so many messages should give each of them a share of it, or one fills it for all. Unset, it is `begin`.
    ///
    /// The key says already whose the message is: no two spaces have one in common.
    fn begin_in(
        &self,
        space: MessageKey,
        key: MessageKey,
        now: i64,
        keep_until: i64,
    ) -> impl Future<Output = Result<Begin<Self::Claim>, Self::Error>> + Send {
        let _ = space;
        self.begin(key, now, keep_until)
    }

    /// Takes the steps that one message needs before it is handled, or after. A store that can keep a message waiting bounds here how
    /// long all of them wait together; when the time is over, what is asked for fails. Unset, nothing is bounded.
    fn for_one_message<T: Send>(&self, steps: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
        steps
    }

    /// The message was handled.
    fn complete(&self, claim: Self::Claim) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Handling failed: whoever brings the message next is to have it handled.
    fn release(&self, claim: Self::Claim) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Which store this is. Of two layers around one handler, each asks its store; if it is the same, the inner one finds that the
    /// message was claimed for it already.
    ///
    /// Unset, each value is a store by itself, and whoever shares it in an `Arc` has the same one. Where clones share what they
    /// remember, it is `StoreIdentity::of(&*self.shared)`. Two stores that are told apart and are one refuse each message that comes
    /// to both.
    fn identity(&self) -> StoreIdentity {
        StoreIdentity::of(self)
    }
}

/// Tells [stores](SeenIds::identity) apart, for as long as they are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreIdentity(TypeId, usize);

impl StoreIdentity {
    /// By what a store keeps at one place in memory, all its clones alike.
    #[must_use]
    pub fn of<T: ?Sized + 'static>(kept: &T) -> StoreIdentity {
        StoreIdentity(TypeId::of::<T>(), std::ptr::from_ref(kept).cast::<()>().addr())
    }
}

/// What is to be done with a message.
#[derive(Debug)]
#[non_exhaustive]
pub enum Begin<C> {
    /// Nobody handles it and nobody has: handle it.
    First(C),
    /// It is being handled.
    UnderWay,
    /// It was handled.
    Done,
    /// It is new, and cannot be remembered.
    Full,
}

/// Remembers nothing: every message is handled, however often it comes. For handlers that may run twice.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unguarded;

impl SeenIds for Unguarded {
    type Claim = ();
    type Error = Infallible;

    fn begin(&self, _: MessageKey, _: i64, _: i64) -> impl Future<Output = Result<Begin<()>, Infallible>> + Send {
        ready(Ok(Begin::First(())))
    }

    fn complete(&self, (): ()) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }

    fn release(&self, (): ()) -> impl Future<Output = Result<(), Infallible>> + Send {
        ready(Ok(()))
    }
}

impl<S: SeenIds> SeenIds for Arc<S> {
    type Claim = S::Claim;
    type Error = S::Error;

    fn begin(
        &self,
        key: MessageKey,
        now: i64,
        keep_until: i64,
    ) -> impl Future<Output = Result<Begin<S::Claim>, S::Error>> + Send {
        S::begin(self, key, now, keep_until)
    }

    fn begin_in(
        &self,
        space: MessageKey,
        key: MessageKey,
        now: i64,
        keep_until: i64,
    ) -> impl Future<Output = Result<Begin<S::Claim>, S::Error>> + Send {
        S::begin_in(self, space, key, now, keep_until)
    }

    fn for_one_message<T: Send>(&self, steps: impl Future<Output = T> + Send) -> impl Future<Output = T> + Send {
        S::for_one_message(self, steps)
    }

    fn complete(&self, claim: S::Claim) -> impl Future<Output = Result<(), S::Error>> + Send {
        S::complete(self, claim)
    }

    fn release(&self, claim: S::Claim) -> impl Future<Output = Result<(), S::Error>> + Send {
        S::release(self, claim)
    }

    fn identity(&self) -> StoreIdentity {
        S::identity(self)
    }
}
