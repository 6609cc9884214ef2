//! Counts as they are kept until they are in the sums.

use crate::{
    model::{EventType, Serial, TenantKey, WebhookKey},
    observe::{Bucket, Cell, Counts, Measures},
    varint::{Reader, Writer},
};

const FORM: u8 = 1;
const MINUTE: i64 = 60_000;

pub(super) fn to_bytes(counts: &Counts) -> Vec<u8> {
    let mut out = Writer::default();
    out.bytes.push(FORM);
    for (tenant, cell, measures) in counts.cells() {
        out.signed(tenant.0);
        out.signed(cell.minute.0 / MINUTE);
        out.signed(cell.webhook.map_or(0, |webhook| webhook.0.number()));
        out.text(cell.event_type.as_ref().map_or("", EventType::as_str).as_bytes());
        measures.write(&mut out);
    }
    out.bytes
}

/// Adds what was kept. `None` if it is damaged: then nothing of it is to be relied on.
#[must_use]
pub(super) fn add(bytes: &[u8], counts: &mut Counts) -> Option<()> {
    let (&FORM, rest) = bytes.split_first()? else { return None };
    let mut input = Reader::new(rest);
    while !input.is_at_end() {
        let (tenant, minute, webhook) = (TenantKey(input.signed()?), input.signed()?, input.signed()?);
        let event_type = std::str::from_utf8(input.text()?).ok()?;
        let cell = Cell {
            minute: Bucket(minute.checked_mul(MINUTE)?),
            webhook: (webhook != 0).then(|| WebhookKey(Serial::from_number(webhook))),
            event_type: (!event_type.is_empty()).then(|| EventType::kept(event_type)),
        };
        let measures = Measures::read(&mut input)?;
        counts.of(tenant, cell).merge(&measures);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observe::any_counts;

    proptest! {
        #[test]
        fn what_was_kept_is_added(one in any_counts(), other in any_counts()) {
            let (mut read, mut merged) = (Counts::default(), one.clone());
            for counts in [&one, &other] {
                prop_assert!(add(&to_bytes(counts), &mut read).is_some());
            }
            merged.merge(other);
            prop_assert_eq!(read.sums(), merged.sums());
        }

        #[test]
        fn damage_is_found_or_harmless(counts in any_counts(), place in any::<prop::sample::Index>(), to in any::<u8>()) {
            let mut bytes = to_bytes(&counts);
            let place = place.index(bytes.len());
            bytes[place] = to;
            let _ = add(&bytes, &mut Counts::default());
        }
    }
}
