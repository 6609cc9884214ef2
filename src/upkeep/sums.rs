//! Adds what was counted to the sums over time, and forgets sums that nobody asks for any more.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

use super::Job;
use crate::{
    model::Timestamp,
    observe::Grain,
    store::{Result as StoreResult, Statistics, SumPlace},
};

const DAY: Duration = Duration::from_secs(86_400);
/// How long the sums of each grain are kept: days for ever.
const KEPT: [(Grain, Duration); 2] = [(Grain::Minute, DAY.saturating_mul(3)), (Grain::Hour, DAY.saturating_mul(100))];

/// How often it looks for sums to forget: that is a look at every owner.
const FORGETS: Duration = Duration::from_secs(3_600);

/// Keeps the sums of statistics up to date.
pub struct Sums {
    store: Arc<dyn Statistics>,
    forgot_at: Option<Timestamp>,
}

impl Sums {
    /// How often it adds. What was counted since is added by whoever reads.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// In this store.
    pub fn new(store: Arc<dyn Statistics>) -> Sums {
        Sums { store, forgot_at: None }
    }

    async fn keep(&mut self, now: Timestamp) -> StoreResult<()> {
        self.store.sum_up().await?;
        // A clock that was set back forgets a little sooner.
        if self.forgot_at.is_some_and(|at| at <= now && now.since(at) < FORGETS) {
            return Ok(());
        }
        self.forgot_at = Some(now);
        for (grain, kept) in KEPT {
            let mut place = Some(SumPlace::START);
            while let Some(after) = place {
                place = self.store.forget_sums(grain, grain.bucket(now - kept), after).await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Job for Sums {
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        self.keep(now).await.map_err(|error| error.to_string())?;
        Ok("added what was counted to the sums".into())
    }
}
