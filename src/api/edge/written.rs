//! Answers that take long to make or to write.

use axum::Json;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::problem::Problem;
use crate::{
    model::TenantKey,
    work::{Cost, Work},
};

/// Makes an answer and writes it, which costs about so much: in the tenant's turn, and beside the threads that serve everybody if it
/// is long.
pub async fn written<V: Serialize>(
    work: &Work,
    tenant: TenantKey,
    cost: Cost,
    make: impl FnOnce() -> V + Send + 'static,
) -> Result<Json<Box<RawValue>>, Problem> {
    let write = move || to_raw_value(&make());
    work.ask_once(tenant, cost, write).await?.map(Json).map_err(Problem::internal)
}
