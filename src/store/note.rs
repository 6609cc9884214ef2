//! What the log says of a change once it is durable: who made it, and to what.

use std::fmt::Display;

use crate::model::Actor;

/// That somebody changed something. Made inside the transaction that changes it.
#[derive(Debug)]
pub(super) struct Note {
    by: Actor,
    what: &'static str,
    subject: String,
}

impl Note {
    /// `what`: in the form `webhook created`; `subject`: the id of what was changed.
    pub fn new(by: &Actor, what: &'static str, subject: impl Display) -> Note {
        Note { by: by.clone(), what, subject: subject.to_string() }
    }

    /// Says so. Every backend does this after the commit of each change that an [`Actor`] makes.
    pub fn log(&self) {
        let Note { by, what, subject } = self;
        tracing::debug!(target: "lanehook::changes", %by, subject, "{what}");
    }
}
