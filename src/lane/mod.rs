//! What may go now: each webhook has a lane with its own order, rate, concurrency and breaker.
//!
//! In go wake-ups from the store, changed settings, outcomes and the passing of time; out come deliveries to be sent
//! and settlements to be recorded. A lane ([`state`]) is a pure state machine; the scheduler ([`scheduler`]) runs all of
//! them, owns the timers and the send slots ([`slots`]), and gives each lane and tenant its turn ([`ready_queue`]).
//!
//! Nothing here survives a crash, and nothing needs to: after a restart the lanes load what the store owes. What was in
//! flight is sent again; its receiver sees the same `webhook-id`.

mod gates;
mod judge;
mod key_queues;
mod latency;
mod ready_queue;
mod scheduler;
mod slots;
mod state;
mod timers;

pub use gates::{Breaker, Concurrency, Passage, Rate};
pub use judge::{Judgement, judge};
pub use latency::{LatencyClass, LatencyHistory};
pub use ready_queue::ReadyQueue;
pub use scheduler::{Courier, LaneLimits, Scheduler};
pub use slots::{SlotClass, Slots};
pub use state::{BatchOutcome, Lane, Load, Next, OwedBatch, Settled, WINDOW};
