//! Looks whether what the store keeps is still there.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::Job;
use crate::{model::Timestamp, store::Lifecycle};

/// Has the store look at its files, so that one that was deleted or replaced is noticed soon, also if nobody asks for readiness.
pub struct Inspection(Arc<dyn Lifecycle>);

impl Inspection {
    /// How often it looks.
    pub const EVERY: Duration = Duration::from_secs(5);

    /// Of this store.
    pub fn new(store: Arc<dyn Lifecycle>) -> Inspection {
        Inspection(store)
    }
}

#[async_trait]
impl Job for Inspection {
    async fn run(&mut self, _: Timestamp) -> Result<String, String> {
        self.0.inspect().await.map(|()| "what is kept is there".to_owned())
    }
}
