//! Identifiers: time-ordered numbers inside, prefixed text outside.
//!
//! A [`Serial`] is 63 bits: 42 bits of milliseconds since 2020, 8 bits that name the node which gave it out, and 13 bits
//! that count within one millisecond of one node. Sorting by it is sorting by time, so a time range is a range of primary
//! keys and needs no index of its own. Outside it is thirteen characters of Crockford's base 32 behind a prefix:
//! `dlv_06f3n1qk2v0g0`.
//!
//! # Why these bits
//! - Several nodes over one database must never give out the same id, and may not ask each other for each: so the node is
//!   in it. 8 bits are 256 nodes that write at one time; more than one PostgreSQL primary can feed. SQLite has one
//!   writer, and is node 0.
//! - 13 bits count 8,192 ids a millisecond and node. Who takes more borrows from the next milliseconds: the
//!   200,000 copies that one broadcast can have run 25 ms ahead of the clock, so an id still tells the time, and a
//!   retention or a page that is cut by time is cut where it should be.
//! - The milliseconds stay where they were when all 21 bits below them counted: ids from before sort and parse as ever.
//!   Among themselves they are unique, and what is given out now is in a later millisecond than the last of them.
//!
//! # What they promise
//! That each is given out once, and when. Order of commits and neighbourhood are promises of a store with one writer, and
//! only `store/sqlite` may build on them: elsewhere a serial is compared, asked for its time, and nothing more. In
//! particular a lane's cursor is moved by [`crate::store::Pending::upto`] alone, never by an id that was seen somewhere.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

const EPOCH_MS: i64 = 1_577_836_800_000; // 2020-01-01T00:00:00Z
const NODE_BITS: u32 = 8;
const COUNT_BITS: u32 = 13;
/// What is below the milliseconds.
const LOW_BITS: u32 = NODE_BITS + COUNT_BITS;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LEN: usize = 13;

/// A time-ordered 63-bit number, unique within one store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Serial(i64);

impl Serial {
    /// Before all that are ever given out: where a cursor begins.
    pub const FIRST: Serial = Serial(0);
    /// Before everything, for bounds.
    pub const MIN: Serial = Serial(i64::MIN);
    /// After everything, for bounds.
    pub const MAX: Serial = Serial(i64::MAX);

    /// The smallest serial of this instant: everything older compares less. Times that no serial can have, before 2020
    /// and after 2159, are the first and the last that one can.
    pub fn at(time: Timestamp) -> Serial {
        Serial((time.millis() - EPOCH_MS).clamp(0, i64::MAX >> LOW_BITS) << LOW_BITS)
    }

    /// When it was given out, to the millisecond.
    pub fn time(self) -> Timestamp {
        Timestamp::from_millis((self.0 >> LOW_BITS) + EPOCH_MS)
    }

    /// A bound that is less than this and not less than any other that is.
    pub fn before(self) -> Serial {
        Serial(self.0.saturating_sub(1))
    }

    /// A bound that is greater than this and not greater than any other that is.
    pub fn next(self) -> Serial {
        Serial(self.0.saturating_add(1))
    }

    /// Which node gave it out.
    pub fn node(self) -> u8 {
        (self.0 >> COUNT_BITS) as u8
    }

    /// Its bytes, most significant first, for hashes of it.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// One for an event that is shown or sent without being kept: of this instant, and among others of it by chance.
    pub fn made_up(now: Timestamp, chance: u32) -> Serial {
        Serial(Serial::at(now).0 | i64::from(chance) & ((1 << LOW_BITS) - 1))
    }

    /// The `number`th of all, for tests. No store gives it out.
    pub const fn nth(number: i64) -> Serial {
        Serial(number)
    }

    /// As the store writes it. For `store/sqlite` only.
    pub(crate) const fn number(self) -> i64 {
        self.0
    }

    /// As the store has written it. For `store/sqlite` only.
    pub(crate) const fn from_number(number: i64) -> Serial {
        Serial(number)
    }

    fn to_text(self) -> [u8; TEXT_LEN] {
        let mut text = [0; TEXT_LEN];
        let mut rest = self.0 as u64;
        for place in text.iter_mut().rev() {
            *place = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        text
    }

    fn from_text(text: &str) -> Option<Serial> {
        if text.len() != TEXT_LEN {
            return None;
        }
        i64::try_from(digits(text)?).ok().map(Serial)
    }

    /// The first of those whose text begins so, and what is behind the last.
    fn beginning(text: &str) -> Option<(Serial, Serial)> {
        let missing = TEXT_LEN.checked_sub(text.len())?;
        let value = digits(text)?;
        let place = |value: u128| i64::try_from(value << (5 * missing));
        Some((Serial(place(value).ok()?), place(value + 1).map_or(Serial::MAX, Serial)))
    }
}

/// At most [`TEXT_LEN`] of them.
fn digits(text: &str) -> Option<u128> {
    let digit = |byte: u8| ALPHABET.iter().position(|&c| c == byte);
    text.bytes().try_fold(0, |value, byte| Some(value << 5 | digit(byte)? as u128))
}

/// Gives out the [`Serial`]s of one node, each once. They only ever grow, also when the clock goes back.
#[derive(Debug, Default)]
pub struct SerialSource {
    node: u8,
    last: i64,
}

impl SerialSource {
    /// Continues as this node after `last`, the greatest serial that the store holds, whichever node gave it out.
    pub fn after(last: Serial, node: u8) -> SerialSource {
        SerialSource { node, last: last.0 }
    }

    /// Nothing greater was given out.
    pub fn last(&self) -> Serial {
        Serial(self.last)
    }

    /// Goes on after this one, if it is greater.
    pub fn skip(&mut self, to: Serial) {
        self.last = self.last.max(to.0);
    }

    /// The next one.
    pub fn take(&mut self, now: Timestamp) -> Serial {
        let own = i64::from(self.node) << COUNT_BITS;
        let millisecond = |serial: i64| serial >> LOW_BITS;
        let first_of = |millisecond: i64| millisecond << LOW_BITS | own;
        let following = self.last + 1;
        // Counting on may have left the node's part of the millisecond, and the last one may be another node's.
        let is_own = following >> COUNT_BITS & ((1 << NODE_BITS) - 1) == i64::from(self.node);
        let next = if is_own { following } else { first_of(millisecond(self.last) + 1) };
        self.last = next.max(first_of(millisecond(Serial::at(now).0)));
        Serial(self.last)
    }
}

macro_rules! serial_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub Serial);

        impl $name {
            /// Reads the text form; `None` if it is no such id.
            pub fn parse(text: &str) -> Option<$name> {
                Serial::from_text(text.strip_prefix($prefix)?).map($name)
            }

            /// The first of those whose text form begins so, and what is behind the last; `None` if no such id does.
            pub fn beginning(text: &str) -> Option<($name, $name)> {
                let (first, end) = Serial::beginning(text.strip_prefix($prefix)?)?;
                Some(($name(first), $name(end)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = self.0.to_text();
                f.write_str($prefix)?;
                f.write_str(std::str::from_utf8(&text).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

serial_id!(
    /// An event's place in the store; its public id unless the caller chose one.
    EventKey, "evt_"
);
serial_id!(
    /// One event owed to one webhook.
    DeliveryId, "dlv_"
);
serial_id!(
    /// One HTTP request made for a delivery.
    AttemptId, "att_"
);
serial_id!(
    /// A webhook's place in the store, and the name of its lane; its public id unless the caller chose one.
    WebhookKey, "wh_"
);
serial_id!(
    /// A job over many deliveries.
    ReplayId, "rpl_"
);
serial_id!(
    /// An API key (the record, not the key itself).
    ApiKeyId, "key_"
);
serial_id!(
    /// Somebody who is signed in, or a link that signs in.
    SessionId, "ses_"
);
serial_id!(
    /// A line of the audit trail.
    AuditId, "aud_"
);

/// A map by ids and keys. Callers cannot choose them, so it does without the standard hasher's guard against keys that were
/// chosen to collide.
pub type IdMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// A set of ids or keys, as [`IdMap`].
pub type IdSet<K> = HashSet<K, foldhash::fast::RandomState>;

/// A tenant's place in the store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TenantKey(pub i64);

impl TenantKey {
    /// Stands for all tenants: whose broadcasts are, and nothing else.
    pub const ALL: TenantKey = TenantKey(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_form_reads_back_and_sorts_like_the_number(a in 0..=i64::MAX, b in 0..=i64::MAX) {
            let (a, b) = (DeliveryId(Serial(a)), DeliveryId(Serial(b)));
            prop_assert_eq!(DeliveryId::parse(&a.to_string()), Some(a));
            prop_assert_eq!(a.to_string().cmp(&b.to_string()), a.cmp(&b));
        }

        #[test]
        fn ids_that_begin_alike_are_a_range(a in 0..i64::MAX, b in 0..i64::MAX, length in 0..=13usize) {
            let (a, b) = (DeliveryId(Serial(a)), DeliveryId(Serial(b)));
            let start = &a.to_string()[..4 + length];
            let (first, end) = DeliveryId::beginning(start).unwrap();
            prop_assert!(first <= a && a < end);
            prop_assert_eq!(b.to_string().starts_with(start), first <= b && b < end);
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*") {
            let _ = DeliveryId::parse(&text);
            let _ = DeliveryId::parse(&format!("dlv_{text}"));
            let _ = DeliveryId::beginning(&format!("dlv_{text}"));
        }
    }

    #[test]
    fn serials_grow_when_the_clock_goes_back() {
        let mut source = SerialSource::default();
        let late = source.take(Timestamp::from_millis(1_800_000_000_000));
        let early = source.take(Timestamp::from_millis(1_700_000_000_000));
        assert!(early > late);
        assert_eq!(early.time(), Timestamp::from_millis(1_800_000_000_000));
    }

    #[test]
    fn two_hundred_thousand_at_one_time_run_no_further_ahead_than_a_blink() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        let mut source = SerialSource::default();
        let all: Vec<Serial> = (0..200_000).map(|_| source.take(now)).collect();
        assert!(all.is_sorted_by(|a, b| a < b));
        assert!(all.last().unwrap().time().since(now) <= std::time::Duration::from_millis(25));
    }

    #[test]
    fn an_id_from_when_nothing_named_a_node_is_before_what_follows_it() {
        let now = Timestamp::from_millis(1_800_000_000_000);
        for low in [0, 1, 8_191, 8_192, 0x1f_ffff] {
            let old = Serial(Serial::at(now).0 | low);
            for node in [0, 1, 255] {
                let next = SerialSource::after(old, node).take(now);
                assert!(next > old, "{low} {node}");
                assert!(next.time().since(now).as_millis() <= 1, "{low} {node}");
            }
        }
    }

    proptest! {
        #[test]
        fn nodes_never_give_out_the_same(
            nodes in proptest::collection::btree_set(0u8..=255, 2),
            times in proptest::collection::vec((0i64..3, 0usize..9_000), 1..8),
        ) {
            let mut given = std::collections::HashSet::new();
            for node in nodes {
                let (mut source, mut last) = (SerialSource::after(Serial::FIRST, node), Serial::FIRST);
                for &(millis, count) in &times {
                    for _ in 0..count {
                        let next = source.take(Timestamp::from_millis(1_800_000_000_000 + millis));
                        prop_assert!(next > last);
                        prop_assert!(given.insert(next));
                        last = next;
                    }
                }
            }
        }
    }

    #[test]
    fn a_time_far_away_is_after_or_before_all_serials() {
        assert_eq!(Serial::at(Timestamp::from_millis(0)), Serial(0));
        let now = Timestamp::from_millis(1_800_000_000_000);
        assert!(Serial::at(Timestamp::MAX) > Serial::at(now));
        assert!(Serial::at(Timestamp::MAX).time() > Timestamp::parse("2159-01-01T00:00:00Z").unwrap());
    }

    #[test]
    fn another_kind_of_id_is_refused() {
        let event = EventKey(Serial(77)).to_string();
        assert_eq!((DeliveryId::parse(&event), DeliveryId::beginning(&event)), (None, None));
        assert_eq!(DeliveryId::beginning("dlv_z"), None, "greater than all");
    }
}
