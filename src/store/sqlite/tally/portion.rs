//! Counts on their way into the sums, and how far they have got.

use rusqlite::{Connection, OptionalExtension, params, types::ValueRef};

use crate::{
    model::{EventType, Serial, TenantKey, WebhookKey},
    observe::{Bucket, Counts, Measures, Scope, Slot},
};

/// Counts that are being added to the sums.
#[derive(Debug)]
pub(super) struct Portion {
    /// The last row of it.
    pub upto: i64,
    /// What it comes to, in the order in which that is added.
    pub sums: Vec<(Slot, Measures)>,
}

impl Portion {
    pub fn of(counts: &Counts, upto: i64) -> Portion {
        Portion { upto, sums: counts.sums().into_iter().collect() }
    }

    /// Which of the sums is the first that is not added yet.
    pub fn first_after(&self, done: &Done) -> usize {
        match done {
            Done::Nothing => 0,
            Done::Upto(last) => self.sums.partition_point(|(slot, _)| slot <= last),
            Done::All => self.sums.len(),
        }
    }

    /// The sums of a scope, of those from the `from`th on.
    pub fn of_scope(&self, scope: Scope, from: usize) -> impl Iterator<Item = &(Slot, Measures)> {
        // They are by scope first.
        let begin = self.sums.partition_point(|(slot, _)| slot.scope < scope).max(from);
        self.sums.iter().skip(begin).take_while(move |(slot, _)| slot.scope == scope)
    }
}

/// How far the portions are in the sums.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Progress {
    /// The last row of the last portion that was begun; 0 before the first.
    pub upto: i64,
    /// What of it is added.
    pub done: Done,
}

/// What of a portion is added to the sums. It is told by a slot, and not by a number of sums: of a tenant with very many types, a portion
/// that is made anew after a crash may tell other types apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Done {
    Nothing,
    /// All up to this one.
    Upto(Slot),
    All,
}

impl Progress {
    pub fn is_complete(&self) -> bool {
        self.done == Done::All
    }
}

const UPTO: &str = "tallies summed upto";
const DONE: &str = "sums done of the last";

/// As it was committed last.
pub(super) fn progress(conn: &Connection) -> rusqlite::Result<Progress> {
    let mut find = conn.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    let upto = find.query_row([UPTO], |row| row.get::<_, i64>(0)).optional()?.unwrap_or_default();
    let done = find.query_row([DONE], |row| Ok(read_done(row.get_ref(0)?))).optional()?.unwrap_or(Done::All);
    Ok(Progress { upto, done })
}

/// Notes it, in the transaction that has added so much.
pub(super) fn note(conn: &Connection, progress: &Progress) -> rusqlite::Result<()> {
    let mut write = conn.prepare_cached("INSERT OR REPLACE INTO meta VALUES (?1, ?2)")?;
    write.execute(params![UPTO, progress.upto])?;
    write.execute(params![DONE, written_done(&progress.done)])?;
    Ok(())
}

fn written_done(done: &Done) -> String {
    let slot = match done {
        Done::Nothing => return "nothing".to_owned(),
        Done::All => return "all".to_owned(),
        Done::Upto(slot) => slot,
    };
    let (scope, owner) = match slot.scope {
        Scope::Node => ("node", 0),
        Scope::Tenant(tenant) => ("tenant", tenant.0),
        Scope::Webhook(webhook) => ("webhook", webhook.0.number()),
    };
    let event_type = slot.event_type.as_ref().map_or("", EventType::as_str);
    format!("{scope} {owner} {} {event_type}", slot.minute.0)
}

fn read_done(value: ValueRef<'_>) -> Done {
    let text = value.as_str().unwrap_or_default();
    if text == "nothing" {
        return Done::Nothing;
    }
    // What cannot be read counts as added: rather too little than twice.
    read_slot(text).map_or(Done::All, Done::Upto)
}

fn read_slot(text: &str) -> Option<Slot> {
    let mut parts = text.splitn(4, ' ');
    let (scope, owner, minute) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let scope = match scope {
        "node" => Scope::Node,
        "tenant" => Scope::Tenant(TenantKey(owner)),
        "webhook" => Scope::Webhook(WebhookKey(Serial::from_number(owner))),
        _ => return None,
    };
    let event_type = parts.next().filter(|name| !name.is_empty()).map(EventType::kept);
    Some(Slot { scope, event_type, minute: Bucket(minute) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observe::any_counts;

    proptest! {
        #[test]
        fn where_it_goes_on_is_kept_also_where_types_are_told_apart_otherwise(
            counts in any_counts(), others in any_counts(), place: prop::sample::Index,
        ) {
            let portion = Portion::of(&counts, 1);
            prop_assume!(!portion.sums.is_empty());
            let place = place.index(portion.sums.len());
            let done = Done::Upto(portion.sums[place].0.clone());
            for done in [&done, &Done::Nothing, &Done::All] {
                let text = written_done(done);
                prop_assert_eq!(&read_done(ValueRef::Text(text.as_bytes())), done);
            }
            prop_assert_eq!(portion.first_after(&done), place + 1);
            // Made anew with other slots between, the same ones are behind.
            let mut all = counts.clone();
            all.merge(others);
            let anew = Portion::of(&all, 1);
            let behind: Vec<_> = anew.sums[anew.first_after(&done)..].iter().map(|(slot, _)| slot).collect();
            let expected = portion.sums[place + 1..].iter().all(|(slot, _)| behind.contains(&slot));
            let added = portion.sums[..=place].iter().all(|(slot, _)| !behind.contains(&slot));
            prop_assert!(expected && added);
        }
    }
}
