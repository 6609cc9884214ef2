//! The compact form of webhooks that are owed an event and have no deliveries yet. Pure.
//!
//! Keys are serials: milliseconds above [`LOW_BITS`] bits that are nearly always small. Each is written as its distance from
//! the one before, milliseconds and the rest apart, in seven bits a byte: 3 to 5 bytes for a webhook, so 200,000 of them
//! need less than 1 MB. A tenant's copy of a broadcast is written as what its data does not share with the record's.

use bytes::Bytes;

use crate::{
    model::{BodyHash, EventKey, Serial, TenantKey, WebhookKey},
    store::difference::Difference,
    varint,
};

const LOW_BITS: u32 = 21;
const OF_EVENT: u8 = 1;
const OF_COPIES: u8 = 2;

/// What one row of `fan_outs` unfolds to.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum FanOut {
    /// Deliveries of the event that the row names.
    Event(Vec<WebhookKey>),
    /// Copies of the broadcast whose record the row names, which has this hash, with their deliveries.
    Copies(BodyHash, Vec<TenantCopy>),
}

/// A tenant's copy of a broadcast that is to be made.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct TenantCopy {
    /// The key that it was given when the broadcast was accepted.
    pub key: EventKey,
    pub tenant: TenantKey,
    /// How many webhooks it is owed to: those here, and for a large fan-out others in rows behind this one.
    pub fan_out: u32,
    pub webhooks: Vec<WebhookKey>,
    /// What is different in its data, if anything is.
    pub difference: Option<Difference>,
}

impl TenantCopy {
    /// The data of this copy of that record; `None` if it cannot be one of it.
    pub fn data(&self, record: &Bytes) -> Option<Bytes> {
        self.difference.as_ref().map_or(Some(record.clone()), |difference| difference.applied_to(record))
    }
}

impl FanOut {
    /// Everybody in it, in order.
    pub fn webhooks(&self) -> impl Iterator<Item = WebhookKey> + '_ {
        let (own, copies): (&[WebhookKey], &[TenantCopy]) = match self {
            FanOut::Event(webhooks) => (webhooks, &[]),
            FanOut::Copies(_, copies) => (&[], copies),
        };
        own.iter().chain(copies.iter().flat_map(|copy| &copy.webhooks)).copied()
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        match self {
            FanOut::Event(webhooks) => {
                out.out.bytes.push(OF_EVENT);
                out.webhooks(webhooks);
            }
            FanOut::Copies(body, copies) => {
                out.out.bytes.push(OF_COPIES);
                out.out.bytes.extend_from_slice(&body.0);
                out.number(copies.len() as u64);
                copies.iter().for_each(|copy| out.copy(copy));
            }
        }
        out.out.bytes
    }

    /// What was stored; `None` if it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<FanOut> {
        let (&kind, rest) = bytes.split_first()?;
        let mut input = Reader { input: varint::Reader::new(rest), before: Before::default() };
        let read = match kind {
            OF_EVENT => FanOut::Event(input.webhooks()?),
            OF_COPIES => {
                let body = BodyHash(input.input.take(16)?.try_into().ok()?);
                let count = input.input.count()?;
                FanOut::Copies(body, (0..count).map(|_| input.copy()).collect::<Option<_>>()?)
            }
            _ => return None,
        };
        input.input.is_at_end().then_some(read)
    }
}

/// The serials before, from which the next are counted: of webhooks, copies and tenants, each among themselves.
#[derive(Default)]
struct Before {
    webhook: i64,
    copy: i64,
    tenant: i64,
}

#[derive(Default)]
struct Writer {
    out: varint::Writer,
    before: Before,
}

impl Writer {
    fn number(&mut self, number: u64) {
        self.out.unsigned(number);
    }

    fn serial(&mut self, before: i64, serial: i64) {
        let distance = (serial >> LOW_BITS).wrapping_sub(before >> LOW_BITS);
        self.out.signed(distance);
        self.number(serial as u64 & ((1 << LOW_BITS) - 1));
    }

    fn webhooks(&mut self, webhooks: &[WebhookKey]) {
        self.number(webhooks.len() as u64);
        for webhook in webhooks {
            let serial = webhook.0.number();
            self.serial(self.before.webhook, serial);
            self.before.webhook = serial;
        }
    }

    fn copy(&mut self, copy: &TenantCopy) {
        let (key, tenant) = (copy.key.0.number(), copy.tenant.0);
        self.serial(self.before.copy, key);
        self.serial(self.before.tenant, tenant);
        (self.before.copy, self.before.tenant) = (key, tenant);
        self.number(u64::from(copy.fan_out));
        self.webhooks(&copy.webhooks);
        match &copy.difference {
            None => self.number(0),
            Some(Difference { start, end, middle }) => {
                self.number(1);
                [*start, *end, middle.len()].iter().for_each(|&length| self.number(length as u64));
                self.out.bytes.extend_from_slice(middle);
            }
        }
    }
}

struct Reader<'b> {
    input: varint::Reader<'b>,
    before: Before,
}

impl<'b> Reader<'b> {
    fn number(&mut self) -> Option<u64> {
        self.input.unsigned()
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn serial(&mut self, before: i64) -> Option<i64> {
        let (distance, low) = (self.input.signed()?, self.number()?);
        Some((before >> LOW_BITS).wrapping_add(distance) << LOW_BITS | (low & ((1 << LOW_BITS) - 1)) as i64)
    }

    fn webhooks(&mut self) -> Option<Vec<WebhookKey>> {
        let count = self.input.count()?;
        let mut webhooks = Vec::with_capacity(count);
        for _ in 0..count {
            self.before.webhook = self.serial(self.before.webhook)?;
            webhooks.push(WebhookKey(Serial::from_number(self.before.webhook)));
        }
        Some(webhooks)
    }

    fn copy(&mut self) -> Option<TenantCopy> {
        self.before.copy = self.serial(self.before.copy)?;
        self.before.tenant = self.serial(self.before.tenant)?;
        let (key, tenant) = (EventKey(Serial::from_number(self.before.copy)), TenantKey(self.before.tenant));
        let fan_out = u32::try_from(self.number()?).ok()?;
        let webhooks = self.webhooks()?;
        let difference = match self.number()? {
            0 => None,
            _ => {
                let (start, end, length) = (self.length()?, self.length()?, self.length()?);
                Some(Difference { start, end, middle: Bytes::copy_from_slice(self.input.take(length)?) })
            }
        };
        Some(TenantCopy { key, tenant, fan_out, webhooks, difference })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn webhook(number: i64) -> WebhookKey {
        WebhookKey(Serial::from_number(number))
    }

    fn webhooks() -> impl Strategy<Value = Vec<WebhookKey>> {
        prop::collection::vec(any::<i64>().prop_map(webhook), 0..20)
    }

    fn copy() -> impl Strategy<Value = TenantCopy> {
        let middle = prop::option::of((0usize..9, 0usize..9, prop::collection::vec(any::<u8>(), 0..9)));
        (any::<i64>(), any::<i64>(), any::<u32>(), webhooks(), middle).prop_map(
            |(key, tenant, fan_out, webhooks, middle)| TenantCopy {
                key: EventKey(Serial::from_number(key)),
                tenant: TenantKey(tenant),
                fan_out,
                webhooks,
                difference: middle.map(|(start, end, middle)| Difference { start, end, middle: middle.into() }),
            },
        )
    }

    fn fan_out() -> impl Strategy<Value = FanOut> {
        prop_oneof![
            webhooks().prop_map(FanOut::Event),
            (any::<[u8; 16]>(), prop::collection::vec(copy(), 0..5))
                .prop_map(|(body, copies)| FanOut::Copies(BodyHash(body), copies)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(fan_out in fan_out()) {
            prop_assert_eq!(FanOut::from_bytes(&fan_out.to_bytes()), Some(fan_out));
        }

        #[test]
        fn what_is_damaged_is_refused_or_read_and_never_a_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..60), fan_out in fan_out(), place in any::<prop::sample::Index>(),
        ) {
            let _ = FanOut::from_bytes(&bytes);
            let mut cut = fan_out.to_bytes();
            cut.truncate(place.index(cut.len()));
            prop_assert_eq!(FanOut::from_bytes(&cut), None);
        }
    }

    #[test]
    fn a_large_fan_out_is_small() {
        // A webhook every three minutes, for a year.
        let made = |number: i64| webhook((1 << 60) + ((number * 180_000) << LOW_BITS) + number % 3);
        let webhooks: Vec<WebhookKey> = (0..200_000).map(made).collect();
        let bytes = FanOut::Event(webhooks).to_bytes().len();
        assert!(bytes < 1_000_000, "{bytes}");
    }
}
