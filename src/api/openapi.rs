//! The API's description, OpenAPI 3.1: operations and schemas come from the handlers and views; what is true of all of
//! them (who may call, how errors look) and what receivers get is added here, once.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use utoipa::{
    OpenApi as _, ToSchema,
    openapi::{
        InfoBuilder, OpenApi, OpenApiVersion,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    api::edge::problem::{Flaw, ProblemView},
    model::Timestamp,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    components(schemas(ProblemView<'static>, Flaw, Envelope)),
    tags(
        (name = "events", description = "Publish facts, and look at what was published"),
        (name = "webhooks", description = "Who gets what, and how"),
        (name = "platforms", description = "Presets for known receivers"),
        (name = "event types", description = "The catalogue: what each event means, and what its data looks like"),
        (name = "deliveries", description = "What became of each event for each webhook"),
        (name = "tenants", description = "Whose webhooks and events these are; for operators"),
        (name = "api keys", description = "Who may call"),
    )
)]
struct Preamble;

const DESCRIPTION: &str = "\
Webhook delivery: events in, kept, and delivered, signed, to every webhook that asked for them.

Every request needs an API key as `Authorization: Bearer <key>`. An operator's key names the tenant with the header \
`Tenant` (otherwise `default`). Times are RFC 3339 in UTC, lengths of time a number and a unit (`500ms`, `30s`, `5m`, \
`1h`, `2d`). Lists have `limit` and an opaque `cursor`. Errors are `application/problem+json` (RFC 9457) with a stable \
`code`. Every answer has `x-request-id`, and below `/api` also `RateLimit`, `RateLimit-Policy` and `X-RateLimit-Limit`, \
`-Remaining` and `-Reset` (Unix seconds).";

/// What a receiver gets, unless its webhook says otherwise.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what the render stage writes")]
struct Envelope {
    /// The event's id; the same in every request for it, so that a receiver can tell what it has already.
    #[schema(example = "evt_06f3n1qk2v0g0")]
    id: String,
    /// What happened.
    #[schema(example = "price.alert")]
    r#type: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// The publisher's JSON, byte for byte.
    #[schema(value_type = Value)]
    data: (),
}

/// What the handlers' operations are added to.
pub fn preamble() -> OpenApi {
    let mut document = Preamble::openapi();
    document.openapi = OpenApiVersion::Version31;
    document.info = InfoBuilder::new()
        .title("lanehook")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(utoipa::openapi::License::new("Apache-2.0")))
        .build();
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("An API key: `lhk_…`")).build();
    document.components.get_or_insert_default().add_security_scheme("api_key", SecurityScheme::Http(scheme));
    document
}

/// The document as it is served. `public_url`: where the API is reached, if not where the document is.
pub fn complete(document: OpenApi, public_url: Option<&str>) -> Bytes {
    // A tree of maps and strings always becomes JSON.
    let mut document = serde_json::to_value(document).unwrap_or_default();
    if let Some(url) = public_url {
        document["servers"] = json!([{"url": url}]);
    }
    document["security"] = json!([{"api_key": []}]);
    document["components"]["responses"]["Problem"] = json!({
        "description": "What went wrong, and how to mend it",
        "headers": {
            "x-request-id": {"description": "Names the request", "schema": {"type": "string"}},
            "Retry-After": {"description": "Seconds to wait, with 429, 503 and 507", "schema": {"type": "integer"}},
        },
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    });
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for (_, operation) in item.as_object_mut().into_iter().flatten().filter(|(_, part)| part.is_object()) {
                complete_operation(path, operation);
            }
        }
    }
    document["webhooks"] = json!({"event": receivers()});
    serde_json::to_vec(&document).unwrap_or_default().into()
}

/// Adds the header and the errors that an operation has because of what it is.
fn complete_operation(path: &str, operation: &mut Value) {
    let mut statuses = vec!["400", "401", "403", "404", "429", "500", "503"];
    if operation.get("requestBody").is_some() {
        statuses.extend(["408", "413", "415"]);
    }
    let tenant = json!({
        "name": "Tenant", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "Whose things the request is about, for operators' keys; otherwise `default`",
    });
    if !path.starts_with("/api/v1/tenants") {
        match operation.get_mut("parameters").and_then(Value::as_array_mut) {
            Some(parameters) => parameters.push(tenant),
            None => operation["parameters"] = json!([tenant]),
        }
    }
    let problem = json!({"$ref": "#/components/responses/Problem"});
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        if status.starts_with(['4', '5']) && response.get("content").is_none() {
            response["content"] = json!({
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            });
        }
    }
    for status in statuses {
        responses.entry(status).or_insert_with(|| problem.clone());
    }
}

/// The request that a webhook's receiver gets, with the headers of the default dialect.
fn receivers() -> Value {
    let header = |name: &str, description: &str| {
        json!({
            "name": name, "in": "header", "required": true, "schema": {"type": "string"}, "description": description,
        })
    };
    json!({
        "post": {
            "operationId": "receiveEvent",
            "summary": "An event for a webhook",
            "description": "Sent to the webhook's URL for each event that it asked for, again and again by its retry \
                schedule until it is answered with 2xx. These are the headers of the dialect `standard` (Standard \
                Webhooks), the default; `hub`, `plain` and `timestamped` have their own. Verify the signature over the \
                bytes as they came, before you read them. The same event can come twice: compare `webhook-id`.",
            "security": [],
            "parameters": [
                header("webhook-id", "The event's id, the same each time"),
                header("webhook-timestamp", "When this request was made, in Unix seconds; refuse what is older than \
                    five minutes"),
                header("webhook-signature", "`v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, or `v1a,` and an \
                    Ed25519 signature; several, separated by spaces, while the secret is being rotated"),
            ],
            "requestBody": {
                "required": true,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}},
            },
            "responses": {
                "2XX": {"description": "Received. The body is not needed"},
                "410": {"description": "Send nothing more: the webhook is disabled"},
                "429": {"description": "Too fast: nothing is sent until `Retry-After`"},
                "default": {"description": "Not received: it is tried again"},
            },
        }
    })
}

/// The document.
pub async fn answer(document: Bytes) -> Response {
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}
