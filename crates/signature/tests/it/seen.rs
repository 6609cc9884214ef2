//! The memory of seen messages, against a model of what it promises.

use std::collections::HashMap;
use std::num::NonZeroUsize;

use lanehook_signature::MessageKey;
use lanehook_signature::seen::{Begin, Claim, InMemory, SeenIds, WhenFull};
use proptest::prelude::*;

pub(crate) const KEEP: i64 = 600;

/// The memory in this process never waits.
fn now<T>(future: impl Future<Output = Result<T, std::convert::Infallible>>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Ok(value)) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

fn key(n: u8) -> MessageKey {
    MessageKey::of(&[&[n]])
}

fn memory(capacity: usize, when_full: WhenFull) -> InMemory {
    InMemory::new(NonZeroUsize::new(capacity).unwrap(), when_full)
}

fn first(memory: &InMemory, n: u8, at: i64) -> Claim {
    match now(memory.begin(key(n), at, at + KEEP)) {
        Begin::First(claim) => claim,
        other => panic!("{n} at {at}: {other:?}"),
    }
}

/// Its answer; the right to handle is given back at once.
fn ask(memory: &InMemory, n: u8, at: i64, keep_until: i64) -> &'static str {
    name(&now(memory.begin(key(n), at, keep_until)))
}

fn name(begin: &Begin<Claim>) -> &'static str {
    match begin {
        Begin::First(_) => "first",
        Begin::UnderWay => "under way",
        Begin::Done => "done",
        Begin::Full => "full",
        other => panic!("{other:?}"),
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Begin(u8),
    Complete(u8),
    Release(u8),
    Drop(u8),
    Wait(u16),
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..12_u8).prop_map(Step::Begin),
        3 => (0..12_u8).prop_map(Step::Complete),
        1 => (0..12_u8).prop_map(Step::Release),
        1 => (0..12_u8).prop_map(Step::Drop),
        2 => (0..400_u16).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 0..120)
}

/// What it promises, kept in plain sight: until when each message is remembered, and whether it was handled.
type Model = HashMap<u8, (i64, bool)>;

fn expect(model: &mut Model, n: u8, at: i64, capacity: usize) -> &'static str {
    model.retain(|_, (keep_until, done)| !*done || *keep_until >= at);
    if let Some((keep_until, done)) = model.get_mut(&n) {
        *keep_until = (*keep_until).max(at + KEEP);
        return if *done { "done" } else { "under way" };
    }
    if model.len() >= capacity {
        return "full";
    }
    model.insert(n, (at + KEEP, false));
    "first"
}

proptest! {
    #[test]
    fn it_does_as_the_model_does(steps in steps(), capacity in 1..8_usize) {
        let (memory, mut model, mut at) = (memory(capacity, WhenFull::Refuse), Model::new(), 0);
        let mut claims: HashMap<u8, Claim> = HashMap::new();
        for step in steps {
            match step {
                Step::Wait(seconds) => at += i64::from(seconds),
                Step::Begin(n) => {
                    let begin = now(memory.begin(key(n), at, at + KEEP));
                    prop_assert_eq!(name(&begin), expect(&mut model, n, at, capacity), "{} at {}", n, at);
                    if let Begin::First(claim) = begin {
                        claims.insert(n, claim);
                    }
                }
                Step::Complete(n) => {
                    if let Some(claim) = claims.remove(&n) {
                        now(memory.complete(claim));
                        model.get_mut(&n).unwrap().1 = true;
                    }
                }
                Step::Release(n) => {
                    if let Some(claim) = claims.remove(&n) {
                        now(memory.release(claim));
                        model.remove(&n);
                    }
                }
                Step::Drop(n) => {
                    if claims.remove(&n).is_some() {
                        model.remove(&n);
                    }
                }
            }
            prop_assert!(memory.len() <= capacity);
            prop_assert_eq!(memory.forgotten(), 0);
        }
    }

    /// Forgetting the oldest never forgets one that is being handled, and every loss is counted.
    #[test]
    fn what_is_forgotten_is_counted(order in proptest::collection::vec(0..40_u8, 0..200), capacity in 1..8_usize) {
        let memory = memory(capacity, WhenFull::ForgetOldest);
        let under_way = first(&memory, 200, 0);
        let mut handled = 0;
        for n in order {
            match now(memory.begin(key(n), 1, 1 + KEEP)) {
                Begin::First(claim) => {
                    now(memory.complete(claim));
                    handled += 1;
                }
                Begin::Done => {}
                Begin::Full => prop_assert_eq!(capacity, 1),
                other => prop_assert!(false, "nothing else is being handled: {other:?}"),
            }
            prop_assert!(memory.len() <= capacity);
            prop_assert_eq!(ask(&memory, 200, 1, 1 + KEEP), "under way");
        }
        prop_assert_eq!(memory.forgotten() + memory.len() as u64, handled + 1);
        drop(under_way);
    }
}

#[test]
fn a_message_is_remembered_to_the_last_second_of_its_time() {
    let memory = memory(8, WhenFull::Refuse);
    now(memory.complete(first(&memory, 1, 0)));
    assert_eq!(ask(&memory, 1, KEEP, KEEP), "done");
    drop(first(&memory, 1, KEEP + 1));
}

/// Two requests read their clocks in one order and come here in the other; or a clock is set back.
#[test]
fn a_message_is_there_a_minute_longer_for_who_reads_a_clock_that_is_behind() {
    for (ahead, answer) in [(1, "done"), (60, "done"), (61, "first")] {
        let memory = memory(8, WhenFull::Refuse);
        now(memory.complete(first(&memory, 1, 0)));
        drop(first(&memory, 2, KEEP + ahead));
        assert_eq!(ask(&memory, 1, KEEP, 2 * KEEP), answer, "{ahead}");
    }
}

/// A retry is signed anew, so it can be replayed for as long again as the first attempt could.
#[test]
fn a_retry_moves_the_time_on() {
    let memory = memory(8, WhenFull::Refuse);
    now(memory.complete(first(&memory, 1, 0)));
    assert_eq!(ask(&memory, 1, KEEP - 10, 2 * KEEP - 10), "done");
    assert_eq!(ask(&memory, 1, 2 * KEEP - 10, 0), "done");
}

#[test]
fn a_full_memory_takes_new_messages_when_old_ones_are_over() {
    let memory = memory(2, WhenFull::Refuse);
    now(memory.complete(first(&memory, 1, 0)));
    now(memory.complete(first(&memory, 2, 100)));
    assert_eq!(ask(&memory, 3, 600, 600 + KEEP), "full");
    now(memory.complete(first(&memory, 3, 601)));
    assert_eq!(ask(&memory, 2, 601, 601 + KEEP), "done");
}

#[test]
fn keys_of_different_parts_differ() {
    let keys = [
        MessageKey::of(&[]),
        MessageKey::of(&[b""]),
        MessageKey::of(&[b"", b""]),
        MessageKey::of(&[b"ab"]),
        MessageKey::of(&[b"a", b"b"]),
        MessageKey::of(&[b"ab", b""]),
    ];
    let different: std::collections::HashSet<_> = keys.iter().collect();
    assert_eq!(different.len(), keys.len());
    assert_eq!(keys[0].to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
