//! What may go now: each webhook has a lane with its own order, rate, concurrency and breaker.
//!
//! In go wake-ups from the store, changed settings, outcomes and the passing of time; out come deliveries to be sent
//! and settlements to be recorded. A lane ([`state`]) is a pure state machine, and so are all lanes together ([`core`]),
//! with their timers, send slots ([`slots`]) and turns ([`ready_queue`]): they hear reports and want actions. The
//! scheduler ([`scheduler`]) performs these; so does the simulation in `tests/sim`. Who wants to know how a lane stands asks at
//! the [`desk`].
//!
//! Nothing here survives a crash, and nothing needs to: after a restart the lanes load what the store owes. What was in
//! flight is sent again; its receiver sees the same `webhook-id`.

mod core;
mod courier;
mod desk;
mod exchange;
mod gates;
mod judge;
mod key_queues;
mod lanes;
mod latency;
mod metrics;
mod ready_queue;
mod scheduler;
mod slots;
mod state;
mod timers;
mod unrecorded;

pub use core::{LaneCore, LaneLimits};
pub use courier::{Courier, no_room};
pub use desk::{LaneDesk, NoAnswer, Question};
pub use exchange::{Action, Loaded, Report};
pub use gates::{Breaker, Concurrency, Passage, Rate};
pub use judge::{Judgement, judge};
pub use latency::{LatencyClass, LatencyHistory};
pub use metrics::LaneMetrics;
pub use scheduler::{Scheduler, SchedulerError};
pub use slots::{SlotClass, Slots};
pub use state::{
    BatchOutcome, BreakerState, Consequence, Disable, Lane, LanePicture, Load, Next, OwedBatch, RatePicture, WINDOW,
};
