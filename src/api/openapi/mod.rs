//! The API's description, OpenAPI 3.1: operations and schemas come from the handlers and views; what is true of all of
//! them (who may call, how errors look) and what receivers get is added here, once.

mod conditions;
mod examples;
mod nullable;
mod receivers;
mod refine;

use std::collections::BTreeSet;

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use utoipa::{
    OpenApi as _,
    openapi::{
        Contact, InfoBuilder, License, OpenApi, OpenApiVersion,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    api::{
        edge::{
            page::Cursor,
            problem::{Code, Flaw, ProblemView},
        },
        live::view::{
            LiveDeliveryView, LiveEndView, LiveEventView, LiveHealthView, LiveInspectorView, LiveMissedView,
            LiveWebhookView,
        },
        webhooks::schema::WebhookDraft,
    },
    model::{
        ApiKeyId, AttemptId, AuditId, CallerId, CorrelationId, DeliveryId, EventSource, EventType, IdempotencyKey,
        InspectorId, OrderingKey, ReplayId, SavedName, Span, TargetUrl, TenantId, TraceParent, TypePattern, WebhookId,
        schema,
    },
    platform::PlatformId,
};

use receivers::{Envelope, receivers};

#[derive(utoipa::OpenApi)]
#[openapi(
    // Besides what bodies need: what parameters refer to is not gathered by itself.
    components(schemas(
        ProblemView<'static>, Flaw, Envelope, WebhookDraft, Cursor, ApiKeyId, AttemptId, AuditId, CallerId, CorrelationId, DeliveryId,
        EventSource, EventType, IdempotencyKey, OrderingKey, PlatformId, Span, TargetUrl, TenantId, TraceParent, TypePattern,
        WebhookId, ReplayId, SavedName, InspectorId, LiveDeliveryView, LiveEndView, LiveEventView, LiveHealthView, LiveInspectorView, LiveMissedView, LiveWebhookView, schema::AssetName, schema::Timeout, schema::BatchWait, schema::RetryWait, schema::GraceTime,
    )),
    tags(
        (name = "events", description = "Publish facts, and look at what was published"),
        (name = "saved events", description = "Samples under names, to publish again and to try webhooks with"),
        (name = "webhooks", description = "Who gets what, and how"),
        (name = "inspectors", description = "Receivers of one's own, in the server, to see what a receiver would see"),
        (name = "platforms", description = "Presets for known receivers"),
        (name = "event types", description = "The catalogue: what each event means, and what its data looks like"),
        (name = "deliveries", description = "What became of each event for each webhook"),
        (name = "replays", description = "Many deliveries sent again, made due or given up, at a pace"),
        (name = "live", description = "What happens, as it happens"),
        (name = "system", description = "The server itself, for operators"),
        (name = "statistics", description = "What was counted of events and deliveries, over time"),
        (name = "search", description = "Find things by what somebody remembers of them"),
        (name = "session", description = "Signing in to the dashboard and the portal"),
        (name = "tenants", description = "Whose webhooks and events these are; for operators"),
        (name = "api keys", description = "Who may call"),
        (name = "audit", description = "Who did what"),
    )
)]
struct Preamble;

const LICENCE: &str = "https://www.apache.org/licenses/LICENSE-2.0";

const DESCRIPTION: &str = "\
Webhook delivery: events in, kept, and delivered, signed, to every webhook that asked for them.

Every request needs an API key as `Authorization: Bearer <key>`. An operator's key names the tenant with the header \
`Tenant` (otherwise `default`). Times are RFC 3339 in UTC, lengths of time a number and a unit (`500ms`, `30s`, `5m`, \
`1h`, `2d`); what was measured or estimated is a number, and its name ends in its unit (`drains_in_seconds`, `took_ms`). In a body, \
null is taken for a member that is left out, unless it says that it means something. Lists have `limit` and an opaque `cursor`. Errors are `application/problem+json` (RFC 9457) with a stable \
`code`. Every answer has `x-request-id`, and below `/api`, but where a link signs in, also `RateLimit`, `RateLimit-Policy` and `X-RateLimit-Limit`, \
`-Remaining` and `-Reset` (Unix seconds).";

/// What the handlers' operations are added to.
pub fn preamble() -> OpenApi {
    let mut document = Preamble::openapi();
    document.openapi = OpenApiVersion::Version31;
    document.info = InfoBuilder::new()
        .title("lanehook")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(License::builder().name("Apache-2.0").url(Some(LICENCE)).build()))
        .contact(Some(Contact::builder().name(Some("Whoever runs this server")).build()))
        .build();
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key: `lhk_…`")).build();
    document.components.get_or_insert_default().add_security_scheme("api_key", SecurityScheme::Http(scheme));
    document
}

/// The document as it is served. `public_url`: where the API is reached, if not where the document is.
pub fn complete(document: OpenApi, public_url: Option<&str>) -> Bytes {
    // A tree of maps and strings always becomes JSON.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    document["servers"] = json!([{"url": public_url.map_or("/", |url| url.trim_end_matches('/'))}]);
    document["security"] = json!([{"api_key": []}]);
    document["components"]["responses"]["Problem"] = problem();
    document["paths"]["/api/v1/live"]["get"]["responses"]["200"]["content"]["text/event-stream"]["schema"] = messages();
    nullable::allow_null(&mut document);
    refine::refine(&mut document);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        conditions::add(schemas);
    }
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten().filter(|(_, part)| part.is_object()) {
                complete_operation(path, operation);
                if method == "get" {
                    say_what_is_known(operation);
                }
                examples::add(operation);
            }
        }
    }
    document["webhooks"] = json!({"event": receivers()});
    serde_json::to_vec(&document).unwrap_or_default().into()
}

/// What stands in the `data` of a stream's messages.
fn messages() -> Value {
    let kinds = ["LiveEvent", "LiveDelivery", "LiveWebhook", "LiveHealth", "LiveInspector", "LiveMissed", "LiveEnd"];
    json!({
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": {"oneOf": kinds.map(refine::reference)},
    })
}

fn problem() -> Value {
    json!({
        "description": "What went wrong, and how to mend it",
        "headers": {
            "x-request-id": {"description": "Names the request", "schema": {"type": "string"}},
            "Retry-After": {"description": "Seconds to wait, with 429, 503 and 507", "schema": {"type": "integer"}},
        },
        "content": {"application/problem+json": {
            "schema": refine::reference("Problem"),
            "example": {
                "type": "urn:lanehook:problem:invalid_body",
                "title": "The body is not as it should be",
                "status": 400,
                "code": "invalid_body",
                "detail": "/url: the scheme `ftp` is not possible; use https",
                "errors": [{"pointer": "/url", "message": "the scheme `ftp` is not possible; use https"}],
                "request_id": "req_06f3n1qk2v0g0",
            },
        }},
    })
}

/// Adds what an operation has because of what it is: the header, the errors, the kind of its id, the scope in words.
fn complete_operation(path: &str, operation: &mut Value) {
    let has_body = operation.get("requestBody").is_some();
    let codes = Code::OF_ANY_REQUEST.iter().chain(has_body.then_some(Code::OF_ANY_BODY).into_iter().flatten());
    let statuses: BTreeSet<String> = codes.map(|code| code.status().as_u16().to_string()).collect();
    add_parameters(path, operation);
    name_scopes(operation);
    let problem = json!({"$ref": "#/components/responses/Problem"});
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        if status.starts_with(['4', '5']) && response.get("content").is_none() {
            response["content"] = json!({"application/problem+json": {"schema": refine::reference("Problem")}});
        }
    }
    for status in statuses {
        responses.entry(status).or_insert_with(|| problem.clone());
    }
}

/// What need not be sent again to who has it ([`Known`](crate::api::edge::etag::Known)) is asked for by the versions that one has.
fn say_what_is_known(operation: &mut Value) {
    if operation.pointer("/responses/304").is_none() {
        return;
    }
    let header = json!({
        "name": "If-None-Match", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "The versions that you have (ETags)",
    });
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.push(header);
    }
}

fn add_parameters(path: &str, operation: &mut Value) {
    if operation.get("parameters").is_none() {
        operation["parameters"] = json!([]);
    }
    let Some(parameters) = operation["parameters"].as_array_mut() else { return };
    let kind = match path.split('/').nth(3).unwrap_or_default() {
        "webhooks" => "WebhookId",
        "events" => "EventId",
        "event-types" => "EventTypeName",
        "deliveries" => "DeliveryId",
        "tenants" => "TenantId",
        "platforms" => "PlatformId",
        "api-keys" => "ApiKeyId",
        "replays" => "ReplayId",
        "inspectors" => "InspectorId",
        "saved-events" | "reports" => "SavedName",
        _ => "",
    };
    for parameter in parameters.iter_mut().filter(|parameter| parameter["in"] == "path" && !kind.is_empty()) {
        parameter["schema"] = refine::reference(kind);
    }
    if !path.starts_with("/api/v1/tenants") {
        let without = if path == "/api/v1/portal-links" { "; they have to name it" } else { "; otherwise `default`" };
        parameters.push(json!({
            "name": "Tenant", "in": "header", "required": false, "schema": refine::reference("TenantId"),
            "description": format!("Whose things the request is about, for operators' keys{without}"),
        }));
    }
}

/// The scopes are said in words and in an extension: where keys are bearer tokens, OpenAPI 3.1 has a place for it that
/// checkers of documents take for an error.
fn name_scopes(operation: &mut Value) {
    let Some(scopes) = operation["security"][0]["api_key"].as_array().cloned() else { return };
    let names: Vec<String> = scopes.iter().filter_map(Value::as_str).map(|scope| format!("`{scope}`")).collect();
    let named = match names.as_slice() {
        [] => {
            operation["security"] = json!([{"api_key": []}]);
            return;
        }
        [one] => format!("the scope {one}"),
        [first @ .., last] => format!("the scopes {} and {last}", first.join(", ")),
    };
    let whose = if operation["x-operator-only"] == true { "an operator's key" } else { "a key" };
    let needs = format!("Needs {whose} with {named}.");
    let described = operation["description"].as_str().map(|text| format!("{text}\n\n{needs}"));
    operation["description"] = described.unwrap_or(needs).into();
    operation["security"] = json!([{"api_key": []}]);
    operation["x-required-scopes"] = scopes.into();
}

/// The document.
pub async fn answer(document: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}
