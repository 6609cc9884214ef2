//! Identifiers: time-ordered numbers inside, prefixed text outside.
//!
//! A [`Serial`] is 63 bits: 42 bits of milliseconds since 2020 and 21 bits that count within one millisecond.
//! Sorting by it is sorting by time, so a time range is a range of primary keys and needs no index of its own.
//! Outside it is thirteen characters of Crockford's base 32 behind a prefix: `dlv_06f3n1qk2v0g0`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::time::Timestamp;

const EPOCH_MS: i64 = 1_577_836_800_000; // 2020-01-01T00:00:00Z
const COUNT_BITS: u32 = 21;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const TEXT_LEN: usize = 13;

/// A time-ordered 63-bit number, unique within one store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Serial(pub i64);

impl Serial {
    /// The smallest serial of this instant: everything older compares less. Times that no serial can have, before 2020
    /// and after 2159, are the first and the last that one can.
    pub fn at(time: Timestamp) -> Serial {
        Serial((time.millis() - EPOCH_MS).clamp(0, i64::MAX >> COUNT_BITS) << COUNT_BITS)
    }

    /// When it was given out, to the millisecond.
    pub fn time(self) -> Timestamp {
        Timestamp::from_millis((self.0 >> COUNT_BITS) + EPOCH_MS)
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
        let mut value: u64 = 0;
        for byte in text.bytes() {
            let digit = ALPHABET.iter().position(|&c| c == byte)? as u64;
            value = value.checked_mul(32)? | digit;
        }
        i64::try_from(value).ok().map(Serial)
    }
}

/// Gives out [`Serial`]s that only ever grow, also when the clock goes back.
#[derive(Debug, Default)]
pub struct SerialSource {
    last: i64,
}

impl SerialSource {
    /// Continues after `last`, the greatest serial that the store holds.
    pub fn after(last: Serial) -> SerialSource {
        SerialSource { last: last.0 }
    }

    /// The last one given out.
    pub fn last(&self) -> Serial {
        Serial(self.last)
    }

    /// The first of `count` consecutive serials; all of them are the caller's.
    pub fn take(&mut self, now: Timestamp, count: u32) -> Serial {
        let first = (self.last + 1).max(Serial::at(now).0);
        self.last = first + i64::from(count) - 1;
        Serial(first)
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
    /// An API key (the record, not the key itself).
    ApiKeyId, "key_"
);

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
        fn any_text_is_read_without_panic(text in "\\PC*") {
            let _ = DeliveryId::parse(&text);
            let _ = DeliveryId::parse(&format!("dlv_{text}"));
        }
    }

    #[test]
    fn serials_grow_when_the_clock_goes_back() {
        let mut source = SerialSource::default();
        let late = source.take(Timestamp::from_millis(1_800_000_000_000), 3);
        let early = source.take(Timestamp::from_millis(1_700_000_000_000), 1);
        assert_eq!(early.0, late.0 + 3);
        assert_eq!(late.time(), Timestamp::from_millis(1_800_000_000_000));
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
        assert_eq!(DeliveryId::parse(&event), None);
    }
}
