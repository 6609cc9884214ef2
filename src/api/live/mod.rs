//! What happens, as it happens: server-sent events (HTML, section 9.2) of what was committed.
//!
//! A request becomes a reader of [`crate::observe::Live`], and its answer a body that takes from it what the client takes from the
//! connection ([`stream`]). Who comes back with `Last-Event-ID` goes on where it was; where that is not remembered any more, it is told
//! what the store still knows ([`catch_up`]), and that there may have been more.

mod catch_up;
mod filter;
pub mod handlers;
mod stream;
pub mod view;
