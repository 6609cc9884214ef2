//! Templates as this project's users write them: those of [`lanehook_template`], with the filters that speak of our nouns. And
//! where what is compiled of them is kept.

use std::{
    borrow::Borrow,
    collections::HashMap,
    hash::Hash,
    mem,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

use lanehook_template::Engine;

use crate::model::Severity;

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

/// What is compiled of texts of many tenants, to be used again. Compiling is left to those who keep: nobody waits for what another
/// compiles, and two who compile the same at one time are both right.
pub struct Compiled<K, V> {
    kept: Mutex<Kept<K, V>>,
    most: usize,
}

struct Kept<K, V> {
    /// With the bytes of its source.
    compiled: HashMap<K, (V, usize)>,
    bytes: usize,
}

/// Something compiled takes up at least as much as a source of so many bytes.
const LEAST: usize = 2 << 10;

impl<K: Hash + Eq, V: Clone> Compiled<K, V> {
    /// Of sources of so many bytes at most. Compiled they take up some ten times as much.
    pub fn of_bytes(most: usize) -> Compiled<K, V> {
        Compiled { kept: Mutex::default(), most }
    }

    /// What is kept under this key.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.locked().compiled.get(key).map(|(compiled, _)| compiled.clone())
    }

    /// Keeps something that was compiled of a source of so many bytes. Where all is more than may be, all else is forgotten:
    /// compiling takes microseconds, so which of them go matters less than how fast.
    pub fn keep(&self, key: K, compiled: V, source: usize) {
        let bytes = source.max(LEAST);
        let mut kept = self.locked();
        let replaced = kept.compiled.remove(&key);
        kept.bytes -= replaced.as_ref().map_or(0, |(_, bytes)| *bytes);
        let all = if kept.bytes + bytes > self.most { mem::take(&mut *kept) } else { Kept::default() };
        kept.bytes += bytes;
        kept.compiled.insert(key, (compiled, bytes));
        drop(kept);
        // Which takes milliseconds: nobody waits for it.
        drop((replaced, all));
    }

    fn locked(&self) -> MutexGuard<'_, Kept<K, V>> {
        // A panic between two lines of `keep` leaves no more than a wrong sum.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Kept<K, V> {
        Kept { compiled: HashMap::new(), bytes: 0 }
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

    /// Tells whether others could look, whenever one of its kind is dropped.
    #[derive(Clone)]
    struct Watching(Arc<Compiled<&'static str, Watching>>, &'static str);

    impl Drop for Watching {
        fn drop(&mut self) {
            assert!(self.0.kept.try_lock().is_ok(), "{} is thrown away while others wait", self.1);
        }
    }

    #[test]
    fn what_is_compiled_is_bounded_and_nobody_waits_for_what_is_thrown_away() {
        let compiled = Arc::new(Compiled::of_bytes(3 * LEAST));
        let keep = |key, what, source| compiled.keep(key, Watching(compiled.clone(), what), source);
        let kept = |keys: &[&'static str]| -> Vec<_> {
            keys.iter().map(|key| compiled.get(key).map(|watching| watching.1)).collect()
        };
        keep("a", "first a", 1);
        keep("a", "second a", 2 * LEAST);
        assert_eq!(kept(&["a"]), [Some("second a")], "made anew where it changed");
        keep("b", "b", 1);
        assert_eq!(kept(&["a", "b"]), [Some("second a"), Some("b")], "what was replaced counts no more");
        keep("c", "c", 1);
        assert_eq!(kept(&["a", "b", "c"]), [None, None, Some("c")]);
        compiled.keep("c", Watching(Arc::new(Compiled::of_bytes(0)), "of another"), 9 * LEAST);
        assert_eq!(kept(&["c"]), [Some("of another")], "the last one stays, however large");
    }
}
