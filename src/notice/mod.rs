//! Notices: what happens to webhooks, deliveries, quotas, keys and the server itself, told as events of the reserved types `lanehook.…`,
//! to which any webhook can subscribe by naming them.
//!
//! Three things are told. An incident ([`incident`]) is one webhook that is failing, or was disabled for it, until it has recovered: one
//! notice tells of its begin, one of its end, one of the disabling between them. A condition ([`condition`]) is something that is so for
//! a tenant, or for the server, until it is so no more: a quota that is nearly reached, a key that expires, a disk that is nearly full.
//! And what has happened within a minute ([`happened`]) is told when that is over. In go how webhooks do ([`crate::observe`]), what the
//! store has counted, and troubles of the server; out come events ([`told`]), handed to [`crate::publish`].
//!
//! Incidents and conditions are kept in the store before anything is told of them, with what was told last; what happens is kept in the
//! transaction in which it does; and the id of each notice follows from what it tells of. So a crash at any moment leaves no notice
//! out, and one that is told again is a duplicate to the store.
//!
//! Where mail is sent ([`crate::mail`]), each notice leaves a line for it, in the transaction that keeps that it was told.
//!
//! Nothing is told of webhooks that subscribe to notices: their failing would make notices that they are owed.

mod condition;
mod conditions;
mod happened;
mod incident;
mod incidents;
mod notifier;
mod recipients;
mod teller;
mod told;

pub use self::{condition::SystemTrouble, notifier::Notifier, recipients::Recipients, told::NOTICE_TYPES};
