//! What has happened within a minute, told when it is over: deliveries that were given up, keys that were made and revoked. A group is
//! told and forgotten as a whole, so at most one notice a minute is about one webhook, and some more about all others together.

use std::{collections::BTreeMap, time::Duration};

use super::{
    teller::{Due, Teller, ToTell},
    told,
};
use crate::{
    model::Timestamp,
    store::{About, Happened, StoreError, ToldChanges},
};

/// Things that are read in one run.
const MOST: usize = 2_000;
/// What could not be told for so long, since the disk was nearly full, is forgotten: it would become ever more.
const LONGEST: Duration = Duration::from_secs(86_400);

/// Tells what has happened. How many notices that were.
pub(super) async fn run(teller: &Teller, now: Timestamp) -> Result<usize, StoreError> {
    let all = teller.store.happened(MOST).await?;
    let (mut due, mut untold) = (ToTell::default(), BTreeMap::new());
    for one in all {
        let left: &mut usize = untold.entry(one.group).or_default();
        // Of a tenant that is gone nobody wants to hear.
        if teller.access.tenant_name(one.group.tenant).is_some() {
            *left += 1;
            due.add(one.group.tenant, one.group, notice(teller, &one));
        }
    }
    let (mut count, mut lines) = (0, Vec::new());
    for Due { what: group, notice } in teller.tell(due).await {
        count += usize::from(notice.is_some());
        untold.entry(group).and_modify(|left| *left -= 1);
        lines.extend(teller.mail(group.tenant, notice.as_ref()).map(|line| (group, line)));
    }
    // What could not be told is told again with its whole group; what was, is known by its id.
    untold.retain(|group, left| *left == 0 || now.since(group.minute.begins()) > LONGEST);
    let mails = lines.into_iter().filter(|(group, _)| untold.contains_key(group)).map(|(_, line)| line).collect();
    let happened = untold.into_keys().collect();
    teller.keep(ToldChanges { happened, mails, ..ToldChanges::default() }).await?;
    Ok(count)
}

/// Nothing of a webhook that subscribes to notices by now: it would be owed that.
fn notice(teller: &Teller, happened: &Happened) -> Option<told::Notice> {
    let About::Webhook(key, _) = happened.about else { return Some(told::of_happened(happened, None)) };
    let webhook = teller.store.webhooks().get(key);
    let is_told = !webhook.as_ref().is_some_and(|webhook| webhook.settings.hears_notices());
    is_told.then(|| told::of_happened(happened, webhook.as_deref()))
}
