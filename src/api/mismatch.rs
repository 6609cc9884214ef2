//! Why an event is not for a webhook, as the API shows it wherever the two are matched for somebody to see.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::webhook::{Mismatch, MismatchReason};

/// Why an event is not for a webhook.
#[derive(Serialize, ToSchema)]
#[schema(as = Mismatch)]
pub struct MismatchView {
    /// Which of the webhook's settings says no. They are asked in this order: status, types, assets, filter.
    reason: MismatchReason,
    /// The clause that says no. Several are alternatives, of which one would have had to hold. Of a webhook that is disabled there is
    /// none.
    clauses: Vec<ClauseView>,
    /// Whether there are more alternatives than are told.
    more: bool,
}

/// A clause that did not hold: what was wanted, and what the event has.
#[derive(Serialize, ToSchema)]
#[schema(as = FailedClause)]
struct ClauseView {
    /// JSON pointer into the event. A list on the way stands for each of its elements.
    #[schema(example = "/data/price")]
    path: String,
    /// As filters write it; `$in` of event types takes patterns.
    #[schema(example = "$gte")]
    operator: &'static str,
    /// What the operator is given.
    #[schema(example = 5)]
    wanted: Value,
    /// What is there; a list of what is found in a list on the way, if that is more than one. Left out if nothing is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Value>, example = 2.36)]
    found: Option<Value>,
    /// Whether more was wanted or found than is told: of each there are about 500 bytes.
    shortened: bool,
}

impl From<Mismatch> for MismatchView {
    fn from(mismatch: Mismatch) -> MismatchView {
        let clauses = mismatch.clauses.into_iter().map(|clause| ClauseView {
            path: clause.pointer(),
            operator: clause.operator,
            wanted: clause.wanted,
            found: clause.found,
            shortened: clause.shortened,
        });
        MismatchView { reason: mismatch.reason, clauses: clauses.collect(), more: mismatch.more }
    }
}
