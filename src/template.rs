//! Templates as this project's users write them: those of [`lanehook_template`], with the filters that speak of our nouns. And
//! where what is compiled of them is kept.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use lanehook_template::Engine;

use crate::model::{IdMap, Severity, TenantKey};

/// What compiles every template and expression.
pub fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::default().with_filter("severity", severity));
    &ENGINE
}

/// What templates and expressions can name of an event.
pub const EVENT_NAMES: [&str; 9] =
    ["id", "type", "timestamp", "version", "ordering_key", "correlation_id", "source", "metadata", "data"];
/// The name whose members people write without it.
pub const DATA: &str = "data";

/// One of `info`, `success`, `warning`, `error` and `critical`; `info` for what is none of the others.
fn severity(word: &str) -> String {
    Severity::parse(&word.trim().to_ascii_lowercase()).unwrap_or(Severity::Info).name().to_owned()
}

/// What is compiled of texts of many tenants, to be used again. When there is no room for more, what was not used for longest makes
/// way, of all tenants that have at least half of an equal part: so much is everybody's, whatever others do. Compiling is left to
/// those who keep: nobody waits for what another compiles, and two who compile the same at one time are both right.
pub struct Compiled<K, V> {
    kept: Mutex<Kept<K, V>>,
    most: usize,
}

struct Kept<K, V> {
    shelves: IdMap<TenantKey, Shelf<K, V>>,
    /// Of all shelves.
    bytes: usize,
    /// How often something was asked for.
    now: u64,
}

/// What is compiled of one tenant's texts.
struct Shelf<K, V> {
    compiled: HashMap<K, Entry<V>>,
    bytes: usize,
}

struct Entry<V> {
    compiled: V,
    /// Of its source.
    bytes: usize,
    used_at: u64,
}

/// How much room something takes that is compiled of this source: at least as much as 2 KiB of source.
pub fn room_for(source: &str) -> usize {
    source.len().max(2 << 10)
}

impl<K: Hash + Eq + Clone, V: Clone> Compiled<K, V> {
    /// Of sources of so many bytes at most. Compiled they take up some ten times as much.
    pub fn of_bytes(most: usize) -> Compiled<K, V> {
        Compiled { kept: Mutex::default(), most }
    }

    /// What is kept of a tenant's under this key.
    pub fn get(&self, tenant: TenantKey, key: &K) -> Option<V> {
        let mut kept = self.locked();
        kept.now += 1;
        let now = kept.now;
        let entry = kept.shelves.get_mut(&tenant)?.compiled.get_mut(key)?;
        entry.used_at = now;
        Some(entry.compiled.clone())
    }

    /// Keeps something that was compiled of a source of so many bytes ([`room_for`]), if it is not more than all may be.
    pub fn keep(&self, tenant: TenantKey, key: K, compiled: V, bytes: usize) {
        if bytes > self.most {
            return;
        }
        let mut kept = self.locked();
        kept.now += 1;
        let entry = Entry { compiled, bytes, used_at: kept.now };
        let mut made_way: Vec<Entry<V>> = kept.put(tenant, key, entry).into_iter().collect();
        while kept.bytes > self.most {
            made_way.extend(kept.let_go());
        }
        drop(kept);
        // What is compiled has many parts to be freed: nobody waits for that.
        drop(made_way);
    }

    fn locked(&self) -> MutexGuard<'_, Kept<K, V>> {
        // A panic between two lines of `keep` leaves no more than a wrong sum.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone, V> Kept<K, V> {
    /// Puts it in the place of what was there under its key.
    fn put(&mut self, tenant: TenantKey, key: K, entry: Entry<V>) -> Option<Entry<V>> {
        let bytes = entry.bytes;
        let shelf = self.shelves.entry(tenant).or_insert_with(|| Shelf { compiled: HashMap::new(), bytes: 0 });
        let replaced = shelf.compiled.insert(key, entry);
        let less = replaced.as_ref().map_or(0, |entry| entry.bytes);
        shelf.bytes = shelf.bytes + bytes - less;
        self.bytes = self.bytes + bytes - less;
        replaced
    }

    /// Takes out what was not used for longest, of those that have half of an equal part or more.
    fn let_go(&mut self) -> Option<Entry<V>> {
        let half = self.bytes / (2 * self.shelves.len().max(1));
        let large = self.shelves.iter().filter(|(_, shelf)| shelf.bytes >= half);
        let entries = large.flat_map(|(tenant, shelf)| shelf.compiled.iter().map(move |entry| (*tenant, entry)));
        let (tenant, (key, _)) = entries.min_by_key(|(_, (_, entry))| entry.used_at)?;
        let (tenant, key) = (tenant, key.clone());
        let shelf = self.shelves.get_mut(&tenant)?;
        let entry = shelf.compiled.remove(&key)?;
        shelf.bytes -= entry.bytes;
        self.bytes -= entry.bytes;
        if shelf.compiled.is_empty() {
            self.shelves.remove(&tenant);
        }
        Some(entry)
    }
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Kept<K, V> {
        Kept { shelves: IdMap::default(), bytes: 0, now: 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lanehook_template::{Context, Escape, RenderLimits};

    use super::*;

    #[test]
    fn severity_is_a_filter() {
        let source = "{{ 'WARN'|severity }} {{ ' fatal'|severity }} {{ 'resolved'|severity }} {{ 'x'|severity }} {{ 3|severity }}";
        let template = engine().template(source, Escape::None).unwrap();
        let text = template.render(&Context::new(&()), &RenderLimits::default());
        assert_eq!(text.unwrap(), "warning critical success info warning");
    }

    const A: TenantKey = TenantKey(1);
    const B: TenantKey = TenantKey(2);

    /// Tells whether others could look, whenever one of its kind is dropped.
    #[derive(Clone)]
    struct Watching(Arc<Compiled<u32, Watching>>, &'static str);

    impl Drop for Watching {
        fn drop(&mut self) {
            assert!(self.0.kept.try_lock().is_ok(), "{} is thrown away while others wait", self.1);
        }
    }

    /// Whether these are kept, and the sums are true.
    fn are_kept<V: Clone>(compiled: &Compiled<u32, V>, tenant: TenantKey, keys: &[u32]) -> Vec<bool> {
        let kept = compiled.locked();
        let sum = |shelf: &Shelf<u32, V>| shelf.compiled.values().map(|entry| entry.bytes).sum::<usize>();
        assert!(kept.shelves.values().all(|shelf| shelf.bytes == sum(shelf) && shelf.bytes > 0));
        assert_eq!(kept.bytes, kept.shelves.values().map(|shelf| shelf.bytes).sum::<usize>());
        assert!(kept.bytes <= compiled.most);
        keys.iter().map(|key| kept.shelves.get(&tenant).is_some_and(|shelf| shelf.compiled.contains_key(key))).collect()
    }

    #[test]
    fn what_was_not_used_for_longest_makes_way_and_nobody_waits_for_it() {
        let compiled = Arc::new(Compiled::of_bytes(30));
        let keep = |key, what, bytes| compiled.keep(A, key, Watching(compiled.clone(), what), bytes);
        keep(1, "first", 10);
        keep(1, "second", 20);
        assert_eq!(compiled.get(A, &1).map(|watching| watching.1), Some("second"), "made anew where it changed");
        keep(2, "b", 10);
        assert_eq!(are_kept(&compiled, A, &[1, 2]), [true, true], "what was replaced counts no more");
        compiled.get(A, &1).unwrap();
        keep(3, "c", 10);
        assert_eq!(are_kept(&compiled, A, &[1, 2, 3]), [true, false, true]);
        keep(4, "too large", 31);
        assert_eq!(are_kept(&compiled, A, &[1, 3, 4]), [true, true, false], "what has no room by itself is not kept");
    }

    #[test]
    fn who_has_many_makes_way_for_who_has_few() {
        let compiled = Compiled::of_bytes(100);
        compiled.keep(B, 0, (), 10);
        (0..1000).for_each(|key| compiled.keep(A, key, (), 10));
        assert_eq!(are_kept(&compiled, B, &[0]), [true], "though it was not used for longest");
        assert_eq!(are_kept(&compiled, A, &[999, 991, 990]), [true, true, false]);
        assert!(compiled.get(B, &999).is_none() && compiled.get(A, &0).is_none());
    }

    #[test]
    fn among_many_with_little_what_is_used_stays() {
        let compiled = Compiled::of_bytes(200);
        let mut compilations = 0;
        let mut uses = |tenant, key| {
            if compiled.get(TenantKey(tenant), &key).is_none() {
                compilations += 1;
                compiled.keep(TenantKey(tenant), key, (), 10);
            }
        };
        (0..40).for_each(|tenant| uses(tenant, 0));
        for _ in 0..10 {
            // Some have one, some two.
            (0..5).for_each(|tenant| uses(tenant, 0));
            (5..10).for_each(|tenant| [0, 1].into_iter().for_each(|key| uses(tenant, key)));
        }
        assert_eq!(compilations, 40 + 15, "none of those that are used is made again");
    }

    #[test]
    fn a_short_source_takes_room_too() {
        assert_eq!([room_for("{{ 1 }}"), room_for(&"x".repeat(5000))], [2048, 5000]);
    }
}
