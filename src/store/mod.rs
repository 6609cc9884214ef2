//! The store keeps what was acknowledged and what is owed, and says who should look.
//!
//! In go events with the webhooks they are owed to, and outcomes of attempts; out come deliveries that are due.
//! Whatever a verb has returned `Ok` for survives a crash. Nothing else is promised, and no other module keeps state
//! that a restart would miss.
//!
//! Its verbs are grouped by who calls them: a trait and its types in a file each. [`Store`] is all of them, and what a
//! backend has to be. Everybody takes their part of it (`Arc<dyn Directory>`, `Arc<dyn LaneStore>`), but for the API, which
//! shows all of it.
//!
//! What was just committed is also held in memory for a moment ([`recent`]), so that the fast path does not read the
//! disk; the views of webhooks, tenants, API keys, sessions and event types ([`views`]) are complete in memory. Both are inside the
//! store so that a restart, a second node and the fast path run the same code outside it.

pub mod seal;
pub mod sqlite;
pub mod stored;

mod audit;
mod catalogue;
mod catalogue_entry;
mod commits;
mod difference;
mod directory;
mod error;
mod events;
mod groups;
mod hints;
mod history;
mod keeping;
mod lifecycle;
mod mails;
mod note;
mod notices;
mod queue;
mod recent;
mod replays;
mod saved;
mod sessions;
mod statistics;
mod tested;
mod upkeep;
mod views;
mod webhooks;

use std::future::Future;

pub use self::{
    audit::{Audit, AuditQuery},
    catalogue::Catalogue,
    catalogue_entry::CatalogueEntry,
    commits::{Commits, Subscription},
    difference::Difference,
    directory::{Directory, NewApiKey, TenantUsage},
    error::{Clash, Result, StoreError},
    events::{Accepted, Append, Broadcast, Events, Routed, TenantCopy},
    groups::{Group, GroupBy, Grouped, Groups, GroupsQuery},
    hints::Hints,
    history::{ANSWER_BYTES, Counted, DeliveryQuery, DeliveryTo, EventQuery, History, MOST_COUNTED, NamedEvent},
    keeping::{Keeping, Scrub},
    lifecycle::{CLOCK_AHEAD, CommitCounts, DiskKind, Lifecycle, StoreFigures, WriteAheadLog},
    mails::{DueMail, MOST_LINES, MailLine, Mails},
    notices::{
        About, Condition, Happened, HappenedGroup, HappenedKind, Incident, KeyTold, MOST_DELIVERIES, MOST_SUBJECTS,
        Notices, Told, ToldChanges,
    },
    queue::{Backlog, OwedSummary, Pending, Queue, Settlement, Verdict, Wake},
    replays::{Found, FoundEvents, MOST_RUNNING, NewReplay, Range, Replays, ReplaysQuery},
    saved::{SavedPage, SavedQuery, SavedThings},
    sessions::{Begun, MOST_PORTALS, MOST_SESSIONS, NewSession, Sessions, WhichSessions},
    statistics::{SeriesPoint, SeriesQuery, Statistics, SumPlace, Types},
    tested::{Test, TestIds, Tests},
    upkeep::Upkeep,
    views::{Change, Changes, Derived, Followed, GroupRevision, Item, Look, Step, View, WebhookChange},
    webhooks::{NewWebhook, SetAside, Webhooks},
};

/// What publishing needs: event types and webhooks to match an event with, and a place for it.
pub trait PublishStore: Events + Webhooks + Catalogue {}

impl<T> PublishStore for T where T: Events + Webhooks + Catalogue {}

/// What the lanes need: what is owed and to whom, the events, and to be told of commits.
pub trait LaneStore: Events + Queue + Webhooks + Commits {}

impl<T> LaneStore for T where T: Events + Queue + Webhooks + Commits {}

/// What keeping less of some tenants needs: who they are, and their webhooks.
pub trait KeepingStore: Keeping + Directory + Webhooks {}

impl<T> KeepingStore for T where T: Keeping + Directory + Webhooks {}

/// What letting people in needs: keys, tenants, and who is signed in.
pub trait AccessStore: Directory + Sessions {}

impl<T> AccessStore for T where T: Directory + Sessions {}

/// Where events, deliveries and webhooks are kept. Every backend passes the same conformance suite.
pub trait Store:
    PublishStore
    + LaneStore
    + History
    + Tests
    + Groups
    + Replays
    + SavedThings
    + Notices
    + Mails
    + AccessStore
    + Audit
    + Statistics
    + Upkeep
    + KeepingStore
    + Lifecycle
{
}

impl<T> Store for T where
    T: PublishStore
        + LaneStore
        + History
        + Tests
        + Groups
        + Replays
        + SavedThings
        + Notices
        + Mails
        + AccessStore
        + Audit
        + Statistics
        + Upkeep
        + KeepingStore
        + Lifecycle
{
}

/// Does the work to its end, in a task of its own, also when the caller goes away in between.
pub async fn uncancelled<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StoreError::Closed),
        },
    }
}
