//! `GET /live`.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};

use super::{
    catch_up::{CaughtUp, Shown},
    filter::LiveFilter,
    stream::{self, Streaming},
    view::{self, LiveMissedView},
};
use crate::{
    api::{
        app::Shared,
        edge::{
            extract::Params,
            problem::{Code, Problem},
            scopes::{AllowedForAll, DeliveriesRead, InPortal},
        },
    },
    model::{Serial, TenantKey},
    observe::{LivePlace, TooManyReaders},
};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Has proxies of the kind of nginx pass on what comes.
const NO_BUFFERING: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
/// Milliseconds after which a client comes back.
const RETRY: &str = "retry: 2000\n";

/// Watch what happens
///
/// Server-sent events of what was committed from now on: `event` (an event was accepted), `delivery` (a delivery is owed, was tried, or
/// stands otherwise; with what came of the attempt), `webhook` (one was made, changed or deleted), `health` (one does better or
/// worse) and `inspector` (a request came to one, or was answered). The data of each is JSON, as the schemas `LiveEvent`, `LiveDelivery`,
/// `LiveWebhook`, `LiveHealth` and `LiveInspector` say, with `at`, and with `tenant`
/// where an operator's key reads all tenants (`Tenant: *`). What the key may not read is left out: events need `events:read`, webhooks
/// `webhooks:read`.
///
/// A client that comes back with `Last-Event-ID` goes on where it was, as long as that is remembered: some minutes, less where much
/// happens, and not past a restart. Otherwise it is told first what was accepted since, as it is now, and `missed` (`LiveMissed`) says
/// since when something may be missing: what came of earlier deliveries, and changes of webhooks. `missed` also says how much a client
/// was too slow for. Nothing is told twice. `end` (`LiveEnd`) says why nothing more comes. A quiet stream sends a comment every 15
/// seconds.
#[utoipa::path(
    get, path = "/api/v1/live", tag = "live", operation_id = "watchLive",
    params(
        LiveFilter,
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last message that was read")
    ),
    responses(
        (status = 200, description = "The stream", body = String, content_type = "text/event-stream"),
        (status = 429, description = "The tenant has as many readers as it may"),
    )
)]
pub async fn watch(
    AllowedForAll { tenant, caller, .. }: AllowedForAll<InPortal<DeliveriesRead>>,
    State(app): State<Shared>,
    headers: HeaderMap,
    Params(filter): Params<LiveFilter>,
) -> Result<Response, Problem> {
    let (filter, last, now) = (filter.permitted(&caller)?, last_place(&headers)?, app.clock.now());
    // Of this millisecond more may be to come; what is read from the store later begins with the next.
    let upto = Serial::at(now + Duration::from_millis(1));
    let mut reader = app.store.live().read(tenant, upto).map_err(too_many)?;
    let mut opening = BytesMut::from(RETRY);
    let mut shown = Shown::default();
    if let Some(last) = last.filter(|last| !reader.goes_back_to(last)) {
        let caught_up = CaughtUp::after(last.upto, &app, tenant, &filter, &reader).await?;
        shown = caught_up.shown();
        opening.extend_from_slice(&told_later(&app, tenant, &last, &caught_up));
    }
    opening.extend_from_slice(&view::still_here(&reader.place(), "lanehook"));
    let streaming = Streaming {
        heartbeat_at: stream::next_heartbeat(now),
        opening: opening.freeze(),
        state: stream::State::Opens,
        app,
        caller,
        tenant,
        filter,
        reader,
        shown,
    };
    let mut answer = streaming.into_body().into_response();
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    answer.headers_mut().insert(NO_BUFFERING.0, NO_BUFFERING.1);
    Ok(answer)
}

/// What is told to one whose place is not remembered any more.
fn told_later(app: &Shared, tenant: TenantKey, last: &LivePlace, caught_up: &CaughtUp) -> Bytes {
    let message = match (tenant, caught_up.complete_from) {
        (TenantKey::ALL, _) => "where the stream was is not remembered any more; read what you show again",
        (_, Some(_)) => {
            "where the stream was is not remembered any more; the last that was accepted since follows, as it is now: read what you \
             show again"
        }
        (_, None) => {
            "where the stream was is not remembered any more; what was accepted since follows, as it is now: what came of earlier \
             deliveries and changes of webhooks may be missing"
        }
    };
    let missed = LiveMissedView { count: None, since: Some(last.upto.time()), message };
    let mut told = BytesMut::from(&view::notice("missed", &missed)[..]);
    for (serial, happening) in &caught_up.rows {
        told.extend_from_slice(&view::message(&LivePlace::upto(*serial), happening, &app.access, false));
    }
    told.freeze()
}

/// Where the client was; empty is nowhere, as a client begins that was told no id.
fn last_place(headers: &HeaderMap) -> Result<Option<LivePlace>, Problem> {
    let Some(text) = headers.get(LAST_EVENT_ID).filter(|text| !text.is_empty()) else { return Ok(None) };
    let place = text.to_str().ok().and_then(LivePlace::parse);
    let unknown = "is no `id` of this stream; send the last that you have read, or leave it out to begin now";
    place.map(Some).ok_or_else(|| Problem::header("Last-Event-ID", unknown))
}

fn too_many(TooManyReaders { of_tenant }: TooManyReaders) -> Problem {
    let problem = match of_tenant {
        true => Problem::new(
            Code::TooManyRequests,
            "this tenant has as many readers of `GET /live` as it may have; end some, or have several pages share one",
        ),
        false => {
            Problem::new(Code::Busy, "there are as many readers of `GET /live` as there can be; try again in a while")
        }
    };
    problem.retry_after(5)
}
