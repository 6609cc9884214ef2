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

/// What was kept; `None` if it is damaged.
pub(super) fn read(bytes: &[u8]) -> Option<Counts> {
    let (&FORM, rest) = bytes.split_first()? else { return None };
    let (mut input, mut counts) = (Reader::new(rest), Counts::default());
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
    Some(counts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observe::any_counts;

    proptest! {
        #[test]
        fn what_was_kept_is_read(one in any_counts(), other in any_counts()) {
            let (mut added, mut merged) = (Counts::default(), one.clone());
            for counts in [&one, &other] {
                let kept = read(&to_bytes(counts));
                prop_assert_eq!(kept.as_ref(), Some(counts));
                added.merge(kept.unwrap_or_default());
            }
            merged.merge(other);
            prop_assert_eq!(added.sums(), merged.sums());
        }

        #[test]
        fn what_is_cut_short_is_read_to_nothing(counts in any_counts(), cut in any::<prop::sample::Index>()) {
            let bytes = to_bytes(&counts);
            let cut = &bytes[..cut.index(bytes.len())];
            // Between two cells it is another row that is whole.
            prop_assert!(read(cut).is_none_or(|whole| whole.len() < counts.len()));
        }
    }
}
