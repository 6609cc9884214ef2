//! A replay: a paced job over many deliveries.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    DeliveryId, DeliveryStatus, EventKey, FailureKind, RateLimit, ReplayId, Serial, TenantKey, Timestamp, TypePattern,
    WebhookId, WebhookKey,
};

/// What a replay does with each of its deliveries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayAction {
    /// Makes a new delivery, which points at the one that it repeats.
    Replay,
    /// Makes a new delivery of each event to each webhook that wants it by today's types and filters.
    Rematch,
    /// Makes the same delivery due now, with its schedule from the start.
    Retry,
    /// Gives it up.
    Cancel,
}

impl ReplayAction {
    /// All of them.
    pub const ALL: [ReplayAction; 4] =
        [ReplayAction::Replay, ReplayAction::Rematch, ReplayAction::Retry, ReplayAction::Cancel];

    /// The statuses in which a delivery can be when this is done with it. A rematch asks events, not deliveries.
    pub fn statuses(self) -> &'static [DeliveryStatus] {
        use DeliveryStatus::{Cancelled, Delivered, Failed, Pending, Retrying};
        match self {
            ReplayAction::Replay => &[Delivered, Failed, Cancelled],
            ReplayAction::Rematch => &[],
            ReplayAction::Retry => &[Retrying, Failed, Cancelled],
            ReplayAction::Cancel => &[Pending, Retrying],
        }
    }

    /// Those of them that are meant where nobody says it.
    pub fn usual_statuses(self) -> &'static [DeliveryStatus] {
        match self {
            ReplayAction::Retry => &[DeliveryStatus::Failed],
            action => action.statuses(),
        }
    }

    /// Whether something is sent by it, for which the webhook has to be there.
    pub fn sends(self) -> bool {
        self != ReplayAction::Cancel
    }
}

/// Where a replay stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayState {
    /// It goes on.
    Running,
    /// It has come to its end.
    Finished,
    /// Somebody stopped it. What it had done by then stays done.
    Stopped,
}

/// Which deliveries, or for a rematch events, a replay is about.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReplayQuery {
    /// Only of this webhook.
    pub webhook: Option<(WebhookKey, WebhookId)>,
    /// Only in one of these statuses.
    pub statuses: Vec<DeliveryStatus>,
    /// Only of events of these types; none: of any.
    pub event_types: Vec<TypePattern>,
    /// Only those of which the last attempt failed so; none: any.
    pub failures: Vec<FailureKind>,
    /// Accepted at or after.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
}

/// What is to be done with which deliveries, and how fast.
#[derive(Clone, PartialEq, Debug)]
pub struct ReplayPlan {
    /// What is done with each delivery.
    pub action: ReplayAction,
    /// Which deliveries it is done with.
    pub query: ReplayQuery,
    /// How many at most in which time; none: as fast as it goes.
    pub rate: Option<RateLimit>,
    /// Whether new deliveries are sent under their own ids instead of their events'.
    pub new_id: bool,
}

impl ReplayPlan {
    /// Whether its tenant may be owed more by it than before. Not by making due what is owed already: that must go on above all where
    /// much is owed.
    pub fn owes_more(&self) -> bool {
        match self.action {
            ReplayAction::Replay | ReplayAction::Rematch => true,
            ReplayAction::Retry => self.query.statuses.iter().any(|status| !status.is_owed()),
            ReplayAction::Cancel => false,
        }
    }
}

/// How many there are of something that is not counted to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Expected {
    /// So many at least.
    pub count: u64,
    /// Whether there may be more.
    pub more: bool,
}

/// A replay that was begun.
#[derive(Clone, PartialEq, Debug)]
pub struct Replay {
    /// Its id; its serial tells when it was begun.
    pub id: ReplayId,
    /// Whose it is.
    pub tenant: TenantKey,
    /// What it does.
    pub plan: ReplayPlan,
    /// Where it stands.
    pub state: ReplayState,
    /// How far it has come.
    pub place: ReplayPlace,
    /// It goes no further than this.
    pub upto: Serial,
    /// How many there were when it was begun.
    pub expected: Expected,
    /// With how many it was done.
    pub done: u64,
    /// With how many it could not be done: they were in another status by then, or their webhook is gone or disabled.
    pub skipped: u64,
    /// Those of them that were passed over before they were tried. They are not among the expected, and cost no time.
    pub passed_over: u64,
    /// When it came to its end or was stopped.
    pub finished_at: Option<Timestamp>,
}

/// How far a replay has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReplayPlace {
    /// Everything up to here was looked at.
    pub after: Serial,
    /// Of the next event, the webhooks up to this one were looked at, too: an event can have more than one step does.
    pub within: Option<WebhookKey>,
}

impl ReplayPlace {
    /// Behind this one.
    pub fn after(serial: Serial) -> ReplayPlace {
        ReplayPlace { after: serial, within: None }
    }
}

/// What one step of a replay does.
#[derive(Clone, PartialEq, Debug)]
pub struct ReplayStep {
    /// The replay.
    pub replay: ReplayId,
    /// Where it stands.
    pub from: ReplayPlace,
    /// Where it stands after the step.
    pub to: ReplayPlace,
    /// Whether this is its last.
    pub is_last: bool,
    /// With which it is done.
    pub targets: ReplayTargets,
    /// How many were passed over before it.
    pub skipped: u64,
}

/// With what a step of a replay is done.
#[derive(Clone, PartialEq, Debug)]
pub enum ReplayTargets {
    /// Deliveries, in the order of their ids.
    Deliveries(Vec<DeliveryId>),
    /// Events in their order, each with webhooks that are owed it now.
    Owed(Vec<(EventKey, Vec<WebhookKey>)>),
}

impl ReplayTargets {
    /// How many deliveries it is about.
    pub fn len(&self) -> usize {
        match self {
            ReplayTargets::Deliveries(ids) => ids.len(),
            ReplayTargets::Owed(owed) => owed.iter().map(|(_, webhooks)| webhooks.len()).sum(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
