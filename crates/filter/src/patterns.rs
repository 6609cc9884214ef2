//! Regular expressions, compiled while there is room for them.
//!
//! A pattern of a kilobyte can take a quarter of a megabyte once it is compiled and used, a thousand times as much as the rest of
//! its filter. So what filters keep is its text. It is compiled when a document is asked about, and stays in the [`Room`] that all
//! filters of the process share: a pattern that is used keeps its place, and when the room is full, those make way that were not used
//! for longest, of all owners that have at least half of an equal part in it. Whether a document is wanted never depends on that, only how long it takes to say.

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError, Weak,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use regex_automata::{
    Input,
    meta::{self, BuildError, Cache, Regex},
    nfa::thompson::WhichCaptures,
};

use crate::{
    pattern_cost::per_byte,
    steps::{OF_COMPILING, Owner, Steps},
};

/// Bytes of all compiled patterns of the process, with what is remembered while matching. A few more for a moment: what is
/// in use by a thread is let go of when that has ended.
pub const ROOM: usize = 64 << 20;
/// Of a compiled pattern, read from either end, and again of what is remembered while matching.
const PATTERN_BYTES: usize = 128 * 1024;

/// A regular expression in a filter.
pub(crate) struct Pattern {
    text: Box<str>,
    per_byte: OnceLock<u64>,
    /// Where it is compiled, if it still is.
    compiled: Mutex<Weak<Compiled>>,
}

static SHARED: LazyLock<Room> = LazyLock::new(|| Room::new(ROOM));

/// Bytes that compiled patterns take now.
pub fn compiled_bytes() -> usize {
    SHARED.state().bytes
}

/// How often a pattern was compiled to be matched.
pub fn compilations() -> u64 {
    SHARED.compilations.load(Ordering::Relaxed)
}

impl Pattern {
    /// One that is new: it has to become small enough.
    ///
    /// # Errors
    /// Its syntax is wrong, or it becomes too large.
    pub fn new(text: &str) -> Result<Pattern, Box<BuildError>> {
        compile(text, Some(PATTERN_BYTES))?;
        Ok(Pattern::of(text))
    }

    /// One that was small enough once.
    ///
    /// # Errors
    /// Its syntax is not known.
    pub fn kept(text: &str) -> Result<Pattern, Box<regex_syntax::Error>> {
        regex_syntax::parse(text)?;
        Ok(Pattern::of(text))
    }

    fn of(text: &str) -> Pattern {
        Pattern { text: text.into(), per_byte: OnceLock::new(), compiled: Mutex::default() }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes of its text.
    pub fn length(&self) -> usize {
        self.text.len()
    }

    /// Steps for each byte of a text that it is looked for in, at most.
    pub fn per_byte(&self) -> u64 {
        *self.per_byte.get_or_init(|| per_byte(&self.text))
    }

    /// Whether it is found in a text; `None` if that takes more steps than there are.
    pub fn is_in(&self, text: &str, steps: &mut Steps) -> Option<bool> {
        let there = lock(&self.compiled).upgrade();
        let compiled = match there {
            Some(compiled) => compiled,
            None => {
                steps.take(OF_COMPILING)?;
                // It was compiled when it was taken in; a text of which that is no longer true is found nowhere.
                let Some(compiled) = SHARED.get(steps.owner(), &self.text) else { return Some(false) };
                *lock(&self.compiled) = Arc::downgrade(&compiled);
                compiled
            }
        };
        steps.take(self.per_byte().saturating_mul(text.len() as u64))?;
        Some(SHARED.find(&compiled, text))
    }
}

fn compile(text: &str, most: Option<usize>) -> Result<Regex, Box<BuildError>> {
    // Nobody asks where a match is, so what finds that out is not made.
    let config = meta::Config::new()
        .nfa_size_limit(most)
        .hybrid_cache_capacity(PATTERN_BYTES)
        .onepass(false)
        .which_captures(WhichCaptures::Implicit);
    meta::Builder::new().configure(config).build(text).map_err(Box::new)
}

/// Patterns of owners, as many as there is room for.
struct Room {
    most: usize,
    state: Mutex<State>,
    clock: AtomicU64,
    compilations: AtomicU64,
}

#[derive(Default)]
struct State {
    shelves: HashMap<Owner, Shelf>,
    /// Of all shelves.
    bytes: usize,
}

/// The patterns of one owner: those with the same text are one.
#[derive(Default)]
struct Shelf {
    patterns: HashMap<Arc<str>, Arc<Compiled>>,
    bytes: usize,
}

struct Compiled {
    owner: Owner,
    text: Arc<str>,
    regex: Regex,
    /// What is remembered while matching. Who finds another at it makes do with a new one.
    cache: Mutex<Box<Cache>>,
    /// As the room counts them.
    bytes: AtomicUsize,
    used_at: AtomicU64,
}

impl Room {
    fn new(most: usize) -> Room {
        Room { most, state: Mutex::default(), clock: AtomicU64::new(0), compilations: AtomicU64::new(0) }
    }

    /// A pattern of this owner, compiled now if it is not there; `None` if it cannot be.
    fn get(&self, owner: Owner, text: &str) -> Option<Arc<Compiled>> {
        let there = |state: &State| state.shelves.get(&owner).and_then(|shelf| shelf.patterns.get(text)).cloned();
        if let Some(compiled) = there(&self.state()) {
            return Some(compiled);
        }
        self.compilations.fetch_add(1, Ordering::Relaxed);
        let regex = compile(text, None).ok()?;
        let (text, cache) = (Arc::from(text), Mutex::new(Box::new(regex.create_cache())));
        let (bytes, used_at) = (AtomicUsize::new(0), AtomicU64::new(self.now()));
        let compiled = Arc::new(Compiled { owner, text, regex, cache, bytes, used_at });
        let mut state = self.state();
        // Another thread may have been as quick.
        if let Some(compiled) = there(&state) {
            return Some(compiled);
        }
        let shelf = state.shelves.entry(owner).or_default();
        shelf.patterns.insert(compiled.text.clone(), compiled.clone());
        drop(state);
        let bytes = compiled.bytes_with(&lock(&compiled.cache));
        self.counts(&compiled, bytes);
        Some(compiled)
    }

    fn find(&self, compiled: &Compiled, text: &str) -> bool {
        compiled.used_at.store(self.now(), Ordering::Relaxed);
        let input = Input::new(text).earliest(true);
        let found = |cache: &mut Cache| compiled.regex.search_half_with(cache, &input).is_some();
        let mut cache = match compiled.cache.try_lock() {
            Ok(cache) => cache,
            Err(TryLockError::Poisoned(poisoned)) => {
                let mut cache = poisoned.into_inner();
                cache.reset(&compiled.regex);
                cache
            }
            Err(TryLockError::WouldBlock) => return found(&mut compiled.regex.create_cache()),
        };
        let is_found = found(&mut cache);
        let bytes = compiled.bytes_with(&cache);
        drop(cache);
        if bytes != compiled.bytes.load(Ordering::Relaxed) {
            self.counts(compiled, bytes);
        }
        is_found
    }

    /// A pattern takes so many bytes now. Others make way where that is too much.
    fn counts(&self, compiled: &Compiled, bytes: usize) {
        let mut state = self.state();
        if !state.holds(compiled) {
            return;
        }
        let before = compiled.bytes.swap(bytes, Ordering::Relaxed);
        state.bytes = state.bytes + bytes - before;
        if let Some(shelf) = state.shelves.get_mut(&compiled.owner) {
            shelf.bytes = shelf.bytes + bytes - before;
        }
        while state.bytes > self.most && state.let_go() {}
    }

    fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn holds(&self, compiled: &Compiled) -> bool {
        let there = self.shelves.get(&compiled.owner).and_then(|shelf| shelf.patterns.get(&compiled.text));
        there.is_some_and(|there| std::ptr::eq(&**there, compiled))
    }

    /// Lets go of one pattern; whether there was one.
    fn let_go(&mut self) -> bool {
        let half = self.bytes / (2 * self.shelves.len().max(1));
        let large = self.shelves.values().filter(|shelf| shelf.bytes >= half);
        let oldest =
            large.flat_map(|shelf| shelf.patterns.values()).min_by_key(|one| one.used_at.load(Ordering::Relaxed));
        let Some(oldest) = oldest.cloned() else { return false };
        if let Some(shelf) = self.shelves.get_mut(&oldest.owner) {
            let bytes = oldest.bytes.load(Ordering::Relaxed);
            shelf.patterns.remove(&oldest.text);
            shelf.bytes -= bytes;
            self.bytes -= bytes;
            if shelf.patterns.is_empty() {
                self.shelves.remove(&oldest.owner);
            }
        }
        true
    }
}

impl Compiled {
    /// With what is remembered while matching.
    fn bytes_with(&self, cache: &Cache) -> usize {
        // Of an entry in the map and its counts, about.
        const OF_ENTRY: usize = 512;
        // Measured: of 4,800 patterns, resident memory grows by a quarter to a third more than they say they take.
        (self.regex.memory_usage() + cache.memory_usage()) * 4 / 3 + self.text.len() + OF_ENTRY
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Counts and moves of pointers: no state in between that a panic could leave.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Large as patterns can be, and each another.
    fn large(number: usize) -> String {
        format!(r"^x{number}[a-z]*\w{{6}}")
    }

    fn bytes_of(pattern: &str) -> usize {
        let room = Room::new(usize::MAX);
        let compiled = room.get(1, pattern).unwrap();
        room.find(&compiled, "x1abcdefghij größe");
        room.state().bytes
    }

    fn is_there(room: &Room, owner: Owner, text: &str) -> bool {
        room.state().shelves.get(&owner).is_some_and(|shelf| shelf.patterns.contains_key(text))
    }

    fn is_true_of_itself(room: &Room) {
        let state = room.state();
        let sum = |shelf: &Shelf| shelf.patterns.values().map(|one| one.bytes.load(Ordering::Relaxed)).sum::<usize>();
        assert!(state.shelves.values().all(|shelf| shelf.bytes == sum(shelf) && !shelf.patterns.is_empty()));
        assert_eq!(state.bytes, state.shelves.values().map(|shelf| shelf.bytes).sum::<usize>());
        assert!(state.bytes <= room.most);
    }

    #[test]
    fn what_is_used_stays_and_what_is_not_makes_way() {
        let of_one = bytes_of(&large(10));
        assert!(of_one > 20_000, "{of_one}");
        let room = Room::new(5 * of_one);
        for number in 10..40 {
            for text in [&large(10), &large(number)] {
                let compiled = room.get(1, text).unwrap();
                assert!(room.find(&compiled, &format!("x{}abcdefghij", if *text == large(10) { 10 } else { number })));
                is_true_of_itself(&room);
            }
        }
        assert!(is_there(&room, 1, &large(10)) && is_there(&room, 1, &large(39)) && !is_there(&room, 1, &large(11)));
        assert_eq!(room.compilations.load(Ordering::Relaxed), 30, "none twice");
    }

    #[test]
    fn who_has_many_makes_way_for_who_has_few() {
        let room = Room::new(5 * bytes_of(&large(10)));
        room.get(2, &large(10)).unwrap();
        for number in 10..60 {
            let compiled = room.get(1, &large(number)).unwrap();
            room.find(&compiled, "x10abcdefghij größe");
            is_true_of_itself(&room);
        }
        assert!(is_there(&room, 2, &large(10)), "though it was not used for longest");
    }

    #[test]
    fn what_has_no_room_at_all_is_found_all_the_same() {
        let room = Room::new(1);
        for _ in 0..3 {
            let compiled = room.get(1, &large(10)).unwrap();
            assert!(room.find(&compiled, "x10abcdefghij") && !room.find(&compiled, "x1abcdefghij"));
            assert_eq!(room.state().bytes, 0);
        }
    }

    #[test]
    fn threads_at_one_pattern_find_the_same_and_count_it_once() {
        let room = Room::new(64 << 20);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for number in 0..200 {
                        let compiled = room.get(1, &large(number % 7)).unwrap();
                        assert!(room.find(&compiled, &format!("x{}abcdefghij", number % 7)));
                    }
                });
            }
        });
        is_true_of_itself(&room);
        assert_eq!(room.state().shelves[&1].patterns.len(), 7);
    }
}
