//! Notices: what happens to webhooks, told as events of the reserved types `lanehook.…`, to which any webhook can subscribe by naming
//! them.
//!
//! An incident ([`incident`]) is one webhook that is failing, or was disabled for it, until it has recovered: one notice tells of its
//! begin, one of its end, one of the disabling between them. In go how webhooks do ([`crate::observe`]) and which were disabled; out
//! come events ([`told`]), handed to [`crate::publish`]. An incident is kept in the store before anything is told of it, with what was
//! told last, and the id of each notice follows from the incident. So a crash at any moment leaves no notice out, and one that is
//! told again is a duplicate to the store.
//!
//! Nothing is told of webhooks that subscribe to notices: their failing would make notices that they are owed.

mod incident;
mod notifier;
mod told;

pub use self::notifier::Notifier;
