//! Replays as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    model::{
        DeliveryStatus, FailureKind, RateLimit, Replay, ReplayAction, ReplayId, ReplayPlan, ReplayState, Serial,
        Timestamp, TypePattern, WebhookId,
    },
    replay::{Estimate, ReplayWait},
};

/// What is said of sending again what receivers may remember.
const KNOWN_IDS: &str = "each is sent under the id of its event, as before; a receiver that remembers ids answers one that it knows without \
                         handling it. `new_id` sends each under an id of its own";

/// What is done with which deliveries.
#[derive(Serialize, ToSchema)]
pub struct ReplayPlanView {
    action: ReplayAction,
    /// The one webhook that it is about.
    webhook: Option<WebhookId>,
    /// Deliveries in these statuses; none for a rematch, which asks events.
    statuses: Vec<DeliveryStatus>,
    /// Of events of these types; none: of any.
    event_types: Vec<TypePattern>,
    /// Of which the last attempt failed so; none: however it ended.
    failures: Vec<FailureKind>,
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    rate: Option<RateLimit>,
    /// Whether each is sent under its own id instead of its event's.
    new_id: bool,
}

impl ReplayPlanView {
    fn of(plan: &ReplayPlan) -> ReplayPlanView {
        let ReplayPlan { action, query, rate, new_id } = plan.clone();
        ReplayPlanView {
            action,
            webhook: query.webhook.map(|(_, id)| id),
            statuses: query.statuses,
            event_types: query.event_types,
            failures: query.failures,
            from: query.from,
            to: query.to,
            rate,
            new_id,
        }
    }
}

/// With how many deliveries something would be done, if nothing changed meanwhile.
#[derive(Serialize, ToSchema)]
#[schema(as = ReplayEstimate)]
pub struct EstimateView {
    #[serde(flatten)]
    plan: ReplayPlanView,
    /// How many there are: counted up to 100,000, and no longer than a second or two.
    count: u64,
    /// Whether there may be more than were counted.
    more: bool,
    /// With how many it would not be done, of those that were looked at: their webhook is disabled or gone, or more webhooks want the event
    /// than can be owed one.
    skipped: u64,
    /// How long it would take at its `rate`.
    takes_seconds: Option<u64>,
    /// What should be known before it is begun.
    notes: Vec<&'static str>,
}

impl EstimateView {
    /// Of this plan, with which that would be done.
    pub fn of(plan: &ReplayPlan, Estimate { expected, skipped }: Estimate) -> EstimateView {
        let sends_again = matches!(plan.action, ReplayAction::Replay | ReplayAction::Rematch);
        EstimateView {
            plan: ReplayPlanView::of(plan),
            count: expected.count,
            more: expected.more,
            skipped,
            takes_seconds: plan.rate.map(|rate| seconds(expected.count, rate)),
            notes: if sends_again && !plan.new_id { vec![KNOWN_IDS] } else { Vec::new() },
        }
    }
}

/// A job over many deliveries.
#[derive(Serialize, ToSchema)]
#[schema(as = Replay)]
pub struct ReplayView {
    #[schema(value_type = ReplayId)]
    id: String,
    state: ReplayState,
    #[serde(flatten)]
    plan: ReplayPlanView,
    /// How many there were when it was begun: counted up to 100,000.
    expected: u64,
    /// Whether there may have been more.
    expected_more: bool,
    /// With how many it was done.
    done: u64,
    /// With how many it was not: they had changed meanwhile, their webhook is disabled or gone, or more webhooks want the event than can be
    /// owed one.
    skipped: u64,
    /// Everything that was accepted before this time was looked at. Null before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    reached_at: Option<Timestamp>,
    /// Why it does not go on, while it does not.
    waits_for: Option<ReplayWait>,
    /// How long it still takes at its `rate`, while it is running.
    seconds_left: Option<u64>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it came to its end, or was stopped.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

impl ReplayView {
    /// Of this replay.
    pub fn of(replay: &Replay, waits_for: Option<ReplayWait>) -> ReplayView {
        let reached = replay.place.after;
        let is_running = replay.state == ReplayState::Running;
        let tried = replay.done + replay.skipped.saturating_sub(replay.passed_over);
        let left = replay.expected.count.saturating_sub(tried);
        ReplayView {
            id: replay.id.to_string(),
            state: replay.state,
            plan: ReplayPlanView::of(&replay.plan),
            expected: replay.expected.count,
            expected_more: replay.expected.more,
            done: replay.done,
            skipped: replay.skipped,
            reached_at: (reached > Serial::FIRST).then(|| reached.time()),
            waits_for,
            seconds_left: replay.plan.rate.filter(|_| is_running).map(|rate| seconds(left, rate)),
            created_at: replay.id.0.time(),
            finished_at: replay.finished_at,
        }
    }
}

/// How long so many take, rounded up.
fn seconds(count: u64, rate: RateLimit) -> u64 {
    let millis = u128::from(count) * u128::from(rate.per.millis()) / u128::from(rate.limit.max(1));
    u64::try_from(millis.div_ceil(1_000)).unwrap_or(u64::MAX)
}
