//! The store's promises, as facts that every backend passes.
//!
//! [`backend`] says how a backend is opened, closed and crashed; [`conformance`] lists the facts and instantiates them
//! per backend; the facts are in the modules by topic. What only one backend can promise is in a module of its name.

mod backend;
mod conformance;

mod access;
mod actors;
mod append;
mod attempts;
mod audit;
mod by_event;
mod clock;
mod fan_out;
mod listing;
mod lookup;
mod newer;
mod notices;
mod owed;
mod pending;
mod quotas;
mod record;
mod recount;
mod replays;
mod retention;
mod shutdown;
mod sqlite;
mod statistics;
mod stored;
mod tested;
mod views;
mod webhooks;
