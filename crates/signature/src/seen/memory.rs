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

/// Remembers a bounded number of messages, in about 150 bytes each. Only requests that were verified get in, and one that
/// somebody recorded takes a few places and no more: under a signed id, one; under ids that are not signed, two for each of
/// so many (`VerifyLayer::most_ids`) in the time that messages are remembered.
///
/// A message is remembered until its time is over, for a minute more where there is room, and none is forgotten before: when all
/// places are taken, new messages are refused and their senders asked to come again ([`WhenFull::Refuse`]). [`WhenFull::ForgetOldest`] is the other choice.
/// Messages that are being handled are never forgotten.
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
    done: BTreeSet<(i64, MessageKey)>,
    forgotten: u64,
}

#[derive(Clone, Copy)]
struct State {
    keep_until: i64,
    done: bool,
}

impl InMemory {
    /// A memory with places for this many messages. Count on the busiest minutes: messages per second, times seconds
    /// that one is remembered.
    #[must_use]
    pub fn new(capacity: NonZeroUsize, when_full: WhenFull) -> InMemory {
        let capacity = capacity.get();
        let (messages, done) = (HashMap::new(), BTreeSet::new());
        InMemory { memory: Arc::new(Mutex::new(Memory { capacity, when_full, messages, done, forgotten: 0 })) }
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

    fn begin_now(&self, key: MessageKey, now: i64, keep_until: i64) -> Begin<Claim> {
        let answer = lock(&self.memory).begin(key, now, keep_until);
        match answer {
            Begin::First(()) => Begin::First(Claim { memory: Arc::clone(&self.memory), key, done: false }),
            Begin::UnderWay => Begin::UnderWay,
            Begin::Done => Begin::Done,
            Begin::Full => Begin::Full,
        }
    }
}

impl Memory {
    fn begin(&mut self, key: MessageKey, now: i64, keep_until: i64) -> Begin<()> {
        self.forget_outdated(now);
        if let Some(state) = self.messages.get_mut(&key) {
            let (before, done) = (state.keep_until, state.done);
            if !done {
                state.keep_until = before.max(keep_until);
                return Begin::UnderWay;
            }
            if before >= now {
                state.keep_until = before.max(keep_until);
                self.done.remove(&(before, key));
                self.done.insert((before.max(keep_until), key));
                return Begin::Done;
            }
            self.forget(before, key);
        }
        if self.messages.len() >= self.capacity && !self.make_room(now) {
            return Begin::Full;
        }
        self.messages.insert(key, State { keep_until, done: false });
        Begin::First(())
    }

    fn complete(&mut self, key: MessageKey) {
        if let Some(state) = self.messages.get_mut(&key) {
            state.done = true;
            self.done.insert((state.keep_until, key));
        }
    }

    fn forget_outdated(&mut self, now: i64) {
        let now = now.saturating_sub(SLACK);
        for _ in 0..FORGOTTEN_AT_ONCE {
            match self.done.first() {
                Some(&(keep_until, key)) if keep_until < now => self.forget(keep_until, key),
                _ => return,
            }
        }
    }

    fn make_room(&mut self, now: i64) -> bool {
        match (self.when_full, self.done.first()) {
            (_, Some(&(keep_until, key))) if keep_until < now => {
                self.forget(keep_until, key);
                true
            }
            (WhenFull::ForgetOldest, Some(&(keep_until, key))) => {
                self.forget(keep_until, key);
                self.forgotten += 1;
                true
            }
            _ => false,
        }
    }

    fn forget(&mut self, keep_until: i64, key: MessageKey) {
        self.done.remove(&(keep_until, key));
        self.messages.remove(&key);
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
        ready(Ok(self.begin_now(key, now, keep_until)))
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
            memory.messages.remove(&self.key);
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
