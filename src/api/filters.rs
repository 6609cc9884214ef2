//! Filters that are being written, tried on what was published.

use std::task::Poll;

use axum::{Extension, Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    api::{
        app::Shared,
        edge::{
            body::NothingChanged,
            extract::{Body, NoParams},
            problem::Problem,
            scopes::{Allowed, EventsRead, InPortal},
        },
        mismatch::MismatchView,
        webhooks::warnings::warnings,
    },
    model::{CallerId, EventType, FieldError, Timestamp, TypePattern},
    publish::route::{Trial, Tried, TriedEvent},
    webhook::{Assets, FilterForm, Mismatch, Terms, WebhookInput, WebhookSettings},
    work::Slice,
};

const USUAL: u32 = 100;
const MOST: u32 = 1_000;

/// What to try: what a webhook says of its events, and on how many.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrialInput {
    /// As a webhook has them: all, if they are left out.
    #[schema(value_type = Vec<TypePattern>, nullable = false, required = false, min_items = 1, max_items = 200)]
    event_types: Option<Value>,
    /// As a webhook has it.
    #[schema(value_type = FilterForm, nullable = false, required = false, example = json!({"data": {"price": {"$gte": 180}}}))]
    filter: Option<Value>,
    /// As a webhook has them.
    #[schema(value_type = Assets, nullable = false, required = false)]
    assets: Option<Value>,
    /// On how many of the newest events: 1 to 1,000.
    #[schema(minimum = 1, maximum = 1000, default = 100)]
    last: Option<u32>,
}

/// What of the last events would have matched.
#[derive(Serialize, ToSchema)]
#[schema(as = FilterTrial)]
pub struct TrialView {
    /// How many events were looked at, the newest first.
    looked_at: u32,
    /// How many of them match.
    matched: u32,
    /// Of each of them whether it matches, the newest first.
    #[schema(example = json!([true, false, true]))]
    verdicts: Vec<bool>,
    /// Whether as many were looked at as were asked for, or all that there are. Otherwise it would have taken too long.
    complete: bool,
    /// When the oldest of them was accepted.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// When the newest of them was accepted.
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// The newest that match, at most 10.
    matching: Vec<TriedView>,
    /// The newest that do not, at most 10, each with the reason.
    not_matching: Vec<TriedView>,
    /// What is hardly meant, as the answer says it that saves such a webhook. Left out if there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FieldError>,
}

/// An event that was looked at.
#[derive(Serialize, ToSchema)]
#[schema(as = TriedEvent)]
struct TriedView {
    /// The event's id.
    #[schema(value_type = CallerId)]
    id: String,
    #[schema(example = "price_alert")]
    r#type: EventType,
    /// When it was accepted.
    #[schema(value_type = String, format = DateTime)]
    accepted_at: Timestamp,
    /// Why it does not match.
    mismatch: Option<MismatchView>,
}

/// Try a filter
///
/// Asks the tenant's last events whether a webhook with these types, assets and filter would have got them. Nothing is kept or sent. It
/// ends early where that takes more than about a second, and says how many it has looked at.
#[utoipa::path(
    post, path = "/api/v1/filters/try", tag = "webhooks", operation_id = "tryFilter",
    request_body = TrialInput,
    responses((status = 200, description = "What would have matched", body = TrialView))
)]
pub async fn try_out(
    Allowed { tenant, caller, .. }: Allowed<InPortal<EventsRead>>,
    State(app): State<Shared>,
    _: NoParams,
    Body(input, mut body): Body<TrialInput>,
) -> Result<(Extension<NothingChanged>, Json<TrialView>), Problem> {
    let last = input.last.unwrap_or(USUAL);
    if !(1..=MOST).contains(&last) {
        return Err(Problem::field("/last", format!("is a number from 1 to {MOST}")));
    }
    let settings = app.work.ask_once(tenant, Slice::UNKNOWN, move || settings(input)).await??;
    let mut trial = Trial::new(Terms::of(&settings), last as usize);
    let warnings = warnings(&app, tenant, settings).await?;
    while let Some(query) = trial.next_page() {
        let page = app.store.events(tenant, query).await?;
        // One is read after another; the largest is held room for.
        body.takes_largest_tree(&app.work, page.iter().map(|event| event.data.clone()).collect()).await?;
        trial.take(page, |event| caller.sees(&event.event_type));
        let mut going = Some(trial);
        let go_on = move |slice: &mut Slice| match &mut going {
            Some(trial) => trial.go_on(slice).map(|()| going.take()),
            None => Poll::Ready(None),
        };
        let gone = app.work.ask(tenant, go_on).await?;
        trial = gone.ok_or_else(|| Problem::internal("a trial has ended twice"))?;
    }
    Ok((Extension(NothingChanged), Json(TrialView::of(trial.end(), warnings))))
}

/// Read as those of a webhook are, with the same bounds.
fn settings(input: TrialInput) -> Result<WebhookSettings, Vec<FieldError>> {
    let members = [("event_types", input.event_types), ("filter", input.filter), ("assets", input.assets)];
    let given = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let settings = Value::Object(given.collect::<Map<_, _>>()).to_string();
    // Its secret signs nothing, so nothing random is needed.
    Ok(WebhookInput::read(settings.as_bytes())?.draft([0; 32])?.settings)
}

impl TrialView {
    fn of(tried: Tried, warnings: Vec<FieldError>) -> TrialView {
        let (from, to) = tried.times.unzip();
        TrialView {
            looked_at: tried.looked_at as u32,
            matched: tried.matched as u32,
            verdicts: tried.verdicts,
            complete: tried.complete,
            from,
            to,
            matching: tried.matching.into_iter().map(|event| TriedView::of(event, None)).collect(),
            not_matching: tried.not_matching.into_iter().map(|(event, why)| TriedView::of(event, Some(why))).collect(),
            warnings,
        }
    }
}

impl TriedView {
    fn of(event: TriedEvent, mismatch: Option<Mismatch>) -> TriedView {
        let TriedEvent { id, event_type, accepted_at } = event;
        TriedView { id, r#type: event_type, accepted_at, mismatch: mismatch.map(MismatchView::from) }
    }
}
