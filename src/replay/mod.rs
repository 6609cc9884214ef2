//! Replays: many deliveries sent again, made due or given up, at a pace, with a count beforehand and a stop.
//!
//! In goes a plan ([`ReplayPlan`]): what to do with which deliveries. [`ReplayService::count`] tells with how many, without doing
//! anything; [`ReplayService::begin`] keeps the plan in the store. From there every replay that is running is found again, after a
//! restart too, and goes on by strides ([`walk`]): a stride is looked up beside all else, in turns of its tenant, and done in one
//! transaction that also keeps how far the replay has come. So a crash at any moment does nothing twice and leaves nothing out. A
//! stop is a change of the same row: no stride comes after it, and its task hears of it ([`under_way`]).
//!
//! A replay goes in the order in which deliveries were accepted, so what keeps an order keeps it here. It ends with what was there
//! when it was begun, and never meets what it makes itself.

mod error;
mod pace;
mod runs;
mod service;
mod under_way;
mod walk;

pub use self::{
    error::ReplayError,
    runs::ReplayRuns,
    service::{Estimate, ReplayService, ReplayWait},
};
