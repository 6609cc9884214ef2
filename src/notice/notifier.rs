//! Finds out what is to be told, tells it, and keeps that it was told.

use std::sync::Arc;

use super::{
    condition::SystemTrouble, conditions::Conditions, happened, incidents::Incidents, recipients::Recipients,
    teller::Teller,
};
use crate::{
    access::Access,
    model::Timestamp,
    observe::Board,
    publish::Publisher,
    store::{Store, StoreError},
};

/// Tells what happens.
pub struct Notifier {
    teller: Teller,
    incidents: Incidents,
    conditions: Conditions,
}

impl Notifier {
    /// Of the webhooks on this board; what it tells is also for these, by mail.
    pub fn new(
        store: Arc<dyn Store>,
        publisher: Publisher,
        access: Access,
        board: Board,
        recipients: Recipients,
    ) -> Notifier {
        let teller = Teller::new(store, publisher, access, recipients);
        Notifier { teller, incidents: Incidents::new(board), conditions: Conditions::default() }
    }

    /// Tells what is to be told. How many notices that were. `troubles`: those that the server itself has now.
    ///
    /// # Errors
    /// The store cannot be read or written. What was not kept is found again.
    pub async fn run(&mut self, troubles: Vec<SystemTrouble>, now: Timestamp) -> Result<usize, StoreError> {
        let Notifier { teller, incidents, conditions } = self;
        let of_incidents = incidents.run(teller, now).await?;
        let of_conditions = conditions.run(teller, troubles, now).await?;
        let of_happened = happened::run(teller, now).await?;
        Ok(of_incidents + of_conditions + of_happened)
    }
}
