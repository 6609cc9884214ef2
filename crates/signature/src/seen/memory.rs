//! Seen messages in this process's memory: bounded, and gone when the process ends.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, ready};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Begin, SLACK, SeenIds, StoreIdentity};
use crate::received::MessageKey;

/// Messages remembered unless another number is chosen: in the ten minutes of the usual tolerance, 166 a second.
/// Half as many under ids that are not signed, which take two places.
const CAPACITY: usize = 100_000;

/// Outdated messages forgotten per call. More than one, so that forgetting keeps ahead; few, so that no call waits
/// until a hundred thousand are forgotten.
const FORGOTTEN_AT_ONCE: usize = 8;

/// Places that tenants and namespaces take at most, each, for one that is left free: who is alone, four fifths of all.
const TAKEN_FOR_EACH_LEFT: usize = 4;

/// Remembers a bounded number of messages, in about 150 bytes each; in about 250 those of tenants and of layers with a namespace. Only
/// requests that were verified get in, and one that somebody recorded takes a few places and no more: under a signed id, one; under
/// ids that are not signed, two for each of so many (`VerifyLayer::most_ids`) in the time that messages are remembered. Where the
/// time is signed and the id is not (`VerifyLayer::id_header`), a retry takes one more.
///
/// A message is remembered until its time is over, for a minute more where there is room, and none is forgotten before: when all
/// places are taken, new messages are refused and their senders asked to come again ([`WhenFull::Refuse`]). [`WhenFull::ForgetOldest`] is the other choice.
/// Messages that are being handled are never forgotten.
///
/// Of tenants, and of layers with a namespace, none fills it for the others: each takes at most four places for every one that is
/// left free. So one that is alone takes four fifths of them, two take four ninths each, and whoever comes finds some.
#[derive(Clone)]
pub struct InMemory {
    memory: Arc<Mutex<Memory>>,
}

/// What is done with a new message when every place is taken by one whose time is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum WhenFull {
    /// Refuse the new message. No message is handled twice, and some come late: the sender tries again.
    #[default]
    Refuse,
    /// Forget the handled message whose time ends first. None comes late, and a forgotten one is handled once more if it
    /// comes again. [`InMemory::forgotten`] counts them. If all are being handled, the new message is refused.
    ForgetOldest,
}

/// The right to handle a message that is remembered [in memory](InMemory). Dropped, it frees the message at once.
#[must_use = "dropping a claim frees its message to be handled again"]
pub struct Claim {
    memory: Arc<Mutex<Memory>>,
    key: MessageKey,
    done: bool,
}

struct Memory {
    capacity: usize,
    when_full: WhenFull,
    messages: HashMap<MessageKey, State>,
    /// The handled ones, the one that may be forgotten first in front.
    done: Done,
    /// Of those that have messages here, in spaces of their own.
    spaces: HashMap<MessageKey, Space>,
    forgotten: u64,
}

type Done = BTreeSet<(i64, MessageKey)>;

#[derive(Default)]
struct Space {
    messages: usize,
    done: Done,
}

#[derive(Clone, Copy)]
struct State {
    keep_until: i64,
    done: bool,
    space: Option<MessageKey>,
}

impl InMemory {
    /// A memory with places for this many messages. Count on the busiest minutes: messages per second, times seconds
    /// that one is remembered.
    #[must_use]
    pub fn new(capacity: NonZeroUsize, when_full: WhenFull) -> InMemory {
        let capacity = capacity.get();
        let (messages, done, spaces) = (HashMap::new(), BTreeSet::new(), HashMap::new());
        InMemory { memory: Arc::new(Mutex::new(Memory { capacity, when_full, messages, done, spaces, forgotten: 0 })) }
    }

    /// How many messages were forgotten before their time, since it was made: always 0 with [`WhenFull::Refuse`]. More
    /// than 0 means that the capacity is too small, and that some message may have been handled twice.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        lock(&self.memory).forgotten
    }

    /// How many messages it holds, those included whose time is over and which were not cleared away yet.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.memory).messages.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn begin_now(&self, space: Option<MessageKey>, key: MessageKey, now: i64, keep_until: i64) -> Begin<Claim> {
        let answer = lock(&self.memory).begin(space, key, now, keep_until);
        match answer {
            Begin::First(()) => Begin::First(Claim { memory: Arc::clone(&self.memory), key, done: false }),
            Begin::UnderWay => Begin::UnderWay,
            Begin::Done => Begin::Done,
            Begin::Full => Begin::Full,
        }
    }
}

impl Memory {
    fn begin(&mut self, space: Option<MessageKey>, key: MessageKey, now: i64, keep_until: i64) -> Begin<()> {
        self.forget_outdated(now);
        if let Some(state) = self.messages.get_mut(&key) {
            let before = state.keep_until;
            if !state.done {
                state.keep_until = before.max(keep_until);
                return Begin::UnderWay;
            }
            if before >= now {
                self.remember(key, before.max(keep_until));
                return Begin::Done;
            }
            self.forget(key);
        }
        if !self.has_room(space) && !self.make_room(space, now) {
            return Begin::Full;
        }
        if let Some(space) = space {
            self.spaces.entry(space).or_default().messages += 1;
        }
        self.messages.insert(key, State { keep_until, done: false, space });
        Begin::First(())
    }

    fn complete(&mut self, key: MessageKey) {
        if let Some(state) = self.messages.get(&key) {
            self.remember(key, state.keep_until);
        }
    }

    /// It was handled, and is known until then.
    fn remember(&mut self, key: MessageKey, keep_until: i64) {
        let Some(state) = self.messages.get_mut(&key) else { return };
        let (before, space) = (state.keep_until, state.space);
        (state.keep_until, state.done) = (keep_until, true);
        let of_space = space.and_then(|space| self.spaces.get_mut(&space)).map(|space| &mut space.done);
        for done in [Some(&mut self.done), of_space].into_iter().flatten() {
            done.remove(&(before, key));
            done.insert((keep_until, key));
        }
    }

    fn forget_outdated(&mut self, now: i64) {
        let now = now.saturating_sub(SLACK);
        for _ in 0..FORGOTTEN_AT_ONCE {
            match self.done.first() {
                Some(&(keep_until, key)) if keep_until < now => self.forget(key),
                _ => return,
            }
        }
    }

    /// Whether there is a place for one more message of this space. Who has one takes so many for each that is left, and no more, so
    /// that whoever comes finds one.
    fn has_room(&self, space: Option<MessageKey>) -> bool {
        let left = self.capacity.saturating_sub(self.messages.len());
        let taken = space.and_then(|space| self.spaces.get(&space)).map_or(0, |space| space.messages);
        left > 0 && taken < left.saturating_mul(TAKEN_FOR_EACH_LEFT)
    }

    fn make_room(&mut self, space: Option<MessageKey>, now: i64) -> bool {
        for _ in 0..FORGOTTEN_AT_ONCE {
            match self.done.first() {
                Some(&(keep_until, key)) if keep_until < now => self.forget(key),
                _ => break,
            }
            if self.has_room(space) {
                return true;
            }
        }
        if self.when_full == WhenFull::Refuse {
            return false;
        }
        // Nobody's messages are forgotten for those of another who has more than a share.
        let of_space = space.and_then(|space| self.spaces.get(&space)).and_then(|space| space.done.first());
        let of_all = self.done.first().filter(|_| self.messages.len() >= self.capacity);
        let Some(&(_, key)) = of_space.or(of_all) else { return false };
        self.forget(key);
        self.forgotten += 1;
        true
    }

    fn forget(&mut self, key: MessageKey) {
        let Some(State { keep_until, space, .. }) = self.messages.remove(&key) else { return };
        self.done.remove(&(keep_until, key));
        let Some(space) = space else { return };
        if let Some(of_space) = self.spaces.get_mut(&space) {
            of_space.done.remove(&(keep_until, key));
            of_space.messages -= 1;
            if of_space.messages == 0 {
                self.spaces.remove(&space);
            }
        }
    }
}

impl SeenIds for InMemory {
    type Claim = Claim;
    type Error = Infallible;

    fn begin(
        &self,
        key: MessageKey,
        now: i64,
        keep_until: i64,
    ) -> impl Future<Output = Result<Begin<Claim>, Infallible>> + Send {
        ready(Ok(self.begin_now(None, key, now, keep_until)))
    }

    fn begin_in(
        &self,
        space: MessageKey,
        key: MessageKey,
        now: i64,
        keep_until: i64,
    ) -> impl Future<Output = Result<Begin<Claim>, Infallible>> + Send {
        ready(Ok(self.begin_now(Some(space), key, now, keep_until)))
    }

    fn complete(&self, mut claim: Claim) -> impl Future<Output = Result<(), Infallible>> + Send {
        claim.done = true;
        ready(Ok(()))
    }

    fn release(&self, claim: Claim) -> impl Future<Output = Result<(), Infallible>> + Send {
        drop(claim);
        ready(Ok(()))
    }

    fn identity(&self) -> StoreIdentity {
        StoreIdentity::of(&*self.memory)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut memory = lock(&self.memory);
        if self.done {
            memory.complete(self.key);
        } else {
            memory.forget(self.key);
        }
    }
}

impl Default for InMemory {
    /// 100,000 messages, and [`WhenFull::Refuse`].
    fn default() -> InMemory {
        InMemory::new(NonZeroUsize::new(CAPACITY).unwrap_or(NonZeroUsize::MIN), WhenFull::default())
    }
}

impl fmt::Debug for InMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let memory = lock(&self.memory);
        f.debug_struct("InMemory")
            .field("capacity", &memory.capacity)
            .field("when_full", &memory.when_full)
            .field("messages", &memory.messages.len())
            .finish()
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Claim").field(&self.key).finish()
    }
}

/// Every change is made in one step, so what a panicking thread left behind is whole.
fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}
