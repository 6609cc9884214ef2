//! The engine from end to end: an event goes in over HTTP, and a real receiver over TCP tells what came out.
//!
//! The clock stands still until a test moves it, so whatever happens without that needs no time to pass.

mod batches;
mod batches_in_trouble;
mod broadcast;
mod changes;
mod echoes;
mod fan_out;
mod filters;
mod handshake;
mod health;
mod inspectors;
mod isolation;
mod notices;
mod order;
mod payloads;
mod probes;
mod rates;
mod receivers;
mod replays;
mod retries;
mod scripts;
mod sending;
mod shown;
mod signed_bodies;
pub mod signing;
mod standing;
mod summaries;
mod tested;
mod tls;
mod trouble;
mod waits;
